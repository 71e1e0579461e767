"""Finds the source of each sentence of an answer: a quote, another sentence, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.answer.support import SUPPORTED, mixes_figures, support
from rag.text.answer_markup import DocumentWords
from rag.text.sentences import sentences
from rag.types import Citation, Hit

UNSUPPORTED = "[?]"
"""The marker of a sentence that no passage supports."""

# Least support by a sentence that the model did not quote: higher than for a quote.
_FOUND_SUPPORT = 0.6
_STRICT_SUPPORT = 0.7
_SHORTEST_SOURCE = 20


@dataclass(frozen=True, slots=True)
class Grounded:
    """An answer with its sources.

    Attributes:
        text: with ``[n]`` or ``[?]`` behind each sentence.
        citations: those that a marker names, in the order of their markers.
        dropped: markers that the model wrote itself; it was not given any to write.
        support: the mean over the sentences, 0 to 1; 0 without any.
    """

    text: str
    citations: tuple[Citation, ...]
    dropped: int
    support: float


def ground(text: str, quoted: Sequence[Citation], hits: Sequence[Hit], question: str) -> Grounded:
    """Puts a marker behind each sentence, and keeps the sources that are named.

    A sentence is compared with the model's quotes, then with all sentences of the passages. If
    nothing supports any, the first quote is named all the same: the model relied on it.

    Args:
        text: the answer, as the model wrote it.
        quoted: its verified quotes.
        hits: the passages that it was shown.
        question: as asked; its words need no support.
    """
    text, dropped = _unmarked(text, quoted, hits)
    if not text or not quoted:
        return Grounded(text, (), dropped, 0.0)
    rests, support_of_all = _with_sources(text, quoted, hits, question)
    if all(source is None for _, source in rests):
        first = replace(quoted[0], n=1)
        return Grounded(f"{text} [1] {UNSUPPORTED}", (first,), dropped, support_of_all)
    return _numbered(rests, dropped, support_of_all)


def only_supported(text: str, quoted: Sequence[Citation], hits: Sequence[Hit]) -> Grounded:
    """Grounds an answer and drops the sentences that nothing supports; the result may be empty.

    It also drops sentences that have some figures of their source and leave out others. For
    summaries, where the document's own words can take their place.
    """
    text, dropped = _unmarked(text, quoted, hits)
    if not text or not quoted:
        return Grounded("", (), dropped, 0.0)
    rests, much = _with_sources(text, quoted, hits, "", _STRICT_SUPPORT)
    kept = [
        (sentence, source)
        for sentence, source in rests
        if source is not None and not mixes_figures(sentence, source.quote)
    ]
    grounded = _numbered(kept, dropped, much)
    return replace(grounded, text=grounded.text.strip())


def cite_each(grounded: Grounded, quoted: Sequence[Citation]) -> Grounded:
    """Adds a quote of each document that is not cited yet, behind the last sentence.

    For comparisons: a sentence about two documents rests on both.
    """
    if not grounded.citations:
        return grounded
    citations, text = list(grounded.citations), grounded.text
    for quote in quoted:
        if quote.path not in {cited.path for cited in citations}:
            citations.append(replace(quote, n=len(citations) + 1))
            text += f" [{len(citations)}]"
    return replace(grounded, text=text, citations=tuple(citations))


def headed(cited: Sequence[Citation], hits: Sequence[Hit]) -> list[str]:
    """Returns quotes, each preceded by the headings that it stands under."""
    context = {hit.chunk_id: hit.context for hit in hits}
    return [f"{context.get(quote.chunk_id, '')} {quote.quote}" for quote in cited]


def citation(hit: Hit, start: int, end: int) -> Citation:
    """Cites ``hit.text[start:end]``; its number is 1."""
    begin = hit.locator.start
    return Citation(
        n=1,
        path=hit.path,
        title=hit.title,
        kind=hit.kind,
        locator=replace(hit.locator, start=begin + start, end=begin + end),
        quote=hit.text[start:end],
        chunk_id=hit.chunk_id,
    )


def _unmarked(text: str, quoted: Sequence[Citation], hits: Sequence[Hit]) -> tuple[str, int]:
    """Removes markers that the model made up, and counts them; a document's own stay."""
    if "[" not in text:
        return text, 0
    return DocumentWords(
        (*(quote.quote for quote in quoted), *(hit.text for hit in hits))
    ).without_markers(text)


def _split(text: str) -> list[str]:
    """Returns the sentences of an answer, each with the white space that follows it."""
    return [text[start:end] for start, end in sentences(text)]


def _with_sources(
    text: str,
    quoted: Sequence[Citation],
    hits: Sequence[Hit],
    question: str,
    least: float = SUPPORTED,
) -> tuple[list[tuple[str, Citation | None]], float]:
    """Returns the sentences, each with its source, and the mean of their support."""
    sources = list(quoted)
    rests: list[tuple[str, Citation | None]] = []
    total = 0.0
    for sentence in _split(text):
        source, much = _source(sentence, sources, hits, question, least)
        rests.append((sentence, source))
        total += much
        if source is not None and source not in sources:
            sources.append(source)
    return rests, total / max(1, len(rests))


def _source(
    sentence: str, citations: Sequence[Citation], hits: Sequence[Hit], question: str, least: float
) -> tuple[Citation | None, float]:
    """Returns a sentence's source and its support; quotes of the model need at least `least`."""
    scored = [
        (support(sentence, source, question), -candidate.n, candidate)
        for candidate, source in zip(citations, headed(citations, hits), strict=True)
    ]
    much, _, best = max(scored, key=lambda item: item[:2])
    if much >= least:
        return best, much
    highest, place = 0.0, None
    for hit in hits:
        for start, end in sentences(hit.text):
            part = hit.text[start:end].strip()
            like = support(sentence, f"{hit.context} {part}", question)
            if len(part) >= _SHORTEST_SOURCE and like > highest:
                highest, place = like, (hit, start, end)
    if place is None or highest < max(least, _FOUND_SUPPORT):
        return None, max(much, highest)
    hit, start, end = place
    part = hit.text[start:end]
    start += len(part) - len(part.lstrip())
    return citation(hit, start, start + len(part.strip())), highest


def _numbered(rests: Sequence[tuple[str, Citation | None]], dropped: int, much: float) -> Grounded:
    citations: list[Citation] = []
    numbers: dict[tuple[str, int, int], int] = {}
    text = ""
    for sentence, source in rests:
        words = sentence.rstrip()
        marker = UNSUPPORTED
        if source is not None:
            key = (source.chunk_id, source.locator.start, source.locator.end)
            if key not in numbers:
                numbers[key] = len(citations) + 1
                citations.append(replace(source, n=numbers[key]))
            marker = f"[{numbers[key]}]"
        text += f"{words} {marker}{sentence[len(words) :]}"
    return Grounded(text, tuple(citations), dropped, much)
