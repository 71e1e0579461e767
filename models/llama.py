"""A chat model that runs in this process, from a GGUF file, through llama.cpp."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from models.chat import (
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationOptions,
    Message,
    TextPiece,
    TokenChance,
)
from models.errors import InferenceFailed, ModelDamaged, ModelTooLarge, PromptTooLong
from models.gguf import GgufHeader, check_complete, damaged
from models.hardware import recommended_threads
from models.native import Sampler, Vocabulary, library
from models.template import ChatTemplate
from models.textstream import TextStream

log = logging.getLogger(__name__)

# Tokens per prefill step. 128, 256 and 512 were equally fast on 2 cores; the Stop button is heeded
# only between the operations of a step, which grow with it.
_BATCH = 256
_ALL_LAYERS = 0x7FFFFFFF
_POLL_SECONDS = 0.04
_ABORTED = 2  # llama_decode's return value
# Working memory of a step beside weights and KV cache: 30-100 MB for models of 0.1-1.5B.
_SCRATCH_BYTES = 200 << 20


class LlamaChatModel:
    """Fits the `ChatModel` port. One generation at a time, on one thread at a time.

    Args:
        path: the GGUF file.
        model_id: the catalogue's id, or the file name of a model that the person added.
        context_tokens: the wanted context window; the model's own limit is kept.
        threads: 0 means one per physical core.
        gpu_layers: -1 means as many as fit; without a usable graphics card it has no effect.

    Raises:
        ModelMissing: the file is not there or cannot be opened.
        ModelDamaged: the file is truncated, not GGUF, or not a chat model.
        ModelTooLarge: it does not fit the memory that is free.
    """

    def __init__(
        self,
        path: Path,
        model_id: str,
        *,
        context_tokens: int = 4096,
        threads: int = 0,
        gpu_layers: int = -1,
    ) -> None:
        header = check_complete(path)
        if not header.has_chat_template:
            raise ModelDamaged(
                f"{path.name} is not a chat model: it has no chat template.",
                "Choose a model whose name says 'instruct' or 'chat'.",
            )
        context_tokens = _context_size(header, context_tokens)
        _check_memory(header, path, context_tokens)
        self._id = model_id
        self._lib = library()
        self._context: Any = None
        self._cached: list[int] = []
        self._stop = _StopGate(lambda: False)
        self._model = _load(self._lib, path, gpu_layers)
        try:
            self._open_context(context_tokens, threads or recommended_threads(), path)
            self._vocabulary = Vocabulary(self._model)
            self._template = self._read_template()
        except BaseException:
            self.close()
            raise

    @property
    def id(self) -> str:
        """The catalogue's id, or the file name of a model that the person added."""
        return self._id

    @property
    def context_window(self) -> int:
        """Tokens that prompt and completion may have together."""
        return int(self._lib.llama_n_ctx(self._context))

    def close(self) -> None:
        """Frees the native memory. The model cannot be used afterwards."""
        if self._context:
            self._lib.llama_free(self._context)
        if self._model:
            self._lib.llama_model_free(self._model)
        self._context = self._model = None

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt that `messages` make, chat template included."""
        return len(self.tokenize(messages))

    def tokenize(self, messages: Sequence[Message]) -> list[int]:
        """The prompt that `messages` make, as tokens. Messages hold no control tokens."""
        tokens: list[int] = []
        for part in self._template.fragments(messages):
            tokens += self._vocabulary.tokenize(part.text, control=part.control)
        if self._vocabulary.adds_bos and tokens[:1] != [self._vocabulary.bos]:
            tokens.insert(0, self._vocabulary.bos)
        return tokens

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        """Yields `TextPiece`s as they are decoded and one `Finished` at the end.

        Raises:
            PromptTooLong: the prompt leaves no room in the context window.
            InferenceFailed: the grammar cannot be parsed, or llama.cpp reports an error.
        """
        started = time.perf_counter()
        prompt = self.tokenize(messages)
        limit = min(options.max_tokens, self.context_window - len(prompt))
        if limit < 1:
            raise PromptTooLong(
                f"The question and its passages have {len(prompt)} tokens; "
                f"the model can read {self.context_window}.",
                "Ask a shorter question, or choose a larger context window in Settings.",
            )
        stop = self._stop = _StopGate(should_stop)
        reused = self._keep_common_prefix(prompt)
        with Sampler(self._vocabulary, options) as sampler:
            ready = self._decode(prompt[reused:], stop)
            prefill = time.perf_counter() - started
            run = _Run(limit, TextStream(options.stop))
            if not ready:
                run.reason = FinishReason.STOPPED
            while run.reason is None:
                text = self._next_text(run, sampler, stop)
                if text:
                    yield TextPiece(text)
            rest = run.text.push(b"", final=True)
            if rest:
                yield TextPiece(rest)
        chances = tuple(run.chances)
        yield Finished(run.reason, len(prompt), run.count, reused, prefill, chances)

    def _next_text(self, run: _Run, sampler: Sampler, stop: _StopGate) -> str:
        """Chooses one token and returns the text that became certain; may set `run.reason`."""
        if run.token is not None and not self._decode([run.token], stop):
            run.reason = FinishReason.STOPPED
            return ""
        run.token = sampler.sample(self._context)
        if self._vocabulary.ends(run.token):
            run.reason = FinishReason.COMPLETE
            return ""
        run.count += 1
        piece = self._vocabulary.piece(run.token)
        chance = self._vocabulary.chance(self._context, run.token)
        run.chances.append(TokenChance(piece.decode("utf-8", "replace"), chance))
        text = run.text.push(piece)
        if run.text.stopped:
            run.reason = FinishReason.COMPLETE
        elif run.count >= run.limit:
            run.reason = FinishReason.LENGTH
        elif stop.asked():
            run.reason = FinishReason.STOPPED
        return text

    def _keep_common_prefix(self, prompt: list[int]) -> int:
        """Rewinds the KV cache to what it shares with `prompt`; returns how many tokens that is.

        At least one token is left to decode: its logits are needed.
        """
        most = min(len(self._cached), len(prompt) - 1)
        common = next((i for i in range(most) if self._cached[i] != prompt[i]), most)
        if common == len(self._cached):
            return common
        memory = self._lib.llama_get_memory(self._context)
        # Models with a recurrent state cannot forget just a part.
        if not self._lib.llama_memory_seq_rm(memory, 0, common, -1):
            self._lib.llama_memory_clear(memory, True)
            common = 0
        del self._cached[common:]
        return common

    def _decode(self, tokens: list[int], stop: _StopGate) -> bool:
        """Reads `tokens` into the KV cache. False if it was stopped on the way."""
        for start in range(0, len(tokens), _BATCH):
            if stop.asked():
                return False
            step = tokens[start : start + _BATCH]
            array = (self._lib.llama_token * len(step))(*step)
            batch = self._lib.llama_batch_get_one(array, len(step))
            status = self._lib.llama_decode(self._context, batch)
            if status == 0:
                self._cached += step
                continue
            self._forget_unfinished()
            stop.raise_error()
            if status != _ABORTED:
                log.error("llama_decode returned %d", status)
                raise InferenceFailed(
                    "The model stopped with an error.",
                    "Ask again. If it happens again, choose a smaller context window or model.",
                )
            return False
        return True

    def _forget_unfinished(self) -> None:
        """Brings the KV cache back to the last finished step."""
        memory = self._lib.llama_get_memory(self._context)
        if not self._lib.llama_memory_seq_rm(memory, 0, len(self._cached), -1):
            self._lib.llama_memory_clear(memory, True)
            self._cached = []

    def _open_context(self, context_tokens: int, threads: int, path: Path) -> None:
        params = self._lib.llama_context_default_params()
        params.n_ctx = context_tokens
        params.n_batch = params.n_ubatch = _BATCH
        params.n_threads = params.n_threads_batch = threads
        params.no_perf = True
        # llama.cpp calls this between the operations of a step. The attribute keeps it alive.
        self._abort = self._lib.ggml_abort_callback(lambda _data: self._stop.asked_safely())
        params.abort_callback = self._abort
        self._context = self._lib.llama_init_from_model(self._model, params)
        if not self._context:
            raise _too_large(path)

    def _read_template(self) -> ChatTemplate:
        vocabulary = self._vocabulary
        source: bytes = self._lib.llama_model_chat_template(self._model, None)
        native_vocabulary = vocabulary.pointer
        return ChatTemplate(
            source.decode("utf-8", "replace"),
            bos=vocabulary.text(vocabulary.bos),
            eos=vocabulary.text(self._lib.llama_vocab_eos(native_vocabulary)),
            control_texts=vocabulary.control_texts(),
        )


class _Run:
    """What changes while one answer is generated."""

    __slots__ = ("chances", "count", "limit", "reason", "text", "token")

    def __init__(self, limit: int, text: TextStream) -> None:
        self.limit = limit
        self.text = text
        self.count = 0
        self.chances: list[TokenChance] = []
        self.token: int | None = None
        self.reason: FinishReason | None = None


class _StopGate:
    """Asks `should_stop` now and then, and remembers a yes.

    llama.cpp asks thousands of times a second through a C callback, from which no exception can
    be raised: one that happens there (Ctrl-C among them) stops the step and is raised after it.
    """

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self._should_stop = should_stop
        self._stopped = False
        self._next = 0.0
        self._error: BaseException | None = None

    def asked(self) -> bool:
        """Whether generation should end."""
        now = time.perf_counter()
        if not self._stopped and now >= self._next:
            self._stopped = self._should_stop()
            self._next = now + _POLL_SECONDS
        return self._stopped

    def asked_safely(self) -> bool:
        """Like `asked`, for calls out of C."""
        try:
            return self.asked()
        except BaseException as error:  # noqa: BLE001  raised again by raise_error
            self._error = error
            self._stopped = True
            return True

    def raise_error(self) -> None:
        """Raises what `should_stop` raised inside a step."""
        if self._error is not None:
            raise self._error


def _load(lib: Any, path: Path, gpu_layers: int) -> Any:
    params = lib.llama_model_default_params()
    params.n_gpu_layers = _ALL_LAYERS if gpu_layers < 0 else gpu_layers
    model = lib.llama_model_load_from_file(str(path).encode("utf-8", "surrogateescape"), params)
    if not model and gpu_layers < 0 and lib.llama_supports_gpu_offload():
        params.n_gpu_layers = 0
        model = lib.llama_model_load_from_file(str(path).encode("utf-8", "surrogateescape"), params)
    if not model:
        raise damaged(path)
    return model


def _context_size(header: GgufHeader, wanted: int) -> int:
    trained = header.number("context_length", wanted)
    return min(wanted, trained) if trained > 0 else wanted


def _check_memory(header: GgufHeader, path: Path, context_tokens: int) -> None:
    """Refuses what would bring the machine to a halt: weights, KV cache and working memory.

    The weights count in full although the file is mapped: on processors llama.cpp keeps a second,
    rearranged copy of most of them.
    """
    need = header.actual_bytes + kv_cache_bytes(header, context_tokens) + _SCRATCH_BYTES
    if need > psutil.virtual_memory().available:
        raise _too_large(path, need)


def kv_cache_bytes(header: GgufHeader, context_tokens: int) -> int:
    """Size of a 16-bit KV cache; an upper bound for models that keep less."""
    heads = header.number("attention.head_count", 1)
    kv_heads = header.number("attention.head_count_kv", heads)
    width = header.number("embedding_length") // max(heads, 1)
    keys = header.number("attention.key_length", width)
    values = header.number("attention.value_length", width)
    return 2 * context_tokens * header.number("block_count") * kv_heads * (keys + values)


def _too_large(path: Path, need: int = 0) -> ModelTooLarge:
    detail = f" It needs about {need / 1e9:.1f} GB." if need else ""
    return ModelTooLarge(
        f"There is not enough free memory for the model {path.stem}.{detail}",
        "Close other programs, or choose a smaller model or context window in Settings.",
    )
