"""Tells when a file changed while it was read: what came of it may be half old and half new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.part_paths import file_of
from rag.parse.source import Source

T = TypeVar("T")

CHANGED = ParseFailure(
    FailureReason.CHANGED, "The file is being changed. It is read once it rests: index again then."
)
"""The failure of a file that changes while it is read."""

# Nothing of such a file was read, so the reason stands.
_UNREACHED = frozenset(
    (FailureReason.MISSING, FailureReason.NO_PERMISSION, FailureReason.NOT_A_FILE)
)


def read_at_rest(
    path: Path, descriptor: int | None, read: Callable[[], T | ParseFailure]
) -> T | ParseFailure:
    """Returns what `read` makes of a file, or `CHANGED` if the file changed meanwhile.

    Args:
        path: of the file, or of a part of it.
        descriptor: of the file, if it is open already.
        read: reads it. Whatever it raises passes, unless the file changed.
    """
    file = Source.of_file(Path(file_of(str(path))), descriptor=descriptor)
    before = file.state()
    try:
        outcome = read()
    except Exception:
        if before is None or file.state() == before:
            raise
        return CHANGED
    is_unreached = isinstance(outcome, ParseFailure) and outcome.reason in _UNREACHED
    if before is None or is_unreached or file.state() == before:
        return outcome
    return CHANGED
