"""A locator in words, as the shell prints it."""

from __future__ import annotations

from rag.formats import DocumentKind
from rag.types import Locator

SLIDES = (DocumentKind.PPTX, DocumentKind.ODP)
"""Formats whose pages are slides."""


def describe(locator: Locator, kind: DocumentKind) -> str:
    """Returns the place of a passage: "page 3", "slide 2", "sheet Budget, A1:D9", "Rent › Deposit".

    Empty for a text without pages, sheets or headings.
    """
    if locator.page is not None:
        return f"{'slide' if kind in SLIDES else 'page'} {locator.page}"
    if locator.sheet is not None:
        return f"sheet {locator.sheet}" + (f", {locator.cells}" if locator.cells else "")
    if locator.cells is not None:
        return f"cells {locator.cells}"
    return " › ".join(locator.headings)
