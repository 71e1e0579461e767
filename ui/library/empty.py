"""The empty library page: how to begin, and what happens to the files."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.theme.flow import FlowLayout
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import IconLabel, button, label

_WIDTH = 560


class EmptyLibrary(QWidget):
    """An invitation with two buttons; dropping files works too."""

    def __init__(self, on_add_folder: Callable[[], None], on_add_files: Callable[[], None]) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("The library is empty"))
        column = QVBoxLayout()
        column.setSpacing(SPACE.small)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(IconLabel("library", "accent", SIZES.icon_hero), 0, centre)
        title = label(self.tr("Add the documents you want to ask"), "title", wrap=True)
        title.setAlignment(centre)
        column.addWidget(title)
        for words in (
            self.tr(
                "Choose a folder: Studiolo reads the PDFs, Office and OpenDocument files, web "
                "pages, mails, e-books, scans, images, tables and texts in it, and makes them "
                "searchable."
            ),
            self.tr("Then ask in a chat. Each answer shows the passages it comes from."),
        ):
            line = label(words, "soft", wrap=True)
            line.setAlignment(centre)
            column.addWidget(line)
        column.addSpacing(SPACE.tight)
        column.addLayout(self._buttons(on_add_folder, on_add_files))
        hint = label(self.tr("or drop folders and files here"), "caption")
        column.addWidget(hint, 0, centre)
        column.addSpacing(SPACE.normal)
        column.addLayout(self._promise())

        holder = QWidget()
        holder.setMaximumWidth(_WIDTH)
        holder.setLayout(column)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(holder, 8)
        row.addStretch(1)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(row)
        outer.addStretch(3)

    def _buttons(
        self, on_add_folder: Callable[[], None], on_add_files: Callable[[], None]
    ) -> FlowLayout:
        row = FlowLayout(align=Qt.AlignmentFlag.AlignHCenter)
        row.addWidget(button(self.tr("Add folder…"), "primary", "folder-plus", on_add_folder))
        row.addWidget(button(self.tr("Add files…"), "normal", "plus", on_add_files))
        return row

    def _promise(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addWidget(IconLabel("lock", "success", SIZES.icon_small), 0, Qt.AlignmentFlag.AlignTop)
        promise = self.tr(
            "Nothing leaves this computer. Your files stay where they are, unchanged."
        )
        row.addWidget(label(promise, "caption", wrap=True), 1)
        return row
