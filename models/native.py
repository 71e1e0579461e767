"""The parts of llama.cpp's C interface that we use, each behind a small typed class.

We call the C interface rather than `llama_cpp.Llama`: that class copies token arrays for each
step and has no way to stop while it reads a prompt.
"""

from __future__ import annotations

import ctypes
import functools
import logging
import math
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from models import backends
from models.chat import GenerationOptions
from models.errors import InferenceFailed, ModelDamaged, ModelError, ModelUnsupported
from models.gguf import too_large

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

_ALL_LAYERS = 0x7FFFFFFF
_CONTROL_ATTRIBUTES = 1 << 3 | 1 << 0  # LLAMA_TOKEN_ATTR_CONTROL, LLAMA_TOKEN_ATTR_UNKNOWN
_PIECE_BYTES = 1024
# Sampling above temperature 0: llama.cpp's own defaults (common/common.h).
_TOP_K, _TOP_P, _MIN_P = 40, 0.95, 0.05
_ERROR = 4  # GGML_LOG_LEVEL_ERROR
# How llama.cpp begins what it says of a file that it cannot load, and what is left out of that.
_LOADING = re.compile(r"(?s).*?error loading model(?: \w+)?: ")
_FUNCTION = re.compile(r"^\w+: ")
_UNKNOWN = re.compile(
    r"unknown|unsupported|not supported|invalid ggml type|bad .*type", re.IGNORECASE
)
_NO_ROOM = re.compile(r"alloc|out of memory", re.IGNORECASE)
_LONGEST_REASON = 200
_PROCESSOR = backends.Device(card=backends.NO_CARD)
# Tokens among which a chance is told; the rest of a vocabulary adds up to next to nothing.
_LIKELY = 40


@functools.cache
def library() -> ModuleType:
    """Loads llama.cpp once for this process, with the code for this processor."""
    lib = _opened()
    # First: where nothing is loaded, llama.cpp looks for libraries in the working directory, too.
    backends.load(*_ggml())
    lib.llama_backend_init()
    return lib


@functools.cache
def _opened() -> ModuleType:
    """Opens llama.cpp's libraries and routes its messages to our log."""
    # Threads that spin while they wait cost more than half the speed beside a busy program.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from llama_cpp import llama_cpp

    llama_cpp.llama_log_set(_log_callback(llama_cpp), ctypes.c_void_p(0))
    module: ModuleType = llama_cpp
    return module


def version() -> str:
    """Returns the version of llama.cpp's Python package: another may compute otherwise."""
    import llama_cpp

    return str(llama_cpp.__version__)


def find_devices(*, cards: bool = True) -> backends.Found:
    """Looks for all that models can be computed with. With `cards`, a bad driver ends it.

    Loads no code for this processor: that may be what crashes.
    """
    _opened()
    return backends.find(*_ggml(), cards=cards)


def _ggml() -> tuple[ctypes.CDLL, Path]:
    """Returns the library "ggml" that llama.cpp uses, and the folder of all its libraries.

    llama-cpp-python's own module for ggml opens that of the package even where
    `LLAMA_CPP_LIB_PATH` names another folder, and a second time where llama.cpp holds it already:
    the list of devices in that one stays empty.
    """
    from llama_cpp import _ctypes_extensions, llama_cpp

    folder: Path = llama_cpp._base_path  # noqa: SLF001  it heeds LLAMA_CPP_LIB_PATH
    # What is looked up in it is found in what it depends on, except on Windows.
    own: ctypes.CDLL = llama_cpp._lib  # noqa: SLF001
    if hasattr(own, "ggml_backend_register"):
        return own, folder
    return _ctypes_extensions.load_shared_library("ggml", folder), folder


@functools.cache
def _log_callback(lib: ModuleType) -> Any:
    """Receives llama.cpp's log lines; a pointer to it is kept as long as the process lives."""

    def write(level: int, text: bytes, _data: object) -> None:
        errors: list[str] | None = getattr(_heard, "errors", None)
        if errors is not None and level == _ERROR:
            errors.append(text.decode("utf-8", "replace").strip())
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s", text.decode("utf-8", "replace").rstrip())

    return lib.llama_log_callback(write)


_heard = threading.local()


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Gathers the errors that llama.cpp tells of on this thread."""
    _heard.errors = []
    try:
        yield _heard.errors
    finally:
        _heard.errors = None


def load_model(
    path: Path,
    gpu_layers: int = 0,
    device: backends.Device = _PROCESSOR,
) -> Any:
    """Loads a GGUF file that `models.gguf.check_complete` has found whole.

    Args:
        path: the file.
        gpu_layers: layers on the graphics card; negative means all, or none if that fails and no
            card was named.
        device: what computes.

    Raises:
        ModelUnsupported: this llama.cpp does not know such models.
        ModelTooLarge: there is not enough memory for it.
        ModelDamaged: something of it is missing or wrong. All tell llama.cpp's own reason.
    """
    lib = library()
    params = lib.llama_model_default_params()
    params.n_gpu_layers = _ALL_LAYERS if gpu_layers < 0 else gpu_layers
    devices = backends.devices_of(_ggml()[0], device)
    params.devices = ctypes.cast(devices, ctypes.c_void_p) if devices is not None else None
    name = str(path).encode("utf-8", "surrogateescape")
    with _listening() as errors:
        model = lib.llama_model_load_from_file(name, params)
        if not model and gpu_layers < 0 and not device.has_card:
            params.n_gpu_layers = 0
            errors.clear()
            model = lib.llama_model_load_from_file(name, params)
    if not model:
        raise not_loaded(path, errors)
    return model


def load_adapter(model: Any, path: Path) -> Any:
    """Loads a LoRA adapter that `models.adapter` has found to fit. It is freed with the model.

    Raises:
        ModelUnsupported, ModelTooLarge, ModelDamaged: it cannot be loaded; told as of a model.
    """
    with _listening() as errors:
        name = str(path).encode("utf-8", "surrogateescape")
        adapter = library().llama_adapter_lora_init(model, name)
    if not adapter:
        raise not_loaded(path, errors)
    return adapter


def not_loaded(path: Path, errors: list[str]) -> ModelError:
    """Makes the error for a model that llama.cpp refused.

    Args:
        path: the model's file.
        errors: what llama.cpp said, in order: the cause first, then what failed because of it.
    """
    reason = _reason(path, errors)
    detail = f" llama.cpp says: {reason}." if reason else ""
    if _NO_ROOM.search(reason):
        return too_large(path, detail.strip())
    if _UNKNOWN.search(reason):
        return ModelUnsupported(
            f"The model file {path.name} is of a kind that this version of Studiolo cannot run."
            f"{detail}",
            "A newer version may. Until then, choose another model.",
        )
    return ModelDamaged(
        f"The model file {path.name} cannot be loaded: something in it is missing or wrong."
        f"{detail}",
        "Get the file again, or choose another one.",
    )


def _reason(path: Path, errors: list[str]) -> str:
    """Returns the cause in llama.cpp's words, on one line, or ""."""
    for text in errors:
        words = _FUNCTION.sub("", _LOADING.sub("", text))
        words = re.sub(r"\S*" + re.escape(path.name) + "'?", "the file", words)
        words = "".join(sign if sign.isprintable() else " " for sign in words)
        words = " ".join(words.split()).strip(" .")
        if words:
            return words[:_LONGEST_REASON]
    return ""


class Vocabulary:
    """Turns text to tokens and back.

    Args:
        model: the native model; it must outlive this.
    """

    def __init__(self, model: Any) -> None:
        self._lib = library()
        self._vocab = self._lib.llama_model_get_vocab(model)
        self._buffer = ctypes.create_string_buffer(_PIECE_BYTES)
        self.bos: int = self._lib.llama_vocab_bos(self._vocab)
        self.adds_bos: bool = self._lib.llama_vocab_get_add_bos(self._vocab)

    @property
    def pointer(self) -> Any:
        """The native vocabulary."""
        return self._vocab

    def tokenize(self, text: str, *, control: bool) -> list[int]:
        """Tokens of `text`; with `control`, control texts in it become control tokens."""
        raw = text.encode("utf-8", "replace")
        room = len(raw) + 16  # no tokenizer makes more tokens than bytes, beside a few of its own
        tokens = (self._lib.llama_token * room)()
        count = self._lib.llama_tokenize(self._vocab, raw, len(raw), tokens, room, False, control)
        if count < 0:
            raise InferenceFailed("The model could not read the prompt.", "Try another model.")
        return list(tokens[:count])

    def pair(self, query: str, text: str, room: int) -> list[int]:
        """Tokens of a question and a text, as rerankers read them together.

        What stands around and between them is what llama.cpp's own server puts there
        (`format_prompt_rerank`, tools/server/server-common.cpp).

        Args:
            query: the question; at most half of the room is for it.
            text: the text.
            room: tokens that there may be; the ends of what does not fit are left out.
        """
        lib, vocab = self._lib, self._vocab
        sep = lib.llama_vocab_sep(vocab)
        eos = lib.llama_vocab_eos(vocab)
        start = [self.bos] if self.adds_bos else []
        end = [eos if eos >= 0 else sep] if lib.llama_vocab_get_add_eos(vocab) else []
        between = [*end, sep] if lib.llama_vocab_get_add_sep(vocab) else end
        room -= len(start) + len(between) + len(end)
        asked = self.tokenize(query, control=False)[: room // 2]
        read = self.tokenize(text, control=False)[: room - len(asked)]
        return [*start, *asked, *between, *read, *end]

    def piece(self, token: int) -> bytes:
        """Returns the bytes that `token` stands for; none for a control token."""
        size = self._lib.llama_token_to_piece(
            self._vocab, token, self._buffer, _PIECE_BYTES, 0, False
        )
        return self._buffer.raw[: max(size, 0)]

    def ends(self, token: int) -> bool:
        """Tells whether `token` ends the model's turn."""
        return bool(self._lib.llama_vocab_is_eog(self._vocab, token))

    def words(self) -> frozenset[str]:
        """Returns how all tokens are written."""
        count = self._lib.llama_vocab_n_tokens(self._vocab)
        return frozenset(self.text(token) for token in range(count))

    def text(self, token: int) -> str:
        """Returns how `token` is written in the vocabulary; "" if it does not exist."""
        if token < 0:
            return ""
        raw: bytes = self._lib.llama_vocab_get_text(self._vocab, token)
        return raw.decode("utf-8", "replace")

    def control_texts(self) -> list[str]:
        """Returns the texts of all tokens that steer the model instead of standing for text."""
        attributes, vocab = self._lib.llama_vocab_get_attr, self._vocab
        return [
            self.text(token)
            for token in range(self._lib.llama_vocab_n_tokens(vocab))
            if attributes(vocab, token) & _CONTROL_ATTRIBUTES
        ]


class Sampler:
    """Chooses the next token: greedy or at a temperature, with or without a grammar.

    Use as a context manager; it holds native memory.

    Raises:
        InferenceFailed: the grammar cannot be parsed.

    Attributes:
        chance: how likely the last token was, 0 to 1, among those that the grammar allowed.
    """

    def __init__(self, vocabulary: Vocabulary, options: GenerationOptions) -> None:
        self._lib = library()
        self._size: int = self._lib.llama_vocab_n_tokens(vocabulary.pointer)
        self.chance = 1.0
        self._free = self._chain(options)
        self._strict: Any = None
        self._grammar: Any = None
        if options.grammar is not None:
            self._grammar = self._lib.llama_sampler_init_grammar(
                vocabulary.pointer, options.grammar.encode("utf-8"), b"root"
            )
            if not self._grammar:
                self.close()
                raise InferenceFailed("The grammar for the answer cannot be parsed.")
            self._strict = self._chain(options, self._grammar)

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Frees the native samplers; the grammar belongs to its chain."""
        for chain in (self._free, self._strict):
            if chain:
                self._lib.llama_sampler_free(chain)
        self._free = self._strict = self._grammar = None

    def sample(self, context: Any) -> int:
        """Chooses the next token from the logits that the last decode left in `context`.

        A grammar is checked against the model's own choice first: that nearly always fits, and
        testing one token costs nothing, while filtering a vocabulary of 150,000 takes longer
        than a small model needs for the token.
        """
        likely = self._likely(context)
        token: int = self._lib.llama_sampler_sample(self._free, context, -1)
        if self._grammar is not None:
            if likely.get(token):
                self._lib.llama_sampler_accept(self._grammar, token)
            else:
                token = int(self._lib.llama_sampler_sample(self._strict, context, -1))
        self.chance = likely.get(token, 0.0)
        return token

    def accept(self, token: int) -> None:
        """Tells the grammar, if there is one, of a token that was not sampled; it must allow it."""
        if self._grammar is not None:
            self._lib.llama_sampler_accept(self._grammar, token)

    def logits(self, context: Any) -> NDArray[np.float32]:
        """Returns those that the last decode left in `context`; they change with the next one."""
        import numpy as np

        return np.ctypeslib.as_array(self._lib.llama_get_logits_ith(context, -1), (self._size,))

    def _likely(self, context: Any) -> dict[int, float]:
        """Returns the likeliest tokens with their chances: 0 where the grammar forbids them."""
        import numpy as np

        lib = self._lib
        logits = self.logits(context)
        count = min(_LIKELY, self._size)
        best = np.argpartition(logits, -count)[-count:]
        data = (lib.llama_token_data * count)(
            *(lib.llama_token_data(int(token), float(logits[token]), 0.0) for token in best)
        )
        if self._grammar is not None:
            candidates = lib.llama_token_data_array(data, count, -1, False)
            lib.llama_sampler_apply(self._grammar, ctypes.byref(candidates))
        highest = max(candidate.logit for candidate in data)
        if any(math.isnan(candidate.logit) for candidate in data):
            raise ModelDamaged(
                "The model's file is damaged or was badly made: what it computes are no numbers.",
                "Get the file again, or choose another model in Settings.",
            )
        if highest == float("-inf"):
            return {int(candidate.id): 0.0 for candidate in data}
        weights = {int(candidate.id): math.exp(candidate.logit - highest) for candidate in data}
        whole = sum(weights.values())
        return {token: weight / whole for token, weight in weights.items()}

    def _chain(self, options: GenerationOptions, first: Any = None) -> Any:
        lib = self._lib
        chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        links = [first] if first else []
        if not options.temperature or options.temperature <= 0:
            links.append(lib.llama_sampler_init_greedy())
        else:
            links += [
                lib.llama_sampler_init_top_k(_TOP_K),
                lib.llama_sampler_init_top_p(_TOP_P, 1),
                lib.llama_sampler_init_min_p(_MIN_P, 1),
                lib.llama_sampler_init_temp(options.temperature),
                lib.llama_sampler_init_dist(options.seed & 0xFFFFFFFF),
            ]
        for link in links:
            lib.llama_sampler_chain_add(chain, link)
        return chain
