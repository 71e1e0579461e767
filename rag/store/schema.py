"""The library's tables. Numbered and append only: a migration that was released never changes."""

from __future__ import annotations

APPLICATION_ID = 0x53747564  # "Stud"

# roots.identity is the inode number: an empty folder with another one is the mount point of a
# missing drive. contents holds each text once, however many files have it; names are those of the
# files and their folders in the full-text index, NULL until they are listed. chunks.digest is the
# hash of the embedded text: a chunk that stays the same in an edited file is not embedded again.
# passages is the full-text index of the chunks, without their text (content=''). Unspaced scripts
# are cut before they are indexed (rag.text.words), hence no triggers.
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

# files.hash is set while images of a file wait to be recognised: it has no text yet. files.parent
# is the file that contains a part, such as an attachment; parts lists the parts of a text, so that
# a copy of the file has them, too. contents.scanned are pages still to be recognised; recognised
# keeps the text recognised so far. queue holds the paths whose indexing has not finished.
_SECOND = """
ALTER TABLE files ADD COLUMN parent TEXT;
ALTER TABLE files ADD COLUMN hash TEXT;
CREATE INDEX files_parent ON files(parent) WHERE parent IS NOT NULL;
ALTER TABLE contents ADD COLUMN scanned BLOB NOT NULL DEFAULT x'90';

CREATE TABLE parts (
    content_id INTEGER NOT NULL REFERENCES contents(id),
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    part_id INTEGER REFERENCES contents(id),
    reason TEXT,
    detail TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (content_id, name),
    CHECK ((part_id IS NULL) = (reason IS NOT NULL))
) STRICT;
CREATE INDEX parts_part ON parts(part_id);

CREATE TABLE recognised (
    hash TEXT NOT NULL,
    page INTEGER NOT NULL,
    lines BLOB NOT NULL,
    PRIMARY KEY (hash, page)
) STRICT, WITHOUT ROWID;

CREATE TABLE queue (
    path TEXT PRIMARY KEY,
    asked_at REAL NOT NULL
) STRICT;
"""

# embedders are the one that searches use and the one that the library moves to
# (rag.indexing.embedder_change); model is the person's choice. Empty until another model than the
# default is chosen.
_THIRD = """
CREATE TABLE embedders (
    id TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    in_use INTEGER NOT NULL
) STRICT;
"""

# dates are those in a chunk (rag.text.dates, as numbers), or with row 0 those in the names of a
# text's files. They are not in the full-text index: there they would lengthen the chunks and change
# the scores of other searches. undated are texts stored before this table: the next run lists their
# dates.
_FOURTH = """
CREATE TABLE dates (
    content_id INTEGER NOT NULL REFERENCES contents(id) ON DELETE CASCADE,
    row INTEGER NOT NULL,
    date INTEGER NOT NULL,
    PRIMARY KEY (content_id, row, date)
) STRICT, WITHOUT ROWID;
CREATE INDEX dates_date ON dates(date);

CREATE TABLE undated (
    content_id INTEGER PRIMARY KEY REFERENCES contents(id) ON DELETE CASCADE
) STRICT;
INSERT INTO undated SELECT id FROM contents;
"""

# files.recipe is the recipe by which a file was last read, or tried without success. It is NULL
# for what an earlier version stored: the next run tries again the files that failed there.
_FIFTH = """
ALTER TABLE files ADD COLUMN recipe TEXT;
"""

# Quarters of a year are listed among the dates since (rag.text.quarters): all texts once more.
_SIXTH = """
INSERT OR IGNORE INTO undated SELECT id FROM contents;
"""

MIGRATIONS = (_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH, _SIXTH)
