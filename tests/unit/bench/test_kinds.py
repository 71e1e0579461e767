"""The figures of `bench.kinds` tell good summaries from bad ones."""

from __future__ import annotations

import pytest

from app.events import Answer, Timings
from bench.kinds import Measured, measure, points_of
from rag.formats import DocumentKind
from rag.types import Citation, Locator

TEXT = "The rent is 900 euro. " * 2 + "Pets are welcome here. " * 2 + "Notice takes three months."


def cite(n: int, quote: str, path: str = "/a.txt") -> Citation:
    start = max(0, TEXT.find(quote))
    place = Locator(start, start + len(quote))
    return Citation(n, path, "Lease", DocumentKind.TEXT, place, quote, "c")


def measured(text: str, *citations: Citation, compares: bool = False) -> Measured:
    answer = Answer(text, citations, abstained=False, nearest=(), model="m", timings=Timings())
    texts = {"/a.txt": TEXT, "/b.txt": TEXT} if compares else {"/a.txt": TEXT}
    return measure("Summarise it", answer, 3.0, texts, compares=compares)


RENT, PETS = cite(1, "The rent is 900 euro."), cite(2, "Pets are welcome here.")
NOTICE = cite(3, "Notice takes three months.")


def test_a_good_summary() -> None:
    text = (
        "The rent is 900 euro. [1]\n\n**Lease**\n\n- The rent is 900. [1]\n- Pets are welcome. [2]"
        "\n- Notice is three months. [3]\n\n*1 of 4 parts are missing.*"
    )
    one = measured(text, RENT, PETS, NOTICE)
    assert (one.points, one.supported, one.verbatim, one.covered) == (4, 1, 1, 1)
    assert (one.repeated, one.own) == (0, 0.25)
    assert one.per_thousand == pytest.approx(3.0 * 4000 / len(TEXT))


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("- The rent is 950 euro. [1]\n- Pets are welcome. [2]", "supported", 0.5),
        ("- Birds can fly. [1]", "supported", 0),
        ("- The rent is 900 euro. [1]\n- The rent is 900 euro. [1]", "repeated", 0.5),
    ],
)
def test_a_bad_summary(text: str, field: str, value: float) -> None:
    assert getattr(measured(text, RENT, PETS, NOTICE), field) == value
    assert measured("- Rent. [1]", RENT).covered == pytest.approx(1 / 3)
    assert measured("- Cheese. [1]", cite(1, "The moon is cheese.")).verbatim == 0


def test_both_sides_of_a_comparison_are_cited_or_not() -> None:
    text = "- *Old*: The rent is 900 euro. [1]  \n  *New*: Pets are welcome. [2]"
    other = cite(2, "Pets are welcome here.", "/b.txt")
    assert measured(text, RENT, other, compares=True).both == 1
    assert measured(text, RENT, PETS, compares=True).both == 0
    assert [point.words for point in points_of(text)] == [
        "The rent is 900 euro.",
        "Pets are welcome.",
    ]
