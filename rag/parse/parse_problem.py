"""What a format's parser raises when a file gives no text."""

from __future__ import annotations

from rag.parse.failures import FailureReason


class ParseProblem(Exception):
    """Ends the parsing of one file.

    Attributes:
        reason: the code.
        detail: one or two plain sentences for the person.
        scanned: pages in which text may be recognised.
    """

    def __init__(self, reason: FailureReason, detail: str, scanned: tuple[int, ...] = ()) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.scanned = scanned


def broken(what: str) -> ParseProblem:
    """A file that is damaged, or not what its name says. `what`: e.g. "PDF"."""
    return ParseProblem(
        FailureReason.BROKEN,
        f"The file is damaged, or it is not {what}. Open it in its own program and save it again.",
    )


def no_text() -> ParseProblem:
    """A sound file in which there is nothing to read."""
    return ParseProblem(FailureReason.NO_TEXT, "The file holds no text.")


def encrypted() -> ParseProblem:
    """A file that does not open without its password, or opens with another one."""
    return ParseProblem(
        FailureReason.ENCRYPTED,
        "The file is protected by a password. Enter it, or save a copy without one and add that.",
    )
