"""Stand-ins for models that are quick and repeatable. They pass the same contract tests."""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.chat import (
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationOptions,
    Message,
    Primed,
    TextPiece,
    TokenChance,
)
from models.errors import PromptTooLong
from models.textstream import TextStream

_PIECES = re.compile(r"\s*\S+|\s+")
_WORDS = re.compile(r"\w+")
_ENDINGS = ("ing", "ies", "ed", "es", "s", "e", "y")
_SHORTEST_STEM = 3


class FakeChatModel:
    """A chat model that gives the answers it was made with. A word is a token.

    Args:
        answers: what it answers, in order; an exception is raised instead of answering. When
            they are used up, it repeats the last message.
        model_id: its id.
        context_window: tokens that prompt and completion may have together.
        sha256: what its file would be known by.

    Attributes:
        prompts: the messages of every generation so far.
        primed: the messages of every `prime` so far.
    """

    def __init__(
        self,
        *answers: str | Exception,
        model_id: str = "fake",
        context_window: int = 4096,
        sha256: str = "",
    ) -> None:
        self._sha256 = sha256
        self._answers = deque(answers)
        self._id = model_id
        self._context_window = context_window
        self.prompts: list[tuple[Message, ...]] = []
        self.primed: list[tuple[Message, ...]] = []

    @property
    def id(self) -> str:
        """The id it was given."""
        return self._id

    @property
    def sha256(self) -> str:
        """The hash that it was given."""
        return self._sha256

    @property
    def context_window(self) -> int:
        """Words that prompt and completion may have together."""
        return self._context_window

    def resize(self, context_tokens: int) -> None:
        """Changes the context window."""
        self._context_window = context_tokens

    def queue(self, *answers: str | Exception) -> None:
        """Adds answers, or exceptions to raise instead."""
        self._answers.extend(answers)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Counts the words of all messages, and one more for each message."""
        return sum(1 + len(_PIECES.findall(message.content)) for message in messages)

    def prime(
        self,
        messages: Sequence[Message],
        should_stop: Callable[[], bool] = lambda: False,
        *,
        drawer: str = "",
    ) -> Primed:
        """Remembers the messages; counts as saved if a drawer is named, but saves nothing.

        Raises:
            PromptTooLong: they leave no room in the context window.
        """
        tokens = self.count_tokens(messages)
        if tokens >= self._context_window:
            raise _too_long()
        if should_stop():
            return Primed(0, 0, complete=False)
        read = 0 if tuple(messages) in self.primed else tokens
        self.primed.append(tuple(messages))
        return Primed(tokens, read, complete=True, saved=bool(drawer))

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        """Yields the next queued answer word by word. Grammar and openings are ignored there.

        What it says when they are used up begins with the opening of the greatest weight.

        Raises:
            PromptTooLong: the prompt leaves no room in the context window.
        """
        prompt_tokens = self.count_tokens(messages)
        limit = min(options.max_tokens, self._context_window - prompt_tokens)
        if limit < 1:
            raise _too_long()
        self.prompts.append(tuple(messages))
        answer = self._answers.popleft() if self._answers else _echo(messages, options)
        if isinstance(answer, Exception):
            raise answer
        text = TextStream(options.stop)
        pieces = _PIECES.findall(answer)
        reason = FinishReason.COMPLETE
        count = 0
        chances: list[TokenChance] = []
        reported = 0
        for piece in pieces:
            if should_stop():
                reason = FinishReason.STOPPED
                break
            count += 1
            chances.append(TokenChance(piece, 1.0))
            certain = text.push(piece.encode())
            if certain:
                yield TextPiece(certain, tuple(chances[reported:]))
                reported = count
            if text.stopped:
                break
            if count == limit and count < len(pieces):
                reason = FinishReason.LENGTH
                break
        rest = text.push(b"", final=True)
        if rest:
            yield TextPiece(rest, tuple(chances[reported:]))
        yield Finished(reason, prompt_tokens, count, chances=tuple(chances))


class HashEmbedder:
    """An embedder without a model: hashed word stems, so texts that share words are near.

    Attributes:
        embedded: texts embedded so far; lets a test show that nothing was embedded twice.
        tokenizer_file: always None; there is no tokenizer.
    """

    id = "hash-64"
    dimension = 64
    max_tokens = 256

    def __init__(self) -> None:
        self.embedded = 0
        self.tokenizer_file: Path | None = None

    def count_tokens(self, text: str) -> int:
        """Counts the words of `text`."""
        return len(_WORDS.findall(text))

    def embed_query(self, query: str) -> NDArray[np.float32]:
        """Embeds a question, as any text. Returns shape (64,)."""
        vector: NDArray[np.float32] = self.embed([query])[0]
        return vector

    def embed_few(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Does what `embed` does."""
        return self.embed(texts)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds texts. Returns float32 of shape (len(texts), 64), rows of length 1."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        vectors[:, 0] = 1e-3  # a text without words has a direction too
        for row, text in enumerate(texts):
            for word in _WORDS.findall(text.lower())[: self.max_tokens]:
                vectors[row, _slot(word, self.dimension)] += 1
        self.embedded += len(texts)
        lengths: NDArray[np.float32] = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / lengths

    def warm(self) -> None:
        """Does nothing: there is no model to load."""


def _echo(messages: Sequence[Message], options: GenerationOptions) -> str:
    """Returns the last message, behind the opening of the greatest weight if there is any."""
    best = max(options.openings, key=lambda opening: opening.weight, default=None)
    return f"{best.text if best else ''}{messages[-1].content}"


def _too_long() -> PromptTooLong:
    return PromptTooLong("The prompt is too long for the fake model.", "Shorten it.")


def _slot(word: str, slots: int) -> int:
    stem = word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            stem = word[: -len(ending)]
            break
    return int.from_bytes(hashlib.blake2b(stem.encode(), digest_size=4).digest()) % slots
