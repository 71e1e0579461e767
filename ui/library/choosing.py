"""The dialogs that choose files and folders for the library."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from ui.text import tr


def choose_folder(parent: QWidget, on_chosen: Callable[[list[str]], None]) -> None:
    """Asks for a folder."""
    dialog = QFileDialog(parent, tr("Add a folder to the library"))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    open_dialog(dialog, on_chosen)


def choose_files(parent: QWidget, on_chosen: Callable[[list[str]], None]) -> None:
    """Asks for files."""
    dialog = QFileDialog(parent, tr("Add files to the library"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilters(name_filters())
    open_dialog(dialog, on_chosen)


def name_filters() -> list[str]:
    """Returns the filters of a file dialog: all readable formats, then all files."""
    from rag.parse.identify import ENDINGS

    endings = " ".join(f"*{ending}" for ending in sorted(ENDINGS))
    return [tr("Documents ({0})").format(endings), tr("All files (*)")]


def open_dialog(dialog: QFileDialog, on_chosen: Callable[[list[str]], None]) -> None:
    """Shows a file dialog without blocking the window; it is deleted when it closes."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.filesSelected.connect(on_chosen)
    dialog.open()
