"""The reader over real files: the right page, the quote marked and nothing else, long texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, QUrl, Slot
from PySide6.QtGui import QColor, QDesktopServices, QImage, QKeyEvent, QTextCursor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from app.paths import Paths
from app.settings.fields import ThemeChoice
from rag.formats import DocumentKind
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.types import Citation, Locator
from tests.ui import papers
from tests.ui.house import PDFIUM, House
from ui.bridge import Bridge
from ui.links import OpenDialog
from ui.messages import Notice
from ui.reader.layout import Layout, Style, place_labels
from ui.reader.panel import ReaderPanel
from ui.reader.text_view import TextView
from ui.theme.theme import Theme, palette
from ui.theme.tokens import LIGHT


class Reading:
    """A person with the reader open."""

    def __init__(self, qtbot: QtBot, house: House, bridge: Bridge) -> None:
        self.qtbot = qtbot
        self.house = house
        self.notices: list[Notice] = []
        bridge.messages.attach(self.notices.append)
        self.panel = ReaderPanel(house.services, bridge)
        qtbot.addWidget(self.panel)
        self.panel.resize(560, 760)
        self.panel.show()
        self.panel.activateWindow()
        qtbot.waitActive(self.panel)

    def until(self, condition: Callable[[], bool], seconds: int = 10) -> None:
        self.qtbot.waitUntil(condition, timeout=seconds * 1000)

    def index(self, *files: Path) -> None:
        assert not self.house.index(files).failed

    def cite(self, path: Path, quote: str) -> Citation:
        """A citation as an answer would carry it."""
        document = self.house.document(path).document
        flat = document.text.replace("\n", " ")
        start = flat.index(quote)
        end = start + len(quote)
        block = next(b for b in document.blocks if b.locator.start <= start < b.locator.end)
        place = replace(block.locator, start=start, end=end)
        words = document.text[start:end]
        return Citation(1, str(path), document.title, document.kind, place, words, "id")

    def open(self, path: Path, quote: str) -> None:
        self.panel.open(self.cite(path, quote))
        self.until(self.is_open)

    def open_path(self, path: Path, page: int | None = None) -> None:
        self.panel.open_path(str(path), page)
        self.until(self.is_open)

    def see_sharp(self, page: int) -> None:
        """Waits until a page was drawn at its final width: the first is drawn before the layout."""
        self.until(lambda: (page, self.panel.page_view.wanted_px) in self.house.rendered)

    def is_open(self) -> bool:
        return self.on_page() or self.panel.text_view.isVisible()

    def on_page(self) -> bool:
        view = self.panel.page_view
        return view.isVisible() and not view.image.isNull()

    def words(self) -> str:
        labels = [w.text() for w in self.panel.findChildren(QLabel) if w.isVisible()]
        return "\n".join(labels)

    def see(self, words: str) -> None:
        self.until(lambda: words in self.words())

    def click(self, name: str) -> None:
        found = [
            b
            for b in self.panel.findChildren(QAbstractButton)
            if b.isVisible() and b.accessibleName() == name
        ]
        assert len(found) == 1, name
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def key(self, key: Qt.Key, control: bool = False) -> None:
        none, held = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
        focus = QApplication.focusWidget() or self.panel
        QTest.keyClick(focus, key, held if control else none)

    def sharp(self) -> None:
        """Waits until the page is drawn at the width that is shown."""
        self.until(lambda: self.panel.page_view.image.width() == self.panel.page_view.wanted_px)

    def marked(self) -> str:
        """What is marked in the text, as the widget has it."""
        return _marked(self.panel.text_view)

    def marked_is_visible(self) -> bool:
        view = self.panel.text_view
        cursors = _cursors(view)
        if not cursors:
            return False
        cursor = cursors[0]
        cursor.setPosition(cursor.selectionStart())
        return view.viewport().rect().intersects(view.cursorRect(cursor))


@pytest.fixture
def reading(qtbot: QtBot, qapp: QApplication, paths: Paths) -> Iterator[Reading]:
    house = House(paths)
    house.services.settings.change(theme=ThemeChoice.LIGHT)
    theme = Theme(qapp, house.services.settings)
    bridge = Bridge()
    yield Reading(qtbot, house, bridge)
    bridge.cancel()
    bridge.close()
    house.close()
    theme.deleteLater()


def test_nothing_is_open_at_first(reading: Reading) -> None:
    reading.see("Nothing is open")


def test_a_pdf_opens_at_the_page_with_the_quote_marked_and_nothing_else(
    reading: Reading, tmp_path: Path
) -> None:
    lease = papers.lease(tmp_path / "lease.pdf")
    reading.index(lease)
    reading.open(lease, papers.DEPOSIT)
    reading.see("3 of 5")
    reading.see("page 3")
    reading.sharp()
    view = reading.panel.page_view
    boxes = view.highlight_rects()
    assert len(boxes) == 2  # the quote takes two lines
    assert all(view.viewport().rect().contains(box.toRect()) for box in boxes)
    inside, outside = _marker_pixels(view.viewport().grab().toImage(), boxes)
    assert inside == 1
    assert outside == 0


def test_marked_words_are_those_of_the_quote(reading: Reading, tmp_path: Path) -> None:
    """The boxes stand where PDFium finds the words, not merely somewhere."""
    import pypdfium2

    lease = papers.lease(tmp_path / "lease.pdf")
    reading.index(lease)
    reading.open(lease, papers.DEPOSIT)
    view = reading.panel.page_view
    page = view.page_rect()
    with PDFIUM:
        document = pypdfium2.PdfDocument(lease)
        sheet = document[2]
        width, height = sheet.get_size()
        text = sheet.get_textpage()
        words = ""
        for n in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(n)
            middle = QPointF(
                page.left() + (left + right) / 2 / width * page.width(),
                page.top() + (1 - (top + bottom) / 2 / height) * page.height(),
            )
            if any(box.contains(middle) for box in view.highlight_rects()):
                words += text.get_text_range(n, 1)
        document.close()
    assert "".join(words.split()).rstrip(".") == "".join(papers.DEPOSIT.split()).rstrip(".")


def test_pages_turn_by_button_key_and_wheel(reading: Reading, tmp_path: Path) -> None:
    lease = papers.lease(tmp_path / "lease.pdf")
    reading.index(lease)
    reading.open_path(lease)
    reading.see("1 of 5")
    reading.see_sharp(1)
    reading.click("Next page")
    reading.see("2 of 5")
    view = reading.panel.page_view
    view.setFocus()
    reading.key(Qt.Key.Key_PageDown)
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum() > 0
    reading.see("2 of 5")
    reading.key(Qt.Key.Key_PageDown)
    reading.see("3 of 5")
    reading.key(Qt.Key.Key_PageUp, control=True)
    reading.see("2 of 5")
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    _wheel(reading, -120)
    reading.see("3 of 5")
    reading.click("Previous page")
    reading.see("2 of 5")
    reading.until(lambda: {1, 2, 3} <= {page for page, _ in reading.house.rendered})
    reading.click("Next page")
    reading.see("3 of 5")
    reading.until(lambda: 4 in {page for page, _ in reading.house.rendered})
    assert [page for page, _ in reading.house.rendered].count(3) == 1  # kept, not drawn again


def test_a_page_that_is_being_drawn_is_not_drawn_twice(reading: Reading, tmp_path: Path) -> None:
    lease = papers.lease(tmp_path / "lease.pdf")
    reading.index(lease)
    reading.open_path(lease)
    reading.see_sharp(1)
    reading.until(lambda: reading.house.rendered[-1] == (2, reading.panel.page_view.wanted_px))
    with PDFIUM:
        reading.click("Next page")
        reading.see("2 of 5")
        reading.until(lambda: 3 in reading.house.render_requests)
        for label, place in (("Next page", "3 of 5"), ("Next page", "4 of 5")):
            reading.click(label)
            reading.see(place)
        reading.click("Previous page")
        reading.see("3 of 5")
    reading.until(lambda: 4 in {page for page, _ in reading.house.rendered})
    assert [page for page, _ in reading.house.rendered].count(3) == 1


def test_the_last_page_is_the_last(reading: Reading, tmp_path: Path) -> None:
    lease = papers.lease(tmp_path / "lease.pdf", pages=2, quote_page=2)
    reading.index(lease)
    reading.open_path(lease, 2)
    reading.see("2 of 2")
    reading.key(Qt.Key.Key_PageDown, control=True)
    QTest.qWait(50)
    assert "2 of 2" in reading.words()


def test_zoom_draws_the_page_sharply_and_fit_goes_back(reading: Reading, tmp_path: Path) -> None:
    lease = papers.lease(tmp_path / "lease.pdf")
    reading.index(lease)
    reading.open(lease, papers.DEPOSIT)
    reading.sharp()
    fitting = reading.panel.page_view.image.width()
    reading.panel.page_view.setFocus()
    reading.key(Qt.Key.Key_Plus, control=True)
    reading.sharp()
    assert reading.panel.page_view.image.width() == pytest.approx(1.25 * fitting, abs=2)
    reading.see("3 of 5")
    reading.click("Fit the width")
    reading.sharp()
    assert reading.panel.page_view.image.width() == fitting
    reading.panel.resize(760, 700)
    reading.sharp()
    assert reading.panel.page_view.image.width() > fitting


def test_a_screen_reader_gets_the_text_of_the_page(reading: Reading, tmp_path: Path) -> None:
    lease = papers.lease(tmp_path / "lease.pdf")
    reading.index(lease)
    reading.open(lease, papers.DEPOSIT)
    view = reading.panel.page_view
    assert view.accessibleName() == "Lease, page 3"
    reading.until(lambda: "three instalments" in view.accessibleDescription())
    assert "Section 2" not in view.accessibleDescription()


def test_a_pdf_can_be_read_as_text(reading: Reading, tmp_path: Path) -> None:
    lease = papers.lease(tmp_path / "lease.pdf")
    reading.index(lease)
    reading.open(lease, papers.DEPOSIT)
    reading.click("Show the page's text instead of its picture")
    reading.until(reading.panel.text_view.isVisible)
    assert " ".join(reading.marked().split()) == papers.DEPOSIT
    reading.until(reading.marked_is_visible)
    reading.click("Show the page's text instead of its picture")
    reading.until(reading.on_page)


def test_markdown_opens_at_the_quote_also_after_characters_of_two_units(
    reading: Reading, tmp_path: Path
) -> None:
    minutes = papers.minutes(tmp_path / "minutes.md", paragraphs=60)
    reading.index(minutes)
    reading.open(minutes, papers.RESERVE)
    assert reading.marked() == papers.RESERVE
    reading.until(reading.marked_is_visible)
    reading.see("under “Reserve”")
    image = reading.panel.text_view.viewport().grab().toImage()
    assert _has_colour(image, palette().mark)


def test_a_table_is_lined_up_and_its_cells_are_marked(reading: Reading, tmp_path: Path) -> None:
    minutes = papers.minutes(tmp_path / "minutes.md")
    reading.index(minutes)
    reading.open(minutes, "Garden | 600.00")
    assert reading.marked() == "Garden 600.00"  # not the space that lines the columns up
    lines = reading.panel.text_view.toPlainText().split("\n")
    planned = [line.index(v) for line in lines for v in ("Planned", "600.00", "1,200") if v in line]
    assert len(set(planned)) == 1


def test_a_sheet_is_named_and_its_cells_marked(reading: Reading, tmp_path: Path) -> None:
    budget = papers.budget(tmp_path / "budget.xlsx")
    reading.index(budget)
    reading.open(budget, "Insurance")
    reading.see("sheet Budget")
    text = reading.panel.text_view.toPlainText().split("\n")
    assert text[0] == "Budget"
    assert "Notes" in text
    assert reading.marked() == "Insurance"


def test_slides_are_stepped_through(reading: Reading, tmp_path: Path) -> None:
    deck = papers.slides(tmp_path / "deck.pptx")
    reading.index(deck)
    reading.open(deck, "Costs of the heat pump")
    reading.see("Slide 2 of 3")
    reading.click("Next page")
    reading.see("Slide 3 of 3")


def test_a_changed_file_is_told(reading: Reading, tmp_path: Path) -> None:
    minutes = papers.minutes(tmp_path / "minutes.md")
    reading.index(minutes)
    citation = reading.cite(minutes, papers.RESERVE)
    minutes.write_text("# Something else\n\nEntirely.", "utf-8")
    reading.panel.open(citation)
    reading.see("This file has changed since it was indexed. This is its text as it was then.")
    assert reading.marked() == papers.RESERVE


@pytest.mark.parametrize("name", ["lease.pdf", "minutes.md"])
def test_a_missing_file_is_shown_as_it_was_indexed(
    reading: Reading, tmp_path: Path, name: str
) -> None:
    path, quote = tmp_path / name, papers.RESERVE
    if name == "lease.pdf":
        papers.lease(path)
        quote = papers.DEPOSIT
    else:
        papers.minutes(path)
    reading.index(path)
    citation = reading.cite(path, quote)
    path.unlink()
    reading.panel.open(citation)
    reading.see("The file is no longer where it was. This is its text as it was indexed.")
    assert " ".join(reading.marked().split()) == quote
    reading.click("Open the file in its own program")
    assert reading.notices[0].text == "The file could not be opened in its own program."


def test_what_is_not_in_the_library_is_told(reading: Reading, tmp_path: Path) -> None:
    reading.panel.open_path(str(tmp_path / "unknown.txt"))
    reading.see("unknown.txt is not in the library.")
    (tmp_path / "unknown.txt").write_text("Known now.", "utf-8")
    reading.index(tmp_path / "unknown.txt")
    reading.click("Try again")
    reading.until(lambda: "Known now." in reading.panel.text_view.toPlainText())


def test_a_pdf_that_left_the_library_is_still_shown(reading: Reading, tmp_path: Path) -> None:
    lease = papers.lease(tmp_path / "lease.pdf")
    reading.index(lease)
    citation = reading.cite(lease, papers.DEPOSIT)
    reading.house.remove([lease])
    reading.panel.open(citation)
    reading.until(reading.on_page)
    reading.see("lease.pdf is not in the library.")
    reading.see("3 of 5")
    assert len(reading.panel.page_view.highlight_rects()) == 2
    reading.click("Next page")
    reading.see("4 of 5")


def test_a_damaged_pdf_is_shown_as_text(reading: Reading, tmp_path: Path) -> None:
    lease = papers.lease(tmp_path / "lease.pdf")
    reading.index(lease)
    citation = reading.cite(lease, papers.DEPOSIT)
    lease.write_bytes(b"%PDF-1.7 no more")
    reading.panel.open(citation)
    reading.see("This page cannot be shown. This is its text as it was indexed.")
    assert " ".join(reading.marked().split()) == papers.DEPOSIT


def test_a_quote_that_is_not_on_the_page_is_told(reading: Reading, tmp_path: Path) -> None:
    lease = papers.lease(tmp_path / "lease.pdf")
    reading.index(lease)
    citation = replace(reading.cite(lease, papers.DEPOSIT), quote="words that are nowhere")
    reading.panel.open(citation)
    reading.see("The quoted words could not be marked on this page.")
    reading.see("3 of 5")


def test_the_file_opens_in_its_own_program_when_asked(reading: Reading, tmp_path: Path) -> None:
    minutes = papers.minutes(tmp_path / "minutes.md")
    reading.index(minutes)
    reading.open(minutes, papers.RESERVE)

    class Desktop(QObject):
        opened: list[QUrl] = []  # noqa: RUF012 - one for this test

        @Slot(QUrl)
        def take(self, url: QUrl) -> None:
            self.opened.append(url)

    desktop = Desktop()
    QDesktopServices.setUrlHandler("file", desktop, "take")  # type: ignore[arg-type]
    try:
        reading.click("Open the file in its own program")
        assert desktop.opened == []  # first its path is shown
        (dialog,) = reading.panel.findChildren(OpenDialog)
        open_it = next(b for b in dialog.findChildren(QPushButton) if b.text() == "Open")
        QTest.mouseClick(open_it, Qt.MouseButton.LeftButton)
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert desktop.opened == [QUrl.fromLocalFile(str(minutes))]


def test_escape_closes(reading: Reading, tmp_path: Path) -> None:
    minutes = papers.minutes(tmp_path / "minutes.md")
    reading.index(minutes)
    reading.open(minutes, papers.RESERVE)
    reading.panel.setFocus()
    with reading.qtbot.waitSignal(reading.panel.closed, timeout=20_000):
        reading.key(Qt.Key.Key_Escape)


def test_the_last_of_several_that_were_asked_for_is_shown(reading: Reading, tmp_path: Path) -> None:
    lease = papers.lease(tmp_path / "lease.pdf")
    minutes = papers.minutes(tmp_path / "minutes.md")
    reading.index(lease, minutes)
    for _ in range(3):
        reading.panel.open(reading.cite(lease, papers.DEPOSIT))
        reading.panel.open(reading.cite(minutes, papers.RESERVE))
    reading.until(reading.panel.text_view.isVisible)
    QTest.qWait(200)
    assert reading.panel.text_view.isVisible()
    assert reading.marked() == papers.RESERVE
    reading.panel.open(reading.cite(lease, papers.DEPOSIT))
    reading.until(reading.on_page)
    reading.see("3 of 5")


def test_a_document_of_five_megabytes_is_read_in_stretches(qtbot: QtBot) -> None:
    document = _long_document(5_000_000)
    layout = Layout(document)
    view = TextView()
    qtbot.addWidget(view)
    view.resize(600, 700)
    view.show()
    qtbot.waitExposed(view)
    middle = document.blocks[len(document.blocks) // 2].locator
    steps: list[Callable[[], object]] = [
        lambda: view.show_document(layout, middle.start, (middle.start, middle.end))
    ]
    bar = view.verticalScrollBar()
    steps += [lambda: bar.setValue(bar.maximum())] * 5
    steps += [lambda: bar.setValue(0)] * 8
    for step in steps:
        step()
        QApplication.processEvents()
        start, end = view.shown
        assert end - start < 300_000
    assert start < middle.start < middle.end < end
    text = view.toPlainText()
    assert text.startswith(document.text[start : start + 60])
    assert text.endswith(document.text[end - 60 : end].rstrip())
    assert _marked(view) == document.text[middle.start : middle.end]
    view.keyPressEvent(_key(Qt.Key.Key_End))
    assert view.shown[1] == len(document.text)
    view.keyPressEvent(_key(Qt.Key.Key_Home))
    assert view.shown[0] == 0


def test_scrolling_up_does_not_jump(qtbot: QtBot) -> None:
    document = _long_document(400_000)
    view = TextView()
    qtbot.addWidget(view)
    view.resize(600, 700)
    view.show()
    qtbot.waitExposed(view)
    view.show_document(Layout(document), 200_000, None)
    QApplication.processEvents()
    bar = view.verticalScrollBar()
    bar.setValue(500)
    before = view.first_visible()
    first = view.shown[0]
    bar.setValue(390)
    assert view.shown[0] < first
    assert 0 <= before - view.first_visible() < 2000


def test_one_endless_line_is_cut(qtbot: QtBot) -> None:
    text = "word " * 100_000
    document = _document(text, Block(BlockKind.PARAGRAPH, Locator(0, len(text))))
    lines = list(Layout(document).lines(0, 20_000))
    assert len(lines) >= 5
    shown = "".join(piece.text for line in lines for piece in line.pieces)
    assert len(shown) >= 20_000
    assert text.startswith(shown)


@pytest.mark.parametrize(
    "hostile",
    [
        "a\rb",
        "a\u2029b",
        "a\ufdd0b\ufdd1c",
        "a\ufffcb",
        "a\x00b",
        "<img src=file:///etc/passwd>",
        "👩‍👩‍👧 a\u202eb",
    ],
)
def test_characters_that_qt_gives_a_meaning_do_no_harm(qtbot: QtBot, hostile: str) -> None:
    text = f"before {hostile} QUOTE after"
    document = _document(text, Block(BlockKind.PARAGRAPH, Locator(0, len(text))))
    view = TextView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    start = text.index("QUOTE")
    view.show_document(Layout(document), start, (start, start + 5))
    assert _marked(view) == "QUOTE"
    assert view.document().blockCount() == 1
    assert view.document().resource(2, QUrl("file:///etc/hostname")) is None


def test_headings_and_rows_get_their_style() -> None:
    text = "Title\n\nA | B\n1 | 2\n\n- point"
    document = _document(
        text,
        Block(BlockKind.HEADING, Locator(0, 5), level=1),
        Block(BlockKind.TABLE, Locator(7, 18), header="A | B"),
        Block(BlockKind.LIST_ITEM, Locator(20, 27)),
    )
    styles = [line.style for line in Layout(document).lines(0, 100)]
    assert styles == [Style.HEADING, Style.HEADER_ROW, Style.ROW, Style.ITEM]


def test_places_are_labelled_where_they_begin() -> None:
    blocks = [
        Block(BlockKind.PARAGRAPH, Locator(n * 3, n * 3 + 1, page=page))
        for n, page in enumerate((1, 1, 2))
    ]
    assert place_labels(_document("a  b  c", *blocks), "Slide {0}") == {0: "Slide 1", 2: "Slide 2"}


def _cursors(view: TextView) -> list[QTextCursor]:
    selections = view.extraSelections()
    return [QTextCursor(s.cursor) for s in selections]  # type: ignore[attr-defined]


def _marked(view: TextView) -> str:
    return " ".join(cursor.selectedText() for cursor in _cursors(view))


def _document(text: str, *blocks: Block) -> ParsedDocument:
    return ParsedDocument(DocumentKind.TEXT, "Paper", text, blocks)


def _long_document(length: int) -> ParsedDocument:
    parts: list[str] = []
    blocks: list[Block] = []
    at = 0
    while at < length:
        words = f"Paragraph {len(parts)}. " + "The tenant keeps the flat in good order. " * 8
        parts.append(words.strip())
        blocks.append(Block(BlockKind.PARAGRAPH, Locator(at, at + len(parts[-1]))))
        at += len(parts[-1]) + 2
    return _document("\n\n".join(parts), *blocks)


def _marker_pixels(image: QImage, boxes: list[QRectF]) -> tuple[float, int]:
    """The share of pixels in the boxes that took the marker's colour, and how many elsewhere."""
    mark = QColor(LIGHT.mark)
    inside = total = outside = 0
    for y in range(image.height()):
        for x in range(image.width()):
            colour = image.pixelColor(x, y)
            if any(box.adjusted(2, 2, -2, -2).contains(x, y) for box in boxes):
                total += 1
                inside += colour.blue() <= mark.blue()  # the paper's white, or darker letters
            elif not any(box.adjusted(-1, -1, 1, 1).contains(x, y) for box in boxes):
                outside += colour.red() - colour.blue() > 40
    return inside / total, outside


def _has_colour(image: QImage, name: str) -> bool:
    wanted = QColor(name)
    return any(
        image.pixelColor(x, y) == wanted
        for y in range(0, image.height(), 2)
        for x in range(0, image.width(), 2)
    )


def _wheel(reading: Reading, delta: int) -> None:
    view = reading.panel.page_view
    where = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        where,
        view.viewport().mapToGlobal(where),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def _key(key: Qt.Key) -> QKeyEvent:
    return QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.ControlModifier)
