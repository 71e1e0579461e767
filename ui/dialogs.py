"""Help and About."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

import app
from ui.dialog import Dialog
from ui.menus import shortcuts
from ui.text import tr
from ui.theme.tokens import SIZES, SPACE
from ui.theme.widgets import IconLabel, button, label

_WIDTH = 460  # pixels


def show_about(parent: QWidget) -> QDialog:
    """Opens About."""
    dialog, column = _dialog(parent, tr("About Studiolo"))
    head = QHBoxLayout()
    head.setSpacing(SPACE.normal)
    head.addWidget(IconLabel("logo", "accent", SIZES.icon_hero))
    names = QVBoxLayout()
    names.setSpacing(SPACE.hair)
    names.addWidget(label("Studiolo", "title"))
    names.addWidget(label(tr("Version {0}").format(app.__version__), "soft"))
    head.addLayout(names, 1)
    column.addLayout(head)
    for words in (
        tr("A private study on your own computer: ask your documents, with the sources shown."),
        tr("Documents, questions and answers leave this computer only if you send them."),
        tr("Free software under the Apache License 2.0."),
    ):
        column.addWidget(label(words, wrap=True))
    return _open(dialog, column)


def show_help(parent: QWidget) -> QDialog:
    """Opens Help: how to begin, and the shortcuts."""
    dialog, column = _dialog(parent, tr("Help"))
    for words in (
        tr("Add a folder or files to the library, then ask about them in your own words."),
        tr("A number in an answer is a source. Open it to read the page with the words marked."),
        tr(
            "If Studiolo finds no answer, it says so and shows the nearest passages. Answers can be"
            " wrong: check their sources."
        ),
    ):
        column.addWidget(label(words, wrap=True))
    column.addSpacing(SPACE.tight)
    column.addWidget(label(tr("Keyboard"), "heading"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE.wide)
    grid.setVerticalSpacing(SPACE.hair)
    keys = (
        *shortcuts(),
        (tr("Enter"), tr("Send the question")),
        (tr("Shift+Enter"), tr("New line in the question")),
        (tr("Up, Down, Enter"), tr("Go through the list of chats, and open one")),
        ("F2", tr("Rename the chosen chat")),
        (tr("Delete"), tr("Delete the chosen chat")),
    )
    for row, (key, words) in enumerate(keys):
        grid.addWidget(label(key, "soft"), row, 0)
        grid.addWidget(label(words, wrap=True), row, 1)
    grid.setColumnStretch(1, 1)
    column.addLayout(grid)
    return _open(dialog, column)


def _dialog(parent: QWidget, title: str) -> tuple[Dialog, QVBoxLayout]:
    column = QVBoxLayout()
    column.setSpacing(SPACE.small)
    return Dialog(parent, title), column


def _open(dialog: Dialog, column: QVBoxLayout) -> QDialog:
    row = QHBoxLayout()
    row.addStretch(1)
    close = button(tr("Close"), on_click=dialog.accept)
    close.setDefault(True)
    row.addWidget(close)
    dialog.lay_out(column, row, width=_WIDTH)
    dialog.open()
    return dialog
