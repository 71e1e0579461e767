"""Sentence embeddings on the processor, from a folder of local files, without any network.

Two encoders read the same folder, and their vectors live in one index. `models.bert` (numpy) is
exact, ready at once, and serves questions and small jobs. `models.quantised` (onnxruntime) computes
in eight bits, and is loaded once a job turns out to be long. The cosine of its vectors to exact
ones is 0.997 on average, and rankings hardly tell them apart, so a library that was embedded
exactly, or by torch in eight bits as this program once did, stays valid: the embedder's `id` does
not name the precision.

sentence-transformers, and torch with it, computes a model of another form than these two know. The
packaged program and Macs with an Intel processor are without both; the catalogue has no such model.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import ModelDamaged, ModelMissing, ModelUnsupported
from models.fingerprint import fingerprint
from models.hardware import recommended_threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from models.bert import BertEncoder
    from models.quantised import OnnxEncoder, Precision

log = logging.getLogger(__name__)

# Read by the libraries when they are imported. Nothing may be looked up or downloaded.
_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "DISABLE_SAFETENSORS_CONVERSION": "1",
    "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "USE_TF": "0",
    "USE_FLAX": "0",
}
_NEEDED = ("config.json", "model.safetensors", "modules.json", "tokenizer.json")
# Texts in one pass of a model that only sentence-transformers computes: small batches of like
# length waste the least on padding. 256 texts of 30-190 words on 2 cores took 5.1 s in batches of
# 8, 5.3 s of 16, 5.9 s of 32 and 6.8 s of 64.
_BATCH = 16
# Texts after which loading onnxruntime pays: that takes half a second of one core, and saves 0.04 s
# for each passage of 150 tokens.
_LONG_JOB = 32


class SentenceTransformerEmbedder:
    """Fits `rag.ports.Embedder`. Safe for several threads. Loads what it needs when it needs it.

    Whatever embeds may raise `ModelDamaged`, and `ModelUnsupported` for a model of another form
    where sentence-transformers is not installed.

    Args:
        folder: a model in sentence-transformers layout, with safetensors weights.
        threads: 0 means one per physical core.
        precision: of long jobs; None takes eight bits, unless this model loses too much by them.

    Raises:
        ModelMissing: files are missing.
        ModelDamaged: its configuration cannot be read.

    Attributes:
        tokenizer_file: the model's own ``tokenizer.json``, for cutting text by its tokens.
        dimension: length of a vector.
        max_tokens: tokens of one text that are read, special tokens included.
    """

    def __init__(
        self, folder: Path, *, threads: int = 0, precision: Precision | None = None
    ) -> None:
        missing = [name for name in _NEEDED if not (folder / name).is_file()]
        if missing:
            raise ModelMissing(
                f"The embedding model in {folder} is not complete: {', '.join(missing)} missing.",
                model_id=folder.name,
            )
        self._folder = folder
        self._threads = threads or recommended_threads()
        self._precision = precision
        self._lock = threading.Lock()
        self._light_lock = threading.Lock()
        self._full: Callable[[Sequence[str]], NDArray[np.float32]] | None = None
        self._embedded = 0
        self.tokenizer_file = folder / "tokenizer.json"
        try:
            config = json.loads((folder / "config.json").read_bytes())
            self.dimension = int(config["hidden_size"])
            self.max_tokens = _sequence_length(folder, int(config["max_position_embeddings"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OSError) as error:
            raise _damaged(folder) from error

    @cached_property
    def id(self) -> str:
        """The model's name and a fingerprint of its weights and settings."""
        return f"{self._folder.name}-{_fingerprint(self._folder)}"

    def count_tokens(self, text: str) -> int:
        """Tokens in `text`, without special tokens."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def warm(self) -> None:
        """Gets ready to embed a question.

        Raises:
            ModelDamaged: the weights cannot be read.
        """
        if self._light is None:
            self.load()

    def load(self) -> None:
        """Loads what a long job needs. Takes a second.

        Raises:
            ModelDamaged: the weights cannot be read.
        """
        with self._lock:
            if self._full is None:
                self._full = self._load()

    def embed_query(self, query: str) -> NDArray[np.float32]:
        """Embeds a question, as any text. Returns float32 of shape (dimension,), of length 1.

        Raises:
            ModelDamaged: the weights cannot be read.
        """
        vector: NDArray[np.float32] = self.embed([query])[0]
        return vector

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds texts. Returns float32 of shape (len(texts), dimension), rows of length 1.

        Raises:
            ModelDamaged: the weights cannot be read.
        """
        self._note_work(len(texts))
        return self.embed_few(texts)

    def embed_few(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Does the same for a few texts that somebody waits for: they make no long job.

        Raises:
            ModelDamaged: the weights cannot be read.
        """
        import numpy as np

        if not texts:
            return np.empty((0, self.dimension), np.float32)
        if self._light is not None and (self._full is None or len(texts) == 1):
            return self._exactly(texts)
        self.load()
        assert self._full is not None
        return self._full(texts)

    def _note_work(self, texts: int) -> None:
        """Loads the faster encoder once a job is long."""
        self._embedded += texts
        if self._embedded > _LONG_JOB:
            self.load()

    @cached_property
    def _light(self) -> BertEncoder | None:
        from safetensors import SafetensorError

        from models.bert import BertEncoder, supports

        if not supports(self._folder):
            return None
        try:
            return BertEncoder(self._folder, self.max_tokens, self._threads)
        except (OSError, ValueError, KeyError, SafetensorError) as error:
            raise _damaged(self._folder) from error

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.tokenizer_file))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def _load(self) -> Callable[[Sequence[str]], NDArray[np.float32]]:
        light = self._light
        if light is None:
            return self._by_library()
        try:
            return self._quick(light).embed
        except ImportError as error:  # onnxruntime does not load on this system
            log.warning("Long jobs are embedded slowly: %s", error)
            return self._exactly
        except (KeyError, ValueError) as error:
            raise _damaged(self._folder) from error

    def _quick(self, light: BertEncoder) -> OnnxEncoder:
        """Computes what `light` does, as fast as this machine can."""
        from models.quantised import OnnxEncoder, nearest

        config = json.loads((self._folder / "config.json").read_bytes())

        def make(precision: Precision) -> OnnxEncoder:
            return OnnxEncoder(
                light.weights,
                self.tokenizer_file,
                heads=int(config["num_attention_heads"]),
                epsilon=float(config["layer_norm_eps"]),
                max_tokens=self.max_tokens,
                precision=precision,
                threads=self._threads,
            )

        if self._precision is not None:
            return make(self._precision)
        return nearest(make, self._exactly)

    def _exactly(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert self._light is not None
        with self._light_lock:
            return self._light.embed(texts)

    def _by_library(self) -> Callable[[Sequence[str]], NDArray[np.float32]]:
        """Loads sentence-transformers, which takes many seconds.

        Raises:
            ModelUnsupported: it is not installed here.
        """
        os.environ.update(_ENVIRONMENT)
        from safetensors import SafetensorError

        try:
            import torch
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise ModelUnsupported(
                f"The embedding model in {self._folder} needs sentence-transformers, which this "
                "copy of Studiolo is without.",
                "Choose another embedding model, such as all-MiniLM-L6-v2.",
                model_id=self._folder.name,
            ) from error

        torch.set_num_threads(self._threads)
        try:
            model = SentenceTransformer(
                str(self._folder),
                device="cpu",
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise _damaged(self._folder) from error

        def encode(texts: Sequence[str]) -> NDArray[np.float32]:
            # encode() sorts by length itself, so that a batch is padded as little as possible.
            vectors: NDArray[np.float32] = model.encode(
                list(texts),
                batch_size=_BATCH,
                convert_to_numpy=True,
                normalize_embeddings=True,
                show_progress_bar=False,
            )
            return vectors

        return encode


def _sequence_length(folder: Path, positions: int) -> int:
    """Returns the length that the model was trained for; it may be able to read more."""
    file = folder / "sentence_bert_config.json"
    if not file.is_file():
        return positions
    return int(json.loads(file.read_bytes()).get("max_seq_length") or positions)


def _fingerprint(folder: Path) -> str:
    """Returns the fingerprint of the weights, the settings and the tokenizer."""
    names = ("config.json", "tokenizer.json", "sentence_bert_config.json")
    files = (folder / name for name in names)
    context = b"".join(file.read_bytes() for file in files if file.is_file())
    return fingerprint(folder / "model.safetensors", context)


def _damaged(folder: Path) -> ModelDamaged:
    return ModelDamaged(
        f"The embedding model in {folder} is damaged.",
        "Remove it and get it again.",
        model_id=folder.name,
    )
