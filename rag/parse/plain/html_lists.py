"""Numbers the entries of a page's lists as a browser shows them: 5., b., iv."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rag.parse.numerals import numeral

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from rag.parse.plain.html_styles import Styles

_LISTS = frozenset(("ol", "ul", "menu"))
_ABOVE = 20  # elements between an entry and its list
_MOST_DIGITS = 9
_BULLET = "-"
_LETTERS = 26
# HTML, section 4.4.5: the attribute's values; CSS Counter Styles, level 3, section 6.
_TYPES = {
    "1": "decimal",
    "a": "lower-alpha",
    "A": "upper-alpha",
    "i": "lower-roman",
    "I": "upper-roman",
}
_FORMS = {
    "decimal": "decimal",
    "decimal-leading-zero": "decimalZero",
    "lower-alpha": "letters",
    "lower-latin": "letters",
    "upper-alpha": "LETTERS",
    "upper-latin": "LETTERS",
    "lower-roman": "lowerRoman",
    "upper-roman": "upperRoman",
}
_BULLETS = frozenset(("none", "disc", "circle", "square", "disclosure-open", "disclosure-closed"))


def list_markers(tree: LexborHTMLParser, styles: Styles) -> dict[int, str]:
    """Returns what stands before each entry of a list, by the entry's `mem_id`: "5." or "-"."""
    entries = [(entry, _list_of(entry)) for entry in tree.css("li")]
    sizes = Counter(owner.mem_id for _, owner in entries if owner is not None)
    counts: dict[int, int] = {}
    markers: dict[int, str] = {}
    for entry, owner in entries:
        if owner is None:
            continue
        is_reversed = owner.tag == "ol" and "reversed" in owner.attributes
        key = owner.mem_id
        if key not in counts:
            begin = _figure(owner, "start") if owner.tag == "ol" else None
            counts[key] = begin if begin is not None else sizes[key] if is_reversed else 1
        own = _figure(entry, "value")
        count = counts[key] if own is None else own
        counts[key] = count + (-1 if is_reversed else 1)
        form = _form(entry, owner, styles)
        markers[entry.mem_id] = f"{_numeral(count, form)}." if form else _BULLET
    return markers


def _list_of(entry: LexborNode) -> LexborNode | None:
    above = entry.parent
    for _ in range(_ABOVE):
        if above is None or above.tag in _LISTS:
            return above
        above = above.parent
    return None


def _form(entry: LexborNode, owner: LexborNode, styles: Styles) -> str:
    """Returns the form of an entry's number; "" for a bullet."""
    for node in (entry, owner):
        words = styles.value(node, "list-style-type").split()
        form = next((_FORMS[word] for word in words if word in _FORMS), "")
        if form or _BULLETS.intersection(words):
            return form
        kind = (node.attributes.get("type") or "").strip()
        if kind in _TYPES:
            return _FORMS[_TYPES[kind]]
        if kind.casefold() in _BULLETS:
            return ""
    return "decimal" if owner.tag == "ol" else ""


def _numeral(count: int, form: str) -> str:
    if form in ("letters", "LETTERS") and count > 0:
        letters = ""
        while count:
            count, at = divmod(count - 1, _LETTERS)
            letters = chr(ord("a") + at) + letters
        return letters if form == "letters" else letters.upper()
    return numeral(count, form) if count >= 0 else str(count)


def _figure(node: LexborNode, name: str) -> int | None:
    figure = (node.attributes.get(name) or "").strip()
    digits = figure.removeprefix("-").removeprefix("+")
    if digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS:
        return int(figure)
    return None
