"""Opens Office files, and converts those in Strict Open XML to the transitional form."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any, BinaryIO

from rag.parse.parse_problem import broken
from rag.parse.source import Source

_STRICT = b"http://purl.oclc.org/ooxml/"
_NAME = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_TEXTS = (".xml", ".rels")


def open_office(source: Source) -> BinaryIO:
    """Opens a stream over an Office file with the namespaces that the libraries know.

    For text, the two forms differ only in XML namespaces. Images and other parts without text are
    emptied in a converted file.

    Args:
        source: a zip file that was checked by `rag.parse.limits.check_archive`.

    Raises:
        OSError: it cannot be opened.
        KeyError: it is not an Office file.
        zipfile.BadZipFile: it is damaged.
    """
    with source.open() as stream, zipfile.ZipFile(stream) as archive:
        if _STRICT not in archive.read("_rels/.rels"):
            return source.open()
        converted = io.BytesIO()
        with zipfile.ZipFile(converted, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
            for name in archive.namelist():
                data = archive.read(name) if name.endswith(_TEXTS) else b""
                copy.writestr(name, _NAME.sub(rb"http://schemas.openxmlformats.org/\1/2006/", data))
    converted.seek(0)
    return converted


def main_part(source: Source, package: Any, part_type: type[Any], format_name: str) -> Any:
    """Returns the part of an Office file that holds its document or its slides.

    Args:
        source: as `open_office` takes it.
        package: the library's class of packages.
        part_type: the library's class of that part.
        format_name: what the file is called if it holds something else.

    Raises:
        ParseProblem: the main part is of another type.
        OSError, KeyError, zipfile.BadZipFile: as `open_office` does.
    """
    with open_office(source) as stream:
        part = package.open(stream).main_document_part
    if not isinstance(part, part_type):
        raise broken(format_name)
    return part
