"""Finds the words of PDF pages that are struck out, highlighted or encircled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rag.parse.pdf.annotations import Annotation, Quad
from rag.parse.pdf.layout import PageLine
from rag.parse.pdf.page_characters import Insertion, PageCharacters
from rag.parse.state_words import STRUCK_OUT, STRUCK_OUT_END

_MOST_OBJECTS = 10_000  # shapes of a page that are looked at
_MOST_STRIKES = 2_000  # of a page
_MOST_THICKNESS = 0.2  # of a line's height, of a stroke through it
_LEAST_WIDTH = 2.0  # points, of a stroke through a word
# Where a stroke goes through a line, from its lower side; an underline is lower.
_LOWEST, _HIGHEST = 0.3, 0.65  # of a line's height
_OVERHANG = 1.0  # of a line's height, that a stroke is longer than its words on each side
_ROW = 20.0  # points: lines are looked up by height in steps of this
# A choice such as "yes" is short; longer stretches are highlighted because they matter.
_MOST_CHOSEN = 5  # words
_Span = tuple[int, int]


def drawn_strokes(boxes: Sequence[Quad], lines: Sequence[PageLine]) -> list[Quad]:
    """Returns the boxes of thin level strokes that are drawn through lines of a page.

    Args:
        boxes: of the shapes that are drawn on the page.
        lines: of the page.
    """
    rows: dict[int, list[PageLine]] | None = None
    strokes: list[Quad] = []
    for box in boxes[:_MOST_OBJECTS]:
        left, bottom, right, top = box
        if right - left < _LEAST_WIDTH or top - bottom > right - left:
            continue
        rows = _rows(lines) if rows is None else rows
        near = rows.get(int((bottom + top) / 2 // _ROW), ())
        if any(_goes_through(box, line) for line in near):
            strokes.append(box)
            if len(strokes) >= _MOST_STRIKES:
                break
    return strokes


def _rows(lines: Sequence[PageLine]) -> dict[int, list[PageLine]]:
    rows: dict[int, list[PageLine]] = {}
    for line in lines:
        for row in range(int(line.bottom // _ROW), int(line.top // _ROW) + 1):
            rows.setdefault(row, []).append(line)
    return rows


def marked_words(
    annotations: Sequence[Annotation],
    strokes: Sequence[Quad],
    lines: Sequence[PageLine],
    characters: PageCharacters,
) -> list[Insertion]:
    """Returns words for what is struck out or chosen on a page, as insertions into its lines.

    Args:
        annotations: of the page.
        strokes: from `drawn_strokes`.
        lines: of the page.
        characters: of the page.
    """
    from pypdfium2.raw import FPDF_ANNOT_STRIKEOUT

    struck: dict[int, list[_Span]] = {}
    for annotation in annotations:
        if annotation.kind == FPDF_ANNOT_STRIKEOUT:
            for number, span in words_in(annotation.quads, lines, characters):
                struck.setdefault(number, []).append(span)
    for stroke in strokes:
        for number, span in words_in([stroke], lines, characters):
            if _goes_through(stroke, lines[number]) and _fits(stroke, number, lines, characters):
                struck.setdefault(number, []).append(span)
    insertions = _chosen(annotations, lines, characters)
    for number, spans in struck.items():
        for start, end in _merged(spans):
            insertions += [
                Insertion(number, start, STRUCK_OUT),
                Insertion(number, bare_end(lines[number], (start, end)), STRUCK_OUT_END),
            ]
    return insertions


def _chosen(
    annotations: Sequence[Annotation], lines: Sequence[PageLine], characters: PageCharacters
) -> list[Insertion]:
    """Returns words for choices: few words of a line that are highlighted or encircled."""
    from pypdfium2 import raw

    words = {
        raw.FPDF_ANNOT_HIGHLIGHT: " (highlighted)",
        raw.FPDF_ANNOT_CIRCLE: " (circled)",
        raw.FPDF_ANNOT_SQUARE: " (boxed)",
    }
    insertions: list[Insertion] = []
    for annotation in annotations:
        is_quoted = annotation.kind == raw.FPDF_ANNOT_HIGHLIGHT and annotation.text
        if annotation.kind not in words or is_quoted or len(annotation.quads) != 1:
            continue
        for number, span in words_in(annotation.quads, lines, characters):
            if _is_choice(lines[number].text, span):
                end = bare_end(lines[number], span)
                insertions.append(Insertion(number, end, words[annotation.kind]))
    return insertions


def _goes_through(box: Quad, line: PageLine) -> bool:
    left, bottom, right, top = box
    if line.turn or top - bottom > _MOST_THICKNESS * line.height:
        return False
    height = ((bottom + top) / 2 - line.bottom) / max(line.height, 1.0)
    return _LOWEST <= height <= _HIGHEST and left < line.right and right > line.left


def _fits(box: Quad, number: int, lines: Sequence[PageLine], characters: PageCharacters) -> bool:
    """Tells whether a stroke is about as long as the words; rules beside a heading are longer."""
    xs = [c.x for c in characters.of_line(number) if box[0] <= c.x <= box[2]]
    room = _OVERHANG * lines[number].height
    return bool(xs) and min(xs) - box[0] <= room and box[2] - max(xs) <= room


def words_in(
    quads: Sequence[Quad], lines: Sequence[PageLine], characters: PageCharacters
) -> Iterator[tuple[int, _Span]]:
    """Yields a line's index and the offsets of the words in a box; nothing for blanks.

    Args:
        quads: boxes: left, bottom, right, top in points.
        lines: of the page.
        characters: of the page.
    """
    for left, bottom, right, top in quads:
        number = characters.line_at((bottom + top) / 2, left, right)
        if number is None:
            continue
        start, end = characters.column(number, left), characters.column(number, right)
        if start is not None and end is not None and lines[number].text[start:end].strip():
            yield number, (start, end)


def _is_choice(text: str, span: _Span) -> bool:
    """Tells whether few words are marked, and others stand on their line."""
    rest = text[: span[0]] + text[span[1] :]
    words = text[slice(*span)].split()
    return len(words) <= _MOST_CHOSEN and any(character.isalnum() for character in rest)


def bare_end(line: PageLine, span: tuple[int, int]) -> int:
    """Returns where the words of a span end, without the blanks and borders of cells behind them.

    Args:
        line: the words' own.
        span: their offsets in it.
    """
    return span[0] + len(line.text[slice(*span)].rstrip(" |"))


def _merged(spans: Sequence[_Span]) -> list[_Span]:
    """Returns spans without overlaps, from the left."""
    merged: list[_Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
