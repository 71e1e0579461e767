"""How much memory a model takes, from what its file says, and what fits the memory that is free.

llama.cpp is not asked: it would have to load the model to tell. `bench.memory` compares these
estimates with what the process takes.
"""

from __future__ import annotations

import math
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from models.catalog import load_catalog, name_of
from models.context import STEP
from models.errors import ModelError
from models.gguf import GgufHeader, Tensor, too_large
from models.inspection import ChatFile, chat_file, whole_name
from models.memory import memory

SMALLEST_CONTEXT = 2048
"""Tokens below which a context window is not made smaller: a question needs its passages."""
_CONTEXT_STEP = 256  # llama.cpp rounds up to this

# The process before it loads a model: Python, our modules and llama.cpp's libraries.
_PROCESS_BYTES = 60 << 20
# llama.cpp's tables of a vocabulary. The three models of `bench.memory` took 296 to 326 bytes.
_BYTES_PER_WORD = 310
_CACHE_BYTES = 2  # of a number of the KV cache, which is kept as float16
_NUMBER_BYTES = 4  # of a number in a step: float32
_MASK_BYTES = 4 + 2  # the attention mask, as float32 and as float16
# Rows of a step that are there at the same time. The feed-forward network has its two inputs and
# their product (`build_ffn` of llama.cpp); the others are the residual, the norms, queries, keys,
# values and the output of attention.
_WIDE_ROWS, _NARROW_ROWS = 3, 8
# ggml types whose weights a processor gets in another order, as a second copy beside the mapped
# file: `ggml_repack_get_optimal_repack_type` of ggml/src/ggml-cpu/repack.cpp. By their number in
# ggml.h: Q4_0, Q2_K, Q4_K, IQ4_NL and MXFP4; on ARM also Q8_0, Q5_K and Q6_K.
_REPACKED = frozenset((2, 10, 12, 20, 39))
_REPACKED_ON_ARM = _REPACKED | frozenset((8, 13, 14))
_REPACKED_ROWS = 8
_ARM = ("arm64", "aarch64")
_INPUT = "token_embd.weight"  # looked up, not multiplied with: never rearranged


@dataclass(frozen=True, slots=True)
class MemoryNeed:
    """Bytes of memory that a model takes on the processor.

    Attributes:
        weights: the file, which is mapped.
        rearranged: the copies that llama.cpp makes of some weights for the processor.
        cache: the KV cache and the state of recurrent layers.
        working: what a step computes with, the vocabulary, and the process itself.
    """

    weights: int
    rearranged: int
    cache: int
    working: int

    @property
    def resident(self) -> int:
        """What the process takes where memory is plenty: its resident set size."""
        return self.weights + self.rearranged + self.cache + self.working

    @property
    def least(self) -> int:
        """What has to be free: the file's pages of weights that were copied can be given back."""
        return self.weights + self.cache + self.working


def memory_need(file: ChatFile, context_tokens: int) -> MemoryNeed:
    """Estimates the memory of a model that runs on the processor.

    Args:
        file: the model.
        context_tokens: its context window; all of it counts as used.
    """
    header, tensors = file.header, file.tensors
    window = -(-context_tokens // _CONTEXT_STEP) * _CONTEXT_STEP
    words = tensors[_INPUT].rows if _INPUT in tensors else header.number("vocab_size")
    experts = header.number("expert_feed_forward_length") * header.number("expert_used_count")
    wide = _WIDE_ROWS * max(header.number("feed_forward_length"), experts)
    row = _NUMBER_BYTES * (wide + _NARROW_ROWS * header.number("embedding_length"))
    step = STEP * (row + _MASK_BYTES * window)
    return MemoryNeed(
        weights=file.bytes,
        rearranged=sum(t.bytes for name, t in tensors.items() if _is_rearranged(name, t)),
        cache=cache_bytes(header, tensors, window),
        working=_PROCESS_BYTES + _BYTES_PER_WORD * words + step,
    )


def cache_bytes(header: GgufHeader, tensors: Mapping[str, Tensor], context_tokens: int) -> int:
    """Returns the bytes of the KV cache, and of the state of layers that have one instead.

    A layer's own tensors tell what it keeps: how wide its keys and values are, that it shares
    them, compresses them (multi-head latent attention), or keeps a state of fixed size. Layers
    with a sliding window keep all of it: so we can go back to the beginning of a prompt.
    """
    layers = header.number("block_count")
    if layers > len(tensors):  # no model has layers without tensors
        layers = len({name.split(".")[1] for name in tensors if name.startswith("blk.")}) or 1
    shared = header.number("attention.shared_kv_layers")
    total = 0
    for layer in range(layers):
        if layer < layers - shared:
            width = _cache_width(header, tensors, layer)
            total += _CACHE_BYTES * context_tokens * width
        if _is_recurrent(tensors, layer):
            total += _NUMBER_BYTES * _state_width(header)
    return total


def context_that_fits(file: ChatFile, wanted: int, available: int) -> int:
    """Returns the largest context window up to `wanted` that fits into `available` bytes.

    Returns 0 if not even `SMALLEST_CONTEXT` does, or `wanted` where that is smaller.
    """
    smallest = min(wanted, SMALLEST_CONTEXT)
    while wanted > smallest and memory_need(file, wanted).least > available:
        wanted = max(smallest, wanted // 2 // _CONTEXT_STEP * _CONTEXT_STEP)
    return wanted if memory_need(file, wanted).least <= available else 0


def checked_context(file: ChatFile, wanted: int) -> int:
    """Returns the context window that the memory that is free now has room for.

    Raises:
        ModelTooLarge: it has no room for the model. The message has the figures, and the advice
            names a model that fits, if there is one.
    """
    available = memory().available
    window = context_that_fits(file, wanted, available)
    if window:
        return window
    need = memory_need(file, min(wanted, SMALLEST_CONTEXT)).least
    raise too_large(
        file.parts[0],
        f"It needs about {need / 1e9:.1f} GB, and {available / 1e9:.1f} GB are free.",
        better=_better(file.parts[0], available),
    )


def window_now(path: Path, wanted: int) -> tuple[int, int]:
    """Returns the context window that fits the memory that is free now, and the one without limit.

    The first is 0 where the model would be refused. Raises as `models.inspection.chat_file` does.
    """
    file = chat_file(path)
    wanted = _trained(file, wanted)
    return context_that_fits(file, wanted, memory().available), wanted


def need_of(path: Path, context_tokens: int) -> MemoryNeed:
    """Estimates the memory of a model's file. Raises as `models.inspection.chat_file` does."""
    file = chat_file(path)
    return memory_need(file, _trained(file, context_tokens))


def _trained(file: ChatFile, wanted: int) -> int:
    """Returns the context window that is wanted, or the model's own limit."""
    trained = file.header.number("context_length", wanted)
    return min(wanted, trained) if trained > 0 else wanted


def _better(path: Path, available: int) -> str:
    """Returns the name of a model that fits: the largest beside `path`, else of the catalogue."""
    here = sorted(_that_fit(path, available), reverse=True)
    if here:
        return name_of(here[0][1])
    fitting = [
        entry
        for entry in load_catalog().chat_models
        if entry.memory_mb * 10**6 <= available and entry.for_anyone
    ]
    return max(fitting, key=lambda entry: entry.memory_mb).name if fitting else ""


def _that_fit(path: Path, available: int) -> Iterator[tuple[int, str]]:
    """Yields the bytes and names of the other chat models in a model's folder that fit."""
    for other in path.parent.glob("*.gguf"):
        try:
            file = chat_file(other)
        except ModelError:
            continue
        if file.parts[0] == other != path and context_that_fits(file, SMALLEST_CONTEXT, available):
            yield file.bytes, whole_name(other)


def _is_rearranged(name: str, tensor: Tensor) -> bool:
    kinds = _REPACKED_ON_ARM if platform.machine().lower() in _ARM else _REPACKED
    return tensor.kind in kinds and tensor.rows % _REPACKED_ROWS == 0 and name != _INPUT


def _cache_width(header: GgufHeader, tensors: Mapping[str, Tensor], layer: int) -> int:
    """Returns how many numbers a layer keeps of each token."""

    def rows(name: str) -> int:
        tensor = tensors.get(f"blk.{layer}.{name}.weight")
        return tensor.rows if tensor is not None else 0

    compressed = rows("attn_kv_a_mqa")
    if compressed and rows("attn_k_b"):
        return compressed
    keys = rows("attn_k")
    if keys:
        return keys + (rows("attn_v") or keys)
    if _is_recurrent(tensors, layer) and not compressed:
        return 0
    return _width_by_metadata(header, layer)


def _width_by_metadata(header: GgufHeader, layer: int) -> int:
    """Returns it for layers whose queries, keys and values are one tensor."""
    heads = header.number("attention.head_count", 1)
    key_heads = header.number("attention.head_count_kv", heads)
    each = header.lists.get(f"{header.architecture}.attention.head_count_kv", ())
    if layer < len(each) and math.isfinite(each[layer]):
        key_heads = int(each[layer])
    width = header.number("embedding_length") // max(heads, 1)
    keys = header.number("attention.key_length", width)
    return max(0, key_heads * (keys + header.number("attention.value_length", width)))


def _is_recurrent(tensors: Mapping[str, Tensor], layer: int) -> bool:
    """Tells whether a layer keeps a state: Mamba, gated delta nets, short convolutions, RWKV."""
    names = ("ssm_out.weight", "ssm_a", "shortconv.conv.weight", "time_mix_output.weight")
    return any(f"blk.{layer}.{name}" in tensors for name in names)


def _state_width(header: GgufHeader) -> int:
    """Returns the numbers of a recurrent layer's state (`n_embd_r` and `n_embd_s` of llama.cpp)."""
    inner, state = header.number("ssm.inner_size"), header.number("ssm.state_size")
    groups = header.number("ssm.group_count")
    convolution = max(header.number("ssm.conv_kernel") - 1, 0) * (inner + 2 * groups * state)
    width = header.number("embedding_length")
    short = max(header.number("shortconv.l_cache") - 1, 0) * width
    return convolution + inner * state + short + width * header.number("wkv.head_size")
