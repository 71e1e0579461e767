"""Runs a specialist over files and folders, and takes the person's corrections of the table.

Each cell is one transaction: whatever ends a run, the next one goes on where it was. What the
person corrected or confirmed stays, whatever runs later.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.errors import (
    KNOWN_ERRORS,
    Cancelled,
    NoSuchSpecialist,
    SpecialistError,
    SpecialistUnreadable,
)
from app.jobs import CancelToken
from app.specialists.cells import quote_of
from app.specialists.changes import concerns, find_changes, of_the_person
from app.specialists.definition import Specialist, read_specialist, write_specialist
from app.specialists.pace import Pace, size_of
from app.specialists.ports import ReadDocument
from app.specialists.reading import file_hash
from app.specialists.records import Cell, CellState, Example, Quote, Row, TableInfo
from app.specialists.service import Specialists, columns_of
from app.specialists.sources import files_of

log = logging.getLogger(__name__)

_DOCUMENT_FAULTS = (SpecialistUnreadable,)


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is.

    Attributes:
        done: documents that are done, those of earlier runs included.
        total: all documents.
        current: path of the one that is read now.
        seconds_left: an estimate; None until there is one.
    """

    done: int
    total: int
    current: str
    seconds_left: float | None = None


@dataclass(frozen=True, slots=True)
class RunReport:
    """A finished run.

    Attributes:
        table: what was filled.
        filled: documents that this run did.
        unchanged: documents that were done before.
        failed: paths that could not be read, with the reason.
        removed: rows that went, as their documents are no longer there.
        gone: paths of such documents whose rows stay, as the person corrected or confirmed them.
        changed: paths of documents to look at again: they changed after the person corrected or
            confirmed cells of them.
    """

    table: TableInfo
    filled: int
    unchanged: int
    failed: tuple[tuple[str, str], ...]
    removed: int = 0
    gone: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


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
        self._look_again_where_changed(title, specialist)
        table = self._store.make_table(title, specialist.name, definition, absolute)
        rows = self._store.rows(table.id)
        removed, gone = self._note_gone(find_changes(table, rows, (), token).gone)
        known = {row.path for row in rows}
        listed = files_of(map(Path, table.paths))
        files = [path for path in listed if path.exists() or str(path) not in known]
        with self._specialists.running(specialist):
            report = self._run_all(specialist, table, files, on_progress, token)
        return replace(report, removed=removed, gone=gone)

    def catch_up(
        self,
        table_name: str,
        folders: Sequence[str] | None = None,
        on_progress: Callable[[RunProgress], None] = lambda _: None,
        token: CancelToken | None = None,
    ) -> RunReport:
        """Brings a table in step with the disk: rows for new documents, and changed ones again.

        A changed document of which the person corrected or confirmed cells is only marked: its
        cells stay as they are until the table is run again.

        Args:
            table_name: of the table.
            folders: where something changed; None for all that the table was made from.
            on_progress: called before each document.
            token: stops it between cells; what is filled is kept.

        Raises:
            NoSuchSpecialist: the table or its specialist is gone.
            SpecialistError: the table cannot be saved.
            ModelError, WorkerDied: what is needed cannot be used.
            Cancelled: `token` was cancelled.
        """
        token = token or CancelToken()
        table = self._store.table(table_name)
        specialist = self._specialists.kept.find(table.specialist)
        rows = self._store.rows(table.id)
        changes = find_changes(table, rows, folders, token)
        removed, gone = self._note_gone(changes.gone)
        looked_at = {row.path for row in rows if of_the_person([row])}
        again = {path for path in changes.changed if path in looked_at}
        for row in rows:
            if row.path in changes.changed:
                self._store.set_row(row.id, "changed")
        for row in changes.back:
            self._store.set_row(row.id, "done")
        files = [*changes.new, *(Path(path) for path in changes.changed if path not in again)]
        with self._specialists.running(specialist):
            report = self._run_all(specialist, table, files, on_progress, token)
        return replace(report, removed=removed, gone=gone, changed=tuple(sorted(again)))

    def behind(self, folders: Sequence[str], token: CancelToken | None = None) -> list[str]:
        """Returns the names of tables that are not in step with files in some folders."""
        return [
            table.name
            for table in self._store.tables()
            if concerns(table, folders)
            and find_changes(table, self._store.rows(table.id), folders, token)
        ]

    def remove_row(self, table_name: str, row_key: str) -> Row:
        """Deletes the rows of a document, with its quotes and what was learned from it.

        The file stays. What was learned is learned again from the other examples.

        Raises:
            NoSuchSpecialist: there is no such table or row.
            SpecialistError: it cannot be saved.
        """
        table = self._store.table(table_name)
        row = self._row(table, row_key)
        self._store.remove_documents(row.path)
        self._learn(self.specialist_of(table), {})
        return row

    def _note_gone(self, rows: Sequence[Row]) -> tuple[int, tuple[str, ...]]:
        """Deletes rows of documents that are gone, but for those with cells of the person.

        Returns:
            How many were deleted, and the paths of the others, which are marked.
        """
        kept = sorted({row.path for row in rows if of_the_person([row])})
        removable = [row for row in rows if row.path not in kept]
        self._store.delete_rows([row.id for row in removable])
        for row in rows:
            if row.path in kept:
                self._store.set_row(row.id, "gone")
        return len(removable), tuple(kept)

    def _run_all(
        self,
        specialist: Specialist,
        table: TableInfo,
        files: Sequence[Path],
        on_progress: Callable[[RunProgress], None],
        token: CancelToken,
    ) -> RunReport:
        rows = dict[str, list[Row]]()
        for row in self._store.rows(table.id):
            rows.setdefault(row.path, []).append(row)
        filled, unchanged, failed = 0, 0, list[tuple[str, str]]()
        # Documents that are done need no time, unless they changed.
        pace = Pace({str(path): size_of(path) for path in files if not _is_done(rows, path)})
        for done, path in enumerate(files):
            token.checkpoint()
            on_progress(RunProgress(done, len(files), str(path), pace.seconds_left))
            token.checkpoint()
            pace.begin()
            is_filled = False
            try:
                is_filled = self._run_one(
                    specialist, table, path, rows.get(str(path), ()), token, pace
                )
                filled += is_filled
                unchanged += not is_filled
            except _DOCUMENT_FAULTS as error:
                number = self._store.add_row(table.id, str(path), "")
                self._store.set_row(number, "failed", error.message)
                failed.append((str(path), error.message))
            pace.end(str(path), filled=is_filled)
        return RunReport(table, filled, unchanged, tuple(failed))

    def specialist_of(self, table: TableInfo) -> Specialist:
        """Returns the specialist that a table was made with."""
        return read_specialist(table.definition)

    def correct(
        self,
        table_name: str,
        row_key: str,
        column: str,
        value: str,
        place: tuple[int, int] | None = None,
    ) -> Row:
        """Corrects a cell, or confirms it by its own value; what was there goes into its history.

        The specialist learns from it.

        Args:
            table_name: of the table.
            row_key: the row's number, or the path of its document.
            column: of the table.
            value: the right value, or words that hold it; "" says that the document has none.
            place: offsets of the words in the document's text, where the person selected them.

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
        if before is not None and before.value == value and place is None:
            quotes = before.quotes
        elif specialist.kind == "extract":
            path = Path(row.path)
            value, quotes = self._specialists.read_value(specialist, column, value, path, place)
        else:
            quotes = self._quotes(row, value)
        same = before is not None and before.value == value
        state: CellState = "confirmed" if same else "corrected"
        path_of_quotes = before.path if before is not None and before.path else row.path
        cell = Cell(value, state, "high", "person", quotes, path=path_of_quotes)
        example = self._example(specialist, row, column, value, state)
        self._store.correct(row.id, column, cell, table.specialist, example)
        if example is not None:
            places = {row.path: {column: place}} if place is not None else {}
            self._learn(specialist, places)
        return self._store.row(table.id, row.path, row.number)

    def _run_one(
        self,
        specialist: Specialist,
        table: TableInfo,
        path: Path,
        before: Sequence[Row],
        token: CancelToken,
        pace: Pace,
    ) -> bool:
        """Fills what is missing of the rows of a document; False if nothing is."""
        digest = file_hash(path)
        done = self._store.filled(table.id, str(path), digest)
        now = [row for row in before if row.content_hash == digest]
        names = columns_of(specialist)
        if any(not row.number for row in now) and all(
            row.state == "done" and all((row.number, name) in done for name in names) for row in now
        ):
            return False
        row = self._store.add_row(table.id, str(path), digest)
        _, cells = self._specialists.cells(specialist, path, done, token)
        rows = {0: row}
        for number, column, cell in cells:
            pace.wait(token)
            if number not in rows:
                rows[number] = self._store.add_row(table.id, str(path), digest, number)
            self._store.fill(rows[number], column, cell)
        token.raise_if_cancelled()
        self._store.finish(table.id, str(path))
        return True

    def _row(self, table: TableInfo, key: str) -> Row:
        path = os.path.abspath(os.path.expanduser(key))  # noqa: PTH100, PTH111  # of a text
        row = self._store.find_row(table.id, key, path)
        if row is None:
            raise NoSuchSpecialist(f"The table has no row “{key}”.", "Show the table first.")
        return row

    def _quotes(self, row: Row, value: str) -> tuple[Quote, ...]:
        """Returns where the words of a corrected clause stand in the document, if they do."""
        if not value.strip():
            return ()
        try:
            read: ReadDocument = self._specialists.read(Path(row.path))
        except KNOWN_ERRORS:  # it is gone: the correction counts all the same
            return ()
        start = read.document.text.find(value)
        if start < 0:
            return ()
        return (quote_of(read.document, start, start + len(value)),)

    def _example(
        self, specialist: Specialist, row: Row, column: str, value: str, source: str
    ) -> Example | None:
        """Returns what a correction teaches; None for nothing, as where a mail is gone."""
        if specialist.kind == "extract":
            # A line of a document that has several teaches nothing of the others.
            example = Example("", row.path, row.content_hash, cells={column: value})
            return with_source(example, source) if specialist.rows == "document" else None
        if specialist.kind == "clauses":
            example = Example(value, row.path, row.content_hash, label=column)
            return with_source(example, source) if value else None
        try:
            example = self._specialists.example_of(specialist, row.path, value)
        except Cancelled:
            raise
        except KNOWN_ERRORS:
            return None
        return with_source(example, source)

    def _learn(
        self, specialist: Specialist, places: Mapping[str, Mapping[str, tuple[int, int]]]
    ) -> None:
        """Learns from a correction, which is kept whatever happens here."""
        try:
            self._specialists.learn(specialist, places=places)
        except Cancelled:
            raise
        except KNOWN_ERRORS as error:  # it is learned from with the next one
            log.info("learning: %s", type(error).__name__)

    def _look_again_where_changed(self, title: str, specialist: Specialist) -> None:
        """Marks columns to be filled again that are not what they were when the table was made.

        Raises:
            SpecialistUnreadable: the table is another specialist's.
        """
        table = next((each for each in self._store.tables() if each.name == title), None)
        if table is None:
            return
        if table.specialist != specialist.name:
            raise SpecialistUnreadable(
                f"The table “{title}” was made by “{table.specialist}”.",
                "Choose another name for the table.",
            )
        try:
            before = self.specialist_of(table)
        except SpecialistError:
            before = None
        if before is not None and before.kind == specialist.kind == "extract":
            known = set(before.columns)
            changed = [column.name for column in specialist.columns if column not in known]
        else:
            changed = list(columns_of(specialist)) if before != specialist else []
        self._store.look_again(specialist.name, changed)


def _is_done(rows: Mapping[str, Sequence[Row]], path: Path) -> bool:
    """Tells whether all rows of a document were done by an earlier run."""
    own = rows.get(str(path), ())
    return bool(own) and all(row.state == "done" for row in own)


def with_source(example: Example, source: str) -> Example:
    """Returns an example that came from a correction or a confirmation."""
    import msgspec

    return msgspec.convert({**msgspec.structs.asdict(example), "source": source}, Example)
