"""Embedders that llama.cpp really loads: a BERT of one layer, with weights set by hand.

Granite's embedders are of this kind: the multilingual one cuts text as XLM-RoBERTa does, the
English one as RoBERTa does.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, IntEnum
from pathlib import Path

import numpy as np

from tests.gguf_weights import (
    Matrix,
    flag,
    integers,
    number,
    real,
    reals,
    text,
    texts,
    written,
)

CONTEXT = 16
"""Tokens that it can read."""
SIZE = 8
"""Length of a vector."""

_FEED = 16
_WORDS = ("rent", "boat", "due", "is")
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


class Pooling(IntEnum):
    """What a vector is made of, by llama.cpp's numbers (`LLAMA_POOLING_TYPE_…`)."""

    MEAN = 1
    FIRST = 2


class Cutting(Enum):
    """The tokenizer: its name in the file, its pre-tokenizer, and the sign before a word."""

    XLM_ROBERTA = ("t5", "default", "\u2581")
    ROBERTA = ("gpt2", "roberta-bpe", "\u0120")


def write_embedder(path: Path, pooling: Pooling, cutting: Cutting = Cutting.XLM_ROBERTA) -> Path:
    """Writes the model, of 4 kB, to `path`.

    In the mean of all tokens the words themselves count most; the first token only looks at them.
    """
    path.write_bytes(written(_metadata(pooling, cutting), _tensors(cutting)))
    return path


def _tokens(cutting: Cutting) -> list[str]:
    sign = cutting.value[2]
    words = [sign + word for word in _WORDS]
    if cutting is Cutting.XLM_ROBERTA:
        return [*_SPECIAL, *words, sign]
    return [*_SPECIAL, *words, *_beginnings(), *sorted({sign, *"".join(_WORDS)})]


def _beginnings() -> list[str]:
    return [word[:end] for word in _WORDS for end in range(2, len(word) + 1)]


def _metadata(pooling: Pooling, cutting: Cutting) -> list[bytes]:
    model, before, _ = cutting.value
    tokens = _tokens(cutting)
    normal = len(tokens) - len(_SPECIAL)
    keys = [
        text("general.architecture", "bert"),
        number("bert.context_length", CONTEXT),
        number("bert.embedding_length", SIZE),
        number("bert.feed_forward_length", _FEED),
        number("bert.block_count", 1),
        number("bert.attention.head_count", 1),
        real("bert.attention.layer_norm_epsilon", 1e-12),
        flag("bert.attention.causal", value=False),
        number("bert.pooling_type", pooling),
        text("tokenizer.ggml.model", model),
        text("tokenizer.ggml.pre", before),
        number("tokenizer.ggml.token_type_count", 1),
        texts("tokenizer.ggml.tokens", tokens),
        integers("tokenizer.ggml.token_type", [3, 3, 3, 2, *[1] * normal]),
        number("tokenizer.ggml.bos_token_id", 0),
        number("tokenizer.ggml.cls_token_id", 0),
        number("tokenizer.ggml.padding_token_id", 1),
        number("tokenizer.ggml.eos_token_id", 2),
        number("tokenizer.ggml.seperator_token_id", 2),
        number("tokenizer.ggml.unknown_token_id", 3),
        flag("tokenizer.ggml.add_bos_token", value=True),
        flag("tokenizer.ggml.add_eos_token", value=True),
    ]
    if cutting is Cutting.XLM_ROBERTA:
        keys.append(reals("tokenizer.ggml.scores", [0.0] * 4 + [-1.0] * normal))
        keys.append(flag("tokenizer.ggml.add_space_prefix", value=True))
        keys.append(flag("tokenizer.ggml.remove_extra_whitespaces", value=True))
    else:
        sign = cutting.value[2]
        merges = [f"{begun[:-1]} {begun[-1]}" for begun in _beginnings()]
        merges += [f"{sign} {word}" for word in _WORDS]
        keys.append(texts("tokenizer.ggml.merges", merges))
    return keys


def _tensors(cutting: Cutting) -> list[tuple[str, Matrix]]:
    """Every token looks at all alike, and the first gathers how many of them are "rent"."""
    tokens = _tokens(cutting)
    embedded = np.zeros((len(tokens), SIZE), np.float32)
    embedded[:, 0], embedded[:, 1] = -1, 1
    embedded[[token.endswith("rent") for token in tokens], :2] = 1, -1
    embedded[0] = 0, 0, 1, -1, 1, -1, 1, -1
    zeros, ones, same = np.zeros, np.ones, np.eye(SIZE, dtype=np.float32)
    tensors: list[tuple[str, Matrix]] = [
        ("token_embd.weight", embedded),
        ("token_types.weight", zeros((1, SIZE))),
        ("position_embd.weight", zeros((CONTEXT, SIZE))),
        ("token_embd_norm.weight", ones(SIZE)),
        ("token_embd_norm.bias", zeros(SIZE)),
        ("blk.0.attn_q.weight", zeros((SIZE, SIZE))),
        ("blk.0.attn_k.weight", zeros((SIZE, SIZE))),
        ("blk.0.attn_v.weight", same),
        ("blk.0.attn_output.weight", same),
        *((f"blk.0.attn_{name}.bias", zeros(SIZE)) for name in ("q", "k", "v", "output")),
        ("blk.0.ffn_up.weight", zeros((_FEED, SIZE))),
        ("blk.0.ffn_up.bias", zeros(_FEED)),
        ("blk.0.ffn_down.weight", zeros((SIZE, _FEED))),
        ("blk.0.ffn_down.bias", zeros(SIZE)),
    ]
    for name in ("attn_output_norm", "layer_output_norm"):
        tensors += [(f"blk.0.{name}.weight", ones(SIZE)), (f"blk.0.{name}.bias", zeros(SIZE))]
    return tensors


def expected_vector(token_rows: Sequence[int], pooling: Pooling, cutting: Cutting) -> Matrix:
    """Computes what the model makes of a text, in numpy: shape (SIZE,), of length 1.

    Args:
        token_rows: the text's tokens, special ones included.
        pooling: as in the file.
        cutting: as in the file.
    """
    embedded = _normal(dict(_tensors(cutting))["token_embd.weight"][list(token_rows)])
    attended = _normal(embedded + embedded.mean(axis=0))
    pooled = attended[0] if pooling is Pooling.FIRST else attended.mean(axis=0)
    unit: Matrix = pooled / np.linalg.norm(pooled)
    return unit


def _normal(rows: Matrix) -> Matrix:
    centred: Matrix = rows - rows.mean(axis=1, keepdims=True)
    normal: Matrix = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12)
    return normal
