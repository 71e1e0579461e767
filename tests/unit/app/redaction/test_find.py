"""What is found in a text, and what is left alone. All people and numbers here are invented."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.redaction import checksums
from app.redaction.find import find
from app.redaction.finding import Kind
from app.redaction.placeholders import Placeholders


def found(text: str, *own_words: str) -> list[tuple[Kind, str]]:
    return [(finding.kind, finding.of(text)) for finding in find(text, own_words)]


def words_of(text: str, kind: Kind) -> list[str]:
    return [words for one, words in found(text) if one is kind]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("to h.brandel+home@example.org, please", "EMAIL", "h.brandel+home@example.org"),
        ("see https://example.org/a?b=c.", "URL", "https://example.org/a?b=c"),
        ("at www.example.org/wiki too", "URL", "www.example.org/wiki"),
        ("the router is 192.168.178.1 now", "IP_ADDRESS", "192.168.178.1"),
        ("from 2001:db8::8a2e:370:7334 came", "IP_ADDRESS", "2001:db8::8a2e:370:7334"),
        ("pay to DE89 3704 0044 0532 0130 00 today", "IBAN", "DE89 3704 0044 0532 0130 00"),
        ("nl91abna0417164300", "IBAN", "nl91abna0417164300"),
        ("Mein Konto: DE00 3704 0044 0532 0130 00", "IBAN", "DE00 3704 0044 0532 0130 00"),
        ("Kontonummer: 1234567890", "IBAN", "1234567890"),
        ("it is 4111 1111 1111 1111.", "CARD", "4111 1111 1111 1111"),
        ("my card 4111 1111 1111 1112 is lost", "CARD", "4111 1111 1111 1112"),
        ("Kreditkarte 378282246310005", "CARD", "378282246310005"),
        ("call +49 (0)30 901820 at noon", "PHONE", "+49 (0)30 901820"),
        ("(212) 555-0147", "PHONE", "(212) 555-0147"),
        ("ring 01.42.68.53.00", "PHONE", "01.42.68.53.00"),
        ("Téléphone 42 68 53 00", "PHONE", "42 68 53 00"),
        ("mobiel 06-12345678", "PHONE", "06-12345678"),
        ("555 0147 (mobile)", "PHONE", "555 0147"),
        ("SSN 078-05-1120", "NATIONAL_ID", "078-05-1120"),
        ("NINO QQ 12 34 56 C or AB 12 34 56 C", "NATIONAL_ID", "AB 12 34 56 C"),
        ("NHS 943 476 5919", "NATIONAL_ID", "943 476 5919"),
        ("Steuer-ID 86 095 742 719", "NATIONAL_ID", "86 095 742 719"),
        ("DNI 12345678Z", "NATIONAL_ID", "12345678Z"),
        ("NIR 2 55 08 14 168 025 38", "NATIONAL_ID", "2 55 08 14 168 025 38"),
        ("codice fiscale RSSMRA85T10A562S", "NATIONAL_ID", "RSSMRA85T10A562S"),
        ("BSN 111222333", "NATIONAL_ID", "111222333"),
        ("PESEL 44051401359", "NATIONAL_ID", "44051401359"),
        ("AHV-Nummer 756.9217.0769.85", "NATIONAL_ID", "756.9217.0769.85"),
        ("her passport is C01X00T47", "NATIONAL_ID", "C01X00T47"),
        ("born on 3 March 1962 in", "BIRTH_DATE", "3 March 1962"),
        ("Date of birth: 1962-03-03", "BIRTH_DATE", "1962-03-03"),
        ("geboren am 3. März 1962", "BIRTH_DATE", "3. März 1962"),
        ("née le 03/03/1962", "BIRTH_DATE", "03/03/1962"),
        ("Fecha de nacimiento: 3 de marzo de 1962", "BIRTH_DATE", "3 de marzo de 1962"),
        ("nato il 3 marzo 1962", "BIRTH_DATE", "3 marzo 1962"),
        ("geboortedatum 3 maart 1962", "BIRTH_DATE", "3 maart 1962"),
        ("the password is hunter2!", "SECRET", "hunter2!"),
        ("Passwort: Sommer-2019", "SECRET", "Sommer-2019"),
        ("API_KEY=abcd1234efgh", "SECRET", "abcd1234efgh"),
        ("PIN: 4711", "SECRET", "4711"),
        ("key AKIAIOSFODNN7EXAMPLE", "SECRET", "AKIAIOSFODNN7EXAMPLE"),
        ("12 Harbour Street, Leeds LS1 4AP", "ADDRESS", "12 Harbour Street, Leeds LS1 4AP"),
        ("Lindenstraße 12, 10969 Berlin", "ADDRESS", "Lindenstraße 12, 10969 Berlin"),
        ("12 rue de la Paix, 75002 Paris", "ADDRESS", "12 rue de la Paix, 75002 Paris"),
        ("Calle de Alcalá 45, 28014 Madrid", "ADDRESS", "Calle de Alcalá 45, 28014 Madrid"),
        ("Via Garibaldi 7, 20121 Milano", "ADDRESS", "Via Garibaldi 7, 20121 Milano"),
        ("Kerkstraat 5, 1017 GA Amsterdam", "ADDRESS", "Kerkstraat 5, 1017 GA Amsterdam"),
        ("PO Box 1234", "ADDRESS", "PO Box 1234"),
        ("the firm Aldermoor Ltd agreed", "ORGANISATION", "Aldermoor Ltd"),
        ("Ich arbeite bei Nordwind", "ORGANISATION", "Nordwind"),
        ("she moved to Rotterdam last year", "PLACE", "Rotterdam"),
        ("wir fahren nach Salzburg", "PLACE", "Salzburg"),
        ("our office in Thistlewick is closed", "PLACE", "Thistlewick"),
    ],
)  # fmt: skip
def test_is_found(text: str, kind: str, value: str) -> None:
    assert value in words_of(text, Kind[kind])


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Yesterday Hanna Brandel signed it.", "Hanna Brandel"),
        ("Dear Ms. Brandel, thank you", "Brandel"),
        ("Tenant: Mark Butcher", "Mark Butcher"),
        ("my name is grzegorz", "grzegorz"),
        ("It was J. R. Okonkwo who wrote", "J. R. Okonkwo"),
        ("I gave it to Rose before lunch", "Rose"),
        ("Sehr geehrte Frau Bauer, anbei", "Bauer"),
        ("Ich heiße Jürgen Klein und", "Jürgen Klein"),
        ("Je m'appelle Élodie Lefèvre.", "Élodie Lefèvre"),
        ("Me llamo Íñigo Zubizarreta.", "Íñigo Zubizarreta"),
        ("Gentile Sig. Bianchi, la", "Bianchi"),
        ("namens Joost van der Meulen en", "Joost van der Meulen"),
        ("von Ludwig van Beethoven geschrieben", "Ludwig van Beethoven"),
    ],
)
def test_names_are_found(text: str, name: str) -> None:
    assert any(name in words for words in words_of(text, Kind.NAME)), found(text)


@pytest.mark.parametrize(
    "text",
    [
        "The rent is 1,250.00 a month and due on 3 March 2024.",
        "In 2019 there were 12 500 of them, up from 9 800 in 2018.",
        "See section 4.2.1 on page 17, and version 10.4.2.1 of the program.",
        "Please return the keys, the meter readings and the signed form by Friday.",
        "The Tenant shall pay the Deposit to the Landlord before the Start Date.",
        "Die Miete ist am dritten Werktag des Monats fällig, die Kaution beträgt 900 Euro.",
        "It took 10:45:30 hours, at 3.14159 per cent, for 1/2 of 100%.",
        "The password is required. A token is sent each time.",
        "Date: Fri, 21 Feb 2025 15:40:00 +0100 (2025-02-21 15:40+01:00)",
        "Parks close early on Sundays. Bookings are free on Thursdays.",
        "Measured: 0.25 0.33 0.18 0.40 0.12",
        "",
    ],
)
def test_ordinary_words_and_numbers_are_left_alone(text: str) -> None:
    assert found(text) == []


def test_own_words_are_found_in_any_case_and_spacing() -> None:
    text = "About PROJECT\n Teal; project teal!"
    assert found(text, "Project Teal", " ") == [
        (Kind.OWN_WORD, "PROJECT\n Teal"),
        (Kind.OWN_WORD, "project teal"),
    ]


def test_nothing_that_was_found_is_left_where_findings_overlap() -> None:
    text = "mail teal@example.org"
    assert found(text, "teal", "mail teal") == [(Kind.EMAIL, "mail teal@example.org")]


def test_check_digits() -> None:
    assert checksums.luhn("4111111111111111")
    assert not checksums.luhn("4111111111111112")
    assert checksums.iban("GB82WEST12345698765432")
    assert not checksums.iban("GB82WEST12345698765433")
    assert not checksums.iban("GB82WEST1234569876543")
    assert checksums.dni("X1234567L")
    assert not checksums.dni("12345678A")
    assert checksums.nir("255081416802538")
    assert not checksums.nir("255081416802539")
    assert checksums.german_tax_id("86095742719")
    assert not checksums.german_tax_id("86095742718")
    assert checksums.nhs("9434765919")
    assert not checksums.nhs("9434765918")
    assert checksums.ahv("7569217076985")
    assert not checksums.ahv("7569217076984")


parts = st.sampled_from(
    ["Anna ", "Dr. ", "Main Street ", "12 ", "DE89", "@", ".", "\n", "né le ", "+49 ", "3/3/62",
     "İ", "[NAME_1]", "ß", "Ltd", "a@b.de", "ΑΒΓ ", "-", "0", "://", "is ", ": ", "'s ", "\u202e",
     "😀"]
)  # fmt: skip
texts = st.text(max_size=60) | st.lists(parts, max_size=14).map("".join)


@given(texts, st.lists(st.text(max_size=5), max_size=2))
def test_findings_are_sorted_apart_and_inside_the_text(text: str, own_words: list[str]) -> None:
    findings = find(text, own_words)
    assert all(0 <= one.start < one.end <= len(text) for one in findings)
    assert all(one.end <= two.start for one, two in pairwise(findings))


@given(st.lists(texts, max_size=3))
def test_what_was_found_comes_back(payload: list[str]) -> None:
    placeholders = Placeholders()
    redacted = [placeholders.redact(text, find(text)) for text in payload]
    assert [placeholders.restore(text) for text in redacted] == payload


_HOSTILE = [
    "a",
    "1",
    "A ",
    "12 Aa ",
    "AA11",
    "Via Aa ",
    "0:",
    "a.",
    "a@",
    "password:",
    "password\n",
    "password |\t",
    "1\n",
    "1 - ",
    "1\u200b",
    "a-\n",
    "a @ ",
    "| \t",
    "Anna\n",
    "\u2003\u2013",
    "-----BEGIN A",
]


@pytest.mark.parametrize("unit", _HOSTILE)
def test_hostile_texts_are_read_to_their_end(unit: str) -> None:
    """An expression that goes back again and again would never come to it."""
    secret = " mail ada@example.org now"
    text = unit * (20_000 // len(unit)) + secret
    assert any("ada@example.org" in text[s.start : s.end] for s in find(text))


def test_lists_are_read_when_first_needed() -> None:
    program = (
        "import app.redaction.find, app.redaction.word_lists as words, sys\n"
        "assert words.names.cache_info().currsize == 0\n"
        "assert not {'torch', 'numpy', 'PySide6'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
