"""The typed face of the infer worker. All calls block; none needs the GUI thread.

Nothing heavy is imported here: this module is part of the window's process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TypeVar

import msgspec

from app.chats.chat_settings import USUAL, ChatSettings
from app.errors import Cancelled, WorkerDied
from app.jobs import CancelToken
from app.paths import Paths
from app.workers import messages as ask
from app.workers.channel import WorkerClient
from app.workers.configs import InferConfig
from app.workers.devices import Devices, explain
from app.workers.process import Replied, Said, WorkerSpec
from app.workers.wire import Request
from models.backends import Device, Found
from models.chat import (
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationOptions,
    Message,
    Primed,
)
from models.errors import ModelError
from models.memory import resident_bytes

R = TypeVar("R")
E = TypeVar("E")
Room = Callable[["InferClient", Callable[[], bool]], AbstractContextManager[bool]]
"""Yields False where it stopped waiting, because nobody waits any more."""
_POLL_SECONDS = 0.02
_STOP_SECONDS = 0.15


class InferClient:
    """The infer worker: fits `models.chat.ChatModel`.

    Args:
        paths: the data folder.
        config: which model, asked before each use; when it changes, the worker starts again.
        devices: chooses what computes it. A model that crashes or hangs while it loads is loaded
            again with another device, as long as there is one.
        room: makes room for the model in memory and keeps it there while a call lasts, see
            `app.workers.model_pool`. Gets this client, and a function that tells whether to stop.

    Attributes:
        devices: what computes models on this machine.
    """

    def __init__(
        self,
        paths: Paths,
        config: Callable[[], InferConfig],
        devices: Devices | None = None,
        room: Room = lambda _client, _should_stop: nullcontext(True),
    ) -> None:
        self._wanted = config
        self._room = room
        self.devices = devices or Devices(paths)
        self._measuring = CancelToken()
        self._loaded = False
        self._lock = threading.Lock()
        self._running: InferConfig | None = None
        self._info: ask.ModelInfo | None = None
        self._window: int | None = None  # what the chat wanted that `_info` is of
        self._listeners: list[Callable[[WorkerDied], None]] = []
        self.worker = WorkerClient(
            WorkerSpec(
                name="infer",
                title="The language model",
                factory="app.workers.infer:create",
                config=self._config,
                folder=paths.data,
                logs=paths.logs,
            ),
            self._died,
        )

    @property
    def id(self) -> str:
        """The model's id. Does not load it."""
        return self._wanted().model_id

    @property
    def running_id(self) -> str:
        """The id of the model whose worker runs; "" for none."""
        running = self._running
        return running.model_id if running is not None and self.worker.alive else ""

    @property
    def sha256(self) -> str:
        """What the model's file is known by, whatever it is called. Does not load it."""
        return self._wanted().sha256

    @property
    def wishes(self) -> str:
        """Identifies what changes its wording; "" where that is as usual."""
        return self.wishes_of(USUAL)

    @property
    def context_window(self) -> int:
        """Tokens that prompt and completion may have together. Loads the model if need be."""
        return self.load().context_window

    def on_died(self, callback: Callable[[WorkerDied], None]) -> None:
        """Calls back, on a background thread, when the worker ends unexpectedly."""
        self._listeners.append(callback)

    def load(self, chat: ChatSettings = USUAL) -> ask.ModelInfo:
        """Loads the model unless it is loaded, with a chat's context window, and waits for it.

        Raises:
            ModelError: it cannot be found or loaded.
            WorkerDied: the worker ended while it was loading.
        """
        self._refresh()
        info = self._info
        if info is None or self._window != chat.context_tokens:
            info = self._call(ask.LoadModel(chat))
            self._info, self._window = info, chat.context_tokens
        return info

    warm = load

    def restart(self) -> None:
        """Ends the worker if it runs, and starts it again with the model that is wanted now."""
        self.worker.stop()
        self._info = None
        self.worker.start()

    def unload_if_idle(self, seconds: float) -> bool:
        """Gives the model's memory back if nobody needed it for so long; the next call loads it."""
        with self._lock:
            stopped = self.worker.stop_if_idle(seconds)
            if stopped:
                self._info = None
                self._loaded = False
            return stopped

    def unload(self) -> None:
        """Gives the model's memory back at once; the next call loads it."""
        with self._lock:
            self.worker.stop()
            self._info = None
            self._loaded = False

    def wishes_of(self, chat: ChatSettings) -> str:
        """Identifies what changes the wording in a chat; "" where that is as usual."""
        config = self._wanted()
        temperature = config.temperature if chat.temperature is None else chat.temperature
        wishes = (temperature, chat.rules or config.rules)
        return repr(wishes) if any(wishes) else ""

    def count_tokens(self, messages: Sequence[Message], chat: ChatSettings = USUAL) -> int:
        """Tokens of the prompt that the messages make, chat template included."""
        return self._call(ask.CountTokens(tuple(messages), chat))

    def prime(
        self,
        messages: Sequence[Message],
        should_stop: Callable[[], bool] = lambda: False,
        *,
        drawer: str = "",
        chat: ChatSettings = USUAL,
    ) -> Primed:
        """Reads the beginning of prompts to come, until a question arrives. Blocks.

        Raises:
            PromptTooLong: it leaves no room in the context window.
            ModelError: the model cannot be loaded, or stopped with an error.
            WorkerDied: the worker ended in the middle.
        """

        def prime() -> Primed:
            with self.worker.open(ask.Prime(tuple(messages), drawer, chat)) as exchange:
                stopping = False
                while True:
                    match exchange.receive(_POLL_SECONDS):
                        case Replied(primed):
                            return primed
                    if not stopping and should_stop():
                        stopping = True
                        exchange.control(cancelled=True, paused=False)

        try:
            return self._on_some_device(prime, should_stop)
        except Cancelled:
            if not should_stop():
                raise  # the program ends
            return Primed(0, 0, complete=False)

    def tune(self) -> None:
        """Measures the fastest settings for the model on this machine; a question stops it.

        Raises as `load` does.
        """
        self._call(ask.Tune())

    def measure(
        self,
        token: CancelToken | None = None,
        *,
        again: bool = False,
        on_device: Callable[[str], None] = lambda _name: None,
    ) -> bool:
        """Measures which device is the fastest for the model, unless that is known.

        Takes seconds for each device the first time; a question stops it, and one that is being
        answered is not disturbed: then it is measured another time. The model is not loaded
        meanwhile, since it may not fit into memory twice.

        Args:
            token: stops it.
            again: measures what was measured before, too.
            on_device: called with the name of each device before it is measured.

        Returns:
            False where the model is in use, so that nothing could be measured.
        """
        config = self._wanted()
        if config.path and (again or not self.devices.knows(config)):
            self._measuring = token = token or CancelToken()
            if self.worker.alive and not self.unload_if_idle(0):
                return False
            self.devices.measure(config, token, again=again, on_device=on_device)
        return True

    def try_again(self, device: Device) -> None:
        """Forgets that a device failed with the model, so that it is measured again."""
        self.devices.try_again(self._wanted(), device)

    def look(self, token: CancelToken | None = None) -> Found:
        """Returns what there is to compute models with; looks, for a second, if nobody has yet.

        Raises:
            Cancelled: `token` was cancelled.
            WorkerDied, ModelError: llama.cpp does not run here.
        """
        found = self.devices.notes.found
        return found or self.devices.look(InferConfig("", ""), token or CancelToken())

    @property
    def wanted(self) -> InferConfig:
        """Which model is wanted, and how. Raises `ModelError` where there is none."""
        return self._wanted()

    @property
    def resident_bytes(self) -> int:
        """The memory that the worker takes now; 0 while no model is loaded."""
        pid = self.worker.pid if self._loaded else None
        return resident_bytes(pid) if pid is not None else 0

    def explain(self, found: Found) -> str:
        """Says what there is to compute the model with, what was measured, what is used and why.

        Args:
            found: what there is, in case nobody has looked before.

        Raises:
            ModelError: there is no model.
        """
        config = self._wanted()
        notes = self.devices.notes
        notes = notes if notes.found else msgspec.structs.replace(notes, found=found)
        return explain(notes, self.devices.trials(config), config.gpu_layers)

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
        *,
        chat: ChatSettings = USUAL,
    ) -> Iterator[GenerationEvent]:
        """Yields `TextPiece`s as they are decoded and one `Finished` at the end.

        Raises:
            PromptTooLong: the prompt leaves no room in the context window.
            InferenceFailed: the model stopped with an error.
            WorkerDied: the worker ended in the middle.
        """
        if should_stop():
            yield Finished(FinishReason.STOPPED, 0, 0)
            return
        self._measuring.cancel()
        with self._room(self, should_stop) as has_room:
            if not has_room:
                yield Finished(FinishReason.STOPPED, 0, 0)
                return
            while True:
                running = self._begin()
                request = ask.Generate(tuple(messages), options, chat)
                try:
                    with self._watching(running):
                        yield from self._generate(request, should_stop)
                except (WorkerDied, ModelError) as error:
                    if not self._moves_on(running, error):
                        raise
                else:
                    return

    def _generate(
        self, request: ask.Generate, should_stop: Callable[[], bool]
    ) -> Iterator[GenerationEvent]:
        give_up = float("inf")
        with self.worker.open(request) as exchange:
            while time.monotonic() < give_up:
                match exchange.receive(_POLL_SECONDS):
                    case Said(piece):
                        self._loaded = True
                        yield piece
                    case Replied(finished):
                        self._loaded = True
                        yield finished
                        return
                if give_up == float("inf") and should_stop():
                    give_up = time.monotonic() + _STOP_SECONDS
                    exchange.control(cancelled=True, paused=False)
        # It is still loading the model; leaving the exchange has told it to stop.
        yield Finished(FinishReason.STOPPED, 0, 0)

    def close(self) -> None:
        """Ends the process."""
        self._measuring.cancel()
        self.worker.close()

    def _call(self, request: Request[R, E]) -> R:
        return self._on_some_device(lambda: self.worker.call(request))

    def _on_some_device(
        self, call: Callable[[], R], should_stop: Callable[[], bool] = lambda: False
    ) -> R:
        """Calls the worker, with one device after the other while the model crashes or hangs."""
        with self._room(self, should_stop) as has_room:
            if not has_room:
                raise Cancelled
            while True:
                running = self._begin()
                try:
                    with self._watching(running):
                        reply = call()
                except (WorkerDied, ModelError) as error:
                    if not self._moves_on(running, error):
                        raise
                else:
                    self._loaded = True
                    return reply

    def _begin(self) -> InferConfig:
        """Starts the worker unless it runs; returns what it loads, and what computes that.

        Another call may start it again with another device before this one fails.
        """
        self._refresh()
        self.worker.start()
        return self._running or self.devices.choose(self._wanted())

    def _watching(self, running: InferConfig) -> AbstractContextManager[None]:
        """Ends the worker if the model hangs while it is loaded."""
        if self._loaded and self.worker.alive:
            return nullcontext()
        return self.devices.watching(running, self.worker.kill)

    def _moves_on(self, running: InferConfig, error: WorkerDied | ModelError) -> bool:
        """Notes the device of a model that failed to load; tells whether there is another."""
        return not self._loaded and self.devices.failed(running, error)

    def _config(self) -> msgspec.Struct:
        self._loaded = False
        self._running = self.devices.choose(self._wanted())
        return self._running

    def _refresh(self) -> None:
        """Ends a worker that has another model than the one that is wanted now."""
        with self._lock:
            if self.worker.alive and self._running != self.devices.choose(self._wanted()):
                self.worker.stop()
                self._info = None

    def _died(self, error: WorkerDied) -> None:
        self._info = None
        for listener in self._listeners:
            listener(error)
