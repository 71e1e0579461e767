"""The port of a chat model, and the values that pass through it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Role(StrEnum):
    """Who speaks."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation with the model."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Opening:
    """A text that a reply may begin with.

    Attributes:
        text: it.
        weight: what is added to the log-probability of its tokens where the model chooses among
            several; the larger the difference of two weights, the less the model has to say.
    """

    text: str
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class GenerationOptions:
    """How to decode.

    Attributes:
        max_tokens: at most this many tokens are generated.
        temperature: 0 is greedy and repeatable; None is as the person wants it for the model, or 0.
        grammar: a GBNF grammar that the text must match, or None.
        stop: generation ends before any of these strings.
        seed: for temperatures above 0.
        own_rules: whether the person's own rules for the model are added to the instructions.
        openings: texts, with one of which the reply begins; a grammar must allow them all.
    """

    max_tokens: int = 512
    temperature: float | None = 0.0
    grammar: str | None = None
    stop: tuple[str, ...] = ()
    seed: int = 0
    own_rules: bool = False
    openings: tuple[Opening, ...] = ()


class FinishReason(StrEnum):
    """Why generation ended."""

    COMPLETE = "complete"
    LENGTH = "length"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class TokenChance:
    """A generated token's text, and how likely it was (0 to 1) among those that the form allows."""

    text: str
    chance: float


@dataclass(frozen=True, slots=True)
class TextPiece:
    """Newly generated text: whole Unicode characters, never half of one.

    Attributes:
        chances: of the tokens that were generated since the last piece.
    """

    text: str
    chances: tuple[TokenChance, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """The last value of a generation.

    Attributes:
        prompt_tokens: tokens of the whole prompt.
        reused_tokens: how many of them were still in the KV cache and cost no prefill.
        completion_tokens: tokens generated.
        chances: of the tokens generated, in order.
    """

    reason: FinishReason
    prompt_tokens: int
    completion_tokens: int
    reused_tokens: int = 0
    chances: tuple[TokenChance, ...] = ()


GenerationEvent = TextPiece | Finished


@dataclass(frozen=True, slots=True)
class Primed:
    """What is ready after `ChatModel.prime`.

    Attributes:
        tokens: of the beginning of the prompt that need not be read any more.
        read: how many of them were read just now; the others were known.
        complete: everything was read; False when it was stopped on the way.
        saved: its state is on the disk.
    """

    tokens: int
    read: int
    complete: bool
    saved: bool = False


class ChatModel(Protocol):
    """A language model that continues a conversation."""

    @property
    def id(self) -> str:
        """The catalogue's id, or the file name of a model that the person added."""
        ...

    @property
    def sha256(self) -> str:
        """What the model's file is known by, whatever it is called; "" where that is not known."""
        ...

    @property
    def context_window(self) -> int:
        """Tokens that prompt and completion may have together."""
        ...

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt that `messages` make, chat template included."""
        ...

    def prime(
        self,
        messages: Sequence[Message],
        should_stop: Callable[[], bool] = lambda: False,
        *,
        drawer: str = "",
    ) -> Primed:
        """Reads the beginning of prompts to come: `messages`, the last of which may go on.

        A generation whose messages begin like these does not read them again. What was read is
        also kept on the disk, in `drawer` (see `models.states`), if one is named.

        Raises:
            PromptTooLong: it leaves no room in the context window.
            InferenceFailed: the model stopped with an error.
        """
        ...

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        """Yields `TextPiece`s as they are decoded and one `Finished` at the end.

        `should_stop` is asked at least every 100 ms, during prefill as well; once it is true the
        generation ends with `FinishReason.STOPPED`.

        Raises:
            PromptTooLong: the prompt leaves no room in the context window.
            InferenceFailed: the model stopped with an error.
        """
        ...


@runtime_checkable
class Tunable(Protocol):
    """A model that can find out how this machine computes fastest with it."""

    def tune(self, should_stop: Callable[[], bool] = lambda: False) -> object:
        """Takes seconds the first time, and does nothing when it is known."""
        ...


@runtime_checkable
class Resizable(Protocol):
    """A model whose context window can be changed while it is loaded."""

    def resize(self, context_tokens: int) -> None:
        """Changes the context window, as far as the model and the free memory allow it.

        What was read is forgotten then. The smaller of the old and the new window always fits.
        """
        ...


@runtime_checkable
class Personal(Protocol):
    """A model that writes as a person wishes: what it wrote is kept for the same wishes only."""

    @property
    def wishes(self) -> str:
        """Identifies them; "" for none."""
        ...


@runtime_checkable
class Tryable(Protocol):
    """A model that can find out whether it is fit for answering."""

    def try_out(self) -> str:
        """Takes seconds.

        Returns:
            What a person should know of it; "" for nothing.

        Raises:
            ModelUnsupported: it is not.
        """
        ...


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a model computes, in tokens per second.

    Attributes:
        read: of a prompt (prefill).
        write: of an answer.
    """

    read: float
    write: float


@runtime_checkable
class Measurable(Protocol):
    """A model whose speed can be measured."""

    def measure(self, should_stop: Callable[[], bool]) -> Speed | None:
        """Takes seconds. None if it was stopped.

        Raises:
            InferenceFailed: it cannot compute.
            ModelTooLarge: there is not enough memory.
        """
        ...
