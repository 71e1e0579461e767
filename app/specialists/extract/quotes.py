"""Cuts the sentence or line of a value out of a document."""

from __future__ import annotations

from app.specialists.cells import LONGEST_QUOTE, quote_of
from app.specialists.extract.candidate import Candidate
from app.specialists.records import Quote
from rag.parse.document import ParsedDocument


def quote_around(document: ParsedDocument, candidate: Candidate) -> Quote:
    """Returns the sentence or line of a value, cut around it where it is long."""
    value, passage = candidate.value, candidate.passage
    start, end = min(passage.start, value.start), max(passage.end, value.end)
    if end - start > LONGEST_QUOTE:
        spare = max(0, LONGEST_QUOTE - (value.end - value.start))
        start = max(start, value.start - spare * 2 // 3)
        start = _word_start(document.text, start, value.start)
        end = min(end, start + max(LONGEST_QUOTE, value.end - start))
        end = _word_end(document.text, end, value.end)
    return quote_of(document, start, end)


def _word_start(text: str, at: int, latest: int) -> int:
    while 0 < at < latest and text[at - 1].isalnum():
        at += 1
    return at


def _word_end(text: str, at: int, earliest: int) -> int:
    while earliest < at < len(text) and text[at].isalnum():
        at -= 1
    return at
