"""Sentence embeddings on the processor, from a folder of local files, without any network.

Two encoders read the same folder, and their vectors live in one index. `models.bert` (numpy) is
exact, ready at once, and serves questions and small jobs. torch takes seconds to import, so it is
loaded in the background once a job turns out to be long: `models.quantised` computes with it, in
eight bits where that is faster. The cosine of its vectors to exact ones is 0.998 on average, and
rankings do not tell them apart, so a library that was embedded exactly stays valid: the embedder's
`id` does not name the precision.

sentence-transformers computes a model of another form than these two know; the packaged program is
without it, since its catalogue has none in this layout.
"""

from __future__ import annotations

import importlib.util
import json
import logging
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import ModelDamaged, ModelMissing
from models.fingerprint import fingerprint
from models.hardware import recommended_threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from models.bert import BertEncoder
    from models.quantised import Precision, TorchEncoder

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
# Texts after which loading torch pays. Set when sentence-transformers was loaded with it, which
# took 15 s of one core; torch embeds at least twice as fast as numpy does on one thread.
_LONG_JOB = 400


class SentenceTransformerEmbedder:
    """Fits `rag.ports.Embedder`. Safe for several threads. Loads what it needs when it needs it.

    Args:
        folder: a model in sentence-transformers layout, with safetensors weights.
        threads: 0 means one per physical core.
        precision: of long jobs; None takes the fastest that is near enough to float32.

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
        self._loading: threading.Thread | None = None
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
        """Tokens in `text`, without special tokens. Needs no torch."""
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def warm(self) -> None:
        """Gets ready to embed a question.

        Raises:
            ModelDamaged: the weights cannot be read.
        """
        if self._light is None:
            self.load()

    def load(self) -> None:
        """Loads torch and the weights now, for a long job. Takes seconds the first time.

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
        light = self._light
        if light is not None and (self._full is None or len(texts) == 1):
            with self._light_lock:
                return light.embed(texts)
        self.load()
        assert self._full is not None
        return self._full(texts)

    def _note_work(self, texts: int) -> None:
        """Starts loading the faster library, without waiting for it, once a job is long."""
        if self._light is None or self._full is not None or not _has_torch():
            return
        self._embedded += texts
        if self._embedded > _LONG_JOB and self._loading is None:
            self._loading = threading.Thread(target=self.load, name="embedder-load", daemon=True)
            self._loading.start()

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
        os.environ.update(_ENVIRONMENT)
        import torch
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        from models.bert import supports

        torch.set_num_threads(self._threads)
        try:
            if supports(self._folder):
                return self._quick(load_file(self._folder / "model.safetensors")).embed
            from sentence_transformers import SentenceTransformer

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

    def _quick(self, weights: Mapping[str, Tensor]) -> TorchEncoder:
        """Computes what sentence-transformers does, as fast as this machine can."""
        from models.quantised import TorchEncoder, fastest

        config = json.loads((self._folder / "config.json").read_bytes())
        weights = {name: value.float() for name, value in weights.items()}

        def make(precision: Precision) -> TorchEncoder:
            return TorchEncoder(
                weights,
                self.tokenizer_file,
                heads=int(config["num_attention_heads"]),
                epsilon=float(config["layer_norm_eps"]),
                max_tokens=self.max_tokens,
                precision=precision,
            )

        if self._precision is not None:
            return make(self._precision)
        return fastest(make)


@cache
def _has_torch() -> bool:
    """Tells whether torch is installed: a small package is without it, and numpy does long jobs."""
    return importlib.util.find_spec("torch") is not None


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
