"""A locator in words, for the shell, for what is sent out, and for the window in its language."""

from __future__ import annotations

from collections.abc import Callable

from rag.formats import DocumentKind
from rag.types import Locator

SLIDES = (DocumentKind.PPTX, DocumentKind.PPT, DocumentKind.ODP)
"""Formats whose pages are slides."""


def describe(locator: Locator, kind: DocumentKind) -> str:
    """Returns where a passage stands: "page 3", "sheet Budget, A1:D9", "Rent › Deposit".

    Empty for a text without pages, sheets or headings.
    """
    return page_or_cells(locator, kind) or " › ".join(locator.headings)


def page_or_cells(
    locator: Locator,
    kind: DocumentKind | None,
    translate: Callable[[str], str] = str,
    shown: Callable[[str], str] = str,
) -> str:
    """Returns the page, slide, sheet or cells where a passage stands; "" where there are none.

    Args:
        locator: the place.
        kind: of the document, as far as it is known.
        translate: turns "page {0}", "slide {0}", "sheet {0}" and "cells {0}" into another language.
        shown: makes the name of a sheet fit to be shown.
    """
    if locator.page is not None:
        return translate("slide {0}" if kind in SLIDES else "page {0}").format(locator.page)
    if locator.sheet:
        sheet = translate("sheet {0}").format(shown(locator.sheet))
        return f"{sheet}, {locator.cells}" if locator.cells else sheet
    return translate("cells {0}").format(locator.cells) if locator.cells else ""
