"""Opens databases that somebody else may have written, and names what in them is foreign.

A database can carry more than rows: a trigger that keeps a copy of deleted rows, a view in the
place of a table, an index over an expression. Ours hold exactly what their migrations create;
everything else is foreign, whatever it does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import apsw

from rag.store.database import all_rows
from rag.store.database_copy import STEPS, progress_handler
from rag.store.exclusive_open import open_unshared
from rag.store.raw_database import open_raw

LONGEST_VALUE = 512 << 20
"""Bytes of the longest row; the longest text takes at most 200 MB."""

_PAGE_SIZES = (4096, 8192)  # SQLite takes the larger one on disks with larger sectors
_MOST_MESSAGES = 20
_FULL_TEXT = "passages_config"
_WORDS_DELETED = [(b"secure-delete", b"1")]
_LIMITS = {
    apsw.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    apsw.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    apsw.SQLITE_LIMIT_COLUMN: 100,
    apsw.SQLITE_LIMIT_EXPR_DEPTH: 100,
    apsw.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    apsw.SQLITE_LIMIT_VDBE_OP: 250_000,
    apsw.SQLITE_LIMIT_FUNCTION_ARG: 20,
    apsw.SQLITE_LIMIT_ATTACHED: 0,
    apsw.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
    apsw.SQLITE_LIMIT_TRIGGER_DEPTH: 10,
    apsw.SQLITE_LIMIT_WORKER_THREADS: 0,
}
_ON = (apsw.SQLITE_DBCONFIG_DEFENSIVE,)
_OFF = (
    apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA,
    apsw.SQLITE_DBCONFIG_ENABLE_TRIGGER,
    apsw.SQLITE_DBCONFIG_ENABLE_VIEW,
    apsw.SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER,
    apsw.SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION,
    apsw.SQLITE_DBCONFIG_WRITABLE_SCHEMA,
    apsw.SQLITE_DBCONFIG_DQS_DDL,
    apsw.SQLITE_DBCONFIG_DQS_DML,
)


def open_untrusted(
    path: Path, checkpoint: Callable[[], None] = lambda: None, *, write: bool = False
) -> apsw.Connection:
    """Opens a database so that nothing in it is executed: no trigger, no view, no function.

    Args:
        path: the file, with its write-ahead log beside it if there is one.
        checkpoint: called while long statements run; may raise to cancel them.
        write: whether rows may be changed.

    Raises:
        OSError: the disk does not let it be read.
        apsw.Error: it cannot be opened.
    """
    db = open_unshared(path, create=False) if write else open_raw(path)
    try:
        for option in _ON:
            db.config(option, 1)
        for option in _OFF:
            db.config(option, 0)
        for limit, value in _LIMITS.items():
            db.limit(limit, value)
        db.set_progress_handler(progress_handler(checkpoint), STEPS)
        db.pragma("cell_size_check", True)
        db.pragma("mmap_size", 0)
    except BaseException:
        db.close(True)
        raise
    return db


def version_of(db: apsw.Connection) -> int:
    """Returns the number of migrations that a database has had."""
    return int(db.pragma("user_version"))


def foreign_entries(
    db: apsw.Connection, application_id: int, migrations: Sequence[str]
) -> tuple[str, ...]:
    """Returns what a database holds that its migrations do not create; empty if nothing.

    Args:
        db: from `open_untrusted`.
        application_id: that of our file.
        migrations: SQL scripts; as many of them count as the file's version says.

    Raises:
        apsw.Error: it cannot be read.
    """
    entries = tuple(_foreign(db, application_id, tuple(migrations)))
    return entries or tuple(_full_text_faults(db))


def faults_in(db: apsw.Connection) -> str:
    """Returns the faults in a database's pages, indexes and references; "" if there are none.

    Reads all of it.

    Raises:
        apsw.Error: it cannot be read.
    """
    messages = [str(row[0]) for row in db.execute(f"PRAGMA integrity_check({_MOST_MESSAGES})")]
    if messages != ["ok"]:
        return "; ".join(messages)
    if all_rows(db.execute("SELECT 1 FROM pragma_foreign_key_check LIMIT 1")):
        return "rows refer to others that are not there"
    return ""


def _foreign(
    db: apsw.Connection, application_id: int, migrations: tuple[str, ...]
) -> Iterator[str]:
    theirs = _schema(db)
    version = version_of(db)
    if not theirs and not version:
        return  # created, but not yet migrated
    if not 1 <= version <= len(migrations) or db.pragma("application_id") != application_id:
        yield "the mark of another program"
        return
    if db.pragma("encoding") != "UTF-8":
        yield "another encoding"
    if db.pragma("page_size") not in _PAGE_SIZES:
        yield "another page size"
    if db.pragma("auto_vacuum"):
        yield "another arrangement of pages"
    ours = _made_by(migrations[:version])
    names = {entry[:2]: entry for entry in ours}
    for entry in theirs:
        thing = f"{_printable_name(entry[0])} {_printable_name(entry[1])}"
        if entry[:2] not in names:
            yield f"the {thing}"
        elif names[entry[:2]] != entry:
            yield f"another definition of the {thing}"
    if len(theirs) != len({entry[:2] for entry in theirs}):
        yield "two things of one name"
    their_names = {entry[:2] for entry in theirs}
    for kind, name in sorted(names.keys() - their_names):
        yield f"no {_printable_name(kind)} {_printable_name(name)}"


_Entry = tuple[bytes, bytes, bytes, bytes | None]


def _schema(db: apsw.Connection) -> list[_Entry]:
    """Returns kind, name, table and definition of everything in a database, as bytes."""
    sql = (
        "SELECT CAST(type AS BLOB), CAST(name AS BLOB), CAST(tbl_name AS BLOB), CAST(sql AS BLOB) "
        "FROM sqlite_schema ORDER BY 1, 2 LIMIT 1000"
    )
    return [
        (kind or b"", name or b"", table or b"", text)
        for kind, name, table, text in all_rows(db.execute(sql))
    ]


@lru_cache(maxsize=16)
def _made_by(migrations: tuple[str, ...]) -> tuple[_Entry, ...]:
    db = apsw.Connection(":memory:")
    try:
        for script in migrations:
            db.execute(script)
        return tuple(_schema(db))
    finally:
        db.close()


def _full_text_faults(db: apsw.Connection) -> Iterator[str]:
    """Checks the settings of the full-text index: they decide whether deleted words stay in it."""
    if not db.table_exists("main", _FULL_TEXT):
        return
    sql = f"SELECT CAST(k AS BLOB), CAST(v AS BLOB) FROM {_FULL_TEXT} WHERE k != 'version'"  # noqa: S608  # a name of ours
    if all_rows(db.execute(sql)) != _WORDS_DELETED:
        yield "other settings of the full-text index"


def _printable_name(name: bytes) -> str:
    """Returns a name from a database for people: at most 60 characters, all of them visible."""
    text = name.decode("utf-8", "replace")[:60]
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
