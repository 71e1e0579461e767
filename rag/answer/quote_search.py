"""Finds what a model quoted in the passages, in the document's own words, and whole."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from rag.answer.citations import citation
from rag.text.answer_markup import LIST_MARK
from rag.text.fold import FoldedText, fold
from rag.text.sentences import sentences
from rag.types import Citation, Hit

_FUZZY_SCORE = 88.0
"""Least similarity (0-100) at which an inexact quote counts as the words that it resembles."""
_SHORTEST_PART, _LEAST_PART = 20, 0.5
"""Least letters, and least share of a quote, that must match the text in one piece."""
# Signs without a letter between them and white space, or the beginning or end.
_SIGNS_BEFORE = re.compile(r"(?:(?<!\S)(?:[^\w\s]|_)+)?$")
_SIGNS_AFTER = re.compile(r"(?:(?:[^\w\s]|_)+(?!\S))?")
_SHORT_QUOTE = 40
_LONGEST_QUOTE = 400
_LONGEST_SENTENCE = 600  # that is shown as a whole where a part of it is quoted


def find_quote(quote: str, hits: Sequence[Hit]) -> Citation | None:
    """Finds the passage that contains `quote`, in the document's own words.

    Args:
        quote: as the model wrote it.
        hits: the passages, best first.

    Returns:
        A citation (`n` is 1), or None when no passage contains the words.
    """
    wanted = fold(quote)
    if not wanted.letters:
        return None
    for hit in hits:
        place = fold(hit.text).find(wanted)
        if place is not None:
            return citation(hit, *_widened(hit.text, *place))
    near = [(like, hit) for hit in hits if (like := _similar(quote, hit.text)) is not None]
    if not near:
        near = [(part, hit) for hit in hits if (part := _part(wanted, hit.text)) is not None]
    if not near:
        return None
    best, hit = max(near, key=lambda match: match[0].score)
    return citation(hit, *_widened(hit.text, *_to_words(hit.text, best.start, best.end)))


@dataclass(frozen=True, slots=True)
class _Likeness:
    """The span of a text that resembles a quote, and how much (0-100)."""

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


def _part(quote: FoldedText, text: str) -> _Likeness | None:
    """Returns the longest stretch that a text shares with most of a quote, letter for letter.

    A model may introduce its quote with words of its own, or leave something out.
    """
    folded = fold(text)
    match = SequenceMatcher(None, quote.letters, folded.letters, False).find_longest_match()
    share = match.size / len(quote.letters)
    if match.size < _SHORTEST_PART or share < _LEAST_PART:
        return None
    start, end = folded.offsets[match.b], folded.offsets[match.b + match.size - 1] + 1
    return _Likeness(start, end, 100 * share)


def _to_words(text: str, start: int, end: int) -> tuple[int, int]:
    """Widens a range to whole words."""
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Widens a quote of a word or two to its sentence, and includes the signs around it.

    A quote is matched by its letters: signs of its sentence before the first and after the
    last, such as ``-5``, ``__main__.`` or ``900 €``, belong to it; a list item's mark does not.
    """
    bounds = sentences(text)
    first = max((a for a, _ in bounds if a <= start), default=0)
    last = min((b for _, b in bounds if b >= end), default=len(text))
    if end - start < _SHORT_QUOTE and last - first <= _LONGEST_QUOTE:
        start, end = first, last
    if not fold(text[first:start]).letters:
        start = first
    if not fold(text[end:last]).letters:
        end = last
    before, behind = _SIGNS_BEFORE.search(text[first:start]), _SIGNS_AFTER.match(text, end, last)
    start -= len(before[0]) if before else 0
    end += len(behind[0]) if behind else 0
    part = text[start:end]
    start, end = start + len(part) - len(part.lstrip()), start + len(part.rstrip())
    mark = LIST_MARK.match(text, start, end)
    return (mark.end() if mark else start), end


def whole_sentences(text: str, start: int, end: int) -> tuple[int, int]:
    """Widens a quote that was cut from a long sentence to all of it, unless that is very long."""
    touched = [(a, b) for a, b in sentences(text) if a < end and start < b]
    if not touched or touched[-1][1] - touched[0][0] > _LONGEST_SENTENCE:
        return start, end
    first, last = touched[0][0], touched[-1][1]
    if fold(text[first:start]).letters:
        mark = LIST_MARK.match(text, first)
        start = mark.end() if mark else first
    return start, last if fold(text[end:last]).letters else end
