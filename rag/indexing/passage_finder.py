"""Finds where the words of a passage are now: in a file in some folders, or in none of them.

A path is not enough: files are moved, copied, linked, changed and removed. So the words are
searched in all texts that the library holds of files in the folders.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.indexing.cited_passages import CitedPassage, PassagePlace
from rag.indexing.discover import discover
from rag.indexing.folders import Folders
from rag.parse.part_paths import file_of
from rag.store.database import all_rows
from rag.store.files import SourceFile
from rag.store.store import Store
from rag.text.path_forms import is_under, range_below
from rag.text.shared_wording import RUN, SHORTEST, Wording, letters


@dataclass(frozen=True, slots=True)
class _Within:
    """The texts of the files in some folders, valid until the library changes.

    Attributes:
        writes: the library's write count at that time.
        folders: their names.
        contents: rows of the texts.
        wording: of all of them.
    """

    writes: int
    folders: tuple[str, ...]
    contents: frozenset[int]
    wording: Wording


class PassageFinder:
    """Finds the words of passages. Safe for several threads.

    The first search in a folder reads all texts in it, some two megabytes a second; the
    fingerprints kept of them take about as much memory as the texts.

    Args:
        store: the library.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._wordings: dict[tuple[int, str], Wording] = {}
        self._within = _Within(-1, (), frozenset(), Wording.of_all(()))
        self._short_texts: dict[str, bool] = {}  # short texts, and whether they occur in any text

    def of(
        self, sources: Sequence[CitedPassage], folders: Sequence[str]
    ) -> tuple[PassagePlace, ...]:
        """Returns the place of each passage's words, as seen from the folders.

        Args:
            sources: passages and files, as they were when they were read.
            folders: absolute paths; files count too.

        Raises:
            StoreError: the library cannot be read.
        """
        around = Folders(folders)
        with self._lock:
            within = self._scan(around)
            places = tuple(self._place(source, around, within) for source in sources)
            if PassagePlace.OUTSIDE not in places or not any(map(self._is_unread, around.given)):
                return places
        # A folder that is not read yet may hold any of these words.
        return tuple(PassagePlace.UNKNOWN if p is PassagePlace.OUTSIDE else p for p in places)

    def _place(self, source: CitedPassage, around: Folders, within: _Within) -> PassagePlace:
        if around.hold(source.path):
            return PassagePlace.WITHIN
        content, text = self._stored_passage(source)
        if content is None and not source.passage and self._store.is_current(source.path):
            return PassagePlace.OUTSIDE  # it could not be read
        if content in within.contents or (text and self._is_within(text, within)):
            return PassagePlace.WITHIN
        if content is None or not self._is_outside(source.path, content, around):
            return PassagePlace.UNKNOWN
        return PassagePlace.OUTSIDE

    def _stored_passage(self, source: CitedPassage) -> tuple[int | None, str]:
        """Returns the row of the text that contains a passage, or None, and the passage's words."""
        by_passage = "SELECT content_id, text FROM chunks WHERE id = ?"
        by_path = """
            SELECT f.content_id, c.text FROM files f JOIN contents c ON c.id = f.content_id
            WHERE f.path = ?"""
        with self._store.database.read() as db:
            for content, text in all_rows(db.execute(by_passage, (source.passage,))):
                return content, text
            rows = all_rows(db.execute(by_path, (source.path,)))
        for content, text in rows:
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
        if words not in self._short_texts:
            texts = self._texts(within.contents)
            self._short_texts[words] = any(words in letters(whole) for whole in texts)
        return self._short_texts[words]

    def _texts(self, contents: Iterable[int]) -> Iterable[str]:
        for content in contents:
            with self._store.database.read() as db:
                rows = all_rows(db.execute("SELECT text FROM contents WHERE id = ?", (content,)))
            yield from (text for (text,) in rows)

    def _is_outside(self, path: str, content: int, around: Folders) -> bool:
        """Tells whether a file with the text is on the disk as it was indexed, and outside."""
        sql = "SELECT path FROM files WHERE content_id = ? ORDER BY path != ?, path"
        with self._store.database.read() as db:
            paths = [path for (path,) in db.execute(sql, (content, path))]
        return any(not around.hold(path) and self._store.is_current(path) for path in paths)

    def _scan(self, around: Folders) -> _Within:
        """Returns the texts of all files in the folders; reads the new ones."""
        writes = self._store.database.writes
        if (self._within.writes, self._within.folders) == (writes, around.names):
            return self._within
        now = set(self._contents_in(around))
        if now == self._wordings.keys():
            self._within = replace(self._within, writes=writes, folders=around.names)
            return self._within
        self._short_texts.clear()
        self._wordings = {key: wording for key, wording in self._wordings.items() if key in now}
        for key in now - self._wordings.keys():
            self._wordings[key] = Wording.of("\n\n".join(self._texts([key[0]])))
        contents = frozenset(content for content, _ in now)
        wording = Wording.of_all(self._wordings.values())
        self._within = _Within(writes, around.names, contents, wording)
        return self._within

    def _is_unread(self, folder: str) -> bool:
        """Tells whether a folder has files to read although the library holds none of it."""
        sql = "SELECT 1 FROM files WHERE path = ?1 OR (path >= ?2 AND path < ?3) LIMIT 1"
        with self._store.database.read() as db:
            if all_rows(db.execute(sql, (folder, *range_below(folder)))):
                return False
        if not any(is_under(folder, root) for root in self._store.roots()):
            return False  # the folder is not in the library
        return any(isinstance(file, SourceFile) for file in discover([Path(folder)]))

    def _contents_in(self, around: Folders) -> Iterable[tuple[int, str]]:
        """Yields row and hash, with its recipe, of each text of a file in the folders."""
        if not around.names:
            return
        sql = """
            SELECT f.path, c.id, c.hash || ' ' || c.recipe
            FROM files f JOIN contents c ON c.id = f.content_id"""
        with self._store.database.read() as db:
            rows = all_rows(db.execute(sql))
        inside_by_folder: dict[str, bool] = {}
        for path, content, hash_and_recipe in rows:
            file = file_of(path)
            folder = os.path.dirname(file)  # noqa: PTH120  # a Path for each is slow
            inside = inside_by_folder.get(folder)
            if inside is None:
                inside = inside_by_folder[folder] = around.hold(folder)
            if inside or file in around.names:
                yield content, hash_and_recipe
