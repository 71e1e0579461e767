"""Embeds chunks and writes them: the store first, the vector index after it.

A crash at any moment leaves an index that `rag.search.reconcile` completes from the store.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from rag.chunking.chunk import Chunk, embedding_text
from rag.errors import IndexUnusable
from rag.indexing.read_ahead import ReadFile, UnreadFile
from rag.parse.failures import FailureReason
from rag.ports import Embedder, VectorIndex, Vectors
from rag.search.reconcile import reconcile
from rag.store.store import Store
from rag.store.text_rows import digest

log = logging.getLogger(__name__)

# Chunks that are embedded and stored together. Sorted by length, so that little is padded: larger
# groups would save little, and lose more when the power fails.
_GROUP = 256
# Chunks between two checks for Pause and Stop: about half a second on a laptop's processor.
_STEP = 32

# Failures that tell nothing of the text that was read before.
_NO_FAULT_OF_THE_TEXT = frozenset(
    (
        FailureReason.ENCRYPTED,
        FailureReason.TIMEOUT,
        FailureReason.OUT_OF_MEMORY,
        FailureReason.CRASHED,
    )
)

Step = Callable[[int], None]
"""Called before each batch with the number of chunks embedded since; may raise to cancel."""


@dataclass(slots=True)
class Group:
    """Files that are stored in one transaction."""

    files: list[ReadFile] = field(default_factory=list)
    failures: list[UnreadFile] = field(default_factory=list)
    _passages: int = 0

    @property
    def chunks(self) -> list[Chunk]:
        """The chunks of all files."""
        return [chunk for read in self.files for chunk in read.text.all_chunks()]

    @property
    def full(self) -> bool:
        """True if it is time to store it."""
        return max(self._passages, len(self.files) + len(self.failures)) >= _GROUP

    def add(self, item: ReadFile | UnreadFile) -> None:
        """Adds a file."""
        if isinstance(item, UnreadFile):
            self.failures.append(item)
        else:
            self.files.append(item)
            self._passages += sum(1 for _ in item.text.all_chunks())


class Writer:
    """Writes the files that were read.

    Args:
        store: the library.
        index: the vectors of its chunks.
        embedder: computes the vectors.
        recipe: how texts are chunked today.
    """

    def __init__(self, store: Store, index: VectorIndex, embedder: Embedder, recipe: str) -> None:
        self._store = store
        self._index = index
        self._embedder = embedder
        self._recipe = recipe
        self._index_incomplete = False  # the vector index refused something
        self.loads = True
        """True until the embedder has embedded a text: loading it may take a while."""

    def write(self, group: Group, step: Step) -> None:
        """Embeds and stores the files of a group.

        Raises:
            StoreFull: the disk is full; nothing of this group is stored.
        """
        self._embed(group.chunks, step)
        with self._store.together():
            for unread in group.failures:
                if self._keeps_text(unread):
                    continue
                if self.keeps_older_text(unread):
                    self._store.save_tried(unread.file.path, self._recipe)
                else:
                    self._store.save_failure(
                        unread.file, unread.failure, unread.content_hash, self._recipe
                    )
            for read in group.files:
                self._store.save_document(read.file, self._recipe, read.text)
        self._add_to_index([chunk.id for chunk in group.chunks])

    def _keeps_text(self, unread: UnreadFile) -> bool:
        """Tells whether a file that is being written keeps the text that it had before."""
        changing = unread.failure.reason is FailureReason.CHANGED
        return changing and self._store.has_text(unread.file.path)

    def keeps_older_text(self, unread: UnreadFile) -> bool:
        """Tells whether a file that did not change keeps the text that an older recipe read.

        It fails now for want of a password, which is not stored, or of memory or time.
        """
        for_now = unread.failure.reason in _NO_FAULT_OF_THE_TEXT
        read_before = for_now and self._store.content_hash(unread.file.path)
        return bool(read_before) and read_before == unread.read_hash

    def embed_stored(self, step: Step) -> None:
        """Embeds stored chunks that have no vector of this embedder, which may be a new one."""
        embed_stored(self._store, self._embedder, step)

    def _embed(self, chunks: Sequence[Chunk], step: Step) -> None:
        _embed(self._store, self._embedder, chunks, step)
        self.loads = self.loads and not chunks

    def list_undated(self, step: Step) -> None:
        """Lists the dates of texts from older versions; no file is read for it."""
        while self._store.list_undated(_GROUP):
            step(0)

    def finish(self, *, complete: bool = True) -> None:
        """Removes texts that no file has any more, and brings the vector index up to date.

        The whole index is compared with the store only where the numbers differ: for 100,000 chunks
        that takes most of a second, too long for one edited file.

        Args:
            complete: False keeps vectors of files that the next run will resume.

        Raises:
            IndexUnusable: the vector index cannot be written.
        """
        removed = self._store.sweep(self._embedder.id, loose_vectors=complete)
        if self._index_incomplete or not self._remove_from_index(removed):
            reconcile(self._store, self._index, self._embedder.id)
            self._index_incomplete = False

    def _remove_from_index(self, removed: Sequence[str]) -> bool:
        """Removes chunks from the index. Tells whether it then holds as many as the store.

        It refused no addition, so if it holds as many, it holds the same.
        """
        try:
            self._index.remove(removed)
            return self._index.count() == self._store.chunk_count()
        except IndexUnusable as error:
            log.info("%s", error.message)
            return False

    def _add_to_index(self, ids: Sequence[str]) -> None:
        try:
            for chunk_ids, vectors in self._store.vectors(self._embedder.id, ids):
                self._index.add(chunk_ids, vectors)
        except IndexUnusable as error:
            log.info("%s It is mended when this run ends.", error.message)
            self._index_incomplete = True


def embed_stored(store: Store, embedder: Embedder, step: Step) -> None:
    """Embeds stored chunks that have no vector of this embedder. Errors of `step` end it."""
    while chunks := store.unembedded(embedder.id, _GROUP):
        _embed(store, embedder, chunks, step)


def _embed(store: Store, embedder: Embedder, chunks: Sequence[Chunk], step: Step) -> None:
    """Embeds chunks that have no vector yet. Vectors are stored even when `step` raises."""
    texts = {digest(chunk): embedding_text(chunk) for chunk in chunks}
    missing = store.missing_digests(list(texts), embedder.id)
    order = sorted(missing, key=lambda key: (-len(texts[key]), key))
    for start in range(0, len(order), _GROUP):
        keys = order[start : start + _GROUP]
        vectors: list[Vectors] = []
        try:
            for first in range(0, len(keys), _STEP):
                step(0)
                part = [texts[key] for key in keys[first : first + _STEP]]
                vectors.append(embedder.embed(part))
                step(len(part))
        finally:
            if vectors:
                embedded = np.concatenate(vectors)
                store.save_vectors(keys[: len(embedded)], embedded, embedder.id)
