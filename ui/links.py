"""Opens files and folders in other programs, only after their full path was shown.

Answers and documents have no links that can be followed. A user can open a file or folder of their
own, in a dialog that shows the whole path or by a button beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from rag.text.path_forms import host_of, leads_away
from rag.text.plain import visible
from ui.dialog import Dialog
from ui.legible import named, spelled_out
from ui.text import tr
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label

_WIDTH = 520
_BREAK = "\u200b"  # lets a long path wrap after its separators


class OpenDialog(Dialog):
    """Shows the full path; only the button in it opens that path.

    Args:
        parent: widget whose window the dialog belongs to.
        path: a file or folder, as the system writes it.
        on_failed: called if it does not exist, or no program opens it.
    """

    def __init__(self, parent: QWidget, path: str, on_failed: Callable[[], None]) -> None:
        folder = not _is_away(path) and Path(path).is_dir()
        title = tr("Show this folder?") if folder else tr("Open this file in its own program?")
        super().__init__(parent, title)
        self._path = path
        self._on_failed = on_failed
        self.setAccessibleName(f"{title} {visible(path)}")
        target = label(role="strong", wrap=True)
        QLabel.setText(target, spelled_out(path, _BREAK))
        target.setAccessibleName(visible(path))
        column = QVBoxLayout()
        column.setSpacing(SPACE.small)
        column.addWidget(label(title, "heading", wrap=True))
        column.addWidget(target)
        if visible(path) != path:
            column.addWidget(label(_unseen(), "warning", wrap=True))
        column.addWidget(label(_consequence(path, folder=folder), "soft", wrap=True))
        cancel = button(tr("Cancel"), on_click=self.reject)
        cancel.setDefault(True)
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(button(tr("Open"), "primary", on_click=self._open))
        self.lay_out(column, row, width=_WIDTH)

    def _open(self) -> None:
        self.accept()
        if not open_shown(self._path):
            self._on_failed()


def offer(parent: QWidget, path: str, on_failed: Callable[[], None]) -> None:
    """Asks, with the full path, before something opens in another program.

    `on_failed` is called if it does not exist, or no program opens it.
    """
    if _is_there(path):
        OpenDialog(parent, path, on_failed).open()
    else:
        on_failed()


def open_shown(path: str) -> bool:
    """Opens a file or folder whose full path is on the screen.

    Returns whether it exists and a program opened it.
    """
    return _is_there(path) and QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def _is_there(path: str) -> bool:
    """Tells whether a path exists; never asks another computer, which would be a connection."""
    return _is_away(path) or Path(path).exists()


def _is_away(path: str) -> bool:
    return bool(host_of(path)) or leads_away(path)


def _consequence(path: str, *, folder: bool) -> str:
    if host := host_of(path):
        return tr("It is on another computer: {0}. Opening it connects to that computer.").format(
            named(host)
        )
    if folder:
        return tr("Your file manager will show it.")
    return tr(
        "Another program will open it, with its own rights: it may use the network and run code in"
        " the file."
    )


def _unseen() -> str:
    return tr(
        "Its name has characters that are invisible or change the order of others. They are shown "
        "by their numbers."
    )
