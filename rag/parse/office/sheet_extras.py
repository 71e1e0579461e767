"""Reads what lies over and around the cells of an XLSX sheet: shapes, charts, page headers, lists.

Names of elements as in ECMA-376, part 1: sections 18.3 (sheets), 20.5 (drawings) and 21.2 (charts).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from lxml import etree

from rag.parse.office.drawings import keep_newer, values_of_others
from rag.parse.office.margins import says_more_than_page
from rag.parse.safe_xml import local, tree
from rag.parse.state_words import picture
from rag.parse.table import column_name
from rag.text.lazy_regex import lazy_regex

Relations = Mapping[str, tuple[str, str]]
"""The kind and the part of each relation, by its id."""

_MOST_LINES = 2_000
_MOST_VALUES = 100  # of a list of allowed values
_LONGEST = 20_000  # characters of a shape
_MARGINS = ("oddHeader", "evenHeader", "firstHeader", "oddFooter", "evenFooter", "firstFooter")
# Codes in headers and footers (18.3.1.46): sections, fonts, sizes, colours, fields.
_SECTION = lazy_regex(r"&[LCR]")
_CODE = lazy_regex(r'&(?:"[^"]*"|K[0-9A-F]{6}|K\d\d[+-]\d{3}|\d{1,3}|[A-Z])', re.IGNORECASE)
_AXES = ("catAx", "valAx", "dateAx", "serAx")


def margin_text(codes: str) -> str:
    """Returns the words of a page's header or footer; "" if they only number the page."""
    parts = (_CODE.sub("", part.replace("&&", "\0")) for part in _SECTION.split(codes))
    words = [" ".join(part.replace("\0", "&").split()) for part in parts]
    return " | ".join(word for word in words if word and says_more_than_page(word))


def around_cells(tail: bytes) -> Iterator[str]:
    """Yields lines about page headers, and values that cells may have.

    Args:
        tail: the sheet's XML behind its cells.
    """
    try:
        root = tree(b"<worksheet>" + tail, recover=True)
    except etree.LxmlError:
        return
    seen: set[str] = set()
    for item in root.iter(etree.Element):
        name = local(item).rpartition(":")[2]
        if name in _MARGINS:
            words = margin_text(item.text or "")
            if words and words not in seen:
                seen.add(words)
                yield f"Page {'header' if name.endswith('Header') else 'footer'}: {words}"
        elif name == "dataValidation":
            yield from _allowed(item)


def _allowed(item: etree._Element) -> Iterator[str]:
    """Yields which values cells may have, and what is shown to who fills them in."""
    inner = {local(child).rpartition(":")[2]: _all_text(child) for child in item}
    cells = " ".join((item.get("sqref") or inner.get("sqref", "")).split())
    listed = inner.get("formula1", "")
    if item.get("type") == "list" and cells and listed:
        if listed.startswith('"'):
            values = [value.strip() for value in listed.strip('"').split(",")]
            more = f" and {len(values) - _MOST_VALUES:,} more" if len(values) > _MOST_VALUES else ""
            yield f"Allowed in {cells}: one of {', '.join(values[:_MOST_VALUES])}{more}"
        else:
            yield f"Allowed in {cells}: one of the values in {listed}"
    words = [" ".join(str(item.get(name, "")).split()) for name in ("promptTitle", "prompt")]
    if any(words):
        yield f"Hint on {cells}: {': '.join(filter(None, words))}"


def drawing_lines(
    root: etree._Element, relations: Relations, part: Callable[[str], etree._Element | None]
) -> Iterator[str]:
    """Yields the words of shapes, pictures and charts, each with the cell where it begins.

    Args:
        root: of the drawing.
        relations: of the drawing.
        part: returns the root of another part; None if there is none.
    """
    keep_newer(root)
    for anchor in root:
        place = _place(anchor)
        for item in anchor.iter(etree.Element):
            name = local(item)
            if name == "txBody":
                text = _paragraphs(item)[:_LONGEST]
                if text:
                    yield f"Text box{place}: {text}"
            elif name == "cNvPr" and (words := picture(str(item.get("descr") or ""))):
                yield f"{words}{place}"
            elif name == "chart":
                target = _related(item, relations)
                chart = part(target)
                if chart is not None:
                    yield from filter(None, (_chart_line(chart, place),))
            elif name == "relIds":
                target = _related(item, relations, "dm")
                data = part(target)
                if data is not None:
                    yield from _diagram(data, place)


def _place(anchor: etree._Element) -> str:
    start = next((item for item in anchor if local(item) == "from"), None)
    numbers = {local(item): item.text or "" for item in (() if start is None else start)}
    row, column = numbers.get("row", ""), numbers.get("col", "")
    if not (row.isdecimal() and column.isdecimal() and len(row) < 8 and len(column) < 6):
        return ""
    return f" at {column_name(int(column) + 1)}{int(row) + 1}"


def _related(item: etree._Element, relations: Relations, name: str = "id") -> str:
    ids = [str(value) for key, value in item.attrib.items() if str(key).endswith(f"}}{name}")]
    return relations.get(ids[0] if ids else "", ("", ""))[1]


def _chart_line(root: etree._Element, place: str) -> str:
    """Returns a chart's title, the names of its axes and series, and values that no cell holds."""
    titles: dict[str, list[str]] = {"chart": [], "axis": []}
    for title in root.iter(etree.Element):
        parent = title.getparent()
        if local(title) == "title" and parent is not None and (words := _title(title)):
            titles["axis" if local(parent) in _AXES else "chart"].append(words)
    series = [
        words
        for item in root.iter(etree.Element)
        if local(item) == "ser"
        for label in item
        if local(label) == "tx" and (words := _title(label))
    ]
    parts = [
        ", ".join(titles["chart"]),
        f"axes: {', '.join(dict.fromkeys(titles['axis']))}" if titles["axis"] else "",
        f"series: {', '.join(dict.fromkeys(series))}" if series else "",
        *_chart_values(root),
    ]
    words = "; ".join(filter(None, parts))[:_LONGEST]
    return f"Chart{place}: {words}" if words else ""


def _chart_values(root: etree._Element) -> Iterator[str]:
    """Yields the values of each category with the names of their series."""
    names: list[str] = []
    for label, *values in values_of_others(root):
        if not label:
            names = values
            continue
        pairs = zip(names, values, strict=True)
        yield f"{label}: {', '.join(f'{name} {value}' for name, value in pairs if value)}"


def _title(item: etree._Element) -> str:
    """Returns words that are written out, or stored from a cell."""
    return _paragraphs(item) or " ".join(v.text or "" for v in item.iter() if local(v) == "v")


def _diagram(root: etree._Element, place: str) -> Iterator[str]:
    points = (p for p in root.iter() if local(p) == "pt" and p.get("type", "node") == "node")
    words = [text for point in points if (text := _paragraphs(point))]
    if words:
        yield f"Diagram{place}: {'; '.join(words)[:_LONGEST]}"


def _paragraphs(item: etree._Element) -> str:
    lines = (
        "".join(run.text or "" for run in paragraph.iter() if local(run) == "t")
        for paragraph in item.iter()
        if local(paragraph) == "p"
    )
    return " / ".join(words for line in lines if (words := " ".join(line.split())))


def _all_text(item: etree._Element) -> str:
    return "".join(str(text) for text in item.itertext()).strip()


def limited(lines: Iterator[str]) -> tuple[list[str], bool]:
    """Returns the first lines, and whether there are more."""
    kept: list[str] = []
    for line in lines:
        if len(kept) >= _MOST_LINES:
            return kept, True
        kept.append(line)
    return kept, False
