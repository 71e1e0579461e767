"""The tables page over a real store: run, watch, sort, correct, check, export, learn."""

from __future__ import annotations

import dataclasses
import json
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot

from app.jobs import CancelToken
from app.specialists.definition import CellExample, Column, Label, Specialist, write_specialist
from app.specialists.extract.types import LearnedColumn, TaughtCell
from app.specialists.extractor import ColumnExtractor
from app.specialists.looks import next_looks
from app.specialists.records import Alternative, Cell, Confidence, Filled, Quote, Row
from models.fakes import FakeChatModel
from rag.formats import DocumentKind
from rag.parse.document import ParsedDocument
from rag.types import Hit, Locator
from tests.effort import steps
from tests.ui.desk import Desk
from tests.ui.doubles import Services
from tests.ui.heartbeat import Heartbeat
from tests.unit.app.specialists.parts import OneModel
from ui.tables import choosing
from ui.tables.learned import LearnedDialog
from ui.tables.model import CellsModel
from ui.tables.new_table import NewTableDialog
from ui.tables.page import TablesPage
from ui.tables.rows import Which, make_line
from ui.tables.runner import Order
from ui.tables.specialist_dialog import SpecialistDialog
from ui.tables.specialists_control import ImportDialog
from ui.tables.totals_dialog import TotalsDialog

RENTS = Specialist(
    "Rents",
    "extract",
    columns=(Column("Rent", "What is the rent?", "money", required=True), Column("Pets")),
)
HIT = Hit(1, "", "", "", DocumentKind.TEXT, Locator(0, 1), "a", "", 1.0)
CTRL = Qt.KeyboardModifier.ControlModifier


class Nothing:
    """Learns nothing; columns keep the general weights."""

    def learn_columns(
        self,
        columns: Sequence[Column],
        cells: Sequence[Sequence[TaughtCell]],
        before: Sequence[LearnedColumn | None],
        token: CancelToken | None = None,
    ) -> tuple[LearnedColumn | None, ...]:
        return tuple(before)


class Filler(ColumnExtractor):
    """Fills the column Rent from the words after "Rent", the others as absent; held at a door."""

    def __init__(self) -> None:
        super().__init__(None, Nothing())
        self.door = threading.Event()
        self.door.set()
        self.filled = 0

    def fill(
        self,
        document: ParsedDocument,
        specialist: Specialist,
        learned: Mapping[str, LearnedColumn],
        examples: Mapping[str, Sequence[CellExample]],
        done: Collection[tuple[int, str]] = (),
        token: CancelToken | None = None,
    ) -> Iterator[Filled]:
        assert self.door.wait(60)
        self.filled += 1
        text = document.text
        start = text.find("EUR")
        rent = Cell("", "absent", "check", "search")
        if start >= 0:
            words = text[start:].split("\n")[0]
            quote = Quote(None, start, start + len(words), words)
            confidence: Confidence = "high" if "sure" not in text else "check"
            rent = Cell(words, "found", confidence, "rule", (quote,))
        for column, cell in (("Rent", rent), ("Pets", Cell("", "absent", "high", "search"))):
            if (0, column) not in done:
                yield Filled(0, column, cell)


@pytest.fixture
def filler(services: Services) -> Filler:
    made = Filler()
    services.specialists._extractor = made
    services.specialists.kept.keep(RENTS)
    return made


@pytest.fixture
def leases(tmp_path: Path) -> Path:
    folder = tmp_path / "leases"
    folder.mkdir()
    for name, text in (
        ("a", "The rent:\nEUR 900.00\nand more"),
        ("b", "The rent, not sure:\nEUR 1200.00"),
        ("c", "No rent here."),
    ):
        (folder / f"{name}.txt").write_text(text)
    return folder


@pytest.fixture
def page(desk: Desk, filler: Filler) -> Iterator[TablesPage]:
    desk.click("Tables")
    page = desk.window.tables_page
    desk.see("There is no table yet.")
    yield page
    filler.door.set()


def _fill(desk: Desk, page: TablesPage, leases: Path) -> None:
    page.runner.run(Order("Rents", "Rents", (str(leases),)))
    desk.until(lambda: not page.runner.busy and page.table.model.rowCount() == 3)
    desk.see("3 documents were read")


def _names(page: TablesPage) -> list[str]:
    model = page.table.model
    return [str(model.index(n, 0).data()) for n in range(model.rowCount())]


def _column(page: TablesPage, column: int) -> list[str]:
    model = page.table.model
    role = Qt.ItemDataRole.AccessibleTextRole
    return [str(model.index(n, column).data(role)) for n in range(model.rowCount())]


def _go_to(page: TablesPage, row: int, column: int) -> None:
    page.table.cells.setFocus()
    page.table.cells.setCurrentIndex(page.table.model.index(row, column))


def _dialog(desk: Desk, kind: type[QDialog]) -> QDialog:
    desk.until(lambda: any(d.isVisible() for d in desk.window.findChildren(kind)))
    return next(d for d in desk.window.findChildren(kind) if d.isVisible())


def _press(widget: QWidget, name: str) -> None:
    controls = [b for b in widget.findChildren(QAbstractButton) if b.accessibleName() == name]
    (control,) = [b for b in controls if b.isVisible()]
    QTest.mouseClick(control, Qt.MouseButton.LeftButton)


def test_a_table_is_made_from_a_folder(
    desk: Desk, page: TablesPage, leases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choosing, "choose_folder", lambda _parent, done: done([str(leases)]))
    desk.click("New table…")
    dialog = cast("NewTableDialog", _dialog(desk, NewTableDialog))
    specialists = [dialog.specialist.itemText(n) for n in range(dialog.specialist.count())]
    assert specialists[-1] == "Rents (yours)"
    assert "Lease" in specialists
    dialog.specialist.setCurrentIndex(len(specialists) - 1)
    assert dialog.name.text() == "Rents"
    _press(dialog, "Add folder…")
    _press(dialog, "Start")
    desk.until(lambda: page.table.isVisible() and page.table.model.rowCount() == 3)
    desk.see("3 documents were read")
    assert _names(page) == ["a.txt", "b.txt", "c.txt"]
    assert _column(page, 1) == [
        "EUR 900.00, Found",
        "EUR 1200.00, Found, check",
        "Not in the document, check",
    ]
    desk.click("Back to all tables")
    desk.until(page.overview.tables.isVisible)
    QTest.keyClick(page.overview.tables, Qt.Key.Key_Return)
    desk.until(page.table.isVisible)


def test_a_table_is_made_of_dropped_files_and_of_a_search(
    desk: Desk,
    page: TablesPage,
    leases: Path,
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(leases / "a.txt"))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    copy = Qt.DropAction.CopyAction
    entered = QDragEnterEvent(QPoint(5, 5), copy, mime, buttons, keys)
    QApplication.sendEvent(page, entered)
    assert entered.isAccepted()
    QApplication.sendEvent(page, QDropEvent(QPointF(5, 5), copy, mime, buttons, keys))
    dialog = cast("NewTableDialog", _dialog(desk, NewTableDialog))
    assert dialog.paths.count() == 1
    hits = [dataclasses.replace(HIT, path=str(leases / name)) for name in ("b.txt", "b.txt")]
    hits.append(dataclasses.replace(HIT, path=f"{leases / 'c.txt'}"))
    monkeypatch.setattr(services.library, "search", lambda _words, _k: tuple(hits))
    dialog.search.setText("rent")
    QTest.keyClick(dialog.search, Qt.Key.Key_Return)
    desk.until(lambda: dialog.paths.count() == 3)
    desk.see("2 documents were found")
    dialog.specialist.setCurrentIndex(dialog.specialist.findText("Rents (yours)"))
    _press(dialog, "Start")
    desk.until(lambda: page.table.model.rowCount() == 3 and not page.runner.busy)


def test_rows_appear_while_it_runs_and_it_can_be_paused_and_stopped(
    desk: Desk, page: TablesPage, leases: Path, filler: Filler
) -> None:
    filler.door.clear()
    page.runner.run(Order("Rents", "Rents", (str(leases),)))
    desk.see("0 of 3 documents")
    desk.click("Pause")
    desk.see("Paused, 0 of 3 documents")
    filler.door.set()
    desk.until(lambda: filler.filled == 1)
    desk.until(lambda: page.table.model.rowCount() >= 1)
    assert page.runner.busy
    assert filler.filled == 1
    desk.click("Go on")
    desk.until(lambda: not page.runner.busy)
    filler.door.clear()
    (leases / "d.txt").write_text("EUR 1.00")
    desk.click("Read new and changed documents")
    desk.see("3 of 4 documents")
    desk.click("Stop")
    filler.door.set()
    desk.see("Stopped.")
    desk.click("Read new and changed documents")
    desk.until(lambda: page.table.model.rowCount() == 4 and not page.runner.busy)


def test_it_keeps_in_step_with_its_folder(
    desk: Desk, page: TablesPage, leases: Path, services: Services
) -> None:
    _fill(desk, page, leases)
    page.table.corrected.emit(page.table.model.lines[0].row.id, "Rent", "EUR 5.00")
    desk.until(lambda: bool(services.specialists.store.examples.examples("Rents")))
    (leases / "d.txt").write_text("EUR 1.00")
    (leases / "c.txt").unlink()
    (leases / "a.txt").unlink()
    desk.window.library_page.watching.changed.emit((str(leases),))
    desk.until(lambda: _names(page) == ["a.txt", "b.txt", "d.txt"] and not page.runner.busy)
    desk.see("1 row of a deleted document went")
    assert "no longer there" in _column(page, 0)[0]
    _go_to(page, 0, 1)
    QTest.keyClick(page.table.cells, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    cast("QMessageBox", _dialog(desk, QMessageBox)).buttons()[0].click()
    desk.until(lambda: _names(page) == ["b.txt", "d.txt"])


def test_without_watching_tables_stay_as_they_are(
    desk: Desk, page: TablesPage, leases: Path, services: Services
) -> None:
    _fill(desk, page, leases)
    services.settings.change(watch_folders=False)
    (leases / "d.txt").write_text("EUR 1.00")
    page.in_step.look([str(leases)])
    assert not page.runner.busy
    services.settings.change(watch_folders=True)
    page.in_step.look([str(leases)])
    desk.until(lambda: page.table.model.rowCount() == 4 and not page.runner.busy)


def test_a_cell_shows_where_it_is_from_and_opens_there(
    desk: Desk, page: TablesPage, leases: Path
) -> None:
    _fill(desk, page, leases)
    _go_to(page, 0, 1)
    desk.see("“EUR 900.00”")
    desk.see("Filled by a rule")
    opened: list[tuple[str, Quote | None]] = []
    page.quote_opened.connect(lambda path, quote: opened.append((path, quote)))
    desk.press(Qt.Key.Key_Return)
    assert [(Path(path).name, quote and quote.text) for path, quote in opened] == [
        ("a.txt", "EUR 900.00")
    ]
    desk.until(lambda: desk.window._reader is not None)


def test_cells_are_corrected_confirmed_and_emptied_with_the_keyboard(
    desk: Desk, page: TablesPage, leases: Path, services: Services
) -> None:
    _fill(desk, page, leases)
    _go_to(page, 0, 1)
    desk.press(Qt.Key.Key_F2)
    assert QApplication.focusWidget() is page.table.details.field
    desk.type("EUR 950.00")
    desk.press(Qt.Key.Key_Return)
    desk.until(lambda: _column(page, 1)[0] == "EUR 950.00, Corrected by you")
    desk.see("Before: EUR 900.00 (Found)")
    _go_to(page, 1, 1)
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.until(lambda: _column(page, 1)[1] == "EUR 1200.00, Confirmed by you")
    desk.press(Qt.Key.Key_Delete)
    desk.until(lambda: _column(page, 1)[1] == "Corrected by you")
    store = services.specialists.store

    def kept() -> dict[str, tuple[str, str]]:
        rows = store.rows(store.table("Rents").id)
        cells = {Path(row.path).stem: row.cells["Rent"] for row in rows}
        return {name: (cell.value, cell.state) for name, cell in cells.items()}

    assert kept()["a"] == ("EUR 950.00", "corrected")
    desk.until(lambda: kept()["b"] == ("", "corrected"))
    desk.see("sure cells that you looked at were right")


def test_a_correction_that_cannot_be_kept_is_taken_back(
    desk: Desk, page: TablesPage, leases: Path, services: Services
) -> None:
    _fill(desk, page, leases)
    store = services.specialists.store
    store.remove_table("Rents")
    _go_to(page, 0, 1)
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.until(lambda: "There is no table" in desk.window.message_bar.words)
    desk.see("There is no table yet.")


def test_next_to_check_goes_to_the_most_doubtful_cell(
    desk: Desk, page: TablesPage, leases: Path
) -> None:
    _fill(desk, page, leases)
    _go_to(page, 0, 0)
    desk.press(Qt.Key.Key_F3)
    assert page.table.cells.currentIndex().row() == 1
    desk.press(Qt.Key.Key_F3)
    assert page.table.cells.currentIndex().row() == 2


def test_words_that_are_selected_become_the_value(
    desk: Desk, page: TablesPage, leases: Path, services: Services
) -> None:
    _fill(desk, page, leases)
    page.table._selected_words = lambda: "EUR 1200.00"
    _go_to(page, 1, 1)
    desk.press(Qt.Key.Key_T, CTRL)
    store = services.specialists.store

    def rent() -> Cell:
        return store.rows(store.table("Rents").id)[1].cells["Rent"]

    desk.until(lambda: rent().by == "person")
    assert rent().quotes[0].text == "EUR 1200.00"


def test_it_sorts_and_filters(desk: Desk, page: TablesPage, leases: Path) -> None:
    _fill(desk, page, leases)
    page.table.cells.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert _names(page) == ["b.txt", "a.txt", "c.txt"]  # by size; the empty one last
    page.table.search.setText("900")
    desk.until(lambda: _names(page) == ["a.txt"])
    desk.see("1 of 3")
    page.table.search.clear()
    page.table.which.setCurrentIndex(page.table.which.findData(Which.MISSING))
    assert len(_names(page)) == 3  # no document says anything about pets
    page.table.which.setCurrentIndex(page.table.which.findData(Which.CHECK))
    assert _names(page) == ["b.txt"]


def test_it_is_exported(
    desk: Desk,
    page: TablesPage,
    leases: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _fill(desk, page, leases)
    target = tmp_path / "rents.json"
    monkeypatch.setattr(choosing, "choose_export", lambda _parent, _name, done: done(str(target)))
    desk.click("Export the table")
    desk.until(lambda: desk.window.message_bar.words.startswith("Saved as"))
    assert json.loads(target.read_text())["columns"] == ["Rent", "Pets"]


def test_totals_are_shown_by_group_with_a_chart_and_its_words(
    desk: Desk, page: TablesPage, leases: Path
) -> None:
    (leases / "d.txt").write_text("EUR 100.00")
    page.runner.run(Order("Rents", "Rents", (str(leases),)))
    desk.until(lambda: not page.runner.busy and page.table.model.rowCount() == 4)
    desk.click("Totals and a chart of the table")
    dialog = cast("TotalsDialog", _dialog(desk, TotalsDialog))

    def shown() -> list[list[str]]:
        table = dialog.totals
        items = [
            [table.item(r, c) for c in range(table.columnCount())] for r in range(table.rowCount())
        ]
        return [[item.text() if item else "" for item in row] for row in items]

    desk.until(lambda: shown() == [["3", "2200 EUR", "733.33 EUR"]])
    desk.see("1 row has no number")
    assert not dialog.chart.isVisible()  # one bar says nothing
    dialog.by.setCurrentIndex(dialog.by.findData("Rent"))
    desk.until(lambda: len(shown()) == 3 and len(shown()[0]) == 4)
    assert dialog.chart.isVisible()
    assert dialog.chart.accessibleName() == "Chart of Rent (EUR) by Rent"
    assert "EUR 100.00: 100 EUR" in dialog.chart.accessibleDescription()
    picture = dialog.chart.grab().toImage()
    assert picture.height() >= 3 * dialog.fontMetrics().height()
    dialog.column.setCurrentIndex(0)
    desk.until(lambda: all(len(row) == 2 for row in shown()))
    assert "(none): 1" in dialog.chart.accessibleDescription()


def test_what_was_learned_is_deleted_line_by_line(
    desk: Desk, page: TablesPage, leases: Path, services: Services
) -> None:
    _fill(desk, page, leases)
    _go_to(page, 0, 1)
    desk.press(Qt.Key.Key_Return, CTRL)
    examples = services.specialists.store.examples
    desk.until(lambda: bool(examples.examples("Rents")))
    desk.click("Show what was learned")
    dialog = cast("LearnedDialog", _dialog(desk, LearnedDialog))
    desk.until(lambda: dialog.lines.count() == 1)
    assert dialog.lines.item(0).text() == "Rent = EUR 900.00 · a.txt · confirmed"
    dialog.lines.setFocus()
    desk.press(Qt.Key.Key_Delete)
    desk.until(lambda: dialog.lines.count() == 0)
    assert examples.examples("Rents") == []
    dialog.accept()


def test_a_table_is_removed_after_a_question(
    desk: Desk, page: TablesPage, leases: Path, services: Services
) -> None:
    _fill(desk, page, leases)
    desk.click("Remove the table")
    box = cast("QMessageBox", _dialog(desk, QMessageBox))
    box.buttons()[0].click()
    desk.until(lambda: not services.specialists.store.tables())
    desk.see("There is no table yet.")


def test_a_specialist_is_made_edited_and_removed(
    desk: Desk, page: TablesPage, services: Services
) -> None:
    kept = services.specialists.kept
    desk.click("New specialist")
    dialog = cast("SpecialistDialog", _dialog(desk, SpecialistDialog))
    dialog.name.setText("Pets")
    _press(dialog, "Save")
    desk.see("One of the columns has no name.")
    item = dialog.entries.item(0, 0)
    assert item is not None
    item.setText("Animal")
    _press(dialog, "Save")
    desk.until(lambda: not [d for d in desk.window.findChildren(SpecialistDialog) if d.isVisible()])
    assert kept.find("Pets").columns == (Column("Animal"),)
    entries = page.overview.specialists
    words = "Pets  ·  Fills columns  ·  yours"
    desk.until(lambda: bool(entries.findItems(words, Qt.MatchFlag.MatchExactly)))
    entries.setCurrentItem(entries.findItems(words, Qt.MatchFlag.MatchExactly)[0])
    QTest.keyClick(entries, Qt.Key.Key_Delete)
    cast("QMessageBox", _dialog(desk, QMessageBox)).buttons()[0].click()
    desk.until(lambda: not entries.findItems(words, Qt.MatchFlag.MatchExactly))


def test_what_the_dialog_does_not_show_is_kept(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    column = Column("Term", "How long?", "number", unit="months", required=True)
    before = Specialist("Terms", "extract", notes="Only the first lease.", columns=(column,))
    sorting = Specialist("Mail", "classify", labels=(Label("a", "letters"),), strictness=0.9)
    for specialist in (before, sorting):
        assert SpecialistDialog(parent, specialist).specialist() == specialist


def test_columns_are_proposed_for_a_folder_and_picked(
    desk: Desk,
    page: TablesPage,
    services: Services,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bills = tmp_path / "bills"
    bills.mkdir()
    for number in (1, 2, 3):
        (bills / f"{number}.txt").write_text(f"Paid to: Shop {number}\nTotal: €{number}.50\n")
    monkeypatch.setattr(choosing, "choose_folder", lambda _parent, done: done([str(bills)]))
    desk.click("New specialist")
    dialog = cast("SpecialistDialog", _dialog(desk, SpecialistDialog))
    dialog.name.setText("Bills")
    _press(dialog, "Propose from a folder…")
    desk.until(lambda: dialog.entries.rowCount() == 2)
    desk.see("2 columns are proposed from 3 documents")
    dialog.entries.setCurrentCell(0, 0)
    _press(dialog, "Take the chosen line out")
    _press(dialog, "Save")
    desk.until(lambda: not [d for d in desk.window.findChildren(SpecialistDialog) if d.isVisible()])
    assert services.specialists.kept.find("Bills").columns == (Column("Total", "Total?", "money"),)


def test_how_sure_a_label_must_be_is_set_with_a_slider(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    mails = Specialist("Mails", "classify", labels=(Label("a"), Label("b")), strictness=0.333)
    dialog = SpecialistDialog(parent, mails)
    dialog.show()
    assert dialog.strictness.isVisible()
    assert dialog.specialist() == mails  # as it was, not rounded
    QTest.keyClick(dialog.strictness, Qt.Key.Key_Home)
    assert "none is called unsure" in dialog.strictness.accessibleDescription()
    assert dialog.specialist().strictness == 0
    QTest.keyClick(dialog.strictness, Qt.Key.Key_PageUp)
    assert "90 %" in dialog.strictness.accessibleDescription()
    QTest.keyClick(dialog.strictness, Qt.Key.Key_End)
    assert dialog.specialist().strictness == 1
    rents = SpecialistDialog(parent, RENTS)
    rents.show()
    assert not rents.strictness.isVisible()


def test_a_model_that_is_too_small_is_not_asked_and_the_table_says_so(
    desk: Desk, page: TablesPage, leases: Path, filler: Filler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filler, "_models", OneModel(FakeChatModel, small=True))
    _fill(desk, page, leases)
    desk.see("Filled without a language model: the one installed is too small")


def test_an_import_is_shown_before_it_is_taken_in(
    desk: Desk,
    page: TablesPage,
    services: Services,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "pets.toml"
    file.write_bytes(write_specialist(Specialist("Pets", "classify", labels=(Label("dog"),))))
    monkeypatch.setattr(choosing, "choose_specialist", lambda _parent, done: done([str(file)]))
    desk.click("Import a specialist")
    dialog = cast("ImportDialog", _dialog(desk, ImportDialog))
    assert "• dog" in dialog.contents.toPlainText()
    names = {specialist.name for specialist, _ in services.specialists.kept.all()}
    assert "Pets" not in names
    _press(dialog, "Take it in")
    entries = page.overview.specialists
    part = Qt.MatchFlag.MatchStartsWith
    desk.until(lambda: bool(entries.findItems("Pets", part)))
    target = tmp_path / "out.toml"
    monkeypatch.setattr(
        choosing, "choose_specialist_target", lambda _parent, _name, done: done(str(target))
    )
    entries.setCurrentItem(entries.findItems("Pets", part)[0])
    desk.click("Export this specialist")
    desk.until(target.exists)
    assert target.read_bytes() == file.read_bytes()


# Without the window


def _cell(state: str, confidence: str = "high") -> Cell:
    quote = (Quote(None, 0, 1, "x"),)
    if state == "disagree":
        return Cell("x", "disagree", "check", "rule", quote, (Alternative("y", quote),))
    if state == "found":
        return Cell("x", "found", "high" if confidence == "high" else "check", "rule", quote)
    return Cell("", "absent" if state == "absent" else "unreadable", "high", "rule")


def test_the_most_doubtful_cells_come_first() -> None:
    rows = [
        Row(1, "/a", 0, "", "done", "", {"A": _cell("found"), "B": _cell("absent")}),
        Row(2, "/b", 0, "", "done", "", {"A": _cell("absent"), "B": _cell("unreadable")}),
        Row(3, "/c", 0, "", "done", "", {"A": _cell("found", "check"), "B": _cell("disagree")}),
        Row(4, "/d", 0, "", "done", "", {"A": Cell("x", "confirmed", "check", "person")}),
    ]
    assert next_looks(rows, ["A", "B"], {"A"}) == [(3, "B"), (3, "A"), (2, "A"), (2, "B")]


def test_a_thousand_rows_of_ten_columns_are_straight_work(
    qtbot: QtBot, heartbeat: Heartbeat
) -> None:
    columns = [f"C{n}" for n in range(10)]
    specialist = Specialist("S", "extract", columns=tuple(map(Column, columns)))
    quote = (Quote(None, 0, 1, "x"),)

    def row(number: int) -> Row:
        cells = {
            name: Cell(f"{number * 7919 % 1000} {name}", "found", "high", "rule", quote)
            for name in columns
        }
        return Row(number, f"/papers/{number}.txt", 0, "", "done", "", cells)

    lines = [make_line(row(number), columns, specialist) for number in range(1000)]
    model = CellsModel()
    heartbeat.start()
    for turn in (
        partial(model.set_table, columns, lines),
        partial(model.sort, 3, Qt.SortOrder.DescendingOrder),
        partial(model.set_filter, "99", Which.ALL),
        partial(model.set_filter, "", Which.ALL),
        partial(model.set_line, lines[500]),
    ):
        # A few steps for each row: nothing for each cell.
        assert steps(turn) < 12 * 1000
    heartbeat.stop()
    assert model.rowCount() == 1000


def test_the_details_are_hidden_without_a_cell(desk: Desk, page: TablesPage) -> None:
    assert not page.table.details.isVisible()
    labels = [w.text() for w in page.table.details.findChildren(QLabel) if w.isVisible()]
    assert labels == []
