"""Finds paragraphs and headings by the positions of lines on a page."""

from __future__ import annotations

import itertools
import re
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.parse.builder import DocumentBuilder
from rag.parse.document import BlockKind
from rag.parse.pdf.figure_cells import has_figures, names_period
from rag.parse.pdf.hyphens import Hyphens
from rag.text.sentences import CELLS, LIST_ITEM

_PARAGRAPH_GAP = 0.4  # of a line's height, beyond the page's usual distance between lines
HEADING_SIZE = 1.15  # times the page's usual line height
_HEADING_CHARACTERS = 120
_PARTED = re.compile(r"[^\W\d_]-$")
_POINT = re.compile(r"[•‣▪●○◦]\s")


@dataclass(frozen=True, slots=True)
class PageLine:
    """A line of a page; its sides in points from the page's lower left corner.

    Attributes:
        text: with blanks between words; with bars between the cells of a row.
        is_row: it is a row of a table.
        cells: the parts between wide gaps; empty where there are none.
        turn: clockwise quarter turns of its letters; its sides are those of the page turned back.
        is_running: a header or footer, of which only the first of all pages is kept.
    """

    text: str
    top: float
    bottom: float
    left: float = 0.0
    right: float = 0.0
    is_row: bool = False
    cells: tuple[PageLine, ...] = ()
    turn: int = 0
    is_running: bool = False

    @property
    def height(self) -> float:
        """In points, with the font's room above and below."""
        return self.top - self.bottom


def as_one_line(parts: Sequence[PageLine]) -> PageLine:
    """Returns parts that stand side by side as a line."""
    return PageLine(
        " ".join(part.text for part in parts),
        max(part.top for part in parts),
        min(part.bottom for part in parts),
        min(part.left for part in parts),
        max(part.right for part in parts),
        turn=parts[0].turn,
    )


def usual_height(lines: Sequence[PageLine]) -> float:
    """Returns the height of most lines of a page, in points."""
    if len(lines) == 1:
        return lines[0].height
    return statistics.median([line.top - line.bottom for line in lines])


@dataclass(slots=True)
class Part:
    """A paragraph or a table of a page.

    Attributes:
        lines: in reading order.
        is_table: its lines are rows.
        header: of a table, its first row, or that of the page on which it began; "" for none.
        is_aside: a footnote, or a running header or footer: the text does not go on in it.
    """

    lines: list[PageLine]
    is_table: bool = False
    header: str = ""
    is_aside: bool = False


def parts_of(lines: Sequence[PageLine], same_size: float = HEADING_SIZE) -> list[Part]:
    """Divides lines, which are in reading order, into paragraphs and tables."""
    parts: list[Part] = []
    for is_table, run in itertools.groupby(lines, key=lambda line: line.is_row):
        group = list(run)
        if is_table:
            first = group[0].text.split(CELLS)
            is_value_row = has_figures(first) and not names_period(first)
            parts.append(Part(group, is_table=True, header="" if is_value_row else group[0].text))
        else:
            parts += [Part(paragraph) for paragraph in paragraphs(group, same_size)]
    return parts


def add_lines(
    builder: DocumentBuilder,
    lines: Sequence[PageLine],
    number: int,
    same_size: float = HEADING_SIZE,
) -> None:
    """Adds the lines of a page as headings, paragraphs and list items.

    Args:
        builder: of the document.
        lines: in reading order.
        number: the page, 1-based.
        same_size: lines whose heights differ by less than this factor have one size.
    """
    if lines:
        hyphens = Hyphens([line.text for line in lines])
        parts = parts_of(lines, same_size)
        add_parts(builder, parts, number, usual_height(lines), hyphens, same_size)


def add_parts(
    builder: DocumentBuilder,
    parts: Sequence[Part],
    number: int,
    usual: float,
    hyphens: Hyphens,
    same_size: float = HEADING_SIZE,
) -> None:
    """Adds paragraphs and tables.

    Args:
        builder: of the document.
        parts: in reading order.
        number: the page, 1-based.
        usual: height of the page's lines, in points.
        hyphens: of the document.
        same_size: lines whose heights differ by less than this factor have one size.
    """
    for part in parts:
        texts = [line.text for line in part.lines]
        text = hyphens.joined(texts)
        if part.is_table:
            has_header = part.header == texts[0]  # else it goes on from the page before
            header = text.partition("\n")[0] if has_header else part.header
            rows = int(has_header)
            builder.add(text, BlockKind.TABLE, page=number, header=header, header_rows=rows)
            continue
        height = usual_height(part.lines)
        if not part.is_aside and is_heading(text, height, usual * same_size):
            builder.heading(text, 1 if height > usual * max(same_size, 1.5) else 2, page=number)
        else:
            kind = BlockKind.LIST_ITEM if is_list_item(text) else BlockKind.PARAGRAPH
            builder.add(text, kind, page=number)


def paragraphs(
    lines: Sequence[PageLine], same_size: float = HEADING_SIZE
) -> Iterator[list[PageLine]]:
    """Groups lines: a wider gap, another size, a jump upwards or a bullet begins a paragraph."""
    gaps = [above.bottom - below.top for above, below in itertools.pairwise(lines)]
    # Short pages have as many gaps between paragraphs as within: the narrower ones are typical.
    usual = max(sorted(gaps)[len(gaps) // 4], 0.0) if gaps else 0.0
    group = [lines[0]]
    for gap, line in zip(gaps, lines[1:], strict=True):
        height = max(group[-1].height, 1.0)
        ratio = line.height / height
        jumps = gap < -2 * height or gap > usual + _PARAGRAPH_GAP * height
        resized = not 1 / same_size < ratio < same_size
        turns = line.turn != group[-1].turn
        last = group[-1].text
        is_parted = last.endswith("-") and _PARTED.search(last) and line.text[:1].islower()
        is_near = -2 * height <= gap <= 2 * height
        if is_parted and is_near and not turns:
            pass  # a word goes on, whatever is between its halves
        elif jumps or resized or turns or _POINT.match(line.text):
            yield group
            group = []
        group.append(line)
    yield group


def is_heading(text: str, height: float, least: float) -> bool:
    """Tells whether a paragraph's lines are higher than `least`, and it reads like a heading."""
    return (
        height > least
        and len(text) <= _HEADING_CHARACTERS
        and any(character.isalpha() for character in text)
        and not text.rstrip().endswith((".", ",", ";"))
    )


def is_list_item(text: str) -> bool:
    """Tells whether a paragraph begins with a bullet, or with a number or letter like ``2.``."""
    return LIST_ITEM.match(text) is not None
