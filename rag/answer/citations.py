"""Cites parts of passages, and finds the passages that citations are from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rag.types import Citation, Hit


def headed(cited: Sequence[Citation], hits: Sequence[Hit]) -> list[str]:
    """Returns quotes, each preceded by the headings that it stands under."""
    above = headings(cited, hits)
    return [f"{heading}\n{quote.quote}" for heading, quote in zip(above, cited, strict=True)]


def headings(cited: Sequence[Citation], hits: Sequence[Hit]) -> list[str]:
    """Returns what each quote stands under: headings, and the group of its row."""
    return [
        hit.context_at(quote.locator.start - hit.locator.start)
        if (hit := hit_of(quote, hits))
        else ""
        for quote in cited
    ]


def citation(hit: Hit, start: int, end: int) -> Citation:
    """Cites ``hit.text[start:end]`` without the blanks around it; its number is 1."""
    words = hit.text[start:end]
    begin = hit.locator.start + start + len(words) - len(words.lstrip())
    quote = words.strip()
    return Citation(
        n=1,
        path=hit.path,
        title=hit.title,
        kind=hit.kind,
        locator=replace(hit.locator, start=begin, end=begin + len(quote)),
        quote=quote,
        chunk_id=hit.chunk_id,
    )


def hit_of(cited: Citation, hits: Sequence[Hit]) -> Hit | None:
    """Returns the passage that a citation is from; None if it is not among `hits`."""
    return next((hit for hit in hits if hit.chunk_id == cited.chunk_id), None)
