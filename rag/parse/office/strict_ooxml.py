"""Office files in the strict form of their standard, made into the usual form in memory."""

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
    """A stream over an Office file whose names are those that the libraries know.

    The two forms differ in the names of elements' families, in what matters to their text. Pictures
    and other parts that hold no text are emptied in a file that is made over.

    Args:
        source: a zip file that was checked by `rag.parse.limits.check_archive`.

    Raises:
        OSError: it cannot be opened.
        KeyError: it is no Office file.
        zipfile.BadZipFile: it is damaged.
    """
    with source.open() as stream, zipfile.ZipFile(stream) as archive:
        if _STRICT not in archive.read("_rels/.rels"):
            return source.open()
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
            for name in archive.namelist():
                data = archive.read(name) if name.endswith(_TEXTS) else b""
                copy.writestr(name, _NAME.sub(rb"http://schemas.openxmlformats.org/\1/2006/", data))
    made.seek(0)
    return made
