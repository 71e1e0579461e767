"""Finds out how this machine computes fastest with a model, in a few seconds, and remembers it.

The usual way is the yardstick: another one is taken only if it was clearly faster each time that
both were measured in turn, so a machine that is busy with something else stays with the usual.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from models.chat import Speed
from models.context import Context, StopGate, Tuning
from models.fingerprint import fingerprint
from models.hardware import detect
from models.native import library, version
from models.new_file import new_file

log = logging.getLogger(__name__)

_SECONDS = 15.0
_PAIRS = 3
_FASTER = 0.93
"""A way is taken that needs at most this part of the usual one's time, in every pair."""
_FEW, _MANY, _WRITTEN = 64, 256, 6
_LONG_STEP = 512
# Steps of 512 gain something where a processor reads quickly; else Stop only waits for them.
_QUICK_TOKENS_PER_SECOND = 300

# A short trial; the quickest try counts: others waited for memory, or for a busy program.
_TRIES = 3
_TRIAL_READ, _TRIAL_WRITTEN = 96, 8

_DECODER = msgspec.json.Decoder(dict[str, Tuning])


class Tunings:
    """What was found out on this machine, in a file that can be deleted at any time.

    Args:
        file: holds it as JSON; made when there is something to keep.
        model: the model's file.
        gpu_layers: how many layers a graphics card computes.
        usual: what the search started from.
    """

    def __init__(self, file: Path, model: Path, gpu_layers: int, usual: Tuning) -> None:
        self._file = file
        machine = detect()
        features: bytes = library().llama_print_system_info()
        cpus = (machine.logical_cpus, machine.physical_cpus)
        parts = (machine.arch, cpus, features, version(), gpu_layers, usual)
        self._key = fingerprint(model, repr(parts).encode())

    def get(self) -> Tuning | None:
        """Returns what was measured for this model on this machine, or None."""
        return self._read().get(self._key)

    def put(self, tuning: Tuning) -> None:
        """Remembers it. Where that cannot be, it is measured again another time."""
        data = msgspec.json.encode({**self._read(), self._key: tuning})
        with contextlib.suppress(OSError), new_file(self._file, durable=False) as file:
            file.write(data)

    def _read(self) -> dict[str, Tuning]:
        try:
            return _DECODER.decode(self._file.read_bytes())
        except (OSError, ValueError):
            return {}


@dataclass(frozen=True, slots=True)
class _Change:
    """Another way of computing, and how many tokens must be read to see what it is worth."""

    make: Callable[[Tuning], Tuning]
    read: int


Measure = Callable[[Tuning, int], float]
"""Seconds to read so many tokens, and to write a few, in this way."""


class _Stopped(Exception):
    """Somebody waits for the model; nothing was found out."""


def calibrate(
    model: Any, usual: Tuning, should_stop: Callable[[], bool] = lambda: False
) -> Tuning | None:
    """Measures a loaded model for about 15 seconds; None if `should_stop` returned True.

    Args:
        model: the native model.
        usual: what to start from; threads that a person chose are left alone.
        should_stop: asked every few milliseconds.
    """
    try:
        return choose(usual, lambda tuning, read: _seconds(model, tuning, read, should_stop))
    except _Stopped:
        return None
    except MemoryError:
        return usual


def choose(usual: Tuning, measure: Measure, seconds: float = _SECONDS) -> Tuning:
    """Tries other ways one after the other, and keeps what is faster than what it has.

    Args:
        usual: what to start from.
        measure: how long a way takes.
        seconds: after so many, no other way is begun.
    """
    end = time.monotonic() + seconds
    measure(usual, _FEW)  # brings the weights into memory
    per_token = measure(usual, _FEW) / _FEW
    best = usual
    for change in _changes(usual, quick=per_token < 1 / _QUICK_TOKENS_PER_SECOND):
        if time.monotonic() + 2 * per_token * change.read > end:
            break
        other = change.make(best)
        if all(
            measure(other, change.read) < _FASTER * measure(best, change.read)
            for _ in range(_PAIRS)
        ):
            best = other
    log.info("computes with %s", best)
    return best


def _changes(usual: Tuning, *, quick: bool) -> Iterator[_Change]:
    if not usual.threads:
        machine = detect()
        other = {machine.logical_cpus, machine.physical_cpus // 2}
        for threads in sorted(other - {0, machine.physical_cpus}):
            yield _Change(partial(replace, threads=threads), _FEW)
    # It shows only once there is something to attend to.
    yield _Change(partial(replace, flash=False), _MANY)
    if quick:
        yield _Change(partial(replace, step=_LONG_STEP), _LONG_STEP)


def _seconds(model: Any, tuning: Tuning, read: int, should_stop: Callable[[], bool]) -> float:
    context = Context(model, read + _WRITTEN, tuning)
    try:
        stop = StopGate(should_stop)
        started = time.perf_counter()
        for part in (range(read), *([token] for token in range(_WRITTEN))):
            if not context.read(part, stop):
                raise _Stopped
        return time.perf_counter() - started
    finally:
        context.close()


def measure(
    model: Any, tuning: Tuning, should_stop: Callable[[], bool] = lambda: False
) -> Speed | None:
    """Measures how fast a loaded model reads and writes, in seconds; None if stopped.

    Args:
        model: the native model.
        tuning: how it computes.
        should_stop: asked every few milliseconds.

    Raises:
        InferenceFailed: llama.cpp reports an error.
        MemoryError: there is not enough memory for so short a text.
    """
    context = Context(model, _TRIAL_READ + _TRIAL_WRITTEN, tuning)
    stop = StopGate(should_stop)

    def seconds(parts: Sequence[Sequence[int]]) -> float:
        started = time.perf_counter()
        if not all(context.read(part, stop) for part in parts):
            raise _Stopped
        return time.perf_counter() - started

    read = write = float("inf")
    try:
        for _ in range(_TRIES):
            context.rewind(0)
            read = min(read, seconds([range(_TRIAL_READ)]))
            write = min(write, seconds([[token] for token in range(_TRIAL_WRITTEN)]))
    except _Stopped:
        return None
    finally:
        context.close()
    return Speed(_TRIAL_READ / read, _TRIAL_WRITTEN / write)
