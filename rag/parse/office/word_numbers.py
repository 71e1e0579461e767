"""Automatic numbers of Word's lists and clauses, as text: "4.2 (b)".

Rules of ECMA-376, part 1, section 17.9 (numbering).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from rag.parse.numerals import numeral
from rag.parse.office.word_names import W, is_on, number, value
from rag.parse.safe_xml import tree

_LEVELS = 9
_STEPS = 20  # of styles that are based on each other
_MARK = re.compile(r"%([1-9])")
_BULLET = "-"


@dataclass(frozen=True, slots=True)
class _Level:
    """A level of a list.

    Attributes:
        form: of the numbers, such as "lowerLetter"; "bullet" and "none" have no numbers.
        text: with the marks %1 to %9 for the numbers of the levels.
        start: first number.
        restart: 1-based level after which it starts again; 0 for never.
        legal: whether all numbers are written in Arabic digits.
        style: id of the paragraph style that it belongs to.
    """

    form: str
    text: str
    start: int
    restart: int
    legal: bool
    style: str


class WordNumbers:
    """Counts the numbered paragraphs of a document; ask for each once, in their order.

    Args:
        data: the XML of the numbering; empty when there is none.
        styles: the style elements by their id.
    """

    def __init__(self, data: bytes, styles: Mapping[str, Any]) -> None:
        self._styles = styles
        self._lists: dict[str, dict[int, _Level]] = {}
        self._abstract: dict[str, str] = {}  # id of a list -> id of its definition
        self._starts: dict[str, dict[int, int]] = {}  # numbers that a list begins again with
        self._begun: set[tuple[str, int]] = set()
        self._counts: dict[str, dict[int, int]] = {}
        self._labels: dict[str, dict[int, str]] = {}
        self._of_style: dict[str, tuple[str, int]] = {}
        root = _read(data)
        if root is not None:
            self._define(root)

    def label(self, paragraph: Any) -> str | None:
        """Returns the number of a paragraph, "-" for a bullet, "" for neither.

        None for a paragraph of no list.
        """
        list_id, depth = self._place(paragraph)
        levels = self._lists.get(list_id)
        if levels is None:
            return None if list_id in ("", "0") else _BULLET
        level = levels.get(depth)
        if level is None:
            return _BULLET
        key = self._abstract[list_id]
        counts = self._counts.setdefault(key, {})
        self._count(list_id, depth, levels, counts)
        own = self._own(level, depth, levels, counts)
        labels = self._labels.setdefault(key, {})
        for deeper in range(depth, _LEVELS):
            labels.pop(deeper, None)
        if own in ("", _BULLET):
            return own
        labels[depth] = _with_parents(own, level, depth, labels)
        return labels[depth]

    def _count(
        self, list_id: str, depth: int, levels: Mapping[int, _Level], counts: dict[int, int]
    ) -> None:
        begin = self._starts.get(list_id, {}).get(depth)
        if begin is not None and (list_id, depth) not in self._begun:
            self._begun.add((list_id, depth))
            counts[depth] = begin
        elif depth in counts:
            counts[depth] += 1
        else:
            counts[depth] = levels[depth].start
        for upper in range(depth):
            if upper not in counts and upper in levels:
                counts[upper] = levels[upper].start
        for deeper in range(depth + 1, _LEVELS):
            if deeper in levels and 0 < levels[deeper].restart <= depth:
                continue  # it starts again after a higher level only
            if deeper in levels and levels[deeper].restart == 0:
                continue
            counts.pop(deeper, None)

    @staticmethod
    def _own(
        level: _Level, depth: int, levels: Mapping[int, _Level], counts: Mapping[int, int]
    ) -> str:
        if level.form == "bullet":
            return _BULLET

        def filled(mark: re.Match[str]) -> str:
            at = int(mark.group(1)) - 1
            upper = levels.get(at)
            if upper is None or at > depth or upper.form in ("none", "bullet"):
                return ""
            form = "decimal" if level.legal and upper.form != "decimalZero" else upper.form
            return numeral(counts.get(at, upper.start), form)

        return " ".join(_MARK.sub(filled, level.text).split())

    def _place(self, paragraph: Any) -> tuple[str, int]:
        """Returns the list and the 0-based level of a paragraph; "" for no list."""
        own = paragraph.find(f"{W}pPr/{W}numPr")
        style = value(paragraph, "pPr/pStyle") or "Normal"
        if own is None:
            return self._place_of_style(style)
        list_id, depth = value(own, "numId"), value(own, "ilvl")
        if not list_id:
            return self._place_of_style(style)[0], number(depth)
        return list_id, number(depth)

    def _place_of_style(self, name: str) -> tuple[str, int]:
        if name not in self._of_style:
            self._of_style[name] = self._look_up(name)
        return self._of_style[name]

    def _look_up(self, name: str) -> tuple[str, int]:
        first = name
        for _ in range(_STEPS):
            style = self._styles.get(name)
            if style is None:
                break
            list_id = value(style, "pPr/numPr/numId")
            if list_id:
                for depth, level in self._lists.get(list_id, {}).items():
                    if level.style in (first, name):
                        return list_id, depth
                return list_id, number(value(style, "pPr/numPr/ilvl"))
            name = value(style, "basedOn")
        return "", 0

    def _define(self, root: Any) -> None:
        definitions: dict[str, Any] = {}
        for element in root.iterchildren(f"{W}abstractNum"):
            definitions[element.get(f"{W}abstractNumId", "")] = element
        nums = {element.get(f"{W}numId", ""): element for element in root.iterchildren(f"{W}num")}
        parsed: dict[str, dict[int, _Level]] = {}
        for list_id, element in nums.items():
            key = self._definition(value(element, "abstractNumId"), definitions, nums)
            definition = definitions.get(key)
            if definition is None:
                continue
            if key not in parsed:
                parsed[key] = _levels(definition)
            levels = parsed[key]
            overrides = list(element.iterchildren(f"{W}lvlOverride"))
            starts: dict[int, int] = {}
            for override in overrides[:_LEVELS]:
                depth = number(override.get(f"{W}ilvl", ""))
                start = value(override, "startOverride")
                if start:
                    starts[depth] = number(start)
                levels = {**levels, **_levels(override)}
            self._lists[list_id] = levels
            self._abstract[list_id] = key
            self._starts[list_id] = starts

    def _definition(self, key: str, definitions: Mapping[str, Any], nums: Mapping[str, Any]) -> str:
        """Follows a definition that names a list style to the one of that style."""
        for _ in range(_STEPS):
            element = definitions.get(key)
            name = value(element, "numStyleLink") if element is not None else ""
            style = self._styles.get(name)
            if style is None:
                return key
            num = nums.get(value(style, "pPr/numPr/numId"))
            if num is None:
                return key
            key = value(num, "abstractNumId")
        return key


def _with_parents(own: str, level: _Level, depth: int, labels: Mapping[int, str]) -> str:
    """Returns a number after those of the clauses above that it does not repeat: 4.2 (b)."""
    marks = [int(mark) - 1 for mark in _MARK.findall(level.text)]
    above = min(marks, default=depth)
    nearest = max((upper for upper in labels if upper < above), default=None)
    return own if nearest is None else f"{labels[nearest].rstrip('.:')} {own}"


def _levels(definition: Any) -> dict[int, _Level]:
    levels: dict[int, _Level] = {}
    for element in definition.iterchildren(f"{W}lvl"):
        depth = number(element.get(f"{W}ilvl", ""))
        if depth >= _LEVELS:
            continue
        form = element.find(f"{W}numFmt")
        if form is None:  # newer forms are written in two ways
            form = next(element.iter(f"{W}numFmt"), None)
        restart = value(element, "lvlRestart")
        levels[depth] = _Level(
            form=form.get(f"{W}val", "decimal") if form is not None else "decimal",
            text=value(element, "lvlText"),
            start=number(value(element, "start")),
            restart=number(restart) if restart else depth,
            legal=is_on(element.find(f"{W}isLgl")),
            style=value(element, "pStyle"),
        )
    return levels


def _read(data: bytes) -> etree._Element | None:
    try:
        return tree(data) if data else None
    except etree.LxmlError:
        return None
