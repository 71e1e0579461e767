"""What specialists were taught, and what they learned from it. Nothing is overwritten.

An example of the same text replaces the earlier one, which stays as a line that is not learned
from. A version that was learned stays until its specialist is removed.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apsw
import msgspec

from app.errors import NoSuchSpecialist
from app.specialists.classify.types import Choice, Fitted
from app.specialists.records import Example, Version
from app.specialists.tables_file import TablesFile

_BATCH = 400
_COLUMNS = "id, text, path, content_hash, signs, label, cells, source"


def digest_of(text: str) -> bytes:
    """Returns what a text is known by in the cache of embeddings."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class ExampleStore:
    """The examples and learned versions of all specialists.

    Args:
        file: the database.
    """

    def __init__(self, file: TablesFile) -> None:
        self._file = file

    def add(self, specialist: str, examples: Iterable[Example]) -> int:
        """Adds examples in one transaction; returns how many are new or changed.

        Raises:
            SpecialistError: they cannot be saved; none was added.
        """
        added = 0
        with self._file.writing() as db:
            for example in examples:
                added += add_example(db, specialist, example)
        return added

    def examples(self, specialist: str) -> list[Example]:
        """Returns what is learned from, oldest first."""
        with self._file.reading() as db:
            rows = db.execute(
                f"SELECT {_COLUMNS} FROM examples"  # noqa: S608
                " WHERE specialist = ? AND NOT replaced ORDER BY id",
                (specialist,),
            ).fetchall()
        return [_example(row) for row in rows]

    def remove(self, specialist: str, example_id: int) -> None:
        """Deletes an example, with the vectors of its text.

        Raises:
            NoSuchSpecialist: the specialist has no example of this number.
        """
        with self._file.writing() as db:
            db.execute(
                "DELETE FROM examples WHERE specialist = ? AND id = ?", (specialist, example_id)
            )
            if not db.changes():
                raise NoSuchSpecialist(
                    f"“{specialist}” has no example {example_id}.", "List what it learned first."
                )
            forget_unused_vectors(db)

    def forget(self, specialist: str) -> None:
        """Deletes all that a specialist was taught and learned."""
        with self._file.writing() as db:
            for table in ("examples", "versions"):
                db.execute(f"DELETE FROM {table} WHERE specialist = ?", (specialist,))  # noqa: S608
            forget_unused_vectors(db)

    def lessons(self, specialist: str) -> dict[tuple[int, str], tuple[bytes, bytes]]:
        """Returns what is kept of taught cells: by example and column, the column and the cell."""
        with self._file.reading() as db:
            rows: Any = db.execute(
                "SELECT l.example_id, l.column_name, l.definition, l.lesson FROM lessons l"
                " JOIN examples e ON e.id = l.example_id WHERE e.specialist = ? AND NOT e.replaced",
                (specialist,),
            ).fetchall()
        return {(example, column): (mark, lesson) for example, column, mark, lesson in rows}

    def keep_lesson(self, example_id: int, column: str, definition: bytes, lesson: bytes) -> None:
        """Keeps a taught cell, so that its document need not be read again."""
        with self._file.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO lessons (example_id, column_name, definition, lesson)"
                " SELECT id, ?, ?, ? FROM examples WHERE id = ?",
                (column, definition, lesson, example_id),
            )

    def vectors(self, embedder: str, texts: Sequence[str]) -> dict[str, bytes]:
        """Returns the embeddings that are kept of some texts."""
        digests = {digest_of(text): text for text in texts}
        keys = list(digests)
        kept = dict[str, bytes]()
        with self._file.reading() as db:
            for start in range(0, len(keys), _BATCH):
                batch = keys[start : start + _BATCH]
                marks = ", ".join("?" * len(batch))
                rows = db.execute(
                    "SELECT digest, vector FROM vectors"  # noqa: S608
                    f" WHERE embedder = ? AND digest IN ({marks})",
                    (embedder, *batch),
                )
                kept.update((digests[digest], vector) for digest, vector in rows)
        return kept

    def keep_vectors(self, embedder: str, vectors: Mapping[str, bytes]) -> None:
        """Keeps embeddings of examples, so that they need not be computed again."""
        with self._file.writing() as db:
            db.executemany(
                "INSERT OR REPLACE INTO vectors (digest, embedder, vector) VALUES (?, ?, ?)",
                [(digest_of(text), embedder, vector) for text, vector in vectors.items()],
            )

    def add_version(
        self, specialist: str, embedder: str, fitted: Fitted, *, use: bool, note: str = ""
    ) -> Version:
        """Keeps what was learned; with `use`, it is what the specialist works with from now on."""
        now = time.time()
        choice = msgspec.msgpack.encode(fitted.choice)
        with self._file.writing() as db:
            latest: tuple[int] = db.execute(
                "SELECT coalesce(max(number), 0) FROM versions WHERE specialist = ?",
                (specialist,),
            ).fetchone()  # type: ignore[assignment]  # an aggregate has a row
            number = latest[0] + 1
            if use:
                db.execute("UPDATE versions SET current = 0 WHERE specialist = ?", (specialist,))
            values = (specialist, number, embedder, fitted.blob, choice, fitted.examples)
            db.execute(
                "INSERT INTO versions (specialist, number, embedder, blob, choice, examples,"
                " accuracy, macro_f1, current, note, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*values, fitted.accuracy, fitted.macro_f1, int(use), note, now),
            )
        return Version(
            number, fitted.examples, fitted.accuracy, fitted.macro_f1, use, note, now, choice
        )

    def versions(self, specialist: str) -> list[Version]:
        """Returns what was learned, oldest first."""
        with self._file.reading() as db:
            rows: list[tuple[Any, ...]] = db.execute(
                "SELECT number, examples, accuracy, macro_f1, current, note, created_at, choice"
                " FROM versions WHERE specialist = ? ORDER BY number",
                (specialist,),
            ).fetchall()
        return [
            Version(number, count, accuracy, macro_f1, bool(current), note, created_at, choice)
            for number, count, accuracy, macro_f1, current, note, created_at, choice in rows
        ]

    def current(self, specialist: str, embedder: str) -> tuple[bytes, Choice] | None:
        """Returns the classifier in use and its choice; None without one for this embedder."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT blob, choice FROM versions"
                " WHERE specialist = ? AND embedder = ? AND current",
                (specialist, embedder),
            ).fetchone()
        return (row[0], msgspec.msgpack.decode(row[1], type=Choice)) if row else None

    def use_version(self, specialist: str, number: int) -> None:
        """Goes back to what was learned at another time.

        Raises:
            NoSuchSpecialist: there is no such version.
        """
        with self._file.writing() as db:
            changed = db.execute(
                "SELECT 1 FROM versions WHERE specialist = ? AND number = ?", (specialist, number)
            ).fetchone()
            if changed is None:
                raise NoSuchSpecialist(f"“{specialist}” has no version {number}.", "List them.")
            db.execute(
                "UPDATE versions SET current = (number = ?) WHERE specialist = ?",
                (number, specialist),
            )


def forget_unused_vectors(db: apsw.Connection) -> None:
    """Deletes embeddings of texts that no example has."""
    db.execute("DELETE FROM vectors WHERE digest NOT IN (SELECT digest FROM examples)")


def add_example(db: apsw.Connection, specialist: str, example: Example) -> bool:
    """Adds an example; False if it is there already.

    Cells of a document are added to those that are known of it; a value that contradicts an
    earlier one takes its place.
    """
    key = example.text if example.label else f"{example.path}\0{example.content_hash}"
    digest = digest_of(key)
    row: Any = db.execute(
        "SELECT label, cells FROM examples WHERE specialist = ? AND digest = ? AND NOT replaced",
        (specialist, digest),
    ).fetchone()
    values = dict(example.cells)
    if row is not None and values:
        values = msgspec.json.decode(row[1], type=dict[str, str]) | values
    cells = msgspec.json.encode(values).decode()
    if row == (example.label, cells):
        return False
    db.execute(
        "UPDATE examples SET replaced = 1 WHERE specialist = ? AND digest = ?",
        (specialist, digest),
    )
    place = (specialist, digest, example.text, example.path, example.content_hash)
    signs = " ".join(example.signs)
    db.execute(
        "INSERT INTO examples (specialist, digest, text, path, content_hash, signs, label, cells,"
        " source, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (*place, signs, example.label, cells, example.source, time.time()),
    )
    return True


def _example(row: tuple[Any, ...]) -> Example:
    number, text, path, content_hash, signs, label, cells, source = row
    values = msgspec.json.decode(cells, type=dict[str, str])
    return Example(text, path, content_hash, tuple(signs.split()), label, values, source, number)
