"""The error that a parser raises when a file gives no text."""

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


def broken(format_name: str) -> ParseProblem:
    """Returns the error for a file that is damaged, or not what its name says (e.g. "a PDF")."""
    return ParseProblem(
        FailureReason.BROKEN,
        f"The file is damaged, or it is not {format_name}. "
        "Open it in its own program and save it again.",
    )


def no_text() -> ParseProblem:
    """Returns the error for a sound file without text."""
    return ParseProblem(FailureReason.NO_TEXT, "The file holds no text.")


def encrypted() -> ParseProblem:
    """Returns the error for a file whose password is missing or wrong."""
    return ParseProblem(
        FailureReason.ENCRYPTED,
        "The file is protected by a password. Enter it, or save a copy without one and add that.",
    )
