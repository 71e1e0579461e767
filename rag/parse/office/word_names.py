"""Names in the XML of Word documents, and how its properties are switched."""

from __future__ import annotations

from typing import Any

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
"""The namespace of Word's elements."""

OFF = frozenset(("0", "false", "off"))
"""The values of a property that is off; all others, and none, mean that it is on."""

_MOST_DIGITS = 9


def is_on(mark: Any) -> bool:
    """Tells whether a property that is either on or off is on; `mark` is None if it is not set."""
    return mark is not None and mark.get(f"{W}val", "1") not in OFF


def value(element: Any, name: str) -> str:
    """Returns the value of an element's child, such as "pPr/pStyle"; "" if it is not set."""
    child = element.find("/".join(f"{W}{step}" for step in name.split("/")))
    return child.get(f"{W}val", "") if child is not None else ""


def number(text: str, default: int = 0) -> int:
    """Returns a whole number that is not negative; `default` for anything else."""
    usable = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if usable else default
