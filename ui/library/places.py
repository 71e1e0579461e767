"""The added folders and files; the selected one filters the table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from ui import text
from ui.inert import plain
from ui.legible import legible, named
from ui.text import tr
from ui.theme import icons
from ui.theme.theme import palette
from ui.theme.tokens import SIZES, SPACE

_ROW_HEIGHT = 34
_ROWS_SHOWN = 4
_PATH = Qt.ItemDataRole.UserRole
_COUNT = Qt.ItemDataRole.UserRole + 1
_ICON = Qt.ItemDataRole.UserRole + 2
_AWAY = Qt.ItemDataRole.UserRole + 3


class PlacesList(QListWidget):
    """All documents, then each root with its number of files."""

    chosen = Signal(str)
    remove_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Folders and files in the library"))
        self.setItemDelegate(_PlaceDelegate(self))
        self.setUniformItemSizes(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.currentItemChanged.connect(self._on_current)

    @property
    def current_path(self) -> str:
        """The selected root; "" for all documents."""
        item = self.currentItem()
        return str(item.data(_PATH)) if item is not None else ""

    @property
    def paths(self) -> tuple[str, ...]:
        """The roots, in the order shown."""
        return tuple(str(self.item(n).data(_PATH)) for n in range(1, self.count()))

    def show_roots(
        self,
        roots: Sequence[str],
        counts: Mapping[str, int],
        total: int,
        away: Collection[str] = (),
    ) -> None:
        """Shows these roots; the selection stays if it is among them.

        Args:
            roots: absolute paths.
            counts: number of files of each root.
            total: number of all files.
            away: roots that cannot be reached now.
        """
        previous = self.current_path
        self.blockSignals(True)
        self.clear()
        self._add("", total, "library")
        for root in sorted(roots, key=str.casefold):
            icon = "document" if Path(root).suffix else "folder"
            self._add(root, counts.get(root, 0), icon, away=root in away)
        rows = {path: n for n, path in enumerate(("", *self.paths))}
        self.setCurrentRow(rows.get(previous, 0))
        self.blockSignals(False)
        visible_rows = min(self.count(), _ROWS_SHOWN)
        self.setFixedHeight(visible_rows * _ROW_HEIGHT + 2 * SPACE.hair)
        if self.current_path != previous:
            self.chosen.emit(self.current_path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Asks to remove the selected root on Delete."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.current_path:
            self.remove_wanted.emit(self.current_path)
            return
        super().keyPressEvent(event)

    def _add(self, path: str, count: int, icon: str, *, away: bool = False) -> None:
        name = text.shown_name(path) if path else self.tr("All documents")
        item = QListWidgetItem(name, self)
        files = tr("%n file|%n files", count)
        hint = named(path)
        if away:
            files = self.tr("Not reachable  ·  {0}").format(files)
            stay = self.tr("It cannot be reached now. Its documents stay searchable.")
            hint = f"{hint}\n{stay}"
        item.setData(_PATH, path)
        item.setData(_COUNT, files)
        item.setData(_ICON, icon)
        item.setData(_AWAY, away)
        item.setToolTip(plain(hint))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {files}")
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, legible(hint))

    def _on_current(self, item: QListWidgetItem | None, _before: object) -> None:
        if item is not None:
            self.chosen.emit(str(item.data(_PATH)))


class _PlaceDelegate(QStyledItemDelegate):
    """Draws icon, name, the folder above it, and the number of files."""

    def sizeHint(
        self, _option: QStyleOptionViewItem, _index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Returns the same height for all rows."""
        return QSize(120, _ROW_HEIGHT)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draws one row over the view's own background."""
        self.initStyleOption(option, index)
        name = str(index.data())
        view = self.parent()
        if isinstance(view, QWidget):
            panel = QStyle.PrimitiveElement.PE_PanelItemViewItem
            view.style().drawPrimitive(panel, option, painter, view)
        rect: QRect = option.rect  # type: ignore[attr-defined]
        area = rect.adjusted(SPACE.tight, 0, -SPACE.small, 0)
        painter.save()
        area = self._draw_ends(painter, area, str(index.data(_ICON)), str(index.data(_COUNT)))
        metrics = painter.fontMetrics()
        middle = Qt.AlignmentFlag.AlignVCenter
        elided = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, area.width())
        painter.setPen(palette().text_soft if index.data(_AWAY) else palette().text)
        painter.drawText(area, middle, elided)
        area.setLeft(area.left() + metrics.horizontalAdvance(elided) + SPACE.small)
        path = str(index.data(_PATH))
        above = text.from_home(str(Path(path).parent)) if path else ""
        painter.setPen(palette().text_soft)
        painter.drawText(
            area,
            middle,
            metrics.elidedText(above, Qt.TextElideMode.ElideMiddle, max(0, area.width())),
        )
        painter.restore()

    def _draw_ends(self, painter: QPainter, area: QRect, icon: str, count: str) -> QRect:
        """Draws the icon and the count. Returns the space between them."""
        size = SIZES.icon_small
        top = area.top() + (area.height() - size) // 2
        painter.drawPixmap(area.left(), top, icons.pixmap(icon, palette().text_soft, size))
        painter.setPen(palette().text_soft)
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, count)
        width = painter.fontMetrics().horizontalAdvance(count)
        return area.adjusted(size + SPACE.tight, 0, -width - SPACE.normal, 0)
