"""llama.cpp's context: what the model has read, as tokens and as its KV cache."""

from __future__ import annotations

import ctypes
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from models.errors import InferenceFailed
from models.hardware import recommended_threads
from models.native import library
from models.states import common_length

log = logging.getLogger(__name__)

STEP = 256
"""Tokens per step of reading. 128, 256 and 512 were equally fast on 2 cores; the Stop button is
heeded only between the operations of a step, which grow with it."""

_POLL_SECONDS = 0.04
_ABORTED = 2  # llama_decode's return value
_FLASH = {None: -1, False: 0, True: 1}  # enum llama_flash_attn_type


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a context computes. Faster or slower, never other words.

    Attributes:
        threads: for reading and for writing; 0 means one per physical core.
        step: tokens per step of reading.
        flash: flash attention; None leaves it to llama.cpp.
    """

    threads: int = 0
    step: int = STEP
    flash: bool | None = None


class StopGate:
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
        """Tells whether generation should end."""
        now = time.perf_counter()
        if not self._stopped and now >= self._next:
            self._stopped = self._should_stop()
            self._next = now + _POLL_SECONDS
        return self._stopped

    def asked_safely(self) -> bool:
        """Returns what `asked` does, for calls out of C, where nothing may be raised."""
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


class Context:
    """Reads tokens, and remembers what it has read.

    Args:
        model: the native model; it must outlive this.
        window: tokens that it can hold.
        tuning: how it computes.
        adapter: a native LoRA adapter of the model; None for none.

    Raises:
        MemoryError: llama.cpp could not get the memory.
        InferenceFailed: the adapter cannot be used.

    Attributes:
        tokens: what the KV cache holds.
        pointer: the native context.
    """

    def __init__(self, model: Any, window: int, tuning: Tuning, adapter: Any = None) -> None:
        self._lib = library()
        self._step = tuning.step
        self._stop = StopGate(lambda: False)
        self.tokens: list[int] = []
        params = self._lib.llama_context_default_params()
        params.n_ctx = window
        params.n_batch = params.n_ubatch = tuning.step
        params.n_threads = params.n_threads_batch = tuning.threads or recommended_threads()
        params.flash_attn_type = _FLASH[tuning.flash]
        params.no_perf = True
        # llama.cpp calls this between the operations of a step. The attribute keeps it alive.
        self._abort = self._lib.ggml_abort_callback(lambda _data: self._stop.asked_safely())
        params.abort_callback = self._abort
        self.pointer = self._lib.llama_init_from_model(model, params)
        if not self.pointer:
            raise MemoryError
        if adapter is not None:
            self._use(adapter)

    @property
    def window(self) -> int:
        """Tokens that it can hold."""
        return int(self._lib.llama_n_ctx(self.pointer))

    def close(self) -> None:
        """Frees the native memory."""
        if self.pointer:
            self._lib.llama_free(self.pointer)
        self.pointer = None

    def shared(self, prompt: Sequence[int]) -> int:
        """Returns how many tokens at the beginning of `prompt` it holds already.

        One token is always left to read: its logits are needed.
        """
        return common_length(self.tokens, prompt[:-1])

    def rewind(self, length: int) -> int:
        """Forgets what comes after the first `length` tokens; returns how many are left.

        Models with a recurrent state cannot forget just a part.
        """
        if length < len(self.tokens):
            memory = self._lib.llama_get_memory(self.pointer)
            if not self._lib.llama_memory_seq_rm(memory, 0, length, -1):
                self._lib.llama_memory_clear(memory, True)
                length = 0
            del self.tokens[length:]
        return length

    def read(self, tokens: Sequence[int], stop: StopGate) -> bool:
        """Reads more tokens. False if it was stopped on the way.

        Raises:
            InferenceFailed: llama.cpp reports an error.
        """
        self._stop = stop
        for start in range(0, len(tokens), self._step):
            if stop.asked():
                return False
            step = list(tokens[start : start + self._step])
            array = (self._lib.llama_token * len(step))(*step)
            batch = self._lib.llama_batch_get_one(array, len(step))
            status = self._lib.llama_decode(self.pointer, batch)
            if status == 0:
                self.tokens += step
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

    def state_bytes(self) -> int:
        """Returns how large `state` is now, in bytes."""
        return int(self._lib.llama_state_seq_get_size(self.pointer, 0))

    def state(self) -> bytearray:
        """Copies the KV cache, for `restore`; empty if llama.cpp cannot give it."""
        size = self.state_bytes()
        state = bytearray(size)
        target = (ctypes.c_uint8 * size).from_buffer(state)
        written = self._lib.llama_state_seq_get_data(self.pointer, target, size, 0)
        return state if written == size else bytearray()

    def restore(self, tokens: Sequence[int], state: bytearray) -> bool:
        """Takes up where `state` was copied. False, and nothing is held, if it does not fit."""
        memory = self._lib.llama_get_memory(self.pointer)
        self._lib.llama_memory_clear(memory, True)
        self.tokens = []
        source = (ctypes.c_uint8 * len(state)).from_buffer(state)
        if not self._lib.llama_state_seq_set_data(self.pointer, source, len(state), 0):
            self._lib.llama_memory_clear(memory, True)
            return False
        self.tokens = list(tokens)
        return True

    def _use(self, adapter: Any) -> None:
        """Lets an adapter change the model's weights, at its full strength."""
        adapters = (self._lib.llama_adapter_lora_p_ctypes * 1)(adapter)
        if self._lib.llama_set_adapters_lora(self.pointer, adapters, 1, (ctypes.c_float * 1)(1.0)):
            self.close()
            raise InferenceFailed("The adapter cannot be used with this model.")

    def _forget_unfinished(self) -> None:
        """Brings the KV cache back to the last finished step."""
        memory = self._lib.llama_get_memory(self.pointer)
        if not self._lib.llama_memory_seq_rm(memory, 0, len(self.tokens), -1):
            self._lib.llama_memory_clear(memory, True)
            self.tokens = []
