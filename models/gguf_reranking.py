"""Rerankers in GGUF format, through llama.cpp: cross-encoders with a head that gives one score."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from models.errors import InferenceFailed, ModelDamaged
from models.gguf import check_complete
from models.hardware import recommended_threads
from models.native import Vocabulary, library, load_model

log = logging.getLogger(__name__)

# Tokens of question and passage together. Passages have at most 256 of the usual embedder's; the
# time that reading takes grows with it.
_TOKENS = 512
# What llama.cpp makes a score with. It ends the process where neither is there.
_HEADS = {"cls.weight", "cls.output.weight"}
_RANK = 4  # LLAMA_POOLING_TYPE_RANK


class GgufReranker:
    """Fits `rag.ports.Reranker`. Safe for several threads, which take turns for each text.

    Args:
        path: the GGUF file.
        model_id: the catalogue's id.
        threads: 0 means one per physical core.

    Raises:
        ModelMissing: the file is not there or cannot be opened.
        ModelDamaged: the file is truncated, not GGUF, no reranker, or llama.cpp cannot load it.
    """

    def __init__(self, path: Path, model_id: str, *, threads: int = 0) -> None:
        header = check_complete(path)
        if not _HEADS & header.tensors.keys():
            raise ModelDamaged(
                f"{path.name} is not a reranker: it has nothing that gives scores.",
                "Remove it, and choose another one in the settings.",
            )
        self.id = model_id
        self._lib = library()
        self._lock = threading.Lock()
        self._window = min(_TOKENS, header.number("context_length") or _TOKENS)
        self._model = load_model(path)
        self._context = self._open(threads or recommended_threads())
        if not self._context or self._lib.llama_model_n_cls_out(self._model) < 1:
            self.close()
            raise ModelDamaged(
                f"The reranker {path.name} cannot be used.",
                "Remove it and get it again, or choose another one in the settings.",
            )
        self._vocabulary = Vocabulary(self._model)

    def close(self) -> None:
        """Frees the native memory, after the text that is being read. It gives no more scores."""
        with self._lock:
            if self._context:
                self._lib.llama_free(self._context)
            if self._model:
                self._lib.llama_model_free(self._model)
            self._context = self._model = None

    def scores(self, query: str, texts: Iterable[str]) -> Iterator[float]:
        """Yields the score of each text, computed when it is asked for: higher is better.

        Raises:
            InferenceFailed: llama.cpp reports an error, or the model was closed.
        """
        for text in texts:
            yield self._score(query, text)

    def _score(self, query: str, text: str) -> float:
        lib = self._lib
        with self._lock:
            if not self._context:
                raise InferenceFailed("The reranker was closed.")
            tokens = self._vocabulary.pair(query, text, self._window)
            array = (lib.llama_token * len(tokens))(*tokens)
            batch = lib.llama_batch_get_one(array, len(tokens))
            status = lib.llama_encode(self._context, batch)
            if status != 0:
                log.error("llama_encode returned %d", status)
                raise InferenceFailed("The reranker stopped with an error.")
            return float(lib.llama_get_embeddings_seq(self._context, 0)[0])

    def _open(self, threads: int) -> Any:
        params = self._lib.llama_context_default_params()
        params.embeddings = True
        params.pooling_type = _RANK
        params.n_ctx = params.n_batch = params.n_ubatch = self._window
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        return self._lib.llama_init_from_model(self._model, params)
