"""What a model has read, kept so that it need not be read again: in memory, and on the disk.

A state is a copy of the KV cache. It is found again by the tokens that it stands for, and holds
as much of a text as the text itself does: states of a document lie in a drawer of their own, a
folder, and go when that is removed. A drawer that is not there is not made: what was removed
while a state was computed leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import shutil
import tempfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

log = logging.getLogger(__name__)

SHARED = "shared"
"""The drawer of states that hold nothing of any document."""
DISK_BYTES = 1 << 30
"""Room for all states of a data folder. A page of text takes 10 to 60 MB, by the model."""

_LEAVING = ".leaving"
_MAGIC = b"studiolo state 1\n"
_DIGEST_BYTES = 32
_NAME = re.compile(r"[0-9a-f]{16}-(\d+)-([0-9a-f]{32})\.state")
_BLOCK = 1 << 22
# So much of the disk stays free for other things.
_SPARE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class SavedState:
    """A file with the state of the first `length` tokens of a prompt."""

    path: Path
    length: int
    digest: str


class SavedStates:
    """States on the disk. The least recently used go when there are too many.

    A file that is damaged, or that we did not write, counts as not there. Nothing here raises
    because of what a disk can do: a state that cannot be kept is read again, that is all.

    Args:
        folder: holds the drawers.
        model: 16 hex digits for all that a state depends on (`models.fingerprint`).
        budget: bytes that all states may take together.
    """

    def __init__(self, folder: Path, model: str, budget: int = DISK_BYTES) -> None:
        self._folder = folder
        self._model = model
        self._budget = budget
        for unfinished in folder.glob("*/*.part"):  # of a process that was killed
            with contextlib.suppress(OSError):
                unfinished.unlink()

    def find(self, prompt: Sequence[int], longer_than: int = 0) -> SavedState | None:
        """Finds the longest state that `prompt` begins with and that leaves a token to read."""
        states = [
            state
            for state in self._states()
            if state.path.name.startswith(self._model) and longer_than < state.length < len(prompt)
        ]
        for state in sorted(states, key=lambda state: -state.length):
            if state.digest == _digest(prompt[: state.length]):
                return state
        return None

    def has(self, tokens: Sequence[int], drawer: str) -> bool:
        """Tells whether the state of exactly these tokens lies in `drawer`."""
        return self._path(tokens, drawer).is_file()

    def load(
        self, state: SavedState, should_stop: Callable[[], bool] = lambda: False
    ) -> bytearray | None:
        """Reads a state; None if `should_stop` returned True, or it is damaged and was removed."""
        try:
            with state.path.open("rb") as file:
                data = _read(file.read, state, should_stop)
            if data is not None:
                os.utime(state.path)
            elif not should_stop():
                log.info("a saved state is damaged")
                state.path.unlink(missing_ok=True)
        except (OSError, MemoryError) as error:
            log.info("a saved state cannot be read: %s", type(error).__name__)
            return None
        return data

    def save(self, tokens: Sequence[int], data: bytearray, drawer: str) -> bool:
        """Keeps the state of `tokens` in `drawer`. Returns whether it did.

        The drawer has to be there, but for the shared one.
        """
        target = self._path(tokens, drawer)
        try:
            if drawer == SHARED:
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            size = len(_MAGIC) + _DIGEST_BYTES + len(data)
            if not self._make_room(size):
                return False
            with _new_file(target) as descriptor, os.fdopen(descriptor, "wb") as file:
                file.write(_MAGIC + _checksum(_digest(tokens), data).digest())
                file.write(data)
        except OSError as error:
            log.info("a state is not kept: %s", type(error).__name__)
            return False
        return True

    def _path(self, tokens: Sequence[int], drawer: str) -> Path:
        return self._folder / drawer / f"{self._model}-{len(tokens)}-{_digest(tokens)}.state"

    def _states(self) -> Iterator[SavedState]:
        for path in self._folder.glob("*/*.state"):
            match = _NAME.fullmatch(path.name)
            if match is not None:
                yield SavedState(path, int(match[1]), match[2])

    def _make_room(self, size: int) -> bool:
        """Removes what was not used for longest, until `size` bytes fit the budget and the disk."""
        if size > self._budget or shutil.disk_usage(self._folder).free < size + _SPARE_BYTES:
            return False
        files = sorted(
            ((state.path, state.path.stat()) for state in self._states()),
            key=lambda found: found[1].st_mtime,
        )
        total = sum(stat.st_size for _, stat in files)
        for path, stat in files:
            if total + size <= self._budget:
                break
            path.unlink(missing_ok=True)
            total -= stat.st_size
        return True


@dataclass(frozen=True, slots=True)
class RecentState:
    """A state in memory, and how many tokens it shares with the prompt that was asked about."""

    tokens: tuple[int, ...]
    data: bytearray
    length: int = 0


class RecentStates:
    """States in memory: other conversations, so that coming back to them costs nothing.

    Args:
        budget: bytes that they may take together.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._kept: list[RecentState] = []

    def fits(self, size: int) -> bool:
        """Tells whether a state of `size` bytes would be kept."""
        return size <= self._budget

    def add(self, tokens: Sequence[int], data: bytearray) -> None:
        """Keeps a state; beginnings of it are not needed any more."""
        new = RecentState(tuple(tokens), data)
        self._kept = [kept for kept in self._kept if new.tokens[: len(kept.tokens)] != kept.tokens]
        self._kept.append(new)
        while sum(len(kept.data) for kept in self._kept) > self._budget:
            del self._kept[0]

    def best(self, prompt: Sequence[int]) -> RecentState | None:
        """Returns the state that shares most with `prompt`."""
        shared = [
            replace(kept, length=common_length(kept.tokens, prompt[:-1])) for kept in self._kept
        ]
        return max(shared, key=lambda kept: kept.length, default=None)


def make_drawer(folder: Path, drawer: str) -> None:
    """Makes a drawer; where that cannot be, its states are not kept."""
    with contextlib.suppress(OSError):
        (folder / drawer).mkdir(mode=0o700, parents=True, exist_ok=True)


def remove_drawers(folder: Path, keep: Callable[[str], bool]) -> None:
    """Removes every drawer but the shared one and those that `keep` says yes to.

    Raises:
        OSError: one cannot be removed.
    """
    if not folder.is_dir():
        return
    for drawer in folder.iterdir():
        if drawer.is_symlink():  # none of ours
            drawer.unlink()
        elif drawer.is_dir() and drawer.name != SHARED and not keep(drawer.name):
            # Under another name first: what is being written into it has no place to go to.
            leaving = drawer.with_name(f"{drawer.name}{_LEAVING}")
            drawer.rename(leaving)
            shutil.rmtree(leaving)


def common_length(first: Sequence[int], other: Sequence[int]) -> int:
    """Returns how many tokens two sequences begin with alike."""
    most = min(len(first), len(other))
    return next((i for i in range(most) if first[i] != other[i]), most)


def _read(
    read: Callable[[int], bytes], state: SavedState, should_stop: Callable[[], bool]
) -> bytearray | None:
    if read(len(_MAGIC)) != _MAGIC:
        return None
    expected = read(_DIGEST_BYTES)
    checksum = _checksum(state.digest)
    data = bytearray()
    while block := read(_BLOCK):
        if should_stop():
            return None
        checksum.update(block)
        data += block
    return data if checksum.digest() == expected else None


def _digest(tokens: Sequence[int]) -> str:
    return hashlib.blake2b(array("i", tokens).tobytes(), digest_size=16).hexdigest()


def _checksum(tokens: str, data: bytes | bytearray = b"") -> hashlib.blake2b:
    """Computes a checksum over the state and what it is the state of."""
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES, key=tokens.encode())


@contextlib.contextmanager
def _new_file(target: Path) -> Iterator[int]:
    """Gives a file that becomes `target` when it is whole, readable by its owner only."""
    descriptor, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    try:
        yield descriptor
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
