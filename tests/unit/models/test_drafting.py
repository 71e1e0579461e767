"""Reading ahead what is about to be copied: the same text in fewer steps, and nothing left over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from models.chat import Finished, GenerationOptions, Message, Role, TextPiece
from models.context import StopGate
from models.drafting import MOST, DraftedSteps
from models.grammar import gbnf
from models.llama import LlamaChatModel
from rag.text.grammar import choice
from tests.lora import TINY

QUOTE = "The pump of the garden club was bought for 380 euros by the treasurer in March."
ASKED = [Message(Role.USER, f"{QUOTE}\nSay this sentence again.")]
COPIED = GenerationOptions(max_tokens=40, grammar=gbnf((("root", choice(QUOTE, "No.")),)))
FREE = GenerationOptions(max_tokens=24)


class OneByOne(DraftedSteps):
    def _next(self) -> list[int]:
        return []


@pytest.fixture(scope="module")
def model() -> Iterator[LlamaChatModel]:
    made = LlamaChatModel(TINY, "tiny", context_tokens=512, gpu_layers=0)
    assert not made._reads_ahead  # it is so small that it would not gain
    made._reads_ahead = True
    yield made
    made.close()


@pytest.fixture
def counted(model: LlamaChatModel, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tokens of each step of the model."""
    sizes: list[int] = []
    decode = model._context._decode

    def counting(batch: object, tokens: Sequence[int], stop: StopGate) -> bool:
        sizes.append(len(tokens))
        return decode(batch, tokens, stop)

    monkeypatch.setattr(model._context, "_decode", counting)
    return sizes


def reply(model: LlamaChatModel, options: GenerationOptions) -> tuple[str, Finished]:
    *pieces, finished = model.generate(ASKED, options)
    assert isinstance(finished, Finished)
    return "".join(p.text for p in pieces if isinstance(p, TextPiece)), finished


@pytest.mark.parametrize("options", [COPIED, FREE])
def test_the_text_is_the_same(
    model: LlamaChatModel, options: GenerationOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead, finished = reply(model, options)
    monkeypatch.setattr("models.llama.DraftedSteps", OneByOne)
    one_by_one, usual = reply(model, options)
    assert ahead == one_by_one
    assert finished.completion_tokens == usual.completion_tokens
    assert [c.text for c in finished.chances] == [c.text for c in usual.chances]
    near = [c.chance for c in usual.chances]
    assert [c.chance for c in finished.chances] == pytest.approx(near, abs=0.01)


def test_what_is_copied_takes_fewer_steps(model: LlamaChatModel, counted: list[int]) -> None:
    text, finished = reply(model, COPIED)
    assert text == QUOTE
    written = counted[1:]  # the first one reads the prompt
    assert max(written) == 1 + MOST
    assert len(written) < finished.completion_tokens / 2


def test_nothing_of_a_draft_is_left_in_what_was_read(model: LlamaChatModel) -> None:
    prompt = model.tokenize(ASKED)
    for options in (COPIED, FREE, GenerationOptions(max_tokens=5)):
        text, finished = reply(model, options)
        held = model._context.tokens
        assert held[: len(prompt)] == prompt
        assert len(held) == len(prompt) + finished.completion_tokens - (
            finished.reason.value == "length"
        )
        words = b"".join(map(model._vocabulary.piece, held[len(prompt) :])).decode()
        assert text.startswith(words)


def test_who_leaves_in_the_middle_leaves_nothing_behind(model: LlamaChatModel) -> None:
    prompt = model.tokenize(ASKED)
    whole, _ = reply(model, COPIED)
    answer = model.generate(ASKED, COPIED)
    shown = "".join(
        p.text for p, _ in zip(answer, range(6), strict=False) if isinstance(p, TextPiece)
    )
    answer.close()  # type: ignore[attr-defined]  # it is a generator
    words = b"".join(map(model._vocabulary.piece, model._context.tokens[len(prompt) :])).decode()
    assert whole.startswith(words)
    assert len(words) <= len(shown)


def test_nothing_is_read_beyond_what_a_reply_may_have(
    model: LlamaChatModel, counted: list[int]
) -> None:
    _, finished = reply(model, GenerationOptions(max_tokens=2, grammar=COPIED.grammar))
    assert finished.completion_tokens == 2
    assert max(counted[1:]) <= 2


def test_models_that_cannot_forget_read_nothing_ahead(
    model: LlamaChatModel, counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model._context, "can_forget", False)
    text, _ = reply(model, COPIED)
    assert text == QUOTE
    assert set(counted[1:]) == {1}
