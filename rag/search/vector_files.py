"""The files of the vector index: finds the current generation, and erases removed vectors."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from rag.errors import IndexUnusable
from rag.search.chroma_generation import erase, sealed_ids
from rag.search.generation_folders import GenerationFolders

log = logging.getLogger(__name__)

# Generations of other versions may hold removed vectors: they are never opened.
_FORMAT = "sealed"


class VectorFiles:
    """The generations of one embedder's vectors. Those of other embedders are removed at once.

    Needs no Chroma, so vectors can be overwritten before it is loaded. Threads may share it.

    Args:
        folder: holds the generations; created when missing.
        dimension: length of a vector.
        embedder_id: whose vectors these are.

    Raises:
        OSError: the folder cannot be written.
    """

    def __init__(self, folder: Path, dimension: int, embedder_id: str) -> None:
        self.generations = GenerationFolders(folder, f"{embedder_id}/{dimension}/{_FORMAT}")
        with contextlib.suppress(OSError):  # then they stay until the next start
            self.generations.sweep()
        self._lock = threading.Lock()
        self._listed: tuple[Path, Mapping[str, int]] | None = None

    def slots(self, generation: Path) -> Mapping[str, int]:
        """Returns the slot of each chunk of a generation, by its id.

        Raises:
            OSError: it was never sealed.
        """
        listed = self._listed
        if listed is None or listed[0] != generation:
            ids = sealed_ids(generation)
            listed = self._listed = generation, {key: slot for slot, key in enumerate(ids)}
        return listed[1]

    def erase(self, ids: Iterable[str]) -> None:
        """Overwrites the vectors of some chunks; unknown ids are ignored.

        Raises:
            IndexUnusable: that cannot be done. The whole generation was removed instead.
        """
        with self._lock:
            try:
                generation = self.generations.current()
                if generation is None:
                    return
                slots = self.slots(generation)
                erase(generation, [slots[key] for key in ids if key in slots])
            except (OSError, ValueError, IndexUnusable) as error:
                log.info("the vector index is removed: %s", type(error).__name__)
                self.generations.forget()
                raise IndexUnusable(
                    "Vectors could not be taken out of the vector index, so it was removed.",
                    "It is rebuilt automatically, without reading your files.",
                ) from error
