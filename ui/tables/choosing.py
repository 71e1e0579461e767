"""The file dialogs of the tables page. They do not block the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFileDialog, QWidget

from ui.library.choosing import name_filters, open_dialog
from ui.text import tr


def choose_folder(parent: QWidget, on_chosen: Callable[[list[str]], None]) -> None:
    """Asks for a folder of documents."""
    dialog = QFileDialog(parent, tr("Choose a folder for the table"))
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    open_dialog(dialog, on_chosen)


def choose_files(parent: QWidget, on_chosen: Callable[[list[str]], None]) -> None:
    """Asks for documents."""
    dialog = QFileDialog(parent, tr("Choose files for the table"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilters(name_filters())
    open_dialog(dialog, on_chosen)


def choose_export(parent: QWidget, name: str, on_chosen: Callable[[str], None]) -> None:
    """Asks where a table is saved, and in which of the formats of `app.specialists.export`."""
    filters = {
        ".xlsx": tr("Excel workbook, with a sheet of evidence (*.xlsx)"),
        ".csv": tr("Comma-separated values (*.csv)"),
        ".json": tr("JSON, with the evidence (*.json)"),
        ".html": tr("Web page for printing (*.html)"),
    }
    _save(parent, tr("Export the table"), name, filters, on_chosen)


def choose_specialist_target(parent: QWidget, name: str, on_chosen: Callable[[str], None]) -> None:
    """Asks where a specialist's file is saved."""
    filters = {".toml": tr("Specialist (*.toml)")}
    _save(parent, tr("Export the specialist"), name, filters, on_chosen)


def choose_specialist(parent: QWidget, on_chosen: Callable[[list[str]], None]) -> None:
    """Asks for a specialist's file."""
    dialog = QFileDialog(parent, tr("Import a specialist"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters([tr("Specialist (*.toml)"), tr("All files (*)")])
    open_dialog(dialog, on_chosen)


def with_ending(path: str, endings: tuple[str, ...], chosen: str) -> str:
    """Returns a path with the chosen ending, unless it has one of `endings` already."""
    return path if path.lower().endswith(endings) else path + chosen


def _save(
    parent: QWidget,
    title: str,
    name: str,
    filters: dict[str, str],
    on_chosen: Callable[[str], None],
) -> None:
    dialog = QFileDialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(filters.values()))
    endings = tuple(filters)
    dialog.setDefaultSuffix(endings[0].removeprefix("."))
    by_filter = {words: ending for ending, words in filters.items()}

    def follow(words: str) -> None:
        dialog.setDefaultSuffix(by_filter.get(words, endings[0]).removeprefix("."))

    dialog.filterSelected.connect(follow)
    dialog.selectFile("".join("-" if c in '/\\:*?"<>|' else c for c in name))
    open_dialog(dialog, lambda paths: on_chosen(with_ending(paths[0], endings, endings[0])))
