"""Hits as they are shown."""

from __future__ import annotations

import pytest

from rag.formats import DocumentKind
from rag.types import Hit, Locator


@pytest.mark.parametrize(
    ("text", "context", "shown"),
    [
        ("Pets are welcome.", "Lease\nPets", "Pets are welcome."),
        ("B2 | 425", "Berths\n\nBerth | Fee", "Berth | Fee\nB2 | 425"),
        ("Berth | Fee\nB1 | 400", "Berths\n\nBerth | Fee", "Berth | Fee\nB1 | 400"),
    ],
)
def test_rows_of_a_table_come_with_its_header(text: str, context: str, shown: str) -> None:
    hit = Hit(1, "c", "/a", "A", DocumentKind.TEXT, Locator(0, len(text)), text, context, 0.5)
    assert hit.text_with_header == shown
