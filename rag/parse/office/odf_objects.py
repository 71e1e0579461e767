"""Reads objects embedded in OpenDocument files: formulas as equations, others as their content."""

from __future__ import annotations

import posixpath
from collections.abc import Callable

from lxml import etree

from rag.parse.office.odf_names import DRAW, LINK
from rag.parse.parse_problem import ParseProblem
from rag.parse.plain.mathml import mathml_text
from rag.parse.safe_xml import local

_FORMULA = "math"  # the root element of a formula (OpenDocument 1.3, part 3, section 14)
_PARAGRAPHS = frozenset(("p", "h"))
_SHAPES = frozenset(("frame", "text-box", "custom-shape", "annotation", "note", "page"))
_MOST_OBJECTS = 100  # charts and sheets
_MOST_FORMULAS = 5000


class OdfObjects:
    """The objects of a document, each read when it is asked for.

    Args:
        load: returns the root of a part of the file; None when it is missing or damaged.
    """

    def __init__(self, load: Callable[[str], etree._Element | None]) -> None:
        self._load = load
        self._equations: dict[str, str | None] = {}  # by the name of the object
        self._formulas = 0
        self._others = 0
        self._latest: tuple[str, etree._Element | None] = ("", None)
        self.left_out = False
        """Whether there were more objects than are read."""

    def equation(self, frame: etree._Element) -> str | None:
        """Returns the formula in a frame, on a line; None for a frame that holds none."""
        for item in frame.iterchildren(f"{DRAW}object"):
            inside = next((child for child in item if local(child) == _FORMULA), None)
            if inside is not None:
                return mathml_text(inside).strip()
            return self._linked(_name(item))
        return None

    def _linked(self, name: str) -> str | None:
        if name not in self._equations:
            root = self._root(name)
            is_formula = root is not None and local(root) == _FORMULA
            self._equations[name] = (
                mathml_text(root).strip() if root is not None and is_formula else None
            )
        return self._equations[name]

    def content(self, item: etree._Element) -> etree._Element | None:
        """Returns the root of an object's content; None for one that is not read."""
        return self._root(_name(item))

    def _root(self, name: str) -> etree._Element | None:
        if name == self._latest[0] or not name:
            return self._latest[1] if name else None
        if self._others >= _MOST_OBJECTS or self._formulas >= _MOST_FORMULAS:
            self.left_out = True
            return None
        try:
            root = self._load(f"{name}/content.xml")
        except ParseProblem:  # it is too large: the rest is read all the same
            root = None
        if root is not None and local(root) == _FORMULA:
            self._formulas += 1
        else:
            self._others += 1
        self._latest = (name, root)
        return root


def _name(item: etree._Element) -> str:
    """Returns the folder of an object within the file; "" for one that lies elsewhere."""
    name = posixpath.normpath(str(item.get(LINK, "")))
    return "" if name == "." or name.startswith(("/", "..")) else name


def is_in_words(frame: etree._Element) -> bool:
    """Tells whether a frame stands in a paragraph, not on the page or in another shape."""
    for outer in frame.iterancestors():
        name = local(outer)
        if name in _PARAGRAPHS or name in _SHAPES:
            return name in _PARAGRAPHS
    return False
