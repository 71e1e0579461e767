"""Quick models for tests of the workers: named by the workers' configurations."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.workers.configs import IndexConfig, InferConfig
from models.chat import GenerationEvent, GenerationOptions, Message
from models.errors import ModelUnsupported
from models.fakes import FakeChatModel, HashEmbedder
from models.gguf_reranking import GgufReranker


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


def slow_chat(config: InferConfig) -> FakeChatModel:
    """Takes a twentieth of a second for each word, and half a second to load."""
    time.sleep(0.5)
    return _SlowChatModel(model_id=config.model_id, context_window=config.context_tokens)


class _SlowChatModel(FakeChatModel):
    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        for event in super().generate(messages, options, should_stop):
            time.sleep(0.05)
            yield event


def deadly_chat(_: InferConfig) -> FakeChatModel:
    """Ends the process, as native code may."""
    os.abort()


def endless_chat(_: InferConfig) -> FakeChatModel:
    """Is never loaded."""
    time.sleep(600)
    return FakeChatModel()


def unfit_chat(_: InferConfig) -> FakeChatModel:
    """Fails the trial."""
    return _UnfitChatModel()


class _UnfitChatModel(FakeChatModel):
    def try_out(self) -> None:
        raise ModelUnsupported("It writes nothing.", "Choose another.")
