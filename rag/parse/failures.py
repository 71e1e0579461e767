"""The reasons for which a file gives no text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FailureReason(StrEnum):
    """The reasons for not indexing a file. The values are stable codes that the shell prints."""

    MISSING = "missing"
    NO_PERMISSION = "no_permission"
    NOT_A_FILE = "not_a_file"
    EMPTY = "empty"
    ENCRYPTED = "encrypted"
    BROKEN = "broken"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    NO_TEXT = "no_text"
    SCANNED = "scanned"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    CHANGED = "changed"
    DISK_FULL = "disk_full"
    CLOUD_ONLY = "cloud_only"


@dataclass(frozen=True, slots=True)
class ParseFailure:
    """A file that gave no text.

    Attributes:
        reason: the code.
        detail: one or two plain sentences: what happened, and what the person can do.
        scanned: 1-based pages in which text may be recognised; only with ``SCANNED``.
    """

    reason: FailureReason
    detail: str
    scanned: tuple[int, ...] = ()
