"""Sentence embeddings from a GGUF file, through llama.cpp: for embedders larger than MiniLM."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from models.errors import ModelDamaged
from models.fingerprint import fingerprint
from models.gguf import check_complete
from models.hardware import recommended_threads

if TYPE_CHECKING:
    import numpy as np
    from llama_cpp import Llama
    from numpy.typing import NDArray

# LLAMA_POOLING_TYPE_LAST: decoders sum a text up in its last token. A file may say otherwise, and
# encoders do: the mean of all tokens (E5), or the first token (BGE, Granite, Arctic).
_LAST_TOKEN = 3
_UNSAID = -1
# Passages are cut for MiniLM or shorter; the time that reading takes grows with it.
_MOST_TOKENS = 512


class GgufEmbedder:
    """Fits `rag.ports.Embedder`. Safe for several threads. Loads the model when it needs it.

    Args:
        path: the GGUF file.
        model_id: the catalogue's id.
        query_prefix: what the model wants to read before a question.
        threads: 0 means one per physical core.

    Raises:
        ModelMissing: the file is not there or cannot be opened.
        ModelDamaged: the file is truncated or not GGUF.

    Attributes:
        tokenizer_file: always None: a passage's length is counted in words.
        max_tokens: tokens of one text that are read, special tokens included.
    """

    def __init__(
        self, path: Path, model_id: str, *, query_prefix: str = "", threads: int = 0
    ) -> None:
        header = check_complete(path)
        self._path = path
        self._pooling = header.number("pooling_type", _UNSAID)
        # An encoder has no positions beyond its own length: llama.cpp would end the process.
        self.max_tokens = min(_MOST_TOKENS, header.number("context_length") or _MOST_TOKENS)
        self._prefix = query_prefix
        self._threads = threads or recommended_threads()
        self._lock = threading.Lock()
        self.id = f"{model_id}-{fingerprint(path)}"
        self.tokenizer_file: Path | None = None

    @property
    def dimension(self) -> int:
        """Length of a vector. Loads the model."""
        return int(self._model.n_embd())

    def count_tokens(self, text: str) -> int:
        """Tokens in `text`, without special tokens. Loads the model."""
        with self._lock:
            return len(self._model.tokenize(text.encode(), add_bos=False, special=False))

    def warm(self) -> None:
        """Loads the model.

        Raises:
            ModelDamaged: llama.cpp cannot load it.
        """
        self.embed_query("warm")

    def embed_query(self, query: str) -> NDArray[np.float32]:
        """Embeds a question. Returns float32 of shape (dimension,), of length 1."""
        vector: NDArray[np.float32] = self.embed([self._prefix + query])[0]
        return vector

    def embed_few(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Does what `embed` does."""
        return self.embed(texts)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeds texts. Returns float32 of shape (len(texts), dimension), rows of length 1.

        Raises:
            ModelDamaged: llama.cpp cannot load the model.
        """
        import numpy as np

        if not texts:
            return np.empty((0, self.dimension), np.float32)
        with self._lock:
            # A text without any token has no last one.
            vectors = self._model.embed([text or " " for text in texts], normalize=True)
        return np.asarray(vectors, np.float32)

    @cached_property
    def _model(self) -> Llama:
        from models.native import library

        library()  # sends llama.cpp's messages to our log
        from llama_cpp import Llama

        try:
            return Llama(
                str(self._path),
                embedding=True,
                pooling_type=_LAST_TOKEN if self._pooling == _UNSAID else self._pooling,
                n_ctx=self.max_tokens,
                n_batch=self.max_tokens,
                n_ubatch=self.max_tokens,
                n_threads=self._threads,
                n_threads_batch=self._threads,
                verbose=False,
            )
        except ValueError as error:
            raise ModelDamaged(
                f"The embedding model {self._path.name} cannot be loaded.",
                "Remove it and get it again, or choose another one in the settings.",
            ) from error
