"""Reads what the model writes, as it writes it, and holds its quotes against the documents.

A quote counts when its words stand in a passage. It is then replaced by the document's own
characters, so what is shown as a quote is always verbatim. Markers in the answer that name no
source are dropped and counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.fold import fold
from rag.prompt import ANSWER, ANSWERED, PASSAGE, QUOTE
from rag.support import content_words
from rag.types import Citation, Hit

_FUZZY_SCORE = 88.0
"""Least similarity (0-100) at which a slightly wrong quote counts as the words it resembles."""
_SHORT_QUOTE = 40
_LONGEST_QUOTE = 400
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])[\"'”’)\]]*\s+|\n+")  # noqa: RUF001  # CJK full stops
_MARKER = re.compile(r"\s*\[(\d{1,3})\]")


@dataclass(frozen=True, slots=True)
class Draft:
    """What the model wrote, checked.

    Attributes:
        text: the answer, with a marker ``[n]`` for each claim that a quote supports.
        citations: verified quotes; ``citations[n - 1]`` is marker n.
        answered: the model said that the passages answer, and a quote shows it.
        dropped: markers and quotes that named nothing.
    """

    text: str
    citations: tuple[Citation, ...]
    answered: bool
    dropped: int


class AnswerReader:
    """Takes in the model's text piece by piece.

    Args:
        hits: the passages that the model was shown, in their order.
    """

    def __init__(self, hits: Sequence[Hit]) -> None:
        self._hits = tuple(hits)
        self._written = ""
        self._read = 0
        self._quote = ""
        self._answer_from: int | None = None
        self._told = 0
        self._citations: list[Citation] = []
        self._dropped = 0

    def push(self, text: str) -> tuple[list[Citation], str]:
        """Takes more text; returns the citations that became certain and new answer text."""
        self._written += text
        found: list[Citation] = []
        while self._answer_from is None and "\n" in self._written[self._read :]:
            end = self._written.index("\n", self._read)
            found += self._line(self._written[self._read : end])
            self._read = end + 1
        if self._answer_from is None and self._written.startswith(ANSWER, self._read):
            self._answer_from = self._told = self._read + len(ANSWER)
        if self._answer_from is None:
            return found, ""
        new = self._written[self._told :]
        self._told = len(self._written)
        return found, new

    def finish(self) -> Draft:
        """Checks everything once the model is done."""
        text = "" if self._answer_from is None else self._written[self._answer_from :].strip()
        citations = tuple(self._citations)
        marked, dropped = _mark(text, citations, self._hits)
        return Draft(marked, citations, bool(text and citations), self._dropped + dropped)

    def _line(self, line: str) -> list[Citation]:
        if line.startswith(QUOTE):
            self._quote = line[len(QUOTE) :].strip().strip('"')
        elif line.startswith(PASSAGE):
            return self._cite(self._quote, line[len(PASSAGE) :].strip())
        elif line.startswith(ANSWERED):
            pass  # "yes": the answer follows
        return []

    def _cite(self, quote: str, number: str) -> list[Citation]:
        named = int(number) - 1 if number.isdecimal() else -1
        citation = find_quote(quote, self._hits, named)
        if citation is None:
            self._dropped += 1
            return []
        if any(_overlaps(citation, known) for known in self._citations):
            return []
        citation = replace(citation, n=len(self._citations) + 1)
        self._citations.append(citation)
        return [citation]


def find_quote(quote: str, hits: Sequence[Hit], named: int) -> Citation | None:
    """The passage that `quote` stands in, with the document's own words.

    Args:
        quote: as the model wrote it.
        hits: the passages.
        named: index of the passage that the model named; the others are searched after it.

    Returns:
        A citation (`n` is 1), or None when no passage holds the words.
    """
    order = sorted(range(len(hits)), key=lambda index: index != named)
    wanted = fold(quote)
    if not wanted.letters:
        return None
    for index in order:
        place = fold(hits[index].text).find(wanted)
        if place is not None:
            return _citation(hits[index], *place)
    near: list[tuple[_Likeness, Hit]] = []
    for index in order:
        likeness = _similar(quote, hits[index].text)
        if likeness is not None:
            near.append((likeness, hits[index]))
    if not near:
        return None
    best, hit = max(near, key=lambda found: found[0].score)
    return _citation(hit, *_to_words(hit.text, best.start, best.end))


@dataclass(frozen=True, slots=True)
class _Likeness:
    """Where a text resembles a quote, and how much (0-100)."""

    start: int
    end: int
    score: float


def _similar(quote: str, text: str) -> _Likeness | None:
    from rapidfuzz import fuzz

    lowered = text.lower()
    too_short = len(quote) < _SHORT_QUOTE // 2
    if too_short or len(quote) > len(text) * 1.2 or len(lowered) != len(text):
        return None
    best = fuzz.partial_ratio_alignment(quote.lower(), lowered, score_cutoff=_FUZZY_SCORE)
    return None if best is None else _Likeness(best.dest_start, best.dest_end, best.score)


def _to_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widens a range to whole words."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


def _citation(hit: Hit, start: int, end: int) -> Citation:
    start, end = _whole(hit.text, start, end)
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


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Widens a quote of a word or two to its sentence, and takes closing marks along."""
    if end - start < _SHORT_QUOTE:
        bounds = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
        first = max(bound for bound in bounds if bound <= start)
        last = min(bound for bound in bounds if bound >= end)
        if last - first <= _LONGEST_QUOTE:
            start, end = first, last
    while end < len(text) and text[end] in ".!?)%”’\"'€$£":  # typographic marks
        end += 1
    while start > 0 and text[start - 1] in "(“‘\"'€$£":
        start -= 1
    part = text[start:end]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _overlaps(one: Citation, other: Citation) -> bool:
    return (
        one.chunk_id == other.chunk_id
        and one.locator.start < other.locator.end
        and other.locator.start < one.locator.end
    )


def _mark(text: str, citations: Sequence[Citation], hits: Sequence[Hit]) -> tuple[str, int]:
    """Puts markers behind the sentences that quotes support; drops those that name nothing.

    The model may have written passage numbers itself; they become the numbers of its citations.
    """
    dropped = 0
    by_passage = {
        number: citation.n
        for number, hit in enumerate(hits, start=1)
        for citation in citations
        if citation.chunk_id == hit.chunk_id
    }

    def renumber(match: re.Match[str]) -> str:
        nonlocal dropped
        n = by_passage.get(int(match.group(1)))
        dropped += n is None
        return "" if n is None else f" [{n}]"

    text = _MARKER.sub(renumber, text)
    if not text or not citations or _MARKER.search(text):
        return text, dropped
    marked: list[str] = []
    start = 0
    ends = [match.start() for match in _SENTENCE_END.finditer(text)]
    for end in [*ends, len(text)]:
        sentence = text[start:end]
        marked.append(sentence + "".join(f" [{n}]" for n in _support(sentence, citations)))
        start = end
    joined = "".join(marked)
    if not _MARKER.search(joined):
        joined += f" [{citations[0].n}]"
    return joined, dropped


def _support(sentence: str, citations: Sequence[Citation]) -> list[int]:
    """The citation whose quote shares most words with a sentence, if any does."""
    words = content_words(sentence)
    shared = {citation.n: len(words & content_words(citation.quote)) for citation in citations}
    best = max(shared, key=lambda n: shared[n])
    return [best] if shared[best] else []
