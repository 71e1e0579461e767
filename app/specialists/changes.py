"""Finds what changed on the disk since a table was filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import SpecialistUnreadable
from app.jobs import CancelToken
from app.specialists.reading import file_hash
from app.specialists.records import OF_THE_PERSON, Row, TableInfo
from app.specialists.sources import files_of
from rag.text.path_forms import is_under


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed below the folders and among the files of a table.

    Attributes:
        new: files without a row.
        changed: paths of documents with another content than their rows were filled from, but
            for those that wait for the person.
        gone: rows of documents that are no longer there and are not marked so.
        back: rows of documents that were gone and are there again.
    """

    new: tuple[Path, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[Row, ...] = ()
    back: tuple[Row, ...] = ()

    def __bool__(self) -> bool:
        return any((self.new, self.changed, self.gone, self.back))


def concerns(table: TableInfo, folders: Iterable[str]) -> bool:
    """Tells whether a change in one of some folders may concern a table."""
    folders = tuple(folders)
    return any(
        is_under(path, folder) or is_under(folder, path)
        for path in table.paths
        for folder in folders
    )


def find_changes(
    table: TableInfo,
    rows: Sequence[Row],
    folders: Sequence[str] | None = None,
    token: CancelToken | None = None,
) -> Changes:
    """Finds what changed since the rows of a table were filled; reads the files for that.

    Args:
        table: was made from files and folders.
        rows: all of it.
        folders: only files in these; None for all.
        token: stops it.

    Raises:
        SpecialistUnreadable: there are too many files.
        Cancelled: `token` was cancelled.
    """
    token = token or CancelToken()
    by_path: dict[str, list[Row]] = {}
    for row in rows:
        by_path.setdefault(row.path, []).append(row)
    new, changed, back = list[Path](), list[str](), list[Row]()
    for file in files_of(map(Path, table.paths)):
        token.raise_if_cancelled()
        path = str(file)
        if folders is not None and not any(is_under(path, folder) for folder in folders):
            continue
        own = by_path.get(path)
        if own is None:
            if file.is_file():
                new.append(file)
        elif own[0].state != "failed" and (digest := _hash(file)):
            if digest != own[0].content_hash:
                if own[0].state != "changed" or not of_the_person(own):
                    changed.append(path)
            elif own[0].state == "gone":
                back += own
    return Changes(tuple(new), tuple(changed), _gone(table, by_path), tuple(back))


def of_the_person(rows: Iterable[Row]) -> bool:
    """Tells whether the person corrected or confirmed a cell of some rows."""
    return any(cell.state in OF_THE_PERSON for row in rows for cell in row.cells.values())


def _hash(file: Path) -> str:
    try:
        return file_hash(file)
    except SpecialistUnreadable:  # it is being written, or is gone
        return ""


def _gone(table: TableInfo, by_path: Mapping[str, Sequence[Row]]) -> tuple[Row, ...]:
    """Returns the rows of documents that were deleted.

    Where the folder itself is missing, it may be on a drive that is not plugged in.
    """
    folders = [path for path in table.paths if Path(path).is_dir()]
    return tuple(
        row
        for path, rows in by_path.items()
        if not Path(path).exists()
        and (
            any(is_under(path, folder) for folder in folders)
            or (path in table.paths and Path(path).parent.is_dir())
        )
        for row in rows
        if row.state != "gone"
    )
