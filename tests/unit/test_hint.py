"""How far an answer can be trusted, in one number that old chats do not have."""

from __future__ import annotations

import msgspec
import pytest

from app.events import WEAK, Answer, Timings


def answer(doubt: float) -> Answer:
    return Answer("Yes. [1]", (), False, (), "m", Timings(), doubt=doubt)


@pytest.mark.parametrize(("doubt", "weak"), [(0.0, False), (WEAK, True), (1.0, True)])
def test_an_answer_is_weak_from_the_threshold_on(doubt: float, weak: bool) -> None:
    assert answer(doubt).weak is weak


def test_answers_of_chats_from_before_the_hint_still_load() -> None:
    fields = msgspec.json.decode(msgspec.json.encode(answer(0.7)))
    del fields["doubt"]
    old = msgspec.json.decode(msgspec.json.encode(fields), type=Answer)
    assert old.doubt == 0.0
    assert not old.weak
