"""Runs a specialist over files and folders, and takes the person's corrections of the table.

Each cell is one transaction: whatever ends a run, the next one goes on where it was. What the
person corrected or confirmed stays, whatever runs later.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import KNOWN_ERRORS, Cancelled, NoSuchSpecialist, SpecialistUnreadable
from app.jobs import CancelToken
from app.specialists.cells import quote_of
from app.specialists.definition import Specialist, read_specialist, write_specialist
from app.specialists.ports import ReadDocument
from app.specialists.reading import file_hash
from app.specialists.records import Cell, CellState, Example, Quote, Row, TableInfo
from app.specialists.service import LABEL, Specialists, columns_of

_MOST_FILES = 20_000
_DOCUMENT_FAULTS = (SpecialistUnreadable,)


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is.

    Attributes:
        done: documents that are done, those of earlier runs included.
        total: all documents.
        current: path of the one that is read now.
    """

    done: int
    total: int
    current: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """A finished run.

    Attributes:
        table: what was filled.
        filled: documents that this run did.
        unchanged: documents that were done before.
        failed: paths that could not be read, with the reason.
    """

    table: TableInfo
    filled: int
    unchanged: int
    failed: tuple[tuple[str, str], ...]


class TableRuns:
    """Runs and corrections of tables. Calls block, and may come from any thread.

    Args:
        specialists: the specialists and their store.
    """

    def __init__(self, specialists: Specialists) -> None:
        self._specialists = specialists
        self._store = specialists.store

    def run(
        self,
        name: str,
        paths: Sequence[Path],
        table_name: str = "",
        on_progress: Callable[[RunProgress], None] = lambda _: None,
        token: CancelToken | None = None,
    ) -> RunReport:
        """Fills the rows of new, changed and unfinished documents.

        Args:
            name: of the specialist.
            paths: files and folders; none reads those of the table again.
            table_name: "" takes the specialist's name.
            on_progress: called before each document.
            token: stops it between cells; what is filled is kept.

        Raises:
            NoSuchSpecialist, SpecialistUnreadable: there is none, or it cannot be used.
            SpecialistError: the table cannot be saved.
            ModelError, WorkerDied: what is needed cannot be used.
            Cancelled: `token` was cancelled.
        """
        token = token or CancelToken()
        specialist = self._specialists.kept.find(name)
        absolute = [str(path.expanduser().absolute()) for path in paths]
        definition = write_specialist(specialist)
        title = table_name or specialist.name
        table = self._store.make_table(title, specialist.name, definition, absolute)
        files = list(files_of(map(Path, table.paths)))
        rows = {row.path: row for row in self._store.rows(table.id)}
        filled, unchanged, failed = 0, 0, list[tuple[str, str]]()
        for done, path in enumerate(files):
            token.raise_if_cancelled()
            on_progress(RunProgress(done, len(files), str(path)))
            try:
                if self._run_one(specialist, table, path, rows.get(str(path)), token):
                    filled += 1
                else:
                    unchanged += 1
            except _DOCUMENT_FAULTS as error:
                row = self._store.add_row(table.id, str(path), "")
                self._store.set_row(row, "failed", error.message)
                failed.append((str(path), error.message))
        return RunReport(table, filled, unchanged, tuple(failed))

    def specialist_of(self, table: TableInfo) -> Specialist:
        """Returns the specialist that a table was made with."""
        return read_specialist(table.definition)

    def correct(self, table_name: str, row_key: str, column: str, value: str) -> Row:
        """Corrects a cell, or confirms it by its own value; what was there goes into its history.

        The specialist learns from it.

        Args:
            table_name: of the table.
            row_key: the row's number, or the path of its document.
            column: of the table.
            value: the right value; "" says that the document does not have it.

        Raises:
            NoSuchSpecialist: there is no such table, row or column.
            SpecialistUnreadable: the value cannot be one of this column.
            SpecialistError: it cannot be saved.
        """
        table = self._store.table(table_name)
        specialist = self.specialist_of(table)
        row = self._row(table, row_key)
        if column not in columns_of(specialist):
            raise NoSuchSpecialist(f"The table has no column “{column}”.", "Show the table first.")
        if specialist.kind == "classify" and value not in {e.name for e in specialist.labels}:
            raise SpecialistUnreadable(f"The specialist has no label “{value}”.")
        before = row.cells.get(column)
        same = before is not None and before.value == value
        quotes = before.quotes if before is not None and same else self._quotes(row, value)
        state: CellState = "confirmed" if same else "corrected"
        self._store.correct(row.id, column, Cell(value, state, "high", "person", quotes))
        self._learn(specialist, row, column, value, "confirmed" if same else "corrected")
        return self._row(table, row_key)

    def _run_one(
        self,
        specialist: Specialist,
        table: TableInfo,
        path: Path,
        before: Row | None,
        token: CancelToken,
    ) -> bool:
        """Fills the rows of a document; False if they are there already."""
        digest = file_hash(path)
        if before is not None and before.state == "done" and before.content_hash == digest:
            return False
        row = self._store.add_row(table.id, str(path), digest)
        _, cells_of_rows = self._specialists.fill(specialist, path, token)
        for number, cells in enumerate(cells_of_rows):
            if number:
                row = self._store.add_row(table.id, str(path), digest, number)
            for column, cell in cells.items():
                token.raise_if_cancelled()
                self._store.fill(row, column, cell)
            self._store.set_row(row, "done")
        if not cells_of_rows:
            self._store.set_row(row, "done")
        return True

    def _row(self, table: TableInfo, key: str) -> Row:
        rows = self._store.rows(table.id)
        path = os.path.abspath(os.path.expanduser(key))  # noqa: PTH100, PTH111  # of a text
        for row in rows:
            if key == str(row.id) or row.path in (key, path):
                return row
        raise NoSuchSpecialist(f"The table has no row “{key}”.", "Show the table first.")

    def _quotes(self, row: Row, value: str) -> tuple[Quote, ...]:
        """Returns where the words of a corrected value stand in the document, if they do."""
        if not value:
            return ()
        try:
            read: ReadDocument = self._specialists.read(Path(row.path))
        except KNOWN_ERRORS:  # it is gone: the correction counts all the same
            return ()
        start = read.document.text.find(value)
        if start < 0:
            return ()
        return (quote_of(read.document, start, start + len(value)),)

    def _learn(
        self, specialist: Specialist, row: Row, column: str, value: str, source: str
    ) -> None:
        """Adds the correction as an example and learns; a file that is gone teaches nothing."""
        examples = self._store.examples
        try:
            if specialist.kind == "extract":
                example = Example("", row.path, row.content_hash, cells={column: value})
            elif specialist.kind == "classify" and column == LABEL:
                example = self._specialists.example_of(specialist, row.path, value)
            elif value:
                example = Example(value, row.path, row.content_hash, label=column)
            else:
                return
        except Cancelled:
            raise
        except KNOWN_ERRORS:
            return
        examples.add(specialist.name, [with_source(example, source)])
        if specialist.kind != "extract":
            self._specialists.sorter.learn(specialist)


def with_source(example: Example, source: str) -> Example:
    """Returns an example that came from a correction or a confirmation."""
    import msgspec

    return msgspec.convert({**msgspec.structs.asdict(example), "source": source}, Example)


def files_of(paths: Iterator[Path] | Sequence[Path]) -> Iterator[Path]:
    """Yields the files of paths, each once, folders in order of names; hidden ones are left out.

    Raises:
        SpecialistUnreadable: there are too many.
    """
    seen = set[str]()
    for path in paths:
        for file in _walk(path):
            if str(file) in seen:
                continue
            seen.add(str(file))
            if len(seen) > _MOST_FILES:
                raise SpecialistUnreadable(
                    f"There are more than {_MOST_FILES:,} files.", "Name a folder with fewer."
                )
            yield file


def _walk(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            file = Path(folder, name)
            if not name.startswith(".") and file.is_file():
                yield file
