"""Charts and diagrams in Office files: reads their text from the XML."""

from __future__ import annotations

import math
from typing import Any

from lxml import etree

from rag.parse.office.date_format import is_date_code
from rag.parse.office.formulas import moment
from rag.parse.office.number_format import shown

_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_TEXT = "{http://schemas.openxmlformats.org/drawingml/2006/main}t"
_PARAGRAPH = "{http://schemas.openxmlformats.org/drawingml/2006/main}p"
_POINT = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}pt"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_MOST_POINTS = 5000  # values of a chart's series; more are no longer a chart that one reads


def chart(data: bytes) -> tuple[str, list[list[str]]]:
    """Returns a chart's title, which may be empty, and its values as a table with a header row.

    Each row is a category with the values of all series. Series with categories of their own, as
    in a scatter plot, stand below one another.

    Args:
        data: the chart's XML.
    """
    root = _read(data)
    if root is None:
        return "", []
    heading = root.find(f"{_CHART}chart/{_CHART}title")
    title = _text(heading) if heading is not None else ""
    return title, _rows(list(root.iter(f"{_CHART}ser")))


def values_of_others(root: etree._Element) -> list[list[str]]:
    """Returns the values of a workbook's chart that no cell of the workbook holds, as `chart` does.

    They are typed in (ECMA-376, 21.2.2.122), or from another workbook, which a reference names in
    square brackets (18.17.2.3); the others are in the text of their sheet.
    """
    return _rows([series for series in root.iter(f"{_CHART}ser") if _is_from_elsewhere(series)])


def _is_from_elsewhere(series: etree._Element) -> bool:
    for role in ("val", "yVal"):
        points = series.find(f"{_CHART}{role}")
        if points is not None:
            formula = points.findtext(f"{_CHART}numRef/{_CHART}f")
            return formula is None or "[" in formula
    return False


def _rows(all_series: list[etree._Element]) -> list[list[str]]:
    tables: dict[tuple[str, ...], list[tuple[str, dict[int, str]]]] = {}
    for number, series in enumerate(all_series, start=1):
        name = _name(series) or f"Series {number}"
        labels = _values(series, "cat") or _values(series, "xVal")
        values = _values(series, "val") or _values(series, "yVal")
        length = min(max([*labels, *values], default=-1) + 1, _MOST_POINTS)
        key = tuple(labels.get(row, "") for row in range(length))
        tables.setdefault(key, []).append((name, values))
    rows: list[list[str]] = []
    for key, columns in tables.items():
        if key:
            rows.append(["", *(name for name, _ in columns)])
            rows += [
                [label or str(row + 1), *(values.get(row, "") for _, values in columns)]
                for row, label in enumerate(key)
            ]
    return rows


def diagram(data: bytes) -> list[str]:
    """Returns the texts of a diagram's shapes (SmartArt), in their order.

    Args:
        data: the XML of the diagram's data.
    """
    root = _read(data)
    if root is None:
        return []
    points = (p for p in root.iter(_POINT) if p.get("type", "node") in ("node", "asst"))
    return [text for point in points if (text := _text(point))]


def keep_newer(root: Any) -> None:
    """Keeps the newer of two forms of the same content (AlternateContent); changes the tree."""
    for element in list(root.iter(f"{_MC}AlternateContent")):
        versions = [*element.iterchildren(f"{_MC}Choice"), *element.iterchildren(f"{_MC}Fallback")]
        for version in versions[1:]:
            element.remove(version)
        for version in versions[:1]:
            unwrap(version)
        unwrap(element)


def unwrap(element: Any) -> None:
    """Replaces an element by its children; changes the tree."""
    parent = element.getparent()
    if parent is None:
        return
    for child in reversed(list(element)):
        element.addnext(child)
    parent.remove(element)


def _read(data: bytes) -> etree._Element | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None


def _text(element: etree._Element) -> str:
    paragraphs = list(element.iter(_PARAGRAPH)) or [element]
    lines = ("".join(run.text or "" for run in p.iter(_TEXT)) for p in paragraphs)
    return " ".join(line for text in lines if (line := text.strip()))


def _name(series: etree._Element) -> str:
    label = series.find(f"{_CHART}tx")
    return " ".join(v.text or "" for v in label.iter(f"{_CHART}v")) if label is not None else ""


def _values(series: etree._Element, role: str) -> dict[int, str]:
    """Returns the values of a series or their labels, by position."""
    points = series.find(f"{_CHART}{role}")
    values: dict[int, str] = {}
    codes = points.iter(f"{_CHART}formatCode") if points is not None else ()
    code = next((item.text or "" for item in codes), "")
    for point in points.iter(f"{_CHART}pt") if points is not None else ():
        value = point.findtext(f"{_CHART}v", "").strip()
        position = point.get("idx", "")
        if position.isascii() and position.isdigit():
            # Labels in levels, such as months of years, come with the innermost level first.
            before = values.get(int(position))
            own = point.get("formatCode") or code
            values[int(position)] = f"{value} {before}" if before else _shown(value, own)
    return values


def _shown(value: str, code: str) -> str:
    """Returns a number in its format; without one, without the digits of binary fractions.

    Those of a date are days: they are shown as the date.
    """
    try:
        figure = float(value)
    except ValueError:
        figure = math.nan
    if not math.isfinite(figure):
        return value
    try:
        text = shown(moment(figure) if is_date_code(code) else figure, code)
    except OverflowError:
        text = None
    if text is not None:
        return text.text
    return f"{figure:.12g}" if len(value) > 12 else value
