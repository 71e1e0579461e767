"""What of a prompt need not be read: it is in the context, in memory, or on the disk."""

from __future__ import annotations

from collections.abc import Sequence

from models.context import Context, StopGate
from models.memory import memory
from models.states import RecentStates, SavedStates, common_length

# Taking a state up costs about as much as reading so many tokens.
_WORTH_LOADING = 32
# A conversation of fewer tokens is not worth its copy.
_WORTH_KEEPING = 200
_RECENT_BYTES = 256 << 20
# Copies take at most this part of the memory that is free.
_PART_OF_MEMORY = 8


class Recall:
    """Brings a context to the longest known beginning of a prompt.

    Args:
        context: reads the prompts.
        saved: states on the disk, if there are any.
    """

    def __init__(self, context: Context, saved: SavedStates | None) -> None:
        self._context = context
        self._saved = saved
        free = memory().available
        self._recent = RecentStates(min(_RECENT_BYTES, free // _PART_OF_MEMORY))

    def begin(self, prompt: Sequence[int], stop: StopGate) -> int:
        """Returns how many tokens of `prompt` the context holds now, and nothing else.

        At least one is left to read.
        """
        context = self._context
        shared = context.shared(prompt)
        self._remember(shared)
        recent = self._recent.best(prompt)
        best = max(shared, recent.length if recent else 0)
        loaded = self._load(prompt, best + _WORTH_LOADING, stop)
        # A state that did not fit has left the context empty.
        if not loaded and recent and recent.length > context.shared(prompt) + _WORTH_LOADING:
            context.restore(recent.tokens, recent.data)
        return context.rewind(context.shared(prompt))

    def keep(self, tokens: Sequence[int], drawer: str) -> bool:
        """Saves the state of the context, which holds exactly `tokens`; returns whether it did."""
        if self._saved is None or not self._fits_memory():
            return False
        state = self._context.state()
        return bool(state) and self._saved.save(tokens, state, drawer)

    def is_kept(self, tokens: Sequence[int], drawer: str) -> bool:
        """Tells whether the state of exactly these tokens is on the disk."""
        return self._saved is not None and self._saved.has(tokens, drawer)

    def holds(self, tokens: Sequence[int]) -> bool:
        """Tells whether the context holds all of `tokens`, and maybe more."""
        return common_length(self._context.tokens, tokens) == len(tokens)

    def _load(self, prompt: Sequence[int], longer_than: int, stop: StopGate) -> bool:
        state = self._saved.find(prompt, longer_than) if self._saved else None
        if self._saved is None or state is None:
            return False
        data = self._saved.load(state, stop.asked)
        return data is not None and self._context.restore(prompt[: state.length], data)

    def _remember(self, shared: int) -> None:
        """Keeps a conversation in memory, of which all but `shared` tokens will be forgotten."""
        context = self._context
        if len(context.tokens) - shared < _WORTH_KEEPING or not self._fits_memory():
            return
        if self._recent.fits(context.state_bytes()):
            self._recent.add(context.tokens, context.state())

    def _fits_memory(self) -> bool:
        return self._context.state_bytes() < memory().available // _PART_OF_MEMORY
