"""How far an answer can be trusted, in one number that old chats do not have."""

from __future__ import annotations

import math

import msgspec
import pytest

from app.answering.hint import Signs, answerable, doubt, signs
from app.events import WEAK, Answer, Timings
from models.chat import TokenChance
from rag.formats import DocumentKind
from rag.types import Hit, Locator

TEXT = "The notice period is three months."
HIT = Hit(1, "c", "/a.txt", "Lease", DocumentKind.TEXT, Locator(0, len(TEXT)), TEXT, "Lease", 1.0)


def answer(doubt: float) -> Answer:
    return Answer("Yes. [1]", (), False, (), "m", Timings(), doubt=doubt)


def reply(verdict: str, chance: float, *words: tuple[str, float]) -> list[TokenChance]:
    told = [
        *(TokenChance(piece, 0.9) for piece in ('Quote: "', "three", ' months"\n', "Fou")),
        TokenChance("nd:", 1.0),
        TokenChance(" ", 1.0),
        TokenChance(verdict, chance),
    ]
    if words:
        told.append(TokenChance("\nAnswer: ", 1.0))
    return told + [TokenChance(*word) for word in words]


@pytest.mark.parametrize(("value", "weak"), [(0.0, False), (WEAK, True), (1.0, True)])
def test_an_answer_is_weak_from_the_threshold_on(value: float, weak: bool) -> None:
    assert answer(value).weak is weak


def test_answers_of_chats_from_before_the_hint_still_load() -> None:
    fields = msgspec.json.decode(msgspec.json.encode(answer(0.7)))
    del fields["doubt"]
    old = msgspec.json.decode(msgspec.json.encode(fields), type=Answer)
    assert old.doubt == 0.0
    assert not old.weak


def test_a_no_counts_as_far_as_the_model_believed_it() -> None:
    assert answerable(reply("yes", 0.8)) == pytest.approx(0.8)
    assert answerable(reply("no", 0.8)) == pytest.approx(0.2)
    assert answerable([TokenChance("Something else.", 0.4)]) == 0.5


def test_signs_are_read_from_reply_and_sources() -> None:
    told = reply("yes", 0.9, ("Three", 0.5), (" months", 0.98))
    read = signs("How many months is the notice period of the lease?", told, 0.75, [HIT])
    assert read.answerable == pytest.approx(0.9)
    assert read.sure == pytest.approx(math.sqrt(0.5 * 0.98))
    assert read.support == 0.75
    assert read.covered == 1.0  # also by the heading
    assert read.hard == 1.0
    assert signs("Who signs?", told, 1.0, []).covered == 0.0


def test_better_signs_make_less_doubt_and_it_is_a_probability() -> None:
    bad, good = Signs(0.1, 0.1, 0.0, 0.0, 1.0), Signs(1.0, 1.0, 1.0, 1.0, 0.0)
    assert 0 <= doubt(good) < WEAK <= doubt(bad) <= 1
