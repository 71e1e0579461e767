"""A reranker that llama.cpp really loads: a JinaBERT of one layer, with weights set by hand."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

WORDS = ("rent", "boat", "when", "is", "the", "due", "a", "machine", "warranty")
"""All words that it knows; "rent" is the one that it looks for."""
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
CONTEXT = 64
"""Tokens that it can read."""

_SIZE = 8
_FEED = 16
_ALIGN = 32
_U32, _F32, _BOOL, _STRING, _ARRAY, _I32 = 4, 6, 7, 8, 9, 5

Matrix = NDArray[np.float16 | np.float32 | np.float64]


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
    path.write_bytes(_gguf(_metadata(), tensors))
    return path


def _metadata() -> list[bytes]:
    arch = "jina-bert-v2"
    tokens = [*SPECIAL, *(f"\u2581{word}" for word in WORDS)]
    kinds = [3] * len(SPECIAL) + [1] * len(WORDS)  # control tokens, normal tokens
    return [
        _text("general.architecture", arch),
        _number(f"{arch}.context_length", CONTEXT),
        _number(f"{arch}.embedding_length", _SIZE),
        _number(f"{arch}.feed_forward_length", _FEED),
        _number(f"{arch}.block_count", 1),
        _number(f"{arch}.attention.head_count", 1),
        _real(f"{arch}.attention.layer_norm_epsilon", 1e-12),
        _flag(f"{arch}.attention.causal", value=False),
        _text("tokenizer.ggml.model", "bert"),
        _text("tokenizer.ggml.pre", "jina-v2"),
        _number("tokenizer.ggml.token_type_count", 2),
        _texts("tokenizer.ggml.tokens", tokens),
        _integers("tokenizer.ggml.token_type", kinds),
        *(
            _number(f"tokenizer.ggml.{name}_token_id", at)
            for at, name in enumerate(("padding", "unknown", "bos", "seperator"))
        ),
        _number("tokenizer.ggml.cls_token_id", 2),
        _number("tokenizer.ggml.eos_token_id", 3),
        _flag("tokenizer.ggml.add_bos_token", value=True),
        _flag("tokenizer.ggml.add_eos_token", value=True),
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


def _gguf(metadata: Sequence[bytes], tensors: Sequence[tuple[str, Matrix]]) -> bytes:
    """A file as the GGUF specification has it, version 3."""
    data, about = b"", b""
    for name, values in tensors:
        shape = values.shape[::-1]
        about += _bytes(name) + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        half = values.dtype == np.float16
        about += struct.pack("<IQ", 1 if half else 0, len(data))
        data += _padded(values.astype(np.float16 if half else np.float32).tobytes())
    header = struct.pack("<IQQ", 3, len(tensors), len(metadata))
    return _padded(b"GGUF" + header + b"".join(metadata) + about) + data


def _padded(raw: bytes) -> bytes:
    return raw + b"\0" * (-len(raw) % _ALIGN)


def _bytes(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def _text(key: str, value: str) -> bytes:
    return _bytes(key) + struct.pack("<I", _STRING) + _bytes(value)


def _number(key: str, value: int) -> bytes:
    return _bytes(key) + struct.pack("<II", _U32, value)


def _real(key: str, value: float) -> bytes:
    return _bytes(key) + struct.pack("<If", _F32, value)


def _flag(key: str, *, value: bool) -> bytes:
    return _bytes(key) + struct.pack("<I?", _BOOL, value)


def _texts(key: str, values: Sequence[str]) -> bytes:
    head = _bytes(key) + struct.pack("<IIQ", _ARRAY, _STRING, len(values))
    return head + b"".join(map(_bytes, values))


def _integers(key: str, values: Sequence[int]) -> bytes:
    head = _bytes(key) + struct.pack("<IIQ", _ARRAY, _I32, len(values))
    return head + struct.pack(f"<{len(values)}i", *values)
