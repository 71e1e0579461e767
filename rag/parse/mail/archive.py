"""Parses archives (ZIP): each document in one is a part, as the attachments of a mail are."""

from __future__ import annotations

import hashlib
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from rag.formats import DocumentKind
from rag.parse.attachments import failure_notes, unique_name
from rag.parse.builder import DocumentBuilder
from rag.parse.dispatch import parse_part
from rag.parse.document import BlockKind, ParsedDocument, Part
from rag.parse.failures import FailureReason, ParseFailure
from rag.parse.parse_problem import broken, no_text
from rag.parse.source import Source

MOST_FILES = 500
"""Most files that are read of one archive; a tenth of it for an archive in another file."""
MOST_BYTES = 200 << 20
"""Most bytes that are unpacked of one archive; a tenth of it for an archive in another file."""

_SECONDS = 20.0
"""Time for the documents of an archive: two thirds of what a file may take altogether."""
_RATIO, _RATIO_FLOOR = 200, 20 << 20  # a file above both is a bomb (as in `rag.parse.limits`)
_SKIPPED_FOLDERS = frozenset(("__MACOSX", "node_modules", "__pycache__"))
_UNREADABLE = (
    zipfile.BadZipFile,
    NotImplementedError,  # a method of packing that Python cannot unpack
    RuntimeError,
    ValueError,
    EOFError,
    zlib.error,
)


def parse(source: Source) -> ParsedDocument:
    """Parses a ZIP archive.

    Raises:
        ParseProblem: it is damaged, or holds no files.
    """
    builder = DocumentBuilder()
    until = time.monotonic() + _SECONDS
    budget = _share(source, MOST_BYTES)
    late = large = 0
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            members, left_out = _members(source, archive)
            for name, member in members:
                builder.add(f"- {member.filename}", BlockKind.LIST_ITEM)
                if time.monotonic() > until:
                    late += 1
                elif member.file_size > budget:
                    large += 1
                else:
                    builder.parts.append(_part(source, archive, name, member))
                    budget -= member.file_size
    except _UNREADABLE as error:
        raise broken("an archive") from error
    if builder.empty:
        raise no_text()
    builder.notes += failure_notes(builder.parts)
    if left_out or large:
        builder.notes.append(
            f"Files of the archive that were left out: {left_out + large:,}. At most "
            f"{_share(source, MOST_FILES)} files and {_share(source, MOST_BYTES) >> 20} MB are "
            "read. Unpack it and add the folder."
        )
    if late:
        builder.notes.append(
            f"The archive takes long to read: {late:,} of its files were left out. "
            "Unpack it and add the folder."
        )
    return builder.finish(DocumentKind.ARCHIVE, "", source)


def member_bytes(source: Source, name: str) -> bytes:
    """Returns the bytes of the file that has `name` among the parts of an archive.

    Raises:
        FileNotFoundError: there is no such part.
    """
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            for part_name, member in _members(source, archive)[0]:
                if part_name == name and member.file_size <= MOST_BYTES:
                    return archive.read(member)
    except _UNREADABLE as error:
        raise FileNotFoundError(name) from error
    raise FileNotFoundError(name)


def _members(
    source: Source, archive: zipfile.ZipFile
) -> tuple[list[tuple[str, zipfile.ZipInfo]], int]:
    """Returns the files to read under unique names, and how many more there are."""
    members = list(_files(archive))
    most = _share(source, MOST_FILES)
    taken: set[str] = set()
    named = [(unique_name(member.filename, taken), member) for member in members[:most]]
    return named, len(members) - len(named)


def _files(archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    for member in archive.infolist():
        parts = PurePosixPath(member.filename).parts
        hidden = any(part.startswith(".") and part != ".." for part in parts)
        if not member.is_dir() and not hidden and not _SKIPPED_FOLDERS.intersection(parts):
            yield member


def _share(source: Source, limit: int) -> int:
    for _ in range(source.depth):
        limit //= 10
    return max(limit, 1)


def _part(source: Source, archive: zipfile.ZipFile, name: str, member: zipfile.ZipInfo) -> Part:
    packed = max(member.compress_size, 1)
    if member.flag_bits & 1:
        return _unread(name, member, FailureReason.ENCRYPTED, "It is protected by a password.")
    if member.file_size > _RATIO_FLOOR and member.file_size / packed > _RATIO:
        detail = f"Unpacked, it would take {member.file_size >> 20} MB, which is not safe to open."
        return _unread(name, member, FailureReason.TOO_LARGE, detail)
    try:
        data = archive.read(member)
    except _UNREADABLE:
        return _unread(name, member, FailureReason.BROKEN, "It is damaged. Unpack the archive.")
    return parse_part(source, name, data)


def _unread(name: str, member: zipfile.ZipInfo, reason: FailureReason, detail: str) -> Part:
    """Returns a part that is not unpacked; its place in the archive stands for its bytes."""
    identity = f"{member.filename}\0{member.CRC}\0{member.file_size}".encode("utf-8", "replace")
    key = hashlib.blake2b(identity, digest_size=32).hexdigest()
    return Part(name, key, member.file_size, failure=ParseFailure(reason, detail))
