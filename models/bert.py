"""A BERT sentence encoder in numpy: the same vectors as sentence-transformers, ready at once.

Importing sentence_transformers takes ten seconds and more on a laptop; a question is a dozen
tokens. This encoder reads the same folder and computes the same function (Devlin et al. 2018,
https://arxiv.org/abs/1810.04805; mean pooling and normalisation as in Reimers and Gurevych 2019,
https://arxiv.org/abs/1908.10084). Long jobs are faster in onnxruntime (`models.quantised`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

# With fewer texts than this, starting threads costs more than they save.
_SHARED = 8
_ROWS = 16


def supports(folder: Path) -> bool:
    """Tells whether this module computes the model in `folder` exactly."""
    try:
        config = json.loads((folder / "config.json").read_bytes())
        pooling = json.loads((folder / "1_Pooling" / "config.json").read_bytes())
        modules = json.loads((folder / "modules.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    stages = [str(module["type"]).rpartition(".")[2] for module in modules]
    return bool(
        config.get("model_type") == "bert"
        and config.get("hidden_act") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
        and pooling.get("pooling_mode_mean_tokens")
        and not pooling.get("pooling_mode_cls_token")
        and not pooling.get("pooling_mode_max_tokens")
        and stages == ["Transformer", "Pooling", "Normalize"]
    )


class BertEncoder:
    """Reads a folder for which `supports` is true. Not safe for two threads at a time.

    Args:
        folder: config, tokenizer and safetensors weights of the model.
        max_tokens: longer texts are cut, special tokens included.
        threads: how many share the work on several texts.

    Attributes:
        weights: arrays of float32, named as the file names them.
    """

    def __init__(self, folder: Path, max_tokens: int, threads: int = 1) -> None:
        from safetensors.numpy import load_file
        from threadpoolctl import threadpool_limits
        from tokenizers import Tokenizer

        # OpenBLAS's threads spin while they wait for each other: with the chat model busy on the
        # same two cores, one text took 2.4 s with two threads and 0.09 s with one.
        threadpool_limits(limits=1, user_api="blas")
        config = json.loads((folder / "config.json").read_bytes())
        self._heads = int(config["num_attention_heads"])
        self._layers = int(config["num_hidden_layers"])
        self._hidden = int(config["hidden_size"])
        self._threads = threads
        self._epsilon = np.float32(config["layer_norm_eps"])
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.no_padding()
        self.weights: Mapping[str, Array] = {
            name: values.astype(np.float32, copy=False)
            for name, values in load_file(folder / "model.safetensors").items()
        }

    def embed(self, texts: Sequence[str]) -> Array:
        """Embeds texts. Returns float32 of shape (len(texts), hidden), rows of length 1."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        if len(ids) < _SHARED or self._threads == 1:
            return self._embed(ids)
        shares = [ids[start :: self._threads] for start in range(self._threads)]
        embedded = np.empty((len(ids), self._hidden), np.float32)
        with ThreadPoolExecutor(self._threads) as pool:
            for start, rows in enumerate(pool.map(self._embed, shares)):
                embedded[start :: self._threads] = rows
        return embedded

    def _embed(self, ids: Sequence[Sequence[int]]) -> Array:
        """Embeds texts that lie one after the other: only attention looks at them one by one."""
        ends = np.cumsum([len(tokens) for tokens in ids])
        places = [slice(end - len(tokens), end) for tokens, end in zip(ids, ends, strict=True)]
        hidden = np.concatenate([self._embeddings(tokens) for tokens in ids])
        for layer in range(self._layers):
            hidden = self._layer(hidden, places, f"encoder.layer.{layer}.")
        pooled = np.stack([hidden[place].mean(axis=0) for place in places])
        unit: Array = pooled / np.maximum(np.linalg.norm(pooled, axis=1, keepdims=True), 1e-12)
        return unit.astype(np.float32)

    def _embeddings(self, ids: Sequence[int]) -> Array:
        weights, prefix = self.weights, "embeddings."
        summed = (
            weights[prefix + "word_embeddings.weight"][ids]
            + weights[prefix + "position_embeddings.weight"][: len(ids)]
            + weights[prefix + "token_type_embeddings.weight"][0]
        )
        return self._norm(summed, prefix + "LayerNorm")

    def _layer(self, hidden: Array, places: Sequence[slice], prefix: str) -> Array:
        attended = self._linear(
            self._attention(hidden, places, prefix), prefix + "attention.output.dense"
        )
        hidden = self._norm(hidden + attended, prefix + "attention.output.LayerNorm")
        wide = _gelu(self._linear(hidden, prefix + "intermediate.dense"))
        return self._norm(
            hidden + self._linear(wide, prefix + "output.dense"), prefix + "output.LayerNorm"
        )

    def _attention(self, hidden: Array, places: Sequence[slice], prefix: str) -> Array:
        """Computes multi-head self-attention of each text over (tokens, hidden)."""
        query, key, value = (
            self._linear(hidden, f"{prefix}attention.self.{name}")
            for name in ("query", "key", "value")
        )
        attended = np.empty_like(hidden)
        for place in places:
            attended[place] = self._attend(query[place], key[place], value[place])
        return attended

    def _attend(self, query: Array, key: Array, value: Array) -> Array:
        query, key, value = self._split(query), self._split(key), self._split(value)
        scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(query.shape[-1]))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        attended: Array = (scores @ value).transpose(1, 0, 2)
        return attended.reshape(len(attended), -1)

    def _split(self, projected: Array) -> Array:
        """Reshapes (tokens, hidden) to (heads, tokens, hidden / heads)."""
        return projected.reshape(len(projected), self._heads, -1).transpose(1, 0, 2)

    def _linear(self, hidden: Array, name: str) -> Array:
        return hidden @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def _norm(self, hidden: Array, name: str) -> Array:
        centred = hidden - hidden.mean(axis=-1, keepdims=True)
        variance = (centred * centred).mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt(variance + self._epsilon)
        normed: Array = scaled * self.weights[name + ".weight"] + self.weights[name + ".bias"]
        return normed


def _gelu(x: Array) -> Array:
    """Computes the Gaussian error linear unit as BERT has it: exact, not the tanh form.

    A few rows at a time and in place, so that they stay in the processor's cache: four times as
    fast as the formula on the whole array.
    """
    for start in range(0, len(x), _ROWS):
        part = x[start : start + _ROWS]
        erf = _erf(part * np.float32(0.7071067811865476))
        erf += 1
        part *= erf
        part *= np.float32(0.5)
    return x


def _erf(x: Array) -> Array:
    """Computes the error function to 1.5e-7 (Abramowitz and Stegun, 7.1.26): numpy has none."""
    size = np.abs(x)
    t = size * np.float32(0.3275911)
    t += 1
    np.reciprocal(t, out=t)
    series = t * np.float32(1.061405429)
    for factor in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series += np.float32(factor)
        series *= t
    size *= -size
    series *= np.exp(size, out=size)
    erf: Array = np.copysign(1 - series, x)
    return erf
