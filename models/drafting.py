"""Reads words that a model is about to copy together with the word before them (prompt lookup).

An answer quotes what it has read, word for word. Where the last two tokens stand earlier in the
prompt or the reply, or else the last one, the tokens after them are read in the same step. Those
that the model then chooses itself cost no step of their own, and those that it does not are
forgotten again. The text is the one that it would have written, but for rounding: steps of several
tokens are computed in another order. `python -m bench.drafting` measures what it gains.

After https://github.com/apoorvumang/prompt-lookup-decoding.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.context import Context, StopGate

MOST = 3
"""Tokens that are read ahead. With the 1.5B model, a step with so many took 1.6 times as long as
one without; with 8, the first question took longer than without any."""
LEAST_PARAMETERS = 1_000_000_000
"""Of smaller models, a step is so quick that reading ahead costs what it saves: the 135M model was
1.01 times as fast, and 0.63 times where little was copied; the 1.5B model 1.39 times."""

_LENGTHS = (1, 2)  # of what is looked up, in tokens


class DraftedSteps:
    """The steps of one reply. Use as a context manager: it forgets what was not chosen.

    Args:
        context: has read the prompt.
        prompt: its tokens.
        limit: tokens that the reply may have.
        ahead: whether anything is read ahead.

    Attributes:
        index: of the logits that belong to the last token, among those of the last step; -1 is the
            last one.
    """

    def __init__(
        self, context: Context, prompt: Sequence[int], limit: int, *, ahead: bool = True
    ) -> None:
        self._context = context
        self._ahead = ahead and context.can_forget
        self._tokens = list(prompt)
        self._end = len(prompt) + limit
        self._after: dict[tuple[int, ...], int] = {}  # where the token behind others stands
        for place in range(1, len(prompt)):
            self._note(place)
        self._draft: list[int] = []
        self._taken = 0  # of the draft
        self.index = -1

    def __enter__(self) -> DraftedSteps:
        return self

    def __exit__(self, *_: object) -> None:
        self._forget_rest()

    def read(self, token: int, stop: StopGate) -> bool:
        """Reads a token of the reply unless that was done. False if it was stopped on the way.

        Raises:
            InferenceFailed: llama.cpp reports an error.
        """
        self._note(len(self._tokens))
        self._tokens.append(token)
        if self._taken < len(self._draft) and self._draft[self._taken] == token:
            self._taken += 1
            self.index = self._taken
            return True
        self._forget_rest()
        draft = self._next()
        if not draft:
            self.index = -1
            return self._context.read([token], stop)
        if not self._context.read_each([token, *draft], stop):
            return False
        self._draft, self.index = draft, 0
        return True

    def _note(self, place: int) -> None:
        """Remembers what stands behind one token and behind two, where that stands first."""
        for length in _LENGTHS[:place]:
            self._after.setdefault(tuple(self._tokens[place - length : place]), place)

    def _next(self) -> list[int]:
        """Returns the tokens that stood behind the last two, or else behind the last one."""
        if not self._ahead:
            return []
        room = max(0, min(MOST, min(self._end, self._context.window) - len(self._tokens)))
        for length in reversed(_LENGTHS):
            place = self._after.get(tuple(self._tokens[-length:]))
            if place is not None:
                return self._tokens[place : place + room]
        return []

    def _forget_rest(self) -> None:
        """Forgets what was read of the draft and not chosen."""
        unread = len(self._draft) - self._taken
        if unread:
            self._context.rewind(len(self._context.tokens) - unread)
        self._draft, self._taken = [], 0
