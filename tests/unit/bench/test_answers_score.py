"""The figures of `bench.answers` say what they are said to say."""

from __future__ import annotations

import math

import pytest

from bench.answers_report import summaries
from bench.answers_score import Result, Source, abstained, auroc, correctness, page_hits, supported
from bench.answers_sets import Question


def question(*answers: str, all_of: bool = False, pages: tuple[int, ...] = ()) -> Question:
    gold = frozenset(("a.pdf", page) for page in pages)
    return Question("s/1", "s", "g", "?", answers, bool(answers), all_of, gold)


def result(answer: str, *sources: Source, said_no: bool | None = False) -> Result:
    return Result("studiolo", "1", "s/1", answer, said_no, sources, 1.0, 2.0, 300)


@pytest.mark.parametrize(
    ("given", "gold", "least", "most"),
    [
        ("It is located in France. [1]", "France", 1.0, 1.0),
        ("It cost about $1,650 million.", "1650", 1.0, 1.0),
        ("It is 30.7%.", "30.8%", 1.0, 1.0),
        ("It is 31.9%.", "30.8%", 0.0, 0.0),
        ("他们是中国人。", "中国", 1.0, 1.0),
        ("the plan covers surgery", "surgery is covered by the plan", 0.5, 0.7),
        ("Spain", "France", 0.0, 0.0),
    ],
)
def test_correctness(given: str, gold: str, least: float, most: float) -> None:
    assert least <= correctness(question(gold), result(given)) <= most


def test_where_all_are_needed_a_part_counts_as_a_part() -> None:
    assert correctness(question("workout", "class", all_of=True), result("The class.")) == 0.5


def test_who_abstains_is_not_right() -> None:
    assert correctness(question("France"), result("France", said_no=True)) == 0.0
    assert abstained(result("The context does not mention that.", said_no=None))
    assert not abstained(result("They do business in France.", said_no=None))


def test_pages_and_support() -> None:
    sources = (Source("a.pdf", 2, "The rent is 900 euros."), Source("a.pdf", 7, "Cats."))
    told = result("The rent is 900 euros. [1] Dogs bark loudly. [2] Birds sing.", *sources)
    assert page_hits(question("900", pages=(2, 3)), told) == (1, 2, 2)
    assert supported(told) == (1, 3)


def test_auroc_counts_ties_half() -> None:
    assert auroc([0.9, 0.5], [0.5, 0.1]) == pytest.approx(0.875)
    assert math.isnan(auroc([], [0.1]))


def test_a_summary_tells_only_of_questions_that_every_system_answered() -> None:
    other = Question("s/2", "s", "g", "?", ("x",), True)
    ours = [result("France."), Result("studiolo", "1", "s/2", "x", False, (), 1, 2, 3)]
    theirs = [Result("dense", "1", "s/1", "It is Spain.", None, (), 3.0, 4.0, 900)]
    told = summaries([question("France"), other], ours + theirs, ["studiolo", "dense"])
    by_system = {one.system: one for one in told if one.set == "mean"}
    assert by_system["studiolo"].questions == 1
    assert by_system["studiolo"].correct == 1.0
    assert by_system["dense"].correct == 0.0
    assert by_system["dense"].prompt_tokens == 900
