"""Reads the words of shapes and pictures that lie over the cells of an OpenDocument sheet."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from rag.parse.safe_xml import local
from rag.parse.state_words import picture

_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_DRAW, _TEXT = f"{{{_ODF}:drawing:1.0}}", f"{{{_ODF}:text:1.0}}"
_SVG = f"{{{_ODF}:svg-compatible:1.0}}"
_LONGEST = 20_000  # characters of a shape


def shape_lines(table: etree._Element) -> Iterator[str]:
    """Yields the words of text boxes and other shapes, and what pictures are described by."""
    for item in table.iter(f"{_DRAW}*"):
        if local(item) == "g":
            continue
        lines = (" ".join("".join(map(str, p.itertext())).split()) for p in _own(item))
        text = " / ".join(line for line in lines if line)[:_LONGEST]
        if text:
            yield f"Text box: {text}"
        described = [item.findtext(f"{_SVG}{name}", "") for name in ("title", "desc")]
        if words := picture(": ".join(filter(None, map(str.strip, described)))):
            yield words


def _own(shape: etree._Element) -> Iterator[etree._Element]:
    """Yields the paragraphs that stand in a shape itself, or in its lists."""
    yield from shape.iterchildren(f"{_TEXT}p", f"{_TEXT}h")
    for items in shape.iterchildren(f"{_TEXT}list"):
        yield from items.iter(f"{_TEXT}p", f"{_TEXT}h")


def objects(content: etree._Element) -> list[str]:
    """Returns a plain sentence about charts and other objects, which are not read."""
    count = sum(1 for _ in content.iter(f"{_DRAW}object", f"{_DRAW}object-ole"))
    if not count:
        return []
    noun = "1 chart or other object" if count == 1 else f"{count:,} charts and other objects"
    return [f"{noun} in the workbook {'was' if count == 1 else 'were'} not read."]
