"""Styles of OpenDocument: marks of text, such as struck out, and numbers of lists and headings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from rag.parse.numerals import numeral
from rag.parse.office.odf_names import STYLE, TEXT, between
from rag.parse.text_marks import NO_MARKS, Mark, Marks, is_highlighting

_STEPS = 20  # of styles that are based on each other
_LEVELS = 10
_MOST = 100_000  # number that a list may begin with
_FORMS = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"
_OUTLINE = ""  # the name under which the numbering of headings is kept


@dataclass(frozen=True, slots=True)
class _Level:
    """A level of a list: its numbers with what stands around them; without form for a bullet."""

    form: str
    prefix: str
    suffix: str
    shown: int
    start: int


class OdfStyles:
    """The styles of a document.

    Args:
        roots: of the parts that hold styles.
    """

    def __init__(self, roots: Iterable[etree._Element]) -> None:
        self._parents: dict[str, str] = {}
        self._looks: dict[str, dict[Mark, bool]] = {}
        self._list_of_style: dict[str, str] = {}
        self._lists: dict[str, dict[int, _Level]] = {}
        for root in roots:
            for style in root.iter(f"{STYLE}style"):
                self._add_style(style)
            for listed in root.iter(f"{TEXT}list-style", f"{TEXT}outline-style"):
                is_list = listed.tag == f"{TEXT}list-style"
                name = str(listed.get(f"{STYLE}name", "")) if is_list else _OUTLINE
                self._lists[name] = dict(_levels(listed))

    def _add_style(self, style: etree._Element) -> None:
        name = str(style.get(f"{STYLE}name", ""))
        self._parents[name] = str(style.get(f"{STYLE}parent-style-name", ""))
        if f"{STYLE}list-style-name" in style.attrib:
            self._list_of_style[name] = str(style.get(f"{STYLE}list-style-name", ""))
        for text in style.iterchildren(f"{STYLE}text-properties"):
            self._looks[name] = _look(text)

    def marks(self, element: etree._Element, *, outer: Marks = NO_MARKS) -> Marks:
        """Returns the marks of the text of a paragraph, span or cell.

        Args:
            element: has the name of a style.
            outer: marks of the text around it.
        """
        name = str(element.get(f"{TEXT}style-name", ""))
        return self.marks_of_style(name, outer=outer)

    def marks_of_style(self, name: str, *, outer: Marks = NO_MARKS) -> Marks:
        """Returns the marks of text in a style; `outer`: of the text around it."""
        look: dict[Mark, bool] = {}
        for _ in range(_STEPS):
            if name in self._looks:
                look = self._looks[name] | look
            name = self._parents.get(name, "")
            if not name:
                break
        if not look:
            return outer
        return frozenset(mark for mark in Mark if look.get(mark, mark in outer))

    def list_of(self, element: etree._Element) -> str:
        """Returns the name of the list style of a list or paragraph; "" if it has none."""
        name = str(element.get(f"{TEXT}style-name", ""))
        if element.tag == f"{TEXT}list":
            return name
        for _ in range(_STEPS):
            if not name or name in self._list_of_style:
                break
            name = self._parents.get(name, "")
        return self._list_of_style.get(name, "")

    def level(self, list_name: str, depth: int) -> _Level | None:
        """Returns a level of a list style, 1-based; None for one that is not defined."""
        return self._lists.get(list_name, {}).get(depth)


class OdfNumbers:
    """Counts the items of lists and the headings, and returns their numbers as text."""

    def __init__(self, styles: OdfStyles) -> None:
        self._styles = styles
        self._headings: dict[int, int] = {}
        self._lists: dict[str, dict[int, int]] = {}  # by the name of the style
        self._texts: dict[str, dict[int, str]] = {}

    def heading(self, level: int, start: str = "") -> str:
        """Returns the number of a heading of this level, 1-based; "" if it has none."""
        return self._next(_OUTLINE, self._headings, level, start)

    def begin_list(self, name: str, depth: int) -> None:
        """Begins a list of this style: its numbers start again from this level, 1-based."""
        counts = self._lists.get(name, {})
        for deeper in [at for at in counts if at >= depth]:
            del counts[deeper]

    def item(self, name: str, depth: int, start: str = "") -> str:
        """Returns the number of an item, "-" for a bullet.

        Args:
            name: of the list style.
            depth: 1-based level.
            start: number that the item begins with, if it does.
        """
        return self._next(name, self._lists.setdefault(name, {}), depth, start) or "-"

    def _next(self, name: str, counts: dict[int, int], depth: int, start: str) -> str:
        level = self._styles.level(name, depth)
        if level is None:
            return ""
        first = between(start, 0, _MOST) if start else counts.get(depth, level.start - 1) + 1
        counts[depth] = first
        for deeper in [at for at in counts if at > depth]:
            del counts[deeper]
        if not level.form:
            return ""
        numbers: list[str] = []
        for at in range(max(depth - level.shown + 1, 1), depth + 1):
            upper = self._styles.level(name, at)
            if upper is not None and upper.form:
                numbers.append(numeral(counts.get(at, upper.start), upper.form))
        own = f"{level.prefix}{'.'.join(numbers)}{level.suffix}".strip()
        texts = self._texts.setdefault(name, {})
        nearest = max((at for at in texts if at <= depth - level.shown and at in counts), default=0)
        texts[depth] = f"{texts[nearest].rstrip('.:')} {own}" if nearest else own
        return texts[depth]


def _look(properties: etree._Element) -> dict[Mark, bool]:
    """Returns which marks the properties of a text set, and which they take away."""
    look: dict[Mark, bool] = {}
    line = properties.get(f"{STYLE}text-line-through-style")
    kind = properties.get(f"{STYLE}text-line-through-type")
    if line is not None or kind is not None:
        look[Mark.STRUCK] = "none" not in (line, kind)
    display = properties.get(f"{TEXT}display")
    if display is not None:
        look[Mark.HIDDEN] = display == "none"
    position = properties.get(f"{STYLE}text-position")
    if position is not None:  # "super 58%", "-33% 58%"
        shift = (str(position).split() or [""])[0]
        look[Mark.RAISED] = shift == "super" or shift.lstrip("0")[:1].isdigit()
        look[Mark.LOWERED] = shift == "sub" or shift.startswith("-")
    background = properties.get(f"{_FO}background-color")
    if background is not None:
        look[Mark.HIGHLIGHTED] = is_highlighting(str(background))
    border = properties.get(f"{_FO}border")
    if border is not None:
        look[Mark.BOXED] = border != "none"
    return look


def _levels(style: etree._Element) -> Iterable[tuple[int, _Level]]:
    for element in style:
        depth = between(str(element.get(f"{TEXT}level", "")), 0, _LEVELS)
        form = str(element.get(f"{STYLE}num-format", ""))
        is_number = str(element.tag).endswith(("-number", "outline-level-style")) and form
        yield (
            depth,
            _Level(
                form=_FORMS.get(form, "decimal") if is_number else "",
                prefix=str(element.get(f"{STYLE}num-prefix", "")),
                suffix=str(element.get(f"{STYLE}num-suffix", "")),
                shown=between(str(element.get(f"{TEXT}display-levels", "1")), 1, _LEVELS),
                start=between(str(element.get(f"{TEXT}start-value", "1")), 0, _MOST),
            ),
        )
