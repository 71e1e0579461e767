"""The tables of specialists: rows and cells with their quotes, each cell one transaction.

What the person corrected or confirmed is never overwritten by a run. Every value that is replaced
goes into the history of its cell.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import apsw
import msgspec

from app.errors import NoSuchSpecialist
from app.specialists.examples import ExampleStore, add_example, forget_unused_vectors
from app.specialists.records import (
    OF_THE_PERSON,
    Alternative,
    Cell,
    Example,
    Quote,
    Row,
    RowState,
    TableInfo,
)
from app.specialists.tables_file import TablesFile
from rag.parse.part_paths import file_of
from rag.text.path_forms import is_under


class SpecialistStore:
    """All tables, and through `examples` what the specialists were taught.

    Args:
        path: the database; None keeps everything in memory.

    Raises:
        DataTooNew, TablesDamaged, DataFolderUnusable: as `TablesFile` does.
    """

    def __init__(self, path: Path | None) -> None:
        self._file = TablesFile(path)
        self.examples = ExampleStore(self._file)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def back_up(self, path: Path) -> int:
        """Copies everything to a new file; returns its size in bytes.

        Raises:
            TablesDamaged: the file is not sound.
            apsw.Error: the copy cannot be written.
        """
        return self._file.back_up(path)

    def make_table(
        self, name: str, specialist: str, definition: bytes, paths: Sequence[str]
    ) -> TableInfo:
        """Returns the table of a name, made if there is none; adds `paths` to those it reads."""
        with self._file.writing() as db:
            row = db.execute("SELECT paths FROM tables WHERE name = ?", (name,)).fetchone()
            known: list[str] = json.loads(row[0]) if row else []
            merged = json.dumps(list(dict.fromkeys((*known, *paths))))
            db.execute(
                "INSERT INTO tables (name, specialist, definition, paths, created_at)"
                " VALUES (?1, ?2, ?3, ?4, ?5)"
                " ON CONFLICT (name) DO UPDATE SET definition = ?3, paths = ?4",
                (name, specialist, definition, merged, time.time()),
            )
        return self.table(name)

    def tables(self) -> list[TableInfo]:
        """Returns all tables, oldest first."""
        with self._file.reading() as db:
            rows = db.execute(f"SELECT {_TABLE} FROM tables ORDER BY id").fetchall()  # noqa: S608
        return [_table(row) for row in rows]

    def table(self, name: str) -> TableInfo:
        """Returns a table.

        Raises:
            NoSuchSpecialist: there is none of this name.
        """
        with self._file.reading() as db:
            row = db.execute(
                f"SELECT {_TABLE} FROM tables WHERE name = ?",  # noqa: S608
                (name,),
            ).fetchone()
        if row is None:
            raise NoSuchSpecialist(f"There is no table “{name}”.", "List the tables first.")
        return _table(row)

    def remove_table(self, name: str) -> None:
        """Deletes a table with all its rows."""
        with self._file.writing() as db:
            db.execute("DELETE FROM tables WHERE name = ?", (name,))

    def add_row(self, table: int, path: str, content_hash: str, number: int = 0) -> int:
        """Returns the row of a document, added if it is new.

        A document with another content than before is marked as changed and keeps its cells.
        """
        with self._file.writing() as db:
            db.execute(
                "INSERT INTO table_rows (table_id, path, number, content_hash, state)"
                " VALUES (?1, ?2, ?3, ?4, 'waiting') ON CONFLICT (table_id, path, number)"
                " DO UPDATE SET content_hash = ?4, state = 'changed' WHERE content_hash <> ?4",
                (table, path, number, content_hash),
            )
            entry: tuple[int] = db.execute(
                "SELECT id FROM table_rows WHERE table_id = ? AND path = ? AND number = ?",
                (table, path, number),
            ).fetchone()  # type: ignore[assignment]  # it is there by now
        return entry[0]

    def set_row(self, row: int, state: RowState, reason: str = "") -> None:
        """Sets the state of a row."""
        with self._file.writing() as db:
            db.execute(
                "UPDATE table_rows SET state = ?, reason = ? WHERE id = ?", (state, reason, row)
            )

    def delete_rows(self, rows: Sequence[int]) -> None:
        """Deletes rows with their cells and quotes."""
        with self._file.writing() as db:
            db.executemany("DELETE FROM table_rows WHERE id = ?", [(row,) for row in rows])

    def fill(self, row: int, column: str, cell: Cell) -> bool:
        """Fills a cell by a run; False if the person has corrected or confirmed it."""
        with self._file.writing() as db:
            return _fill(db, row, column, cell)

    def filled(self, table: int, path: str, content_hash: str) -> set[tuple[int, str]]:
        """Returns the numbers of rows and columns of a document that a run need not fill.

        They were filled from this content, or are the person's.
        """
        with self._file.reading() as db:
            rows: Any = db.execute(
                "SELECT r.number, c.column_name FROM cells c JOIN table_rows r ON r.id = c.row_id"
                " WHERE r.table_id = ? AND r.path = ?"
                " AND (c.content_hash = ? OR c.state IN (?, ?))",
                (table, path, content_hash, *OF_THE_PERSON),
            ).fetchall()
        return set(rows)

    def look_again(self, specialist: str, columns: Iterable[str]) -> None:
        """Makes the next run fill columns of a specialist's tables again, but for the person's."""
        with self._file.writing() as db:
            db.executemany(
                "UPDATE cells SET content_hash = '' WHERE column_name = ? AND row_id IN (SELECT"
                " r.id FROM table_rows r JOIN tables t ON t.id = r.table_id"
                " WHERE t.specialist = ?)",
                [(column, specialist) for column in columns],
            )

    def correct(
        self,
        row: int,
        column: str,
        cell: Cell,
        specialist: str = "",
        example: Example | None = None,
    ) -> None:
        """Sets a cell by the person; the earlier value goes into its history.

        Args:
            row: of the cell.
            column: of the cell.
            cell: what the person says.
            specialist: that learns from it.
            example: what it learns; added in the same transaction.
        """
        with self._file.writing() as db:
            _fill(db, row, column, cell, by_person=True)
            if example is not None:
                add_example(db, specialist, example)

    def finish(self, table: int, path: str) -> None:
        """Marks the rows of a document as done that have its content.

        Others are lines that it no longer has: they go, but for those with the person's cells.
        """
        values = (table, path)
        with self._file.writing() as db:
            first: Any = db.execute(
                "SELECT content_hash FROM table_rows WHERE table_id = ? AND path = ?"
                " AND number = 0",
                values,
            ).fetchone()
            db.execute(
                "UPDATE table_rows SET state = 'done', reason = ''"
                " WHERE table_id = ? AND path = ? AND content_hash = ?",
                (*values, *first),
            )
            db.execute(
                "DELETE FROM table_rows WHERE table_id = ? AND path = ? AND content_hash <> ?"
                " AND id NOT IN (SELECT row_id FROM cells WHERE state IN (?, ?))",
                (*values, *first, *OF_THE_PERSON),
            )
            db.execute(
                "UPDATE table_rows SET state = 'changed'"
                " WHERE table_id = ? AND path = ? AND content_hash <> ?",
                (*values, *first),
            )

    def row(self, table: int, path: str, number: int = 0) -> Row:
        """Returns the row of a document.

        Raises:
            NoSuchSpecialist: there is none.
        """
        rows = self._rows("table_id = ? AND path = ? AND number = ?", (table, path, number))
        if not rows:
            raise NoSuchSpecialist(f"The table has no row of {path}.", "Show the table first.")
        return rows[0]

    def find_row(self, table: int, *keys: str) -> Row | None:
        """Returns the row whose number in the database, or else whose document's path, is a key.

        Of a document with several rows, it is the first. None if there is no such row.
        """
        numbers = [int(key) for key in keys if _ROW_NUMBER.fullmatch(key)]
        tried: list[tuple[str, object]] = [("id = ?", number) for number in numbers]
        tried += [("path = ?", key) for key in keys]
        for where, value in tried:
            first = f"SELECT id FROM table_rows WHERE table_id = ? AND {where}"  # noqa: S608
            rows = self._rows(f"id = ({first} ORDER BY number LIMIT 1)", (table, value))
            if rows:
                return rows[0]
        return None

    def rows(self, table: int) -> list[Row]:
        """Returns all rows of a table, by path."""
        return self._rows("table_id = ?", (table,))

    def history(self, row: int, column: str) -> list[Cell]:
        """Returns the earlier values of a cell, oldest first."""
        with self._file.reading() as db:
            rows: Any = db.execute(
                "SELECT cell FROM history WHERE cell_id ="
                " (SELECT id FROM cells WHERE row_id = ? AND column_name = ?) ORDER BY id",
                (row, column),
            ).fetchall()
        return [msgspec.json.decode(cell, type=Cell) for (cell,) in rows]

    def looked_at(self, table: int) -> tuple[int, int]:
        """Counts the cells of high confidence that the person looked at, and those right of them.

        A cell counts by the last value that a run gave it.
        """
        with self._file.reading() as db:
            rows: Any = db.execute(
                "SELECT c.value, h.cell FROM cells c JOIN table_rows r ON r.id = c.row_id"
                " JOIN history h ON h.cell_id = c.id"
                " WHERE r.table_id = ? AND c.state IN ('corrected', 'confirmed') ORDER BY h.id",
                (table,),
            ).fetchall()
        checked = right = 0
        for value, text in rows:
            cell = msgspec.json.decode(text, type=Cell)
            if cell.by != "person" and cell.confidence == "high":
                checked += 1
                right += cell.value == value
        return checked, right

    def remove_documents(self, root: str) -> int:
        """Deletes rows, quotes and examples of documents at or under a path; returns how many.

        Raises:
            SpecialistError: it cannot be saved; nothing was deleted.
        """
        with self._file.writing() as db:
            removed = 0
            taught: Any = db.execute("SELECT DISTINCT specialist, path FROM examples").fetchall()
            for table in ("table_rows", "cells", "examples"):
                paths: Any = db.execute(
                    f"SELECT DISTINCT path FROM {table} WHERE path <> ''"  # noqa: S608
                ).fetchall()
                gone = [(path,) for (path,) in paths if is_under(file_of(path), root)]
                for path in gone:
                    db.execute(f"DELETE FROM {table} WHERE path = ?", path)  # noqa: S608
                    removed += db.changes()
            if removed:
                _forget_quotes_in_history(db, root)
                forget_unused_vectors(db)
                # What was learned holds words of the examples: it is learned again from the rest.
                db.executemany(
                    "DELETE FROM versions WHERE specialist = ?",
                    {(name,) for name, path in taught if path and is_under(file_of(path), root)},
                )
        return removed

    def _rows(self, where: str, values: tuple[Any, ...]) -> list[Row]:
        with self._file.reading() as db:
            rows: list[tuple[Any, ...]] = db.execute(
                "SELECT id, path, number, content_hash, state, reason FROM table_rows"  # noqa: S608
                f" WHERE {where} ORDER BY path, number",
                values,
            ).fetchall()
            of_rows = f"row_id IN (SELECT id FROM table_rows WHERE {where})"  # noqa: S608
            cells: list[tuple[Any, ...]] = db.execute(
                f"SELECT id, row_id, column_name, {_CELL} FROM cells WHERE {of_rows}",  # noqa: S608
                values,
            ).fetchall()
            quotes = dict[int, list[Quote]]()
            of_cells: list[tuple[Any, ...]] = db.execute(
                f"SELECT cell_id, {_QUOTE} FROM quotes"  # noqa: S608
                f" WHERE cell_id IN (SELECT id FROM cells WHERE {of_rows}) ORDER BY id",
                values,
            ).fetchall()
            for cell_id, *fields in of_cells:
                quotes.setdefault(cell_id, []).append(Quote(*fields))
        filled = dict[int, dict[str, Cell]]()
        for cell_id, row_id, column, *fields in cells:
            filled.setdefault(row_id, {})[column] = _cell(fields, quotes.get(cell_id, ()))
        return [
            Row(key, path, number, digest, state, reason, filled.get(key, {}))
            for key, path, number, digest, state, reason in rows
        ]


_ROW_NUMBER = re.compile("[0-9]{1,18}")  # fits into SQLite's integers
_CELL = "value, state, confidence, filled_by, alternatives, reason, path, model"
_QUOTE = "page, start_at, end_at, text"
_TABLE = "id, name, specialist, definition, paths, created_at"


def _table(row: tuple[Any, ...]) -> TableInfo:
    number, name, specialist, definition, paths, created_at = row
    return TableInfo(number, name, specialist, definition, tuple(json.loads(paths)), created_at)


def _fill(
    db: apsw.Connection, row: int, column: str, cell: Cell, *, by_person: bool = False
) -> bool:
    earlier: Any = db.execute(
        "SELECT id FROM cells WHERE row_id = ? AND column_name = ?", (row, column)
    ).fetchone()
    if earlier is not None:
        before = cell_of(db, earlier[0])
        if before.state in OF_THE_PERSON and not by_person:
            return before == cell
        if before != cell:
            db.execute(
                "INSERT INTO history (cell_id, cell, replaced_at) VALUES (?, ?, ?)",
                (earlier[0], msgspec.json.encode(before).decode(), time.time()),
            )
        db.execute("DELETE FROM quotes WHERE cell_id = ?", earlier)
    others = msgspec.json.encode(cell.alternatives).decode()
    about = (cell.value, cell.state, cell.confidence, cell.by)
    values = (*about, others, cell.reason, cell.path, cell.model)
    entry: tuple[int] = db.execute(
        "INSERT INTO cells (row_id, column_name, updated_at, value, state, confidence, filled_by,"
        " alternatives, reason, path, model, content_hash)"
        " SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, content_hash FROM table_rows"
        " WHERE id = ?1"
        " ON CONFLICT (row_id, column_name) DO UPDATE SET updated_at = ?3, value = ?4, state = ?5,"
        " confidence = ?6, filled_by = ?7, alternatives = ?8, reason = ?9, path = ?10, model = ?11,"
        " content_hash = excluded.content_hash RETURNING id",
        (row, column, time.time(), *values),
    ).fetchone()  # type: ignore[assignment]  # RETURNING gives a row
    db.executemany(
        "INSERT INTO quotes (cell_id, page, start_at, end_at, text) VALUES (?, ?, ?, ?, ?)",
        [(*entry, quote.page, quote.start, quote.end, quote.text) for quote in cell.quotes],
    )
    return True


def cell_of(db: apsw.Connection, number: Any) -> Cell:
    """Returns a stored cell by its number in the database.

    Raises:
        ValueError: no program of ours can have written it.
    """
    fields: Any = db.execute(
        f"SELECT {_CELL} FROM cells WHERE id = ?",  # noqa: S608
        (number,),
    ).fetchone()
    quotes: Any = db.execute(
        f"SELECT {_QUOTE} FROM quotes WHERE cell_id = ? ORDER BY id",  # noqa: S608
        (number,),
    ).fetchall()
    return _cell(fields, [Quote(*each) for each in quotes])


def _cell(fields: Sequence[Any], quotes: Sequence[Quote]) -> Cell:
    value, state, confidence, by, others, reason, path, model = fields
    alternatives = msgspec.json.decode(others, type=tuple[Alternative, ...])
    return Cell(value, state, confidence, by, tuple(quotes), alternatives, reason, path, model)


def _forget_quotes_in_history(db: apsw.Connection, root: str) -> None:
    """Deletes earlier values that quote a removed document."""
    earlier: Any = db.execute("SELECT id, cell FROM history").fetchall()
    gone = [
        (number,)
        for number, text in earlier
        if is_under(file_of(msgspec.json.decode(text, type=Cell).path), root)
    ]
    db.executemany("DELETE FROM history WHERE id = ?", gone)
