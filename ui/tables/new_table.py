"""The dialog that begins a table: a specialist, a name, and the documents."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from app.settings.fields import Collection
from app.specialists.definition import Specialist
from app.user_messages import UserMessage
from ui import text
from ui.dialog import Dialog
from ui.drops import dropped, files_go_on, has_files
from ui.legible import legible, on_button
from ui.tables import choosing, wording
from ui.tables.runner import Order
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, hint_in, label

_WIDTH = 560
_LONGEST_NAME = 120


class _SearchField(QLineEdit):
    """A field whose Enter does not start the table."""

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Searches on Enter."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class NewTableDialog(Dialog):
    """Asks what is run over which documents.

    Signals:
        ordered: carries the `Order`.
        search_wanted: carries words whose documents are to be added.

    Args:
        parent: the dialog stands over its window.
        specialists: all of them, each with whether it is a template.
        taken: the names of the tables there are.
        collections: groups of folders to choose from.
        chosen: the name of the specialist to begin with, or "".
    """

    ordered = Signal(object)
    search_wanted = Signal(str)

    def __init__(
        self,
        parent: QWidget,
        specialists: Sequence[tuple[Specialist, bool]],
        taken: Sequence[str],
        collections: Sequence[Collection],
        chosen: str = "",
    ) -> None:
        super().__init__(parent, tr("New table"))
        self._taken = set(taken)
        self._collections = collections
        self._paths: list[str] = []
        self._named = False
        self.specialist = QComboBox()
        self.specialist.setAccessibleName(tr("Specialist"))
        ordered = sorted(specialists, key=lambda each: not each[1])  # templates first
        for specialist, template in ordered:
            words = specialist.name if template else tr("{0} (yours)").format(specialist.name)
            self.specialist.addItem(legible(words, lines=False), specialist)
        self.name = QLineEdit()
        self.name.setMaxLength(_LONGEST_NAME)
        self.name.setAccessibleName(tr("Name of the table"))
        self.paths = QListWidget()
        self.paths.setAccessibleName(tr("Documents of the table"))
        self.paths.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.paths.setMinimumHeight(5 * self.fontMetrics().height())
        self.search = _SearchField()
        self.search.setAccessibleName(tr("Search the library for documents of the table"))
        hint_in(self.search, tr("Add what a search finds: type words, then Enter"))
        self.search.entered.connect(self._on_search)
        self._searched = label(role="soft", wrap=True)
        self._searched.hide()
        self.setAcceptDrops(True)
        self._about = label(role="soft", wrap=True)
        self._fault = label(role="warning", wrap=True)
        self._build()
        names = [specialist.name for specialist, _ in ordered]
        self.specialist.setCurrentIndex(names.index(chosen) if chosen in names else 0)
        self.specialist.currentIndexChanged.connect(lambda _row: self._show_specialist())
        self.name.textEdited.connect(self._on_name)
        self._show_specialist()

    def add(self, paths: Sequence[str]) -> None:
        """Adds files and folders."""
        fresh = [path for path in paths if path not in self._paths]
        self._paths += fresh
        self.paths.addItems([text.from_home(path) for path in fresh])
        self._refresh()

    def show_results(self, paths: Sequence[str]) -> None:
        """Adds the documents of a search."""
        self.add(paths)
        self._searched.setText(tr("%n document was found|%n documents were found", len(paths)))
        self._searched.show()

    def show_search_error(self, message: UserMessage) -> None:
        """Shows why the library could not be searched."""
        self._searched.setText(message.words)
        self._searched.show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Takes files and folders."""
        if has_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Adds dropped files and folders."""
        event.acceptProposedAction()
        self.add(dropped(event.mimeData()).paths)

    def _on_search(self) -> None:
        if words := self.search.text().strip():
            self.search_wanted.emit(words)

    def _show_specialist(self) -> None:
        specialist = self.specialist.currentData()
        if specialist is None:
            return
        entries = specialist.columns if specialist.kind == "extract" else specialist.labels
        names = text.listed([entry.name for entry in entries], 8)
        self._about.setText(f"{wording.kind(specialist.kind)}: {names}")
        if not self._named:
            name, number = specialist.name, 1
            while name in self._taken:
                number += 1
                name = f"{specialist.name} {number}"
            self.name.setText(name)
        self._refresh()

    def _on_name(self, _typed: str) -> None:
        self._named = True
        self._refresh()

    def _refresh(self) -> None:
        name, fault = self.name.text().strip(), ""
        if not name:
            fault = tr("Give the table a name.")
        elif name in self._taken:
            fault = tr("There is a table of this name already.")
        elif not self._paths:
            fault = tr("Choose documents.")
        self._fault.setText(fault)
        self._start.setEnabled(not fault and self.specialist.currentData() is not None)

    def _remove(self) -> None:
        row = self.paths.currentRow()
        if row >= 0:
            del self._paths[row]
            self.paths.takeItem(row)
            self._refresh()

    def _choose_collection(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for collection in self._collections:
            folders = list(collection.folders)
            menu.addAction(on_button(collection.name), lambda folders=folders: self.add(folders))
        menu.popup(self._collection.mapToGlobal(self._collection.rect().bottomLeft()))

    def _on_start(self) -> None:
        if self._start.isEnabled():
            specialist = self.specialist.currentData()
            paths = tuple(self._paths)
            self.ordered.emit(Order(specialist.name, self.name.text().strip(), paths))
            self.accept()

    def _build(self) -> None:
        folder = button(tr("Add folder…"), icon="folder-plus")
        folder.clicked.connect(lambda _checked=False: choosing.choose_folder(self, self.add))
        files = button(tr("Add files…"), icon="plus")
        files.clicked.connect(lambda _checked=False: choosing.choose_files(self, self.add))
        self._collection = button(tr("Add a collection"), on_click=self._choose_collection)
        self._collection.setVisible(bool(self._collections))
        less = button(tr("Take out"), "quiet", "trash", self._remove)
        less.setAccessibleName(tr("Take the chosen entry out"))
        sources = FlowLayout()
        for control in (folder, files, self._collection, less):
            sources.addWidget(control)
        body = QVBoxLayout()
        body.setSpacing(SPACE.tight)
        body.addWidget(label(tr("Specialist"), "overline"))
        body.addWidget(self.specialist)
        body.addWidget(self._about)
        body.addWidget(label(tr("Name of the table"), "overline"))
        body.addWidget(self.name)
        body.addWidget(label(tr("Documents"), "overline"))
        body.addWidget(self.paths, 1)
        body.addLayout(sources)
        body.addWidget(self.search)
        body.addWidget(self._searched)
        files_go_on(self)
        self._start = button(tr("Start"), "primary", on_click=self._on_start)
        self._start.setDefault(True)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE.tight)
        foot.addWidget(self._fault, 1)
        foot.addWidget(button(tr("Cancel"), on_click=self.reject))
        foot.addWidget(self._start)
        self.lay_out(body, foot, width=_WIDTH)
