"""Cards of address books as phones and programs write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.parse.document import ParsedDocument
from tests.unit.rag.parse.invariants import parsed


def cards(path: Path, *lines: str, encoding: str = "utf-8") -> ParsedDocument:
    text = "\r\n".join(("BEGIN:VCARD", *lines, "END:VCARD", ""))
    path = path / "a.vcf"
    path.write_bytes(text.encode(encoding))
    return parsed(path)


def test_quoted_printable_goes_on_over_lines(tmp_path: Path) -> None:
    text = cards(
        tmp_path,
        "VERSION:2.1",
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:K=C3=B6hler;J=C3=BCrgen;;;",
        "NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:Schl=C3=",
        "=BCssel beim Wirt, =",
        " Tor 2=0D=0Anachts zu",
        "TEL;HOME:+49 1",
    ).text
    assert text.split("\n")[0] == "Contact: Jürgen Köhler"
    assert "Note: Schlüssel beim Wirt, Tor 2 nachts zu" in text
    assert "Phone (home): +49 1" in text


def test_a_trailing_sign_costs_no_other_card(tmp_path: Path) -> None:
    first = ("FN:Ada", "NOTE;QUOTED-PRINTABLE:ends here=", "END:VCARD", "BEGIN:VCARD", "FN:Bo")
    assert cards(tmp_path, *first).text == "Contact: Ada\nNote: ends here\n\nContact: Bo"


@pytest.mark.parametrize(
    ("charset", "words"),
    [
        ("ISO-8859-1", "Caf=E9"),
        ("windows-1252", "Caf=E9"),
        ("nonsense", "Caf=E9"),
        ("", "Caf=C3=A9"),
    ],
)
def test_the_charset_of_a_value_counts(tmp_path: Path, charset: str, words: str) -> None:
    parameter = f";CHARSET={charset}" if charset else ""
    text = cards(tmp_path, "FN:Ada", f"NOTE;ENCODING=QUOTED-PRINTABLE{parameter}:{words}").text
    assert "Note: Café" in text


def test_labels_of_apple_and_dates_without_a_year(tmp_path: Path) -> None:
    text = cards(
        tmp_path,
        "VERSION:3.0",
        "FN:Ada",
        "item1.X-ABDATE;type=pref:2011-09-24",
        "item1.X-ABLabel:_$!<Anniversary>!$_",
        "item2.X-ABDATE:2020-02-01",
        "item2.X-ABLabel:First day at work",
        "item3.X-ABRELATEDNAMES:Bo",
        "item3.X-ABLabel:_$!<Spouse>!$_",
        "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-11",
        r"NOTE:Tea\, no milk\nand no nuts",
    ).text
    assert text.split("\n") == [
        "Contact: Ada",
        "Birthday: 11 April",
        "Anniversary: 2011-09-24",
        "First day at work: 2020-02-01",
        "Related (spouse): Bo",
        "Note: Tea, no milk and no nuts",
    ]


def test_pictures_are_left_out_with_a_note(tmp_path: Path) -> None:
    document = cards(
        tmp_path,
        "VERSION:3.0",
        "FN:Ada",
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD",
        " ABBBBCCCC",
        "TEL;VALUE=uri:tel:+48-22-555;ext=12",
    )
    assert document.text == "Contact: Ada\nPhone: +48-22-555 ext. 12"
    assert document.notes == ("Not read in the contacts: 1 picture.",)


def test_commas_are_part_of_a_text(tmp_path: Path) -> None:
    text = cards(
        tmp_path,
        "VERSION:3.0",
        "FN:Ada Voss, MD",
        "TITLE:Head, Sales",
        r"NOTE:Tea, no milk\, ever",
        "CATEGORIES:Choir,Family",
        'TEL;TYPE="voice,cell":+48 1',
        "ORG:Voss, Lind and Sons;Yard",
    ).text
    assert text.split("\n") == [
        "Contact: Ada Voss, MD",
        "Organisation: Voss, Lind and Sons, Yard",
        "Role: Head, Sales",
        "Phone (cell): +48 1",
        "Groups: Choir,Family",
        "Note: Tea, no milk, ever",
    ]
