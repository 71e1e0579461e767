"""However a value is set or broken, nothing of it is left: every separator, for every kind."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.redaction.find import find
from app.redaction.finding import Finding, Kind, value_key
from app.redaction.folded import fold, in_one_line, unbroken, unhyphenated
from app.redaction.placeholders import Placeholders
from rag.text.plain import UNSEEN

ALL = [chr(code) for code in range(0x110000)]
SPACES = [one for one in ALL if unicodedata.category(one) == "Zs"]
DASHES = [one for one in ALL if unicodedata.category(one) == "Pd"]
MORE_DASHES = list("\u02d7\u2043\u2212\u2796")
DOTS = list(".\u00b7\u2024\u2027\u2219\u22c5\u30fb")
ENDS = ["\n", "\r\n", "\r", "\u2028", "\u2029", "\x85", "\x0b", "\x0c", *"\x1c\x1d\x1e"]
GAPS = [
    "  ",
    "\t",
    " \u00a0",
    "\u2009\u2009",
    " \n",
    "\n ",
    "\t\t",
    "   ",
    " - ",
    " – ",
    "-\n",
    "\u2010\n",
]
INVISIBLE = [
    one
    for one in ALL
    if UNSEEN.match(one) and one not in ENDS and unicodedata.category(one) != "Co"
]
# One of each kind and block; the slow test has all.
FEWER = [one for one in INVISIBLE if not 0xD801 <= ord(one) < 0xDFFF and ord(one) < 0xE0000]
FEWER += list("\U000e0001\U000e0020\U000e007f\U000e0100\U000e01ef\U000e0fff\ue000\U000f0000")

# Values with the places where they are divided; what stands around them is left.
GROUPED = {
    "IBAN": "pay to DE89|3704|0044|0532|0130|00 today",
    "IBAN, parted": "pay to DE|89|3704|0044|0532|0130|00 today",
    "British IBAN": "IBAN GB82|WEST|1234|5698|7654|32 is mine",
    "IBAN, cued": "Mein Konto: DE00|3704|0044|0532|0130|00",
    "account": "Kontonummer: 123|456|7890",
    "card": "it is 4111|1111|1111|1111.",
    "American Express": "paid with 3782|822463|10005 then",
    "card, cued": "my card 4111|1111|1111|1112 is lost",
    "phone abroad": "call +49|30|901820 at noon",
    "phone": "ring 01|42|68|53|00",
    "American phone": "(212)|555|0147",
    "SSN": "SSN 078|05|1120",
    "NINO": "or AB|12|34|56|C",
    "NHS": "NHS 943|476|5919",
    "German tax id": "Steuer-ID 86|095|742|719",
    "DNI": "DNI 12345678|Z",
    "NIR": "NIR 2|55|08|14|168|025|38",
    "codice fiscale": "codice fiscale RSS|MRA|85T10|A562S",
    "AHV": "AHV-Nummer 756|9217|0769|85",
    "Belgian number": "the number 85|07|30|033|28 is hers",
    "CPF": "CPF: 123|456|789|09",
    "driver": "driving licence MORGA|657054|SM9IJ",
    "tax number": "Steuernummer 93|815|08152",
    "passport": "her passport is C01X|00T47",
    "birth date": "born on 3|March|1962 in",
    "birth date, Spanish": "Fecha de nacimiento: 3|de|marzo|de|1962",
    "birth date, digits": "née le 03|03|1962",
    "birth date, year first": "Date of birth: 1962|03|03",
}  # fmt: skip
# What has no groups: only invisible characters and ends of lines can come between.
WHOLE = {
    "mail": "to h.bran|del@exam|ple.org, please",
    "password": "the password is hun|ter2!",
    "key": "key AKIAIOS|FODNN7|EXAMPLE",
    "long key": "use sk-ab12cd34ef|gh56ij78kl90 now",
    "random": "it is Zk3vQ9xL2m|Tr8sWb5nYc7dPq1 now",
    "link": "see https://exam|ple.org/a?b=c.",
    "BSN": "BSN 111|222|333 is hers",
    "PESEL": "PESEL 4405|1401|359 is his",
    "CURP": "it is HEGG|560427|MVZRRL04 then",
    "Finnish number": "it is 131052|-30|8T then",
    "Danish number": "it is 0707|61-42|85 then",
    "postcode": "in Leeds LS|1 4|AP now",
    "network card": "at 00:1A:2|B:3C:|4D:5E now",
    "machine": "the router is 192.168.1|78.1 now",
}  # fmt: skip
BROKEN = {
    "mail": "to h.brandel@exam|ple.org, please",
    "mail at a dot": "to h.brandel@example.|org, please",
    "mail at the sign": "to h.brandel@|example.org, please",
    "key": "key AKIAIOSFOD|NN7EXAMPL3",
    "long key": "use sk-ab12cd34ef|gh56ij78kl90 now",
    "password": "the password is hun|ter2!",
    "random": "it is Zk3vQ9xL2mTr8|sWb5nYc7dPq1 now",
    "card": "it is 4111 1111 11|11 1111.",
    "IBAN": "pay to DE8937040044|0532013000 today",
    "phone": "call +49 30 90|1820 at noon",
    "SSN": "SSN 078-05-1|120",
    "codice fiscale": "codice fiscale RSSMRA85T|10A562S",
    "birth date": "born on 3 March 19|62 in",
}  # fmt: skip


def wide(text: str) -> str:
    """In full-width type."""
    return "".join(chr(ord(one) + 0xFEE0) for one in text)


def left(template: str, separator: str) -> list[str]:
    """Groups of the value that are still in what would be sent."""
    text = template.replace("|", separator)
    sent = Placeholders().redact(text, find(text))
    sent = re.sub(r"\[[A-Z_]+_\d+[a-z]*\]", "", sent)
    value = _value_of(template)
    return [group for group in re.findall(r"[0-9A-Za-z]*[0-9][0-9A-Za-z]*", value) if group in sent]


def _value_of(template: str) -> str:
    """The words in which it is divided."""
    words = [word for word in template.split() if "|" in word]
    return " ".join(words).replace("|", " ")


@pytest.mark.parametrize("kind", GROUPED)
def test_no_separator_hides_a_value_in_groups(kind: str) -> None:
    separators = SPACES + DASHES + MORE_DASHES + DOTS + ENDS + GAPS + FEWER
    missed = {ascii(one): rest for one in separators if (rest := left(GROUPED[kind], one))}
    assert missed == {}


@pytest.mark.parametrize("kind", WHOLE)
def test_nothing_invisible_hides_a_value(kind: str) -> None:
    expected = _moved(find(WHOLE[kind].replace("|", "")), WHOLE[kind])
    assert expected
    for one in FEWER:
        assert find(WHOLE[kind].replace("|", one)) == expected, ascii(one)


@pytest.mark.parametrize("kind", BROKEN)
def test_no_end_of_a_line_hides_a_value(kind: str) -> None:
    for end in ENDS:
        for one in (end, f"-{end}", f"\u2010{end}", f" {end}", f"{end}  ", f"\u00ad{end}"):
            assert left(BROKEN[kind], one) == [], ascii(one)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*GROUPED, *WHOLE])
def test_no_invisible_character_at_all_hides_a_value(kind: str) -> None:
    template = GROUPED.get(kind) or WHOLE[kind]
    plainly = template.replace("|", "")
    expected = _moved(find(plainly), template)
    assert [
        hex(ord(one)) for one in INVISIBLE if find(template.replace("|", one)) != expected
    ] == []


def _moved(findings: tuple[Finding, ...], template: str) -> tuple[Finding, ...]:
    """Findings of a template without its bars, where each bar has become a character."""
    bars = [at - n for n, at in enumerate(i for i, one in enumerate(template) if one == "|")]

    def place(at: int, *, end: bool) -> int:
        return at + sum(bar < at if end else bar <= at for bar in bars)

    return tuple(
        Finding(place(one.start, end=False), place(one.end, end=True), one.kind) for one in findings
    )


def test_digits_of_every_script_and_full_width_letters_are_seen() -> None:
    zeros = [one for one in ALL if unicodedata.decimal(one, -1) == 0]
    assert len(zeros) > 50
    for zero in zeros:
        digits = str.maketrans("0123456789", "".join(chr(ord(zero) + n) for n in range(10)))
        for kind in ("card", "phone abroad", "NHS", "birth date, digits"):
            text = GROUPED[kind].replace("|", " ").translate(digits)
            assert not any(map(str.isdigit, Placeholders().redact(text, find(text)).split("[")[0]))
            assert find(text) == find(GROUPED[kind].replace("|", " ")), (kind, hex(ord(zero)))
    assert [one.kind for one in find(f"to {wide('a@example.org')} now")] == [Kind.EMAIL]


@pytest.mark.parametrize(
    "text",
    [
        "Password | hunter2!",
        "|Password|hunter2!|",
        "Password\thunter2!",
        "Password │ hunter2!",
        "Password\uff5chunter2!",
        "| Password | hunter2! |",
        "Password\nhunter2!",
        "User:\nPassword:\n hunter2!",
        "Pass\u200bword: hunt\u2060er2!",
        "Password\u2028hunter2!",
    ],
)
def test_a_label_and_its_value_may_be_cells(text: str) -> None:
    (secret,) = (one for one in find(text) if one.kind is Kind.SECRET)
    assert fold(secret.of(text)).text == "hunter2!"


@pytest.mark.parametrize(
    "text",
    ["Kontonummer | 1234567890", "Passport\t| C01X00T47", "PIN\n4711", "Date of birth\n03.03.1962"],
)
def test_a_cued_number_may_be_in_the_next_cell(text: str) -> None:
    assert not any(map(str.isdigit, Placeholders().redact(text, find(text)).split("[")[0]))
    assert {one.kind for one in find(text)} & {
        Kind.IBAN,
        Kind.NATIONAL_ID,
        Kind.SECRET,
        Kind.BIRTH_DATE,
    }


@pytest.mark.parametrize(
    "text",
    [
        "Yesterday Hanna\u00a0Brandel signed it.",
        "Yesterday Hanna\u2009Brandel signed it.",
        "Yesterday Hanna\nBrandel signed it.",
        "Yesterday Hanna Bran-\ndel signed it.",
        "Yesterday Hanna Bran\u00ad\u200bdel signed it.",
        "Yesterday Hanna Bran\u2010\ndel signed it.",
        "Yesterday Hanna\u2011Maria Brandel signed it.",
        "Sehr geehrte Frau\nBrandel, anbei",
        "Sehr geehrte Frau\u202fBrandel, anbei",
        "Surname | Brandel",
        "Surname\tBrandel",
        "Surname\nBrandel",
        f"Yesterday {wide('Hanna')} Brandel signed it.",
    ],
)
def test_names_are_found_however_they_are_set(text: str) -> None:
    sent = Placeholders().redact(text, find(text))
    assert "[NAME_1]" in sent
    for part in ("Hanna", "Brandel", "Bran", "del ", "Maria", wide("a")):
        assert part not in sent


@pytest.mark.parametrize("name", [("Hanna", "Butcher"), ("Mark", "Klein"), ("Hanna", "Rose")])
def test_no_separator_parts_a_name(name: tuple[str, str]) -> None:
    separators = [*SPACES, "  ", "\t", *ENDS, *FEWER[:40], "\u2010", "\u2011", "\u2013", "\ufe63"]
    for one in separators:
        for text in ("It was {} who signed it.", "The lease was signed by {}."):
            between = f" {one}" if UNSEEN.match(one) and one not in ENDS else one
            told = text.format(between.join(name))
            sent = Placeholders().redact(told, find(told))
            assert not any(part in sent for part in name), ascii(told)


def test_own_words_are_found_however_they_are_set() -> None:
    for text in (
        "Project\u00a0Teal",
        "Pro\u200bject Teal",
        "Project\u2011Teal",
        "Proj-\nect\nTeal",
    ):
        assert [one.of(text) for one in find(f"{text}", ["project teal"])] == [text]


def test_a_value_is_the_same_value_however_it_is_set() -> None:
    assert value_key("Anna\u00a0Mai") == value_key("ANNA\n\u200bMAI") == value_key("An-\nna mai")


@pytest.mark.parametrize(
    "text",
    [
        "Revenue\n4.5\n3.2\n8.1\n2.9",
        "45\t12\t88\t97\n31\t44\t17\t25",
        "Item\tPrice\nDesk\t120\nLamp\t45",
        "Name | Address | Phone",
        "The token\nis sent each time.",
        "Secret\n\nThe meeting is on Monday.",
        "We met in 2019–2020 and in 1999—2001.",
        "• First point\n• Second point",
    ],
)
def test_tables_and_lists_are_left_alone(text: str) -> None:
    assert find(text) == ()


pieces = st.sampled_from(
    ["4111", "1111", "DE89", "Anna", "Brandel", "a@b.de", "Password", "|", "\t", "\n", "-\n", "–",
     "\u00a0", "\u2009", "\u200b", "\U000e0041", "\u2011", "·", "\r\n", "\u2028", " ", "\u0663",
     "\uff21"]
)  # fmt: skip
texts = st.text(max_size=60) | st.lists(pieces, max_size=16).map("".join)


@given(texts)
def test_forms_know_where_their_characters_are_from(text: str) -> None:
    plainly = fold(text)
    for form in (plainly, in_one_line(plainly), unbroken(plainly), unhyphenated(plainly)):
        assert len(form.text) == len(form.offsets)
        assert list(form.offsets) == sorted(set(form.offsets))
        assert all(0 <= at < len(text) for at in form.offsets)


@given(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=60))
def test_text_in_plain_type_is_its_own_form(text: str) -> None:
    assert fold(text).text == text


SEPARATORS = SPACES + DASHES + MORE_DASHES + ENDS + GAPS + FEWER


@given(st.sampled_from(sorted(GROUPED)), st.data())
def test_separators_of_many_kinds_in_one_value_hide_nothing(kind: str, data: st.DataObject) -> None:
    invisible = st.text(st.sampled_from(FEWER), max_size=2)
    parts = GROUPED[kind].split("|")
    separator = data.draw(st.sampled_from(SPACES + DASHES + ["\n", "\t"]))
    text = parts[0]
    for part in parts[1:]:
        text += data.draw(invisible) + separator + data.draw(invisible) + part
    sent = Placeholders().redact(text, find(text))
    for group in re.findall(r"[0-9]{2,}", _value_of(GROUPED[kind])):
        assert group not in re.sub(r"\[[A-Z_]+_\d+[a-z]*\]", "", sent)
