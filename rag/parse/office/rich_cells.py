"""Reads from a workbook which cells have words that are struck out, raised or lowered.

The library for workbooks returns the text of cells without its look.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from lxml import etree

from rag.parse.safe_xml import local, tree
from rag.parse.text_marks import Mark, Marks, in_words, marked
from rag.text.lazy_regex import lazy_regex

MOST_BYTES = 64 << 20
"""Most bytes of a workbook's shared strings whose look is read."""

_LOOKS = (b"vertAlign", b"strike")
_MOST_STRINGS = 100_000
_SHARED = lazy_regex(
    rb"<(?:\w{1,20}:)?c\s([^<>]{1,400})>\s*<(?:\w{1,20}:)?v>([0-9]{1,9})</(?:\w{1,20}:)?v>"
)
_IS_SHARED = lazy_regex(rb"""(?:^|\s)t\s?=\s?["']s["']""")
_CELL_START = lazy_regex(rb"<(?:\w{1,20}:)?c\s([^<>]{1,400})>\s*<(?:\w{1,20}:)?is>")
_INLINE_END = lazy_regex(rb"</(?:\w{1,20}:)?is>")
_PREFIX = lazy_regex(rb"(</?)\w{1,20}:")


def has_looks(data: bytes) -> bool:
    """Tells whether XML may hold text with a look that `rich_strings` reads."""
    return any(look in data for look in _LOOKS)


def rich_strings(data: bytes) -> dict[bytes, str]:
    """Returns the shared strings whose look says something, in words, by their number.

    Args:
        data: XML of the shared strings.

    Raises:
        etree.LxmlError: it is damaged.
    """
    strings: dict[bytes, str] = {}
    if not has_looks(data):
        return strings
    items = etree.iterparse(
        io.BytesIO(data), tag="{*}si", resolve_entities=False, no_network=True, load_dtd=False
    )
    for number, (_, item) in enumerate(items):
        words = _words(item)
        if words is not None and len(strings) < _MOST_STRINGS:
            strings[str(number).encode()] = words
        item.clear()
        parent = item.getparent()
        if parent is not None:
            del parent[: parent.index(item)]
    return strings


def rich_cells(piece: bytes, strings: dict[bytes, str]) -> Iterator[tuple[bytes, str]]:
    """Yields the attributes of cells with such text, and the text in words.

    Args:
        piece: XML with whole cells.
        strings: of the workbook, from `rich_strings`.
    """
    if strings:
        for match in _SHARED.finditer(piece):
            words = strings.get(match[2])
            if words is not None and _IS_SHARED.search(match[1]):
                yield match[1], words
    if has_looks(piece):
        for match in _CELL_START.finditer(piece):
            end = _INLINE_END.search(piece, match.end())
            if end is None:
                return
            inner = piece[match.end() : end.start()]
            if has_looks(inner):
                words = _inline(inner)
                if words is not None:
                    yield match[1], words


def _inline(data: bytes) -> str | None:
    try:
        return _words(tree(b"<is>" + _PREFIX.sub(rb"\1", data) + b"</is>"))
    except etree.LxmlError:
        return None


def _words(string: etree._Element) -> str | None:
    """Returns the text of a string in words; None if no part of it has such a look."""
    parts: list[str] = []
    has_marks = False
    for child in string:
        if local(child) not in ("r", "t"):
            continue  # the sounds of Japanese words
        texts = [child] if local(child) == "t" else [t for t in child if local(t) == "t"]
        text = "".join(t.text or "" for t in texts)
        marks = _marks(child)
        has_marks = has_marks or bool(marks)
        if text:
            parts.append(marked(text, marks))
    return in_words("".join(parts)) if has_marks else None


def _marks(run: etree._Element) -> Marks:
    marks: set[Mark] = set()
    for properties in (child for child in run if local(child) == "rPr"):
        for item in properties:
            value = str(item.get("val", ""))
            if local(item) == "strike" and value not in ("0", "false"):
                marks.add(Mark.STRUCK)
            elif local(item) == "vertAlign" and value == "superscript":
                marks.add(Mark.RAISED)
            elif local(item) == "vertAlign" and value == "subscript":
                marks.add(Mark.LOWERED)
    return frozenset(marks)
