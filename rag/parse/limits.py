"""Limits that are checked before a library opens a file."""

from __future__ import annotations

from rag.parse.failures import FailureReason
from rag.parse.parse_problem import ParseProblem, broken, encrypted
from rag.parse.source import Source

TEXT_BYTES = 50 << 20
"""Longest plain-text file (text, Markdown, HTML, CSV, mail), about 50 million characters."""
FILE_BYTES = 500 << 20
"""Largest file of any other format."""
UNPACKED_BYTES = 400 << 20
"""Largest size of an Office file when unpacked, counting text parts only."""
MOST_PARTS = 10_000
"""Most parts of an Office file; each slide of a presentation takes two or three."""
DEEPEST = 256
"""Deepest nesting of XML elements; the XML library refuses more."""
_RATIO = 200  # XML rarely packs better than 1:50; bombs pack 1:1000
_RATIO_FLOOR = 20 << 20


def check_size(size: int, limit: int) -> None:
    """Refuses a file that is larger than `limit` bytes."""
    if size > limit:
        raise ParseProblem(
            FailureReason.TOO_LARGE,
            f"The file is larger than {limit >> 20} MB. Split it into smaller files.",
        )


def check_archive(source: Source, description: str, most_parts: int = MOST_PARTS) -> None:
    """Refuses a damaged zip file, and one that would unpack to far more than it seems.

    Args:
        source: an Office file.
        description: its format with an article, e.g. "a Word document".
        most_parts: that the file may consist of; libraries take a while for each.
    """
    import zipfile  # most formats do without

    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            count = len(archive.infolist())
            parts = [i for i in archive.infolist() if i.filename.endswith((".xml", ".rels"))]
            locked = any(i.flag_bits & 1 for i in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise broken(description) from error
    if locked:
        raise encrypted()
    if count > most_parts:
        raise ParseProblem(
            FailureReason.TOO_LARGE,
            f"The file consists of {count:,} parts, more than {most_parts:,}, which is not safe to "
            "open. Save it in another format.",
        )
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts) or 1
    bomb = unpacked > _RATIO_FLOOR and unpacked / packed > _RATIO
    if unpacked > UNPACKED_BYTES or bomb:
        raise ParseProblem(
            FailureReason.TOO_LARGE,
            f"Unpacked, the file would take {unpacked >> 20} MB, which is not safe to open.",
        )
