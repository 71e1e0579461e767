"""Check boxes and radio buttons in the palette's colours: Qt's own vanish on a dark background."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton

from ui.legible import from_button, on_button
from ui.theme import icons
from ui.theme.theme import palette
from ui.theme.tokens import SIZES, SPACE

_BOX = 16
_EDGE = 3  # pixels around the box, for the focus ring


class CheckBox(QCheckBox):
    """A check box. Its text is cut where there is no room."""

    def __init__(self, words: str = "") -> None:
        super().__init__(on_button(words))

    def text(self) -> str:
        """Returns its text."""
        return from_button(super().text())

    def setText(self, text: str) -> None:
        """Shows another text."""
        super().setText(on_button(text))

    def sizeHint(self) -> QSize:
        """Returns the size of box and text."""
        return _size(self)

    def minimumSizeHint(self) -> QSize:
        """Returns the size of the box."""
        return QSize(_BOX + 2 * _EDGE, _size(self).height())

    def hitButton(self, pos: object) -> bool:  # noqa: ARG002 - Qt's signature
        """Counts a click on the text as well."""
        return True

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws it in the current palette."""
        painter = QPainter(self)
        box = _begin(painter, self)
        painter.drawRoundedRect(box, 4, 4)
        if self.isChecked():
            mark = icons.pixmap("check", palette().on_accent, 12)
            painter.drawPixmap(int(box.left()) + 2, int(box.top()) + 2, mark)
        _finish(painter, self)


class RadioButton(QRadioButton):
    """A radio button."""

    def text(self) -> str:
        """Returns its text."""
        return from_button(super().text())

    def setText(self, text: str) -> None:
        """Shows another text."""
        super().setText(on_button(text))

    def sizeHint(self) -> QSize:
        """Returns the size of circle and text."""
        return _size(self)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draws it in the current palette."""
        painter = QPainter(self)
        box = _begin(painter, self)
        painter.drawEllipse(box)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(palette().on_accent))
            painter.drawEllipse(box.center(), 3, 3)
        _finish(painter, self)


def _size(button: QAbstractButton) -> QSize:
    metrics = button.fontMetrics()
    words = metrics.horizontalAdvance(button.text()) + SPACE.tight if button.text() else 0
    height = max(metrics.height(), _BOX) + 2 * _EDGE
    return QSize(_BOX + 2 * _EDGE + words + _EDGE, height)


def _begin(painter: QPainter, button: QAbstractButton) -> QRectF:
    """Sets pen and brush for the box. Returns its rectangle."""
    colours = palette()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = colours.accent if button.isChecked() else colours.border_strong
    if not button.isEnabled():
        edge = colours.border
    painter.setPen(QPen(QColor(edge), 1.2))
    painter.setBrush(QColor(edge if button.isChecked() else colours.surface))
    top = (button.height() - _BOX) / 2
    return QRectF(_EDGE + 0.5, top + 0.5, _BOX - 1, _BOX - 1)


def _finish(painter: QPainter, button: QAbstractButton) -> None:
    """Draws the text, and the focus ring."""
    colours = palette()
    painter.setPen(QColor(colours.text if button.isEnabled() else colours.border_strong))
    left = _BOX + _EDGE + SPACE.tight
    words = QRect(left, 0, button.width() - left, button.height())
    elide = Qt.TextElideMode.ElideRight
    elided = button.fontMetrics().elidedText(button.text(), elide, words.width())
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, elided)
    if button.hasFocus():
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.focus), 2))
        ring = QRectF(button.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(ring, SIZES.radius_small, SIZES.radius_small)
    painter.end()
