"""Brings the XML of Word documents into the plain form that python-docx reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from rag.parse.office.drawings import keep_newer, unwrap
from rag.parse.office.equations import M, equation_text
from rag.parse.office.word_controls import put_in_words
from rag.parse.office.word_links import links_in_words
from rag.parse.office.word_names import W, is_on, number, value
from rag.parse.text_table import joined_header

_DELETED = tuple(f"{W}{name}" for name in ("del", "moveFrom"))
_MOST_COLUMNS = 63  # of a table in Word
_LONGEST_REPEATED = 200  # characters of a cell over several columns
_DROPPED = tuple(f"{W}{name}" for name in ("sdtPr", "sdtEndPr"))
_WRAPS = (
    *(f"{W}{name}" for name in ("ins", "moveTo", "sdt", "sdtContent", "smartTag", "customXml")),
    *(f"{W}{name}" for name in ("fldSimple", "dir", "bdo")),
)


def settle(root: Any, targets: Mapping[str, str] | None = None) -> Counter[str]:
    """Accepts insertions, drops deletions, and unwraps elements that only wrap text.

    Changes the tree: content controls become their state in words, fields and other wrappers are
    replaced by their content, and of content in two forms the newer stays.

    Args:
        root: of the text.
        targets: addresses of links by the ids of relations.

    Returns:
        The numbers of tracked changes under "inserted" and "deleted".
    """
    changes = _accept_changes(root)
    keep_newer(root)
    links_in_words(root, targets or {})
    put_in_words(root)
    for element in list(root.iter(*_DROPPED)):
        _remove(element)
    for element in list(root.iter(f"{M}oMath")):
        _to_run(element)
    for element in list(root.iter(f"{M}oMathPara", *_WRAPS)):
        unwrap(element)
    return changes


def _accept_changes(root: Any) -> Counter[str]:
    changes: Counter[str] = Counter()
    for mark in reversed(list(root.iter(f"{W}ins", f"{W}del"))):
        parent = mark.getparent()
        deleted = mark.tag == f"{W}del"
        changes["deleted" if deleted else "inserted"] += 1
        if deleted and parent is not None and parent.tag == f"{W}trPr":
            _remove(parent.getparent())
        elif deleted and parent is not None and parent.tag == f"{W}rPr":
            _join_next(parent)
    for mark in list(root.iter(f"{W}cellDel")):
        changes["deleted"] += 1
        _remove(next(mark.iterancestors(f"{W}tc"), mark))
    for element in list(root.iter(*_DELETED)):
        _remove(element)
    return changes


def _join_next(properties: Any) -> None:
    """Moves a paragraph whose end is deleted into the next one, before that one's text."""
    if properties.getparent().tag != f"{W}pPr":
        return
    paragraph = properties.getparent().getparent()
    following = paragraph.getnext()
    if following is None or following.tag != f"{W}p":
        return
    first = next(following.iterchildren(), None)
    place = 1 if first is not None and first.tag == f"{W}pPr" else 0
    for child in reversed([c for c in paragraph if c.tag != f"{W}pPr"]):
        following.insert(place, child)
    _remove(paragraph)


def rows(table: Any, text: Callable[[Any], str]) -> list[list[str]]:
    """Returns the cells of a settled table; nested tables become part of their cell's text.

    A cell over several columns or rows is repeated in each, so that every value stands under its
    header; one over the whole width counts once. Rows that are marked as the header become one.

    Args:
        table: the element.
        text: returns the text of a paragraph.
    """
    lines: list[list[str]] = []
    above: dict[int, str] = {}
    headers = 0
    for row in table.iterchildren(f"{W}tr"):
        before = min(number(value(row, "trPr/gridBefore")), _MOST_COLUMNS)
        cells = [""] * before
        current: dict[int, str] = {}
        column = before
        parts = list(row.iterchildren(f"{W}tc"))
        for cell in parts:
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            if merge is not None and merge.get(f"{W}val", "continue") != "restart":
                words = above.get(column, "")
            else:
                words = _cell_text(cell, text)
            span = min(max(number(value(cell, "tcPr/gridSpan"), 1), 1), _MOST_COLUMNS)
            again = words if len(words) <= _LONGEST_REPEATED else ""
            cells += [words, *[again] * (span - 1)] if len(parts) > 1 else [words]
            current[column] = words
            column += span
        above = current
        if headers == len(lines) and is_on(row.find(f"{W}trPr/{W}tblHeader")):
            headers += 1
        lines.append(cells)
    return joined_header(lines, headers)


def _cell_text(cell: Any, text: Callable[[Any], str]) -> str:
    parts: list[str] = []
    for child in cell:
        if child.tag == f"{W}p":
            parts.append(text(child))
        elif child.tag == f"{W}tbl":
            inner = (", ".join(filter(None, line)) for line in rows(child, text))
            parts.append("; ".join(filter(None, inner)))
    return " ".join(parts)


def texts_of_notes(
    data: bytes, kind: str, text: Callable[[Any], str], targets: Mapping[str, str]
) -> dict[str, str]:
    """Returns the texts of foot- or endnotes by their id.

    Args:
        data: the XML of the notes; empty when there are none.
        kind: "footnote" or "endnote".
        text: returns the text of a paragraph.
        targets: addresses of links by the ids of relations.
    """
    from docx.oxml.parser import parse_xml
    from lxml import etree

    try:
        root: Any = parse_xml(data) if data else None
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        return {}
    settle(root, targets)
    texts: dict[str, str] = {}
    for note in root.iter(f"{W}{kind}"):
        if note.get(f"{W}type", "normal") == "normal":
            paragraphs = (text(p).strip() for p in note.iter(f"{W}p"))
            texts[note.get(f"{W}id", "")] = " ".join(words for words in paragraphs if words)
    return texts


def _remove(element: Any) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _to_run(formula: Any) -> None:
    """Replaces a formula by a run of text."""
    from docx.oxml import OxmlElement

    run = OxmlElement("w:r")
    words = OxmlElement("w:t")
    words.text = equation_text(formula)
    run.append(words)
    formula.addnext(run)
    _remove(formula)
