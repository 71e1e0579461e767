"""Identity numbers by states and offices, and dates of birth."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache

from app.redaction import checksums
from app.redaction.context import cue, precedes
from app.redaction.finding import Finding, Kind
from rag.text.calendar_names import month_names
from rag.text.fold import without_accents

# Forms that need no cue, with the checksum that distinguishes them from other numbers.
_FORMS: tuple[tuple[re.Pattern[str], Callable[[str], bool] | None], ...] = (
    (re.compile(r"(?<![\w-])\d{3}([-.])\d{2}\1\d{4}(?![\w-])"), None),  # USA: social security
    (
        re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?:[ .-]?\d{2}){3}[ .-]?[A-D]\b"),
        None,
    ),  # UK: NINO
    (re.compile(r"\b\d{3}[ .-]\d{3}[ .-]\d{4}\b"), checksums.nhs),
    (
        re.compile(r"\b(?:[XYZ][ .-]?)?\d{1,2}[ .]?\d{3}[ .]?\d{3}[ .-]?[A-HJ-NP-TV-Z]\b"),
        checksums.dni,
    ),  # Spain
    (
        re.compile(
            r"\b[A-Z]{3}[ .-]?[A-Z]{3}[ .-]?\d{2}[ .-]?[A-EHLMPRST][ .-]?\d{2}[ .-]?"
            r"[A-Z]\d{3}[A-Z]\b",
            re.IGNORECASE,
        ),
        None,
    ),  # Italy: CF
    (
        re.compile(r"\b[12](?:[ .-]?\d{2}){2}[ .-]?(?:\d{2}|2[AB])(?:[ .-]?\d{3}){2}[ .-]?\d{2}\b"),
        checksums.nir,
    ),
    (re.compile(r"\b\d{2}(?:[ .-]?\d{3}){3}\b"), checksums.german_tax_id),
    (re.compile(r"\b756[ .-]?\d{4}[ .-]?\d{4}[ .-]?\d{2}\b"), checksums.ahv),
    (re.compile(r"\b\d{2}[ .-]\d{2}[ .-]\d{2}[ .-]\d{3}[ .-]\d{2}\b"), None),  # Belgium
    (re.compile(r"\b(?:19|20)?\d{6}[-+]\d{4}\b"), None),  # Sweden, Denmark
    (re.compile(r"\b\d{6}[-+A]\d{3}[0-9A-FHJ-NPR-Y]\b"), None),  # Finland
    (re.compile(r"\b\d{3}[ .-]\d{3}[ .-]\d{3}[ .-]\d{2}\b"), None),  # Brazil: CPF
    (re.compile(r"\b[A-Z9]{5}[ .-]?\d{6}[ .-]?[A-Z9]{2}[A-Z0-9][A-Z]{2}\b"), None),  # UK: driver
    (re.compile(r"\b[A-Z]{4}\d{6}[HM][A-Z]{5}[A-Z0-9]\d\b"), None),  # Mexico: CURP
)
# Many numbers have nine or eleven digits; these need a cue before them.
_CUE = cue(
    "ssn. social_security national_id identity_card id_card id_number id_no id: passport tax_id"
    " tax_number tin. itin. taxpayer national_insurance nino. nhs driver driving_licen"
    " licence_number license_number licen_no. licen_plate medical_record health_insurance"
    " patient_id insurance_number member_id employee_id ausweis personalausweis reisepass pass-nr"
    " passnummer steuer-id steueridentifikation steuernummer sozialversicherung versicherungsnummer"
    " krankenversicherung führerschein kennzeichen carte_d'identité carte_nationale passeport"
    " sécurité_sociale numéro_fiscal permis_de_conduire nir. dni. nie. nif. pasaporte"
    " seguridad_social permiso_de_conducir carné codice_fiscale carta_d'identità passaporto patente"
    " tessera bsn. burgerservice sofinummer paspoort rijbewijs identiteit rijksregister pesel."
    " personnummer cpr. henkilötunnus cpf. ahv-nummer avs."
)
_NUMBER = re.compile(
    r"(?<![\w-])[A-Z]{0,3}\d[A-Z0-9]{0,17}(?:[./ -](?=[A-Z0-9]*\d)[A-Z0-9]{1,12}){0,8}(?!\w)"
)
_MANY_DIGITS = re.compile(r"(?:\d[\dA-Z ./-]{0,4}){5}")
_FEWEST = 5  # digits of a number that needs a cue

_BORN = cue(
    "born birth dob. d.o.b b.day bday geb. geboren geburt né. née. naissance naci nacimiento nato."
    " nata. nascita geboorte geb.dat född fødsel syntymä urodz nascid nascimento"
)
_BORN_REACH = 60  # characters, with those of the date


@cache
def _date() -> re.Pattern[str]:
    """Returns what finds a date; names of months are told by their beginnings, such as "Febr."."""
    names = month_names()
    listed = "|".join(sorted({*names, *map(without_accents, names)}))
    month = rf"(?:{listed})[^\W\d_]{{0,8}}\.?"
    return re.compile(
        r"(?<![\w.])(?:\d{1,2}[./ -] ?\d{1,2}[./ -] ?(?:\d{4}|\d{2})"
        r"|\d{4}[./ -]\d{1,2}[./ -]\d{1,2}"
        r"|(?:19|20)\d{6}|\d{4}(?:19|20)\d{2}"
        rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.|º)?[ .-]?(?:(?:of|de)[ .-]?)?{month},?[ .-]?"
        r"(?:del?[ .-]?)?\d{4}"
        rf"|{month}[ .-]\d{{1,2}}(?:st|nd|rd|th)?,?[ .-]\d{{4}})(?!\w)",
        re.IGNORECASE,
    )


def find_identity(text: str) -> Iterator[Finding]:
    """Finds national ids, passports, licences, tax and insurance numbers, and dates of birth."""
    if _MANY_DIGITS.search(text):
        yield from _numbers(text)
    for match in _BORN.finditer(text):
        date = _date().search(text, match.end(), match.end() + _BORN_REACH)
        if date:
            yield Finding(*date.span(), Kind.BIRTH_DATE)


def _numbers(text: str) -> Iterator[Finding]:
    for form, check in _FORMS:
        for found in form.finditer(text):
            if check is None or check(re.sub(r"[ .-]", "", found.group())):
                yield Finding(*found.span(), Kind.NATIONAL_ID)
    for found in _NUMBER.finditer(text):
        digits = sum(letter.isdigit() for letter in found.group())
        is_cued = digits >= _FEWEST and precedes(_CUE, text, found.start())
        if is_cued and not _date().match(found.group()):
            yield Finding(*found.span(), Kind.NATIONAL_ID)
