"""The infer worker: one chat model, loaded when it is first needed; streams text."""

from __future__ import annotations

import contextlib
import importlib
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from app.chats.chat_settings import USUAL, ChatSettings
from app.jobs import CancelToken
from app.privacy.sandbox import (
    FileRules,
    confine_files,
    graphics_cards,
    limit_to_free_memory,
)
from app.workers.configs import InferConfig, trial_marker
from app.workers.messages import (
    CountTokens,
    FindDevices,
    Generate,
    LoadModel,
    MeasureSpeed,
    ModelInfo,
    Prime,
    TryOut,
    Tune,
)
from app.workers.serve import Calling, Handler, die_with_parent, keep_temporary_files_in
from app.workers.wire import Request
from models.backends import Found
from models.chat import (
    ChatModel,
    Finished,
    Measurable,
    Message,
    Primed,
    Resizable,
    Role,
    Speed,
    TextPiece,
    Tryable,
    Tunable,
)
from models.errors import InferenceFailed
from models.states import SHARED

# A fast model makes pieces quicker than anybody reads; sending each costs both processes.
_COALESCE_SECONDS = 0.015
_TURN_SECONDS = 0.05


class InferWorker:
    """Answers for one model. Generations take turns."""

    def __init__(self, config: InferConfig) -> None:
        self._config = config
        self._model: ChatModel | None = None
        self._window = config.context_tokens
        self._turn = threading.Lock()
        self._counting = threading.Lock()
        self._waiting = 0  # calls that somebody waits for, and that wait for their turn

    def handlers(self) -> Mapping[type[Request[Any, Any]], Handler]:
        """Returns what answers each request."""
        return {
            LoadModel: self._load,
            TryOut: self._try_out,
            CountTokens: self._count,
            Prime: self._prime,
            Tune: self._tune,
            FindDevices: self._find_devices,
            MeasureSpeed: self._measure,
            Generate: self._generate,
        }

    def close(self) -> None:
        """Does nothing: the process ends, and its memory with it."""

    def _load(self, request: LoadModel, calling: Calling[None]) -> ModelInfo:
        with self._my_turn(calling.token, request.chat) as model:
            return ModelInfo(model.id, model.context_window)

    def _try_out(self, _: TryOut, calling: Calling[None]) -> str:
        with self._my_turn(calling.token) as model:
            return model.try_out() if isinstance(model, Tryable) else ""

    def _count(self, request: CountTokens, calling: Calling[None]) -> int:
        with self._my_turn(calling.token, request.chat) as model:
            return model.count_tokens(self._with_rules(request.messages, request.chat))

    def _prime(self, request: Prime, calling: Calling[None]) -> Primed:
        """Reads the beginning of a prompt until another call waits; what was read stays read.

        What every prompt begins with is read to its end: the other call needs it, too.
        """
        token = calling.token
        needed = request.drawer == SHARED

        def should_stop() -> bool:
            return token.cancelled or (self._waiting > 0 and not needed)

        with self._my_turn(token, request.chat, urgent=False) as model:
            messages = self._with_rules(request.messages, request.chat)
            return model.prime(messages, should_stop, drawer=request.drawer)

    def _tune(self, _: Tune, calling: Calling[None]) -> None:
        token = calling.token
        with self._my_turn(token, urgent=False) as model:
            if isinstance(model, Tunable):
                model.tune(lambda: token.cancelled or self._waiting > 0)

    def _find_devices(self, request: FindDevices, _: Calling[None]) -> Found:
        from models.native import find_devices

        return find_devices(cards=request.cards)

    def _measure(self, _: MeasureSpeed, calling: Calling[None]) -> Speed | None:
        token = calling.token
        with self._my_turn(token) as model:
            return model.measure(lambda: token.cancelled) if isinstance(model, Measurable) else None

    def _generate(self, request: Generate, calling: Calling[TextPiece]) -> Finished:
        held: list[TextPiece] = []
        sent_at = float("-inf")
        token = calling.token
        options, messages, chat = request.options, request.messages, request.chat
        if options.own_rules:
            messages = self._with_rules(messages, chat)
        if options.temperature is None:
            own = chat.temperature
            own = self._config.temperature if own is None else own
            options = replace(options, temperature=own)
        with self._my_turn(token, chat) as model:
            for piece in model.generate(messages, options, lambda: token.cancelled):
                if isinstance(piece, TextPiece):
                    held.append(piece)
                now = time.monotonic()
                if held and (isinstance(piece, Finished) or now - sent_at >= _COALESCE_SECONDS):
                    calling.send(_joined(held))
                    held, sent_at = [], now
                if isinstance(piece, Finished):
                    return piece
        raise InferenceFailed("The model stopped in the middle of its answer.", "Ask again.")

    def _with_rules(self, messages: Sequence[Message], chat: ChatSettings) -> tuple[Message, ...]:
        """Adds the person's own rules to the instructions, if there are both."""
        first, *others = messages
        rules = chat.rules or self._config.rules
        if not rules or first.role is not Role.SYSTEM:
            return tuple(messages)
        return (Message(first.role, f"{first.content}\n\n{rules}"), *others)

    @contextmanager
    def _my_turn(
        self, token: CancelToken, chat: ChatSettings = USUAL, *, urgent: bool = True
    ) -> Iterator[ChatModel]:
        self._count_waiting(urgent)
        try:
            while not self._turn.acquire(timeout=_TURN_SECONDS):
                token.raise_if_cancelled()
        finally:
            self._count_waiting(-urgent)
        try:
            if self._model is None:
                self._model = _make(self._config)
            self._resize(self._model, chat.context_tokens or self._config.context_tokens)
            yield self._model
        finally:
            self._turn.release()

    def _resize(self, model: ChatModel, context_tokens: int) -> None:
        """Gives the model the context window of the chat that has its turn."""
        if context_tokens != self._window and isinstance(model, Resizable):
            model.resize(context_tokens)
            self._window = context_tokens

    def _count_waiting(self, change: int) -> None:
        with self._counting:
            self._waiting += change


def create(config: bytes) -> InferWorker:
    """Makes the worker in its process. It may change nothing but what it keeps of its reading."""
    decoded = msgspec.msgpack.decode(config, type=InferConfig)
    die_with_parent()
    writable: tuple[Path, ...] = ()
    if decoded.states:
        Path(decoded.states).mkdir(parents=True, exist_ok=True, mode=0o700)
        keep_temporary_files_in(decoded.states)
        writable = (Path(decoded.states),)
    confine_files(FileRules(writable, graphics_cards(), graphics=True))
    if not decoded.device.has_card:  # drivers of cards map the card's memory, too
        limit_to_free_memory()
    return InferWorker(decoded)


def load_llama(config: InferConfig) -> ChatModel:
    """Loads a GGUF file with llama.cpp."""
    from models.context import Tuning
    from models.llama import LlamaChatModel

    model = LlamaChatModel(
        Path(config.path),
        config.model_id,
        context_tokens=config.context_tokens,
        gpu_layers=config.gpu_layers,
        tuning=Tuning(config.threads),
        tunings=Path(config.tunings) if config.tunings else None,
        states=Path(config.states) if config.states else None,
        sha256=config.sha256,
        device=config.device,
        adapter=Path(config.adapter) if config.adapter else None,
    )
    model.compute_once()
    return model


def _make(config: InferConfig) -> ChatModel:
    """Loads the model; `trial_marker` is there meanwhile, and stays if that ends the process."""
    module, _, name = config.factory.partition(":")
    factory: Callable[[InferConfig], ChatModel] = getattr(importlib.import_module(module), name)
    trial = trial_marker(config)
    try:
        if trial is not None:
            with contextlib.suppress(OSError):
                trial.touch()
        return factory(config)
    finally:
        if trial is not None:
            with contextlib.suppress(OSError):
                trial.unlink()


def _joined(pieces: Sequence[TextPiece]) -> TextPiece:
    chances = tuple(chance for piece in pieces for chance in piece.chances)
    return TextPiece("".join(piece.text for piece in pieces), chances)
