"""Finds what tells of a person in a text: by form, by checksum, by lists of names, by context."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from app.redaction.accounts import find_accounts
from app.redaction.addresses import find_addresses
from app.redaction.finding import Finding, Kind
from app.redaction.folded import FoldedText, fold, in_one_line, unbroken, unhyphenated
from app.redaction.identity import find_identity
from app.redaction.names import find_names
from app.redaction.secrets import find_secrets
from app.redaction.spans import join
from app.redaction.web import find_web

# Where two find the same characters, the earlier one says what they are.
_OF_VALUES = (find_web, find_secrets, find_identity, find_accounts)
_OF_GROUPS = (find_web, find_identity, partial(find_accounts, joined=True))
_OF_WORDS = (find_addresses, find_names)
_DIGITS = {Kind.IBAN, Kind.CARD, Kind.PHONE, Kind.NATIONAL_ID, Kind.BIRTH_DATE}
_MOST_BREAKS = 2
_LONG_PART = 12  # characters; no word of a text is likely to be so long
_BREAK = re.compile(r"[ \t]*(-?)[ \t]*\n[ \t]*")
_PART_OF_LINK = re.compile(r"[\d/?=&%#_@]")
_BEGINS_ADDRESS = re.compile(r"\w[._+]\w*$|@|[._]$")


def find(text: str, own_words: Sequence[str] = ()) -> tuple[Finding, ...]:
    """What is in the text, sorted and without overlap.

    Args:
        text: any text.
        own_words: what this person wants to be found as well, in any case and spacing.
    """
    form = fold(text)
    words, lined, whole = unhyphenated(form), in_one_line(form), unbroken(form)
    found = [*_told(partial(_own_words, own_words=own_words), words)]
    for finder in _OF_VALUES:
        found += _told(finder, form)
    for finder in _OF_WORDS:
        found += _told(finder, words)
    if lined is not form:
        for finder in _OF_GROUPS:
            found += _told(finder, lined)
    if whole is not form:
        for finder in _OF_VALUES:
            found += (one for one in _told(finder, whole) if _is_one_value(form, one))
    return join(found)


def _told(finder: Callable[[str], Iterable[Finding]], form: FoldedText) -> Iterator[Finding]:
    """What a finder finds in a form, in the offsets of the text."""
    for one in finder(form.text):
        if one.start < one.end:
            yield Finding(*form.span(one.start, one.end), one.kind)


def _is_one_value(form: FoldedText, found: Finding) -> bool:
    """Whether what was found over the ends of lines is one value, and not the next line as well."""
    start = bisect_left(form.offsets, found.start)
    words = form.text[start : bisect_left(form.offsets, found.end)]
    breaks = list(_BREAK.finditer(words))
    if not 0 < len(breaks) <= _MOST_BREAKS:
        return False
    parts = _BREAK.split(words)[::2]
    if found.kind in _DIGITS:
        return all(any(map(str.isdigit, part)) for part in parts)
    if found.kind is Kind.EMAIL:
        before = parts[0]
        complete = any(one.end == len(before) for one in find_web(before))
        return not complete and (bool(_BEGINS_ADDRESS.search(before)) or bool(breaks[0].group(1)))
    return all(_PART_OF_LINK.search(part) or len(part) >= _LONG_PART for part in parts[1:])


def _own_words(text: str, own_words: Sequence[str]) -> Iterator[Finding]:
    spelled = [fold(word).text.split() for word in own_words]
    words = [r"[\s-]+".join(map(re.escape, parts)) for parts in spelled if parts]
    if words:
        pattern = re.compile("|".join(sorted(words, key=len, reverse=True)), re.IGNORECASE)
        yield from (Finding(*found.span(), Kind.OWN_WORD) for found in pattern.finditer(text))
