"""Writes the equations of Office files on a line: fractions, powers, indexes and roots as such.

Office Math Markup Language (ISO/IEC 29500-1, 22.1).
"""

from __future__ import annotations

from typing import Any

from rag.parse.linear_equations import group, script

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
"""The namespace of equations."""

_DEEPEST = 60  # parts of equations within each other
_ACCENTED = frozenset(("acc", "bar", "groupChr", "borderBox", "box", "phant"))


def equation_text(element: Any, depth: int = 0) -> str:
    """Returns an equation on a line: ``(a+b)/2``, ``x^2``, ``a_(i+1)``, ``√(2)``.

    Args:
        element: an equation or a part of it.
        depth: of the part.
    """
    if depth > _DEEPEST:
        return "".join(sign.text or "" for sign in element.iter(f"{M}t"))
    parts: list[str] = []
    for child in element:
        name = child.tag.removeprefix(M) if isinstance(child.tag, str) else ""
        parts.append(_part(child, name, depth + 1))
    return "".join(parts)


def _part(item: Any, name: str, depth: int) -> str:
    def of(part: str) -> str:
        inner = item.find(f"{M}{part}")
        return equation_text(inner, depth) if inner is not None else ""

    if name == "t":
        return item.text or ""
    if name == "f":
        return f"{group(of('num'))}/{group(of('den'))}"
    if name in ("sSup", "sSub", "sSubSup"):
        return group(of("e")) + script("_", of("sub")) + script("^", of("sup"))
    if name == "sPre":
        return script("_", of("sub")) + script("^", of("sup")) + of("e")
    if name == "rad":
        return f"{script('^', of('deg')).lstrip('^')}√({of('e')})"
    if name == "nary":
        sign = item.find(f"{M}naryPr/{M}chr")
        shown = sign.get(f"{M}val", "∫") if sign is not None else "∫"
        return f"{shown}{script('_', of('sub'))}{script('^', of('sup'))} {of('e')}"
    if name in ("limLow", "limUpp"):
        return of("e") + script("_" if name == "limLow" else "^", of("lim"))
    if name == "d":
        return _delimited(item, depth)
    if name in ("m", "eqArr"):
        return _rows(item, name, depth)
    if name == "func":
        return f"{of('fName')} {of('e')}"
    return of("e") if name in _ACCENTED else equation_text(item, depth)


def _rows(item: Any, name: str, depth: int) -> str:
    """Returns the rows of a matrix, or the lines of several equations."""
    if name == "eqArr":
        return "; ".join(equation_text(line, depth) for line in item.iterchildren(f"{M}e"))
    rows = (
        ", ".join(equation_text(cell, depth) for cell in row.iterchildren(f"{M}e"))
        for row in item.iterchildren(f"{M}mr")
    )
    return f"[{'; '.join(rows)}]"


def _delimited(item: Any, depth: int) -> str:
    properties = item.find(f"{M}dPr")
    signs = {"begChr": "(", "sepChr": "|", "endChr": ")"}
    for name in signs if properties is not None else ():
        sign = properties.find(f"{M}{name}")
        if sign is not None:
            signs[name] = sign.get(f"{M}val", "")
    inner = (equation_text(part, depth) for part in item.iterchildren(f"{M}e"))
    return signs["begChr"] + signs["sepChr"].join(inner) + signs["endChr"]
