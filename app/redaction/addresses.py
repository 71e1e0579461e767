"""Postal addresses: a street with its number, then what goes on from there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.redaction.context import cue, precedes
from app.redaction.finding import Finding, Kind
from app.redaction.vocabulary import STREET_ENDINGS, no_names
from app.redaction.word_lists import places
from rag.text.fold import without_accents

_LETTERS = r"[\w'’.]{0,40}"
_CAPITAL = rf"[^\W\d_a-zß-öø-ÿ]{_LETTERS}"  # a word with a capital, of most scripts
_NAME = rf"(?:{_CAPITAL}|(?:de|du|des|la|le|les|del|della|di|da|do|van|der|den|von|zum|zur|of|the))"
_YEAR = r"(?:1[5-9]|20)\d\d\b"
_NUMBER_SIGN = r"(?:n[.°ºr]{0,2} ?)?"
_NUMBER = r"\d{1,6}[A-Za-z]?(?:[-/]\d{1,5}[A-Za-z]?)?"
_SURE_STREET = "(?:Street|Road|Avenue|Lane|Boulevard|Drive|Crescent|Terrace|Coves?)"
_BEFORE = "(?:From|At|In|To|On|Of|The|And|Near|Our|Your|My)"  # at the start of a sentence
_STREET = (
    "(?:Street|St|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq"
    "|Terrace|Close|Crescent|Cres|Way|Highway|Hwy|Parkway|Pkwy|Circle|Cir|Trail|Row|Gardens|Grove"
    "|Mews|Hill|Walk|Alley|Plaza|Loop|Path|Coves?|Crossing|Park|Esplanade|Promenade|Quay)"
)
_STREET_BEFORE = (  # the word for a street stands before its name
    r"(?:Via|Viale|Vicolo|Piazza|Piazzale|Corso|Largo|Strada|Calle|C/|Avenida|Avda\.?|Av\.?|Plaza"
    r"|Paseo|Ronda|Carrer|Camino|Rua|Travessa|Praça|[Rr]ue|[Aa]venue|[Bb]oulevard|[Aa]llée"
    r"|[Cc]hemin|[Ii]mpasse|[Qq]uai|[Uu]lica|[Uu]l\.|[Uu]lice|Bd\.)"
)
# A street whose word is the end of its name, up to the number behind it.
_BEFORE_NUMBER = re.compile(
    rf"(?<!\w)(?:\d{{1,6}} )?{_CAPITAL}(?:[ -]{_CAPITAL}){{0,3}}(?: [^\W\d_]{_LETTERS})? $"
)
_HOUSE_NUMBER = re.compile(rf"(?<=[^\W\d_][ .]){_NUMBER}\b\.?|(?<=[^\W\d_]\. ){_NUMBER}\b\.?")
_UNIT = r"(?:Apt|Apartment|Suite|Ste|Flat|Unit|Floor|Fl|Room|Rm|Wohnung|Whg|Appt|Piso|Interno)"
_BOX = r"P\.? ?O\.? ?Box"
_ENDS = rf"(?=\s{{0,3}}(?:[,\n?;]|$|{_UNIT}\b))"  # what can stand behind a line of an address
# The house number is a number, a number with a letter, or two of them.
_STREETS = tuple(
    re.compile(rf"(?<!\w){pattern}")
    for pattern in (
        rf"(?:{_NUMBER},? ){{1,2}}(?:{_NAME} ){{1,5}}{_STREET}\b\.?",
        rf"(?:\d{{1,6}} )?{_NUMBER} ?(?:bis|ter)?,? {_STREET_BEFORE} (?:{_NAME} ){{0,4}}{_CAPITAL}",
        rf"{_STREET_BEFORE}(?: [^\W\d_]{_LETTERS}){{1,6}},? {_NUMBER_SIGN}{_NUMBER}\b",
        rf"(?:the corner of )?(?!{_BEFORE}\b)(?:{_CAPITAL} ){{1,4}}{_SURE_STREET}\b",
        rf"(?!{_YEAR})\d{{2,6}} (?:{_CAPITAL} ){{1,4}}\d{{1,4}}\b\.?{_ENDS}",
        rf"(?:{_BOX}|Postfach|Postbus|Boîte postale|BP|Apartado|Casella postale) \d[\d ]{{0,8}}",
        r"(?:PSC|CMR|Unit) \d{1,5},? Box \d{1,6}",
        r"(?:APO|FPO|DPO),? A[AEP] \d{5}(?:-\d{4})?",
    )
)
# What is part of an address even where no street stands before it.
_PARTS = tuple(
    re.compile(rf"(?<!\w){pattern}(?!\w)")
    for pattern in (
        r"(?:Apt|Apartment|Suite|Ste)\.? #?[A-Z]?-?\d{1,5}[A-Z]?",
        r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}",  # British postcode
        r"[A-CEGHJ-NPRSTVXY]\d[A-Z] \d[A-Z]\d",  # Canadian postcode
        r"[A-Z]{2},? \d{5}(?:-\d{4})?",  # state and ZIP code
    )
)
_CODE = re.compile(r"(?<![\w-])[A-Z]{0,2}-?\d[\dA-Z]{1,5}(?:[ -]\d[\dA-Z]{1,3})?(?!\w)")
_CODE_CUE = cue(
    "zip. zip_code postcode postal_code post_code plz. postleitzahl code_postal código_postal cap."
)
_CODE_AND_CITY = re.compile(
    rf"(?<![\w.-])(?:[A-Z]{{1,2}}-|(?!{_YEAR}))\d{{4,5}} ({_CAPITAL}(?:[ -]{_CAPITAL})?)"
)
_LIVES = cue(
    "address lives_at lives_on live_at living_at resides residing located_at ship_to deliver_to"
    " moved_to wohnhaft wohnt anschrift adresse lieferadresse demeurant domicili habite"
    " dirección vive_en indirizzo residente abita adres woon"
)
_AFTER_CUE = re.compile(
    rf"(?<![\w.])(?:{_NUMBER}(?![.\w])(?: [^\W_]{_LETTERS}){{1,4}}"
    rf"|(?:{_CAPITAL} ){{1,3}}{_NUMBER}\b)"
)

_MORE = re.compile(
    r"[ \t]{0,4}(?:,|\n|\r\n|;)?[ \t\n]{0,6}(?:,[ \t]{0,4})?(?P<part>"
    rf"{_UNIT}\b\.? ?#?[\w-]{{1,8}}|(?:{_BOX}|Box) \d{{1,6}}"
    r"|(?:[A-Z]{1,2}-)?\d{3,6}(?:[ -]\d{2,4})?(?!\w)"
    r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}(?!\w)|[A-Z]\d[A-Z] ?\d[A-Z]\d(?!\w)"
    rf"|[A-Z]{{2,3}}(?!\w)|{_CAPITAL}(?:[ -](?:{_NAME}|[a-z]{{2,4}})){{0,3}})"
)
_LINE = re.compile(rf"[ \t]{{0,4}}(?:[,\n]|{_UNIT}\b)")  # what follows a line of an address
_LAST_LINE = re.compile(r"[ \t]{0,4}(?:[,\n;.?]|\d|$)")
_ENDINGS = tuple(STREET_ENDINGS)
_MOST_PARTS = 8
_DATE_WORD = re.compile(r"[^\W\d_]+")


def find_addresses(text: str) -> Iterator[Finding]:
    """Streets with numbers and what follows them: flat, postcode, city, country."""
    for start, end in _streets(text):
        if _names_no_date(text[start:end]):
            yield Finding(start, _end_of_address(text, end), Kind.ADDRESS)
    for pattern in _PARTS:
        for found in pattern.finditer(text):
            yield Finding(*found.span(), Kind.ADDRESS)
    for found in _CODE.finditer(text):
        if precedes(_CODE_CUE, text, found.start(), 30):
            yield Finding(*found.span(), Kind.ADDRESS)
    for found in _CODE_AND_CITY.finditer(text):
        if (
            without_accents(found.group(1)) in places()
            or without_accents(found.group(1).split()[0]) in places()
        ):
            yield Finding(*found.span(), Kind.ADDRESS)


def _streets(text: str) -> Iterator[tuple[int, int]]:
    for pattern in _STREETS:
        yield from (found.span() for found in pattern.finditer(text))
    for number in _HOUSE_NUMBER.finditer(text):
        before = _BEFORE_NUMBER.search(text, max(0, number.start() - 160), number.start())
        if before and before.group().rstrip().endswith(_ENDINGS):
            yield before.start(), number.end()
    for found in _LIVES.finditer(text):
        near = _AFTER_CUE.search(text, found.end(), found.end() + 60)
        if near:
            yield near.span()


def _names_no_date(words: str) -> bool:
    return not any(without_accents(word) in no_names() for word in _DATE_WORD.findall(words))


def _end_of_address(text: str, end: int) -> int:
    """Where the address that begins with a street ends."""
    for _ in range(_MOST_PARTS):
        more = _MORE.match(text, end)
        if not more or not _belongs(text, end, more):
            return end
        end = more.end()
    return end


def _belongs(text: str, end: int, more: re.Match[str]) -> bool:
    """Numbers and flats always do; words where they are a place, or stand between commas."""
    part = more.group("part")
    if any(letter.isdigit() for letter in part) or part.isupper():
        return True
    words = without_accents(part)
    if words in places() or without_accents(part.split()[0]) in places():
        return True
    gap = text[end : more.start("part")]
    if gap.count("\n") > 1:  # another paragraph
        return False
    separated = "," in gap or "\n" in gap
    return (_LAST_LINE if separated else _LINE).match(text, more.end()) is not None
