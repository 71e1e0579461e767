"""Reads the words of drawings in XML: SVG, and diagrams of draw.io."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
import zlib
from collections.abc import Iterator

from lxml import etree

from rag.parse.builder import DocumentBuilder
from rag.parse.safe_xml import local, tree

_MOST_BYTES = 16 << 20  # of a diagram when unpacked
_MOST_LABELS = 50_000
_TAG = re.compile(r"<[^<>]{0,1000}>")
_NOT_READ = "A diagram of the file could not be unpacked."


def add_drawing(builder: DocumentBuilder, root: etree._Element) -> bool:
    """Adds the words of a drawing; tells whether it is one."""
    name = local(root)
    if name == "svg":
        words = (" ".join("".join(map(str, item.itertext())).split()) for item in _labels(root))
        builder.add("\n".join(dict.fromkeys(filter(None, words))))
    elif name == "mxfile":
        for diagram in root:
            builder.heading(str(diagram.get("name") or ""), 1)
            builder.add("\n".join(_values(builder, diagram)))
            builder.leave_sections()
    return name in ("svg", "mxfile")


def _labels(root: etree._Element) -> Iterator[etree._Element]:
    for item in root.iter(etree.Element):
        if local(item) in ("title", "desc", "text"):
            yield item


def _values(builder: DocumentBuilder, diagram: etree._Element) -> list[str]:
    """Returns the labels of a diagram, which may be packed."""
    cells = diagram
    if not len(diagram) and (packed := (diagram.text or "").strip()):
        try:
            data = base64.b64decode(packed, validate=True)
            unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
            quoted = unpacker.decompress(data, _MOST_BYTES)
            cells = tree(urllib.parse.unquote_to_bytes(quoted))
        except (binascii.Error, zlib.error, etree.LxmlError, ValueError):
            builder.notes.append(_NOT_READ)
            return []
    values: list[str] = []
    for item in cells.iter(etree.Element):
        label = str(item.get("value") or item.get("label") or "")
        if words := " ".join(_TAG.sub(" ", label).split()):
            values.append(words)
        if len(values) >= _MOST_LABELS:
            break
    return values
