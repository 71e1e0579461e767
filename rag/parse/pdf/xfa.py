"""Reads what is filled into forms in Adobe's XFA format, which keeps values in XML.

XML Forms Architecture 3.3: the packet "datasets" holds the values below ``xfa:data``, an element
for each field; "template" names the fields and their captions.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Collection
from typing import Any

from lxml import etree

from rag.parse.builder import clean
from rag.parse.safe_xml import local, tree
from rag.parse.state_words import field
from rag.text.tick_marks import box

_MOST_BYTES = 20 << 20
_MOST_PACKETS = 100
_MOST_VALUES = 10_000
_LONGEST_LABEL = 200  # characters
_LEAST_VALUE = 3  # characters of a value that stands in a text for no other reason
_WAITING = re.compile(r"please wait", re.IGNORECASE)
_LONGEST_WAITING = 2_000  # characters of a page that only says that it waits


def xfa_values(document: Any) -> list[str]:
    """Returns the values of an XFA form, a line each with its label; empty ones are left out.

    Args:
        document: pypdfium2's, open.
    """
    data = _root(document, "datasets")
    if data is None:
        return []
    template = _root(document, "template")
    labels, ticks = _fields(template) if template is not None else ({}, {})
    values = next((item for item in data.iter() if local(item) == "data"), data)
    lines: list[str] = []
    for item in values.iter():
        name = local(item)
        value = " ".join(clean(item.text or "").split())
        if not name or len(item) or not value:
            continue
        label = labels.get(name) or re.sub(r"[_.]+", " ", name).strip()
        on = ticks.get(name)
        lines.append(field(value, label) if on is None else box(value == on, label))
        if len(lines) >= _MOST_VALUES:
            break
    return lines


def without_shown(values: Collection[str], text: str) -> list[str]:
    """Returns the lines whose value the text of the pages does not show already."""

    def is_shown(line: str) -> bool:
        value = line.rpartition(": ")[2]
        return f": {value}" in text or (len(value) >= _LEAST_VALUE and value in text)

    return [line for line in values if not is_shown(line)]


def only_waits(text: str) -> bool:
    """Tells whether the pages say no more than that the form cannot be shown."""
    return len(text) <= _LONGEST_WAITING and _WAITING.search(text) is not None


def _root(document: Any, name: str) -> etree._Element | None:
    """Returns the root of a packet; None if it is missing, too long or damaged."""
    from pypdfium2 import raw

    for index in range(min(raw.FPDF_GetXFAPacketCount(document.raw), _MOST_PACKETS)):
        if _name(document, index) != name:
            continue
        size = ctypes.c_ulong()
        ask = raw.FPDF_GetXFAPacketContent
        if not ask(document.raw, index, None, 0, size) or not 0 < size.value <= _MOST_BYTES:
            return None
        buffer = ctypes.create_string_buffer(size.value)
        if not ask(document.raw, index, buffer, size.value, size):
            return None
        try:
            return tree(buffer.raw[: size.value])
        except etree.LxmlError:
            return None
    return None


def _name(document: Any, index: int) -> str:
    from pypdfium2 import raw

    length = raw.FPDF_GetXFAPacketName(document.raw, index, None, 0)
    if not 0 < length <= _LONGEST_LABEL:
        return ""
    buffer = ctypes.create_string_buffer(length)
    raw.FPDF_GetXFAPacketName(document.raw, index, buffer, length)
    return buffer.value.decode("utf-8", "replace")


def _fields(template: etree._Element) -> tuple[dict[str, str], dict[str, str]]:
    """Returns the captions of fields by name, and of check boxes the value that ticks them."""
    labels: dict[str, str] = {}
    ticks: dict[str, str] = {}
    for item in template.iter():
        if local(item) != "field" or len(labels) >= _MOST_VALUES:
            continue
        name = str(item.get("name", ""))
        parts = {local(child): child for child in item}
        if "caption" in parts:
            words = " ".join(" ".join(map(str, parts["caption"].itertext())).split())
            labels[name] = words[:_LONGEST_LABEL].rstrip(" :")
        if "ui" in parts and any(local(child) == "checkButton" for child in parts["ui"]):
            items = parts.get("items")
            values = [str(t).strip() for t in items.itertext()] if items is not None else []
            values = [value for value in values if value]
            ticks[name] = values[0] if values else "1"
    return labels, ticks
