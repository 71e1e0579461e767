"""A model's judgement whether passages answer a question, as one number."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from app.answering.judgement import chance_of_an_answer
from app.answering.model_profiles import profile_of
from models.chat import GenerationEvent, GenerationOptions, Message
from models.fakes import FakeChatModel
from rag.answer.form import form
from rag.answer.prompt import ContextPack

PACK = ContextPack("system", (), "passages and question", (), form())


class Judging(FakeChatModel):
    """Says what it is told to say, at 0.8; notes the options."""

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        self.options = options
        for event in super().generate(messages, options, should_stop):
            chances = tuple(replace(token, chance=0.8) for token in event.chances)
            yield replace(event, chances=chances)


@pytest.mark.parametrize(
    ("word", "chance"), [("yes", 0.8), (" yes", 0.8), ("y", 0.8), ("no", 0.2), ("n", 0.2)]
)
def test_the_chance_of_yes_is_read_from_the_first_token(word: str, chance: float) -> None:
    assert chance_of_an_answer(PACK, Judging(word)) == pytest.approx(chance)


def test_one_token_is_asked_for_and_nothing_but_yes_and_no_is_allowed() -> None:
    model = Judging("yes")
    chance_of_an_answer(PACK, model)
    assert model.options.max_tokens == 1
    assert (model.options.grammar or "").split() == ["root", "::=", '"yes"', "|", '"no"']
    assert model.options.temperature == 0


def test_who_stops_has_no_judgement_against_the_answer() -> None:
    assert chance_of_an_answer(PACK, Judging("no"), lambda: True) == 1.0


def test_a_model_that_was_not_measured_is_not_asked() -> None:
    assert profile_of("0" * 64).least_answerable == 0
