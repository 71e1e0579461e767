"""A generation of the vector index on the disk: written once, then only vectors are erased.

Chroma keeps every vector twice: in the queue of its database, from which it has read them, and in
the file of its HNSW graph, where a removed vector is only marked. So a generation is sealed when it
is built: the queue is emptied, nothing is written through Chroma any more, and a list says in which
slot of the graph's file each chunk lies. There its vector can be overwritten with zeros, whether or
not Chroma, which holds the graph in memory, is open.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw
import numpy as np
from numpy.typing import NDArray

from rag.errors import IndexUnusable
from rag.ports import Vectors

_SLOTS = "slots"
# Beginning of hnswlib's header as Chroma writes it: version, offset of the first slot, capacity,
# number of elements, bytes of a slot, and the offsets of label and vector in it.
_HEADER = struct.Struct("<i6Q")
_LABEL_BYTES = 8
_LENGTH_BYTES = 4  # float32
# Chroma scales vectors to length 1, so the last bits differ.
_ALIKE = 0.999


@dataclass(frozen=True, slots=True)
class _Graph:
    """The graph's file: `count` slots of `size` bytes, each with a label and a vector.

    There can be room for more slots behind them.
    """

    path: Path
    count: int
    size: int
    label: int
    vector: int

    def slots(self) -> NDArray[np.uint8]:
        """Returns the file's bytes, shape (count, size)."""
        return np.memmap(self.path, np.uint8, "r", shape=(self.count, self.size))


def seal(generation: Path, ids: Sequence[str], samples: Mapping[int, Vectors]) -> None:
    """Removes the vectors from Chroma's database and lists the slots. Chroma must not be open.

    Args:
        generation: the folder that Chroma has filled.
        ids: of all that was added, in that order.
        samples: some of the vectors, by their position in `ids`, to verify the slots.

    Raises:
        IndexUnusable: the files differ from what this version of Chroma is known to write.
        OSError: they cannot be read or written.
        apsw.Error: the database cannot be used.
    """
    _empty_queue(generation)
    in_slots: list[str] = []
    if ids:
        graph = _graph(generation)
        slots = graph.slots()
        labels = slots[:, graph.label : graph.label + _LABEL_BYTES].copy().view("<i8").ravel()
        if not np.array_equal(np.sort(labels), np.arange(1, len(ids) + 1)):
            raise _unknown_format()
        slot_of = np.argsort(labels)
        for place, vector in samples.items():
            written = slots[slot_of[place], graph.vector : graph.label].copy().view("<f4")
            if not _alike(written, vector):
                raise _unknown_format()
        in_slots = [ids[label - 1] for label in labels]
        _clear_behind(graph)
    _write(generation / _SLOTS, "\n".join(in_slots).encode())


def sealed_ids(generation: Path) -> list[str]:
    """Returns the ids in the order of their slots, including those whose vector was erased.

    Raises:
        OSError: there is no list: the generation was never sealed.
    """
    text = (generation / _SLOTS).read_text(encoding="utf-8")
    return text.split("\n") if text else []


def erase(generation: Path, slots: Sequence[int]) -> None:
    """Overwrites the vectors in some slots, and waits until they are on the disk (fsync).

    Raises:
        IndexUnusable: the file has changed since it was sealed.
        OSError: it cannot be written.
    """
    if not slots:
        return
    graph = _graph(generation)
    if max(slots) >= graph.count:
        raise _unknown_format()
    # One write for each: flushing a mapping would write everything in between.
    with graph.path.open("r+b", buffering=0) as file:
        for slot in sorted(slots):
            file.seek(slot * graph.size + graph.vector)
            file.write(bytes(graph.label - graph.vector))
        os.fsync(file.fileno())


def _empty_queue(generation: Path) -> None:
    """Empties the queue, free pages included. If interrupted, the generation is rebuilt."""
    db = apsw.Connection(str(generation / "chroma.sqlite3"))
    try:
        db.pragma("journal_mode", "off")  # a journal would keep the deleted rows
        db.pragma("secure_delete", True)
        db.execute("DELETE FROM embeddings_queue")
        db.execute("VACUUM")
    finally:
        db.close()


def _clear_behind(graph: _Graph) -> None:
    """Clears the spare room: Chroma writes uninitialised memory there, with vectors of before.

    The file of the vectors' lengths has as much room.
    """
    _clear_from(graph.path, graph.count * graph.size)
    lengths = graph.path.with_name("length.bin")
    if not lengths.exists() or lengths.stat().st_size < graph.count * _LENGTH_BYTES:
        raise _unknown_format()
    _clear_from(lengths, graph.count * _LENGTH_BYTES)


def _clear_from(path: Path, used: int) -> None:
    """Overwrites a file with zeros behind its first `used` bytes, and waits for the disk."""
    with path.open("r+b") as file:
        spare_bytes = file.seek(0, os.SEEK_END) - used
        file.seek(used)
        file.write(bytes(spare_bytes))
        file.flush()
        os.fsync(file.fileno())


def _graph(generation: Path) -> _Graph:
    path = next(generation.glob("*/data_level0.bin"), None)
    if path is None:
        raise _unknown_format()
    header = path.with_name("header.bin").read_bytes()
    if len(header) < _HEADER.size:
        raise _unknown_format()
    _version, start, _room, count, size, label, vector = _HEADER.unpack_from(header)
    within = 0 < vector < label == size - _LABEL_BYTES
    if start or not within or path.stat().st_size < count * size:
        raise _unknown_format()
    return _Graph(path, count, size, label, vector)


def _alike(written: Vectors, vector: Vectors) -> bool:
    if written.shape != vector.shape:
        return False
    lengths = float(np.linalg.norm(written) * np.linalg.norm(vector))
    return lengths == 0 or float(written @ vector) > _ALIKE * lengths


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _unknown_format() -> IndexUnusable:
    return IndexUnusable(
        "The files of the vector index are not as they should be.",
        "Searches compare with every vector until it is built again.",
    )
