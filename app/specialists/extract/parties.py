"""Names of companies and people in a text, as they stand there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.redaction import vocabulary
from app.redaction.word_lists import names, ordinary, places
from rag.text.fold import without_accents
from rag.text.words import STOP_WORDS

# Legal forms; short ones that are words in small letters count in capitals or with stops only.
_FORM = (
    r"(?:(?=[A-Zg])(?i:Inc|Incorporated|Corp|Corporation|Company|Ltd|Limited|L\.?L\.?C|L\.?L\.?P|P\.?L\.?C"
    r"|SARL|S\.A\.R\.L|GmbH|gGmbH|EURL|SASU|Pty)|Co|L\.?P|N\.?V|B\.?V|S\.?A|S\.?E|A\.?G|Ag|S\.?A\.?S"
    r"|S\.?L\.?U?|S\.?r\.?l|S\.?p\.?A|UG|KG|KGaA|OHG|GbR|e\.\s?V|eG|A/S|AS|AB|Oyj?|N\.?A"
    r"|GmbH & Co\.? KG)"
)
_LEGAL_FORM = re.compile(rf"{_FORM}\.?")
_BEHIND = re.compile(
    rf",?\s{{1,2}}(?:Co\.,?\s)?{_FORM}(?![^\W_])\.?(?:,?\s(?:(?i:Inc|Ltd|LLC)|LP|KG)\b\.?)?"
)
_WORD = r"(?:[a-z]{1,2}(?=[A-Z]))?[^\W\d_a-zß-öø-ÿ][\w'’.¢&/-]*|\d{1,3}[¢%]?(?=\s[^\W\d_a-zß-öø-ÿ])"
_JOIN = r"of|and|the|for|&|de|des|du|del|la|von|van|der|den|zu|und|et|y|e|di|da|the"
_BLANK = "[ \u00a0]{1,2}"
_NAME = re.compile(
    rf"(?<![\w’'])(?:{_WORD})(?:{_BLANK}(?:(?:{_JOIN}){_BLANK}){{0,2}}(?:{_WORD})){{0,8}}"
)
_TITLE = re.compile(r"([^\W\d_]{1,12})\.?\s{1,2}(?=\S)")
_LONGEST = 100
_ARTICLE = 8  # characters
_INDEFINITE = re.compile(r"(?<![^\W_])(?:an?|eine[rms]?|une?|una)\s+\Z", re.IGNORECASE)
_BROKEN = re.compile(r"\s*\n\s*")
# What a contract says right behind the name of a party: "a Delaware corporation (the “Company”)",
# "– nachfolgend Vermieter genannt –".
_ROLE = re.compile(
    r",?\s{0,2}(?:(?:an?|ein|eine|une?|una)\s[^.;(“\"]{1,80})?,?\s{0,2}(?:"
    r"\(\s?(?:[\w ,]{0,40}\s)?[“\"„«‘'](?P<quoted>[^”\"“»\n]{2,40})[”\"“»’']"
    r"|[(–,-]\s?(?:im Folgenden|nachfolgend|nachstehend|ci-après|en adelante|hereinafter)"
    r"(?:\s(?:auch|kurz|called|dénommée?|denominad[oa]))?\s(?P<plain>[^\n),–]{2,40}?)"
    r"(?:\sgenannt)?\s?[),–-])"
)
_TERM = re.compile(r"[“\"„«]([^”\"“»\n]{2,50})[”\"“»]")
_TERM_PARTS = re.compile(
    r"\s(?:and|or|und|oder|et|ou|y|o|&)\s(?:the\s)?|[,/]\s?|^the\s", re.IGNORECASE
)


def parties_in(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yields the places of names that can be a company's or a person's, and how sure that is.

    Args:
        text: any text.

    Yields:
        start, end, and True where a legal form or the lists of names show that it is one.
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
            if is_term(flat[first:last_of]) or _is_described(flat, first, last_of):
                continue
            yield first, last_of, is_sure(flat[first:last_of])


def is_term(name: str) -> bool:
    """Tells whether a capitalised name is made of ordinary words alone, such as a defined term."""
    own = [without_accents(word) for word in re.findall(r"[^\W\d_]{2,}", name)]
    if not own or all(word in vocabulary.no_names() or word in STOP_WORDS for word in own):
        return True
    if _LEGAL_FORM.fullmatch(name):
        return True
    return (
        not _has_form(name)
        and all(word in ordinary() and word not in names() for word in own)
        and len(own) == 1
    )


def _is_described(text: str, start: int, end: int) -> bool:
    """Tells whether words say what a party is, and not its name: "an Ohio Corporation"."""
    if not _INDEFINITE.search(text, max(0, start - _ARTICLE), start):
        return False
    own = [without_accents(word) for word in text[start:end].split()]
    return any(
        " ".join(own[:count]) in places()
        and all(word in ordinary() or _LEGAL_FORM.fullmatch(word) for word in own[count:])
        for count in range(1, len(own))
    )


def is_sure(name: str) -> bool:
    """Tells whether a name has a legal form, or is a person's by the lists of names."""
    return _has_form(name) or _is_person(name)


def role_behind(text: str, end: int) -> str:
    """Returns the role in brackets behind a name: "Company" of "(the “Company”)"; "" if none."""
    match = _ROLE.match(text, end, end + 200)
    return (match["quoted"] or match["plain"] or "").strip(' ,.„“"') if match else ""


def defined_terms(text: str) -> frozenset[str]:
    """Returns the terms that a text sets in quotation marks, folded: they are roles, not names."""
    terms = (without_accents(match[1]).strip(" ,.") for match in _TERM.finditer(text))
    return frozenset(term.removeprefix("the ") for term in terms)


def is_role(name: str, terms: frozenset[str]) -> bool:
    """Tells whether a name is made of defined terms: "Company and the Executive"."""
    parts = [part for part in _TERM_PARTS.split(without_accents(name).strip(" .")) if part]
    own = (re.sub(r"['’]s?$", "", part.strip()) for part in parts)
    return bool(parts) and all(part in terms or part.rstrip("s") in terms for part in own)


def ordinary_share(name: str) -> float:
    """Returns the share of a name's words that are ordinary words and no names, 0 to 1."""
    if is_sure(name):
        return 0.0
    own = [without_accents(word) for word in re.findall(r"[^\W\d_]{2,}", name)]
    return sum(word in ordinary() and word not in names() for word in own) / max(1, len(own))


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
        and all(word in names() or len(word) == 1 for word in own)
        and not all(word in places() for word in long)
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
        joined = re.match(rf"(?:(?:{_JOIN})\s{{1,2}})+(?=\S)", text[start:end])
        start += joined.end() if joined else 0  # "Each of the Company"
    article = re.match(r"(?:The|THE|Der|Die|Das|Le|La|Les|El|Los)\s{1,2}(?=\S)", text[start:end])
    if article and (lead or not inside):
        start += article.end()
    title = _TITLE.match(text, start, end)
    while title and without_accents(title[1]) in vocabulary.TITLES:
        start = title.end()
        title = _TITLE.match(text, start, end)
    words = text[start:end]
    if words.endswith(".") and not re.search(
        rf"(?:{_FORM}|[^\W\d_]\.[^\W\d_]|\b[A-Z]|Jr|Sr)\.$", words
    ):
        end -= 1
    return start, end


def _parts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Splits "A Inc. and B Ltd." behind a legal form."""
    first = start
    for joint in re.finditer(
        r"(?<=[.A-Za-z])\s{1,2}(?i:and|und|et|y|&)\s{1,2}(?!Co\b)", text[start:end]
    ):
        left = text[first : start + joint.start()]
        if _has_form(left):
            yield first, start + joint.start()
            first = start + joint.end()
    if first < end:
        yield first, end
