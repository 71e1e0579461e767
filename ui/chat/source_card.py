"""A card for a source: number, file, place and the quoted words. Opens the reader."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import (
    QFontMetricsF,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from rag.types import Citation, Hit
from ui import text
from ui.elided import ElidedLabel
from ui.inert import plain
from ui.legible import legible
from ui.text import tr
from ui.theme.theme import palette
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, Role, label

_EXCERPT_LENGTH = 600  # characters; more never fits into the lines of a card


class QuoteText(QWidget):
    """A few lines of text; the last one ends with an ellipsis if there is more."""

    def __init__(self, words: str, lines: int = 2) -> None:
        super().__init__()
        self._words = text.one_line(legible(words), _EXCERPT_LENGTH)
        self._lines = lines
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._set_height(lines)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Limits the height to the lines that the text needs at this width."""
        super().resizeEvent(event)
        self._set_height(max(1, len(self._laid_out()[1])))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws the lines."""
        painter = QPainter(self)
        painter.setPen(palette().text_soft)
        metrics = QFontMetricsF(self.font())
        layout, lines = self._laid_out()
        for n, (start, length) in enumerate(lines):
            line = self._words[start : start + length]
            if n == self._lines - 1 and start + length < len(self._words):
                rest = self._words[start : start + length + 40]
                line = metrics.elidedText(rest, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(QPointF(0, n * self._spacing + metrics.ascent() + 1), line.rstrip())
        painter.end()
        del layout

    @property
    def _spacing(self) -> float:
        return QFontMetricsF(self.font()).lineSpacing() + 2

    def _set_height(self, lines: int) -> None:
        self.setFixedHeight(int(lines * self._spacing) + 2)

    def _laid_out(self) -> tuple[QTextLayout, list[tuple[int, int]]]:
        """Returns the layout, and (start, length) of each line that is shown."""
        layout = QTextLayout(self._words, self.font())
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        lines: list[tuple[int, int]] = []
        layout.beginLayout()
        while len(lines) < self._lines and (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, self.width()))
            lines.append((line.textStart(), line.textLength()))
        layout.endLayout()
        return layout, lines


class SourceCard(QPushButton):
    """A card that opens its source in the reader.

    Args:
        source: a citation, or one of the nearest passages.
        on_open: called with it when the card is pressed.
    """

    def __init__(self, source: Citation | Hit, on_open: Callable[[Citation | Hit], None]) -> None:
        super().__init__()
        self.source = source
        quote = source.quote if isinstance(source, Citation) else source.text
        number = source.n if isinstance(source, Citation) else None
        self.setProperty("kind", "card")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setToolTip(plain(text.from_home(source.path)))
        self.setAccessibleName(_spoken(source, number))
        self.setAccessibleDescription(text.one_line(legible(quote), _EXCERPT_LENGTH))
        self.clicked.connect(lambda _checked=False: on_open(source))

        head = QHBoxLayout()
        head.setSpacing(SPACE.tight)
        if number is not None:
            head.addWidget(label(str(number), "badge"))
        head.addWidget(IconLabel(text.kind_icon(source.kind), "text_soft", 16))
        head.addWidget(_one_line(text.shown_name(source.path), "strong"))
        head.addWidget(_one_line(text.place(source.locator, source.kind), "soft"))
        head.addStretch(1)
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(SPACE.normal, SPACE.small, SPACE.normal, SPACE.small)
        column.setSpacing(SPACE.hair + 2)
        column.addLayout(head)
        quoted = f"“{quote.strip()}”" if isinstance(source, Citation) else quote.strip()
        column.addWidget(QuoteText(quoted))
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """Returns the size of its layout; a push button would measure only its text."""
        return self._column.sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Allows a narrow card: names are cut, text wraps."""
        return QSize(120, self._column.minimumSize().height())


def _one_line(words: str, role: Role) -> ElidedLabel:
    """Makes a label as wide as its text if there is room."""
    label = ElidedLabel(role)
    label.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    label.show_words(words)
    return label


def _spoken(source: Citation | Hit, number: int | None) -> str:
    if number is None:
        return tr("Nearest passage: {0}").format(text.where(source))
    return tr("Source {0}: {1}").format(number, text.where(source))
