"""A reranker that llama.cpp really loads: a JinaBERT of one layer, with weights set by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.gguf_weights import Matrix, flag, integers, number, real, text, texts, written

WORDS = ("rent", "boat", "when", "is", "the", "due", "a", "machine", "warranty")
"""All words that it knows; "rent" is the one that it looks for."""
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
CONTEXT = 64
"""Tokens that it can read."""

_SIZE = 8
_FEED = 16


def write_reranker(path: Path, *, head: bool = True, deadly: bool = False) -> Path:
    """Writes the model, of 5 kB, to `path`: a text scores higher the more of it is "rent".

    Args:
        path: the file to be.
        head: without it, the model gives no scores.
        deadly: gives a tensor a type that llama.cpp cannot add, over which it ends the process.
    """
    tensors = _tensors(head)
    if deadly:
        tensors = [(name, v.astype(np.float16) if "types" in name else v) for name, v in tensors]
    path.write_bytes(written(_metadata(), tensors))
    return path


def _metadata() -> list[bytes]:
    arch = "jina-bert-v2"
    tokens = [*SPECIAL, *(f"\u2581{word}" for word in WORDS)]
    kinds = [3] * len(SPECIAL) + [1] * len(WORDS)  # control tokens, normal tokens
    return [
        text("general.architecture", arch),
        number(f"{arch}.context_length", CONTEXT),
        number(f"{arch}.embedding_length", _SIZE),
        number(f"{arch}.feed_forward_length", _FEED),
        number(f"{arch}.block_count", 1),
        number(f"{arch}.attention.head_count", 1),
        real(f"{arch}.attention.layer_norm_epsilon", 1e-12),
        flag(f"{arch}.attention.causal", value=False),
        text("tokenizer.ggml.model", "bert"),
        text("tokenizer.ggml.pre", "jina-v2"),
        number("tokenizer.ggml.token_type_count", 2),
        texts("tokenizer.ggml.tokens", tokens),
        integers("tokenizer.ggml.token_type", kinds),
        *(
            number(f"tokenizer.ggml.{name}_token_id", at)
            for at, name in enumerate(("padding", "unknown", "bos", "seperator"))
        ),
        number("tokenizer.ggml.cls_token_id", 2),
        number("tokenizer.ggml.eos_token_id", 3),
        flag("tokenizer.ggml.add_bos_token", value=True),
        flag("tokenizer.ggml.add_eos_token", value=True),
    ]


def _tensors(head: bool) -> list[tuple[str, Matrix]]:
    """Every token looks at all alike; the first one, [CLS], gathers how many of them are "rent"."""
    count = len(SPECIAL) + len(WORDS)
    embedded = np.zeros((count, _SIZE), np.float32)
    embedded[:, 0], embedded[:, 1] = -1, 1
    embedded[len(SPECIAL), :2] = 1, -1
    embedded[SPECIAL.index("[CLS]")] = 0, 0, 1, -1, 1, -1, 1, -1
    zeros, ones, same = np.zeros, np.ones, np.eye(_SIZE, dtype=np.float32)
    tensors: list[tuple[str, Matrix]] = [
        ("token_embd.weight", embedded),
        ("token_types.weight", zeros((2, _SIZE))),
        ("token_embd_norm.weight", ones(_SIZE)),
        ("token_embd_norm.bias", zeros(_SIZE)),
        ("blk.0.attn_q.weight", zeros((_SIZE, _SIZE))),
        ("blk.0.attn_k.weight", zeros((_SIZE, _SIZE))),
        ("blk.0.attn_v.weight", same),
        ("blk.0.attn_output.weight", same),
        *((f"blk.0.attn_{name}.bias", zeros(_SIZE)) for name in ("q", "k", "v", "output")),
        ("blk.0.ffn_gate.weight", zeros((_FEED, _SIZE))),
        ("blk.0.ffn_up.weight", zeros((_FEED, _SIZE))),
        ("blk.0.ffn_down.weight", zeros((_SIZE, _FEED))),
        ("blk.0.ffn_down.bias", zeros(_SIZE)),
    ]
    for name in ("attn_output_norm", "layer_output_norm"):
        tensors += [(f"blk.0.{name}.weight", ones(_SIZE)), (f"blk.0.{name}.bias", zeros(_SIZE))]
    if head:
        weights = np.array([[0.5, -0.5, 0, 0, 0, 0, 0, 0]])
        tensors += [("cls.weight", weights), ("cls.bias", zeros(1))]
    return tensors
