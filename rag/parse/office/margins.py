"""Tells whether a header or footer says more than the number of the page."""

from __future__ import annotations

import re

from rag.text.lazy_regex import lazy_regex

_PAGE_WORDS = lazy_regex(r"\b(page|of|seite|von|pagina|página|de|sur|di)\b", re.IGNORECASE)
_WORD = lazy_regex(r"[^\W\d_]{2}")


def says_more_than_page(text: str) -> bool:
    """Tells whether a line of a header or footer holds words other than "page 3 of 7"."""
    return _WORD.search(_PAGE_WORDS.sub("", text)) is not None
