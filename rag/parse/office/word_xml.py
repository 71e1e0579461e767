"""Brings the XML of Word documents into the plain form that python-docx reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rag.parse.office.drawings import keep_newer, unwrap

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
"""The namespace of Word's elements."""

_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DELETED = tuple(f"{W}{name}" for name in ("del", "moveFrom", "sdtPr", "sdtEndPr"))
_WRAPS = (
    *(f"{W}{name}" for name in ("ins", "moveTo", "sdt", "sdtContent", "smartTag", "customXml")),
    *(f"{W}{name}" for name in ("fldSimple", "dir", "bdo")),
)


def settle(root: Any) -> None:
    """Accepts insertions, drops deletions, and unwraps elements that only wrap text.

    Changes the tree: content controls, fields and other wrappers are replaced by their content,
    and of content in two forms the newer stays.
    """
    for row in list(root.iter(f"{W}tr")):
        if row.find(f"{W}trPr/{W}del") is not None:
            _remove(row)
    for element in list(root.iter(*_DELETED)):
        _remove(element)
    keep_newer(root)
    for element in list(root.iter(f"{_M}oMath")):
        _to_run(element)
    for element in list(root.iter(f"{_M}oMathPara", *_WRAPS)):
        unwrap(element)


def rows(table: Any, text: Callable[[Any], str]) -> list[list[str]]:
    """Returns the cells of a settled table; nested tables become part of their cell's text.

    A cell over several columns counts once; one over several rows is repeated in each.

    Args:
        table: the element.
        text: returns the text of a paragraph.
    """
    lines: list[list[str]] = []
    above: dict[int, str] = {}
    for row in table.iterchildren(f"{W}tr"):
        cells: list[str] = []
        current: dict[int, str] = {}
        column = 0
        for cell in row.iterchildren(f"{W}tc"):
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            if merge is not None and merge.get(f"{W}val", "continue") != "restart":
                words = above.get(column, "")
            else:
                words = " ".join(text(p) for p in cell.iter(f"{W}p") if _is_in_cell(p, table))
            cells.append(words)
            current[column] = words
            column += _span(cell)
        above = current
        lines.append(cells)
    return lines


def texts_of_notes(data: bytes, kind: str) -> dict[str, str]:
    """Returns the texts of foot- or endnotes by their id.

    Args:
        data: the XML of the notes; empty when there are none.
        kind: "footnote" or "endnote".
    """
    from docx.oxml.parser import parse_xml
    from docx.text.paragraph import Paragraph
    from lxml import etree

    try:
        root: Any = parse_xml(data) if data else None
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        return {}
    settle(root)
    texts: dict[str, str] = {}
    for note in root.iter(f"{W}{kind}"):
        if note.get(f"{W}type", "normal") == "normal":
            paragraphs = (Paragraph(p, root).text.strip() for p in note.iter(f"{W}p"))
            texts[note.get(f"{W}id", "")] = " ".join(words for words in paragraphs if words)
    return texts


def _is_in_cell(paragraph: Any, table: Any) -> bool:
    """Tells whether a paragraph is text of a table, and not of a text box in it."""
    for outer in paragraph.iterancestors(f"{W}txbxContent", f"{W}tbl"):
        if outer is table:
            return True
        if outer.tag == f"{W}txbxContent":
            return False
    return False


def _span(cell: Any) -> int:
    element = cell.find(f"{W}tcPr/{W}gridSpan")
    value = element.get(f"{W}val", "1") if element is not None else "1"
    return max(int(value), 1) if value.isascii() and value.isdigit() else 1


def _remove(element: Any) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _to_run(formula: Any) -> None:
    """Replaces a formula by a run of text with its signs in a row."""
    from docx.oxml import OxmlElement

    run = OxmlElement("w:r")
    words = OxmlElement("w:t")
    words.text = "".join(sign.text or "" for sign in formula.iter(f"{_M}t"))
    run.append(words)
    formula.addnext(run)
    _remove(formula)
