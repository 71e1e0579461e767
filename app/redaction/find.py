"""Finds personal data in a text: by form, by checksum, by lists of names, by context."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from app.redaction.accounts import find_accounts
from app.redaction.addresses import find_addresses
from app.redaction.finding import Finding, Kind
from app.redaction.folded import NormalisedText, fold, in_one_line, unbroken, unhyphenated
from app.redaction.identity import find_identity
from app.redaction.names import find_names
from app.redaction.secrets import find_secrets
from app.redaction.spans import join
from app.redaction.web import find_web

# If two finders find the same characters, the earlier one determines the kind.
_OF_VALUES = (find_web, find_secrets, find_identity, find_accounts)
_OF_GROUPS = (find_web, find_identity, partial(find_accounts, joined=True))
_OF_WORDS = (find_addresses, find_names)
_DIGITS = {Kind.IBAN, Kind.CARD, Kind.PHONE, Kind.NATIONAL_ID, Kind.BIRTH_DATE}
_MOST_BREAKS = 2
_LONG_PART = 12  # characters; few words of a text are so long
_BREAK = re.compile(r"[ \t]*(-?)[ \t]*\n[ \t]*")
_PART_OF_LINK = re.compile(r"[\d/?=&%#_@]")
_BEGINS_ADDRESS = re.compile(r"\w[._+]\w*$|@|[._]$")


def find(text: str, own_words: Sequence[str] = ()) -> tuple[Finding, ...]:
    """Returns the findings in a text, sorted and without overlap.

    Args:
        text: any text.
        own_words: further words to find, in any case and spacing.
    """
    form = fold(text)
    words, one_line, unsplit = unhyphenated(form), in_one_line(form), unbroken(form)
    findings = [*_applied(partial(_own_words, own_words=own_words), words)]
    for finder in _OF_VALUES:
        findings += _applied(finder, form)
    for finder in _OF_WORDS:
        findings += _applied(finder, words)
    if one_line is not form:
        for finder in _OF_GROUPS:
            findings += _applied(finder, one_line)
    if unsplit is not form:
        for finder in _OF_VALUES:
            findings += (
                finding for finding in _applied(finder, unsplit) if _is_one_value(form, finding)
            )
    return join(findings)


def _applied(finder: Callable[[str], Iterable[Finding]], form: NormalisedText) -> Iterator[Finding]:
    """Applies a finder to a form; yields its findings in the text's offsets."""
    for finding in finder(form.text):
        if finding.start < finding.end:
            yield Finding(*form.span(finding.start, finding.end), finding.kind)


def _is_one_value(form: NormalisedText, finding: Finding) -> bool:
    """Tells whether a finding across line ends is one value, without words of the next line."""
    start = bisect_left(form.offsets, finding.start)
    words = form.text[start : bisect_left(form.offsets, finding.end)]
    breaks = list(_BREAK.finditer(words))
    if not 0 < len(breaks) <= _MOST_BREAKS:
        return False
    parts = _BREAK.split(words)[::2]
    if finding.kind in _DIGITS:
        return all(any(map(str.isdigit, part)) for part in parts)
    if finding.kind is Kind.EMAIL:
        before = parts[0]
        complete = any(match.end == len(before) for match in find_web(before))
        return not complete and (bool(_BEGINS_ADDRESS.search(before)) or bool(breaks[0].group(1)))
    return all(_PART_OF_LINK.search(part) or len(part) >= _LONG_PART for part in parts[1:])


def _own_words(text: str, own_words: Sequence[str]) -> Iterator[Finding]:
    spelled = [fold(word).text.split() for word in own_words]
    words = [r"[\s-]+".join(map(re.escape, parts)) for parts in spelled if parts]
    if words:
        pattern = re.compile("|".join(sorted(words, key=len, reverse=True)), re.IGNORECASE)
        yield from (Finding(*match.span(), Kind.OWN_WORD) for match in pattern.finditer(text))
