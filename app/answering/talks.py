"""Chats as the model knows them, word for word, so that it need not read them again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence

from rag.answer.prompt import PastTurn, Talk

_MOST = 8


class Talks:
    """The last few chats, in memory only. Safe for several threads.

    Args:
        present: those of some passages (ids) that the library still holds in a collection. What
            was removed or changed since, or is not in it any more, is not shown again.
    """

    def __init__(self, present: Callable[[Sequence[str], str], Collection[str]]) -> None:
        self._present = present
        self._kept: OrderedDict[tuple[str, tuple[PastTurn, ...]], Talk] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, collection: str, past: Sequence[PastTurn]) -> Talk | None:
        """Returns the chat whose turns are `past`, in a collection ("" for all); None if unknown.

        Raises:
            RagError: the library cannot be read.
            WorkerDied: the process that keeps the library ended.
        """
        with self._lock:
            talk = self._kept.get((collection, tuple(past)))
        if talk is None:
            return None
        shown = {part.hit.chunk_id for part in talk.read}
        return talk if shown <= set(self._present(tuple(shown), collection)) else None

    def keep(self, collection: str, past: Sequence[PastTurn], talk: Talk) -> None:
        """Remembers a chat with its last turn; the one that was kept longest ago may go."""
        with self._lock:
            self._kept[collection, tuple(past)] = talk
            self._kept.move_to_end((collection, tuple(past)))
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
