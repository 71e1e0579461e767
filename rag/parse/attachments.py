"""Attached and embedded files: each becomes a document of its own, under a safe name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from email.errors import MessageError
from pathlib import PurePosixPath

from rag.parse.builder import DocumentBuilder, clean
from rag.parse.dispatch import parse_part
from rag.parse.document import Part
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.source import Source
from rag.text.lazy_regex import lazy_regex

MOST = 500
"""Most attachments that are read of one file."""
MOST_BYTES = 200 << 20
"""Most bytes that are read of the attachments of one file."""
NAME_CHARACTERS = 120
"""Longest name of a part."""

_ENDING_CHARACTERS = 12
_NAMED = 3  # files that a note names
# Path separators, invisible characters, and those that reverse the text around them.
_UNSAFE = lazy_regex(r"[/\\\t\n\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_WHY = {
    FailureReason.EMPTY: "empty",
    FailureReason.ENCRYPTED: "protected by a password; save it as a file of its own and add that",
    FailureReason.SCANNED: "pictures of text; save it as a file of its own and add that",
    FailureReason.NO_TEXT: "no text in it",
    FailureReason.BROKEN: "damaged",
    FailureReason.UNSUPPORTED: "not a kind of file that Studiolo can read",
    FailureReason.TOO_LARGE: "too large",
    FailureReason.OUT_OF_MEMORY: "needs too much memory",
}

AttachedFile = tuple[str, Callable[[], bytes]]
"""The name and the bytes of an attached file, decoded only on request."""


def add_attachments(
    builder: DocumentBuilder,
    source: Source,
    files: Iterable[AttachedFile],
    whole: str = "file",
    *,
    title: str = "Attachments",
    page: int | None = None,
    sheet: str | None = None,
) -> None:
    """Adds attached files as parts, and a line of text with their names.

    Args:
        builder: of the file, its text added.
        source: the file.
        files: those attached to it.
        whole: what the note calls `source` when some are left out.
        title: of the line with the names.
        page: of that line, in a format with pages.
        sheet: of that line, in a workbook.
    """
    names: list[str] = []
    left_out = 0
    for name, data in loaded(files):
        if not name:
            left_out += 1
            continue
        names.append(name)
        builder.parts.append(_damaged(name) if data is None else parse_part(source, name, data))
    if names:
        builder.leave_sections()
        builder.add(f"{title}: {', '.join(names)}", page=page, sheet=sheet)
    builder.notes += failure_notes(builder.parts)
    if left_out:
        builder.notes.append(
            f"{_counted(left_out)} left out: of one {whole}, {MOST} attachments and "
            f"{MOST_BYTES >> 20} MB are read."
        )


def loaded(
    files: Iterable[tuple[str, Callable[[], bytes]]],
) -> Iterator[tuple[str, bytes | None]]:
    """Yields the unique name and the bytes of each file, within the limits of this module.

    The bytes are None if they cannot be decoded; the name is "" if the file is left out.

    Args:
        files: name and bytes of each; `OverflowError` on loading says that they are too many.
    """
    taken: set[str] = set()
    left_bytes = MOST_BYTES
    for raw_name, load in files:
        if len(taken) == MOST or left_bytes <= 0:
            yield "", None
            continue
        try:
            data = load()
        except OverflowError:
            yield "", None
            continue
        except (ValueError, TypeError, LookupError, AttributeError, MessageError):
            yield unique_name(raw_name, taken), None
            continue
        if len(data) > left_bytes:
            yield "", None
            continue
        left_bytes -= len(data)
        yield unique_name(raw_name, taken), data


def safe_name(untrusted: str) -> str:
    """Returns a file name of usual characters, at most `NAME_CHARACTERS`, with its extension."""
    name = " ".join(_UNSAFE.sub("_", clean(untrusted).strip()).split()).strip(". ")
    return _shortened(name or "attachment", NAME_CHARACTERS)


def unique_name(untrusted: str, taken: set[str]) -> str:
    """Returns a safe name that is not in `taken`, regardless of case, and adds it there."""
    name = safe_name(untrusted)
    number = 1
    unique = name
    while unique.casefold() in taken:
        number += 1
        mark = f" ({number})"
        stem, ending = _parted(_shortened(name, NAME_CHARACTERS - len(mark)))
        unique = f"{stem}{mark}{ending}"
    taken.add(unique.casefold())
    return unique


def failure_notes(parts: Iterable[Part]) -> list[str]:
    """Returns a sentence for each reason for which parts could not be read, with their names."""
    failed: dict[FailureReason, list[str]] = {}
    for part in parts:
        if part.failure is not None:
            failed.setdefault(part.failure.reason, []).append(part.name)
    return [
        f"Not read ({_WHY.get(reason, 'could not be opened')}): {_listed(names)}."
        for reason, names in failed.items()
    ]


def _damaged(name: str) -> Part:
    """Returns a part whose bytes cannot be decoded."""
    failure = ParseFailure(
        FailureReason.BROKEN, "It is damaged. Ask the sender for it, or open it in another program."
    )
    import hashlib  # loads OpenSSL, which most files do without

    return Part(name, hashlib.blake2b(digest_size=32).hexdigest(), 0, failure=failure)


def _listed(names: list[str]) -> str:
    unnamed = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {unnamed} more" if unnamed > 0 else "")


def _counted(number: int) -> str:
    return "1 attachment was" if number == 1 else f"{number} attachments were"


def _parted(name: str) -> tuple[str, str]:
    ending = PurePosixPath(name).suffix
    if len(ending) > _ENDING_CHARACTERS:
        return name, ""
    return name.removesuffix(ending), ending


def _shortened(name: str, limit: int) -> str:
    if len(name) <= limit:
        return name
    stem, ending = _parted(name)
    return stem[: limit - len(ending)].rstrip() + ending
