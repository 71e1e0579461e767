"""Cited passages, and the places where their words can be found now."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class CitedPassage:
    """A passage that an answer cites.

    Attributes:
        path: the file, by its path at that time.
        passage: the id of the chunk; "" for the file as a whole.
        text: its words, or some of them; "" where they are not known.
    """

    path: str
    passage: str
    text: str = ""


class PassagePlace(StrEnum):
    """The place of a passage's words now, as seen from some folders."""

    WITHIN = "within"
    """In a file in one of the folders; perhaps in others as well."""
    OUTSIDE = "outside"
    """In a file of the library that is as it was indexed, and in no file in the folders."""
    UNKNOWN = "unknown"
    """In no such file: it was changed, moved or removed since, or its drive is away."""
