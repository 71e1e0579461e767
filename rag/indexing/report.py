"""The progress of an indexing run, and its result."""

from __future__ import annotations

from dataclasses import dataclass

from rag.store.files import FailedFile


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or folder that is not taken.

    Attributes:
        rule: the rule that leaves it out, or its kind (`rag.indexing.kinds_left_out.KINDS`).
        target: where it leads, if it is a link that leads out of its folder; else "".
        forgotten: files of it that the library held until this run.
    """

    path: str
    rule: str
    target: str = ""
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class IndexReport:
    """The result of an indexing run. Counts are files, except `chunks` (chunks now in the index).

    `left_out` are the first of `left_out_count` links that lead out of their folder. `kinds` says
    how many files or folders each other rule or kind left out, most frequent first; `kinds_in` says
    it for each folder in which they lie, as (folder, rule or kind, number).
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: tuple[FailedFile, ...] = ()
    chunks: int = 0
    seconds: float = 0.0
    cancelled: bool = False
    left_out: tuple[LeftOut, ...] = ()
    left_out_count: int = 0
    kinds: tuple[tuple[str, int], ...] = ()
    kinds_in: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """The progress of an indexing run.

    Attributes:
        done: files finished, successfully or not: those that were read can be searched.
        total: files to look at; 0 while folders are still being listed.
        failed: files that failed so far.
        chunks: chunks embedded in this run.
        current: the file or folder being worked on ("" between files).
        seconds_left: an estimate; None until there is one.
        stage: "finding", "reading", "loading" (the embedder), "embedding", "recognising"
            (images) or "finishing".
        found: files that were found, while folders are still being listed.
        read: files whose text was read; some of them may still wait for their embedding.
        fraction: how much of the stage's work is done, 0 to 1, by the sizes of files and by
            chunks; None while unknown. It falls only when image recognition begins.
    """

    done: int
    total: int
    failed: int
    chunks: int
    current: str = ""
    seconds_left: float | None = None
    stage: str = "reading"
    found: int = 0
    read: int = 0
    fraction: float | None = None
