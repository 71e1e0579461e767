"""Puts the state of tick boxes into words: ``☐ Oven clean`` becomes ``☐ Oven clean (not ticked)``.

A model, and a person who searches, reads words more surely than the shape of a box. All formats use
this wording: the sign stays as it is, and its state stands behind the label. Each of several
options gets a line of its own, with the words before the first, so that a quote of one option
says nothing about the others: ``Smoker: ☐ yes ☒ no`` becomes ``Smoker: ☐ yes (not ticked)`` and
``Smoker: ☒ no (ticked)``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from rag.text.lazy_regex import lazy_regex

TICKED, NOT_TICKED = "☒", "☐"
"""Stand for a check box in text."""
SELECTED, NOT_SELECTED = "◉", "◯"
"""Stand for a radio button in text."""

# Unicode: Miscellaneous Symbols, Dingbats, Geometric Shapes, Ornamental Dingbats.
_BOXES = {
    **dict.fromkeys("☑☒🗹🗷🗵✅", "ticked"),
    **dict.fromkeys("◉⦿🔘", "selected"),
    "☐": "not ticked",
    "◯": "not selected",
}
# Bullets and ornaments have these shapes, too: they are boxes only where their place shows that.
_EMPTY_SHAPES = dict.fromkeys("□▢◻⬜❏❐❑❒", "not ticked")
_CHECKS = dict.fromkeys("✓✔🗸", "ticked")
_SHAPES = {
    **_EMPTY_SHAPES,
    **_CHECKS,
    **dict.fromkeys("■▣◼⬛", "ticked"),
    **dict.fromkeys("✕✖✗✘", "crossed"),
}
_CIRCLES = {**dict.fromkeys("○⚪", "not selected"), **dict.fromkeys("●⚫", "selected")}
_TYPED = {"[x]": "ticked", "[X]": "ticked", "[ ]": "not ticked"}
_WORDS = _BOXES | _SHAPES | _CIRCLES | _TYPED
_SIGN = rf"[{''.join(_BOXES | _SHAPES | _CIRCLES)}]\ufe0f?|\[[xX ]\]"
_ANY = lazy_regex(rf"{_SIGN}(?!\()")  # "[x](…" is a link in Markdown
STATES = {"ticked": True, "selected": True, "crossed": True} | {
    "not ticked": False,
    "not selected": False,
}
"""The words for the state of a box, and whether each says that its label holds."""
STATED = rf"\((?P<state>{'|'.join(STATES)})(?: (?P<sign>{_SIGN}))?\)"
"""The state of a box in a text, as a pattern; with the sign if that stands behind the label."""
_ENDS_WITH_STATE = lazy_regex(rf"{STATED}$")
_ADDED = lazy_regex(rf" ?\((?:highlighted|circled|boxed)\)| ?{STATED}")

_CELL_END = lazy_regex(r"( \| )")
_LINE_END = "\0"  # between the lines of one label
_OUTER = " \t\u00a0\u2002\u2003"
_MARKS = f"{_OUTER}.,;:)"  # behind the last sign of a line, which are no label
_NEXT_LEAD = lazy_regex(r"(?:\t|[ \u00a0\u2002\u2003]{2,})(?=\S[^\t]{0,100}:[ \t]*$)")
_ITEM = lazy_regex(r"\s*(?:[-*+•‣▪·–]|\w{1,3}[.)])\s+")  # en dash
_LONGEST_LEAD = 120  # characters that are repeated before each option


def box(ticked: bool, label: str = "") -> str:
    """Returns a check box in words, with its label, which may be empty."""
    sign = TICKED if ticked else NOT_TICKED
    return " ".join(filter(None, (sign, label.strip(), f"({_WORDS[sign]})")))


def signs_in_words(text: str, *, apart: bool = True) -> str:
    """Returns a text with the state of each box in words.

    A shape that is also a bullet or an ornament is a box where it stands before a label, and beside
    one of another state. The label of a box goes on in lines that are set in further.

    Args:
        text: a paragraph, or rows of a table with bars between the cells.
        apart: each of several options on a line gets a line of its own.
    """
    if not has_mark(text):
        return text
    groups: list[list[str]] = []
    for line in text.split("\n"):
        if groups and _hangs(line, groups[-1][0]):
            groups[-1].append(line)
        else:
            groups.append([line])
    worded = (_group(_LINE_END.join(group), _boxes_in_line(group[0]), apart) for group in groups)
    return "\n".join(line for group in worded for options in group for line in options)


def in_words(lines: Sequence[Sequence[str]]) -> list[list[list[str]]]:
    """Returns the lines of a page with the state of each tick box behind its label.

    Args:
        lines: in groups: the first line of a label, and those in which it goes on.

    Returns:
        For each line of each group, one line, or one for each of its options.
    """
    if not any(_ANY.search(line) for group in lines for line in group):
        return [[[line] for line in group] for group in lines]
    counting = set(_BOXES) | set(_TYPED)
    if _are_boxes([line for group in lines for line in group]):
        counting |= set(_SHAPES)
    return [_group(_LINE_END.join(group), counting, apart=True) for group in lines]


def has_mark(text: str) -> bool:
    """Tells whether a tick box, or a shape that may be one, is in a text."""
    return ("[" in text or not text.isascii()) and _ANY.search(text) is not None


def begins_with_mark(text: str) -> bool:
    """Tells whether a text begins with a tick box, or with a shape that may be one."""
    return _ANY.match(text) is not None


def ends_with_state(line: str) -> bool:
    """Tells whether a line ends with the state of a box, and so with its label."""
    return line.endswith(")") and _ENDS_WITH_STATE.search(line) is not None


def without_words(text: str) -> str:
    """Returns the text as it is printed on the page: without the words for ticks and marks."""
    return _ADDED.sub(lambda match: match["sign"] or "", text)


def option_of(line: str) -> tuple[str, str]:
    """Splits a line with one box, without words for it: into what precedes the option, and that.

    What precedes an option is printed once for all options of a line.
    """
    sign = _ANY.search(line)
    if sign is None:
        return "", line
    if line[sign.end() :].strip(_MARKS):
        return line[: sign.start()], line[sign.start() :]
    lead, colon, option = line.rpartition(":")
    return lead + colon, option


def _are_boxes(lines: Sequence[str]) -> bool:
    """Tells whether shapes are tick boxes: two on a line, or two states on the page."""
    states: set[str] = set()
    for line in lines:
        marks = [mark for mark in map(_key, _ANY.finditer(line)) if mark not in _CIRCLES]
        states.update(_WORDS[mark] for mark in marks)
        if len(states) > 1 or sum(mark in _SHAPES for mark in marks) > 1:
            return True
        if any(mark in _BOXES for mark in marks):
            return True
    return False


def _boxes_in_line(line: str) -> set[str]:
    """Returns the signs that are boxes on a line of which no page is known."""
    counting = set(_BOXES) | set(_TYPED) | set(_CHECKS)
    signs = list(_ANY.finditer(line))
    if signs and line[signs[-1].end() :].strip(_MARKS):
        counting |= set(_EMPTY_SHAPES)  # at its end, one ends a proof
    if {STATES[_state(sign)] for sign in signs} == {True, False}:
        counting |= set(_SHAPES)
    return counting


def _hangs(line: str, first: str) -> bool:
    """Tells whether a line goes on with the label of a box, by its blanks."""
    indent = len(line) - len(line.lstrip())
    return (
        has_mark(first)
        and len(first) - len(first.lstrip()) < indent < len(line)
        and not has_mark(line)
        and not _ITEM.match(line)
    )


def _group(text: str, counting: set[str], apart: bool) -> list[list[str]]:
    cells = _CELL_END.split(text)
    if len(cells) > 1 or not apart:
        worded = (c if n % 2 else " ".join(_cell(c, counting, False)) for n, c in enumerate(cells))
        return [[line] for line in "".join(worded).split(_LINE_END)]
    *options, last = _cell(text, counting, apart)
    first, *others = last.split(_LINE_END)
    return [[*options, first], *([line] for line in others)]


def _cell(cell: str, counting: Collection[str], apart: bool) -> list[str]:
    """Returns the options of a cell or line with their states in words.

    Args:
        cell: without bars.
        counting: the signs that are boxes, but for circles.
        apart: the words before the first option are repeated before the others.
    """
    counting = {*counting, *_circles(cell)}
    signs = [sign for sign in _ANY.finditer(cell) if _key(sign) in counting]
    marks = [sign for sign in signs if _is_box(sign, cell, signs)]
    if not marks:
        return [cell]
    if cell[: marks[0].start()].strip() and not cell[marks[-1].end() :].strip(_MARKS):
        return _labels_before(cell, marks, apart)
    lead = cell[: marks[0].start()]
    options: list[str] = []
    ends = [mark.start() for mark in marks[1:]] + [len(cell)]
    for mark, end in zip(marks, ends, strict=True):
        label, next_lead = cell[mark.start() : end], ""
        gap = _NEXT_LEAD.search(label) if end < len(cell) else None
        if gap:
            label, next_lead = label[: gap.start()], label[gap.end() :]
        bare = label.rstrip(f"{_OUTER}|")
        blanks = label[len(bare) :] if end == len(cell) else ""
        options.append(f"{lead}{bare} ({_state(mark)}){blanks}")
        lead = next_lead or (_repeated(lead) if apart else "")
    has_labels = any(map(str.isalnum, _ANY.sub("", cell)))
    return options if has_labels else [" ".join(options)]


def _labels_before(cell: str, marks: Sequence[re.Match[str]], apart: bool) -> list[str]:
    options: list[str] = []
    lead = ""
    begin = 0
    for mark in marks:
        label = cell[begin : mark.start()].rstrip(_OUTER).lstrip(f"{_OUTER},;" if begin else "")
        options.append(f"{lead}{label} ({_state(mark)} {mark[0]})")
        begin = mark.end()
        if apart and not lead and ":" in label:
            lead = _repeated(f"{label.rpartition(':')[0]}: ")
    options[-1] += cell[begin:]
    return options


def _repeated(lead: str) -> str:
    """Returns the words before the first option as they stand before each further one."""
    words = " ".join(lead.split())
    is_told = len(words) <= _LONGEST_LEAD and any(map(str.isalpha, words))
    return f"{words} " if is_told else ""


def _is_box(mark: re.Match[str], cell: str, marks: Sequence[re.Match[str]]) -> bool:
    """Tells whether a sign that may be a box is one at its place in a line."""
    sign = _key(mark)
    before, behind = cell[: mark.start()], cell[mark.end() :]
    if sign in _TYPED:
        is_apart = not before[-1:].strip() and not behind[:1].strip()
        typed = sum(_key(other) in _TYPED for other in marks)
        if not before.strip() or _ITEM.fullmatch(before):
            return True
        return is_apart and (typed > 1 or not behind.strip(_MARKS))
    if sign in _CHECKS and len(marks) == 1:
        return not before.strip() or not behind.strip(_MARKS)
    if sign == NOT_SELECTED:  # in Japan, a circle alone says yes
        return bool(before.strip() or behind.strip())
    return True


def _circles(line: str) -> frozenset[str]:
    """Returns the circles if both states are on a line: elsewhere they are bullets."""
    both = {_WORDS[sign] for sign in line if sign in _CIRCLES or sign in "◉◯"}
    return frozenset(_CIRCLES) if len(both) > 1 else frozenset()


def _key(mark: re.Match[str]) -> str:
    return mark[0] if mark[0] in _TYPED else mark[0][0]


def _state(mark: re.Match[str]) -> str:
    return _WORDS[_key(mark)]
