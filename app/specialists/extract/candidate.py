"""A candidate for a cell: a value at a place of a document, with what speaks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.specialists.extract.passages import Passage
from app.specialists.extract.values import Value, key_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value at a place of the document.

    Attributes:
        value: with offsets in the document.
        passage: it stands in this.
        signs: what speaks for it, each 0 to 1: "label", "cue before", "words" and so on.
        context: words around it, as keys for what examples teach: "before=of", "heading=term".
    """

    value: Value
    passage: Passage
    signs: Mapping[str, float]
    context: frozenset[str] = frozenset()

    @property
    def key(self) -> str:
        """Equal for spellings of one value."""
        return key_of(self.value.value)
