"""Splits text that is too long for one chunk: at sentences, lines or rows, never inside a word."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.text.sentences import CLOSED, SENTENCE_END
from rag.text.words import DENSE

# Tokenizers turn a very long word into one "unknown" token; its length must still count.
_CHARS_PER_TOKEN = 8
# An embedder cuts words of an unknown language into many tokens, down to letters. Its vector means
# little there, and a chunk of so few words is of no use: at least this many characters count as one
# token; fewer for Chinese, Japanese and Korean, where each says more.
_LEAST_CHARACTERS, _LEAST_DENSE_CHARACTERS = 3.5, 1.5
# Long texts are tokenized in windows, so that memory stays small.
_WINDOW = 1 << 16
_WIDE_GAP = 400  # characters
_WORD = re.compile(r"\w+|[^\w\s]")
# Boundaries at which a text may be cut, best first. Each match ends where the next part begins.
_BOUNDARIES = (
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(rf"{SENTENCE_END}|(?<=…){CLOSED}\s+"),
    re.compile(r"[;:,،、，；：]\s+|[、，；：]|\n\s*"),  # noqa: RUF001
    re.compile(r"\s+"),
)
_LINE = re.compile(r"[^\n]*\n?")
# Share of the ideal length by which a part may fall short to end at a better boundary.
_SHORTEST = 0.5


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text: offsets in characters, end exclusive, without outer blanks."""

    start: int
    end: int
    tokens: int


class Tokens:
    """Counts the embedder's tokens.

    Args:
        tokenizer_file: a ``tokenizer.json``; None counts words and punctuation marks.
    """

    def __init__(self, tokenizer_file: Path | None) -> None:
        self._tokenizer: Any = None
        if tokenizer_file is not None:
            from tokenizers import Tokenizer

            self._tokenizer = Tokenizer.from_file(str(tokenizer_file))
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()

    def count(self, text: str) -> int:
        """Counts the tokens in `text`, without special tokens; more for words of absurd length.

        Fewer in languages that the embedder cuts into letters.
        """
        return self.counts([text])[0]

    def counts(self, texts: Sequence[str]) -> list[int]:
        """Returns `count` of many texts in one call."""
        if self._tokenizer is None:
            lengths = [len(_WORD.findall(text)) for text in texts]
        else:
            encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
            lengths = [len(encoding.ids) for encoding in encoded]
        return [
            max(min(count, _fair(text)), len(text) // _CHARS_PER_TOKEN)
            for count, text in zip(lengths, texts, strict=True)
        ]

    def starts(self, text: str) -> list[int]:
        """Returns the offsets at which tokens begin; also within very long ones."""
        starts: list[int] = []
        for begin in range(0, len(text), _WINDOW):
            last = 0
            for start, end in self._offsets(text[begin : begin + _WINDOW]):
                if start - last > _WIDE_GAP:  # a run of blanks takes up space in a chunk, too
                    starts.extend(range(begin + last, begin + start, _CHARS_PER_TOKEN))
                starts.extend(range(begin + start, begin + max(end, start + 1), _CHARS_PER_TOKEN))
                last = end
        fair = _fair(text)
        if fair < len(starts):
            return [starts[i * len(starts) // fair] for i in range(fair)]
        return starts

    def clip(self, text: str, limit: int, *, from_end: bool = False) -> str:
        """Returns the first (or last) `limit` tokens of `text`."""
        if self.count(text) <= limit:
            return text
        starts = self.starts(text)
        if from_end:
            return text[starts[-limit] :] if len(starts) > limit else text
        return text[: starts[limit]].rstrip() if len(starts) > limit else text

    def _offsets(self, text: str) -> Iterator[tuple[int, int]]:
        if self._tokenizer is None:
            yield from (match.span() for match in _WORD.finditer(text))
        else:
            yield from self._tokenizer.encode(text, add_special_tokens=False).offsets


def _fair(text: str) -> int:
    """Returns the most tokens that `text` may count for; no limit for ASCII (figures, code)."""
    if text.isascii():
        return len(text)
    dense = len(DENSE.findall(text))
    return math.ceil(dense / _LEAST_DENSE_CHARACTERS + (len(text) - dense) / _LEAST_CHARACTERS)


def split_prose(text: str, limit: int, tokens: Tokens) -> list[Span]:
    """Splits running text into parts of similar length, at most `limit` tokens each.

    A part ends at a blank line, else after a sentence, else after a clause or line, else between
    words; only a word that is longer than a part is cut.
    """
    starts = tokens.starts(text)
    boundaries = [[match.end() for match in pattern.finditer(text)] for pattern in _BOUNDARIES]
    spans: list[Span] = []
    first = 0
    while first < len(starts):
        remaining = len(starts) - first
        parts = -(-remaining // limit)
        last = first + limit
        if parts > 1:
            ideal = first + -(-remaining // parts)
            shortest = first + max(1, int((ideal - first) * _SHORTEST))
            cut = _best_cut(
                boundaries, starts[shortest], starts[ideal], starts[min(last, len(starts) - 1)]
            )
            last = max(bisect_left(starts, cut), first + 1)
        end = starts[last] if last < len(starts) else len(text)
        spans.append(_trim(text, starts[first], end, min(last, len(starts)) - first))
        first = last
    return spans


def _best_cut(boundaries: list[list[int]], low: int, ideal: int, high: int) -> int:
    """Returns the boundary of the best kind in [low, high], nearest to `ideal`; else `high`."""
    for positions in boundaries:
        within = positions[bisect_left(positions, low) : bisect_right(positions, high)]
        if within:
            return min(within, key=lambda position: abs(position - ideal))
    return high


def split_lines(text: str, limit: int, tokens: Tokens) -> list[Span]:
    """Splits a table or listing between lines; only a line longer than `limit` is cut itself."""
    lines = [match.span() for match in _LINE.finditer(text) if match.group()]
    counts = tokens.counts([text[start:end] for start, end in lines])
    spans: list[Span] = []
    begin, used, stop = 0, 0, 0
    for (start, end), count in zip(lines, counts, strict=True):
        if used and used + count > limit:
            spans.append(_trim(text, begin, stop, used))
            begin, used = start, 0
        if count > limit:
            parts = split_prose(text[start:end], limit, tokens)
            spans += [Span(start + p.start, start + p.end, p.tokens) for p in parts]
            begin, used = end, 0
        else:
            used += count
        stop = end
    if used:
        spans.append(_trim(text, begin, stop, used))
    return spans


def _trim(text: str, start: int, end: int, tokens: int) -> Span:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    return Span(start, start + len(part.strip()), tokens)
