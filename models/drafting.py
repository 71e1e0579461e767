"""Reads words that a model is about to copy together with the word before them (prompt lookup).

An answer quotes what it has read, word for word. Where the last two tokens stand earlier in the
prompt or the reply, the tokens after them are read in the same step; those that the model then
chooses itself cost no step of their own, and those that it does not are forgotten again. The text
is the one that it would have written, but for rounding: steps of several tokens are computed in
another order. `python -m bench.drafting` measures what it gains.

After https://github.com/apoorvumang/prompt-lookup-decoding.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.context import Context, StopGate

MOST = 3
"""Tokens that are read ahead. With the 1.5B model on two cores, a step with so many takes 1.6 times
as long as one without."""


class DraftedSteps:
    """The steps of one reply. Use as a context manager: it forgets what was not chosen.

    Args:
        context: has read the prompt.
        prompt: its tokens.
        limit: tokens that the reply may have.

    Attributes:
        index: of the logits that belong to the last token, among those of the last step; -1 is the
            last one.
    """

    def __init__(self, context: Context, prompt: Sequence[int], limit: int) -> None:
        self._context = context
        self._tokens = list(prompt)
        self._end = len(prompt) + limit
        self._after: dict[tuple[int, int], int] = {}  # where the token behind two others stands
        for place in range(2, len(prompt)):
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
        """Remembers what stands behind two tokens, where it stands first."""
        if place >= 2:
            self._after.setdefault((self._tokens[place - 2], self._tokens[place - 1]), place)

    def _next(self) -> list[int]:
        """Returns the tokens that stood behind the last two."""
        if len(self._tokens) < 2 or not self._context.can_forget:
            return []
        place = self._after.get((self._tokens[-2], self._tokens[-1]))
        if place is None:
            return []
        room = min(self._end, self._context.window) - len(self._tokens)
        return self._tokens[place : place + max(0, min(MOST, room))]

    def _forget_rest(self) -> None:
        """Forgets what was read of the draft and not chosen."""
        unread = len(self._draft) - self._taken
        if unread:
            self._context.rewind(len(self._context.tokens) - unread)
        self._draft, self._taken = [], 0
