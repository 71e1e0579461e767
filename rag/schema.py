"""The library's tables. Numbered and append only: a migration that was released never changes."""

from __future__ import annotations

APPLICATION_ID = 0x53747564  # "Stud"

# roots.identity is the inode number: an empty folder with another one is where a drive used to be.
# contents holds each text once, whatever number of files have it; names are those files' names as
# they stand in the full-text index, NULL until they do. chunks.digest is the hash of what is
# embedded, so that a passage that stays the same in an edited file is not embedded again.
# passages keeps words only (content=''): the text itself stands in chunks. It is given text in
# which scripts without spaces are cut into short pieces (rag.words), hence no triggers.
_FIRST = """
CREATE TABLE roots (
    path TEXT PRIMARY KEY,
    identity INTEGER NOT NULL,
    added_at REAL NOT NULL
) STRICT;

CREATE TABLE contents (
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    recipe TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    blocks BLOB NOT NULL,
    page_count INTEGER,
    notes BLOB NOT NULL,
    names TEXT
) STRICT;

CREATE TABLE files (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    content_id INTEGER REFERENCES contents(id),
    reason TEXT,
    detail TEXT NOT NULL DEFAULT '',
    indexed_at REAL NOT NULL,
    CHECK ((outcome = 'indexed') = (content_id IS NOT NULL)),
    CHECK ((outcome = 'failed') = (reason IS NOT NULL))
) STRICT;
CREATE INDEX files_content ON files(content_id);

CREATE TABLE chunks (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    content_id INTEGER NOT NULL REFERENCES contents(id),
    position INTEGER NOT NULL,
    start_offset INTEGER NOT NULL,
    end_offset INTEGER NOT NULL,
    page INTEGER,
    sheet TEXT,
    cells TEXT,
    headings BLOB NOT NULL,
    context TEXT NOT NULL,
    text TEXT NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE INDEX chunks_content ON chunks(content_id);
CREATE INDEX chunks_digest ON chunks(digest);

CREATE TABLE embeddings (
    id INTEGER PRIMARY KEY,
    digest BLOB NOT NULL,
    embedder TEXT NOT NULL,
    vector BLOB NOT NULL,
    UNIQUE (digest, embedder)
) STRICT;

CREATE VIRTUAL TABLE passages USING fts5(
    text, context, names,
    content='',
    tokenize="porter unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"
);
INSERT INTO passages(passages, rank) VALUES ('secure-delete', 1);
CREATE VIRTUAL TABLE passage_terms USING fts5vocab(passages, row);
"""

MIGRATIONS = (_FIRST,)
