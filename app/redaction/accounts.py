"""Numbers of bank accounts, cards and telephones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from app.redaction.checksums import IBAN_LENGTHS, iban, luhn
from app.redaction.context import cue, precedes
from app.redaction.finding import Finding, Kind

_IBAN_HEAD = re.compile(r"(?<![^\W_])([A-Za-z]{2})(?:[ .-]?\d){2}(?=[ .-]?[A-Za-z0-9])")
_IBAN_LIKE = re.compile(r"[A-Z]{2}(?:[ .-]?\d){2}(?:[ .-]?[A-Z0-9]){8,30}(?![A-Za-z0-9])")
_ACCOUNT = cue("iban konto bankverbindung account compte cuenta conto rekening rekeningnummer")
_BANK_NUMBER = re.compile(r"(?<![\w.,])\d(?:[ .-]?\d){5,19}(?!\w)")
_BANK_NUMBER_CUE = re.compile(
    r"(?:account|acct\.?|routing|sort code|konto|kontonummer|blz|bankleitzahl|compte|cuenta|conto"
    r"|rekening)(?:[\s-]?(?:number|no\.?|nr\.?|nummer|n°|num[eé]ro|número|numero|nummer))?"
    r"\s{0,2}(?::|#|is|ist|est|es|è|=|\|)?\s{0,2}$",
    re.IGNORECASE,
)

_CARD = re.compile(
    r"(?<![\w.,])(?:(?:\d{4}\.){2,4}\d{1,7}|\d{4}\.\d{6}\.\d{4,5}|\d(?:[ -]?\d){11,18})(?!\w)"
)
_CARD_CUE = cue(
    "card. cards. credit debit visa mastercard amex maestro kreditkarte karte carte tarjeta carta"
    " kaart creditcard"
)
_SURE_CARD = 13  # digits; shorter ones need a word that says so

# The package phonenumbers finds fewer of these and takes more that are none: see `bench.phones`.
_PHONE = re.compile(r"(?<![\w./-])(?<!\d,)(?:\+ ?|\()?\d(?:[ .()/–-]{0,3}\d){5,17}(?!\w)")
_PHONE_CUE = cue(
    "phone telephone number dial ring_me contact tel. call ring mobile cell fax whatsapp sms reach"
    " text_me telefon handy"
    " mobil anruf rufnummer tél. téléphone portable appel joindre teléfono móvil llam telefono"
    " cellulare chiam telefoon mobiel bel. gsm. tlf. puhelin telefone telemóvel celular numer"
)
_PHONE_LABEL = re.compile(
    r"[ \t(\[:–-]{0,4}(?:office|fax|mobile|cell|home|work|phone|tel|landline|direct|whatsapp"
    r"|büro|mobil|handy|privat|dienstlich|bureau|portable|domicile|oficina|móvil|casa|ufficio"
    r"|cellulare|kantoor|mobiel|thuis)\b",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"(?:\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?!\d)"
)
_STAMP = re.compile(r"(?<!\d)(?:19|20)\d\d-\d\d-\d\d(?!\d)")
_GROUPED = re.compile(
    r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}$|0\d{1,4}[ ./-]{1,3}\d{2,}|0\d{8,11}$|\(\d{2,5}\) ?\d"
)
# Groups of two, or of two and three, as in France, Denmark and Germany; thousands are all of three.
_PAIRS = re.compile(r"\d{2,4}([ .-])\d{2,3}(?:\1\d{2,3}){1,4}")
_THOUSANDS = re.compile(r"\d{1,3}([ .])\d{3}(?:\1\d{3})*")
_FEWEST, _MOST = 7, 15  # digits of a number; 15 by ITU-T E.164
_FEWEST_ABROAD = 8
_FEWEST_AT_HOME = 9


def find_accounts(text: str, *, joined: bool = False) -> Iterator[Finding]:
    """IBANs and other account numbers, card numbers, telephone numbers.

    Args:
        text: any text.
        joined: lines and cells were joined, so that small numbers in a row may be a table's.
    """
    yield from _ibans(text)
    for found in _BANK_NUMBER.finditer(text):
        if _BANK_NUMBER_CUE.search(text, max(0, found.start() - 40), found.start()):
            yield Finding(*found.span(), Kind.IBAN)
    for found in _CARD.finditer(text):
        if _is_card(text, found):
            yield Finding(*found.span(), Kind.CARD)
    for found in _PHONE.finditer(text):
        if _is_phone(text, found, joined):
            yield Finding(*found.span(), Kind.PHONE)


def _ibans(text: str) -> Iterator[Finding]:
    for head in _IBAN_HEAD.finditer(text):
        length = IBAN_LENGTHS.get(head.group(1).upper())
        whole = _iban_of(length).match(text, head.start()) if length else None
        if whole:
            code = re.sub("[ .-]", "", whole.group())
            if iban(code) or code == whole.group() or precedes(_ACCOUNT, text, head.start()):
                yield Finding(*whole.span(), Kind.IBAN)
                continue
        like = _IBAN_LIKE.match(text, head.start())
        if like and precedes(_ACCOUNT, text, head.start()):
            yield Finding(*like.span(), Kind.IBAN)


@cache
def _iban_of(length: int) -> re.Pattern[str]:
    return re.compile(
        rf"[A-Za-z]{{2}}(?:[ .-]?\d){{2}}(?:[ .-]?[A-Za-z0-9]){{{length - 4}}}(?![A-Za-z0-9])"
    )


def _digits(text: str) -> str:
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())


def _is_card(text: str, found: re.Match[str]) -> bool:
    digits = _digits(found.group())
    if precedes(_CARD_CUE, text, found.start()):
        return True
    return len(digits) >= _SURE_CARD and digits[0] in "23456" and luhn(digits)


def _is_phone(text: str, found: re.Match[str], joined: bool) -> bool:
    number = found.group()
    digits = _digits(number)
    if not _FEWEST - 1 <= len(digits) <= _MOST or _DATE.fullmatch(number) or _STAMP.search(number):
        return False
    if number.startswith(("+", "00")) and not number.startswith("+0"):  # +0100 is a time zone
        return len(digits) >= _FEWEST_ABROAD
    if len(digits) >= _FEWEST_AT_HOME and _GROUPED.match(number) and not _DATE.match(number):
        return True
    if number.startswith("(") and ")" in number:
        return len(digits) >= _FEWEST
    grouped = _PAIRS.fullmatch(number) and not _THOUSANDS.fullmatch(number)
    if (
        grouped
        and not (joined and number[0] != "0")
        and not _DATE.match(number)
        and len(digits) > _FEWEST
    ):
        return True
    labelled = _PHONE_LABEL.match(text, found.end()) is not None
    return labelled or precedes(_PHONE_CUE, text, found.start())
