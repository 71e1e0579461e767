"""Details of a selected file that failed or was partly read, with its remedies."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from ui.elided import ElidedLabel
from ui.inert import plain
from ui.legible import legible
from ui.library import remedies
from ui.library.rows import FileRemedy, FileRow, FileState
from ui.text import tr
from ui.theme.flow import FlowLayout
from ui.theme.theme import set_icon
from ui.theme.tokens import SPACE
from ui.theme.widgets import IconLabel, button, label

_NOTES_SHOWN = 5


class FileDetails(QFrame):
    """Shows one file that failed or was read in part; hidden otherwise.

    Signals:
        remedy_wanted: carries the file's row and the `FileRemedy` to carry out.
        folder_wanted: carries the row of the file to show in its folder.
    """

    remedy_wanted = Signal(object, object)
    folder_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._row: FileRow | None = None
        self._icon = IconLabel("warning", "warning")
        self._title = ElidedLabel("strong", Qt.TextElideMode.ElideMiddle)
        self._detail = label(role="body", wrap=True)
        self._remedy = button(self.tr("Try again"), icon="refresh", on_click=self._on_remedy)
        self._folder = button(self.tr("Show in its folder"), "quiet", "folder", self._on_folder)
        words = QVBoxLayout()
        words.setSpacing(SPACE.hair)
        words.addWidget(self._title)
        words.addWidget(self._detail)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE.normal, SPACE.small, SPACE.small, SPACE.small)
        row.setSpacing(SPACE.small)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        actions = FlowLayout()
        actions.addWidget(self._remedy)
        actions.addWidget(self._folder)
        words.addSpacing(SPACE.hair)
        words.addLayout(actions)
        self.hide()

    def show_row(self, row: FileRow | None) -> None:
        """Shows the file if something of it is missing."""
        self._row = row if row is not None and row.state is not FileState.INDEXED else None
        if self._row is not None:
            self._draw(self._row)
        self.setVisible(self._row is not None)

    def _draw(self, row: FileRow) -> None:
        self._show_kind(failed=row.failed)
        name, status = row.cells[0], row.cells[-1]
        self._title.show_words(f"{name}: {status[:1].lower()}{status[1:]}")
        sentences = _sentences(row)
        visible = sentences[:_NOTES_SHOWN]
        if hidden := len(sentences) - len(visible):
            visible.append(tr("And %n more note.|And %n more notes.", hidden))
        self._detail.setText("\n".join(visible))
        self._detail.setToolTip(plain("\n".join(sentences)) if hidden else "")
        self.setAccessibleName(self._title.whole)
        self.setAccessibleDescription(legible(" ".join(sentences)))
        folder = remedies.folder_words(row)
        self._folder.setText(folder)
        self._folder.setAccessibleName(folder)
        self._remedy.setVisible(row.remedy is not FileRemedy.NONE)
        if row.remedy is not FileRemedy.NONE:
            words = remedies.words(row.remedy)
            self._remedy.setText(words)
            self._remedy.setAccessibleName(words)
            set_icon(self._remedy, remedies.icon(row.remedy))

    def _show_kind(self, *, failed: bool) -> None:
        kind = "warning" if failed else "info"
        self._icon.show_icon(kind, "warning" if failed else "accent")
        if self.property("kind") != kind:
            self.setProperty("kind", kind)
            self.style().unpolish(self)
            self.style().polish(self)

    def _on_remedy(self) -> None:
        if self._row is not None:
            self.remedy_wanted.emit(self._row, self._row.remedy)

    def _on_folder(self) -> None:
        if self._row is not None:
            self.folder_wanted.emit(self._row)


def _sentences(row: FileRow) -> list[str]:
    """Describes what is missing of a file, and why."""
    record = row.record
    sentences = [sentence for sentence in (record.detail, *record.notes) if sentence]
    if not sentences and record.scanned:
        pages = len(record.scanned)
        sentences.append(
            tr(
                "%n page is a picture and was not read.|%n pages are pictures and were not read.",
                pages,
            )
        )
    return sentences
