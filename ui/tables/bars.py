"""A bar chart of a few groups, with the same in words for screen readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme.theme import palette
from ui.theme.tokens import SPACE

MOST_BARS = 12
_NAME_SHARE = 0.35  # of the width, for the groups' names
_RADIUS = 3.0  # pixels


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar.

    Attributes:
        name: of the group, as it is shown.
        words: its number with the unit, as it is shown.
        number: its length; negative ones reach to the left.
    """

    name: str
    words: str
    number: float


class BarChart(QWidget):
    """Draws horizontal bars from a common line: their lengths are their numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: tuple[Bar, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_bars(self, title: str, bars: Sequence[Bar]) -> None:
        """Shows the first `MOST_BARS` bars; `title` says what they are."""
        self._bars = tuple(bars[:MOST_BARS])
        self.setAccessibleName(title)
        words = "; ".join(f"{bar.name}: {bar.words}" for bar in self._bars)
        self.setAccessibleDescription(words)
        self.setToolTip("")
        self.setVisible(len(self._bars) > 1)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Returns the height of all bars."""
        return QSize(0, len(self._bars) * self._row())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws the bars."""
        if not self._bars:
            return
        colours, metrics, row = palette(), self.fontMetrics(), self._row()
        left = round(self.width() * _NAME_SHARE)
        widest = max(metrics.horizontalAdvance(bar.words) for bar in self._bars) + SPACE.small
        room = max(1, self.width() - left - widest)
        low = min(0.0, *(bar.number for bar in self._bars))
        high = max(0.0, *(bar.number for bar in self._bars))
        scale = room / ((high - low) or 1.0)
        zero = left - low * scale
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, bar in enumerate(self._bars):
            top = number * row
            place = QRect(0, top, left - SPACE.small, row)
            name = metrics.elidedText(bar.name, Qt.TextElideMode.ElideRight, place.width())
            painter.setPen(QColor(colours.text))
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, name)
            length = bar.number * scale
            start = zero + min(0.0, length)
            shape = QRectF(start, top + SPACE.hair, max(1.0, abs(length)), row - 2 * SPACE.hair)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(shape, _RADIUS, _RADIUS)
            painter.setPen(QColor(colours.text))
            place = QRect(round(shape.right()) + SPACE.hair, top, widest, row)
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, bar.words)
        painter.end()

    def _row(self) -> int:
        return self.fontMetrics().height() + SPACE.small
