import pytest

from app.specialists.definition import CellExample, Column
from app.specialists.extract.reading import conventions_of
from app.specialists.extract.values import labelled_value, same_value, values_in

EN = "and of the agreement that is made with this text, for which it has been the rule. "
DE = "und der Vertrag, der mit dem Text ist, nicht auf die Frage für das Wort. "
FR = "et le contrat qui est dans les pages avec une page pour la suite. "
ES = "y el contrato que está en la página con los datos para el caso. "


def values(text: str, column: Column, around: str = EN) -> list[str]:
    return [value.value for value in values_in(text, column, conventions_of(around + text))]


@pytest.mark.parametrize(
    ("around", "text", "expected"),
    [
        (EN, "dated as of March 16, 2015", "2015-03-16"),
        (EN, "this 2nd day of July, 2008", "2008-07-02"),
        (EN, "made on 5/12/09, for $5", "2009-05-12"),  # dollars: the month is first
        (DE, "beginnt am 3. April 2021", "2021-04-03"),
        (DE, "am 03.04.2024", "2024-04-03"),
        (FR, "le 1er mars 2020", "2020-03-01"),
        (ES, "el 5 de mayo de 2019", "2019-05-05"),
        (EN, "in July 2008", "2008-07"),
    ],
)
def test_dates_become_iso(around: str, text: str, expected: str) -> None:
    assert values(text, Column("Date", type="date"), around) == [expected]


def test_an_ambiguous_date_says_so() -> None:
    (value,) = values_in("on 03/04/2024", Column("D", type="date"), conventions_of(EN))
    assert value.is_ambiguous
    assert value.value == "2024-04-03"


def test_another_date_of_the_document_shows_the_order() -> None:
    conventions = conventions_of(EN + "on 12/25/2023")
    (value,) = values_in("on 03/04/2024", Column("D", type="date"), conventions)
    assert (value.value, value.is_ambiguous) == ("2024-03-04", False)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("signed on May 12, 2023", "2024-03-04"),
        ("signed on 12 May 2023", "2024-04-03"),
        ("signed this 12th day of May, 2023", "2024-04-03"),  # both ways of writing know it
    ],
)
def test_dates_that_are_written_out_show_the_order(written: str, expected: str) -> None:
    conventions = conventions_of(EN + written)
    (value,) = values_in("on 03/04/2024", Column("D", type="date"), conventions)
    assert value.value == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as of the 21st\nday of January, 2003", "2003-01-21"),
        ("on the 14 day of\nDecember, 2011", "2011-12-14"),
        ("the 2 nd day of July, 2008", "2008-07-02"),
        ("see 21\n\nJanuary 2003", "2003-01"),  # another paragraph
    ],
)
def test_a_date_goes_on_in_the_next_line(text: str, expected: str) -> None:
    column = Column("Date", type="date")
    (value,) = values_in(text, column, conventions_of(EN))
    assert value.value == expected
    assert text[value.start : value.end].rsplit(maxsplit=1)[-1] == text.rsplit(maxsplit=1)[-1]


def test_two_dates_side_by_side_are_two() -> None:
    text = "February 1, 2024 | March 2, 2024"
    found = values_in(text, Column("Date", type="date"), conventions_of(EN))
    assert [(each.value, text[each.start : each.end]) for each in found] == [
        ("2024-02-01", "February 1, 2024"),
        ("2024-03-02", "March 2, 2024"),
    ]


def test_a_legal_form_is_the_same_in_full_and_in_short() -> None:
    assert same_value("Harbour Books Incorporated", "HARBOUR BOOKS, INC.")
    assert same_value("Mill & Sons Company Limited", "Mill and Sons Co. Ltd.")
    assert not same_value("Harbour Books Limited", "Harbour Books Inc.")


@pytest.mark.parametrize(
    ("around", "text", "expected"),
    [
        (EN, "pays £1,250.00 a month", "GBP 1250.00"),
        (EN, "US$ 2,000.50 in all", "USD 2000.50"),
        (EN, "of $1.5 million", "USD 1500000.00"),
        (EN, "300 JPY", "JPY 300"),
        (DE, "beträgt 1.234,50 €", "EUR 1234.50"),
        (DE, "von 2.000 EUR", "EUR 2000.00"),
        (FR, "est de 1\u202f250,00 euros", "EUR 1250.00"),
        (ES, "de 850,75 euros", "EUR 850.75"),
    ],
)
def test_money_has_its_currency(around: str, text: str, expected: str) -> None:
    assert values(text, Column("Rent", type="money"), around) == [expected]


@pytest.mark.parametrize(
    ("around", "text", "unit", "expected"),
    [
        (EN, "two (2) years", "", "2 years"),
        (EN, "an 18-month term", "", "18 months"),
        (EN, "two years", "months", "24 months"),
        (EN, "interest of 5%", "", "5 %"),
        (EN, "13.5 g/dL", "", "13.5 g/dL"),
        (DE, "drei Monate", "", "3 months"),
        (DE, "eine Dauer von 5 Jahren", "", "5 years"),
        (DE, "13,5 g/dl", "", "13.5 g/dl"),
        (FR, "trois ans", "", "3 years"),
        (ES, "cinco años", "", "5 years"),
    ],
)
def test_numbers_have_their_unit(around: str, text: str, unit: str, expected: str) -> None:
    assert values(text, Column("N", type="number", unit=unit), around)[-1] == expected


def test_a_date_is_no_number() -> None:
    assert values("on 3 March 2024", Column("N", type="number")) == []


@pytest.mark.parametrize(
    ("around", "text", "question", "expected"),
    [
        (EN, "Pets are not allowed in the flat.", "Are pets allowed?", ["no"]),
        (EN, "Pets are allowed in the flat.", "Are pets allowed?", ["yes"]),
        (EN, "Subletting allowed: no", "Is subletting allowed?", ["no"]),
        (EN, "☒ Pets (ticked)", "Pets", ["yes"]),
        (EN, "☐ Pets (not ticked)", "Pets", ["no"]),
        (EN, "The rent is due on the first.", "Are pets allowed?", []),
        (DE, "Haustiere sind in der Wohnung nicht erlaubt.", "Sind Haustiere erlaubt?", ["no"]),
        (DE, "Die Haltung von Haustieren ist erlaubt.", "Sind Haustiere erlaubt?", ["yes"]),
        (
            ES,
            "El inquilino no puede subarrendar la vivienda.",
            "¿Puede el inquilino subarrendar la vivienda?",
            ["no"],
        ),
    ],
)
def test_yes_or_no_with_negation(
    around: str, text: str, question: str, expected: list[str]
) -> None:
    assert values(text, Column("Q", question, "yes/no"), around) == expected


def test_choices_and_what_examples_call_them() -> None:
    examples = (CellExample("each month", "monthly"),)
    column = Column("Paid", type="one of", choices=("monthly", "yearly"), examples=examples)
    assert values("rent is due each month", column) == ["monthly"]
    assert values("It is paid Yearly.", column) == ["yearly"]
    assert values("It is paid weekly.", column) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("between Northwind Paper, Inc., a Delaware corporation", "Northwind Paper, Inc."),
        ("zwischen Herrn Jonas Weber und", "Jonas Weber"),
        ("between NetSpend Corporation and others", "NetSpend Corporation"),
        ("die Muster GmbH & Co. KG mit Sitz", "Muster GmbH & Co. KG"),
        ("and The Anson Group, LLC (the “Client”)", "The Anson Group, LLC"),
    ],
)
def test_parties_as_they_stand(text: str, expected: str) -> None:
    assert expected in values(text, Column("Party", type="party"))


def test_legal_forms_in_small_letters_are_words() -> None:
    assert "Agreement as" not in values("This Agreement as amended", Column("P", type="party"))


def test_words_of_a_text_column_have_their_form() -> None:
    found = values_in(
        "IBAN DE89 3704 0044 0532 0130 00, a@b.example", Column("T"), conventions_of(EN)
    )
    forms = {value.form: value.value for value in found if value.is_sure}
    assert forms["iban"] == "DE89370400440532013000"
    assert forms["email"] == "a@b.example"


def test_a_bare_amount_behind_a_label_has_the_currency_of_the_document() -> None:
    column = Column("Total", type="money")
    euros = conventions_of(DE + "alle Preise in EUR 5,00")
    value = labelled_value("114,00", column, euros)
    assert value is not None
    assert value.value == "EUR 114.00"
    bare = labelled_value("114,00", column, conventions_of(DE))
    assert bare is not None
    assert bare.value == "114.00"  # a receipt often names no currency


def test_spellings_of_one_value_are_the_same() -> None:
    assert same_value("Northwind Paper, Inc.", "NORTHWIND PAPER INC")
    assert not same_value("2 years", "3 years")


@pytest.mark.parametrize("text", ["", " ", "(" * 5_000, "1" * 5_000, "A " * 5_000, "," * 5_000])
def test_hostile_text_gives_few_values_and_ends(text: str) -> None:
    for kind in ("text", "date", "money", "number", "party"):
        assert len(values_in(text, Column("X", type=kind), conventions_of(text))) <= 400
