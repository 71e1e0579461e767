"""What stands beside a value tells what it is not: of a court, of an end, of another paper."""

from __future__ import annotations

import pytest

from app.specialists.definition import Column, Specialist
from app.specialists.extract.engine import fill
from app.specialists.extract.parties import parties_in
from tests.unit.app.specialists.sheets import paragraphs

JURISDICTION = Column("Jurisdiction", "Which state's or country's law governs the agreement?")
TERM = Column("Term", "How long is the term of the agreement?", "number")
EFFECTIVE = Column("Effective date", type="date")


def value(column: Column, *lines: str) -> str:
    specialist = Specialist("S", "extract", columns=(column,))
    (filled,) = fill(paragraphs("\n\n".join(lines)), specialist)
    return filled.cell.value


def test_the_name_of_a_court_is_no_state() -> None:
    text = (
        "This Agreement shall be governed by the laws of the State of Ohio.",
        "The parties submit to the jurisdiction of the United States District Court in Cleveland.",
    )
    assert value(JURISDICTION, *text) == "Ohio"


def test_a_longer_cue_begins_within_a_shorter_one() -> None:
    law = "It shall be construed in accordance with the laws of the Commonwealth of Virginia."
    assert value(JURISDICTION, law) == "Virginia"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("This Agreement shall terminate upon the second anniversary of its date.", "2 years"),
        ("Dieser Vertrag endet nach dem dritten Jahrestag; die Laufzeit ist fest.", "3 years"),
        ("This Agreement shall expire 18 months after the date hereof.", "18 months"),
        ("All duties shall remain in effect for 5 years after termination of this Agreement.", ""),
        ("The duty of secrecy shall survive and shall expire 5 years from its disclosure.", ""),
    ],
)
def test_a_term_is_not_counted_from_an_end(text: str, expected: str) -> None:
    assert value(TERM, text) == expected


def test_a_contract_is_dated_by_the_last_signature_if_by_nothing_else() -> None:
    signatures = ("By: A. Weber", "Date: 4 May 2021", "By: L. Moreau", "Date: 26 May 2021")
    assert value(EFFECTIVE, "The parties keep all of it secret.", *signatures) == "2021-05-26"
    head = "This Agreement is made effective as of 1 June 2021."
    assert value(EFFECTIVE, head, *signatures) == "2021-06-01"


def test_the_date_of_another_contract_is_not_its_own() -> None:
    other = "It ends with that certain Credit Agreement, dated as of 30 April 2020, of the parties."
    assert value(EFFECTIVE, other) == ""
    assert value(EFFECTIVE, "This Credit Agreement, dated as of 30 April 2020, is made by both.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Acme Inc., an Ohio Corporation (the “Seller”)", ["Acme Inc."]),
        ("Acme Inc., a Delaware Limited Liability Company, and", ["Acme Inc."]),
        ("between Ohio Corporation and the others", ["Ohio Corporation"]),
    ],
)
def test_what_a_party_is_is_not_its_name(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end, _ in parties_in(text)] == expected
