"""A place in a document, in words."""

from __future__ import annotations

import pytest

from rag.formats import DocumentKind
from rag.text.describe_locator import describe, page_or_cells
from rag.types import Locator
from ui import text

PLACES = [
    (Locator(0, 9, page=3), DocumentKind.PDF, "page 3"),
    (Locator(0, 9, page=2), DocumentKind.PPTX, "slide 2"),
    (Locator(0, 9, sheet="Budget", cells="A1:D9"), DocumentKind.XLSX, "sheet Budget, A1:D9"),
    (Locator(0, 9, sheet="Budget"), DocumentKind.XLSX, "sheet Budget"),
    (Locator(0, 9, cells="A1:D9"), DocumentKind.CSV, "cells A1:D9"),
    (Locator(0, 9, page=3, headings=("Rent", "Deposit")), DocumentKind.PDF, "page 3"),
    (Locator(0, 9), DocumentKind.TEXT, ""),
]


@pytest.mark.parametrize(("locator", "kind", "words"), PLACES)
def test_the_shell_and_the_window_say_the_same(
    locator: Locator, kind: DocumentKind, words: str
) -> None:
    assert describe(locator, kind) == text.place(locator, kind) == words


def test_headings_are_a_path_in_the_shell_and_the_last_one_in_the_window() -> None:
    locator = Locator(0, 9, headings=("Rent", "Deposit"))
    assert describe(locator, DocumentKind.MARKDOWN) == "Rent › Deposit"
    assert text.place(locator, DocumentKind.MARKDOWN) == "under “Deposit”"


def test_a_translation_changes_the_words_and_leaves_the_names() -> None:
    german = {"sheet {0}": "Tabelle {0}", "page {0}": "Seite {0}"}
    sheet = Locator(0, 9, sheet="sheet {0}", cells="A1:D9")
    assert page_or_cells(sheet, None, german.__getitem__) == "Tabelle sheet {0}, A1:D9"
    assert page_or_cells(Locator(0, 9, page=3), None, german.__getitem__) == "Seite 3"
