"""Text of shapes on slides: paragraphs with their bullets and numbers, and tables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from rag.parse.link_targets import target_in_words
from rag.parse.numerals import numeral
from rag.parse.office.equations import M, equation_text
from rag.parse.state_words import signs_in_words
from rag.parse.text_marks import NO_MARKS, Mark, Marks, in_words, is_highlighting, marked

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
"""The namespace of text in drawings."""

_FORMS = {
    "alphaLc": "lowerLetter",
    "alphaUc": "upperLetter",
    "romanLc": "lowerRoman",
    "romanUc": "upperRoman",
}
_SCHEME = re.compile(
    r"(alphaLc|alphaUc|romanLc|romanUc)?\w*?(Period|ParenR|ParenBoth|Plain|Minus)?$"
)
_ENDS = {"Period": "{}.", "ParenR": "{})", "ParenBoth": "({})"}
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_MOST_PARAGRAPHS = 5_000  # of a slide
_MOST_DIGITS = 5
_MOST_SPANNED = 100  # columns or rows of a cell
_LONGEST_REPEATED = 200  # characters of a cell over several columns or rows


def marked_paragraphs(body: Any) -> list[tuple[str, str]]:
    """Returns the paragraphs with text, each after its number; "" for one without a number.

    Args:
        body: the element with the paragraphs.
    """
    counts: dict[tuple[str, str], int] = {}
    marked: list[tuple[str, str]] = []
    for paragraph in body.iterchildren(f"{A}p"):
        text = paragraph_text(paragraph)
        if not text.strip():
            continue
        properties = paragraph.find(f"{A}pPr")
        level = properties.get("lvl", "0") if properties is not None else "0"
        number = properties.find(f"{A}buAutoNum") if properties is not None else None
        counts = {key: count for key, count in counts.items() if key[0] <= level}
        if number is None:
            counts = {key: count for key, count in counts.items() if key[0] != level}
            marked.append(("", text))
            continue
        scheme, start = number.get("type", ""), number.get("startAt", "1")
        if not (start.isascii() and start.isdigit() and len(start) <= _MOST_DIGITS):
            start = "1"
        counts[level, scheme] = counts.get((level, scheme), int(start) - 1) + 1
        marked.append((_number(counts[level, scheme], scheme), text))
    return marked


def paragraph_text(paragraph: Any) -> str:
    """Returns the text of a paragraph, with ticks and struck-out words in words."""
    return signs_in_words(in_words("".join(_parts(paragraph))))


def body_text(body: Any) -> str:
    """Returns the text of all paragraphs, a line each."""
    return "\n".join(map(paragraph_text, body.iterchildren(f"{A}p")))


def links_in_words(root: Any, targets: Mapping[str, str]) -> None:
    """Writes the targets of links behind their words; changes the tree.

    Args:
        root: of what is on a slide.
        targets: addresses by the ids of relations.
    """
    for paragraph in list(root.iter(f"{A}p"))[:_MOST_PARAGRAPHS]:
        runs = [(run, _address(run, targets)) for run in paragraph.iterchildren(f"{A}r")]
        for address, group in itertools.groupby(runs, key=lambda pair: pair[1]):
            texts = [text for run, _ in group for text in run.iterchildren(f"{A}t")]
            if address and texts:
                words = "".join(text.text or "" for text in texts)
                texts[-1].text = f"{texts[-1].text or ''}{target_in_words(words, address)}"


def _address(run: Any, targets: Mapping[str, str]) -> str:
    link = run.find(f"{A}rPr/{A}hlinkClick")
    return targets.get(link.get(f"{_R}id", ""), "") if link is not None else ""


def table_rows(table: Any) -> list[list[str]]:
    """Returns the cells of a table; one over several columns or rows is repeated in each.

    Args:
        table: the ``a:tbl`` element.
    """
    rows: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}  # column -> rows that a cell still covers, its text
    for row in table.iterchildren(f"{A}tr"):
        cells: list[str] = []
        left, words = 0, ""
        for column, cell in enumerate(row.iterchildren(f"{A}tc")):
            rest, above = below.pop(column, (0, ""))
            if left:
                left -= 1
                text = words
            elif rest:
                text = above
            else:
                text = _cell_text(cell)
                words = text if len(text) <= _LONGEST_REPEATED else ""
                left = _span(cell, "gridSpan") - 1
                rest = _span(cell, "rowSpan")
                above = words
            if rest > 1:
                below[column] = (rest - 1, above)
            cells.append(text)
        rows.append(cells)
    return rows


def _parts(paragraph: Any) -> Iterator[str]:
    for child in paragraph:
        if child.tag in (f"{A}r", f"{A}fld"):
            text = "".join(part.text or "" for part in child.iterchildren(f"{A}t"))
            yield marked(text, _marks(child.find(f"{A}rPr"))) if text else ""
        elif child.tag == f"{A}br":
            yield "\n"
        else:
            yield "".join(map(equation_text, child.iter(f"{M}oMath")))


def _marks(properties: Any) -> Marks:
    if properties is None:
        return NO_MARKS
    marks = set()
    if properties.get("strike", "noStrike") != "noStrike":
        marks.add(Mark.STRUCK)
    shift = properties.get("baseline", "0").strip()  # in percent, or in thousandths of it
    if shift.startswith("-"):
        marks.add(Mark.LOWERED)
    elif shift.lstrip("0")[:1].isdigit():
        marks.add(Mark.RAISED)
    colour = properties.find(f"{A}highlight/{A}srgbClr")
    if colour is not None and is_highlighting(colour.get("val", "")):
        marks.add(Mark.HIGHLIGHTED)
    return frozenset(marks)


def _cell_text(cell: Any) -> str:
    body = cell.find(f"{A}txBody")
    if body is None:
        return ""
    return "\n".join(f"{mark} {text}" if mark else text for mark, text in marked_paragraphs(body))


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1")
    usable = value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS
    return min(max(int(value), 1), _MOST_SPANNED) if usable else 1


def _number(count: int, scheme: str) -> str:
    match = _SCHEME.match(scheme)
    form, end = match.groups() if match else (None, None)
    return _ENDS.get(end or "", "{}").format(numeral(count, _FORMS.get(form or "", "decimal")))
