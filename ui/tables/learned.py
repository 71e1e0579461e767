"""What a specialist learned: each line can be deleted, and versions can be gone back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from app.specialists.records import Example, Version
from app.user_messages import UserMessage
from ui import text
from ui.bridge import Bridge
from ui.dialog import Dialog
from ui.inert import plain
from ui.legible import legible
from ui.tables import work
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.specialists.service import Specialists

LANE = "tables-edit"
_WIDTH, _HEIGHT = 620, 480
_NUMBER = Qt.ItemDataRole.UserRole
_LONGEST = 200  # characters of a line


class LearnedDialog(Dialog):
    """Shows the lines and versions of one specialist.

    Args:
        parent: the dialog stands over its window.
        specialists: hold what was learned.
        bridge: loads and deletes in the background.
        name: of the specialist.
    """

    def __init__(
        self, parent: QWidget, specialists: Specialists, bridge: Bridge, name: str
    ) -> None:
        super().__init__(parent, tr("What was learned"))
        self._specialists = specialists
        self._bridge = bridge
        self._name = name
        self._learned = work.Learned((), ())
        self.lines = _list(tr("What was learned, line by line"))
        self.versions = _list(tr("Versions"))
        self._note = label(tr("Loading…"), "soft", wrap=True)
        self._delete = button(tr("Delete"), icon="trash", on_click=self._delete_line)
        self._delete.setAccessibleName(tr("Delete this line"))
        self._use = button(tr("Go back to this version"), icon="refresh", on_click=self._go_back)
        self._versions_title = label(tr("Versions"), "overline")
        self._lay_out()
        self.lines.currentRowChanged.connect(lambda _row: self._refresh())
        self.versions.currentRowChanged.connect(lambda _row: self._refresh())
        bridge.run(
            LANE, lambda _token, _send: work.learned(specialists, name), self._show, self._failed
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Deletes the current line on Delete."""
        if event.key() == Qt.Key.Key_Delete and self.lines.hasFocus():
            self._delete_line()
        else:
            super().keyPressEvent(event)

    def _show(self, learned: work.Learned) -> None:
        row = self.lines.currentRow()
        self._learned = learned
        self.lines.clear()
        for example in learned.examples:
            self.lines.addItem(_item(_line(example), example.id))
        self.lines.setCurrentRow(min(max(row, 0), self.lines.count() - 1))
        self.versions.clear()
        for version in learned.versions:
            self.versions.addItem(_item(_version(version), version.number))
        self._note.setText(
            tr("Corrections and confirmations of its tables are the lines it learns from.")
            if learned.examples
            else tr("Nothing yet. What you correct or confirm in its tables appears here.")
        )
        for widget in (self._versions_title, self.versions, self._use):
            widget.setVisible(bool(learned.versions))
        self._refresh()

    def _failed(self, message: UserMessage) -> None:
        self._note.setText(message.words)
        self._refresh()

    def _refresh(self) -> None:
        self._delete.setEnabled(self.lines.currentRow() >= 0)
        row = self.versions.currentRow()
        in_list = 0 <= row < len(self._learned.versions)
        self._use.setEnabled(in_list and not self._learned.versions[row].current)

    def _delete_line(self) -> None:
        if not self._delete.isEnabled():
            return
        item = self.lines.currentItem()
        specialists, name, number = self._specialists, self._name, int(item.data(_NUMBER))
        self._delete.setEnabled(False)
        self._bridge.run(
            LANE,
            lambda _token, _send: work.forget_line(specialists, name, number),
            self._show,
            self._failed,
        )

    def _go_back(self) -> None:
        if not self._use.isEnabled():
            return
        item = self.versions.currentItem()
        specialists, name, number = self._specialists, self._name, int(item.data(_NUMBER))
        self._use.setEnabled(False)
        self._bridge.run(
            LANE,
            lambda _token, _send: work.use_version(specialists, name, number),
            self._show,
            self._failed,
        )

    def _lay_out(self) -> None:
        actions, of_versions = FlowLayout(), FlowLayout()
        actions.addWidget(self._delete)
        of_versions.addWidget(self._use)
        body = QVBoxLayout()
        body.setSpacing(SPACE.tight)
        body.addWidget(label(self._name, "heading", wrap=True))
        body.addWidget(self._note)
        body.addWidget(self.lines, 2)
        body.addLayout(actions)
        body.addWidget(self._versions_title)
        body.addWidget(self.versions, 1)
        body.addLayout(of_versions)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(button(tr("Close"), "primary", on_click=self.accept))
        for widget in (self._versions_title, self.versions, self._use):
            widget.hide()
        self._refresh()
        self.lay_out(body, foot, width=_WIDTH, height=_HEIGHT)


def _list(name: str) -> QListWidget:
    widget = QListWidget()
    widget.setAccessibleName(name)
    widget.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    widget.setTextElideMode(Qt.TextElideMode.ElideRight)
    widget.setMinimumHeight(4 * widget.fontMetrics().height())
    return widget


def _item(words: str, number: int) -> QListWidgetItem:
    item = QListWidgetItem(legible(words, lines=False))
    item.setToolTip(plain(words))
    item.setData(_NUMBER, number)
    return item


def _line(example: Example) -> str:
    """Describes a line: what is right, of which document or words, and where it is from."""
    right = example.label or "; ".join(
        f"{column} = {value or tr('not in the document')}"
        for column, value in example.cells.items()
    )
    parts = [right]
    if example.path:
        parts.append(text.shown_name(example.path))
    if example.text:
        parts.append(f"“{example.text}”")
    sources = {
        "corrected": tr("corrected"),
        "confirmed": tr("confirmed"),
        "taught": tr("taught from a file"),
    }
    parts.append(sources[example.source])
    return text.one_line("  ·  ".join(parts), _LONGEST)


def _version(version: Version) -> str:
    parts = [
        tr("Version {0}").format(version.number),
        tr("%n example|%n examples", version.examples),
        tr("{0} % right on examples left out").format(round(100 * version.accuracy)),
    ]
    if version.current:
        parts.append(tr("in use"))
    if version.note:
        parts.append(version.note)
    return "  ·  ".join(parts)
