"""Writes parts of equations on a line, in the form that all formats share."""

from __future__ import annotations

import re

_SIMPLE = re.compile(r"[\w.,]+")


def group(text: str) -> str:
    """Returns a part of an equation in brackets, unless it is a single number or name."""
    return text if _SIMPLE.fullmatch(text) else f"({text})"


def script(sign: str, text: str) -> str:
    """Returns an index or a power behind its sign; "" for an empty one."""
    return f"{sign}{group(text)}" if text else ""
