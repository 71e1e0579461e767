"""The folders of the library as a tree with check boxes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QIcon, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
)

from ui import text
from ui.collections.choice import Chosen, FolderChoice, FolderTree
from ui.inert import plain
from ui.legible import legible
from ui.theme import icons
from ui.theme.theme import palette

_PATH = Qt.ItemDataRole.UserRole
_STATE = Qt.ItemDataRole.UserRole + 1
_BOX = 16
_CHECKS = {
    Chosen.NO: Qt.CheckState.Unchecked,
    Chosen.PARTLY: Qt.CheckState.PartiallyChecked,
    Chosen.YES: Qt.CheckState.Checked,
    Chosen.WITH_ABOVE: Qt.CheckState.Checked,
}


class FolderTreeView(QTreeWidget):
    """Shows a `FolderTree` and which of it a `FolderChoice` has. A click or Space toggles.

    Signals:
        changed: the choice was changed.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._tree = FolderTree((), ())
        self._choice = FolderChoice()
        self.setAccessibleName(self.tr("Folders of this collection"))
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(False)
        self.setItemDelegate(_BoxDelegate(self))
        self.setTabKeyNavigation(False)
        self.itemClicked.connect(lambda item, _column: self._toggle(item))
        self.itemExpanded.connect(self._fill)

    def show_tree(self, tree: FolderTree) -> None:
        """Shows the folders of a library."""
        self._tree = tree
        self._draw()

    def show_choice(self, choice: FolderChoice) -> None:
        """Shows this choice, and edits it from now on."""
        self._choice = choice
        self._draw()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Shows which folder Space would toggle."""
        super().focusInEvent(event)
        if not self.selectedItems():
            current = self.currentIndex()
            self.setCurrentIndex(current if current.isValid() else self.model().index(0, 0))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Toggles the current folder on Space."""
        item = self.currentItem()
        if event.key() == Qt.Key.Key_Space and item is not None:
            self._toggle(item)
            return
        super().keyPressEvent(event)

    def _draw(self) -> None:
        self.clear()
        for root in self._tree.roots:
            item = self._make(root, text.from_home(root))
            self.addTopLevelItem(item)
            self._show_whether_more(item)
            if len(self._tree.roots) == 1 or self._choice.state(root) is Chosen.PARTLY:
                item.setExpanded(True)
        for folder in self._choice.folders:
            if folder not in self._tree:
                words = self.tr("{0} (not in the library now)").format(text.from_home(folder))
                self.addTopLevelItem(self._make(folder, words))
        self._show_states()

    def _make(self, path: str, words: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([legible(words)])
        item.setData(0, _PATH, path)
        item.setToolTip(0, plain(path))
        return item

    def _show_whether_more(self, item: QTreeWidgetItem) -> None:
        policy = QTreeWidgetItem.ChildIndicatorPolicy
        has_children = bool(self._tree.below(str(item.data(0, _PATH))))
        item.setChildIndicatorPolicy(
            policy.ShowIndicator if has_children else policy.DontShowIndicator
        )

    def _fill(self, item: QTreeWidgetItem) -> None:
        """Adds a folder's children when it is first expanded: a library can have thousands."""
        if item.childCount():
            return
        for path in self._tree.below(str(item.data(0, _PATH))):
            child = self._make(path, Path(path).name)
            item.addChild(child)
            self._show_whether_more(child)
        self._show_states()

    def _toggle(self, item: QTreeWidgetItem) -> None:
        path = str(item.data(0, _PATH))
        state = self._choice.state(path)
        if state is Chosen.WITH_ABOVE:
            return
        if state is Chosen.YES:
            self._choice.drop(path)
        else:
            self._choice.choose(path)
        self._show_states()
        self.changed.emit()

    def _show_states(self) -> None:
        queue = [self.topLevelItem(n) for n in range(self.topLevelItemCount())]
        while queue:
            item = queue.pop()
            if item is not None:
                state = self._choice.state(str(item.data(0, _PATH)))
                item.setData(0, _STATE, state.name)
                item.setCheckState(0, _CHECKS[state])
                queue += [item.child(n) for n in range(item.childCount())]
        self.viewport().update()


class _BoxDelegate(QStyledItemDelegate):
    """Draws the boxes in the palette's colours: Qt's own vanish on a dark background."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Puts our box in the place of the icon."""
        super().initStyleOption(option, index)
        features = QStyleOptionViewItem.ViewItemFeature
        option.features &= ~features.HasCheckIndicator  # type: ignore[attr-defined]
        option.features |= features.HasDecoration  # type: ignore[attr-defined]
        state = Chosen[str(index.data(_STATE) or Chosen.NO.name)]
        box = QIcon(_box(state))
        box.addPixmap(_box(state), QIcon.Mode.Selected)
        option.icon = box  # type: ignore[attr-defined]

    def editorEvent(
        self,
        _event: QEvent,
        _model: QAbstractItemModel,
        _option: QStyleOptionViewItem,
        _index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        """Ignores clicks: the view handles them for the whole row."""
        return False


def _box(state: Chosen) -> QPixmap:
    colours = palette()
    pixmap = QPixmap(_BOX * icons.SCALE, _BOX * icons.SCALE)
    pixmap.setDevicePixelRatio(icons.SCALE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    full = state in (Chosen.YES, Chosen.WITH_ABOVE)
    edge = colours.accent if state is not Chosen.NO else colours.border_strong
    if state is Chosen.WITH_ABOVE:
        edge = colours.border_strong
    painter.setPen(QPen(QColor(edge), 1.2))
    painter.setBrush(QColor(edge if full else colours.surface))
    painter.drawRoundedRect(1, 1, _BOX - 2, _BOX - 2, 4, 4)
    if full:
        painter.drawPixmap(2, 2, icons.pixmap("check", colours.on_accent, 12))
    elif state is Chosen.PARTLY:
        painter.drawPixmap(2, 2, icons.pixmap("minus", colours.accent, 12))
    painter.end()
    return pixmap
