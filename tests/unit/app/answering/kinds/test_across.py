"""What many files answer is answered from a line of each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.answering.kinds.across import AcrossAnswerer
from app.answering.kinds.finding import FindingAnswerer
from app.events import Answer
from tests.unit.app.answering.kinds.test_place import Desk

PEOPLE = ("Ottilie", "Casimir", "Thea", "Edvin", "Nuria", "Dagny", "Ruben", "Petra", "Ana", "Ivo")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk(tmp_path_factory.mktemp("desk"))
    for n, name in enumerate((*PEOPLE, "Lia", "Max")):
        made.library.write(
            f"contracts/{name}.md",
            f"# Contract\n\nWork begins at eight.\n\n{name} has a company car. "
            f"{name} has {20 + n} days of leave.",
        )
    for year, month, price in ((2023, "March", 90), (2025, "June", 95), (2024, "May", 99)):
        made.library.write(
            f"boiler-{price}.md", f"The boiler inspection of 3 {month} {year} cost {price} francs."
        )
    made.library.run()
    made.asker.answerers = (AcrossAnswerer(made),)
    yield made
    made.library.store.close()


def _quotes(answer: Answer) -> str:
    return " ".join(cited.quote for cited in answer.citations)


@pytest.mark.parametrize(
    "question",
    [
        "Who has a company car?",
        "List everyone with a company car",
        "Wer hat einen company car?",
        "How many contracts have a company car?",
    ],
)
def test_each_file_has_its_line_and_what_is_left_out_is_counted(desk: Desk, question: str) -> None:
    answer = desk.ask(question)
    assert answer.text.startswith("**12 files** mention it; the first 10 are shown:")
    assert len({cited.path for cited in answer.citations}) == 10
    assert _quotes(answer).count("has a company car.") == 10
    assert not answer.abstained
    assert answer.model == ""


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("When was the latest boiler inspection?", "boiler-95.md"),
        ("What did the most recent boiler inspection cost?", "boiler-95.md"),
        ("What was the earliest boiler inspection?", "boiler-90.md"),
        ("Was ist die neueste boiler inspection?", "boiler-95.md"),
        ("Quelle est la boiler inspection la plus récente ?", "boiler-95.md"),
        ("¿Cuál es la boiler inspection más antigua?", "boiler-90.md"),
    ],
)
def test_the_latest_is_found_by_the_dates_in_the_documents(
    desk: Desk, question: str, first: str
) -> None:
    answer = desk.ask(question)
    assert Path(answer.citations[0].path).name == first
    assert len(answer.citations) == 3


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("Which documents mention a company car?", "12 files mention it:"),
        ("Where is the document about the company car?", "12 files mention it; the first 3 are"),
        ("Is there a document about a company car?", "Yes: 12 files mention it; the first 3 are"),
    ],
)
def test_it_is_said_how_many_files_are_not_shown(desk: Desk, question: str, opening: str) -> None:
    desk.asker.answerers = (FindingAnswerer(desk), *desk.asker.answerers)
    assert desk.ask(question).text.startswith(opening)


@pytest.mark.parametrize(
    "question",
    [
        "How many days of leave are there?",  # a number that stands somewhere is not counted
        "Who has no company car?",
        "Who is the landlord of the house?",
        "When was the latest fire inspection?",
        "Who has it?",
    ],
)
def test_other_questions_are_left_to_the_passages(desk: Desk, question: str) -> None:
    assert desk.asker.answer(question) is None
