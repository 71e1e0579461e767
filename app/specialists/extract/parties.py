"""Names of companies and people in a text, as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.redaction import vocabulary
from app.redaction.word_lists import names, ordinary, places
from rag.text.fold import without_accents

_FORM = (
    r"(?:Inc|Incorporated|Corp|Corporation|Co|Company|Ltd|Limited|L\.?L\.?C|L\.?L\.?P|L\.?P|P\.?L\.?C"
    r"|N\.?V|B\.?V|S\.?A|S\.?E|A\.?G|S\.?A\.?S|S\.?A\.?R\.?L|SARL|SASU|EURL|S\.?L\.?U?|S\.?r\.?l"
    r"|S\.?p\.?A|GmbH|gGmbH|UG|KG|KGaA|OHG|GbR|e\.\s?V|eG|A/S|AS|AB|Oyj?|N\.?A|Pty|Sp\. z o\.o"
    r"|GmbH & Co\.? KG)"
)
_LEGAL_FORM = re.compile(rf"{_FORM}\.?", re.IGNORECASE)
_BEHIND = re.compile(rf",?\s{{1,2}}(?:Co\.,?\s)?{_FORM}\b\.?(?:,?\s(?:Inc|Ltd|LLC|LP|KG)\b\.?)?",
                     re.IGNORECASE)  # fmt: skip
_WORD = r"(?:[a-z]{1,2}(?=[A-Z]))?[^\W\d_a-zß-öø-ÿ][\w'’.¢&/-]*|\d{1,3}[¢%]?(?=\s[^\W\d_a-zß-öø-ÿ])"
_JOIN = r"of|and|the|for|&|de|des|du|del|la|von|van|der|den|zu|und|et|y|e|di|da|the"
_BLANK = "[ \u00a0]{1,2}"
_NAME = re.compile(
    rf"(?<![\w’'])(?:{_WORD})(?:{_BLANK}(?:(?:{_JOIN}){_BLANK}){{0,2}}(?:{_WORD})){{0,8}}"
)
_LONGEST = 100
_BROKEN = re.compile(r"\s*\n\s*")
# Quoted or in brackets right behind a name: its role in the contract, "(the “Company”)".
_DEFINED = re.compile(r"[^.;\n“\"(]{0,90}\(\s?(?:[\w ,]{0,40}\s)?[“\"„«][^”\"“»]{2,40}[”\"“»]")


def parties_in(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yields the places of names that can be a company's or a person's, and how sure that is.

    Args:
        text: any text.

    Yields:
        start, end, and True where a legal form, the lists of names or a role in brackets behind
        it show that it is one.
    """
    yield from _in_line(_BROKEN.sub(lambda match: " " * len(match.group()), text))
    if "\n" in text:  # a line by itself can be a name, as below a signature
        for line in re.finditer(r"[^\n]+", text):
            for start, end, sure in _in_line(line.group()):
                yield line.start() + start, line.start() + end, sure


def _in_line(flat: str) -> Iterator[tuple[int, int, bool]]:
    for match in _NAME.finditer(flat):
        start, end = _trimmed(flat, *match.span())
        if end <= start or end - start > _LONGEST:
            continue
        for first, last in _parts(flat, start, end):
            behind = _BEHIND.match(flat, last)
            last_of = behind.end() if behind else last
            if is_term(flat[first:last_of]):
                continue
            yield first, last_of, is_sure(flat, first, last_of)


def is_term(name: str) -> bool:
    """Tells whether a capitalised name is made of ordinary words alone, such as a defined term."""
    own = [without_accents(word) for word in re.findall(r"[^\W\d_]{2,}", name)]
    if not own or all(word in vocabulary.no_names() for word in own):
        return True
    return (
        not _has_form(name)
        and all(word in ordinary() and word not in names() for word in own)
        and len(own) == 1
    )


def is_sure(text: str, start: int, end: int) -> bool:
    """Tells whether the words, or what stands behind them, show that they name a party."""
    return (
        _has_form(text[start:end])
        or _is_person(text[start:end])
        or (_DEFINED.match(text, end) is not None)
    )


def _has_form(name: str) -> bool:
    last = name.replace(",", " ").split()
    return len(last) > 1 and _LEGAL_FORM.fullmatch(last[-1]) is not None


def _is_person(name: str) -> bool:
    """Tells whether a name has two or three parts that are in the lists of names."""
    own = [without_accents(word.rstrip(".")) for word in name.split()]
    long = [word for word in own if len(word) > 1]
    return (
        2 <= len(own) <= 4
        and bool(long)
        and all((word in names() and word not in places()) or len(word) == 1 for word in own)
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Drops joining words, articles and full stops at the ends."""
    words = text[start:end]
    inside = text[:start].rstrip(" \u00a0")[-1:].isalnum()  # "The" is part of the name then
    lead = re.match(r"(?:(?:This|That|A|An|By|Between|And|Whereas|WHEREAS|"
                    r"Zwischen|Entre|For|In|As|If|To|From|At|On|Of|Any|Each|No|Such|Dear|"
                    r"BETWEEN|AND|THIS|BY)\s{1,2})+(?=\S)", words)  # fmt: skip
    if lead:
        start += lead.end()
    article = re.match(r"(?:The|THE|Der|Die|Das|Le|La|Les|El|Los)\s{1,2}(?=\S)", text[start:end])
    if article and (lead or not inside):
        start += article.end()
    words = text[start:end]
    if words.endswith(".") and not re.search(
        rf"(?:{_FORM}|[^\W\d_]\.[^\W\d_]|\b[A-Z]|Jr|Sr)\.$", words
    ):
        end -= 1
    return start, end


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Splits "A Inc. and B Ltd." behind a legal form."""
    first = start
    for joint in re.finditer(r"(?<=[.A-Za-z])\s{1,2}(?i:and|und|et|y|&)\s{1,2}", text[start:end]):
        left = text[first : start + joint.start()]
        if _has_form(left):
            yield first, start + joint.start()
            first = start + joint.end()
    if first < end:
        yield first, end
