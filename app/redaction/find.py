"""Finds what tells of a person in a text: by form, by checksum, by lists of names, by context."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.redaction.accounts import find_accounts
from app.redaction.addresses import find_addresses
from app.redaction.identity import find_identity
from app.redaction.names import find_names
from app.redaction.secrets import find_secrets
from app.redaction.spans import join
from app.redaction.types import Finding, Kind
from app.redaction.web import find_web

# Where two find the same characters, the earlier one says what they are.
_FINDERS = (
    find_web,
    find_secrets,
    find_identity,
    find_accounts,
    find_addresses,
    find_names,
)


def find(text: str, own_words: Sequence[str] = ()) -> tuple[Finding, ...]:
    """What is in the text, sorted and without overlap.

    Args:
        text: any text.
        own_words: what this person wants to be found as well, in any case and spacing.
    """
    found = [*_own_words(text, own_words)]
    for finder in _FINDERS:
        found += finder(text)
    return join(found)


def _own_words(text: str, own_words: Sequence[str]) -> Iterator[Finding]:
    words = [r"\s+".join(map(re.escape, word.split())) for word in own_words if word.strip()]
    if words:
        pattern = re.compile("|".join(sorted(words, key=len, reverse=True)), re.IGNORECASE)
        yield from (Finding(*found.span(), Kind.OWN_WORD) for found in pattern.finditer(text))
