"""A row of widgets that wraps into the next line where there is no room."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem

from ui.theme.tokens import SPACE


class FlowLayout(QLayout):
    """Lays widgets out from the left, in as many lines as needed.

    Args:
        spacing: pixels between widgets.
        align: to the left, to the right, or in the middle.
        first_grows: the first widget takes the rest of its line.
    """

    def __init__(
        self,
        spacing: int = SPACE.tight,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
        *,
        first_grows: bool = False,
    ) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self._align = align
        self._first_grows = first_grows
        self.setSpacing(spacing)
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Adds an item at the end."""
        self._items.append(item)

    def count(self) -> int:
        """Returns the number of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem:
        """Returns an item; None beyond the last, as Qt requires."""
        return self._items[index] if 0 <= index < len(self._items) else None  # type: ignore[return-value]

    def takeAt(self, index: int) -> QLayoutItem:
        """Removes and returns an item; None beyond the last, as Qt requires."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None  # type: ignore[return-value]

    def expandingDirections(self) -> Qt.Orientation:
        """Returns none: it takes no more room than it needs."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Tells Qt that the height depends on the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Returns the pixels that the lines take at this width."""
        return self._lay_out(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Places the widgets."""
        super().setGeometry(rect)
        self._lay_out(rect, move=True)

    def sizeHint(self) -> QSize:
        """Returns the size of all widgets in one line."""
        sizes = [item.sizeHint() for item in self._shown()]
        gaps = self.spacing() * max(0, len(sizes) - 1)
        width = sum(size.width() for size in sizes) + gaps
        return self._with_margins(QSize(width, max((s.height() for s in sizes), default=0)))

    def minimumSize(self) -> QSize:
        """Returns the size of the widest widget."""
        sizes = [_least(item) for item in self._shown()]
        width = max((size.width() for size in sizes), default=0)
        return self._with_margins(QSize(width, max((s.height() for s in sizes), default=0)))

    def _shown(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _with_margins(self, size: QSize) -> QSize:
        edge = self.contentsMargins()
        return size + QSize(edge.left() + edge.right(), edge.top() + edge.bottom())

    def _lay_out(self, rect: QRect, *, move: bool) -> int:
        """Lays out the lines. Returns their height, margins included."""
        edge = self.contentsMargins()
        inner = rect.marginsRemoved(edge)
        top = inner.y()
        for line in self._lines(inner.width()):
            height = max(size.height() for _, size in line)
            if move:
                self._place(line, QRect(inner.x(), top, inner.width(), height))
            top += height + self.spacing()
        used = max(0, top - inner.y() - self.spacing())
        return used + edge.top() + edge.bottom()

    def _lines(self, width: int) -> list[list[tuple[QLayoutItem, QSize]]]:
        lines: list[list[tuple[QLayoutItem, QSize]]] = []
        left = 0
        for item in self._shown():
            size = item.sizeHint().expandedTo(_least(item)).boundedTo(item.maximumSize())
            size.setWidth(max(min(size.width(), width), _least(item).width()))
            if item.hasHeightForWidth():
                size.setHeight(item.heightForWidth(size.width()))
            if not lines or left + size.width() > width:
                lines.append([])
                left = 0
            lines[-1].append((item, size))
            left += size.width() + self.spacing()
        if self._first_grows and lines:
            self._grow(lines[0], width)
        return lines

    def _grow(self, line: list[tuple[QLayoutItem, QSize]], width: int) -> None:
        """Gives the first item of a line the rest of its width."""
        item, size = line[0]
        wider = size.width() + max(0, width - self._used(line))
        height = item.heightForWidth(wider) if item.hasHeightForWidth() else size.height()
        line[0] = (item, QSize(wider, height))

    def _used(self, line: list[tuple[QLayoutItem, QSize]]) -> int:
        return sum(size.width() for _, size in line) + self.spacing() * (len(line) - 1)

    def _place(self, line: list[tuple[QLayoutItem, QSize]], area: QRect) -> None:
        free = max(0, area.width() - self._used(line))
        left = area.x()
        if self._align is Qt.AlignmentFlag.AlignRight:
            left += free
        elif self._align is Qt.AlignmentFlag.AlignHCenter:
            left += free // 2
        for item, size in line:
            down = (area.height() - size.height()) // 2
            item.setGeometry(QRect(QPoint(left, area.y() + down), size))
            left += size.width() + self.spacing()


def _least(item: QLayoutItem) -> QSize:
    return item.minimumSize()
