"""The dialog that makes or edits a specialist: its kind, and its columns or labels."""

from __future__ import annotations

from typing import get_args

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QSlider,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.specialists.definition import MOST_COLUMNS, Column, ColumnType, Kind, Label, Specialist
from app.specialists.proposals import Proposals
from app.user_messages import UserMessage
from ui import text
from ui.dialog import Dialog
from ui.inert import plain
from ui.legible import legible
from ui.tables import choosing, wording
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

_WIDTH, _HEIGHT = 760, 540
_ENTRY = Qt.ItemDataRole.UserRole
_TYPE, _CHOICES = 2, 3
_STEPS = 100  # of the slider between strictness 0 and 1


class SpecialistDialog(Dialog):
    """Edits a copy of a specialist; what the dialog does not show is kept as it is.

    Signals:
        saved: carries the `Specialist`; the dialog stays open until it is kept.
        proposals_wanted: carries paths of documents to propose columns for.

    Args:
        parent: the dialog stands over its window.
        specialist: what is edited; None for a new one.
        template: it comes with the program: a copy of it becomes the person's.
    """

    saved = Signal(object)
    proposals_wanted = Signal(list)

    def __init__(
        self, parent: QWidget, specialist: Specialist | None, *, template: bool = False
    ) -> None:
        title = tr("New specialist") if specialist is None else tr("Edit the specialist")
        super().__init__(parent, title)
        self._before = specialist or Specialist("", "extract", columns=(Column(""),))
        self.name = QLineEdit(self._before.name)
        self.name.setAccessibleName(tr("Name of the specialist"))
        # What was taught goes by the name, so that a new name is a new specialist.
        self.name.setReadOnly(specialist is not None and not template)
        self.kind = QComboBox()
        self.kind.setAccessibleName(tr("Kind"))
        for value in get_args(Kind):
            self.kind.addItem(wording.kind(value), value)
        self.kind.setCurrentIndex(get_args(Kind).index(self._before.kind))
        self.kind.setEnabled(specialist is None)
        self.description = QLineEdit(self._before.description)
        self.description.setAccessibleName(tr("Description"))
        self.strictness = QSlider(Qt.Orientation.Horizontal)
        self.strictness.setRange(0, _STEPS)
        self.strictness.setPageStep(_STEPS // 10)
        self.strictness.setValue(round(self._before.strictness * _STEPS))
        self.strictness.setAccessibleName(tr("From “never miss” to “never a false alarm”"))
        self._strict = QWidget()
        self._meaning = label(role="soft", wrap=True)
        self._lay_out_strictness()
        self.entries = QTableWidget()
        self._fault = label(role="warning", wrap=True)
        self._save = button(tr("Save"), "primary", on_click=self._on_save)
        self._save.setDefault(True)
        self._lay_out(template)
        self.kind.currentIndexChanged.connect(lambda _row: self._show_entries(()))
        self.strictness.valueChanged.connect(lambda _value: self._show_strictness())
        self._show_strictness()
        self._show_entries(self._before.columns or self._before.labels)

    def show_error(self, message: UserMessage) -> None:
        """Shows why it cannot be kept."""
        self._fault.setText(message.message)
        self._save.setEnabled(True)

    def show_proposals(self, proposals: Proposals) -> None:
        """Adds proposed columns that are not there yet; the person takes out what is too much."""
        self._propose.setEnabled(True)
        rows = range(self.entries.rowCount())
        there = {self._text(row, 0).casefold() for row in rows}
        if there == {""}:
            self.entries.setRowCount(0)
        fresh = [each for each in proposals.proposals if each.column.name.casefold() not in there]
        for each in fresh:
            self._add(each.column)
            row = self.entries.rowCount() - 1
            if (item := self.entries.item(row, 0)) is not None:
                item.setToolTip(plain(text.listed(each.examples, 5)))
        if fresh and all(each.source == "table head" for each in fresh) and there <= {""}:
            self._before = msgspec.structs.replace(self._before, rows="items")
        count = len(proposals.paths)
        words = tr("%n column is proposed|%n columns are proposed", len(fresh))
        seen = tr("from %n document|from %n documents", count)
        self._proposed.setText(f"{words} {seen}. {tr('Take out what is too much.')}")
        self._proposed.show()

    def show_proposal_error(self, message: UserMessage) -> None:
        """Shows why nothing can be proposed."""
        self._propose.setEnabled(True)
        self._proposed.hide()
        self._fault.setText(message.words)

    def specialist(self) -> Specialist:
        """Returns the specialist as it is entered; `check` says whether it can be used."""
        rows = range(self.entries.rowCount())
        kind: Kind = self.kind.currentData()
        columns = tuple(map(self._column, rows)) if kind == "extract" else ()
        labels = tuple(map(self._label, rows)) if kind != "extract" else ()
        return msgspec.structs.replace(
            self._before,
            name=self.name.text().strip(),
            kind=kind,
            description=self.description.text().strip(),
            columns=columns,
            labels=labels,
            strictness=self._strictness(),
        )

    def _strictness(self) -> float:
        """Returns what the slider says; exactly as before where it was not moved."""
        if self.strictness.value() == round(self._before.strictness * _STEPS):
            return self._before.strictness
        return self.strictness.value() / _STEPS

    def _on_save(self) -> None:
        self._save.setEnabled(False)
        self._fault.setText("")
        self.saved.emit(self.specialist())

    def _choose_documents(self) -> None:
        def chosen(paths: list[str]) -> None:
            self._propose.setEnabled(False)
            self._fault.setText("")
            self._proposed.setText(tr("Reading the documents…"))
            self._proposed.show()
            self.proposals_wanted.emit(paths)

        choosing.choose_folder(self, chosen)

    def _extracts(self) -> bool:
        return bool(self.kind.currentData() == "extract")

    def _show_entries(self, entries: tuple[Column, ...] | tuple[Label, ...]) -> None:
        headings = (
            [tr("Name"), tr("Question"), tr("Type"), tr("List, by commas")]
            if self._extracts()
            else [tr("Name"), tr("What belongs to it")]
        )
        self.entries.setRowCount(0)
        self.entries.setColumnCount(len(headings))
        self.entries.setHorizontalHeaderLabels(headings)
        head = self.entries.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if self._extracts():
            head.setSectionResizeMode(_TYPE, QHeaderView.ResizeMode.ResizeToContents)
        name = tr("Columns to fill") if self._extracts() else tr("Labels")
        self._entries_title.setText(name)
        self.entries.setAccessibleName(name)
        self._propose.setVisible(self._extracts())
        self._strict.setVisible(self.kind.currentData() == "classify")
        for entry in entries or ((Column(""),) if self._extracts() else (Label(""),)):
            self._add(entry)

    def _add(self, entry: Column | Label | None = None) -> None:
        entry = entry or (Column("") if self._extracts() else Label(""))
        row = self.entries.rowCount()
        if row >= MOST_COLUMNS and self._extracts():
            return
        self.entries.insertRow(row)
        second = entry.question if isinstance(entry, Column) else entry.description
        name = QTableWidgetItem(legible(entry.name, lines=False))
        name.setData(_ENTRY, entry)
        self.entries.setItem(row, 0, name)
        self.entries.setItem(row, 1, QTableWidgetItem(legible(second, lines=False)))
        if isinstance(entry, Column):
            types = QComboBox()
            types.setAccessibleName(tr("Type"))
            for value in get_args(ColumnType):
                types.addItem(wording.column_type(value), value)
            types.setCurrentIndex(get_args(ColumnType).index(entry.type))
            self.entries.setCellWidget(row, _TYPE, types)
            self.entries.setRowHeight(row, types.sizeHint().height() + SPACE.hair)
            self.entries.setItem(row, _CHOICES, QTableWidgetItem(", ".join(entry.choices)))

    def _show_strictness(self) -> None:
        """Says what the slider means for the documents that no label fits well enough."""
        value = self.strictness.value()
        if value == 0:
            words = tr("Every document gets a label; none is called unsure.")
        elif value == _STEPS:
            words = tr("Only labels that no example speaks against are sure; the rest is unsure.")
        else:
            words = tr(
                "Of the labels that are sure, at most {0} % as many are wrong as if every "
                "document got one; the rest is unsure. Measured on your examples."
            ).format(text.number(_STEPS - value))
        self._meaning.setText(words)
        self.strictness.setAccessibleDescription(words)

    def _lay_out_strictness(self) -> None:
        column = QVBoxLayout(self._strict)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE.tight)
        column.addWidget(label(tr("Sure or unsure"), "overline"))
        line = QHBoxLayout()
        line.addWidget(label(tr("Never miss"), "soft"))
        line.addWidget(self.strictness, 1)
        line.addWidget(label(tr("Never a false alarm"), "soft"))
        column.addLayout(line)
        column.addWidget(self._meaning)

    def _new_row(self) -> None:
        self._add()
        row = self.entries.rowCount() - 1
        self.entries.setCurrentCell(row, 0)
        self.entries.setFocus()
        if (item := self.entries.item(row, 0)) is not None:
            self.entries.editItem(item)

    def _remove_row(self) -> None:
        if self.entries.currentRow() >= 0:
            self.entries.removeRow(self.entries.currentRow())

    def _text(self, row: int, column: int) -> str:
        item = self.entries.item(row, column)
        return item.text().strip() if item is not None else ""

    def _column(self, row: int) -> Column:
        types = self.entries.cellWidget(row, _TYPE)
        assert isinstance(types, QComboBox)
        item = self.entries.item(row, 0)
        before = item.data(_ENTRY) if item is not None else None
        choices = tuple(
            choice for part in self._text(row, _CHOICES).split(",") if (choice := part.strip())
        )
        return msgspec.structs.replace(
            before if isinstance(before, Column) else Column(""),
            name=self._text(row, 0),
            question=self._text(row, 1),
            type=types.currentData(),
            choices=choices,
        )

    def _label(self, row: int) -> Label:
        return Label(self._text(row, 0), self._text(row, 1))

    def _lay_out(self, template: bool) -> None:
        self.entries.verticalHeader().hide()
        self.entries.setTabKeyNavigation(False)
        self.entries.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.entries.verticalHeader().setDefaultSectionSize(
            2 * self.fontMetrics().height() + SPACE.hair
        )
        self.entries.setMinimumHeight(6 * self.fontMetrics().height())
        self._entries_title = label(role="overline")
        add = button(tr("Add"), "quiet", "plus", self._new_row)
        add.setAccessibleName(tr("Add a line"))
        less = button(tr("Take out"), "quiet", "trash", self._remove_row)
        less.setAccessibleName(tr("Take the chosen line out"))
        actions = FlowLayout()
        self._proposed = label(role="soft", wrap=True)
        self._proposed.hide()
        self._propose = button(tr("Propose from a folder…"), "quiet", "folder")
        self._propose.clicked.connect(lambda _checked=False: self._choose_documents())
        for control in (add, less, self._propose):
            actions.addWidget(control)
        body = QVBoxLayout()
        body.setSpacing(SPACE.tight)
        if template:
            about = tr("This is a template. What you save is your own copy of it.")
            body.addWidget(label(about, "soft", wrap=True))
        for heading, field in (
            (tr("Name"), self.name),
            (tr("Kind"), self.kind),
            (tr("Description"), self.description),
        ):
            body.addWidget(label(heading, "overline"))
            body.addWidget(field)
        body.addWidget(self._entries_title)
        body.addWidget(self.entries, 1)
        body.addLayout(actions)
        body.addWidget(self._proposed)
        body.addWidget(self._strict)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE.tight)
        foot.addWidget(self._fault, 1)
        foot.addWidget(button(tr("Cancel"), on_click=self.reject))
        foot.addWidget(self._save)
        self.lay_out(body, foot, width=_WIDTH, height=_HEIGHT)
