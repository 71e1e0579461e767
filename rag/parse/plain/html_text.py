"""Text of the elements of a page, and the marks of its look: struck out, raised, highlighted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.parse.text_marks import Mark, Marks, is_highlighting, marked
from rag.text.lazy_regex import lazy_regex

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from rag.parse.plain.html_styles import Styles

INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "i", "img"),
        *("ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub"),
        *("sup", "time", "u", "var", "wbr", "font", "tt", "-text", "input", "big", "center"),
        *("strike", "ruby", "rb", "rbc", "acronym", "nobr"),
    )
)
"""Elements that do not begin a line."""

_ELEMENTS = {
    **dict.fromkeys(("del", "s", "strike"), Mark.STRUCK),
    "sup": Mark.RAISED,
    "sub": Mark.LOWERED,
    "mark": Mark.HIGHLIGHTED,
}
_LOOKS = {  # property and value
    ("text-decoration-line", "line-through"): Mark.STRUCK,
    ("vertical-align", "super"): Mark.RAISED,
    ("vertical-align", "text-top"): Mark.RAISED,
    ("vertical-align", "sub"): Mark.LOWERED,
    ("vertical-align", "text-bottom"): Mark.LOWERED,
}
_MARKED = f"{', '.join(_ELEMENTS)}, [style*=background i]"
_BACKGROUND = lazy_regex(
    r"(?:^|;)\s*background(?:-color)?\s*:\s*([^;\s(]{1,30}(?:\([^;)]{1,40}\))?)", re.IGNORECASE
)
# Blocks have backgrounds for their looks.
_HIGHLIGHTABLE = frozenset(("span", "font", "b", "i", "u", "em", "strong"))
_CELLS = frozenset(("td", "th", "tr"))  # aligned in their rows, not raised
_LONGEST_STYLE = 2_000


def text_of(node: LexborNode) -> str:
    """Returns the text of an element on one line, with its marks; words of blocks stay apart."""
    parts: list[str] = []
    stack: list[LexborNode | str] = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            parts.append(item)
        elif item.tag == "-text":
            parts.append(item.text_content or "")
        else:
            edge = "" if item.tag in INLINE else " "
            parts.append(edge)
            stack += [edge, *reversed(list(item.iter(include_text=True)))]
    return " ".join("".join(parts).split())


def mark_text(tree: LexborHTMLParser, styles: Styles) -> None:
    """Stands marks around text that is struck out, raised, lowered or highlighted."""
    marks: dict[int, set[Mark]] = {}
    nodes: list[LexborNode] = []
    for node in tree.css(_MARKED):
        own = _marks(node)
        if own:
            marks[node.mem_id] = set(own)
            nodes.append(node)
    for name in dict.fromkeys(name for name, _ in _LOOKS):
        for node, value in styles.having(name):
            looks = {_LOOKS[name, word] for word in value.split() if (name, word) in _LOOKS}
            if looks and node.tag not in _CELLS:
                if node.mem_id not in marks:
                    nodes.append(node)
                marks.setdefault(node.mem_id, set()).update(looks)
    inner: dict[int, tuple[LexborNode, frozenset[Mark]]] = {}
    done: set[int] = set()
    for node in sorted(nodes, key=_depth) if len(nodes) > 1 else nodes:
        if node.mem_id not in done:
            for text, own in _texts(node, marks, done):
                inner[text.mem_id] = text, own
    for text, own in inner.values():
        text.replace_with(marked(text.text_content or "", own))


def _depth(node: LexborNode) -> int:
    depth = 0
    above = node.parent
    while above is not None:
        depth += 1
        above = above.parent
    return depth


def _texts(
    node: LexborNode, marks: dict[int, set[Mark]], done: set[int]
) -> Iterator[tuple[LexborNode, Marks]]:
    """Yields the texts in an element with their marks; adds the marked elements in it to `done`."""
    stack: list[tuple[LexborNode, Marks]] = [(node, frozenset())]
    while stack:
        item, outer = stack.pop()
        own = marks.get(item.mem_id)
        if own is not None:
            done.add(item.mem_id)
            outer |= own
        if item.tag == "-text":
            yield item, outer
        else:
            stack += [(child, outer) for child in item.iter(include_text=True)]


def _marks(node: LexborNode) -> Marks:
    marks = {_ELEMENTS[node.tag]} if node.tag in _ELEMENTS else set()
    style = (node.attributes.get("style") or "")[:_LONGEST_STYLE]
    background = _BACKGROUND.search(style)
    if background is not None and node.tag in _HIGHLIGHTABLE and _highlights(background[1]):
        marks.add(Mark.HIGHLIGHTED)
    return frozenset(marks)


def _highlights(colour: str) -> bool:
    from PIL import ImageColor

    try:
        red, green, blue = ImageColor.getrgb(colour)[:3]
    except ValueError:
        return False
    return is_highlighting(f"{red:02x}{green:02x}{blue:02x}")
