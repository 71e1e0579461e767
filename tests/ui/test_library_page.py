"""The library page over a real store: add, watch, pause, stop, filter, retry, remove, open."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from PySide6.QtCore import QLocale, QMimeData, QObject, QPoint, QPointF, Qt, QUrl, Slot
from PySide6.QtGui import QContextMenuEvent, QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMenu,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.errors import WorkerDied
from app.paths import Paths
from app.services import build_services
from app.workers.configs import IndexConfig
from rag.errors import StoreFull
from rag.formats import DocumentKind
from rag.indexing.report import IndexProgress, IndexReport, LeftOut
from rag.indexing.rules import FollowedLink
from rag.parse.failures import FailureReason
from rag.parse.identify import ENDINGS
from rag.store.files import FileOutcome, FileRecord, LibraryStatus
from tests.effort import steps
from tests.ui import papers
from tests.ui.doubles import ANSWER
from tests.ui.heartbeat import Heartbeat
from tests.ui.house import House
from ui.bridge import Bridge
from ui.library import choosing, labels, remedies
from ui.library.files_model import FilesModel
from ui.library.links_out import LinksDialog
from ui.library.links_seen import KindsSeen, LinksSeen
from ui.library.page import LibraryPage
from ui.library.remedies import PasswordDialog
from ui.library.rows import FileColumn, FileRemedy, FileState, make_rows, remedy
from ui.library.runs import Run
from ui.library.snapshot import Snapshot
from ui.links import OpenDialog
from ui.messages import Notice
from ui.theme.theme import Theme


class Visitor:
    """A person in front of the page."""

    def __init__(self, qtbot: QtBot, house: House, bridge: Bridge) -> None:
        self.qtbot = qtbot
        self.house = house
        self.bridge = bridge
        self.notices: list[Notice] = []
        bridge.messages.attach(self.notices.append)
        self.page = LibraryPage(house.services, bridge)
        qtbot.addWidget(self.page)
        self.page.resize(1000, 760)
        self.page.show()
        self.page.activateWindow()
        qtbot.waitActive(self.page)

    def until(self, condition: Callable[[], bool], seconds: int = 10) -> None:
        self.qtbot.waitUntil(condition, timeout=seconds * 1000)

    def button(self, words: str) -> QAbstractButton:
        found = [b for b in self.page.findChildren(QAbstractButton) if b.isVisible()]
        named = [b for b in found if words in (b.text(), b.accessibleName())]
        assert len(named) == 1, (words, [b.text() for b in found])
        return named[0]

    def click(self, words: str) -> None:
        QTest.mouseClick(self.button(words), Qt.MouseButton.LeftButton)

    def words(self) -> str:
        words = [w.text() for w in self.page.findChildren(QLabel) if w.isVisible()]
        return "\n".join(words)

    def see(self, words: str) -> None:
        self.until(lambda: words in self.words())

    def names(self) -> list[str]:
        model = self.page.content.model
        return [str(model.index(n, FileColumn.NAME).data()) for n in range(model.rowCount())]

    def statuses(self) -> dict[str, str]:
        model = self.page.content.model
        return {
            str(model.index(n, FileColumn.NAME).data()): str(
                model.index(n, FileColumn.STATUS).data()
            )
            for n in range(model.rowCount())
        }

    def select(self, name: str) -> None:
        index = self.page.content.model.index(self.names().index(name), 0)
        where = self.page.content.table.visualRect(index).center()
        QTest.mouseClick(self.page.content.table.viewport(), Qt.MouseButton.LeftButton, pos=where)

    def menu(self) -> list[str]:
        """What the menu of the selected file offers, opened with the keyboard."""
        table = self.page.content.table
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(5, 5), QPoint(5, 5))
        QApplication.sendEvent(table, event)
        menu = next(m for m in table.findChildren(QMenu) if m.isVisible())
        found = [action.text() for action in menu.actions()]
        menu.close()
        return found

    def add(self, *paths: Path) -> None:
        self.page.add(paths)
        self.until(lambda: not self.page.busy)
        self.settle()

    def settle(self) -> None:
        """Waits until the table shows what the store holds."""
        self.until(lambda: self.page.content.model.total == len(self.house.files()))


class Desktop(QObject):
    """Shows folders."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[QUrl] = []

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.opened.append(url)


@pytest.fixture
def house(paths: Paths) -> Iterator[House]:
    made = House(paths)
    yield made
    made.close()


@pytest.fixture
def visitor(qtbot: QtBot, qapp: QApplication, house: House) -> Iterator[Visitor]:
    theme = Theme(qapp, house.services.settings)
    bridge = Bridge()
    made = Visitor(qtbot, house, bridge)
    made.until(lambda: made.page.status is not None)
    yield made
    house.door.set()
    bridge.cancel()
    bridge.close()
    theme.deleteLater()


def test_a_newcomer_is_told_what_to_do(visitor: Visitor) -> None:
    visitor.see("Add the documents you want to ask")
    visitor.see("Nothing leaves this computer.")
    assert visitor.button("Add folder…").isVisible()
    assert visitor.button("Add files…").isVisible()


def test_a_folder_is_chosen_in_a_dialog_and_each_file_has_its_outcome(
    visitor: Visitor, tmp_path: Path
) -> None:
    folder = papers.household(tmp_path / "Household")
    visitor.click("Add folder…")
    dialog = visitor.page.findChild(QFileDialog)
    assert dialog is not None
    with visitor.qtbot.waitSignal(visitor.page.library_changed, timeout=10_000):
        dialog.filesSelected.emit([str(folder)])
        dialog.close()
    visitor.until(lambda: not visitor.page.busy)
    visitor.settle()
    assert visitor.statuses() == {
        "broken.docx": "Damaged",
        "empty.txt": "Empty",
        "handover.txt": "Indexed",
        "minutes.md": "Indexed",
    }
    visitor.see("2 documents added, 2 could not be read.")
    visitor.see("2 documents  ·  2 passages  ·  2 files could not be read")
    assert visitor.page.content.places.paths == (str(folder),)


def test_dropped_files_are_added_and_what_is_not_on_this_computer_is_refused(
    visitor: Visitor, tmp_path: Path
) -> None:
    paper = tmp_path / "note.txt"
    paper.write_text("The boiler was serviced in May.", "utf-8")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(paper)), QUrl("https://example.org/a.pdf")])
    _drop(visitor.page, mime)
    visitor.until(lambda: not visitor.page.busy)
    visitor.settle()
    assert visitor.names() == ["note.txt"]
    assert [n.text for n in visitor.notices] == ["Not added: https://example.org/a.pdf."]


def test_progress_pause_resume_cancel(visitor: Visitor, tmp_path: Path) -> None:
    folder = tmp_path / "Papers"
    folder.mkdir()
    for n in range(12):
        (folder / f"{n:02}.txt").write_text(f"Paper number {n}.", "utf-8")
    visitor.house.door.clear()
    visitor.page.add([folder])
    visitor.see("0 of 12 files")
    visitor.click("Pause")
    visitor.see("Paused")
    visitor.house.door.set()
    _wait(visitor, 0.3)
    assert visitor.house.files() == ()
    settings = visitor.house.services.settings
    visitor.until(lambda: settings.current.indexing_paused)
    visitor.click("Resume")
    visitor.until(lambda: not visitor.page.busy)
    visitor.settle()
    visitor.see("12 documents added.")
    visitor.until(lambda: not settings.current.indexing_paused)

    (folder / "more").mkdir()
    for n in range(12):
        (folder / "more" / f"{n:02}.txt").write_text(f"Another paper {n}.", "utf-8")
    visitor.house.door.clear()
    visitor.click("Look for changes")
    visitor.see("of 24 files")
    visitor.click("Cancel")
    visitor.see("Stopping…")
    visitor.house.door.set()
    visitor.see("Stopped. What was indexed so far stays in the library.")
    visitor.settle()
    assert 12 <= len(visitor.names()) < 24


def test_progress_is_told_in_full(visitor: Visitor) -> None:
    panel = visitor.page.panel
    panel.start()
    panel.show_progress(IndexProgress(0, 0, 0, 0, "/a", None, "finding", found=1234))
    assert f"{QLocale().toString(1234)} files found" in visitor.words()
    panel.show_progress(
        IndexProgress(0, 400, 3, 1200, "/a/lease.pdf", 130.0, "embedding", read=40, fraction=0.125)
    )
    assert "Making passages searchable" in visitor.words()
    passages = QLocale().toString(1200)
    assert f"40 of 400 files  ·  {passages} passages  ·  about 2 minutes left" in visitor.words()
    assert "3 could not be read" in visitor.words()
    bar = panel.findChild(QProgressBar)
    assert bar is not None
    assert (bar.value(), bar.maximum()) == (125, 1000)


def test_filter_problems_details_and_retry(visitor: Visitor, tmp_path: Path) -> None:
    folder = papers.household(tmp_path / "Household")
    visitor.add(folder)
    field = visitor.page.findChild(QLineEdit, "")
    assert field is not None
    field.setFocus()
    QTest.keyClicks(field, "MINUTES")
    visitor.until(lambda: visitor.names() == ["minutes.md"])
    visitor.see("1 of 4")
    field.clear()
    visitor.until(lambda: len(visitor.names()) == 4)

    which = visitor.page.findChild(QComboBox)
    assert which is not None
    assert [which.itemText(n) for n in range(3)] == [
        "All files",
        "Could not be read (2)",
        "Partly read (0)",
    ]
    which.setFocus()
    QTest.keyClick(which, Qt.Key.Key_Down)
    assert visitor.names() == ["broken.docx", "empty.txt"]
    visitor.select("empty.txt")
    visitor.see("empty.txt: empty")
    detail = next(f.detail for f in visitor.house.files() if f.path.endswith("empty.txt"))
    visitor.see(detail)

    (folder / "empty.txt").write_text("Now it has words.", "utf-8")
    visitor.click("Try again")
    visitor.until(lambda: visitor.names() == ["broken.docx"])
    visitor.settle()
    visitor.click("Try all files with problems again")
    visitor.see("1 file could not be read.")
    assert "empty.txt: empty" not in visitor.words()


def test_every_outcome_has_its_words_and_its_remedy() -> None:
    assert all(labels.kind(kind) for kind in DocumentKind)
    assert len({labels.reason(reason) for reason in FailureReason}) == len(FailureReason)
    assert {reason: remedies.words(remedy(_failed(reason))) for reason in FailureReason} == {
        **dict.fromkeys(FailureReason, "Try again"),
        FailureReason.ENCRYPTED: "Enter password…",
        FailureReason.SCANNED: "Read its pictures",
        FailureReason.TOO_LARGE: "Read it anyway",
    }
    assert remedy(replace(_record(1), scanned=(2,))) is FileRemedy.PICTURES
    assert remedy(replace(_record(1), notes=("A note.",))) is FileRemedy.NONE


def test_the_file_dialog_offers_everything_that_can_be_read() -> None:
    documents, everything = choosing.name_filters()
    assert all(f"*{ending}" in documents for ending in ENDINGS)
    assert everything == "All files (*)"


def test_a_protected_file_is_read_with_its_password(visitor: Visitor, tmp_path: Path) -> None:
    paper = papers.protected(tmp_path / "payslip.pdf", "Sesame")
    visitor.add(paper)
    assert visitor.statuses() == {"payslip.pdf": "Needs a password"}
    visitor.select("payslip.pdf")
    _type_password(visitor, "wrong")
    visitor.until(lambda: not visitor.page.busy)
    visitor.see("1 file could not be read.")
    assert visitor.statuses() == {"payslip.pdf": "Needs a password"}
    _type_password(visitor, "Sesame")
    visitor.until(lambda: visitor.statuses() == {"payslip.pdf": "Indexed"})
    kept = "".join(
        path.read_text("utf-8", "replace")
        for path in visitor.house.services.paths.data.rglob("*")
        if path.is_file()
    )
    assert "Sesame" not in kept


def test_a_file_above_the_limit_is_read_when_it_is_asked_for(
    visitor: Visitor, tmp_path: Path
) -> None:
    folder = tmp_path / "Papers"
    folder.mkdir()
    visitor.house.services.settings.change(largest_mb=1)
    (folder / "long.txt").write_text("The boiler was serviced in May. " * 40_000, "utf-8")
    visitor.add(folder)
    assert visitor.statuses() == {"long.txt": "Too large"}
    visitor.select("long.txt")
    visitor.click("Read it anyway")
    visitor.until(lambda: visitor.statuses() == {"long.txt": "Indexed"})


def test_pictures_are_read_when_it_is_asked_for(visitor: Visitor, tmp_path: Path) -> None:
    visitor.house.services.settings.change(read_pictures=False)
    visitor.add(papers.scan(tmp_path / "receipt.pdf", "Boiler service 240 euros"))
    assert visitor.statuses() == {"receipt.pdf": "Pictures, not read yet"}
    visitor.select("receipt.pdf")
    visitor.click("Read its pictures")
    visitor.until(lambda: visitor.statuses() == {"receipt.pdf": "Indexed"}, 60)


@pytest.mark.qt_log_ignore("This plugin does not support (raise|grabbing)")  # for menus
def test_parts_of_a_file_follow_it_under_its_name(visitor: Visitor, tmp_path: Path) -> None:
    folder = tmp_path / "Mail"
    folder.mkdir()
    papers.mail(
        folder / "offer.eml", {"zebra.txt": "Two firms made offers.", "broken.pdf": "%PDF-1.4 torn"}
    )
    (folder / "plan.txt").write_text("We move in June.", "utf-8")
    visitor.add(folder)
    assert visitor.names() == [
        "offer.eml",
        "broken.pdf in offer.eml",
        "zebra.txt in offer.eml",
        "plan.txt",
    ]
    assert visitor.page.content.places.item(0).text() == "All documents"
    opened: list[str] = []
    visitor.page.open_document.connect(opened.append)
    visitor.select("zebra.txt in offer.eml")
    QTest.keyClick(visitor.page.content.table, Qt.Key.Key_Return)
    assert opened == [str(folder / "offer.eml!/zebra.txt")]
    assert visitor.menu() == ["Open", "Show offer.eml in its folder"]
    visitor.select("broken.pdf in offer.eml")
    assert visitor.menu() == ["Show offer.eml in its folder"]
    visitor.see("broken.pdf in offer.eml: ")
    folders: list[str] = []
    visitor.page.content.folder_wanted.connect(folders.append)
    desktop = Desktop()
    QDesktopServices.setUrlHandler("file", desktop, "take")  # type: ignore[arg-type]
    try:
        visitor.click("Show offer.eml in its folder")
        assert desktop.opened == []  # first its path is shown
        (dialog,) = visitor.page.findChildren(OpenDialog)
        assert dialog.findChildren(QLabel)[1].accessibleName() == str(folder)
        open_it = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Open")
        QTest.mouseClick(open_it, Qt.MouseButton.LeftButton)
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert folders == [str(folder / "offer.eml")]
    assert desktop.opened == [QUrl.fromLocalFile(str(folder))]


def test_what_was_left_out_of_a_file_is_told(visitor: Visitor) -> None:
    notes = tuple(f"Page {n} holds no text." for n in range(1, 9))
    partly = replace(_record(1), notes=notes)
    rows = make_rows([partly, _record(3)], ["/home/me/b"])
    states = Counter(row.state for row in rows.by_column[0])
    status = LibraryStatus(("/home/me/b",), 2, 0, 2, 2, "hash")
    visitor.page.content.show_snapshot(Snapshot(status, rows, Counter(), states))
    visitor.page.content.show()
    assert visitor.page.content.which.itemText(2) == "Partly read (1)"
    visitor.page.content.which.setCurrentIndex(2)
    model, table = visitor.page.content.model, visitor.page.content.table
    assert [model.index(n, FileColumn.STATUS).data() for n in range(model.rowCount())] == [
        "Partly read"
    ]
    table.selectRow(0)
    details = visitor.page.content.details
    assert not details.isHidden()
    assert details.accessibleName() == "paper 1.pdf: partly read"
    assert "Page 8 holds no text." in details.accessibleDescription()
    assert "And 3 more notes." in [w.text() for w in details.findChildren(QLabel)][1]


def test_changes_on_the_disk_are_read_while_the_settings_want_it(
    visitor: Visitor, tmp_path: Path
) -> None:
    folder = papers.household(tmp_path / "Household")
    visitor.add(folder)
    assert not visitor.page.watching.running
    visitor.page.start_rescan()
    visitor.until(lambda: visitor.page.watching.running and not visitor.page.busy)
    _wait(visitor, 1)  # the watch itself takes a moment to stand
    (folder / "new.txt").write_text("A new paper.", "utf-8")
    visitor.until(lambda: "new.txt" in visitor.names(), 20)
    visitor.see("1 document added, 2 could not be read.")
    assert visitor.page.status is not None
    assert visitor.page.status.roots == (str(folder),)
    settings = visitor.house.services.settings
    settings.change(watch_folders=False)
    visitor.until(lambda: not visitor.page.watching.running)
    settings.change(watch_folders=True)
    visitor.until(lambda: visitor.page.watching.running)


def test_watching_begins_again_when_it_ended_by_itself(
    visitor: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.library.watching._FIRST_WAIT_SECONDS", 0.2)
    visitor.add(papers.household(tmp_path / "Household"))
    real, died = visitor.house.watch, list[bool]()

    def watch(*arguments: Any) -> None:
        if not died:
            died.append(True)
            (tmp_path / "Household" / "meanwhile.txt").write_text("Not heard.", "utf-8")
            raise WorkerDied("The process that keeps your library ended.")
        real(*arguments)

    monkeypatch.setattr(visitor.house, "watch", watch)
    visitor.page.watching.start()
    visitor.until(lambda: "meanwhile.txt" in visitor.names())
    assert visitor.page.watching.running
    assert not visitor.notices


def test_watching_and_pauses_over_the_real_worker_and_its_death(
    qtbot: QtBot, paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.library.watching._FIRST_WAIT_SECONDS", 0.5)
    folder = papers.household(tmp_path / "Household")
    embedder = "tests.sample_models:hash_embedder"
    config = IndexConfig(str(paths.data), str(paths.models), embedder=embedder)
    services = build_services(paths, index_config=config)
    services.settings.change(indexing_paused=True)
    bridge = Bridge()
    page = LibraryPage(services, bridge)
    qtbot.addWidget(page)
    page.show()

    def until(condition: Callable[[], bool]) -> None:
        qtbot.waitUntil(condition, timeout=30_000)

    def listed() -> set[str]:
        return {Path(file.path).name for file in services.library.files()}

    try:
        page.add([folder])
        until(lambda: page.runs.paused and not page.panel.quiet)
        qtbot.wait(500)
        assert listed() == set()
        page.panel.pause_pressed.emit()
        until(lambda: not page.busy)
        assert len(listed()) == 4
        page.start_rescan()
        until(lambda: page.watching.running and not page.busy)
        qtbot.wait(1000)
        (folder / "new.txt").write_text("A new paper.", "utf-8")
        until(lambda: not page.busy and page.content.model.total == 5)

        worker = next(
            child
            for child in psutil.Process().children(recursive=True)
            if str(paths.store) in {file.path for file in child.open_files()}
        )
        worker.kill()
        until(lambda: not page.watching.running)
        (folder / "meanwhile.txt").write_text("Written while nobody looked.", "utf-8")
        until(lambda: "meanwhile.txt" in listed())
        assert page.watching.running
    finally:
        bridge.cancel()
        services.close()
        bridge.close()


def test_other_rules_are_followed_at_once(visitor: Visitor, tmp_path: Path) -> None:
    visitor.add(papers.household(tmp_path / "Household"))
    visitor.house.services.settings.change(left_out=("Lease/",))
    visitor.until(lambda: "handover.txt" not in visitor.names())
    visitor.house.services.settings.change(left_out=())
    visitor.until(lambda: "handover.txt" in visitor.names())


def test_a_pause_is_kept(qtbot: QtBot, house: House, visitor: Visitor, tmp_path: Path) -> None:
    papers.household(tmp_path / "Household")
    house.services.settings.change(indexing_paused=True)
    bridge = Bridge()
    later = Visitor(qtbot, house, bridge)
    later.page.add([tmp_path / "Household"])
    later.see("Paused")
    later.see("It stays paused, even after a restart, until you resume it.")
    _wait(later, 0.3)
    assert house.files() == ()
    later.click("Resume")
    later.until(lambda: not later.page.busy)
    assert len(house.files()) == 4
    later.until(lambda: not house.services.settings.current.indexing_paused)
    bridge.close()


def test_columns_sort_and_what_is_selected_stays_selected(visitor: Visitor, tmp_path: Path) -> None:
    folder = papers.household(tmp_path / "Household")
    visitor.add(folder)
    visitor.select("minutes.md")
    header = visitor.page.content.table.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(FileColumn.STATUS) + 20, header.height() // 2)
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert visitor.names()[:2] == ["broken.docx", "empty.txt"]
    QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert visitor.names()[2:] == ["empty.txt", "broken.docx"]
    current = visitor.page.content.table.current
    assert current is not None
    assert current.record.path.endswith("minutes.md")


def test_a_document_opens_with_enter_and_with_a_double_click(
    visitor: Visitor, tmp_path: Path
) -> None:
    folder = papers.household(tmp_path / "Household")
    visitor.add(folder)
    opened: list[str] = []
    visitor.page.open_document.connect(opened.append)
    table = visitor.page.content.table
    visitor.select("minutes.md")
    QTest.keyClick(table, Qt.Key.Key_Return)
    where = table.visualRect(table.currentIndex()).center()
    QTest.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=where)
    visitor.select("broken.docx")
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert opened == [str(folder / "minutes.md")] * 2


def test_a_root_chooses_what_is_listed_and_is_removed_after_asking(
    visitor: Visitor, tmp_path: Path
) -> None:
    one = papers.household(tmp_path / "Household")
    two = tmp_path / "Office"
    two.mkdir()
    (two / "plan.md").write_text("# Plan\n\nWe move in June.", "utf-8")
    visitor.add(one, two)
    places = visitor.page.content.places
    places.setFocus()
    QTest.keyClick(places, Qt.Key.Key_End)
    assert visitor.names() == ["plan.md"]

    QTest.keyClick(places, Qt.Key.Key_Delete)
    box = visitor.page.findChild(QMessageBox)
    assert box is not None
    assert "stay on the disk" in box.informativeText()
    QTest.mouseClick(_box_button(box, "Keep"), Qt.MouseButton.LeftButton)
    assert len(visitor.house.files()) == 5

    visitor.click("Remove the chosen folder from the library")
    box = next(b for b in visitor.page.findChildren(QMessageBox) if b.isVisible())
    QTest.mouseClick(_box_button(box, "Remove"), Qt.MouseButton.LeftButton)
    visitor.until(lambda: places.paths == (str(one),))
    visitor.settle()
    assert (two / "plan.md").exists()
    assert visitor.names() == ["broken.docx", "empty.txt", "handover.txt", "minutes.md"]


def test_chats_that_quote_what_was_removed_are_named_and_cleared(
    visitor: Visitor, tmp_path: Path
) -> None:
    folder = papers.household(tmp_path / "Household")
    visitor.add(folder)
    services = visitor.house.services
    hits = services.library.search("minutes", 3)
    answer = replace(ANSWER, nearest=hits, citations=())
    for _ in range(2):
        services.chats.add_turn(services.chats.create().id, "What was decided?", answer)
    cleared: list[bool] = []
    visitor.page.leftovers.removed.connect(lambda: cleared.append(True))
    visitor.page.runs.remove(str(folder))
    visitor.until(lambda: bool(visitor.notices))
    notice = visitor.notices[0]
    assert notice.text == "Text of the removed documents is also in 2 chats."
    assert (notice.action, notice.lasting) == ("Remove there too", True)
    assert services.chats.turns(1)[0].answer == answer
    assert notice.on_action is not None
    notice.on_action()
    visitor.until(lambda: bool(cleared))
    kept = services.chats.turns(1)[0]
    assert kept.question == "What was decided?"
    assert kept.answer is not None
    assert kept.answer.taken_back
    assert visitor.notices[1].text == "Removed from 2 chats as well."


def test_a_removal_does_not_wait_for_a_run_that_goes_on(visitor: Visitor, tmp_path: Path) -> None:
    one = papers.household(tmp_path / "Household")
    visitor.add(one)
    two = tmp_path / "Office"
    two.mkdir()
    (two / "plan.md").write_text("# Plan\n\nWe move in June.", "utf-8")
    visitor.house.door.clear()
    visitor.page.add([two])
    visitor.until(lambda: visitor.page.busy)
    removed: list[Run] = []
    visitor.page.runs.finished.connect(lambda run, _: removed.append(run))
    visitor.page.runs.remove(str(one))
    visitor.until(lambda: bool(removed))
    assert removed[0].removes
    assert visitor.page.busy
    assert not visitor.page.panel.quiet
    visitor.house.door.set()
    visitor.until(lambda: not visitor.page.busy)
    visitor.settle()
    assert visitor.names() == ["plan.md"]


def test_the_start_up_look_is_quiet_unless_there_is_news(visitor: Visitor, tmp_path: Path) -> None:
    folder = papers.household(tmp_path / "Household")
    visitor.add(folder)
    visitor.click("Close this message")
    visitor.page.start_rescan()
    visitor.until(lambda: not visitor.page.busy)
    assert visitor.page.panel.isHidden()
    assert not visitor.notices
    (folder / "new.txt").write_text("A new paper.", "utf-8")
    visitor.page.start_rescan()
    visitor.until(lambda: not visitor.page.busy)
    visitor.settle()
    assert "1 document added, 2 could not be read." in visitor.words()
    visitor.page.start_rescan()
    visitor.until(lambda: not visitor.page.busy)
    assert "1 document added, 2 could not be read." in visitor.words()  # no news, nothing said


def test_a_folder_that_is_away_is_no_error_and_its_files_stay(
    visitor: Visitor, tmp_path: Path
) -> None:
    folder = papers.household(tmp_path / "Household")
    visitor.add(folder)
    folder.rename(tmp_path / "elsewhere")
    visitor.page.start_rescan()
    visitor.until(lambda: not visitor.page.busy)
    visitor.see("Not reachable now: Household. The documents stay searchable.")
    item = visitor.page.content.places.item(1)
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == "Household, Not reachable  ·  4 files"
    assert "stay searchable" in item.toolTip()
    assert not visitor.notices
    assert len(visitor.names()) == 4
    visitor.click("Look for changes")
    visitor.until(lambda: not visitor.page.busy)
    assert not visitor.notices
    (tmp_path / "elsewhere").rename(folder)
    visitor.page.refresh()
    visitor.until(lambda: "Not reachable now" not in visitor.words())


def test_an_error_is_told_with_what_to_do(visitor: Visitor, tmp_path: Path) -> None:
    papers.household(tmp_path / "Household")
    visitor.house.error = StoreFull("The disk is full.", "Free some space and try again.")
    visitor.page.add([tmp_path])
    visitor.until(lambda: bool(visitor.notices))
    assert visitor.notices[0].text == "The disk is full."
    assert visitor.notices[0].advice == "Free some space and try again."
    assert visitor.page.panel.isHidden()
    assert not visitor.page.busy


def test_every_control_has_a_name_and_tab_reaches_it(visitor: Visitor, tmp_path: Path) -> None:
    visitor.add(papers.household(tmp_path / "Household"))
    visitor.select("empty.txt")
    visitor.see("empty.txt: empty")
    wanted = {
        w
        for kind in (QAbstractButton, QLineEdit)
        for w in visitor.page.findChildren(kind)
        if w.isVisible() and w.isEnabled() and w.focusPolicy() != Qt.FocusPolicy.NoFocus
    }
    wanted |= {visitor.page.content.table, visitor.page.content.places}
    assert all(w.accessibleName() for w in wanted)
    reached: set[QWidget] = set()
    for _ in range(40):
        QTest.keyClick(QApplication.focusWidget() or visitor.page, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is not None:
            reached.add(focus)
    assert wanted <= reached


def test_the_page_follows_a_large_library(
    qtbot: QtBot, paths: Paths, monkeypatch: pytest.MonkeyPatch, heartbeat: Heartbeat
) -> None:
    house, bridge = House(paths), Bridge()
    records = tuple(_record(n) for n in range(20_000))
    read_by: set[int] = set()

    def files() -> tuple[FileRecord, ...]:
        read_by.add(threading.get_ident())
        return records

    monkeypatch.setattr(house, "files", files)
    page = LibraryPage(house.services, bridge)
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    try:
        qtbot.waitUntil(lambda: page.content.model.total == 20_000, timeout=20_000)
        heartbeat.start()
        page.refresh()
        qtbot.waitUntil(lambda: not page.loading, timeout=20_000)
        page.content.search.setText("paper 77")
        qtbot.waitUntil(lambda: 0 < page.content.model.shown < 20_000, timeout=20_000)
        qtbot.wait(50)
        page.content.search.setText("")
        qtbot.waitUntil(lambda: page.content.model.shown == 20_000, timeout=20_000)
        heartbeat.stop()
        assert read_by
        assert threading.get_ident() not in read_by
    finally:
        page.close()
        bridge.cancel()
        bridge.close()
        house.close()


def test_twenty_thousand_files_do_not_hold_the_window_up(qtbot: QtBot) -> None:
    records = [_record(n) for n in range(20_000)]
    rows = make_rows(records, ["/home/me/a", "/home/me/b"])
    model = FilesModel()
    from ui.library.files_table import FilesTable

    table = FilesTable(model)
    qtbot.addWidget(table)
    table.resize(900, 600)
    table.show()
    qtbot.waitExposed(table)
    turns: tuple[Callable[[], object], ...] = (
        lambda: model.set_rows(rows),
        lambda: model.set_filter("paper 77", None, ""),
        lambda: model.set_filter("", None, "/home/me/b"),
        lambda: model.set_filter("", FileState.FAILED, ""),
        lambda: model.set_filter("", None, ""),
        lambda: table.sortByColumn(FileColumn.FOLDER, Qt.SortOrder.DescendingOrder),
        lambda: table.selectRow(15_000),
        lambda: model.set_rows(rows),
    )

    def take(turn: Callable[[], object]) -> None:
        turn()
        QApplication.processEvents()

    for turn in turns:
        assert steps(partial(take, turn)) < 3 * 20_000
    assert model.rowCount() == 20_000
    folders = [str(model.index(n, FileColumn.FOLDER).data()) for n in range(0, 20_000, 500)]
    assert folders == sorted(folders, reverse=True)


def _failed(reason: FailureReason) -> FileRecord:
    return replace(_record(1), kind=None, outcome=FileOutcome.FAILED, reason=reason)


def _type_password(visitor: Visitor, password: str) -> None:
    visitor.click("Enter password…")
    dialog = next(d for d in visitor.page.findChildren(PasswordDialog) if d.isVisible())
    assert dialog.field.echoMode() is QLineEdit.EchoMode.Password
    QTest.keyClicks(dialog.field, password)
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)


def test_rows_of_unchanged_files_are_made_once() -> None:
    records = [_record(number) for number in range(1, 4)]
    before = make_rows(records, ["/home/me/a"])
    changed = [records[0], replace(records[1], chunks=99), records[2], _record(7)]
    after = make_rows(changed, ["/home/me/a"], before)
    kept = {row.record.path: row for row in before.by_column[0]}
    made = {row.record.path: row for row in after.by_column[0]}
    assert made[records[0].path] is kept[records[0].path]
    assert made[records[1].path].cells[FileColumn.PASSAGES] == "99"
    assert len(after) == len(changed)


def _record(n: int) -> FileRecord:
    path = f"/home/me/{'ab'[n % 2]}/folder {n % 200:03}/paper {n}.pdf"
    failed = n % 50 == 0
    return FileRecord(
        path=path,
        kind=None if failed else DocumentKind.PDF,
        size=1,
        mtime_ns=0,
        outcome=FileOutcome.FAILED if failed else FileOutcome.INDEXED,
        chunks=n % 30,
        indexed_at=0.0,
        reason=FailureReason.BROKEN if failed else None,
        detail="Damaged." if failed else "",
    )


def _drop(page: QWidget, mime: QMimeData) -> None:
    where = QPoint(200, 200)
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where, copy, mime, left, none)
    QApplication.sendEvent(page, enter)
    assert enter.isAccepted()
    drop = QDropEvent(QPointF(where), copy, mime, left, none)
    QApplication.sendEvent(page, drop)
    assert drop.isAccepted()


def _box_button(box: QMessageBox, words: str) -> QAbstractButton:
    return next(b for b in box.buttons() if b.text() == words)


def _wait(visitor: Visitor, seconds: float) -> None:
    end = time.monotonic() + seconds
    visitor.until(lambda: time.monotonic() > end)


def test_links_that_lead_out_are_listed_and_can_be_read_as_well(
    visitor: Visitor, tmp_path: Path
) -> None:
    folder, outside = tmp_path / "Household", tmp_path / "Elsewhere"
    for made in (folder, outside):
        made.mkdir()
    (folder / "own.txt").write_text("The boiler is serviced in May.", "utf-8")
    (outside / "other.txt").write_text("The roof is looked at in June.", "utf-8")
    link = folder / "elsewhere"
    try:
        link.symlink_to(outside, target_is_directory=True)
    except OSError:
        pytest.skip("links need a privilege here")
    visitor.add(folder)
    assert visitor.names() == ["own.txt"]
    visitor.see("1 document added, 1 left out (links that lead out).")
    visitor.see("1 link leads out of its folder and was left out.")

    visitor.click("Choose which of these links are read as well")
    dialog = visitor.page.findChild(LinksDialog)
    assert dialog is not None
    row = dialog.list.topLevelItem(0)
    assert row is not None
    said = str(row.data(0, Qt.ItemDataRole.AccessibleTextRole))
    assert said == f"{link} leads out of the folder, to {outside}. Read it as well"
    assert row.checkState(0) is Qt.CheckState.Unchecked
    QTest.keyClick(dialog.list, Qt.Key.Key_Space)
    assert row.checkState(0) is Qt.CheckState.Checked
    save = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Save")
    QTest.mouseClick(save, Qt.MouseButton.LeftButton)
    visitor.until(lambda: sorted(visitor.names()) == ["other.txt", "own.txt"])
    visitor.see("1 link that leads out is read as well.")
    assert visitor.house.services.settings.current.followed_links == (
        FollowedLink(str(link), str(outside)),
    )

    visitor.until(lambda: not visitor.page.busy)
    visitor.click("Choose which of these links are read as well")
    dialog = next(d for d in visitor.page.findChildren(LinksDialog) if d.isVisible())
    QTest.keyClick(dialog.list, Qt.Key.Key_Space)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    visitor.until(lambda: visitor.names() == ["own.txt"])
    visitor.see("1 link leads out of its folder and was left out.")


def test_what_is_left_out_by_kind_is_counted(visitor: Visitor, tmp_path: Path) -> None:
    folder = tmp_path / "Household"
    (folder / "Music").mkdir(parents=True)
    (folder / "own.txt").write_text("The boiler is serviced in May.", "utf-8")
    for name in ("a.mp3", "Music/b.mp3", "~$own.docx"):
        (folder / name).write_bytes(b"x")
    visitor.add(folder)
    visitor.see(
        "3 files and folders are left out by their kind or a rule: Audio (2), "
        "Lock of an open document (1)."
    )


def test_counts_of_a_part_replace_what_was_counted_of_it() -> None:
    seen = KindsSeen()
    seen.update(IndexReport(kinds_in=(("/a", "videos", 2), ("/a/x", "fonts", 3))), None)
    assert seen.by_kind() == (("fonts", 3), ("videos", 2))
    seen.update(IndexReport(kinds_in=(("/a/x", "videos", 1),)), ["/a/x"])
    assert seen.by_kind() == (("videos", 3),)
    seen.update(IndexReport(), None)
    assert seen.by_kind() == ()


def test_what_a_run_says_of_a_part_replaces_what_was_known_of_it() -> None:
    seen = LinksSeen()
    one, other = (LeftOut(f"/a/{name}/link", "leads out", "/b") for name in ("x", "y"))
    seen.update(IndexReport(left_out=(one, other), left_out_count=2), None)
    seen.update(IndexReport(), ["/a/x"])
    assert (seen.left_out, seen.count) == ((other,), 1)
    seen.update(IndexReport(left_out=(one,), left_out_count=1), ["/a/x"])
    assert (seen.left_out, seen.count) == ((one, other), 2)
    seen.update(IndexReport(), None)
    assert (seen.left_out, seen.count) == ((), 0)
