"""The dialog for creating, naming, filling and deleting collections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.user_messages import UserMessage
from ui.choices import CheckBox
from ui.collections import keeping
from ui.collections.choice import FolderTree
from ui.collections.drafts import LONGEST_NAME, CollectionDraft, CollectionDrafts, clean
from ui.collections.folder_tree import FolderTreeView
from ui.dialog import Dialog
from ui.legible import legible
from ui.remedies import RemedyRow
from ui.theme import icons
from ui.theme.theme import palette
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.services import Services
    from ui.bridge import Bridge

LANE = "collections"
_WIDTH, _HEIGHT = 680, 520
_LIST_WIDTH = 190


class CollectionsDialog(Dialog):
    """Edits a copy of the collections; Save applies it, Cancel drops it.

    Signals:
        saved: carries a mapping of old names to new ones, of renamed collections.

    Args:
        parent: the dialog stands over its window.
        services: hold the collections, and the library whose folders are offered.
        bridge: loads and saves in the background.
    """

    saved = Signal(object)

    def __init__(self, parent: QWidget, services: Services, bridge: Bridge) -> None:
        super().__init__(parent, self.tr("Collections"))
        self._services = services
        self._bridge = bridge
        self.drafts = CollectionDrafts(services.settings.current.collections)
        self._saving = False
        self._build()
        for draft in self.drafts.items:
            self._list_draft(draft)
        self.list.setCurrentRow(0)
        self._refresh()
        bridge.run(
            LANE,
            lambda _token, _send: keeping.folder_tree(services.library),
            self._show_tree,
            self._not_loaded,
        )

    @property
    def current(self) -> CollectionDraft | None:
        """The collection that is shown."""
        row = self.list.currentRow()
        return self.drafts.items[row] if 0 <= row < len(self.drafts.items) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Deletes the current collection on Delete in the list."""
        keys = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        if event.key() in keys and self.list.hasFocus():
            self._delete()
            return
        super().keyPressEvent(event)

    def _add(self) -> None:
        self._list_draft(self.drafts.add())
        self.list.setCurrentRow(self.list.count() - 1)
        self.name.setFocus()
        self.name.selectAll()

    def _delete(self) -> None:
        draft = self.current
        if draft is not None:
            self.drafts.remove(draft)
            self.list.takeItem(self.list.currentRow())
            self._show_current()

    def _on_name(self, typed: str) -> None:
        draft, item = self.current, self.list.currentItem()
        if draft is not None and item is not None:
            draft.name = typed
            item.setText(legible(clean(typed)))
            self._refresh()

    def _on_local_only(self, checked: bool) -> None:
        draft, item = self.current, self.list.currentItem()
        if draft is not None and item is not None:
            draft.local_only = checked
            _show_lock(item, checked)
            self._refresh()

    def _show_current(self) -> None:
        draft = self.current
        self._right.setCurrentWidget(self._editor if draft is not None else self._nothing)
        if draft is not None:
            self.name.blockSignals(True)
            self.name.setText(draft.name)
            self.name.blockSignals(False)
            self.folders.show_choice(draft.folders)
            self.local_only.setChecked(draft.local_only)
        self._refresh()

    def _refresh(self) -> None:
        """Shows what is missing; enables Save if nothing is."""
        fault = self.drafts.first_fault()
        self._say(fault[1] if fault else "")
        self._save.setEnabled(fault is None and self.drafts.changed and not self._saving)
        self._delete_button.setEnabled(self.current is not None)

    def _say(self, words: str, message: UserMessage | None = None) -> None:
        self._fault.setText(words)
        self._remedies.show_for(message)

    def _show_tree(self, tree: FolderTree) -> None:
        self.folders.show_tree(tree)
        self._note.setText(self.tr("Add folders to the library first, then group them here."))
        self._folders.setCurrentWidget(self.folders if tree.roots else self._note)

    def _not_loaded(self, message: UserMessage) -> None:
        self._note.setText(message.words)
        self._remedies.show_for(message)

    def _on_save(self) -> None:
        if not self._save.isEnabled():
            return
        self._saving = True
        self._refresh()
        services, drafts = self._services, self.drafts
        collections, renamed = drafts.collections(), drafts.renamed()

        def saved(_none: None) -> None:
            self.saved.emit(renamed)
            self.accept()

        self._bridge.run(
            LANE,
            lambda _t, _s: keeping.save(services.settings, services.chats, collections, renamed),
            saved,
            self._not_saved,
        )

    def _not_saved(self, message: UserMessage) -> None:
        self._saving = False
        self._refresh()
        self._say(message.words, message)

    def _list_draft(self, draft: CollectionDraft) -> None:
        item = QListWidgetItem(legible(draft.name))
        _show_lock(item, draft.local_only)
        self.list.addItem(item)

    # Building

    def _build(self) -> None:
        explanation = self.tr(
            "A collection is a group of folders, such as those of one project. A chat limited to "
            "it answers from these folders only."
        )
        self._fault = label(role="warning", wrap=True)
        self._remedies = RemedyRow(self._bridge.messages.do)
        middle = QHBoxLayout()
        middle.setSpacing(SPACE.wide)
        middle.addLayout(self._build_left())
        middle.addWidget(self._build_right(), 1)
        column = QVBoxLayout()
        column.setSpacing(SPACE.small)
        column.addWidget(label(self.tr("Collections"), "heading"))
        column.addWidget(label(explanation, "soft", wrap=True))
        column.addSpacing(SPACE.tight)
        column.addLayout(middle, 1)
        column.addWidget(self._remedies)
        self.lay_out(column, self._build_ends(), width=_WIDTH, height=_HEIGHT)

    def _build_left(self) -> QVBoxLayout:
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Collections"))
        self.list.setFixedWidth(_LIST_WIDTH)
        self.list.setIconSize(QSize(SIZES.icon_small, SIZES.icon_small))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(lambda _row: self._show_current())
        self._delete_button = button(self.tr("Delete"), icon="trash", on_click=self._delete)
        self._delete_button.setAccessibleName(self.tr("Delete this collection"))
        add = button(self.tr("New"), icon="plus", on_click=self._add)
        add.setAccessibleName(self.tr("New collection"))
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addWidget(add)
        row.addWidget(self._delete_button)
        row.addStretch(1)
        column = QVBoxLayout()
        column.setSpacing(SPACE.tight)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        return column

    def _build_right(self) -> QStackedWidget:
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST_NAME)
        self.name.setAccessibleName(self.tr("Name of the collection"))
        self.name.textChanged.connect(self._on_name)
        self.folders = FolderTreeView()
        self.folders.changed.connect(self._refresh)
        self._note = label(self.tr("Opening the library…"), "soft", wrap=True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._folders = QStackedWidget()
        self._folders.addWidget(self._note)
        self._folders.addWidget(self.folders)
        self._editor = QWidget()
        column = QVBoxLayout(self._editor)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.tight)
        column.addWidget(label(self.tr("Name"), "overline"))
        column.addWidget(self.name)
        column.addSpacing(SPACE.hair)
        column.addWidget(label(self.tr("Folders"), "overline"))
        column.addWidget(self._folders, 1)
        column.addSpacing(SPACE.hair)
        column.addWidget(self._build_local_only())
        self._nothing = label(self.tr("There is no collection yet. “New” creates one."), "soft")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._nothing.setWordWrap(True)
        self._right = QStackedWidget()
        self._right.addWidget(self._nothing)
        self._right.addWidget(self._editor)
        return self._right

    def _build_local_only(self) -> QWidget:
        self.local_only = CheckBox(self.tr("Never leaves this computer"))
        promise = self.tr(
            "No passage from these folders can be sent to a model outside, whatever the settings "
            "allow."
        )
        self.local_only.setAccessibleName(self.local_only.text())
        self.local_only.setAccessibleDescription(promise)
        self.local_only.toggled.connect(self._on_local_only)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.local_only)
        column.addWidget(label(promise, "caption", wrap=True))
        return holder

    def _build_ends(self) -> QHBoxLayout:
        self._save = button(self.tr("Save"), "primary", on_click=self._on_save)
        self._save.setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addWidget(self._fault, 1)
        row.addWidget(button(self.tr("Cancel"), on_click=self.reject))
        row.addWidget(self._save)
        return row


def _show_lock(item: QListWidgetItem, local_only: bool) -> None:
    """Puts a lock before the name of a collection that never leaves this computer."""
    lock = QIcon(icons.pixmap("lock", palette().text_soft, SIZES.icon_small))
    item.setIcon(lock if local_only else QIcon())
