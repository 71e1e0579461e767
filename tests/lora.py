"""Writes small LoRA adapters for the small model, which llama.cpp really loads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.gguf import read_header
from tests.conftest import MODELS, TINY_CHAT_MODEL
from tests.gguf_weights import real, text, written

TINY = MODELS / f"{TINY_CHAT_MODEL}.gguf"
WEIGHT = "blk.2.ffn_down.weight"
_RANK = 4


def write_adapter(
    path: Path,
    strength: float = 0.0,
    *,
    architecture: str = "llama",
    weight: str = WEIGHT,
    narrower: int = 0,
    without: str = "",
) -> Path:
    """Writes an adapter that changes one weight.

    Args:
        path: the file to be.
        strength: the size of the change; 0 changes nothing.
        architecture: of the models that it says that it is for.
        weight: the weight that it changes.
        narrower: by how much the change is smaller than the weight.
        without: the ending of the tensor that is left out.
    """
    width, rows = read_header(TINY).tensors[WEIGHT].shape
    random = np.random.default_rng(1)
    tensors = [
        (f"{weight}.lora_a", random.normal(size=(_RANK, width - narrower))),
        (f"{weight}.lora_b", strength * random.normal(size=(rows, _RANK))),
    ]
    metadata = [
        text("general.type", "adapter"),
        text("general.architecture", architecture),
        text("adapter.type", "lora"),
        real("adapter.lora.alpha", float(_RANK)),
    ]
    kept = [tensor for tensor in tensors if not without or not tensor[0].endswith(without)]
    path.write_bytes(written(metadata, kept))
    return path
