"""Brings the library up to date with the files on disk."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path

from rag.chunking.chunk import Chunker
from rag.indexing.changes import Changes, compare, inode
from rag.indexing.discover import discover
from rag.indexing.progress import Meter
from rag.indexing.read_ahead import FileReader, Reader, ReadFile, UnreadFile, reading_ahead
from rag.indexing.recognition import PictureReader, Scan
from rag.indexing.report import IndexProgress, IndexReport, LeftOut
from rag.indexing.resting import await_rest
from rag.indexing.rules import LEADS_OUT, Rules
from rag.indexing.writer import Group, Writer
from rag.parse.document_parser import DocumentParser
from rag.parse.failures import FailureReason
from rag.ports import Embedder, VectorIndex
from rag.store.files import FailedFile, SourceFile
from rag.store.indexing_queue import done, enqueue, pending
from rag.store.store import Store
from rag.text.path_forms import is_under

OnProgress = Callable[[IndexProgress], None]
Checkpoint = Callable[[], None]

_LISTED_LINKS = 500
_PATIENCE_SECONDS = 10.0  # of a run with files that are being written when all else is read


def remember(store: Store, paths: Sequence[Path]) -> None:
    """Queues paths to be indexed, before the embedder is there.

    Raises:
        StoreError: the store cannot be written.
    """
    enqueue(store.database, _absolute(paths))


def forget(store: Store, paths: Sequence[Path]) -> int:
    """Removes paths, and those in them, from the queue; returns their number.

    Raises:
        StoreError: the store cannot be written.
    """
    leaving = _absolute(paths)
    waiting = [
        path
        for path in pending(store.database)
        if any(is_under(path, folder) for folder in leaving)
    ]
    done(store.database, waiting)
    return len(waiting)


class Indexer:
    """Parses, chunks, embeds and stores. One run at a time.

    Args:
        store: the library.
        index: the vectors of its chunks.
        embedder: computes the vectors.
        parser: parses the untrusted files.
        chunker: splits the texts, by the embedder's tokens.
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
        *,
        rules: Rules | None = None,
        passwords: Mapping[str, str] | None = None,
    ) -> IndexReport:
        """Adds files and folders, or checks them for changes.

        The paths stay in the queue until the run ends: see `finished`.

        Unchanged files are not opened; files whose text is in the library already are not parsed;
        chunks whose words are in the library already are not embedded. A path that cannot be
        reached is reported, and its files stay in the library.

        Args:
            paths: files and folders.
            on_progress: called with the run's progress, on this thread.
            checkpoint: called often, from two threads; blocks while paused, raises to cancel.
            rules: patterns to leave out of folders, and whether text in images is recognised.
            passwords: of protected files, by absolute path; they are not stored.

        Returns:
            The result; `cancelled` when `checkpoint` raised, all finished files being kept.

        Raises:
            StoreFull: the disk is full; everything stored so far is kept.
            StoreError: the store cannot be used.
            IndexUnusable: the vector index cannot be written; it is repaired when next opened.
        """
        run = _IndexingRun(
            self._store,
            self._writer,
            self._parser,
            self._chunker,
            rules or Rules(),
            on_progress,
            checkpoint,
        )
        wanted = _absolute(paths)
        enqueue(self._store.database, wanted)
        report = run.run(wanted, passwords or {})
        if not report.cancelled:
            self.finished(paths)
        return report

    def finished(self, paths: Sequence[Path]) -> None:
        """Removes paths from the queue: the person cancelled the run."""
        done(self._store.database, _absolute(paths))

    def remove(self, paths: Sequence[Path]) -> IndexReport:
        """Removes files and folders from the library; the files themselves are untouched.

        Raises:
            StoreError: the store cannot be written.
            IndexUnusable: the vector index cannot be written; it is repaired when next opened.
        """
        started = time.monotonic()
        leaving = _absolute(paths)

        def leaves(path: str) -> bool:
            return any(is_under(path, folder) for folder in leaving)

        removed = [file.path for file in self._store.known_files() if leaves(file.path)]
        forget(self._store, paths)
        with self._store.together():
            self._store.remove_roots(root for root in self._store.roots() if leaves(root))
            self._store.remove_files(removed)
        self._writer.finish()
        return IndexReport(
            removed=len(removed),
            chunks=self._store.chunk_count(),
            seconds=time.monotonic() - started,
        )

    def tidy(self) -> None:
        """Completes an interrupted removal, if there was one.

        Raises:
            StoreError: the store cannot be written.
            IndexUnusable: the vector index cannot be written; it is repaired when next opened.
        """
        if self._store.has_orphans():
            self._writer.finish(complete=False)


class _RunStopped(Exception):
    """The person stopped the run."""


class _IndexingRun:
    """An indexing run with its counts and callbacks."""

    def __init__(
        self,
        store: Store,
        writer: Writer,
        parser: DocumentParser,
        chunker: Chunker,
        rules: Rules,
        on_progress: OnProgress,
        checkpoint: Checkpoint,
    ) -> None:
        self._store = store
        self._writer = writer
        self._parser = parser
        self._chunker = chunker
        self._rules = rules
        self._ask = checkpoint
        self._meter = Meter(on_progress)
        self._before: dict[str, str] = {}
        self._added = self._updated = self._unchanged = self._removed = 0
        self._failed: list[FailedFile] = []
        self._links_out: list[LeftOut] = []
        self._kinds_out: Counter[tuple[str, str]] = Counter()
        self._counted: set[str] = set()
        self._scans: list[Scan] = []
        self._changing: list[UnreadFile] = []
        self._last_try = False

    def run(self, roots: Sequence[str], passwords: Mapping[str, str]) -> IndexReport:
        started = time.monotonic()
        cancelled = False
        try:
            self._work(roots, passwords)
        except _RunStopped:
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
            left_out=tuple(self._links_out[:_LISTED_LINKS]),
            left_out_count=len(self._links_out),
            kinds=_by_kind(self._kinds_out),
            kinds_in=tuple((*key, count) for key, count in self._kinds_out.items()),
        )

    def _work(self, roots: Sequence[str], passwords: Mapping[str, str]) -> None:
        self._meter.show(stage="finding")
        files = self._find(roots)
        self._before = {
            file.path: file.content_hash
            for file in self._store.known_files()
            if file.content_hash is not None
        }
        recipe = self._chunker.recipe
        changes = compare(roots, files, self._store, recipe, pictures=self._rules.pictures)
        self._find_again(changes, {item.path for item in files} if changes.again else set())
        self._take_note(roots, changes)
        self._writer.list_undated(self._step)
        self._writer.embed_stored(self._step)
        reader = FileReader(self._store, self._parser, self._chunker, passwords, changes.again)
        self._read(reader, changes.to_read)
        self._read_changing(reader, roots)
        # Last, so that the text of a moved file is still there when its new path is read.
        self._store.remove_files(changes.gone)
        self._removed = len(changes.gone)
        self._links_out = _with_forgotten(self._links_out, changes.gone)
        self._recognise(changes, passwords)

    def _find_again(self, changes: Changes, visited: Set[str]) -> None:
        """Finds files to parse again that do not lie under the roots of this run."""
        if paths := [Path(path) for path in sorted(changes.again - visited)]:
            others = discover(paths, self._rules, self._store.roots())
            changes.to_read[:0] = [item for item in others if isinstance(item, SourceFile)]

    def _read_changing(self, reader: Reader, roots: Sequence[str]) -> None:
        """Reads files once more that changed while they were read, when they rest.

        They are found anew: another file may have taken the place of one.
        """
        self._last_try = True
        changing, self._changing = self._changing, []
        if not changing:
            return
        paths = [unread.file.path for unread in changing]
        await_rest(paths, self._checkpoint, _PATIENCE_SECONDS)
        added = (*self._store.roots(), *roots)
        found = discover([Path(path) for path in paths], self._rules, added)
        files = [item for item in found if isinstance(item, SourceFile)]
        again = {file.path for file in files}
        self._write(Group(failures=[item for item in changing if item.file.path not in again]))
        self._read(reader, files)

    def _recognise(self, changes: Changes, passwords: Mapping[str, str]) -> None:
        """Recognises images last: all other text can be searched long before they are done."""
        for file, stored in changes.pictures:
            self._scans.append(Scan(file, stored.content_hash or "", stored.scanned))
            self._counted.add(stored.path)  # as unchanged
        scans, self._scans = self._scans, []
        if scans:
            self._meter.more([scan.file for scan in scans])
            reader = PictureReader(
                self._store, self._parser, self._chunker, scans, self._checkpoint, passwords
            )
            self._read(reader, [scan.file for scan in scans], stage="recognising")

    def _find(self, roots: Sequence[str]) -> list[SourceFile | FailedFile]:
        files: list[SourceFile | FailedFile] = []
        paths = [Path(root) for root in roots]
        for item in discover(paths, self._rules, self._store.roots(), self._leave_out):
            self._checkpoint()
            files.append(item)
            self._meter.found(item.path)
        return files

    def _leave_out(self, item: LeftOut) -> None:
        self._checkpoint()
        if item.rule == LEADS_OUT:
            self._links_out.append(item)
        else:
            self._kinds_out[os.path.dirname(item.path), item.rule] += 1  # noqa: PTH120

    def _take_note(self, roots: Sequence[str], changes: Changes) -> None:
        """Stores and counts everything that is known before any file is read."""
        out_of_reach = {failed.path for failed in changes.failed}
        with self._store.together():
            for root in roots:
                if root not in out_of_reach:
                    self._save_root(root)
            for failed in changes.listed:
                self._store.save_failure(
                    SourceFile(failed.path, 0, 0), failed, recipe=self._chunker.recipe
                )
        self._unchanged = changes.unchanged
        self._failed += changes.failed
        self._meter.begin(
            changes.to_read, done=changes.unchanged + len(self._failed), failed=len(self._failed)
        )

    def _save_root(self, root: str) -> None:
        """Stores the outermost folders: a folder inside a root is not a root of its own."""
        roots = self._store.roots()
        if not any(root != added and is_under(root, added) for added in roots):
            self._store.remove_roots(added for added in roots if is_under(added, root))
            self._store.save_root(root, inode(root))

    def _read(self, reader: Reader, files: Sequence[SourceFile], stage: str = "reading") -> None:
        group = Group()

        def wait(file: SourceFile) -> None:
            self._meter.show(current=file.path, stage=stage)

        with reading_ahead(reader, files, self._checkpoint, wait) as results:
            for item in results:
                self._meter.read(item.file, stage=stage)
                group.add(item)
                # An image takes seconds to recognise: it is stored at once, so none is done twice.
                if group.full or stage == "recognising":
                    self._write(group)
                    group = Group()
            self._write(group)

    def _write(self, group: Group) -> None:
        self._checkpoint()
        if not self._last_try:
            self._changing += [item for item in group.failures if _is_changing(item)]
            group.failures = [item for item in group.failures if not _is_changing(item)]
        self._meter.embedding(len(group.chunks))
        self._writer.write(group, self._step)
        for unread in group.failures:
            if self._waits(unread):
                self._scans.append(Scan(unread.file, unread.content_hash, unread.scanned))
                self._meter.finished(unread.file)
            elif self._writer.keeps_older_text(unread):
                self._count_unchanged(unread.file.path)
                self._meter.finished(unread.file)
            else:
                self._failed.append(unread.failure)
                self._meter.finished(unread.file, failed=True)
        for read in group.files:
            self._count(read)
            self._meter.finished(read.file)
            if self._rules.pictures and read.scanned:
                self._scans.append(Scan(read.file, read.text.content_hash, read.scanned))

    def _count_unchanged(self, path: str) -> None:
        if path not in self._counted:
            self._counted.add(path)
            self._unchanged += 1

    def _waits(self, unread: UnreadFile) -> bool:
        return self._rules.pictures and unread.failure.reason is FailureReason.SCANNED

    def _count(self, read: ReadFile) -> None:
        """Counts a file once, even though one with images is written twice."""
        path = read.file.path
        before = self._before.get(path)
        if path in self._counted:
            return
        self._counted.add(path)
        if before is None:
            self._added += 1
        elif before == read.text.content_hash and read.text.document is None:
            self._unchanged += 1  # its date changed, its text did not
        else:
            self._updated += 1

    def _step(self, embedded: int) -> None:
        if embedded:
            self._meter.embedded(embedded)
        elif self._writer.loads and not self._meter.chunks:
            self._meter.show(stage="loading")
        self._checkpoint()

    def _checkpoint(self) -> None:
        try:
            self._ask()
        except Exception as error:
            raise _RunStopped from error


def _by_kind(counts: Counter[tuple[str, str]]) -> tuple[tuple[str, int], ...]:
    """Adds up the counts of all folders, most frequent kind first."""
    kinds: Counter[str] = Counter()
    for (_, kind), count in counts.items():
        kinds[kind] += count
    return tuple(kinds.most_common())


def _is_changing(unread: UnreadFile) -> bool:
    return unread.failure.reason is FailureReason.CHANGED


def _absolute(paths: Sequence[Path]) -> list[str]:
    """Returns absolute paths without repetitions; links are kept as they are, as in `discover`."""
    return list(dict.fromkeys(os.path.abspath(path) for path in paths))  # noqa: PTH100


def _with_forgotten(links: Sequence[LeftOut], gone: Iterable[str]) -> list[LeftOut]:
    """Adds to each link the number of files of it that the library has just dropped.

    Links with such files come first.
    """
    places = {link.path for link in links}
    forgotten: Counter[str] = Counter()
    for path in gone if places else ():
        place = path
        while place not in places and (above := os.path.dirname(place)) != place:  # noqa: PTH120
            place = above
        forgotten[place] += 1
    counted = [replace(link, forgotten=forgotten[link.path]) for link in links]
    return sorted(counted, key=lambda link: -link.forgotten)
