"""Namespaces of OpenDocument, and figures in its attributes."""

from __future__ import annotations

_ODF = "{urn:oasis:names:tc:opendocument:xmlns:"
TEXT = f"{_ODF}text:1.0}}"
TABLE = f"{_ODF}table:1.0}}"
STYLE = f"{_ODF}style:1.0}}"
DRAW = f"{_ODF}drawing:1.0}}"
OFFICE = f"{_ODF}office:1.0}}"
FORM = f"{_ODF}form:1.0}}"
PRESENTATION = f"{_ODF}presentation:1.0}}"
META = f"{_ODF}meta:1.0}}"
DC = "{http://purl.org/dc/elements/1.1/}"
LINK = "{http://www.w3.org/1999/xlink}href"

_LONGEST_FIGURE = 9


def between(figure: str, least: int, most: int) -> int:
    """Returns a whole number, at least `least` and at most `most`; `least` for anything else."""
    if not figure.isascii() or not figure.isdecimal():
        return least
    return min(max(int(figure), least), most) if len(figure) <= _LONGEST_FIGURE else most
