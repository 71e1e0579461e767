"""A model is tried on simple questions; what is wrong with it is told in words."""

from __future__ import annotations

from typing import cast

import pytest

from models.errors import ModelError, ModelUnsupported, WroteNothing
from models.fakes import FakeChatModel
from models.native import Vocabulary
from models.trial import try_out

FRAME = "<s>[INST] [/INST]</s>[INST] [/INST]"


class Words:
    """A vocabulary in which some marks are words, and some of those are read in pieces."""

    def __init__(self, *words: str, broken: str = "") -> None:
        self._words = frozenset(words)
        self._broken = broken

    def words(self) -> frozenset[str]:
        return self._words

    def tokenize(self, text: str, *, control: bool) -> list[int]:
        assert control
        return [1, 2, 3] if text == self._broken else [1]


def tried(*replies: str | Exception, words: Words | None = None) -> FakeChatModel:
    model = FakeChatModel(*replies)
    try_out(model, cast("Vocabulary", words or Words("<s>", "</s>")), FRAME)
    return model


def test_a_model_that_answers_is_asked_once() -> None:
    assert len(tried("4").prompts) == 1


def test_one_good_reply_is_enough() -> None:
    assert len(tried("?!", WroteNothing("Nothing."), "Paris").prompts) == 3


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (WroteNothing("It wrote nothing."), "it writes nothing"),
        ("... !!! ...", "it writes no words"),
        ("4 </s>[INST] What is", "it does not stop, and writes the marks of a conversation"),
        ("G " * 40, "it writes the same over and over"),
    ],
)
def test_what_is_wrong_with_its_replies_is_told(reply: str | Exception, words: str) -> None:
    with pytest.raises(ModelUnsupported, match=words) as caught:
        tried(reply, reply, reply)
    assert caught.value.advice


def test_marks_that_are_read_as_text() -> None:
    with pytest.raises(ModelUnsupported, match=r"says that </s>, which separates .* ordinary text"):
        tried("4", words=Words("<s>", "</s>", broken="</s>"))


def test_marks_that_the_model_has_no_word_for_are_text_everywhere() -> None:
    tried("4", words=Words("<s>", "</s>", broken="[INST]"))


def test_an_error_of_another_kind_is_passed_on() -> None:
    with pytest.raises(ModelError, match="out of order"):
        tried(ModelError("It is out of order."))
