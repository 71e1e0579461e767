"""A BERT sentence encoder for long jobs: onnxruntime, in eight-bit arithmetic.

What makes it fast, on the processor:

- Texts of like length are computed together, so that little arithmetic is spent on padding.
- The four large products of a layer are computed in eight-bit integers, which processors with
  VNNI do four times as fast as in float32.
- Attention needs no mask, with which onnxruntime takes half as long again: each head has a
  coordinate more, in which queries are 1 and keys are far below zero where a text is padded.

Eight bits lose a little. Each input channel is scaled by what its weights and normalisation say of
its size (the idea of SmoothQuant, Xiao et al. 2022, https://arxiv.org/abs/2211.10438, without
its calibration data), and the last product of a layer is scaled token by token, since few of
its inputs are large. The vectors stay so near to the exact ones that both live in one index.

On x86 processors without VNNI, onnxruntime's product of eight-bit numbers overflows: it adds two
products in sixteen bits. Whether it does is tried with the largest numbers; if so, a slower product
is used, which is exact.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.onnx_graph import ONNXRUNTIME, Graph

log = logging.getLogger(__name__)

Array = NDArray[np.float32]

# Tokens computed together, padding included: more do not fit the processor's cache, fewer leave
# cores without work.
_TOKENS = 1536
# Share of a channel's size that moves from its values to its weights, 0 to 1.
_SMOOTHING = 0.7
# GELU's least value is -0.17, so a token's values over at least this lie between -1 and 1.
_LEAST_SCALE = 0.2
_LARGEST = 127  # of an eight-bit weight
# What a padded token's score in attention is lowered by, before it is scaled: exp() makes it 0.
_FAR_BELOW = -1e4
# Least cosine between a vector in eight bits and the exact one, on the passages below.
_LEAST_COSINE = 0.98
_SAMPLE = (
    "The committee approved the budget for the coming year after a long discussion about costs. ",
    "Employees may carry over up to five days of unused leave, if their manager agrees. " * 2,
    "The pump must be switched off and drained before the filter is removed; see section 4.2. " * 3,
    "Revenue grew by 12.5 % to 3,480,000 euro, while expenses for energy fell slightly. " * 4,
)


class Precision(StrEnum):
    """How the large products are computed."""

    EIGHT_BITS = "8 bits"
    FLOAT32 = "float32"


class OnnxEncoder:
    """Embeds many texts. Safe for several threads.

    Args:
        weights: of a model for which `models.bert.supports` is true, named as its file names them.
        tokenizer_file: its ``tokenizer.json``.
        heads: of its attention.
        epsilon: of its normalisations.
        max_tokens: longer texts are cut, special tokens included.
        precision: of the large products.
        threads: that compute.

    Raises:
        ImportError: onnxruntime cannot be loaded here.
    """

    def __init__(
        self,
        weights: Mapping[str, Array],
        tokenizer_file: Path,
        *,
        heads: int,
        epsilon: float,
        max_tokens: int,
        precision: Precision,
        threads: int,
    ) -> None:
        from tokenizers import Tokenizer

        self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.no_padding()
        self._words = weights["embeddings.word_embeddings.weight"]
        # All tokens of a passage are of the first type.
        self._positions = (
            weights["embeddings.position_embeddings.weight"]
            + weights["embeddings.token_type_embeddings.weight"][0]
        )
        self.precision = precision
        self._session = _session(_Bert(weights, heads, epsilon, precision).file(), threads)

    def embed(self, texts: Sequence[str]) -> Array:
        """Embeds texts. Returns float32 of shape (len(texts), hidden), rows of length 1."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(tokens)), key=lambda index: -len(tokens[index]))
        vectors = np.empty((len(tokens), self._words.shape[1]), np.float32)
        for part in _parts(order, tokens):
            vectors[part] = self._means([tokens[index] for index in part])
        unit: Array = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return unit

    def _means(self, tokens: Sequence[Sequence[int]]) -> Array:
        """Means over the tokens of each text, (texts, hidden); the longest text comes first."""
        longest = len(tokens[0])
        ids = np.zeros((len(tokens), longest), np.int64)
        for row, text in zip(ids, tokens, strict=True):
            row[: len(text)] = text
        lengths = np.array([len(text) for text in tokens])[:, None]
        real = (np.arange(longest) < lengths).astype(np.float32)
        embeddings = self._words[ids] + self._positions[:longest]
        inputs = {"embeddings": embeddings, "padding": 1 - real[:, :, None]}
        (hidden,) = self._session.run(None, inputs)
        means: Array = ((real / lengths.astype(np.float32))[:, None, :] @ hidden)[:, 0]
        return means


def nearest(
    make: Callable[[Precision], OnnxEncoder], exact: Callable[[Sequence[str]], Array]
) -> OnnxEncoder:
    """Returns the encoder in eight bits, or in float32 if eight bits lose too much of this model.

    Args:
        make: makes the encoder at a precision.
        exact: embeds texts exactly.
    """
    encoder = make(Precision.EIGHT_BITS)
    cosine = float((encoder.embed(_SAMPLE) * exact(_SAMPLE)).sum(axis=1).min())
    if cosine < _LEAST_COSINE:
        log.info("Embedding in 8 bits is not exact enough for this model: %.3f.", cosine)
        return make(Precision.FLOAT32)
    log.info("Embedding in 8 bits; least cosine to float32: %.4f.", cosine)
    return encoder


class _Bert:
    """Builds the graph: from embeddings (texts, tokens, hidden) to what the last layer gives."""

    def __init__(
        self, weights: Mapping[str, Array], heads: int, epsilon: float, precision: Precision
    ) -> None:
        self._weights = weights
        self._heads = heads
        self._epsilon = epsilon
        self._eight_bits = precision is Precision.EIGHT_BITS
        self._graph = Graph()
        self._hidden = weights["embeddings.LayerNorm.weight"].shape[0]

    def file(self) -> bytes:
        """Returns the graph, whose inputs are `embeddings` and, 1 where a text ended, `padding`."""
        graph = self._graph
        norm = "embeddings.LayerNorm"
        hidden = self._normalised(
            graph.input("embeddings", ("texts", "tokens", self._hidden)), norm
        )
        masked_keys = graph.node(
            "Mul",
            graph.input("padding", ("texts", "tokens", 1)),
            graph.constant(self._last_coordinates(_FAR_BELOW)),
        )
        number = 0
        while (prefix := f"encoder.layer.{number}.") + "output.dense.weight" in self._weights:
            hidden = self._layer(hidden, prefix, norm, masked_keys)
            norm = prefix + "output.LayerNorm"
            number += 1
        return graph.file(hidden, ("texts", "tokens", self._hidden))

    def _layer(self, hidden: str, prefix: str, norm: str, masked_keys: str) -> str:
        """Adds a layer whose input `hidden` went through `norm`. Returns its output."""
        graph = self._graph
        attended = self._product(
            self._attention(hidden, prefix, norm, masked_keys),
            *self._linear(prefix + "attention.output.dense"),
        )
        norm = prefix + "attention.output.LayerNorm"
        hidden = self._normalised(graph.node("Add", attended, hidden), norm)
        wide = self._smoothed(hidden, *self._linear(prefix + "intermediate.dense"), norm)
        wide = graph.node("Gelu", wide, domain=ONNXRUNTIME)
        narrow = self._scaled_by_token(wide, *self._linear(prefix + "output.dense"))
        return self._normalised(graph.node("Add", narrow, hidden), prefix + "output.LayerNorm")

    def _attention(self, hidden: str, prefix: str, norm: str, masked_keys: str) -> str:
        graph = self._graph
        query, key, value = (
            self._linear(f"{prefix}attention.self.{name}") for name in ("query", "key", "value")
        )
        query, key = self._widened(*query), self._widened(*key)
        query[1][:] += self._last_coordinates(1)
        weights, biases = zip(query, key, value, strict=True)
        sizes = np.array([len(bias) for bias in biases])
        queries, keys, values = graph.split(
            "Split",
            self._smoothed(hidden, np.concatenate(weights), np.concatenate(biases), norm),
            graph.constant(sizes),
            outputs=3,
            axis=-1,
        )
        return graph.node(
            "MultiHeadAttention",
            queries,
            graph.node("Add", keys, masked_keys),
            values,
            domain=ONNXRUNTIME,
            num_heads=self._heads,
            scale=float((self._hidden / self._heads) ** -0.5),
        )

    def _widened(self, weight: Array, bias: Array) -> tuple[Array, Array]:
        """Gives each head a coordinate more, the last one, which is 0."""
        weight = weight.reshape(self._heads, -1, weight.shape[1])
        weight = np.pad(weight, ((0, 0), (0, 1), (0, 0))).reshape(-1, weight.shape[2])
        return weight, np.pad(bias.reshape(self._heads, -1), ((0, 0), (0, 1))).reshape(-1)

    def _last_coordinates(self, value: float) -> Array:
        """Returns what is `value` in the last coordinate of each head, and else 0."""
        coordinates = np.zeros((self._heads, self._hidden // self._heads + 1), np.float32)
        coordinates[:, -1] = value
        return coordinates.reshape(-1)

    def _linear(self, name: str) -> tuple[Array, Array]:
        return self._weights[name + ".weight"], self._weights[name + ".bias"]

    def _normalised(self, values: str, norm: str) -> str:
        scale, bias = map(self._graph.constant, self._linear(norm))
        return self._graph.node(
            "LayerNormalization", values, scale, bias, axis=-1, epsilon=self._epsilon
        )

    def _product(self, values: str, weight: Array, bias: Array | None = None) -> str:
        """Multiplies values by `weight` (outputs, inputs) and adds `bias`."""
        graph = self._graph
        biases = [] if bias is None else [graph.constant(bias)]
        if not self._eight_bits:
            products = graph.node("MatMul", values, graph.constant(weight.T))
            return graph.node("Add", products, *biases) if biases else products
        # Each output has a scale of its own.
        scales = np.maximum(np.abs(weight).max(axis=1), 1e-8) / _LARGEST
        rounded = np.rint(weight / scales[:, None]).astype(np.int8)
        zeros = np.zeros(len(weight), np.int8)
        quantised = [graph.constant(array) for array in (rounded.T, scales, zeros)]
        return graph.node("DynamicQuantizeMatMul", values, *quantised, *biases, domain=ONNXRUNTIME)

    def _smoothed(self, values: str, weight: Array, bias: Array, norm: str) -> str:
        """Does the same for values that come from `norm`."""
        if not self._eight_bits:
            return self._product(values, weight, bias)
        norm_weight, norm_bias = self._linear(norm)
        # The largest value of a channel is estimated: three deviations from its mean.
        of_values = np.maximum(np.abs(norm_bias) + 3 * np.abs(norm_weight), 1e-5)
        of_weights = np.maximum(np.abs(weight).max(axis=0), 1e-5)
        scale = of_values**_SMOOTHING / of_weights ** (1 - _SMOOTHING)
        scaled = self._graph.node("Mul", values, self._graph.constant(1 / scale))
        return self._product(scaled, weight * scale, bias)

    def _scaled_by_token(self, values: str, weight: Array, bias: Array) -> str:
        """Does the same for what GELU gives."""
        if not self._eight_bits:
            return self._product(values, weight, bias)
        graph = self._graph
        largest = graph.node("ReduceMax", values, graph.constant(np.array([-1])), keepdims=1)
        scale = graph.node("Max", largest, graph.constant(np.array([_LEAST_SCALE], np.float32)))
        product = self._product(graph.node("Div", values, scale), weight)
        return graph.node("Add", graph.node("Mul", product, scale), graph.constant(bias))


def _parts(order: Sequence[int], tokens: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Cuts `order`, the longest first, into parts that hold as many tokens when padded."""
    start = 0
    while start < len(order):
        count = max(1, _TOKENS // len(tokens[order[start]]))
        yield list(order[start : start + count])
        start += count


def _session(file: bytes, threads: int, *, exact: bool | None = None) -> Any:
    """Loads a graph.

    Args:
        file: the graph.
        threads: that compute.
        exact: whether to use the slower product of eight-bit numbers that cannot overflow; None
            uses it where the other one does.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # read when onnxruntime is imported
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Remembers a plan for each shape that it has seen; there are hundreds.
    options.enable_mem_pattern = False
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if _overflows() if exact is None else exact:
        options.add_session_config_entry("session.x64quantprecision", "1")
    return onnxruntime.InferenceSession(
        file,
        options,
        providers=["CPUExecutionProvider"],
        # What it makes of an addition and a normalisation takes twice as long as both.
        disabled_optimizers=["SkipLayerNormFusion"],
    )


@cache
def _overflows() -> bool:
    """Tells whether this processor's product of eight-bit numbers is wrong for the largest ones."""
    size = 64
    graph = Graph()
    weights = np.full((size, size), _LARGEST, np.int8)
    constants: list[NDArray[Any]] = [weights, np.ones(size, np.float32), np.zeros(size, np.int8)]
    product = graph.node(
        "DynamicQuantizeMatMul",
        graph.input("values", ("rows", size)),
        *map(graph.constant, constants),
        domain=ONNXRUNTIME,
    )
    session = _session(graph.file(product, ("rows", size)), threads=1, exact=False)
    (sums,) = session.run(None, {"values": np.ones((1, size), np.float32)})
    return not np.allclose(sums, size * _LARGEST, rtol=1e-3)
