"""Draws a cell: its value, and below it its state in words with a mark."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from ui.tables.model import CellsModel
from ui.theme import icons
from ui.theme.theme import palette
from ui.theme.tokens import SPACE, TYPE

_ICON = 12  # pixels
_GAP = 2  # pixels between the two lines


class CellDelegate(QStyledItemDelegate):
    """Draws the cells of a `CellsModel`."""

    def __init__(self, model: CellsModel) -> None:
        super().__init__(model)
        self._model = model

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draws a cell."""
        face = self._model.face_at(index)
        if face is None:
            return
        self.initStyleOption(option, index)
        option.text = ""  # type: ignore[attr-defined]  # drawn below, on two lines
        widget = option.widget  # type: ignore[attr-defined]
        style = widget.style() if widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, widget)
        colours = palette()
        rect: QRect = option.rect.adjusted(SPACE.tight, 0, -SPACE.tight, 0)  # type: ignore[attr-defined]
        font: QFont = option.font  # type: ignore[attr-defined]
        small = caption(font)
        first, second = QFontMetrics(font), QFontMetrics(small)
        top = rect.top() + (rect.height() - first.height() - second.height() - _GAP) // 2
        painter.save()
        painter.setFont(font)
        painter.setPen(QColor(colours.text))
        line = QRect(rect.left(), top, rect.width(), first.height())
        mode = Qt.TextElideMode.ElideMiddle if not index.column() else Qt.TextElideMode.ElideRight
        words = first.elidedText(face.words or "–", mode, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words)
        top += first.height() + _GAP
        left = rect.left()
        colour = getattr(colours, face.mark.role)
        if face.mark.icon:
            middle = top + (second.height() - _ICON) // 2
            painter.drawPixmap(left, middle, icons.pixmap(face.mark.icon, colour, _ICON))
            left += _ICON + SPACE.hair
        painter.setFont(small)
        painter.setPen(QColor(colour))
        line = QRect(left, top, rect.right() - left, second.height())
        words = second.elidedText(face.mark.words, Qt.TextElideMode.ElideRight, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, words)
        painter.restore()

    def sizeHint(
        self, option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Returns the height of two lines."""
        return QSize(0, row_height(option.font))  # type: ignore[attr-defined]


def caption(font: QFont) -> QFont:
    """Returns the font of the second line."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * TYPE.caption)
    return small


def row_height(font: QFont) -> int:
    """Returns the pixels that a row takes."""
    lines = QFontMetrics(font).height() + QFontMetrics(caption(font)).height()
    return lines + _GAP + SPACE.small
