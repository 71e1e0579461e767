"""Parses archives: each document in one is a part, as the attachments of a mail are."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from rag.formats import DocumentKind
from rag.parse.attachments import failure_notes, unique_name
from rag.parse.builder import DocumentBuilder
from rag.parse.containers import ZIP
from rag.parse.dispatch import parse_part
from rag.parse.document import BlockKind, ParsedDocument, Part
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.mail.archive_members import UNREADABLE, Member, TooMuchUnpacked, opened
from rag.parse.parse_problem import ParseProblem, broken, no_text
from rag.parse.plain.slack import PEOPLE_FILE, people
from rag.parse.source import Source

MOST_FILES = 500
"""Most files that are read of one archive; a tenth of it for an archive in another file."""
MOST_BYTES = 200 << 20
"""Most bytes that are unpacked of one archive; a tenth of it for an archive in another file."""

_SECONDS = 20.0
"""Time for the documents of an archive: two thirds of what a file may take altogether."""
_RATIO, _RATIO_FLOOR = 200, 20 << 20  # a file above both is a bomb (as in `rag.parse.limits`)
_PEOPLE_BYTES = 10 << 20
_SKIPPED_FOLDERS = frozenset(("__MACOSX", "node_modules", "__pycache__"))


def parse(source: Source) -> ParsedDocument:
    """Parses an archive.

    Raises:
        ParseProblem: it is damaged, or holds no files.
    """
    builder = DocumentBuilder()
    counts = _Counts()
    source = replace(source, people=_people(source))
    try:
        with opened(source, _share(source, MOST_BYTES)) as members:
            _read(source, members, builder, counts)
    except TooMuchUnpacked as error:
        if not builder.parts:
            raise ParseProblem(
                FailureReason.TOO_LARGE,
                "Unpacked, the file would be larger than is safe to open.",
            ) from error
        counts.large += 1
    except UNREADABLE as error:
        if builder.empty:
            raise broken("an archive") from error
        builder.notes.append("The archive is damaged: what follows could not be read.")
    if builder.empty:
        raise no_text()
    builder.notes += failure_notes(builder.parts)
    if counts.over or counts.large:
        builder.notes.append(
            f"Files of the archive that were left out: {counts.over + counts.large:,}. At most "
            f"{_share(source, MOST_FILES)} files and {_share(source, MOST_BYTES) >> 20} MB are "
            "read. Unpack it and add the folder."
        )
    if counts.late:
        builder.notes.append(
            f"The archive takes long to read: {counts.late:,} of its files were left out. "
            "Unpack it and add the folder."
        )
    return builder.finish(DocumentKind.ARCHIVE, "", source)


def _people(source: Source) -> Mapping[str, str]:
    """Returns the names of people that a chat export in a ZIP file holds beside its chats."""
    if source.read(len(ZIP)) != ZIP:
        return source.people
    try:
        with opened(source, _share(source, MOST_BYTES)) as members:
            for member in itertools.islice(members, _share(source, MOST_FILES)):
                name = PurePosixPath(member.path).name
                if name == PEOPLE_FILE and not member.encrypted and member.size <= _PEOPLE_BYTES:
                    return people(member.read())
    except (*UNREADABLE, TooMuchUnpacked):
        pass  # told where the files are read
    return source.people


@dataclass(slots=True)
class _Counts:
    """Files that are not read: too many, too large, or too late."""

    over: int = 0
    large: int = 0
    late: int = 0


def _read(
    source: Source, members: Iterable[Member], builder: DocumentBuilder, counts: _Counts
) -> None:
    until = time.monotonic() + _SECONDS
    budget = _share(source, MOST_BYTES)
    most = _share(source, MOST_FILES)
    taken: set[str] = set()
    for member in _wanted(members):
        if len(taken) == most:
            counts.over += 1
            continue
        name = unique_name(member.path, taken)
        builder.add(f"- {member.path}", BlockKind.LIST_ITEM)
        if time.monotonic() > until:
            counts.late += 1
        elif member.size > budget:
            counts.large += 1
        else:
            part = _part(source, name, member)
            builder.parts.append(part)
            budget -= part.size


def member_bytes(source: Source, name: str) -> bytes:
    """Returns the bytes of the file that has `name` among the parts of an archive.

    Raises:
        FileNotFoundError: there is no such part.
    """
    taken: set[str] = set()
    try:
        with opened(source, MOST_BYTES) as members:
            for member in _wanted(members):
                if unique_name(member.path, taken) == name and member.size <= MOST_BYTES:
                    return member.read()
    except (*UNREADABLE, TooMuchUnpacked) as error:
        raise FileNotFoundError(name) from error
    raise FileNotFoundError(name)


def _wanted(members: Iterable[Member]) -> Iterator[Member]:
    """Leaves out what is hidden, or belongs to the system."""
    for member in members:
        parts = PurePosixPath(member.path).parts
        hidden = any(part.startswith(".") and part != ".." for part in parts)
        if not hidden and not _SKIPPED_FOLDERS.intersection(parts):
            yield member


def _share(source: Source, limit: int) -> int:
    for _ in range(source.depth):
        limit //= 10
    return max(limit, 1)


def _part(source: Source, name: str, member: Member) -> Part:
    if member.encrypted:
        return _unread(name, member, FailureReason.ENCRYPTED, "It is protected by a password.")
    packed = max(member.packed, 1)
    if member.packed >= 0 and member.size > _RATIO_FLOOR and member.size / packed > _RATIO:
        detail = f"Unpacked, it would take {member.size >> 20} MB, which is not safe to open."
        return _unread(name, member, FailureReason.TOO_LARGE, detail)
    try:
        data = member.read()
    except UNREADABLE:
        return _unread(name, member, FailureReason.BROKEN, "It is damaged. Unpack the archive.")
    return parse_part(source, name, data)


def _unread(name: str, member: Member, reason: FailureReason, detail: str) -> Part:
    """Returns a part that is not unpacked; its place in the archive stands for its bytes."""
    identity = f"{member.path}\0{member.packed}\0{member.size}".encode("utf-8", "replace")
    key = hashlib.blake2b(identity, digest_size=32).hexdigest()
    return Part(name, key, max(member.size, 0), failure=ParseFailure(reason, detail))
