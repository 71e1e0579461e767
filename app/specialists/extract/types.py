"""What columns are taught with and what they learn. Light: it crosses between processes."""

from __future__ import annotations

from msgspec import Struct


class TaughtCandidate(Struct, frozen=True):
    """A candidate of a corrected document, without the document's text.

    Attributes:
        key: of its value (`app.specialists.extract.values.key_of`).
        features: see `app.specialists.extract.ranker.features`.
        is_right: its value is the confirmed one.
    """

    key: str
    features: dict[str, float]
    is_right: bool


class TaughtCell(Struct, frozen=True):
    """A corrected or confirmed cell, as it is learned from.

    Attributes:
        keys: of the right values; empty where the document has none.
        candidates: right ones and the likeliest wrong ones.
        value: the right value; "" where the document has none.
        quote: the words that it stands in, to show to a model; "" where they are not known.
    """

    column: str
    keys: tuple[str, ...]
    candidates: tuple[TaughtCandidate, ...]
    value: str = ""
    quote: str = ""


class LearnedColumn(Struct, frozen=True):
    """What examples taught about a column; without any weight, nothing.

    Attributes:
        weights: by feature: `app.specialists.extract.ranker.PRIOR`, a sign of `Candidate.signs`,
            or a key of `Candidate.context`.
        threshold: least chance of a candidate for its value to be taken.
        sure: a value is of high confidence if its chance is higher than this: no wrong one of the
            documents that were left out in turn had so high a chance. 1 for none.
        documents: how many were learned from.
        right: how many of their cells it decides rightly, each by what the others teach.
        f1: over their values, measured in the same way.
    """

    column: str
    weights: dict[str, float]
    intercept: float
    threshold: float
    documents: int
    right: int = 0
    f1: float = 0.0
    sure: float = 1.0
