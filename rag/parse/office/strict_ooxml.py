"""Converts Office files in Strict Open XML to the transitional form, in memory."""

from __future__ import annotations

import io
import re
import zipfile
from typing import BinaryIO

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
