"""A document as text, with the quote marked; long ones grow at both ends as one scrolls."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QKeyEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QTextEdit, QWidget

from ui.inert import InertDocument
from ui.reader.layout import Layout, Line, Style
from ui.theme.theme import palette
from ui.theme.tokens import SERIF, SIZES, SPACE, TYPE

STRETCH = 8_000
"""Characters that are laid out before and after the quote, and at each further step."""
_LONGEST_QUOTE = 40_000
_EDGE = 400  # pixels from an end at which more is laid out
_MARGIN = 20
_HEADING_SIZES = (1.5, 1.3, 1.15, 1.05, 1.0, 1.0)
_ZOOM_LIMITS = (0.6, 3.0)


@dataclass(frozen=True, slots=True)
class _Segment:
    """``text[start:end]`` of the document stands at `position` of the view (UTF-16 units)."""

    start: int
    end: int
    position: int
    text: str


class TextView(QTextEdit):
    """Read-only, without pictures, links or anything that comes from elsewhere.

    Signals:
        place_changed: the person scrolled; carries the document's offset at the top of the view.
    """

    place_changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setDocument(InertDocument(self))
        self.setAcceptDrops(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.document().setDocumentMargin(SPACE.normal)
        self._layout: Layout | None = None
        self._segments: list[_Segment] = []
        self._from = self._to = 0
        self._quote: tuple[int, int] | None = None
        self._goal = 0
        self._settled = True
        self._zoom = 1.0
        self.setCornerWidget(QWidget())  # plain, where the scroll bars meet
        self.verticalScrollBar().valueChanged.connect(self._on_scroll)
        self.verticalScrollBar().actionTriggered.connect(self._settle)

    @property
    def shown(self) -> tuple[int, int]:
        """The stretch of the document that is laid out: offsets, end exclusive."""
        return self._from, self._to

    @property
    def zoom(self) -> float:
        """The size of the text; 1 is the normal one."""
        return self._zoom

    def show_document(self, layout: Layout, goal: int, quote: tuple[int, int] | None) -> None:
        """Shows a document around an offset.

        Args:
            layout: the document.
            goal: offset that is brought into view.
            quote: offsets to mark, end exclusive.
        """
        self._layout, self._goal, self._quote = layout, goal, quote
        self._build()

    def go_to(self, offset: int) -> None:
        """Brings an offset into view."""
        self._goal = offset
        if not self._from <= offset < self._to:
            self._build()
            return
        self._settled = False
        self._bring_into_view()

    def set_zoom(self, zoom: float) -> None:
        """Changes the size of the text."""
        low, high = _ZOOM_LIMITS
        self._goal = self.first_visible()
        self._zoom = min(high, max(low, zoom))
        self._build()

    def first_visible(self) -> int:
        """The document's offset at the top of the view."""
        position = self.cursorForPosition(self.viewport().rect().topLeft()).position()
        n = bisect_right(self._segments, position, key=lambda segment: segment.position) - 1
        return self._segments[n].start if n >= 0 else self._from

    def position_of(self, offset: int) -> int:
        """Where the document's character `offset` stands in the view, in UTF-16 units."""
        n = bisect_right(self._segments, offset, key=lambda segment: segment.start) - 1
        if n < 0:
            return 0
        segment = self._segments[n]
        return segment.position + _units(segment.text[: offset - segment.start])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the column readable, and the quote in view until one scrolls."""
        super().resizeEvent(event)
        side = max(0, (self.width() - SIZES.reading) // 2)
        if side != self.viewportMargins().left():
            self.setViewportMargins(side, 0, side, 0)
        if not self._settled:
            self._bring_into_view()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The person scrolls by themselves now."""
        self._settle()
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End reach the ends of the whole document."""
        self._settle()
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if self._layout is not None and control and event.key() == Qt.Key.Key_Home:
            self.go_to(0)
        elif self._layout is not None and control and event.key() == Qt.Key.Key_End:
            self.go_to(max(0, self._layout.end - 1))
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Draws anew when the palette changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._layout is not None:
            self._goal = self.first_visible()
            QTimer.singleShot(0, self, self._build)

    def _settle(self, _action: int = 0) -> None:
        """From now on the view stays where the person has scrolled to."""
        self._settled = True

    def _build(self) -> None:
        """Lays out what is around the goal."""
        layout = self._layout
        if layout is None:
            return
        quote_end = self._goal
        if self._quote is not None and self._quote[0] <= self._goal < self._quote[1]:
            quote_end = min(self._quote[1], self._goal + _LONGEST_QUOTE)
        self._from = layout.floor(max(0, self._goal - STRETCH))
        self._to = self._ceiling(quote_end + STRETCH)
        self.setUpdatesEnabled(False)
        self._settled, self._segments = True, []  # clearing can resize the view
        self.clear()
        self._segments = self._insert(QTextCursor(self.document()), self._from, self._to)
        self._mark()
        self.setUpdatesEnabled(True)
        self._settled = False
        self._bring_into_view()
        QTimer.singleShot(0, self, self._bring_into_view)

    def _ceiling(self, offset: int) -> int:
        assert self._layout is not None
        return self._layout.end if offset >= self._layout.end else self._layout.floor(offset)

    def _insert(self, cursor: QTextCursor, start: int, end: int) -> list[_Segment]:
        """Inserts lines at the cursor, which stands in an empty paragraph."""
        assert self._layout is not None
        segments: list[_Segment] = []
        cursor.beginEditBlock()
        for n, line in enumerate(self._layout.lines(start, end)):
            block_format, char_format = self._formats(line)
            if n:
                cursor.insertBlock(block_format, char_format)
            else:
                cursor.setBlockFormat(block_format)
                cursor.setBlockCharFormat(char_format)
            for piece in line.pieces:
                if piece.start is not None:
                    segments.append(
                        _Segment(
                            piece.start,
                            piece.start + len(piece.text),
                            cursor.position(),
                            piece.text,
                        )
                    )
                cursor.insertText(piece.text, char_format)
        cursor.endEditBlock()
        return segments

    def _extend_down(self) -> None:
        assert self._layout is not None
        end = self._ceiling(self._to + STRETCH)
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertBlock()
        self._segments += self._insert(cursor, self._to, end)
        self._to = end

    def _extend_up(self) -> None:
        assert self._layout is not None
        start = self._layout.floor(max(0, self._from - STRETCH))
        anchor = self.cursorForPosition(self.viewport().rect().topLeft())
        before = self.cursorRect(anchor).top()
        length = self.document().characterCount()
        cursor = QTextCursor(self.document())
        cursor.insertBlock()
        cursor.movePosition(QTextCursor.MoveOperation.Start)
        added = self._insert(cursor, start, self._from)
        moved = self.document().characterCount() - length
        self._segments = added + [
            replace(segment, position=segment.position + moved) for segment in self._segments
        ]
        self._from = start
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + self.cursorRect(anchor).top() - before)

    def _on_scroll(self, value: int) -> None:
        layout = self._layout
        if layout is None or not self.updatesEnabled():
            return
        self.verticalScrollBar().blockSignals(True)
        if value < _EDGE and self._from > 0:
            self._extend_up()
        elif value > self.verticalScrollBar().maximum() - _EDGE and self._to < layout.end:
            self._extend_down()
        self.verticalScrollBar().blockSignals(False)
        if self._settled:
            self.place_changed.emit(self.first_visible())

    def _mark(self) -> None:
        """Paints the quote's characters, but not what the reader put between them."""
        if self._quote is None:
            self.setExtraSelections([])
            return
        start, end = self._quote
        self.setExtraSelections(
            [
                self._selection(max(start, segment.start), min(end, segment.end))
                for segment in self._segments
                if segment.start < end and start < segment.end
            ]
        )

    def _selection(self, start: int, end: int) -> QTextEdit.ExtraSelection:
        selection = QTextEdit.ExtraSelection()
        cursor = QTextCursor(self.document())
        cursor.setPosition(self.position_of(start))
        last = self.position_of(end - 1) + _units(self._character(end - 1))
        cursor.setPosition(last, QTextCursor.MoveMode.KeepAnchor)
        marked = QTextCharFormat()
        marked.setBackground(QColor(palette().mark))
        marked.setForeground(QColor(palette().text))
        selection.cursor = cursor  # type: ignore[attr-defined]
        selection.format = marked  # type: ignore[attr-defined]
        return selection

    def _character(self, offset: int) -> str:
        n = bisect_right(self._segments, offset, key=lambda segment: segment.start) - 1
        segment = self._segments[n]
        return segment.text[offset - segment.start]

    def _bring_into_view(self) -> None:
        if self._settled or not self._segments:
            return
        cursor = QTextCursor(self.document())
        cursor.setPosition(self.position_of(self._goal))
        bar = self.verticalScrollBar()
        margin = self.viewport().height() // 5
        bar.setValue(bar.value() + self.cursorRect(cursor).top() - margin)
        self.horizontalScrollBar().setValue(0)

    def _formats(self, line: Line) -> tuple[QTextBlockFormat, QTextCharFormat]:
        """How a line of this style looks."""
        block, char = QTextBlockFormat(), QTextCharFormat()
        points = self.font().pointSizeF() * self._zoom
        size, above, below = points * TYPE.reading, SPACE.tight if line.first else 0, SPACE.tight
        char.setForeground(QColor(palette().text))
        height = 130.0
        if line.style is Style.HEADING:
            size = points * _HEADING_SIZES[min(line.level, len(_HEADING_SIZES)) - 1]
            above = SPACE.normal
            char.setFontWeight(QFont.Weight.DemiBold)
            if line.level <= 2:
                char.setFontFamilies(list(SERIF))
                char.setFontWeight(QFont.Weight.Normal)
            height = 115.0
        elif line.style is Style.ITEM:
            block.setLeftMargin(SPACE.normal)
            above = below = SPACE.hair
        elif line.style is Style.LABEL:
            size, above = points * TYPE.caption, SPACE.wide
            char.setForeground(QColor(palette().text_soft))
            char.setFontWeight(QFont.Weight.DemiBold)
        elif line.style is not Style.BODY:
            size, below, height = points * 0.95, 0, 125.0
            above = SPACE.tight if line.first else 0
            block.setNonBreakableLines(True)
            char.setFontFamilies(_fixed_families())
            char.setFontFixedPitch(True)
            if line.style is Style.HEADER_ROW:
                char.setFontWeight(QFont.Weight.DemiBold)
        char.setFontPointSize(size)
        block.setTopMargin(above)
        block.setBottomMargin(below)
        block.setLineHeight(height, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        return block, char


def _fixed_families() -> Sequence[str]:
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).families()


def _units(words: str) -> int:
    """Length in UTF-16 units, which is how Qt counts."""
    return len(words) if words.isascii() else len(words.encode("utf-16-le", "surrogatepass")) // 2
