"""Writes equations in MathML on a line, in the form of those of Office files.

Presentation Markup of MathML Core and MathML 3 (W3C), as in web pages, books and OpenDocument.
"""

from __future__ import annotations

from lxml import etree

from rag.parse.linear_equations import group, script
from rag.parse.safe_xml import local, tree

_DEEPEST = 60  # elements within each other
_LEFT_OUT = frozenset(("annotation", "annotation-xml", "mphantom", "maction", "none"))
_BELOW = frozenset(("msub", "munder"))
_ABOVE = frozenset(("msup", "mover"))
_BOTH = frozenset(("msubsup", "munderover"))
_UNSEEN_SIGNS = str.maketrans("", "", "\u2061\u2062\u2063\u2064")  # "times" and others, unwritten


def equation_in_markup(markup: str) -> str:
    """Returns the equation in an element ``math`` on a line; "" for one that is damaged."""
    try:
        return mathml_text(tree(markup.encode("utf-8", "replace"), recover=True, encoding="utf-8"))
    except etree.LxmlError:
        return ""


def mathml_text(element: etree._Element, depth: int = 0) -> str:
    """Returns an equation on a line: ``(a+b)/2``, ``x^2``, ``√(2)``.

    Args:
        element: an equation or a part of it.
        depth: of the part.
    """
    name = local(element).rpartition(":")[2]
    if name in _LEFT_OUT:
        return ""
    if depth > _DEEPEST:
        return "".join(str(text) for text in element.itertext())
    parts = [mathml_text(child, depth + 1) for child in element if isinstance(child.tag, str)]
    if not parts:
        words = " ".join((element.text or "").split()).translate(_UNSEEN_SIGNS)
        return f" {words} " if name == "mtext" and words else words
    first, second, third = (*parts, "", "", "")[:3]
    if name == "mfrac":
        return f"{group(first)}/{group(second)}"
    if name in _BELOW:
        return group(first) + script("_", second)
    if name in _ABOVE:
        return group(first) + script("^", second)
    if name in _BOTH:
        return group(first) + script("_", second) + script("^", third)
    if name == "mroot":
        return f"{second}√({first})"
    return _joined(element, name, parts)


def _joined(element: etree._Element, name: str, parts: list[str]) -> str:
    if name == "msqrt":
        return f"√({''.join(parts)})"
    if name == "mfenced":
        sign = element.get("separators", ",").strip()[:1]
        return f"{element.get('open', '(')}{sign.join(parts)}{element.get('close', ')')}"
    if name == "mtable":
        return f"[{'; '.join(parts)}]"
    if name in ("mtr", "mlabeledtr"):
        return ", ".join(parts)
    return "".join(parts)
