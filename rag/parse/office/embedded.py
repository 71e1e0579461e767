"""Files embedded in Word, PowerPoint and Excel files: workbooks, documents, packed files."""

from __future__ import annotations

import io
import itertools
import posixpath
import re
import struct
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import PurePosixPath

from lxml import etree

from rag.parse.containers import OLE, ZIP, zip_kind
from rag.parse.safe_xml import member, tree
from rag.parse.source import Source

# Relations of the text, slides and sheets; the workbooks behind charts are read as charts.
_RELATIONS = re.compile(r"(word|ppt/slides|xl/worksheets)/_rels/[^/]+\.rels")
_KINDS = ("/package", "/oleObject", "/aFChunk")
_MARKS = tuple(kind.encode() for kind in _KINDS)
_MOST_FILES = 2000
_NATIVE, _PACKAGE, _CONTENTS = "\x01Ole10Native", "Package", "CONTENTS"
_HEAD_BYTES = 6  # of a packed file: its size and a mark
_FLAG_BYTES = 4  # after its names
_PDF = b"%PDF-"


def embedded_files(source: Source) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yields the names and bytes of embedded files, the bytes unpacked only on request.

    Args:
        source: a zip file that was checked by `rag.parse.limits.check_archive`.
    """
    try:
        with source.open() as stream, zipfile.ZipFile(stream) as archive:
            for name in dict.fromkeys(itertools.islice(_targets(archive), _MOST_FILES)):
                yield _named(source, archive, name)
    except (KeyError, ValueError, zipfile.BadZipFile, etree.LxmlError):
        return  # a damaged table of relations


def _targets(archive: zipfile.ZipFile) -> Iterator[str]:
    present = {name for name in archive.namelist() if not _is_own(name)}
    if not present:
        return
    for name in filter(_RELATIONS.fullmatch, archive.namelist()):
        data = member(archive, name)
        if not any(mark in data for mark in _MARKS):
            continue
        folder = posixpath.dirname(posixpath.dirname(name))
        for relation in tree(data):
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))
            inside = target.lstrip("/")
            if relation.get("Type", "").endswith(_KINDS) and inside in present:
                yield inside


def _is_own(name: str) -> bool:
    """Tells whether a part is the file's own text or picture, and embeds nothing."""
    return name.endswith((".xml", ".rels", "/")) or "/media/" in name


def _named(source: Source, archive: zipfile.ZipFile, name: str) -> tuple[str, Callable[[], bytes]]:
    own_name = posixpath.basename(name)
    with archive.open(name) as stream:
        is_ole = stream.read(len(OLE)) == OLE
    if is_ole:
        own_name, data = _unwrapped(own_name, _bytes(source, name))
        return own_name, lambda: data
    return own_name, partial(_bytes, source, name)


def _bytes(source: Source, name: str) -> bytes:
    from rag.parse.attachments import MOST_BYTES

    with source.open() as stream, zipfile.ZipFile(stream) as archive, archive.open(name) as part:
        return part.read(MOST_BYTES + 1)


def _unwrapped(name: str, data: bytes) -> tuple[str, bytes]:
    """Returns the name and bytes of a file in an OLE object; the object itself if it holds none."""
    import olefile  # type: ignore[import-untyped]

    stem = PurePosixPath(name).stem
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            streams = {entry[-1] for entry in container.listdir()}
            if _NATIVE in streams:
                own_name, content = _packed(container.openstream(_NATIVE).read())
                return own_name or name, content
            for stream in streams & {_PACKAGE, _CONTENTS}:
                content = container.openstream(stream).read()
                if content.startswith(_PDF):
                    return f"{stem}.pdf", content
                if content.startswith(ZIP):
                    kind = zip_kind(Source(name, data=content), None)
                    return f"{stem}.{kind.value}", content
            if streams & {"Workbook", "Book"}:
                return f"{stem}.xls", data
    except Exception:  # noqa: BLE001  # olefile raises its own errors and those of a bad index
        return name, data
    return name, data


def _packed(data: bytes) -> tuple[str, bytes]:
    """Returns the name and bytes of a file that was packed as an object ([MS-OLEDS] 2.3.6).

    Raises:
        ValueError: it is damaged.
    """
    label, _, rest = data[_HEAD_BYTES:].partition(b"\0")
    rest = rest.partition(b"\0")[2][_FLAG_BYTES:]
    (length,) = struct.unpack_from("<I", rest)
    begin = 4 + length
    (size,) = struct.unpack_from("<I", rest, begin)
    content = rest[begin + 4 : begin + 4 + size]
    if len(content) < size:
        raise ValueError
    return posixpath.basename(label.decode("cp1252", "replace").replace("\\", "/")), content
