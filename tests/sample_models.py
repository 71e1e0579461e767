"""Quick models for tests of the workers: named by the workers' configurations."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.workers.configs import IndexConfig, InferConfig
from models.chat import (
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationOptions,
    Message,
    Primed,
)
from models.errors import ModelUnsupported
from models.fakes import FakeChatModel, HashEmbedder
from models.gguf_reranking import GgufReranker

READING = "reading"


def hash_embedder(_: IndexConfig) -> HashEmbedder:
    return HashEmbedder()


def dense_embedder(_: IndexConfig) -> HashEmbedder:
    """Gives vectors without a zero in them, so that a few numbers tell whose they are."""
    return _DenseEmbedder()


def slow_dense_embedder(_: IndexConfig) -> HashEmbedder:
    """The same at 200 texts a second."""
    return _SlowDenseEmbedder()


def slow_embedder(_: IndexConfig) -> HashEmbedder:
    """Embeds 200 texts a second, so that a test can act in the middle of a run."""
    return _SlowEmbedder()


def chosen_embedder(config: IndexConfig) -> HashEmbedder:
    """The usual embedder, or a slower one of another name and size."""
    return _OtherEmbedder() if config.model else HashEmbedder()


def tiny_reranker(config: IndexConfig, model_id: str) -> GgufReranker:
    """Whatever lies in the models folder under that name, without a look at its hash."""
    return GgufReranker(Path(config.models) / f"{model_id}.gguf", model_id)


class _SlowEmbedder(HashEmbedder):
    seconds = 0.005

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(self.seconds * len(texts))
        return super().embed(texts)


class _DenseEmbedder(HashEmbedder):
    """Turns the vectors of the usual one: what was near stays near."""

    id = "dense-64"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        random = np.random.default_rng(1).normal(size=(self.dimension, self.dimension))
        turn = np.linalg.qr(random)[0].astype(np.float32)
        vectors: NDArray[np.float32] = super().embed(texts) @ turn
        return vectors


class _SlowDenseEmbedder(_DenseEmbedder):
    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        time.sleep(_SlowEmbedder.seconds * len(texts))
        return super().embed(texts)


class _OtherEmbedder(_SlowEmbedder):
    seconds = 0.02  # so slow that the time left is told
    id = "hash-48"
    dimension = 48
    max_tokens = 512


def fake_chat(config: InferConfig) -> FakeChatModel:
    """Says again what it was told."""
    return FakeChatModel(model_id=config.model_id, context_window=config.context_tokens)


def tireless_chat(config: InferConfig) -> FakeChatModel:
    """Ends neither reading ahead nor an answer of several words before it is stopped."""
    return _TirelessChatModel(config)


class _TirelessChatModel(FakeChatModel):
    """While it reads ahead, there is a file `READING` in the folder of the states."""

    def __init__(self, config: InferConfig) -> None:
        super().__init__(model_id=config.model_id, context_window=config.context_tokens)
        self._folder = Path(config.states)

    def prime(
        self,
        messages: Sequence[Message],
        should_stop: Callable[[], bool] = lambda: False,
        *,
        drawer: str = "",
    ) -> Primed:
        (self._folder / READING).touch()
        while not should_stop():
            time.sleep(0.01)
        (self._folder / READING).unlink()
        return Primed(0, 0, complete=False)

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        *pieces, finished = super().generate(messages, options)
        assert isinstance(finished, Finished)
        if len(pieces) == 1:
            yield from (*pieces, finished)
            return
        for piece in itertools.cycle(pieces):
            if should_stop():
                break
            time.sleep(0.005)
            yield piece
        yield replace(finished, reason=FinishReason.STOPPED)


def deadly_chat(_: InferConfig) -> FakeChatModel:
    """Ends the process, as native code may."""
    os.abort()


def unknown_chat(_: InferConfig) -> FakeChatModel:
    """Cannot be loaded."""
    raise ModelUnsupported("It is of a kind that nobody knows.", "Choose another.")


def endless_chat(_: InferConfig) -> FakeChatModel:
    """Is never loaded."""
    time.sleep(600)
    return FakeChatModel()


def unfit_chat(_: InferConfig) -> FakeChatModel:
    """Fails the trial."""
    return _UnfitChatModel()


class _UnfitChatModel(FakeChatModel):
    def try_out(self) -> str:
        raise ModelUnsupported("It writes nothing.", "Choose another.")


def picky_chat(config: InferConfig) -> FakeChatModel:
    """Says again what it was told, but loads on one device only; crashes or hangs on others."""
    if config.device.card == "Crashing0" or config.device.variant == "":
        os.abort()
    if config.device.variant == "hanging":
        time.sleep(600)
    if config.device.variant == "refusing":
        raise ModelUnsupported("No.")
    return FakeChatModel(model_id=config.model_id, context_window=config.context_tokens)
