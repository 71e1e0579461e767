"""The form of a reply: what can be quoted."""

from __future__ import annotations

import re

import pytest

from rag.excerpt import entire
from rag.form import form
from rag.types import DocumentKind, Hit, Locator


def quotable(text: str, question: str) -> list[str]:
    """The sentences of a passage that a reply to `question` can quote."""
    hit = Hit(1, "c", "/a.txt", "A", DocumentKind.TEXT, Locator(0, len(text)), text, "", 1.0)
    (line,) = re.findall(r"^quote ::= .*$", form([entire(hit)], question=question), re.MULTILINE)
    return re.findall(r'(?:\(|\| )"([^"]*)"', line)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # A heading that repeats the question says nothing, nor does the number of a section.
        (
            "What about legal proceedings?",
            ["We were sued in May.", "Legal proceedings cost us much."],
        ),
        # To yes or no, a sentence that has all of the question's words is the answer.
        (
            "Are there legal proceedings?",
            ["Legal Proceedings", "We were sued in May.", "Legal proceedings cost us much."],
        ),
    ],
)
def test_what_cannot_answer_is_not_quoted(question: str, expected: list[str]) -> None:
    text = (
        "Item 1.\nLegal Proceedings\nWe were sued in May. Legal proceedings cost us much.\n- 12 -"
    )
    assert quotable(text, question) == expected


def test_where_nothing_else_is_shown_anything_can_be_quoted() -> None:
    assert quotable("Legal Proceedings\nItem 1.", "What legal proceedings?") == [
        "Legal Proceedings",
        "Item 1.",
    ]


def test_a_short_answer_can_be_quoted() -> None:
    assert quotable("Landlord:\nOlga Tokarczuk", "Who is the landlord?") == ["Olga Tokarczuk"]
    assert quotable("Deposit: 900 €", "How much is the deposit?") == ["Deposit: 900 €"]
