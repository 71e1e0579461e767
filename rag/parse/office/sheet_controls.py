"""Reads the controls on an XLSX sheet: check boxes, option buttons, lists, with their state.

Excel keeps them in a drawing in VML (ECMA-376, part 4, 19.4: elements of ClientData), and newer
versions in a part for each as well (ctrlProps), which alone says what a control without VML is set
to.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping

from lxml import etree

from rag.parse.safe_xml import local, member, tree
from rag.parse.state_words import choice, field
from rag.parse.table import column_name
from rag.text.tick_marks import box

_BOXES = {"checkbox": "Check box", "checkbutton": "Check box", "radio": "Option button"}
_LISTS = {"drop": "List", "list": "List"}
_NUMBERS = {"spin": "Number", "scroll": "Number"}
_MARK = re.compile(rb"ClientData|formControlPr")
_DAMAGED = (zipfile.BadZipFile, EOFError, NotImplementedError)
_ON = ("1", "checked")
_LONGEST = 500  # characters of a label
_ABSOLUTE = re.compile(r"\$(?=[A-Z]{1,3}\$?\d|\d)")


def control_lines(
    relations: Mapping[str, tuple[str, str]], archive: zipfile.ZipFile
) -> Iterator[str]:
    """Yields a line for each control on a sheet; most sheets have none.

    Args:
        relations: kind and part of each relation of the sheet, by its id.
        archive: the workbook, open.
    """
    is_drawn = False
    for kinds, read in ((("/vmlDrawing",), controls), (("/ctrlProp",), control)):
        for kind, part in relations.values() if not is_drawn else ():
            if not kind.endswith(kinds):
                continue
            try:
                data = member(archive, part)
                root = tree(data, recover=True) if _MARK.search(data) else None
            except (KeyError, etree.LxmlError, *_DAMAGED):
                continue
            for line in read(root) if root is not None else ():
                is_drawn = is_drawn or read is controls
                yield line


def controls(root: etree._Element) -> Iterator[str]:
    """Yields a line for each control in a VML drawing.

    Args:
        root: of the drawing.
    """
    for shape in root.iter(etree.Element):
        data = next((item for item in shape if local(item) == "ClientData"), None)
        if local(shape) != "shape" or data is None:
            continue
        facts = {local(item).lower(): (item.text or "").strip() for item in data}
        facts["objecttype"] = str(data.get("ObjectType", ""))
        texts = ("".join(map(str, item.itertext())) for item in shape if local(item) == "textbox")
        yield from _line(facts, " ".join(" ".join(texts).split()), _place(facts.get("anchor", "")))


def control(properties: etree._Element, name: str = "") -> Iterator[str]:
    """Yields the line of a control that has a part of its own.

    Args:
        properties: the root of that part.
        name: of the control.
    """
    yield from _line({str(k).lower(): str(v) for k, v in properties.attrib.items()}, name, "")


def _line(facts: dict[str, str], label: str, place: str) -> Iterator[str]:
    """Yields what a control is set to; nothing of those that are not set, such as buttons."""
    kind, label = facts.get("objecttype", "").lower(), label[:_LONGEST]
    linked = _ABSOLUTE.sub("", facts.get("fmlalink", ""))
    behind = f" (linked to {linked})" if linked else ""
    if kind in _BOXES:
        ticked = facts.get("checked", "").lower() in _ON
        yield f"{_BOXES[kind]}{place}: {box(ticked, label)}{behind}"
    elif kind in _LISTS:
        values = _ABSOLUTE.sub("", facts.get("fmlarange", ""))
        chosen = facts.get("sel", "")
        number = f"entry {chosen}" if chosen.isdecimal() and chosen != "0" else ""
        among = f" of {values}" if values and number else ""
        yield f"{_LISTS[kind]}{place}: {choice(number + among, label)}{behind}"
    elif kind in _NUMBERS and facts.get("val"):
        yield f"{_NUMBERS[kind]}{place}: {field(facts['val'], label)}{behind}"


def _place(anchor: str) -> str:
    """Returns the cell where a control begins, of the numbers that its anchor is made of."""
    numbers = [part.strip() for part in anchor.split(",")]
    if len(numbers) != 8 or not all(part.isdecimal() and len(part) < 8 for part in numbers):
        return ""
    return f" at {column_name(min(int(numbers[0]), 16_383) + 1)}{int(numbers[2]) + 1}"
