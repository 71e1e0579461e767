"""A chat's view of the language model: the same process, with what holds for that chat only."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.chats.chat_settings import ChatSettings
from app.workers.infer_client import InferClient
from models.chat import GenerationEvent, GenerationOptions, Message, Primed


class ModelOfChat:
    """Fits `models.chat.ChatModel`. Each call takes and raises what that of `InferClient` does.

    Args:
        client: the model.
        chat: what holds for the chat.
    """

    def __init__(self, client: InferClient, chat: ChatSettings) -> None:
        self._client = client
        self._chat = chat

    @property
    def id(self) -> str:
        """The model's id."""
        return self._client.id

    @property
    def sha256(self) -> str:
        """What the model's file is known by, whatever it is called."""
        return self._client.sha256

    @property
    def wishes(self) -> str:
        """Identifies what changes the wording in the chat."""
        return self._client.wishes_of(self._chat)

    @property
    def context_window(self) -> int:
        """Tokens that prompt and completion may have together, in the chat."""
        return self._client.load(self._chat).context_window

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt that the messages make, chat template and own rules included."""
        return self._client.count_tokens(messages, self._chat)

    def prime(
        self,
        messages: Sequence[Message],
        should_stop: Callable[[], bool] = lambda: False,
        *,
        drawer: str = "",
    ) -> Primed:
        """Reads the beginning of prompts to come, until a question arrives. Blocks."""
        return self._client.prime(messages, should_stop, drawer=drawer, chat=self._chat)

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        """Yields `TextPiece`s as they are decoded and one `Finished` at the end."""
        return self._client.generate(messages, options, should_stop, chat=self._chat)
