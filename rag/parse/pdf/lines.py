"""Reads the lines of a page, in reading order, as they are printed.

pdfium ends a line behind the second half of a parted word, at a raised footnote mark, and now and
then between two cells of a row. So its lines are cut at hyphens, and what stands side by side and
follows each other is put together again.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rag.parse.builder import clean
from rag.parse.pdf.aligned_tables import with_rows
from rag.parse.pdf.characters import CharBox, page_text
from rag.parse.pdf.drawn_rows import in_drawn_rows
from rag.parse.pdf.figure_cells import has_figures
from rag.parse.pdf.layout import PageLine, as_one_line
from rag.parse.pdf.line_numbers import without_line_numbers
from rag.parse.pdf.order import Rect, reading_order, rows
from rag.parse.pdf.raised import with_raised
from rag.parse.pdf.right_to_left import RIGHT_TO_LEFT, in_reading_order
from rag.parse.pdf.spaced_letters import with_whole_words

# pdfium writes this for a hyphen at the end of a line.
_SOFT_HYPHEN = "\ufffe"
_END = re.compile(f"[{_SOFT_HYPHEN}\n]")
_LOOKED_AT = 24  # characters of a line from which the measured ones are taken
_MEASURED = 5  # characters of a line that tell its height
_COLUMN_GAP = 0.9  # of a line's height, at least, between columns
_WORD_GAP = 0.05  # of a line's height, at least, between words that pdfium has on two lines
_KERNING = 0.12  # of a line's height, at most, by which its parts overlap
_LOOSE = 1.2  # times the usual width of a character, with the gaps around it
_SAME_LINE = 0.6  # of the lower one's height that two parts of a line share
_LONGEST = 5_000  # characters of a line to which more is appended
_SPACES = re.compile(r"\s+")


@dataclass(slots=True)
class _Strip:
    """A run of characters on one baseline; its sides in points, turned to be read upright."""

    raw: str
    indexes: Sequence[int]
    left: float
    bottom: float
    right: float
    top: float
    size: int
    """Characters by which `top` and `bottom` were measured: of the longest of its parts."""

    @property
    def height(self) -> float:
        return self.top - self.bottom


def page_lines(text_page: Any, unseen: Collection[int] = ()) -> list[PageLine]:
    """Returns the lines of a page in reading order; those that run another way come last.

    Args:
        text_page: pypdfium2's.
        unseen: pdfium's indexes of characters that nobody sees.
    """
    char_box = CharBox(text_page)
    text, indexes = in_reading_order(*page_text(text_page, unseen), char_box)
    turned: dict[int, list[tuple[str, Sequence[int]]]] = {}
    for raw, places in _runs(text, indexes):
        first = places[len(raw) - len(raw.lstrip())]
        turned.setdefault(char_box.turn_of(first), []).append((raw, places))
    lines: list[PageLine] = []
    for turn in sorted(turned, key=lambda turn: -sum(len(raw) for raw, _ in turned[turn])):
        char_box.turn = turn
        strips = _strips(turned[turn], char_box)
        lines += _ordered(strips, char_box)
    return lines


def _runs(text: str, indexes: Sequence[int]) -> Iterator[tuple[str, Sequence[int]]]:
    """Yields what stands on one line, as far as pdfium tells, with the indexes of characters."""
    start = 0
    for match in _END.finditer(text):
        end = match.start()
        is_parted = match.group() == _SOFT_HYPHEN
        if not is_parted and text.endswith("\r", start, end):
            end -= 1
        raw = text[start:end] + "-" * is_parted
        if raw.strip():
            yield raw, indexes[start : end + is_parted]
        start = match.end()
    if text[start:].strip():
        yield text[start:], indexes[start:]


def _strips(runs: Sequence[tuple[str, Sequence[int]]], char_box: CharBox) -> list[_Strip]:
    """Returns the lines of one direction, put together from their parts."""
    measured = [_strip(raw, indexes, char_box) for raw, indexes in runs]
    if char_box.turn and not any(RIGHT_TO_LEFT.search(raw) for raw, _ in runs):
        # pdfium orders what it reads from left to right, which here is another direction.
        parts = [part for strip in measured for part in _cut(strip, char_box)]
        by_row = rows([Rect(part.left, -part.top, part.right, -part.bottom) for part in parts])
        measured = [parts[number] for row in by_row for number in row]
    strips: list[_Strip] = []
    for strip in measured:
        if not strips or not _append(strips[-1], strip):
            strips.append(strip)
    return strips


def _strip(raw: str, indexes: Sequence[int], char_box: CharBox) -> _Strip:
    """Returns a line as pdfium gives it; its height is that of its first letters and digits.

    Bullets and boxes to tick may be from another font, and higher than the text.
    """
    begin = list(zip(raw[:_LOOKED_AT], indexes[:_LOOKED_AT], strict=True))
    letters = [index for character, index in begin if character.isalnum()]
    seen = letters or [index for character, index in begin if not character.isspace()]
    first = seen[:_MEASURED]
    last = indexes[len(raw.rstrip()) - 1]
    lefts, bottoms, rights, tops = zip(*map(char_box, (*(first or [last]), last)), strict=True)
    return _Strip(
        raw,
        indexes,
        min(lefts),
        min(bottoms[:-1]),
        max(rights),
        max(tops[:-1]),
        len(raw.strip()),
    )


def _cut(strip: _Strip, char_box: CharBox) -> list[_Strip]:
    """Cuts a turned line at blanks behind which the text goes on elsewhere."""
    starts = [0]
    for space in _SPACES.finditer(strip.raw):
        before, after = space.span()
        if before == 0 or after == len(strip.raw):
            continue
        last, first = char_box(strip.indexes[before - 1]), char_box(strip.indexes[after])
        gap = first[0] - last[2]
        shift = abs(first[1] - last[1])
        height = strip.height
        if not -_KERNING * height < gap < _COLUMN_GAP * height or shift > height / 2:
            starts.append(after)
    if len(starts) == 1:
        return [strip]
    ends = [*starts[1:], len(strip.raw)]
    return [
        _strip(strip.raw[start:end], strip.indexes[start:end], char_box)
        for start, end in zip(starts, ends, strict=True)
    ]


def _append(line: _Strip, part: _Strip) -> bool:
    """Appends the next part of a line. Returns False, and does nothing, if it is another line."""
    shared = min(line.top, part.top) - max(line.bottom, part.bottom)
    lower = min(line.height, part.height)
    if len(line.raw) > _LONGEST or line.raw.endswith("-") or lower <= 0:
        return False
    if shared <= _SAME_LINE * lower:
        return False
    # Parts in a row: to the right, or to the left in Hebrew and Arabic.
    gap = part.left - line.right
    to_the_left = line.left - part.right
    gap = max(gap, to_the_left)
    if gap < -_KERNING * line.height:
        return False
    is_apart = gap > _WORD_GAP * line.height
    is_spaced = line.raw[-1:].isspace() or part.raw[:1].isspace()
    blank = " " if is_apart and not is_spaced else ""
    line.raw += blank + part.raw
    line.indexes = [*line.indexes, *([part.indexes[0]] * len(blank)), *part.indexes]
    line.left, line.right = min(line.left, part.left), max(line.right, part.right)
    if part.size > line.size:
        line.top, line.bottom, line.size = part.top, part.bottom, part.size
    return True


def _ordered(strips: Sequence[_Strip], char_box: CharBox) -> list[PageLine]:
    """Returns the lines of one direction in reading order, cut where there are columns."""
    shown: list[Sequence[str]] = []
    kept: list[_Strip] = []
    lines: list[PageLine] = []
    for strip in strips:
        raised = with_raised(strip.raw, strip.indexes, char_box, strip.bottom, strip.height)
        signs = with_whole_words(strip.raw, raised or strip.raw, strip.indexes, char_box)
        text = _text(signs)
        if text:
            kept.append(strip)
            shown.append(signs)
            lines.append(
                PageLine(text, strip.top, strip.bottom, strip.left, strip.right, turn=char_box.turn)
            )
    cut = {n: _pieces(kept[n], shown[n], char_box, lines[n]) for n in _sparse(lines)}
    if any(len(pieces) > 1 for pieces in cut.values()):
        for number, line in enumerate(lines):
            if number not in cut:
                cut[number] = _pieces(kept[number], shown[number], char_box, line)
    lines, split = in_drawn_rows(lines, [cut.get(n, [line]) for n, line in enumerate(lines)])
    lines, split = without_line_numbers(lines, split)
    if any(len(parts) > 1 for parts in split):
        lines = with_rows(lines, split)
    pieces: list[PageLine] = []
    whole: list[int] = []  # for each piece, the index of its line
    for number, (line, parts) in enumerate(zip(lines, split, strict=True)):
        # Rows of figures are no columns of text, however wide the gaps between them are.
        kept_parts = [line] if line.is_row and has_figures(_cell_texts(line)) else parts
        pieces += kept_parts
        whole += [number] * len(kept_parts)
    order = reading_order([Rect(p.left, -p.top, p.right, -p.bottom) for p in pieces])
    if order != list(range(len(pieces))):
        lines = _joined([pieces[i] for i in order], [whole[i] for i in order], lines)
    return [line for line in lines if line.text]


def _cell_texts(line: PageLine) -> list[str]:
    return [cell.text for cell in line.cells]


def _sparse(lines: Sequence[PageLine]) -> list[int]:
    """Returns indexes of lines likely to have wide gaps: loosely set ones, and one in four."""
    loose = [(line.right - line.left) / (len(line.text) * max(line.height, 1.0)) for line in lines]
    usual = _LOOSE * sorted(loose)[len(loose) // 2] if loose else 0.0
    return [number for number, wide in enumerate(loose) if number % 4 == 0 or wide > usual]


def _joined(
    pieces: Sequence[PageLine], whole: Sequence[int], lines: Sequence[PageLine]
) -> list[PageLine]:
    """Rejoins lines whose pieces still follow each other."""
    joined: list[PageLine] = []
    wholes = Counter(whole)
    for number, group in itertools.groupby(zip(whole, pieces, strict=True), key=lambda w: w[0]):
        parts = [piece for _, piece in group]
        complete = len(parts) == wholes[number]
        joined += [lines[number]] if complete else [as_one_line(parts)]
    return joined


def _text(shown: Sequence[str]) -> str:
    """Returns the text of a line. A soft hyphen within it is a hyphen that is seen."""
    text = shown if isinstance(shown, str) else "".join(shown)
    return " ".join(clean(text).replace("\xad", "-").split())


def _pieces(
    strip: _Strip, shown: Sequence[str], char_box: CharBox, line: PageLine
) -> list[PageLine]:
    """Cuts a line at each wide gap that may be the one between columns."""
    gap = _COLUMN_GAP * line.height
    raw, indexes = strip.raw, strip.indexes
    cuts: list[tuple[int, float, float]] = []  # where a word begins, what lies before it
    for space in _SPACES.finditer(raw):
        before, after = space.span()
        if before == 0 or after == len(raw):
            continue
        right, left = char_box(indexes[before - 1])[2], char_box(indexes[after])[0]
        if left - right > gap:
            cuts.append((after, right, left))
    if not cuts:
        return [line]
    starts = [0, *(cut[0] for cut in cuts), len(raw)]
    lefts = [line.left, *(cut[2] for cut in cuts)]
    rights = [*(cut[1] for cut in cuts), line.right]
    return [
        PageLine(
            _text(shown[start:end]),
            line.top,
            line.bottom,
            min(left, right),  # lines may run to the left
            max(left, right),
            turn=line.turn,
        )
        for (start, end), left, right in zip(itertools.pairwise(starts), lefts, rights, strict=True)
    ]
