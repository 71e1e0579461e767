"""The configuration of each worker. Light: the parent's process imports it too."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec import Struct

from models.backends import Device


class ParseConfig(Struct, frozen=True):
    """How the worker is limited.

    Attributes:
        memory_bytes: what it may allocate, where the system can enforce that (Linux).
        scratch: the only folder that it may write in.
    """

    memory_bytes: int
    scratch: str


class IndexConfig(Struct, frozen=True):
    """How the library is kept.

    Attributes:
        data: the data folder.
        models: the folder of models, with the embedding model in it.
        embedder: ``module:function`` that makes the embedder from this.
        model: the id of the embedding model; "" means the usual one.
        reranker: ``module:function`` that makes a reranker from this and its id.
    """

    data: str
    models: str
    embedder: str = "app.workers.index:local_embedder"
    model: str = ""
    reranker: str = "app.workers.reranking:local_reranker"


class InferConfig(Struct, frozen=True):
    """Which model, and how it is loaded; `models.llama.LlamaChatModel` describes the values.

    Attributes:
        states: the folder of what models have read, see `models.states`; "" keeps nothing.
        tunings: the file that remembers how this machine computes fastest; "" measures nothing.
        factory: ``module:function`` that makes the `ChatModel` from this.
        sha256: of the model's file, in hex; "" where that is not known.
        device: what computes the model, see `app.workers.devices`.
        temperature: of what is written for the person to read.
        rules: the person's own, which are added to the instructions of what is written so.
        adapter: the file of a LoRA adapter that is loaded with it; "" for none.
    """

    path: str
    model_id: str
    context_tokens: int = 4096
    threads: int = 0
    gpu_layers: int = -1
    states: str = ""
    tunings: str = ""
    factory: str = "app.workers.infer:load_llama"
    sha256: str = ""
    device: Device = Device()
    temperature: float = 0.0
    rules: str = ""
    adapter: str = ""


def trial_marker(config: InferConfig) -> Path | None:
    """Returns the file that exists while a model is loaded with one device.

    It remains where that ends the process. Each model and device has one of its own: of several
    that are loaded at the same time, the one that failed is blamed.

    Returns:
        None where no folder of states is given.
    """
    if not config.states:
        return None
    load = config.path, config.model_id, config.factory, config.adapter, config.device
    digest = hashlib.sha256(repr(load).encode("utf-8", "surrogatepass")).hexdigest()
    return Path(config.states) / f"{digest[:16]}.trying"
