"""Words and icons of what can be done about a file, and the password dialog."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from ui import text
from ui.dialog import Dialog
from ui.library.rows import FileRemedy, FileRow
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

_WIDTH = 420
_ICONS = {FileRemedy.PASSWORD: "lock", FileRemedy.PICTURES: "book-open"}


def words(remedy: FileRemedy) -> str:
    """Returns the text of a remedy's button; "" for none."""
    return {
        FileRemedy.NONE: "",
        FileRemedy.RETRY: tr("Try again"),
        FileRemedy.PASSWORD: tr("Enter password…"),
        FileRemedy.PICTURES: tr("Read its pictures"),
        FileRemedy.ANYWAY: tr("Read it anyway"),
    }[remedy]


def icon(remedy: FileRemedy) -> str:
    """Returns the icon of a remedy."""
    return _ICONS.get(remedy, "refresh")


def folder_words(row: FileRow) -> str:
    """Returns the text of the button that shows a file in its folder."""
    if not row.record.parent:
        return tr("Show in its folder")
    return tr("Show {0} in its folder").format(text.shown_name(row.file))


class PasswordDialog(Dialog):
    """Asks for the password of one file, and drops it when closed.

    Args:
        parent: widget whose window the dialog belongs to.
        name: the file's name.
        on_password: called with the password.
    """

    def __init__(self, parent: QWidget, name: str, on_password: Callable[[str], None]) -> None:
        title = tr("Password of {0}").format(name)
        super().__init__(parent, title)
        self._on_password = on_password
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setAccessibleName(title)
        self._read = button(tr("Read the file"), "primary", on_click=self._accept)
        self._read.setDefault(True)
        self._read.setEnabled(False)
        self.field.textChanged.connect(lambda typed: self._read.setEnabled(bool(typed)))
        question = label(tr("This file is protected. Enter its password:"), wrap=True)
        question.setBuddy(self.field)
        promise = label(
            tr(
                "It is used once, to read the file, and is not saved. The text that is read is "
                "saved."
            ),
            "soft",
            wrap=True,
        )
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addStretch(1)
        row.addWidget(button(tr("Cancel"), on_click=self.reject))
        row.addWidget(self._read)
        column = QVBoxLayout()
        column.setSpacing(SPACE.small)
        column.addWidget(label(title, "heading", wrap=True))
        for widget in (question, self.field, promise):
            column.addWidget(widget)
        self.lay_out(column, row, width=_WIDTH)
        self.field.setFocus()

    def _accept(self) -> None:
        typed = self.field.text()
        self.field.clear()
        self.accept()
        self._on_password(typed)
