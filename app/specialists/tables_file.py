"""The SQLite file of specialists' examples and tables (`app.database_file`)."""

from __future__ import annotations

from pathlib import Path

from app.database_file import DatabaseFile, DatabaseKind
from app.errors import SpecialistError, TablesDamaged
from rag.store.environment_faults import EnvironmentFault

# Append only. A migration's number is its position in this list.
MIGRATIONS = (
    """
    CREATE TABLE examples (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        specialist TEXT NOT NULL,
        digest BLOB NOT NULL,
        text TEXT NOT NULL,
        path TEXT NOT NULL,
        content_hash TEXT NOT NULL,
        signs TEXT NOT NULL,
        label TEXT NOT NULL,
        cells TEXT NOT NULL,
        source TEXT NOT NULL,
        replaced INTEGER NOT NULL DEFAULT 0,
        created_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX examples_by_specialist ON examples (specialist, replaced, id);
    CREATE INDEX examples_by_digest ON examples (specialist, digest);
    CREATE INDEX examples_by_path ON examples (path);
    CREATE TABLE vectors (
        digest BLOB NOT NULL,
        embedder TEXT NOT NULL,
        vector BLOB NOT NULL,
        PRIMARY KEY (digest, embedder)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE versions (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        specialist TEXT NOT NULL,
        number INTEGER NOT NULL,
        embedder TEXT NOT NULL,
        blob BLOB NOT NULL,
        choice BLOB NOT NULL,
        examples INTEGER NOT NULL,
        accuracy REAL NOT NULL,
        macro_f1 REAL NOT NULL,
        current INTEGER NOT NULL,
        note TEXT NOT NULL,
        created_at REAL NOT NULL,
        UNIQUE (specialist, number)
    ) STRICT;
    CREATE TABLE tables (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        specialist TEXT NOT NULL,
        definition BLOB NOT NULL,
        paths TEXT NOT NULL,
        created_at REAL NOT NULL
    ) STRICT;
    CREATE TABLE table_rows (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        table_id INTEGER NOT NULL REFERENCES tables (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        number INTEGER NOT NULL,
        content_hash TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT NOT NULL DEFAULT '',
        UNIQUE (table_id, path, number)
    ) STRICT;
    CREATE INDEX table_rows_by_path ON table_rows (path);
    CREATE TABLE cells (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        row_id INTEGER NOT NULL REFERENCES table_rows (id) ON DELETE CASCADE,
        column_name TEXT NOT NULL,
        value TEXT NOT NULL,
        state TEXT NOT NULL,
        confidence TEXT NOT NULL,
        filled_by TEXT NOT NULL,
        updated_at REAL NOT NULL,
        UNIQUE (row_id, column_name)
    ) STRICT;
    CREATE TABLE quotes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        cell_id INTEGER NOT NULL REFERENCES cells (id) ON DELETE CASCADE,
        path TEXT NOT NULL,
        page INTEGER,
        start_at INTEGER NOT NULL,
        end_at INTEGER NOT NULL,
        text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX quotes_by_cell ON quotes (cell_id);
    CREATE TABLE history (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        cell_id INTEGER NOT NULL REFERENCES cells (id) ON DELETE CASCADE,
        cell TEXT NOT NULL,
        replaced_at REAL NOT NULL
    ) STRICT;
    CREATE INDEX history_by_cell ON history (cell_id);
    """,
    # A cell keeps what it was filled from; lessons are what columns are learned from.
    """
    ALTER TABLE cells ADD COLUMN path TEXT NOT NULL DEFAULT '';
    ALTER TABLE cells ADD COLUMN content_hash TEXT NOT NULL DEFAULT '';
    ALTER TABLE cells ADD COLUMN reason TEXT NOT NULL DEFAULT '';
    ALTER TABLE cells ADD COLUMN alternatives TEXT NOT NULL DEFAULT '[]';
    UPDATE cells SET
        path = coalesce((SELECT q.path FROM quotes q WHERE q.cell_id = cells.id), ''),
        content_hash = (SELECT r.content_hash FROM table_rows r WHERE r.id = cells.row_id);
    ALTER TABLE quotes DROP COLUMN path;
    CREATE TABLE lessons (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        example_id INTEGER NOT NULL REFERENCES examples (id) ON DELETE CASCADE,
        column_name TEXT NOT NULL,
        definition BLOB NOT NULL,
        lesson BLOB NOT NULL,
        UNIQUE (example_id, column_name)
    ) STRICT;
    """,
    # A cell keeps which language model filled it.
    """
    ALTER TABLE cells ADD COLUMN model TEXT NOT NULL DEFAULT '';
    """,
)
APPLICATION_ID = 0x53535031  # "SSP1"


class TablesFile(DatabaseFile):
    """One connection, usable from any thread.

    Args:
        path: the database; it need not exist. None keeps everything in memory.

    Raises:
        DataTooNew: it was written by a later version.
        TablesDamaged: it is another database, or is damaged; it is left unchanged.
        DataFolderUnusable: it cannot even be read.
    """

    def __init__(self, path: Path | None) -> None:
        super().__init__(_KIND, path)


def _not_saved(fault: EnvironmentFault) -> SpecialistError:
    return SpecialistError(
        f"This could not be saved: {fault.words}.",
        f"{fault.advice} What was saved before is kept.",
    )


def _damaged(path: Path) -> TablesDamaged:
    return TablesDamaged(
        f"The tables of specialists in {path} cannot be read.",
        "Restore a backup, or move the file away to start anew.",
    )


_KIND = DatabaseKind("tables of specialists", APPLICATION_ID, MIGRATIONS, _damaged, _not_saved)
