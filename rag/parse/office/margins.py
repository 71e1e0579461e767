"""Tells whether a header or footer says more than the number of the page."""

from __future__ import annotations

import re

_PAGE_WORDS = re.compile(r"\b(page|of|seite|von|pagina|página|de|sur|di)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2}")


def says_more_than_page(text: str) -> bool:
    """Tells whether a line of a header or footer holds words other than "page 3 of 7"."""
    return _WORD.search(_PAGE_WORDS.sub("", text)) is not None
