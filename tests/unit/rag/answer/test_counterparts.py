"""Sentences that are about the same and say something else are what a comparison shows."""

from __future__ import annotations

import pytest

from rag.answer.counterparts import counterparts
from rag.formats import DocumentKind
from rag.types import Hit, Locator
from tests.effort import growth

OLD = (
    "The tenant pays a rent of 900 euro on the first day of each month of the year.",
    "Pets may be kept in the flat after the landlord has agreed to it in writing.",
    "The stairs are swept every week by the tenants, each in turn, before Sunday.",
    "The notice period is three months for the tenant and for the landlord alike.",
)


def document(title: str, *sentences: str) -> list[Hit]:
    return [
        Hit(
            n, f"{title}{n}", f"/{title}.txt", title, DocumentKind.TEXT, Locator(0, len(text)),
            text, "", 0.0,
        )
        for n, text in enumerate(sentences, 1)
    ]  # fmt: skip


def pairs(new: tuple[str, ...], most: int = 4) -> list[tuple[str, str]]:
    found = counterparts(document("old", *OLD), document("new", *new), most)
    return [(pair.first.text, pair.second.text) for pair in found]


@pytest.mark.parametrize(
    ("at", "changed"),
    [
        (0, OLD[0].replace("900", "950")),
        (1, OLD[1].replace("may be", "may not be")),
        (3, OLD[3].replace("three", "six")),
    ],
)
def test_what_was_changed_is_found_among_what_was_not(at: int, changed: str) -> None:
    new = (*OLD[:at], changed, *OLD[at + 1 :])
    assert pairs(new, 1) == [(OLD[at], changed)]


def test_other_figures_go_before_other_words() -> None:
    new = (OLD[0].replace("900", "950"), OLD[2].replace("every week", "on Fridays"))
    assert pairs(new, 1) == [(OLD[0], new[0])]


def test_no_sentence_is_told_twice_and_the_order_is_that_of_the_first() -> None:
    new = tuple(text.replace("tenant", "renter").replace("three", "six") for text in OLD[::-1])
    found = pairs(new)
    assert len(found) == len({first for first, _ in found}) == len({other for _, other in found})
    assert [OLD.index(first) for first, _ in found] == sorted(OLD.index(f) for f, _ in found)


def test_one_respect_is_looked_for_in_both() -> None:
    new = (OLD[0].replace("900", "950"), OLD[1].replace("may be", "may not be"))
    old, other = document("old", *OLD), document("new", *new)
    (pair,) = counterparts(old, other, 4, "keeping pets")
    assert (pair.first.text, pair.second.text) == (OLD[1], new[1])
    assert counterparts(old, other, 4, "fire insurance") == ()


def test_what_shares_nothing_is_told_by_what_it_is_about() -> None:
    assert pairs(("Whales are mammals that live in the sea and breathe the air above it.",))
    assert counterparts(document("old", *OLD), [], 4) == ()


def test_not_all_pairs_of_a_long_document_are_looked_at() -> None:
    kinds = [f"{a}{b}" for a in ("rent", "deposit", "heating") for b in ("al", "ful", "ous", "ish")]

    def look_at(sentences: int) -> None:
        many = [
            f"A {kinds[n % 12]} thing {chr(97 + n % 26) * 4} of {kinds[n % 7]} sort costs {n} euro."
            for n in range(sentences)
        ]
        assert counterparts(document("old", *many), document("new", *many[::-1]), 4)

    assert growth(look_at, 225) < 12  # there are 16 times as many pairs
