"""Years, ranks, sides and names that a source has to share with its question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer.question_details import QuestionDetails


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("What was the rent in 2021?", "In 2019 the rent was 900 euros."),
        ("What were the sales of Q1?", "Sales of Q3 were 4 million."),
        ("谁是U14组男单冠军", "在U10组男单较量中,陈信夺冠。"),
        ("Which screws does panel B-52 need?", "Panel B-7 needs the short ones."),
        ("Which costs are not paid back?", "Costs of journeys are paid back."),
        ("Who comes on Monday?", "Ben comes on Tuesday."),
        ("2022年的销售额是多少", "2021年的销售额为三百万元。"),
        ("What is due in March 2024?", "The fee is due in April 2024."),
    ],
)
def test_a_source_about_another_one_contradicts(question: str, source: str) -> None:
    assert QuestionDetails(question).contradicted_by(source)


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("What was the rent in 2021?", "In 2019 it was 900 euros, and in 2021 it was 950."),
        ("What was the rent in 2021?", "The rent is 950 euros."),
        ("Did the rent rise in 2021?", "The rent fell in 2020."),  # and so it did not
        ("What did he do before 2000?", "He joined the choir in 1988."),
        ("What did they wear in the 1950's?", "In 1955 they wore hats."),
        ("Is a purchase of 1800 euros allowed?", "Since 2019 less is allowed."),
        ("What costs 2000 euros?", "Since 2019 the course costs 2000 euros."),
        ("What happens if I do not pay?", "A fee of 5 % is added."),
        ("Which costs are not paid back?", "Taxis are excluded."),
        ("Which costs rose?", "The costs of heating rose, those of water fell."),
        ("2023年议长是谁", "2022年选举,两个月后的2023年选出了新议长。"),
        ("Who is the landlord?", "The landlord is Ada."),
        ("What is the new address?", "The office moved from the old site to 12 Mill Lane."),
        ("What is not insured?", "Damage caused by war and flood."),
        (
            "Which room is the largest?",
            "The smaller rooms lie beside the hall of 90 square metres.",
        ),
        ("What were the sales of Q1?", "In q1 sales were 4 million, in Q2 5 million."),
        ("What is said on A4 paper?", "The size of the paper is given in B5 and C6."),
    ],
)
def test_other_sources_do_not(question: str, source: str) -> None:
    assert not QuestionDetails(question).contradicted_by(source)


PASSAGES = ("lease.pdf\nThe lease of Ms. Müller began in 2019.", "Gröner & Co pay the rent.")


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("When did the lease of Kowalski begin?", "Kowalski"),
        ("What was the rent in 1987?", "1987"),
        ("What does the lease say about Ms. Fischer?", "Fischer"),
    ],
)
def test_what_no_passage_mentions_is_unheard_of(question: str, missing: str) -> None:
    assert QuestionDetails(question).unheard_of(PASSAGES) == missing


@pytest.mark.parametrize(
    "question",
    [
        "When did the lease of Muller begin?",
        "When did the lease of Mr. Mueller begin?",
        "What does Groner pay?",
        "What happened in 2019?",
        "What does the lease say, in English?",
        "What Is The Lease About Kowalski?",  # capitals throughout tell nothing
        "Wann begann der Mietvertrag von Kowalski?",  # nor do they in German
        "What is the role of the CEO?",
        "Kowalski is who?",
        "My name is Ada Kowalski. When did the lease begin?",
    ],
)
def test_anything_else_is_not(question: str) -> None:
    assert not QuestionDetails(question).unheard_of(PASSAGES)


def test_a_name_may_be_another_one_in_another_language() -> None:
    german = ["Der Mietvertrag für die Wohnung in München beginnt im März."]
    assert not QuestionDetails("When does the lease in Munich begin?").unheard_of(german)


def test_nothing_is_unheard_of_without_a_name() -> None:
    assert not QuestionDetails("What is the monthly rent?").unheard_of(())


PIECES = st.sampled_from(
    [
        *("What", "was", "not", "never", "in 2021", "in 2019", "first", "last", "March", "Monday"),
        *("long", "unnecessary", "Q1", "U14", "panel B-52", "Ms. Fischer", "of Kowalski", "?", "."),
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=9), max_size=12).map(" ".join)


@given(TEXTS)
def test_a_text_never_contradicts_itself(text: str) -> None:
    assert not QuestionDetails(text).contradicted_by(text)
    assert not QuestionDetails(text).unheard_of([text])


@given(TEXTS, TEXTS)
def test_what_is_unheard_of_stands_in_the_question_and_not_in_the_source(
    question: str, source: str
) -> None:
    missing = QuestionDetails(question).unheard_of([source])
    assert missing in question
    assert not missing or missing not in source


def test_a_heading_asserts_nothing() -> None:
    details = QuestionDetails("Which damage is not covered by the household policy?")
    quote = "Damage by flooding from rivers and by moths is not covered."
    assert not details.contradicted_by(quote, "Household contents policy of 2026")
    assert details.contradicted_by("Damage by moths is covered by the household policy.")
    in_2022 = QuestionDetails("What was the excess in 2022?")
    assert in_2022.contradicted_by("400 euros", "Year: 2026")  # but it names the year
