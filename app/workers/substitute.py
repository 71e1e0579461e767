"""A model chosen for a job, and the one that does the job where the chosen one cannot be loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.errors import WorkerDied
from app.workers.infer_client import InferClient
from models.chat import ChatModel, GenerationEvent, GenerationOptions, Message, Primed
from models.errors import ModelError


class SubstitutedModel:
    """Fits `models.chat.ChatModel`. Each call takes and raises what that of `InferClient` does.

    The chosen model is loaded at the first call that needs it.

    Args:
        chosen: the model that was chosen.
        substitute: the model that is asked instead where `chosen` cannot be loaded.
        failed: called with the error then.
    """

    def __init__(
        self,
        chosen: InferClient,
        substitute: ChatModel,
        failed: Callable[[ModelError | WorkerDied], None],
    ) -> None:
        self._chosen = chosen
        self._substitute = substitute
        self._failed = failed
        self._model: ChatModel = chosen

    @property
    def id(self) -> str:
        """The id of the model that is asked. Does not load it."""
        return self._model.id

    @property
    def sha256(self) -> str:
        """What the file of the model that is asked is known by. Does not load it."""
        return self._model.sha256

    @property
    def context_window(self) -> int:
        """Tokens that prompt and completion may have together. Loads the model if need be."""
        return self._loaded().context_window

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt that the messages make, chat template included."""
        return self._loaded().count_tokens(messages)

    def prime(
        self,
        messages: Sequence[Message],
        should_stop: Callable[[], bool] = lambda: False,
        *,
        drawer: str = "",
    ) -> Primed:
        """Reads the beginning of prompts to come, until a question arrives. Blocks."""
        return self._loaded().prime(messages, should_stop, drawer=drawer)

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        """Yields `TextPiece`s as they are decoded and one `Finished` at the end."""
        yield from self._loaded().generate(messages, options, should_stop)

    def _loaded(self) -> ChatModel:
        """Returns the model to ask, after loading the chosen one if need be."""
        if self._model is self._chosen:
            try:
                self._chosen.load()
            except (ModelError, WorkerDied) as error:
                self._failed(error)
                self._model = self._substitute
        return self._model
