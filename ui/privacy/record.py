"""The record of requests and refused attempts as tables, and its export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPlainTextEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.user_messages import UserMessage
from ui import text
from ui.bridge import Bridge
from ui.dialog import Dialog
from ui.inert import plain
from ui.legible import legible
from ui.privacy import wording
from ui.remedies import RemedyRow
from ui.settings.section import Section
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

if TYPE_CHECKING:
    from app.privacy.attempts import Attempt
    from app.privacy.egress.record import Contents, EgressRecord, Entry

LANE = "privacy"
_ROWS = 8  # visible at once
_LISTED = 500  # the newest; the export has them all
_HASH_SHOWN = 12  # of its 64 digits; the tooltip has them all
_OUTCOME = 4  # the outcome's column
_PAYLOAD = Qt.ItemDataRole.UserRole


class RecordSection(Section):
    """The newest requests first.

    Args:
        record: the record of this data folder.
        bridge: reads and writes in the background.
    """

    def __init__(self, record: EgressRecord, bridge: Bridge) -> None:
        super().__init__(
            tr("What has left this computer"),
            tr("Each request is written down before it is made, and stays in the record."),
        )
        self._record = record
        self._bridge = bridge
        self.export = button(tr("Export…"), "quiet", "download", self.choose_file)
        self.export.setAccessibleName(tr("Export the record"))
        self.heading.addWidget(self.export)
        self._note = label(tr("Looking…"), "soft", wrap=True)
        self._remedies = RemedyRow(self._bridge.messages.do)
        self.table = QTreeWidget()
        self.table.setAccessibleName(tr("Requests that were made"))
        self.table.setHeaderLabels(
            [tr("Time"), tr("What"), tr("To"), tr("Size"), tr("Outcome"), tr("SHA-256")]
        )
        self.table.setRootIsDecorated(False)
        self.table.setUniformRowHeights(True)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.table.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_OUTCOME, QHeaderView.ResizeMode.Stretch)
        header.setStretchLastSection(False)
        self.table.itemSelectionChanged.connect(self._on_selected)
        self.table.hide()
        self.show_sent = button(tr("Show what was sent…"), icon="document", on_click=self._open)
        self.show_sent.hide()
        self.refused = label(role="soft", wrap=True)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, SPACE.small, 0, SPACE.small)
        column.setSpacing(SPACE.small)
        for widget in (self._note, self._remedies, self.table):
            column.addWidget(widget)
        column.addWidget(self.show_sent, 0, Qt.AlignmentFlag.AlignLeft)
        self.add(holder)
        below = QWidget()
        inside = QVBoxLayout(below)
        inside.setContentsMargins(0, SPACE.small, 0, SPACE.small)
        inside.setSpacing(2)
        inside.addWidget(label(tr("Attempts that were refused"), "strong"))
        inside.addWidget(self.refused)
        self.add(below)

    def refresh(self) -> None:
        """Reloads the record."""
        self._bridge.run(
            LANE, lambda _token, _send: self._record.read(), self.show_contents, self._not_read
        )

    def show_contents(self, contents: Contents) -> None:
        """Shows the record."""
        newest = contents.entries[::-1]
        self.table.clear()
        self.table.addTopLevelItems([_item(entry) for entry in newest[:_LISTED]])
        self.table.setVisible(bool(newest))
        if newest:
            rows = min(len(newest), _ROWS)
            height = self.table.sizeHintForRow(0) * rows
            header = self.table.header().sizeHint().height()
            self.table.setFixedHeight(header + height + SPACE.normal)
        self.export.setEnabled(bool(newest or contents.refused))
        self._note.setText(_note(contents))
        self._remedies.show_for(None)
        self._note.setVisible(bool(self._note.text()))
        self._on_selected()

    def show_refused(self, attempts: tuple[tuple[Attempt, int], ...]) -> None:
        """Shows the attempts refused since the start."""
        lines = [
            tr("{0}: {1}, {2} times").format(wording.process(a.process), a.what, text.number(count))
            for a, count in attempts
        ]
        none = tr("None since Studiolo was started.")
        self.refused.setText("\n".join(lines) if lines else none)

    def choose_file(self) -> None:
        """Asks where to write the export."""
        dialog = QFileDialog(self, tr("Export the record"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([tr("JSON (*.json)")])
        dialog.setDefaultSuffix("json")
        dialog.selectFile("studiolo-privacy-record.json")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.export_to(Path(path)))
        dialog.open()

    def export_to(self, target: Path) -> None:
        """Writes the record to a file."""

        def work(_token: object, _send: object) -> UserMessage | int:
            try:
                return self._record.export(target)
            except OSError as error:
                return UserMessage(
                    tr("The record could not be written: {0}.").format(error.strerror or ""),
                    tr("Choose another place."),
                )

        def done(result: UserMessage | int) -> None:
            if isinstance(result, UserMessage):
                self._bridge.messages.error(result)
            else:
                written = tr(
                    "%n request was written to {0}.|%n requests were written to {0}.", result
                )
                self._bridge.messages.info(written.format(text.shown_name(str(target))))

        self._bridge.run(LANE, work, done)

    def _not_read(self, message: UserMessage) -> None:
        self._note.setText(message.words)
        self._remedies.show_for(message)
        self._note.show()

    def _on_selected(self) -> None:
        items = self.table.selectedItems()
        self.show_sent.setVisible(bool(items and items[0].data(0, _PAYLOAD)))

    def _open(self) -> None:
        """Shows the saved bytes of a request."""
        items = self.table.selectedItems()
        name = str(items[0].data(0, _PAYLOAD)) if items else ""
        file = self._record.payloads / name

        def work(_token: object, _send: object) -> str:
            try:
                return file.read_bytes().decode("utf-8", "replace")
            except OSError:
                return ""

        if name:
            self._bridge.run(LANE, work, self._show_payload)

    def _show_payload(self, payload: str) -> None:
        if payload:
            PayloadDialog(self, payload).open()
        else:
            message = tr("The text that was sent is no longer there.")
            self._bridge.messages.error(
                UserMessage(message, tr("Its hash is still in the record."))
            )


class PayloadDialog(Dialog):
    """The full content of a request."""

    def __init__(self, parent: QWidget, payload: str) -> None:
        title = tr("What was sent")
        super().__init__(parent, title)
        field = QPlainTextEdit(legible(payload))
        field.setReadOnly(True)
        field.setAccessibleName(title)
        field.setProperty("kind", "payload")
        close = button(tr("Close"), on_click=self.accept)
        close.setDefault(True)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        column = QVBoxLayout()
        column.setSpacing(SPACE.small)
        column.addWidget(label(title, "heading"))
        column.addWidget(field, 1)
        self.lay_out(column, row, width=640, height=480)


def _note(contents: Contents) -> str:
    """Returns the note below the table."""
    if not contents.entries and not contents.unreadable:
        return tr("Nothing has left this computer.")
    parts = []
    if len(contents.entries) > _LISTED:
        parts.append(tr("The newest {0} are shown; Export has all.").format(_LISTED))
    if contents.unreadable:
        unreadable = "%n line of the record cannot be read.|%n lines of the record cannot be read."
        parts.append(tr(unreadable, contents.unreadable))
    return " ".join(parts)


def _item(entry: Entry) -> QTreeWidgetItem:
    request = entry.begun
    cells = [
        wording.time(request.time),
        wording.kind(request.kind),
        request.host,
        wording.amount(entry),
        wording.outcome(entry),
        request.sha256[:_HASH_SHOWN],
    ]
    item = QTreeWidgetItem([legible(cell) for cell in cells])
    item.setData(0, _PAYLOAD, request.payload)
    item.setToolTip(2, plain(request.host))
    item.setToolTip(4, plain(cells[4]))
    item.setToolTip(5, plain(request.sha256))
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    return item
