"""Reads places: GeoJSON's features as a table, and coordinates in KML and GPX files.

Coordinates are longitude, latitude and perhaps altitude, in this order (RFC 7946, OGC KML 2.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from rag.parse.builder import DocumentBuilder, row_text
from rag.parse.document import BlockKind
from rag.parse.safe_xml import local

_AXES = ("longitude", "latitude", "altitude")
_MOST_COLUMNS = 60
_MOST_POINTS = 100_000
_DEEPEST = 8
# Elements whose text is a web page: in KML, RSS and Atom.
_PAGES = frozenset(("description", "text", "content", "encoded", "summary", "snippet", "Snippet"))
_ROOTS = frozenset(("kml", "rss", "feed", "RDF"))
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,2000}>")


def add_features(builder: DocumentBuilder, value: Any) -> bool:
    """Adds the features of a GeoJSON value as a table; tells whether it was one.

    Args:
        builder: of the document.
        value: as `json` reads it, numbers as text or as numbers.
    """
    features = value.get("features") if isinstance(value, dict) else None
    if not isinstance(features, list) or value.get("type") != "FeatureCollection":
        return False
    rows = [row for feature in features if (row := _row(feature)) is not None]
    names = list(dict.fromkeys(name for row in rows for name in row))
    if not rows or len(rows) < len(features) or len(names) > _MOST_COLUMNS:
        return False
    if title := value.get("name"):
        builder.heading(str(title), 1)
    header = row_text(names)
    lines = [row_text([row.get(name, "") for name in names]) for row in rows]
    builder.add("\n".join([header, *lines]), BlockKind.TABLE, header=header)
    builder.leave_sections()
    if any("points" in row.get("place", "") for row in rows):
        builder.notes.append("Of lines and areas, the first and last points were read.")
    return True


def _row(feature: Any) -> dict[str, str] | None:
    """Returns the fields of a feature; None if some of them do not fit a cell."""
    if not isinstance(feature, dict):
        return None
    properties = feature.get("properties") or {}
    if not isinstance(properties, dict):
        return None
    row: dict[str, str] = {}
    if feature.get("id") is not None:
        row["id"] = str(feature["id"])
    for name, item in properties.items():
        if isinstance(item, dict) and item:
            return None
        row[str(name)] = _cell(item)
    geometry = feature.get("geometry")
    if isinstance(geometry, dict):
        points = list(_points(geometry.get("coordinates"), 0))
        if geometry.get("type") == "Point" and len(points) == 1:
            row.update(zip(_AXES, points[0], strict=False))
        elif points:
            ends = " to ".join(", ".join(point) for point in (points[0], points[-1]))
            row["place"] = f"{geometry.get('type')} of {len(points):,} points, {ends}"
        else:
            row["place"] = str(geometry.get("type") or "")
    return row


def _points(coordinates: Any, depth: int) -> Iterator[tuple[str, ...]]:
    if not isinstance(coordinates, list) or depth > _DEEPEST:
        return
    if coordinates and not isinstance(coordinates[0], list):
        yield tuple(str(number) for number in coordinates[: len(_AXES)])
        return
    for item in coordinates:
        yield from _points(item, depth + 1)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_cell, value))
    return "" if value is None or isinstance(value, dict) else str(value)


def unfold_fields(root: etree._Element) -> None:
    """Replaces web pages in fields by their words, and names coordinates; changes the tree."""
    if local(root) not in _ROOTS:
        return
    for element in root.iter(etree.Element):
        name = local(element)
        if name in _PAGES and not len(element) and element.text and _TAG.search(element.text):
            from selectolax.lexbor import LexborHTMLParser

            body = LexborHTMLParser(element.text).body
            element.text = body.text(separator=" ") if body is not None else ""
        elif name == "coordinates" and not len(element):
            _name_coordinates(element)


def _name_coordinates(element: etree._Element) -> None:
    """Writes a single point in words, and several points as records of a table."""
    points = [point.split(",") for point in (element.text or "").split()[:_MOST_POINTS]]
    if not points or any(not 1 < len(point) <= len(_AXES) for point in points):
        return
    if len(points) == 1:
        named = zip(_AXES, points[0], strict=False)
        element.text = ", ".join(f"{name} {number}" for name, number in named)
        return
    element.text = None
    for point in points:
        record = etree.SubElement(element, "point")
        for name, number in zip(_AXES, point, strict=False):
            etree.SubElement(record, name).text = number
