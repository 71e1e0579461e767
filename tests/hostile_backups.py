"""Backups that somebody made to do harm: two hundred of them, always the same ones.

Each is a true backup of a small library to which a few tricks were done: to its settings, to the
schema of a database, to its rows, or to the zip file. Every trick comes alone first; the rest are
combinations.
"""

from __future__ import annotations

import json
import random
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw
import numpy as np

from app.chats.store import ChatStore
from app.events import Answer, Timings
from app.settings.fields import CloudProvider, Collection, Settings
from rag.chunking.chunk import Chunk, chunk_id
from rag.formats import DocumentKind
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.parse.failures import FailureReason
from rag.store.cut_texts import CutPart, CutText
from rag.store.files import FailedFile, SourceFile
from rag.store.queue import enqueue
from rag.store.store import Store
from rag.types import Citation, Hit, Locator
from tests.escalations import outside_reply

COUNT = 200
REFUSED_SETTINGS = frozenset(
    (
        *("settings of a later version", "a version that is no number", "no version"),
        *("settings that are no JSON", "settings that are a list", "settings nested deep"),
        *("settings in Latin-1", "a value out of range", "an address that is none"),
    )
)
TAKEN_SCHEMAS = frozenset(("write-ahead mode",))
REFUSED_ROWS = frozenset(("a turn of no chat", "a number in the place of text"))
"""What is refused, or taken, other than the rest of its kind when it comes alone."""
EMBEDDER = "hash-64"
SECRET = "sesame"
"""A word of a document: it must be gone once the document is removed."""
HEALTH, TAX = "/home/me/health", "/home/me/tax"
HERE = Settings(
    proxy="http://proxy.example:3128",
    own_words=("Anna Example", "Project Heron"),
    left_out=("drafts/", "*.key"),
    collections=(
        Collection(name="Health", folders=(HEALTH, TAX), local_only=True),
        Collection(name="Work", folders=("/home/me/work",)),
    ),
)
"""The settings of the person who restores the backup."""
BAD_HOST = "collector.example"
_PROVIDER = CloudProvider(name="Team", base_url=f"https://{BAD_HOST}/v1", model="big")


@dataclass
class Backup:
    """A backup in the making.

    Attributes:
        folder: where its databases lie.
        settings: the fields of its settings; or the bytes of the file, or None for no file.
        entries: files that are added to the zip file, after those of a backup.
        compression: how files are packed.
        left_out: files of a backup that it lacks.
        mangle: what is done to the bytes of the zip file.
    """

    folder: Path
    settings: dict[str, Any] | bytes | None
    entries: list[tuple[zipfile.ZipInfo, bytes]] = field(default_factory=list)
    compression: int = zipfile.ZIP_DEFLATED
    left_out: set[str] = field(default_factory=set)
    mangle: list[Callable[[bytes], bytes]] = field(default_factory=list)

    @property
    def library(self) -> Path:
        return self.folder / "library.sqlite"

    @property
    def chats(self) -> Path:
        return self.folder / "chats.sqlite"


Trick = Callable[[Backup], None]


def true_parts(folder: Path) -> None:
    """A small library and chats, as a backup holds them."""
    with Store(folder / "library.sqlite") as store:
        store.save_root("/home/me/papers", 7)
        for number, name in enumerate(("lease.txt", "letter.txt", "mail.eml")):
            parts = (_part(number),) if name == "mail.eml" else ()
            store.save_document(
                SourceFile(f"/home/me/papers/{name}", 100, 5), "chunk-1-256", _text(number, parts)
            )
        store.save_failure(
            SourceFile("/home/me/papers/odd.pdf", 3, 5),
            FailedFile("/home/me/papers/odd.pdf", FailureReason.BROKEN, "It is damaged."),
        )
        chunks = store.unembedded(EMBEDDER, 100)
        vectors = np.eye(64, dtype=np.float32)[: len(chunks)]
        with store.database.read() as db:
            digests = [row[0] for row in db.execute("SELECT digest FROM chunks")]
        store.save_vectors(digests, vectors[: len(digests)], EMBEDDER)
        enqueue(store.database, ["/home/me/papers/new.txt"])
    chats = ChatStore(folder / "chats.sqlite")
    for number in range(3):
        chat = chats.create(f"Chat {number}")
        turn = chats.add_turn(chat.id, "How long is the notice period?", _answer())
        chats.add_reply(turn.id, outside_reply())
    chats.close()
    for name in ("library.sqlite", "chats.sqlite"):
        connection = apsw.Connection(str(folder / name))
        connection.pragma("journal_mode", "delete")
        connection.close()


def backups(base: Path, work: Path, seed: int = 1) -> Iterator[tuple[str, Path]]:
    """Names and files of the backups; each file is overwritten by the next.

    Args:
        base: the folder with `true_parts`.
        work: an empty folder.
        seed: of the combinations.
    """
    chance = random.Random(seed)
    every = [(name, trick) for group in TRICKS for name, trick in group.items()]
    for number in range(COUNT):
        if number < len(every):
            chosen = [every[number]]
        else:
            groups = chance.choice(_MIXTURES)
            chosen = [chance.choice(sorted(group.items())) for group in groups]
            # A trick that a zip file does not survive would hide the others.
            chosen.sort(key=lambda pair: pair[0] in ZIP)
        yield (
            "; ".join(name for name, _ in chosen),
            make(base, work, [t for _, t in chosen], chance),
        )


def make(base: Path, work: Path, tricks: list[Trick], chance: random.Random | None = None) -> Path:
    """A backup of the parts in `base` to which tricks were done."""
    for name in ("library.sqlite", "chats.sqlite"):
        for ending in ("-wal", "-shm", "-journal"):
            (work / f"{name}{ending}").unlink(missing_ok=True)
        (work / name).write_bytes((base / name).read_bytes())
    backup = Backup(work, json.loads(HERE.model_dump_json()))
    for trick in tricks:
        try:
            trick(backup)
        except apsw.Error:
            if len(tricks) == 1:
                raise  # else another trick left nothing to do it to
    return _pack(backup, work / "backup.zip")


def _pack(backup: Backup, target: Path) -> Path:
    files: dict[str, bytes] = {"studiolo.json": b'{"studiolo": "0.1.0", "made_at": 1}'}
    files |= {path.name: path.read_bytes() for path in (backup.library, backup.chats)}
    if isinstance(backup.settings, bytes):
        files["settings.json"] = backup.settings
    elif backup.settings is not None:
        files["settings.json"] = json.dumps(backup.settings).encode()
    with zipfile.ZipFile(target, "w", backup.compression, compresslevel=1) as archive:
        for name, data in files.items():
            if name not in backup.left_out:
                archive.writestr(name, data)
        for info, data in backup.entries:
            archive.writestr(info, data)
    data = target.read_bytes()
    for mangle in backup.mangle:
        data = mangle(data)
    target.write_bytes(data)
    return target


def _text(number: int, parts: tuple[CutPart, ...] = ()) -> CutText:
    content_hash = f"{number + 1:064x}"
    texts = [f"The {SECRET} number {number} is {n}, due on 12 March 2024." for n in range(3)]
    text = "\n\n".join(texts)
    chunks = []
    at = 0
    for position, words in enumerate(texts):
        place = Locator(at, at + len(words), headings=("Notice",))
        key = chunk_id(content_hash, "chunk-1-256", position)
        chunks.append(Chunk(key, content_hash, position, place, words, f"Paper {number}"))
        at += len(words) + 2
    blocks = tuple(Block(BlockKind.PARAGRAPH, chunk.locator) for chunk in chunks)
    document = ParsedDocument(DocumentKind.TEXT, f"Paper {number}", text, blocks)
    return CutText(content_hash, document, tuple(chunks), parts)


def _part(number: int) -> CutPart:
    return CutPart("lease.pdf", 10, _text(number + 10))


def _answer(path: str = "/home/me/papers/lease.txt", **changes: Any) -> Answer:
    place = Locator(0, 10, page=1)
    cited = Citation(1, path, "Lease", DocumentKind.TEXT, place, "sesame", "c" * 32)
    near = Hit(1, "c" * 32, path, "Lease", DocumentKind.TEXT, place, "sesame", "", 0.5)
    values: dict[str, Any] = {"text": "Three months. [1]", "citations": (cited,)}
    values |= {"abstained": False, "nearest": (near,), "model": "m", "timings": Timings()}
    return Answer(**{**values, **changes})


# Settings.


def _set(**values: Any) -> Trick:
    def trick(backup: Backup) -> None:
        if isinstance(backup.settings, dict):
            backup.settings |= values

    return trick


def _file(data: bytes | None) -> Trick:
    def trick(backup: Backup) -> None:
        backup.settings = data

    return trick


_OTHER = [{"name": "Work", "folders": ["/home/me/work"], "local_only": False}]
_ON: dict[str, Any] = {
    "cloud_enabled": True,
    "cloud_providers": [_PROVIDER.model_dump(mode="json")],
    "proxy": f"http://{BAD_HOST}:3128",
    "ca_file": "/tmp/evil.pem",
    "keep_payloads": True,
    "collections": [],
    "own_words": [],
    "left_out": [],
    "hidden_files": True,
}
SETTINGS: dict[str, Trick] = {
    "cloud on": _set(cloud_enabled=True),
    "a provider": _set(cloud_providers=_ON["cloud_providers"]),
    "cloud on with a provider": _set(cloud_enabled=True, cloud_providers=_ON["cloud_providers"]),
    "a proxy": _set(proxy=_ON["proxy"]),
    "no proxy": _set(proxy=""),
    "certificates": _set(ca_file="/tmp/evil.pem"),
    "payloads kept": _set(keep_payloads=True),
    "no collections": _set(collections=[]),
    "a mark taken off": _set(
        collections=[{"name": "Health", "folders": [HEALTH, TAX], "local_only": False}]
    ),
    "a folder fewer": _set(
        collections=[{"name": "Health", "folders": [HEALTH], "local_only": True}]
    ),
    "a name twice": _set(
        collections=[
            {"name": "Health", "folders": ["/x"], "local_only": False},
            {"name": "Health", "folders": ["/y"], "local_only": True},
        ]
    ),
    "a folder that only looks the same": _set(
        collections=[
            {"name": "Health", "folders": [HEALTH + "/..", TAX + "\0"], "local_only": True}
        ]
    ),
    "a collection elsewhere": _set(
        collections=[
            {"name": "Health", "folders": [HEALTH, TAX, rf"\\{BAD_HOST}\share"], "local_only": True}
        ]
    ),
    "no words": _set(own_words=[]),
    "another word": _set(own_words=["Anna"]),
    "hidden files": _set(hidden_files=True),
    "nothing left out": _set(left_out=[]),
    "a pattern that takes in again": _set(left_out=["drafts/", "*.key", "!*.key"]),
    "patterns in another order": _set(left_out=["!*.key", "*.key", "drafts/", "!drafts/"]),
    "all of it": _set(**_ON),
    "settings of a later version": _set(version=99),
    "a version that is no number": _set(version="2"),
    "no version": _set(version=None),
    "settings that are no JSON": _file(b'{"version": 1, '),
    "settings that are a list": _file(b"[]"),
    "settings nested deep": _file(b"[" * 100_000 + b"]" * 100_000),
    "settings in Latin-1": _file('{"model": "é"}'.encode("latin-1")),
    "a value out of range": _set(passages=600),
    "an address that is none": _set(
        cloud_providers=[{"name": "x", "base_url": "http://x", "model": "m"}]
    ),
    "no settings": _file(None),
    "empty settings": _file(b"{}"),
    "cloud on in UTF-16": _file(json.dumps(_ON).encode("utf-16")),
}


# Schemas.


def _sql(of: str, script: str) -> Trick:
    def trick(backup: Backup) -> None:
        connection = apsw.Connection(str(getattr(backup, of)))
        try:
            connection.execute(script)
        finally:
            connection.close(True)

    return trick


def _rewritten(of: str, old: str, new: str, name: str) -> Trick:
    """Changes a definition as it stands in the file, which SQLite then believes."""
    return _sql(
        of,
        "PRAGMA writable_schema = on;"
        f"UPDATE sqlite_master SET sql = replace(sql, '{old}', '{new}') WHERE name = '{name}';",
    )


def _bytes(of: str, at: int, data: bytes) -> Trick:
    def trick(backup: Backup) -> None:
        path: Path = getattr(backup, of)
        whole = bytearray(path.read_bytes())
        whole[at : at + len(data)] = data
        path.write_bytes(whole)

    return trick


def _replaced(of: str, data: bytes) -> Trick:
    def trick(backup: Backup) -> None:
        getattr(backup, of).write_bytes(data)

    return trick


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _made_again(of: str, pragma: str) -> Trick:
    return _sql(of, f"{pragma}; VACUUM;")


_KEEP = (
    "CREATE TABLE kept (x); CREATE TRIGGER keep BEFORE DELETE ON contents "
    "BEGIN INSERT INTO kept VALUES (old.text); END;"
)
SCHEMAS: dict[str, Trick] = {
    "a trigger that keeps what is deleted": _sql("library", _KEEP),
    "a trigger that keeps it in recognised": _sql(
        "library",
        "CREATE TRIGGER keep BEFORE DELETE ON contents BEGIN "
        "INSERT INTO queue VALUES ('/' || hex(old.text), 1); END;",
    ),
    "a trigger that refuses": _sql(
        "chats",
        "CREATE TRIGGER no BEFORE DELETE ON chats BEGIN SELECT raise(ABORT, 'no'); END;",
    ),
    "a view for a table": _sql(
        "library", "DROP TABLE queue; CREATE VIEW queue AS SELECT '/x' AS path, 1.0 AS asked_at;"
    ),
    "a view that never ends": _sql(
        "library",
        "DROP TABLE queue; CREATE VIEW queue AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL "
        "SELECT i + 1 FROM n) SELECT '/' || i AS path, 1.0 AS asked_at FROM n;",
    ),
    "a table more": _sql("chats", "CREATE TABLE more (x);"),
    "statistics": _sql("library", "ANALYZE;"),
    "an index over an expression": _sql(
        "library", "CREATE INDEX odd ON files(length(path) / (size + 1));"
    ),
    "an index of part of a table": _sql(
        "chats", "CREATE UNIQUE INDEX odd ON turns(question) WHERE id > 9;"
    ),
    "an index less": _sql("library", "DROP INDEX chunks_digest;"),
    "a column more": _sql("chats", "ALTER TABLE chats ADD COLUMN more TEXT;"),
    "a generated column": _sql(
        "chats", "ALTER TABLE chats ADD COLUMN more TEXT AS (upper(title)) VIRTUAL;"
    ),
    "another check": _rewritten("library", "outcome = ''indexed''", "1 = 1", "files"),
    "a check that fails": _rewritten(
        "library", "path TEXT PRIMARY KEY", "path TEXT PRIMARY KEY CHECK (path < 0)", "queue"
    ),
    "another collation": _rewritten("library", "hash TEXT", "hash TEXT COLLATE NOCASE", "contents"),
    "no STRICT": _rewritten("chats", ") STRICT", ")", "chats"),
    "another default": _rewritten("chats", "DEFAULT ''''", "DEFAULT (random())", "turns"),
    "a definition that is none": _rewritten("library", "CREATE TABLE", "CREATE", "queue"),
    "a definition of bytes": _rewritten("library", "CREATE", "' || x'ff00fe' || '", "queue"),
    "another tokenizer": _rewritten("library", "porter", "trigram", "passages"),
    "one root for two tables": _sql(
        "library",
        "PRAGMA writable_schema = on; UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM "
        "sqlite_master WHERE name = 'roots') WHERE name = 'queue';",
    ),
    "a root beyond the end": _sql(
        "chats",
        "PRAGMA writable_schema = on; UPDATE sqlite_master SET rootpage = 99999 "
        "WHERE name = 'turns';",
    ),
    "no full-text index": _sql("library", "DROP TABLE passages;"),
    "words are not deleted": _sql(
        "library", "INSERT INTO passages(passages, rank) VALUES ('secure-delete', 0);"
    ),
    "another ranking": _sql(
        "library", "INSERT INTO passages(passages, rank) VALUES ('rank', 'bm25(9.0)');"
    ),
    "a library of a later version": _sql("library", "PRAGMA user_version = 99;"),
    "chats of a later version": _sql("chats", "PRAGMA user_version = 99;"),
    "a negative version": _sql("library", "PRAGMA user_version = -5;"),
    "an earlier version than it is": _sql("library", "PRAGMA user_version = 2;"),
    "version nought": _sql("chats", "PRAGMA user_version = 0;"),
    "another program's mark": _sql("library", "PRAGMA application_id = 1;"),
    "the other database's mark": _sql("chats", f"PRAGMA application_id = {0x53747564};"),
    "small pages": _made_again("chats", "PRAGMA page_size = 512"),
    "pages that move": _made_again("library", "PRAGMA auto_vacuum = 2"),
    "another encoding": _bytes("chats", 56, b"\0\0\0\2"),
    "write-ahead mode": _bytes("library", 18, b"\2\2"),
    "a format of the future": _bytes("library", 18, b"\7\7"),
    "a page that is nonsense": _bytes("library", 4096 * 3, b"\x7f" * 600),
    "a cell too large": _bytes("chats", 4096 + 5, b"\0\1"),
    "freed pages that go in a circle": _bytes("library", 32, b"\0\0\0\2\0\0\0\7"),
    "no database": _replaced("library", b"This is a letter and no database. " * 200),
    "an empty file": _replaced("chats", b""),
    "the chats for the library": lambda backup: _write(backup.library, backup.chats.read_bytes()),
    "half of a database": lambda backup: _write(backup.library, backup.library.read_bytes()[:9000]),
}


# Rows.


def _data(answer: Answer | bytes) -> Trick:
    import msgspec

    data = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
    return _sql("chats", f"UPDATE turns SET answer_data = x'{data.hex()}' WHERE id = 1;")


_NAN = struct.pack("<64f", *([float("nan")] * 64)).hex()
_BIG = struct.pack("<64f", *([1e30] * 64)).hex()
ROWS: dict[str, Trick] = {
    "an answer that is no JSON": _data(b"{"),
    "an answer nested deep": _data(b"[" * 50_000),
    "an answer of another shape": _data(b'{"text": 5}'),
    "an answer with another text": _data(_answer(text="Another.")),
    "a surrogate in an answer": _data(
        b'{"text":"\\ud800","citations":[],"abstained":false,"nearest":[],"model":"","timings":{}}'
    ),
    "a page without end": _data(
        _answer(
            citations=(
                Citation(1, "/a", "A", DocumentKind.PDF, Locator(0, 1, page=10**15), "a", "c" * 32),
            )
        )
    ),
    "a place before the beginning": _data(
        _answer(nearest=(Hit(1, "x", "/a", "", DocumentKind.PDF, Locator(-5, 1), "", "", 0.1),))
    ),
    "an answer from elsewhere": _data(_answer(rf"\\{BAD_HOST}\share\lease.pdf")),
    "an answer from a way up": _data(_answer("/home/me/public/../health/x.pdf")),
    "an answer from nowhere": _data(_answer("lease.pdf")),
    "a reply that is none": _sql("chats", "UPDATE replies SET reply_data = x'7b7d';"),
    "a reply at no time": _sql(
        "chats",
        "UPDATE replies SET reply_data = CAST(replace(CAST(reply_data AS TEXT), "
        "'\"sent_at\":1.0', '\"sent_at\":1e300') AS BLOB);",
    ),
    "a question that is no text": _sql(
        "chats", "UPDATE turns SET question = CAST(x'ff80' AS TEXT) WHERE id = 2;"
    ),
    "a title that is no text": _sql("chats", "UPDATE chats SET title = CAST(x'ff' AS TEXT);"),
    "a title without end": _sql("chats", "UPDATE chats SET title = hex(zeroblob(2000000));"),
    "a time without end": _sql("chats", "UPDATE chats SET updated_at = 9e999;"),
    "a turn before time": _sql("chats", "UPDATE turns SET created_at = -1e18;"),
    "a chat of a number that is too large": _sql(
        "chats",
        "PRAGMA foreign_keys = off; UPDATE chats SET id = 9223372036854775807 WHERE id = 3; "
        "UPDATE turns SET chat_id = 9223372036854775807 WHERE chat_id = 3;",
    ),
    "no number is left": _sql("chats", "UPDATE sqlite_sequence SET seq = 9223372036854775807;"),
    "a turn of no chat": _sql("chats", "UPDATE turns SET chat_id = 77;"),
    "a root elsewhere": _sql(
        "library", rf"INSERT INTO roots VALUES ('\\{BAD_HOST}\share', 1, 1.0);"
    ),
    "a file elsewhere": _sql(
        "library", f"UPDATE files SET path = '//{BAD_HOST}/share/x' WHERE path LIKE '%lease.txt';"
    ),
    "a waiting path elsewhere": _sql(
        "library", rf"INSERT INTO queue VALUES ('\\{BAD_HOST}\share\x', 1.0);"
    ),
    "a file by a way up": _sql(
        "library", "UPDATE files SET path = '/a/../b' WHERE path LIKE '%lease.txt';"
    ),
    "a path that is none": _sql(
        "library", "UPDATE files SET path = 'b' WHERE path LIKE '%lease.txt';"
    ),
    "a path with a zero": _sql(
        "library", "INSERT INTO roots VALUES (CAST(x'2f61002f62' AS TEXT), 1, 1.0);"
    ),
    "a path that is no text": _sql(
        "library", "INSERT INTO queue VALUES (CAST(x'2fff' AS TEXT), 1.0);"
    ),
    "files that hold each other": _sql(
        "library",
        "UPDATE files SET parent = '/home/me/papers/letter.txt' WHERE path LIKE '%lease.txt';"
        "UPDATE files SET parent = '/home/me/papers/lease.txt' WHERE path LIKE '%letter.txt';",
    ),
    "a text that holds itself": _sql(
        "library",
        "INSERT INTO parts SELECT id, 'again', 1, id, NULL, '' FROM contents;",
    ),
    "parts without end": _sql(
        "library",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
        "INSERT INTO parts SELECT a.id, 'p' || i || b.id, 1, b.id, NULL, '' "
        "FROM contents a JOIN contents b ON b.id = a.id + 1, n;",
    ),
    "a part by a way up": _sql("library", "UPDATE parts SET name = '../../x';"),
    "a kind that is none": _sql("library", "UPDATE contents SET kind = 'exe' WHERE id = 1;"),
    "a reason that is none": _sql(
        "library", "UPDATE files SET reason = 'because' WHERE reason IS NOT NULL;"
    ),
    "blocks that are none": _sql("library", "UPDATE contents SET blocks = x'ff' WHERE id = 2;"),
    "notes that are none": _sql("library", "UPDATE contents SET notes = x'05' WHERE id = 2;"),
    "pages that are none": _sql("library", "UPDATE contents SET scanned = x'91ff';"),
    "a text that is no text": _sql(
        "library", "UPDATE contents SET text = CAST(x'ff' AS TEXT) WHERE id = 1;"
    ),
    "names that are no text": _sql(
        "library", "UPDATE contents SET names = CAST(x'ff' AS TEXT) WHERE id = 1;"
    ),
    "names of other files": _sql("library", "UPDATE contents SET names = 'other';"),
    "headings that are none": _sql("library", "UPDATE chunks SET headings = x'ff' WHERE row = 1;"),
    "a passage beyond the end": _sql("library", "UPDATE chunks SET end_offset = 1 << 40;"),
    "a passage with other words": _sql(
        "library", "UPDATE chunks SET text = 'other' WHERE row = 2;"
    ),
    "a passage of an odd number": _sql("library", "UPDATE chunks SET position = 7 WHERE row = 3;"),
    "an id of an odd form": _sql("library", "UPDATE chunks SET id = '../x' WHERE row = 3;"),
    "a hash of an odd form": _sql("library", "UPDATE contents SET hash = '../x' WHERE id = 1;"),
    "vectors that are no numbers": _sql("library", f"UPDATE embeddings SET vector = x'{_NAN}';"),
    "vectors without end": _sql(
        "library", f"UPDATE embeddings SET vector = x'{_BIG}' WHERE id = 2;"
    ),
    "vectors of an odd size": _sql(
        "library", "UPDATE embeddings SET vector = x'0000803f00' WHERE id = 1;"
    ),
    "a vector that is short": _sql(
        "library", "UPDATE embeddings SET vector = x'0000803f' WHERE id = 1;"
    ),
    "an embedder that is no text": _sql(
        "library", "UPDATE embeddings SET embedder = CAST(x'ff' AS TEXT) WHERE id = 1;"
    ),
    "recognised nonsense": _sql("library", "INSERT INTO recognised VALUES ('x', -1, x'ff');"),
    "words of another text": _sql(
        "library", "INSERT INTO passages(rowid, text, context, names) VALUES (999, 'a', 'b', 'c');"
    ),
    "no words": _sql("library", "INSERT INTO passages(passages) VALUES ('delete-all');"),
    "full-text pages of nonsense": _sql("library", "UPDATE passages_data SET block = x'ff';"),
    "a number in the place of text": _sql(
        "library",
        "PRAGMA writable_schema = on; UPDATE sqlite_master SET sql = "
        "replace(sql, ') STRICT', ')') WHERE name = 'queue';",
    ),
}


# Zip files.


def _entry(name: str, data: bytes = b"x", mode: int = 0o600) -> Trick:
    def trick(backup: Backup) -> None:
        info = zipfile.ZipInfo(name)
        info.external_attr = (mode | (0 if stat.S_IFMT(mode) else stat.S_IFREG)) << 16
        backup.entries.append((info, data))

    return trick


def _mangled(change: Callable[[bytes], bytes]) -> Trick:
    return lambda backup: backup.mangle.append(change)


def _end(data: bytes, at: int, value: bytes) -> bytes:
    """Writes over a field of the end of a zip file, as it is without a comment."""
    start = data.rindex(b"PK\5\6") + at
    return data[:start] + value + data[start + len(value) :]


def _central(data: bytes, at: int, value: bytes, number: int = 1) -> bytes:
    start = -1
    for _ in range(number + 1):
        start = data.index(b"PK\1\2", start + 1)
    start += at
    return data[:start] + value + data[start + len(value) :]


def _wide_lie(data: bytes) -> bytes:
    """A second end, for large files, that says something else."""
    end = data.rindex(b"PK\5\6")
    wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1 << 40, 1 << 40, 1 << 40, 0)
    place = struct.pack("<4sLQL", b"PK\6\7", 0, end, 1)
    return data[:end] + wide + place + data[end:]


def _many(backup: Backup) -> None:
    backup.entries += [(zipfile.ZipInfo(f"n{number}"), b"") for number in range(3000)]


def _bomb(backup: Backup) -> None:
    backup.left_out.add("chats.sqlite")
    info = zipfile.ZipInfo("chats.sqlite")
    info.compress_type = zipfile.ZIP_DEFLATED
    backup.entries.append((info, bytes(80 << 20)))


def _linked(backup: Backup) -> None:
    backup.left_out.add("settings.json")
    _entry("settings.json", b"/etc/passwd", stat.S_IFLNK | 0o777)(backup)


def _packed_as(method: int) -> Trick:
    def trick(backup: Backup) -> None:
        backup.compression = method

    return trick


def _without(name: str) -> Trick:
    return lambda backup: backup.left_out.add(name)


def _renamed(old: bytes, new: bytes) -> Trick:
    return _mangled(lambda data: data.replace(old, new))


ZIP: dict[str, Trick] = {
    "a name that goes up": _entry("../evil.txt"),
    "a name from the root": _entry("/etc/evil.txt"),
    "a name of Windows": _entry("C:\\evil.txt"),
    "a file in a folder": _entry("a/b/c/library.sqlite"),
    "another file": _entry("readme.txt"),
    "a file of the data folder": _entry("studiolo.lock"),
    "a name in capitals": _entry("LIBRARY.SQLITE"),
    "a name twice in it": _renamed(b"settings.json", b"studiolo.json"),
    "a link": _entry("settings.lnk", b"/etc/passwd", stat.S_IFLNK | 0o777),
    "settings that are a link": _linked,
    "a folder": _entry("folder/", b"", stat.S_IFDIR | 0o700),
    "no mark": _without("studiolo.json"),
    "no library": _without("library.sqlite"),
    "no chats": _without("chats.sqlite"),
    "protected by a password": _mangled(lambda d: _central(d, 8, b"\1\0")),
    "packed by LZMA": _packed_as(zipfile.ZIP_LZMA),
    "packed by bzip2": _packed_as(zipfile.ZIP_BZIP2),
    "packed in no way": _mangled(lambda d: _central(d, 10, b"\x63\0")),
    "a bomb": _bomb,
    "a size that is a lie": _mangled(lambda d: _central(d, 24, b"\xf0\0\0\0")),
    "a size beyond all": _mangled(lambda d: _central(d, 24, b"\xfe\xff\xff\xff")),
    "another sum": _mangled(lambda d: _central(d, 16, b"\1\2\3\4")),
    "an offset beyond the end": _mangled(lambda d: _central(d, 42, b"\xff\xff\xff\x7f")),
    "many files": _many,
    "a directory that is a lie": _mangled(lambda d: _end(d, 12, b"\xff\xff\xff\x7f")),
    "a count that is a lie": _mangled(lambda d: _end(d, 10, b"\xff\xff")),
    "two ends": _mangled(_wide_lie),
    "a comment": _mangled(lambda d: _end(d, 20, b"\5\0") + b"hello"),
    "something before it": _mangled(lambda d: b"#!/bin/sh\n" + d),
    "something behind it": _mangled(lambda d: d + b"\0" * 100),
    "cut off": _mangled(lambda d: d[: len(d) // 2]),
    "empty": _mangled(lambda d: b""),
    "damaged inside": _mangled(lambda d: d[:400] + b"\xff" * 200 + d[600:]),
    "no zip file": _mangled(lambda d: b"This is a letter. " * 100),
}
TRICKS = (SETTINGS, SCHEMAS, ROWS, ZIP)
_MIXTURES = (
    *((SETTINGS, ROWS), (SETTINGS, ROWS, ROWS), (ROWS, ROWS), (ROWS, ROWS, ROWS)),
    *((SETTINGS, SCHEMAS), (SETTINGS, ROWS, ZIP), (SCHEMAS, ROWS, ZIP)),
)
