"""Brings the library up to date with the files on disk."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.changes import Changes, compare, inode, is_under
from rag.chunk import Chunker
from rag.discover import discover
from rag.ports import DocumentParser, Embedder, VectorIndex
from rag.progress import Meter
from rag.reading import FileReader, ReadFile, reading_ahead
from rag.store import Store
from rag.types import FailedFile, IndexProgress, IndexReport, SourceFile
from rag.writing import Group, Writer

OnProgress = Callable[[IndexProgress], None]
Checkpoint = Callable[[], None]


class Indexer:
    """Reads, cuts, embeds and stores. One run at a time.

    Args:
        store: the library.
        index: the vectors of its passages.
        embedder: makes the vectors.
        parser: reads the untrusted files.
        chunker: cuts the texts, by the embedder's tokens.
    """

    def __init__(
        self,
        store: Store,
        index: VectorIndex,
        embedder: Embedder,
        parser: DocumentParser,
        chunker: Chunker,
    ) -> None:
        self._store = store
        self._writer = Writer(store, index, embedder, chunker.recipe)
        self._parser = parser
        self._chunker = chunker

    def run(
        self,
        paths: Sequence[Path],
        on_progress: OnProgress = lambda _: None,
        checkpoint: Checkpoint = lambda: None,
    ) -> IndexReport:
        """Adds files and folders, or looks at them again.

        Files that look as they did are not opened; those whose text is in the library already
        are not parsed; passages whose words are in the library already are not embedded. A path
        that cannot be reached is reported, and what the library holds of it is kept.

        Args:
            paths: files and folders.
            on_progress: is told how far the run is, on this thread.
            checkpoint: called often, from two threads; blocks while paused, raises to end the run.

        Returns:
            What was done; `cancelled` when `checkpoint` raised, all finished files being kept.

        Raises:
            StoreFull: the disk is full; everything stored so far is kept.
            StoreError: the store cannot be used.
            IndexUnusable: the vector index cannot be written; it is mended when next opened.
        """
        reader = FileReader(self._store, self._parser, self._chunker)
        run = _Run(self._store, self._writer, reader, on_progress, checkpoint)
        return run.run(_absolute(paths), self._chunker.recipe)

    def remove(self, paths: Sequence[Path]) -> IndexReport:
        """Takes files and folders out of the library; the files themselves are untouched.

        Raises:
            StoreError: the store cannot be written.
            IndexUnusable: the vector index cannot be written; it is mended when next opened.
        """
        started = time.monotonic()
        leaving = _absolute(paths)

        def leaves(path: str) -> bool:
            return any(is_under(path, other) for other in leaving)

        gone = [file.path for file in self._store.known_files() if leaves(file.path)]
        with self._store.together():
            self._store.remove_roots(root for root in self._store.roots() if leaves(root))
            self._store.remove_files(gone)
        self._writer.finish()
        return IndexReport(
            removed=len(gone),
            chunks=self._store.chunk_count(),
            seconds=time.monotonic() - started,
        )


class _Stopped(Exception):
    """The person stopped the run."""


class _Run:
    """One run: what it has counted so far, and who is told."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        reader: FileReader,
        on_progress: OnProgress,
        checkpoint: Checkpoint,
    ) -> None:
        self._store = store
        self._writer = writer
        self._reader = reader
        self._ask = checkpoint
        self._meter = Meter(on_progress)
        self._before: dict[str, str] = {}
        self._added = self._updated = self._unchanged = self._removed = 0
        self._failed: list[FailedFile] = []

    def run(self, roots: Sequence[str], recipe: str) -> IndexReport:
        started = time.monotonic()
        cancelled = False
        try:
            self._work(roots, recipe)
        except _Stopped:
            cancelled = True
        self._meter.show(stage="finishing")
        self._writer.finish(complete=not cancelled)
        return IndexReport(
            added=self._added,
            updated=self._updated,
            unchanged=self._unchanged,
            removed=self._removed,
            failed=tuple(self._failed),
            chunks=self._store.chunk_count(),
            seconds=time.monotonic() - started,
            cancelled=cancelled,
        )

    def _work(self, roots: Sequence[str], recipe: str) -> None:
        self._meter.show(stage="finding")
        found = self._find(roots)
        self._before = {
            file.path: file.content_hash
            for file in self._store.known_files()
            if file.content_hash is not None
        }
        changes = compare(roots, found, self._store, recipe)
        self._take_note(roots, changes)
        self._writer.embed_stored(self._step)
        self._read(changes.to_read)
        # Last, so that a file that was moved finds its text still there.
        self._store.remove_files(changes.gone)
        self._removed = len(changes.gone)

    def _find(self, roots: Sequence[str]) -> list[SourceFile | FailedFile]:
        found: list[SourceFile | FailedFile] = []
        for item in discover([Path(root) for root in roots]):
            self._checkpoint()
            found.append(item)
        return found

    def _take_note(self, roots: Sequence[str], changes: Changes) -> None:
        """Stores and counts what is known before any file is read."""
        out_of_reach = {failed.path for failed in changes.failed}
        with self._store.together():
            for root in roots:
                if root not in out_of_reach:
                    self._save_root(root)
            for failed in changes.listed:
                self._store.save_failure(SourceFile(failed.path, 0, 0), failed)
        self._unchanged = changes.unchanged
        self._failed += changes.failed
        self._meter.begin(
            changes.to_read, done=changes.unchanged + len(self._failed), failed=len(self._failed)
        )

    def _save_root(self, root: str) -> None:
        """Remembers the outermost folders: what lies in one of them is no root of its own."""
        known = self._store.roots()
        if not any(root != other and is_under(root, other) for other in known):
            self._store.remove_roots(other for other in known if is_under(other, root))
            self._store.save_root(root, inode(root))

    def _read(self, files: Sequence[SourceFile]) -> None:
        group = Group()
        with reading_ahead(self._reader, files, self._checkpoint) as results:
            for item in results:
                self._meter.show(current=item.file.path, stage="reading")
                group.add(item)
                if group.full:
                    self._write(group)
                    group = Group()
            self._write(group)

    def _write(self, group: Group) -> None:
        self._checkpoint()
        self._writer.write(group, self._step)
        for unread in group.failures:
            self._failed.append(unread.failure)
            self._meter.finished(unread.file, failed=True)
        for read in group.files:
            self._count(read)
            self._meter.finished(read.file)

    def _count(self, read: ReadFile) -> None:
        before = self._before.get(read.file.path)
        if before is None:
            self._added += 1
        elif before == read.content_hash and read.document is None:
            self._unchanged += 1  # its date changed, its text did not
        else:
            self._updated += 1

    def _step(self, embedded: int) -> None:
        if embedded:
            self._meter.embedded(embedded)
        self._checkpoint()

    def _checkpoint(self) -> None:
        try:
            self._ask()
        except Exception as error:
            raise _Stopped from error


def _absolute(paths: Sequence[Path]) -> list[str]:
    """Absolute paths without repetitions; links are kept as they are, as `discover` keeps them."""
    return list(dict.fromkeys(os.path.abspath(path) for path in paths))  # noqa: PTH100
