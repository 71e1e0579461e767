"""Finds the files that a question names and that no answer can be from: not read yet, or failed.

While documents are read, this walks the disk: it is for a background lane.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rag.indexing.discover import discover
from rag.store.files import FailedFile, FileOutcome, FileRecord
from rag.text.file_mention import FileMention

if TYPE_CHECKING:  # the window is drawn before these are loaded
    from app.library.service import LibraryService
    from rag.indexing.rules import Rules

T = TypeVar("T")

_LOOK_SECONDS = 2.0
_STEP = 100  # files
_PAUSE_SECONDS = 0.0005
_MOST_TOLD = 3


class Missing(StrEnum):
    """Why a file cannot be in an answer."""

    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A file that a question names and no answer can be from. `detail`: why it failed."""

    path: str
    why: Missing
    detail: str = ""


def failed_files(mention: FileMention, files: Iterable[FileRecord]) -> list[MissingFile]:
    """Returns the failed files that are named, unless another of that name can be searched."""
    named = [file for file in _in_steps(files) if mention.names(file.path, loosely=True)]
    read = {_name(f.path) for f in named if f.outcome is FileOutcome.INDEXED}
    return [
        MissingFile(file.path, Missing.FAILED, file.detail)
        for file in named
        if file.outcome is FileOutcome.FAILED and _name(file.path) not in read
    ]


def waiting_files(
    mention: FileMention,
    known: Iterable[str],
    paths: Sequence[str],
    rules: Rules,
    roots: Sequence[str],
    go_on: Callable[[], bool] = lambda: True,
) -> list[MissingFile]:
    """Returns the files on the disk that are named, and that the library has not read yet.

    Args:
        mention: of the question.
        known: paths that the library knows.
        paths: what is being looked through.
        rules: what is left out.
        roots: folders that the person added.
        go_on: asked often; False ends the search with what was found.
    """
    read = set(known)
    waiting: list[MissingFile] = []
    for file in _in_steps(discover([Path(path) for path in paths], rules, roots)):
        if not go_on() or len(waiting) >= _MOST_TOLD:
            break
        if isinstance(file, FailedFile):
            continue
        if file.path not in read and mention.names(file.path, loosely=True):
            waiting.append(MissingFile(file.path, Missing.WAITING))
    return waiting


def missing_files(
    question: str, library: LibraryService, rules: Rules, *, reading: bool
) -> tuple[MissingFile, ...]:
    """Returns the files that a question names and that no answer can be from, three at most.

    Takes up to a few seconds, while files are read. Asks the library nothing when the question
    names no file.

    Args:
        question: as the person wrote it.
        library: says what was read.
        rules: what is left out of folders.
        reading: whether an indexing run goes on.

    Raises:
        RagError: the library cannot be read.
        WorkerDied: the process that keeps the library ended.
    """
    mention = FileMention(question)
    if not mention.possible:
        return ()
    files = library.files()
    missing_files = failed_files(mention, files)
    if reading:
        status = library.status()
        paths = tuple(dict.fromkeys((*status.pending, *status.roots)))
        until = time.monotonic() + _LOOK_SECONDS
        library_paths = (file.path for file in files)
        missing_files += waiting_files(
            mention, library_paths, paths, rules, status.roots, lambda: time.monotonic() < until
        )
    return tuple(missing_files[:_MOST_TOLD])


def _in_steps(items: Iterable[T]) -> Iterator[T]:
    """Lets other threads go first now and then, so that the window is never held up."""
    for n, item in enumerate(items):
        if n % _STEP == 0:
            time.sleep(_PAUSE_SECONDS)
        yield item


def _name(path: str) -> str:
    """Returns the file's name as it is compared; quick, for there may be a hundred thousand."""
    name = path[max(path.rfind("/"), path.rfind("\\")) + 1 :]
    return (name if name.isascii() else unicodedata.normalize("NFC", name)).casefold()
