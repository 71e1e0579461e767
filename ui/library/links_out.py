"""The dialog that chooses which links out of their folders are followed."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from rag.indexing.report import LeftOut
from rag.indexing.rules import FollowedLink
from ui import text
from ui.dialog import Dialog
from ui.inert import plain
from ui.legible import named
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

_WIDTH, _HEIGHT = 720, 420  # pixels
_LIST_HEIGHT = 140  # at least
_CHOICE = Qt.ItemDataRole.UserRole


OnChosen = Callable[[Sequence[FollowedLink], Sequence[str]], None]
"""Called with the links to follow from now on, with their targets, and those to leave out."""


class LinksDialog(Dialog):
    """Lists links with their targets; the ticked ones are read as well.

    Args:
        parent: widget whose window the dialog belongs to.
        left_out: links out of their folders that were left out.
        count: how many there are; `left_out` may hold only the first.
        followed: links that are followed now.
        on_chosen: called when the user saves a changed choice.
    """

    def __init__(
        self,
        parent: QWidget,
        left_out: Sequence[LeftOut],
        count: int,
        followed: Sequence[FollowedLink],
        on_chosen: OnChosen,
    ) -> None:
        title = tr("Links that lead out of your folders")
        super().__init__(parent, title)
        self._on_chosen = on_chosen
        self.list = self._build_list()
        out = {link.path for link in left_out}
        for link in left_out:
            self._add(FollowedLink(link.path, link.target), ticked=False)
        for choice in followed:
            if choice.link not in out:
                self._add(choice, ticked=True)
        self.list.setCurrentIndex(self.list.model().index(0, 0))
        explanation = tr(
            "These links lead out of their folders. Their targets are read only if you tick them. "
            "A tick is valid as long as the link keeps its present target."
        )
        column = QVBoxLayout()
        column.setSpacing(SPACE.small)
        column.addWidget(label(title, "heading", wrap=True))
        column.addWidget(label(explanation, "soft", wrap=True))
        column.addWidget(self.list, 1)
        if count > len(left_out):
            first = tr("The first {0} of {1} are listed.")
            listed, total = text.number(len(left_out)), text.number(count)
            column.addWidget(label(first.format(listed, total), "soft", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addStretch(1)
        row.addWidget(button(tr("Cancel"), on_click=self.reject))
        save = button(tr("Save"), "primary", on_click=self._save)
        save.setDefault(True)
        row.addWidget(save)
        self.lay_out(column, row, width=_WIDTH, height=_HEIGHT)
        self.list.setFocus()

    def _build_list(self) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setAccessibleName(tr("Links, ticked if they are read as well"))
        tree.setHeaderLabels([tr("Read it as well"), tr("Leads out of the folder, to")])
        tree.setMinimumHeight(_LIST_HEIGHT)
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        for section in (0, 1):
            tree.header().setSectionResizeMode(section, QHeaderView.ResizeMode.Stretch)
        return tree

    def _add(self, link: FollowedLink, *, ticked: bool) -> None:
        item = QTreeWidgetItem(self.list, [text.from_home(link.link), text.from_home(link.target)])
        item.setData(0, _CHOICE, (link.link, link.target, ticked))
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(0, Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        description = tr("{0} leads out of the folder, to {1}. Read it as well").format(
            named(link.link), named(link.target)
        )
        item.setData(0, Qt.ItemDataRole.AccessibleTextRole, description)
        item.setToolTip(0, plain(named(link.link)))
        item.setToolTip(1, plain(named(link.target)))

    def _save(self) -> None:
        follow: list[FollowedLink] = []
        leave_out: list[str] = []
        for n in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(n)
            if item is None:
                continue
            link, target, was_ticked = item.data(0, _CHOICE)
            ticked = item.checkState(0) is Qt.CheckState.Checked
            if ticked and not was_ticked:
                follow.append(FollowedLink(link, target))
            elif was_ticked and not ticked:
                leave_out.append(link)
        self.accept()
        if follow or leave_out:
            self._on_chosen(follow, leave_out)
