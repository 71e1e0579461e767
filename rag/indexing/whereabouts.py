"""Finds out where the words of a passage are now: in a file in some folders, or in none of them.

A path says little: files are moved, copied, linked, changed and removed. So the words are looked
for, in all texts that the library holds of files in the folders.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.indexing.discover import discover
from rag.indexing.folders import Folders
from rag.indexing.sources import Place, Source
from rag.parse.part_paths import file_of
from rag.store.database import all_rows
from rag.store.files import SourceFile
from rag.store.store import Store
from rag.text.path_forms import is_under, range_below
from rag.text.wording import RUN, SHORTEST, Wording, letters


@dataclass(frozen=True, slots=True)
class _Within:
    """The texts of the files in some folders, as long as nothing changes.

    Attributes:
        writes: of the library, until then.
        folders: their names.
        contents: rows of the texts.
        wording: of all of them.
    """

    writes: int
    folders: tuple[str, ...]
    contents: frozenset[int]
    wording: Wording


class Whereabouts:
    """Looks for the words of passages. Safe for several threads.

    The first look into a folder reads all texts in it, some two megabytes a second; what is known
    of them then takes about as much memory as they do.

    Args:
        store: the library.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._wordings: dict[tuple[int, str], Wording] = {}
        self._within = _Within(-1, (), frozenset(), Wording.of_all(()))
        self._short: dict[str, bool] = {}  # texts that were looked for in all others

    def of(self, sources: Sequence[Source], folders: Sequence[str]) -> tuple[Place, ...]:
        """Where the words of each source are, as seen from the folders.

        Args:
            sources: passages and files, as they were when they were read.
            folders: absolute paths; files count too.

        Raises:
            StoreError: the library cannot be read.
        """
        around = Folders(folders)
        with self._lock:
            within = self._look_into(around)
            places = tuple(self._place(source, around, within) for source in sources)
            if Place.OUTSIDE not in places or not any(map(self._is_unread, around.given)):
                return places
        # What is not read yet may hold any of these words.
        return tuple(Place.UNKNOWN if p is Place.OUTSIDE else p for p in places)

    def _place(self, source: Source, around: Folders, within: _Within) -> Place:
        if around.hold(source.path):
            return Place.WITHIN
        content, text = self._held(source)
        if content is None and not source.passage and self._store.is_current(source.path):
            return Place.OUTSIDE  # it could not be read
        if content in within.contents or (text and self._is_within(text, within)):
            return Place.WITHIN
        if content is None or not self._is_outside(source.path, content, around):
            return Place.UNKNOWN
        return Place.OUTSIDE

    def _held(self, source: Source) -> tuple[int | None, str]:
        """The text of the library that has the words of a source; None if none; and the words."""
        by_passage = "SELECT content_id, text FROM chunks WHERE id = ?"
        by_path = """
            SELECT f.content_id, c.text FROM files f JOIN contents c ON c.id = f.content_id
            WHERE f.path = ?"""
        with self._store.database.read() as db:
            for content, text in all_rows(db.execute(by_passage, (source.passage,))):
                return content, text
            found = all_rows(db.execute(by_path, (source.path,)))
        for content, text in found:
            if not source.passage:
                return content, text
            if source.text and (source.text in text or letters(source.text) in letters(text)):
                return content, source.text
        return None, source.text

    def _is_within(self, text: str, within: _Within) -> bool:
        if within.wording.shares(text):
            return True
        words = letters(text)
        if not SHORTEST <= len(words) < RUN:
            return False
        if words not in self._short:
            texts = self._texts(within.contents)
            self._short[words] = any(words in letters(whole) for whole in texts)
        return self._short[words]

    def _texts(self, contents: Iterable[int]) -> Iterable[str]:
        for content in contents:
            with self._store.database.read() as db:
                rows = all_rows(db.execute("SELECT text FROM contents WHERE id = ?", (content,)))
            yield from (text for (text,) in rows)

    def _is_outside(self, path: str, content: int, around: Folders) -> bool:
        """Whether one of the files with a text is on the disk as it was indexed, and outside."""
        sql = "SELECT path FROM files WHERE content_id = ? ORDER BY path != ?, path"
        with self._store.database.read() as db:
            paths = [path for (path,) in db.execute(sql, (content, path))]
        return any(not around.hold(path) and self._store.is_current(path) for path in paths)

    def _look_into(self, around: Folders) -> _Within:
        """The texts of all files in the folders; those that are new are read."""
        writes = self._store.database.writes
        if (self._within.writes, self._within.folders) == (writes, around.names):
            return self._within
        now = set(self._contents_in(around))
        if now == self._wordings.keys():
            self._within = replace(self._within, writes=writes, folders=around.names)
            return self._within
        self._short.clear()
        self._wordings = {key: known for key, known in self._wordings.items() if key in now}
        for key in now - self._wordings.keys():
            self._wordings[key] = Wording.of("\n\n".join(self._texts([key[0]])))
        contents = frozenset(content for content, _ in now)
        wording = Wording.of_all(self._wordings.values())
        self._within = _Within(writes, around.names, contents, wording)
        return self._within

    def _is_unread(self, folder: str) -> bool:
        """Whether there is something to read in a folder of which the library knows nothing yet."""
        known = "SELECT 1 FROM files WHERE path = ?1 OR (path >= ?2 AND path < ?3) LIMIT 1"
        with self._store.database.read() as db:
            if all_rows(db.execute(known, (folder, *range_below(folder)))):
                return False
        if not any(is_under(folder, root) for root in self._store.roots()):
            return False  # nor will it
        return any(isinstance(found, SourceFile) for found in discover([Path(folder)]))

    def _contents_in(self, around: Folders) -> Iterable[tuple[int, str]]:
        """Row and hash, with its recipe, of each text that a file in the folders has."""
        if not around.names:
            return
        sql = """
            SELECT f.path, c.id, c.hash || ' ' || c.recipe
            FROM files f JOIN contents c ON c.id = f.content_id"""
        with self._store.database.read() as db:
            rows = all_rows(db.execute(sql))
        known: dict[str, bool] = {}
        for path, content, made in rows:
            file = file_of(path)
            folder = os.path.dirname(file)  # noqa: PTH120  # a Path for each is slow
            inside = known.get(folder)
            if inside is None:
                inside = known[folder] = around.hold(folder)
            if inside or file in around.names:
                yield content, made
