"""The errors of retrieval. `app.errors` draws the whole tree.

RagError
├── StoreError
│   ├── StoreTooNew      made by a later version of Studiolo
│   ├── StoreDamaged     cannot be read as a database
│   └── StoreFull        the disk has no room
├── IndexUnusable        the vector index cannot be opened (it is rebuilt from the store)
├── PageUnavailable      a page cannot be drawn
├── RuleNotUnderstood    a pattern that leaves files out cannot be read
└── NotALink             a path that is to be followed is no link, or leads nowhere
"""

from __future__ import annotations

from collections.abc import Iterator


class RagError(Exception):
    """Something in retrieval that a person can understand and mend.

    Attributes:
        message: what happened, in plain words.
        advice: what to do next.
    """

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice


class StoreError(RagError):
    """The store of documents cannot be used."""


class StoreTooNew(StoreError):
    """The data folder was written by a later version of Studiolo."""


class StoreDamaged(StoreError):
    """The database file cannot be read."""


class StoreFull(StoreError):
    """The disk is full; nothing that was stored before is lost."""


class IndexUnusable(RagError):
    """The vector index cannot be opened or searched."""


class PageUnavailable(RagError):
    """A page of a document cannot be drawn."""


class RuleNotUnderstood(RagError):
    """A pattern that the person wrote cannot be read."""


class NotALink(RagError):
    """A path that is to be followed is no link, or leads nowhere."""


def with_causes(error: BaseException) -> Iterator[BaseException]:
    """Yields an error and its causes, each once, the last first."""
    visited: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in visited:
        visited.add(id(current))
        yield current
        current = current.__cause__ or current.__context__
