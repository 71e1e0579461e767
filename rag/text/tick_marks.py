"""Puts the state of tick boxes into words: ``☐ Oven clean`` becomes ``☐ Oven clean (not ticked)``.

A model, and a person who searches, reads words more surely than the shape of a box.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

TICKED, NOT_TICKED = "☒", "☐"
"""Stand for a check box in text."""
SELECTED, NOT_SELECTED = "◉", "◯"
"""Stand for a radio button in text."""

_BOXES = {
    **dict.fromkeys("☑☒🗹🗷🗵✅", "ticked"),
    **dict.fromkeys("◉⦿🔘", "selected"),
    "☐": "not ticked",
    "◯": "not selected",
}
# Bullets and ornaments have these shapes, too: they are boxes only where the page shows that.
_SHAPES = {
    **dict.fromkeys("□▢◻⬜❏❐❑❒", "not ticked"),
    **dict.fromkeys("■▣◼⬛✓✔🗸", "ticked"),
    **dict.fromkeys("✕✖✗✘", "crossed"),
}
_TYPED = {"[x]": "ticked", "[X]": "ticked", "[ ]": "not ticked"}
_WORDS = _BOXES | _SHAPES | _TYPED
_ANY_BOX = "".join(_BOXES)
_ANY_SHAPE = "".join(_SHAPES)
_ANY = re.compile(rf"[{_ANY_BOX}{_ANY_SHAPE}]|\[[xX ]\]")
STATES = {"ticked": True, "selected": True, "crossed": True} | {
    "not ticked": False,
    "not selected": False,
}
"""The words for the state of a box, and whether each says that its label holds."""
_CELL_END = re.compile(r"( \| )")


def in_words(lines: Sequence[Sequence[str]]) -> list[list[str]]:
    """Returns the lines of a page with the state of each tick box behind its label.

    Args:
        lines: in groups: the first line of a label, and those in which it goes on.
    """
    if not any(_ANY.search(line) for group in lines for line in group):
        return [list(group) for group in lines]
    counting = _BOXES | _TYPED
    if _are_boxes(lines):
        counting |= _SHAPES
    return [_group("\n".join(group), counting).split("\n") for group in lines]


def has_mark(text: str) -> bool:
    """Tells whether a tick box, or a shape that may be one, is in a text."""
    return ("[" in text or not text.isascii()) and _ANY.search(text) is not None


def begins_with_mark(text: str) -> bool:
    """Tells whether a text begins with a tick box, or with a shape that may be one."""
    return _ANY.match(text) is not None


def without_words(text: str) -> str:
    """Returns the text as it is printed on the page: without the words for ticks and marks."""
    return _ADDED.sub(lambda match: match.group(1) or "", text)


_ADDED = re.compile(
    r" ?\((?:highlighted|circled|boxed)\)"
    rf"| ?\((?:not )?(?:ticked|selected|crossed)(?: ([{_ANY_BOX}{_ANY_SHAPE}]|\[[xX ]\]))?\)"
)


def _are_boxes(lines: Iterable[Sequence[str]]) -> bool:
    """Tells whether shapes are tick boxes: two on a line, or two states on the page."""
    states: set[str] = set()
    for line in (line for group in lines for line in group):
        marks = _ANY.findall(line)
        states.update(_WORDS[mark] for mark in marks)
        if len(states) > 1 or sum(mark in _SHAPES for mark in marks) > 1:
            return True
        if any(mark in _BOXES for mark in marks):
            return True
    return False


def _group(text: str, counting: dict[str, str]) -> str:
    return "".join(
        cell if number % 2 else _cell(cell, counting)
        for number, cell in enumerate(_CELL_END.split(text))
    )


def _cell(cell: str, counting: dict[str, str]) -> str:
    """Adds words to the marks of one cell; labels stand behind them, or before them."""
    start, end = len(cell) - len(cell.lstrip()), len(cell.rstrip())
    marks = [
        match
        for match in _ANY.finditer(cell)
        if match.group() in counting and (match.group() not in _TYPED or match.start() == start)
    ]
    if not marks:
        return cell
    if marks[-1].end() == end and marks[0].start() > start:
        return _labels_before(cell, marks)
    parts = [cell[: marks[0].start()]]
    ends = [mark.start() for mark in marks[1:]] + [len(cell)]
    for mark, beyond in zip(marks, ends, strict=True):
        label = cell[mark.start() : beyond]
        bare = label.rstrip()
        parts.append(f"{bare} ({_WORDS[mark.group()]}){label[len(bare) :]}")
    return "".join(parts)


def _labels_before(cell: str, marks: Sequence[re.Match[str]]) -> str:
    parts = []
    begin = 0
    for mark in marks:
        parts.append(f"{cell[begin : mark.start()].rstrip()} ({_WORDS[mark.group()]} {mark[0]})")
        begin = mark.end()
    return "".join((*parts, cell[begin:]))
