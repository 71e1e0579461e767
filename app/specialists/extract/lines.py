"""Labels and values in the lines of a text, as they stand on forms, invoices and receipts.

A value stands behind its label's colon, beside it across a gap, below it, or at the end of a short
line that begins with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from app.specialists.extract.figures import currency_codes

_LABEL_WORDS = 9
_LONGEST_VALUE = 300
_SHORT_LINE = 70
"""Characters; only the lines of a block of short ones can be a label and a value without a gap."""
_VALUE_WORDS = 9  # of such a line
_MOST_SEGMENTS = 12  # of a line; more are a table's
_NEAR = 3  # columns between the beginnings of a label and of the value below
# A separator that fills a gap: dots that lead to a value, a bar, a bullet between two parts.
_FILLED = re.compile(r"\.{4,}|(?<=[^\S\n])[·•|│](?=[^\S\n])")
_SEGMENT = re.compile(r"[^\s]+(?:[^\S\n\t]{1,2}[^\s]+)*")
_COLON = re.compile(r"[^\S\n]?[:：][*_]{0,3}(?=\s|$)")  # noqa: RUF001
_MARKS = re.compile(r"^(?:[*_#>•–-]{1,4}[^\S\n]{0,2}){1,3}")
_SENTENCE = re.compile(r"(?<=[^\W\d_]{3})[.!?]\s{1,3}(?=[^\W\d_a-z])")  # no abbreviation
_LABEL = re.compile(r"[^\W\d_][^:;?!\n\t]{0,70}")
_PERCENT = re.compile(r"[(]?\d{1,3}(?:[.,]\d{1,3})?[^\S\n]{0,2}%[)]?")
_SENTENCE_END = (".", ",", ";")


class LabelledWords(NamedTuple):
    """A label with the place of its value: ``text[start:end]``."""

    label: str
    start: int
    end: int


class _Segment(NamedTuple):
    """Words of a line up to a gap; ``text[start:end]``, `column` characters behind its start."""

    start: int
    end: int
    column: int


def labelled_words(text: str, start: int, end: int, limit: int) -> Iterator[LabelledWords]:
    """Yields the labels of some lines with their values.

    Args:
        text: of a document.
        start: offset of the first line.
        end: offset after the last; labels stand before it.
        limit: offset after the last line in which a value may stand, below the last label.
    """
    lines = list(_lines(text, start, limit))
    short = all(last - first <= _SHORT_LINE for first, last in lines if first < end)
    rows = [_segments(text, first, last) for first, last in lines]
    for number, row in enumerate(rows):
        if not row or row[0].start >= end or len(row) > _MOST_SEGMENTS:
            continue
        below = next((other for other in rows[number + 1 : number + 3] if other), [])
        yield from _under_names(text, row, below)
        for position in range(len(row)):
            yield from _of_segment(text, row, position, below)
        if short and len(row) == 1 and not _colon(text, row[0]):
            yield from _at_the_end(text, row[0])


def _of_segment(
    text: str, row: Sequence[_Segment], position: int, below: Sequence[_Segment]
) -> Iterator[LabelledWords]:
    segment = row[position]
    beside = row[position + 1] if position + 1 < len(row) else None
    colon = _colon(text, segment)
    if colon:
        label = _label(text[segment.start : colon.start()])
        if not label:
            return
        if text[colon.end() : segment.end].strip(" *_"):
            yield from _made(text, label, colon.end(), segment.end)
        elif beside is not None and not _colon(text, beside):
            yield from _made(text, label, beside.start, beside.end)
        else:
            under = _under(segment, below, alone=len(row) == 1)
            if under is not None and not _colon(text, under):
                yield from _made(text, label, under.start, under.end)
        return
    last = row[-1] if position == 0 else beside
    if last is None or last is segment or _colon(text, last):
        return
    label = _label(text[segment.start : segment.end])
    is_name = label and not _has_digit(_PERCENT.sub("", label))
    if is_name and _has_digit(text[last.start : last.end]):
        yield from _made(text, label, last.start, last.end)


def _under_names(
    text: str, row: Sequence[_Segment], below: Sequence[_Segment]
) -> Iterator[LabelledWords]:
    """Yields the values of a line under a line of their names: "Invoice no.   Date   Due"."""
    words = [text[segment.start : segment.end] for segment in row]
    if len(row) < 2 or len(below) != len(row) or any(map(_has_digit, words)):
        return
    if any(_colon(text, segment) for segment in (*row, *below)):
        return
    for name, segment in zip(words, below, strict=True):
        if _has_digit(text[segment.start : segment.end]) and (label := _label(name)):
            yield from _made(text, label, segment.start, segment.end)


def _at_the_end(text: str, segment: _Segment) -> Iterator[LabelledWords]:
    """Yields the value that ends a line: "Receipt # 55210-7", "VAT 20% 736.00"."""
    words = text[segment.start : segment.end]
    if words.endswith(_SENTENCE_END):
        return
    plain = _PERCENT.sub(lambda match: "x" * len(match.group()), words)
    first = next((m for m in re.finditer(r"\S+", plain) if _has_digit(m.group())), None)
    if first is None:
        return
    head, tail = words[: first.start()], words[first.start() :]
    sign = re.search(r"(?:^|\s)([€$£¥]|[A-Z]{3})\s{1,2}$", head)
    if sign and (len(sign[1]) == 1 or sign[1] in currency_codes()):
        head = head[: sign.start(1)]
    label = _label(head.rstrip(" #"))
    head = head if not tail.startswith("#") else head + "#"
    if label and len(tail.split()) <= _VALUE_WORDS:
        yield from _made(text, label, segment.start + len(head), segment.end)


def _made(text: str, label: str, start: int, end: int) -> Iterator[LabelledWords]:
    words = text[start:end]
    start += len(words) - len(words.lstrip(" \t\u00a0*_"))
    end -= len(words) - len(words.rstrip(" \t\u00a0*_"))
    if start < end <= start + _LONGEST_VALUE:
        yield LabelledWords(label, start, end)


def _label(words: str) -> str:
    """Returns words without marks around them; "" if they cannot be a label."""
    plain = _SENTENCE.split(_MARKS.sub("", words, count=1))[-1].strip(" \t\u00a0*_")
    fits = _LABEL.fullmatch(plain) is not None and len(plain.split()) <= _LABEL_WORDS
    return plain if fits else ""


def _under(segment: _Segment, below: Sequence[_Segment], *, alone: bool) -> _Segment | None:
    """Returns the segment of the line below that stands under another."""
    if alone and len(below) == 1:
        return below[0]
    near = (each for each in below if abs(each.column - segment.column) <= _NEAR)
    return next(near, None)


def _colon(text: str, segment: _Segment) -> re.Match[str] | None:
    return _COLON.search(text, segment.start, segment.end)


def _has_digit(words: str) -> bool:
    return any(character.isdigit() for character in words)


def _lines(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        stop = text.find("\n", start, end)
        stop = stop if stop >= 0 else end
        yield start, stop
        start = stop + 1


def _segments(text: str, start: int, end: int) -> list[_Segment]:
    filled = _FILLED.sub(lambda match: " " * max(1, len(match.group())), text[start:end])
    return [
        _Segment(start + match.start(), start + match.end(), match.start())
        for match in _SEGMENT.finditer(filled)
    ]
