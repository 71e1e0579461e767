"""Text of the elements of a page, and the marks of its look: struck out, raised, highlighted."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rag.parse.text_marks import Mark, Marks, is_highlighting, marked

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

INLINE = frozenset(
    (
        *("a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "i", "img"),
        *("ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub"),
        *("sup", "time", "u", "var", "wbr", "font", "tt", "-text", "input", "big", "center"),
        *("strike", "ruby", "rb", "bdi", "acronym", "nobr"),
    )
)
"""Elements that do not begin a line."""

_ELEMENTS = {
    **dict.fromkeys(("del", "s", "strike"), Mark.STRUCK),
    "sup": Mark.RAISED,
    "sub": Mark.LOWERED,
    "mark": Mark.HIGHLIGHTED,
}
_LOOKS = {
    Mark.STRUCK: re.compile(
        r"text-decoration(?:-line)?\s*:[^;]{0,100}?line-through", re.IGNORECASE
    ),
    Mark.RAISED: re.compile(r"vertical-align\s*:\s*(?:super|text-top)", re.IGNORECASE),
    Mark.LOWERED: re.compile(r"vertical-align\s*:\s*(?:sub|text-bottom)\b", re.IGNORECASE),
}
_STYLED = "[style*=line-through i], [style*=vertical-align i], [style*=background i]"
_MARKED = f"{', '.join(_ELEMENTS)}, {_STYLED}"
_BACKGROUND = re.compile(
    r"(?:^|;)\s*background(?:-color)?\s*:\s*([^;\s(]{1,30}(?:\([^;)]{1,40}\))?)", re.IGNORECASE
)
# Blocks have backgrounds for their looks.
_HIGHLIGHTABLE = frozenset(("span", "font", "b", "i", "u", "em", "strong"))
_LONGEST_STYLE = 2_000
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]{0,2000})\}")
_MOST_RULES = 5_000
_MOST_LOOKS = 200  # rules of style sheets that mark text
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_MOST_SHEETS = 2_000_000  # characters of style sheets


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


def mark_text(tree: LexborHTMLParser) -> None:
    """Stands marks around text that is struck out, raised, lowered or highlighted."""
    marks: dict[int, set[Mark]] = {}
    nodes: list[LexborNode] = []
    for node in tree.css(_MARKED):
        own = _marks(node)
        if own:
            marks[node.mem_id] = set(own)
            nodes.append(node)
    for selector, by_rule in _rules(tree):
        try:
            selected = tree.css(selector)
        except (ValueError, RuntimeError):  # a selector that the library does not know
            continue
        for node in selected:
            if node.mem_id not in marks:
                nodes.append(node)
            marks.setdefault(node.mem_id, set()).update(by_rule)
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
    marks.update(mark for mark, look in _LOOKS.items() if look.search(style))
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


def _rules(tree: LexborHTMLParser) -> Iterator[tuple[str, list[Mark]]]:
    """Yields the selectors of style sheets whose rules strike text out, raise or lower it."""
    sheets = "\n".join(node.text() for node in tree.css("style"))[:_MOST_SHEETS]
    if not any(look.search(sheets) for look in _LOOKS.values()):
        return
    count = 0
    rules = itertools.islice(_RULE.finditer(_COMMENT.sub("", sheets)), _MOST_RULES)
    for selectors, looks in (rule.groups() for rule in rules):
        marks = [mark for mark, look in _LOOKS.items() if look.search(looks)]
        count += bool(marks)
        if marks and count <= _MOST_LOOKS and "@" not in selectors:
            yield selectors.strip(), marks
