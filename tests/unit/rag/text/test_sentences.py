"""Sentences end where they end, whatever the layout does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.text.sentences import sentences


def cut(text: str) -> list[str]:
    return [" ".join(text[start:end].split()) for start, end in sentences(text)]


@pytest.mark.parametrize(
    "prose",
    [
        "The clinical review is conducted by the department,\nwhich has licensed clinicians.",
        "Payments for equipment and for land were $13.7 billion and\n$13.1 billion in two years.",
        "Prior authorisation is a process that requires the approval of Northwind\nHealth Plus.",
        "审查由部门进行审查由部门进行审查由部门进行审查由部门进行审查由部门进\n行。",
    ],
)
def test_a_line_that_was_broken_for_want_of_room_is_part_of_a_sentence(prose: str) -> None:
    assert cut(f"{prose} Yes.") == [" ".join(prose.split()), "Yes."]


@pytest.mark.parametrize(
    "lines",
    [
        "Milk\nbread\nbutter",
        "May of the year before last in Berlin | 900\njune | 300",
        "The end of a paragraph that has no full stop at its end\n\nthe next",
        "A heading that is rather long, for it tells of things\nThe text",
        "The total of all costs of the year before last, in thousands 5,545 61\nNet income 7 61",
        "Know whether the hospital that you are going to visit is in the network\n- Ask a doctor",
        "A short heading of the chapter in front\nThe first line of it is longer, as full ones are",
    ],
)
def test_lines_that_are_no_prose_stay_apart(lines: str) -> None:
    assert cut(lines) == lines.replace("\n\n", "\n").split("\n")


@pytest.mark.parametrize(
    "sentence",
    [
        "Ms. Urtubey and J. R. Doe teach there.",
        "It was appealed to the U.S. Supreme Court.",
        "See No. 5 of the list, e.g. the lease.",
        "Apple Inc. and others agreed.",
        "Das gilt z. B. ab dem 12. März.",
    ],
)
def test_an_abbreviation_ends_no_sentence(sentence: str) -> None:
    assert cut(f"Before. {sentence} After.") == ["Before.", sentence, "After."]


def test_every_script_ends_sentences_in_its_own_way() -> None:
    assert cut("租约已经签署。“我签了。”他说。。是的。") == [
        "租约已经签署。",
        "“我签了。”",
        "他说。。",
        "是的。",
    ]
    assert cut("هل هذا؟ نعم. لا") == ["هل هذا؟", "نعم.", "لا"]
    assert cut("यह है। वह नहीं।") == ["यह है।", "वह नहीं।"]


def test_a_company_can_end_a_sentence() -> None:
    assert cut("It belongs to Apple Inc. The price is unknown.") == [
        "It belongs to Apple Inc.",
        "The price is unknown.",
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "Some tips:\n\n• Ask a doctor.\n• Know the costs.\n\nThen go.",
            ["Some tips: • Ask a doctor. • Know the costs.", "Then go."],
        ),
        (
            "It may be disclosed:\n\nto obey the law,\n\nto defend us.\n\nWe ask first.",
            ["It may be disclosed: to obey the law, to defend us.", "We ask first."],
        ),
        ("Landlord:\nOlga Marsh\nTenant:\nAnn Lee", ["Landlord: Olga Marsh", "Tenant: Ann Lee"]),
        ("Prices:\nrent | 900\nheat | 80", ["Prices:", "rent | 900", "heat | 80"]),
        ("At 10:30 he came: late. He left.", ["At 10:30 he came: late.", "He left."]),
    ],
)
def test_what_leads_into_a_list_goes_with_it(text: str, parts: list[str]) -> None:
    assert cut(text) == parts


def test_of_a_long_list_only_the_beginning_goes_with_its_lead() -> None:
    items = [f"• The thing number {number} of a list that goes on and on." for number in range(20)]
    first, *rest = cut("\n".join(["All things:", *items]))
    assert first.startswith("All things: • The thing number 0")
    assert rest == items[-len(rest) :]
    assert len(rest) > len(items) / 2


@given(st.text(max_size=500))
def test_nothing_is_left_out_but_blanks(text: str) -> None:
    kept = "".join(text[start:end] for start, end in sentences(text))
    assert "".join(kept.split()) == "".join(text.split())
