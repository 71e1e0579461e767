"""Finds the parts of a document that people name: page 3, clause 4.2, the last message, row 12."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.parse.subparts import Span, SubPlace, find_subpart
from rag.text.fold import without_accents
from rag.text.place_words import LAST, PlaceUnit, units
from rag.types import Locator

_CELLS = re.compile(r"([A-Z]{1,3})(\d+):([A-Z]{1,3})(\d+)")
_NUMBER = r"\d+(?:\.\d+)*[a-z]?|[ivxlcdm]+"
# "4.", "§ 5", "(2)", "2.1 Deposit", "Chapter III", "Art. 5"; the word before it is looked up.
_LABEL = re.compile(
    rf"(?:(?P<unit>§+|[^\W\d_]+)\.?\s?)?\(?(?P<number>{_NUMBER})(?:[.):]|(?=\s|$))", re.IGNORECASE
)
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_ROMAN_NUMBER = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
_LINE = re.compile(r"^.+$", re.MULTILINE)
_MOST_LABELS = 40


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a document as a person names it.

    Attributes:
        unit: the sort of part.
        number: as it is written, such as ``3``, ``2.1``, ``iv``; the name of a sheet; "" for an
            ordinal.
        ordinal: counted from 1, or `LAST`; 0 where there is a number.
        until: the last number of a range; "" without one.
        words: as the person wrote it: "clause 4".
        within: the part of it that is meant, and the part of that: "(2)", then "(b)".
    """

    unit: PlaceUnit
    number: str = ""
    ordinal: int = 0
    until: str = ""
    words: str = ""
    within: tuple[SubPlace, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundPlace:
    """What a document has at a place.

    Attributes:
        spans: the blocks, rows or lines there, in reading order; none if there is no such place.
        count: how many such parts the document has; 0 if it has none, or does not count them.
        labels: the numbers or names of those parts, as far as they have any.
        inside: the number of the part that has them; "" for the document.
    """

    spans: tuple[Span, ...]
    count: int
    labels: tuple[str, ...] = ()
    inside: str = ""


def find_place(document: ParsedDocument, place: Place) -> FoundPlace:
    """Returns what stands at a place of a document."""
    match place.unit:
        case PlaceUnit.PAGE | PlaceUnit.SLIDE:
            return _pages(document, place)
        case PlaceUnit.SHEET:
            return _sheet(document, place)
        case PlaceUnit.LINE:
            return _line(document, place)
        case PlaceUnit.SECTION:
            return _narrowed(document, place, _section(document, place))
        case PlaceUnit.PARAGRAPH | PlaceUnit.MESSAGE:
            return _paragraph(document, place)


def number_of(written: str) -> int | None:
    """Returns the value of a whole number in digits or Roman numerals; None if it is neither."""
    written = written.casefold()
    if written.isdecimal():
        return int(written)
    if not written or not _ROMAN_NUMBER.fullmatch(written):
        return None
    values = [_ROMAN[letter] for letter in written]
    return sum(
        -value if any(after > value for after in values[at + 1 : at + 2]) else value
        for at, value in enumerate(values)
    )


def line_number(document: ParsedDocument, offset: int) -> int:
    """Returns the number of the line, from 1, of a place in the text as the reader shows it."""
    return document.text.count("\n", 0, offset) + 1


def row_of(document: ParsedDocument, offset: int) -> int | None:
    """Returns the number of the row of a sheet at an offset; None where there are no rows."""
    for block in document.blocks:
        if block.locator.start <= offset < block.locator.end:
            for row, (start, end) in _rows(document, block):
                if start <= offset <= end:
                    return row
    return None


def label_of(text: str) -> str:
    """Returns the number that a heading, clause or list item begins with; "" without one."""
    match = _LABEL.match(text.strip())
    if match is None:
        return ""
    word = without_accents(match["unit"] or "")
    if word and units().get(word) not in (PlaceUnit.SECTION, PlaceUnit.PARAGRAPH):
        return ""
    if not word and not match["number"][0].isdecimal() and match.group()[-1] not in ".):":
        return ""  # "I am" and "mix" are words
    return match["number"].casefold()


def label_at(document: ParsedDocument, offset: int) -> str:
    """Returns the number of the numbered part that an offset is in; "" where there is none.

    Args:
        document: with numbered headings, clauses or items, or without.
        offset: in its text.
    """
    label = ""
    for block in _numbered(document):
        if block.locator.start > offset:
            break
        own = label_of(_text(document, block))
        label = own or ("" if block.kind is BlockKind.HEADING else label)
    return label


def _count(place: Place, total: int) -> list[int]:
    """Returns the numbers of the parts that are meant, counted from 1; none that do not exist."""
    if place.ordinal:
        number = total if place.ordinal == LAST else place.ordinal
        return [number] if 1 <= number <= total else []
    first = number_of(place.number)
    last = number_of(place.until) if place.until else first
    if first is None or last is None:
        return []
    return [number for number in range(first, min(last, total) + 1) if number >= 1]


def _pages(document: ParsedDocument, place: Place) -> FoundPlace:
    total = document.page_count or 0
    wanted = set(_count(place, total))
    blocks = (block for block in document.blocks if block.locator.page in wanted)
    return FoundPlace(tuple(_spans(blocks)), total, () if not wanted else ("",))


def _sheet(document: ParsedDocument, place: Place) -> FoundPlace:
    names = tuple(dict.fromkeys(b.locator.sheet for b in document.blocks if b.locator.sheet))
    wanted = without_accents(place.number).strip()
    chosen = [name for name in names if without_accents(name).strip() == wanted]
    if not chosen:
        chosen = [names[number - 1] for number in _count(place, len(names))]
    spans = tuple(_spans(b for b in document.blocks if b.locator.sheet in chosen))
    return FoundPlace(spans, len(names), names)


def _line(document: ParsedDocument, place: Place) -> FoundPlace:
    rows = [row for block in document.blocks for row in _rows(document, block)]
    if rows:
        last = max(row for row, _ in rows)
        wanted = _count(place, last)
        return FoundPlace(tuple(span for row, span in rows if row in wanted), last)
    if document.page_count:  # lines of pages end anywhere
        return FoundPlace((), 0)
    spans: list[Span] = []
    lines = document.text.rstrip("\n").split("\n")
    wanted = _count(place, len(lines))
    start = 0
    for number, line in enumerate(lines, 1):
        if number in wanted:
            spans.append((start, start + len(line)))
        start += len(line) + 1
    return FoundPlace(tuple(span for span in spans if span[0] < span[1]), len(lines))


def _rows(document: ParsedDocument, block: Block) -> Iterator[tuple[int, Span]]:
    """Yields the rows of a block of a sheet, where its lines are rows of the sheet."""
    match = _CELLS.fullmatch(block.locator.cells or "")
    if match is None:
        return
    top, bottom = int(match[2]), int(match[4])
    start = block.locator.start
    lines = document.text[start : block.locator.end].rstrip("\n").split("\n")
    if len(lines) != bottom - top + 1:
        return
    for row, line in enumerate(lines, top):
        yield row, (start, start + len(line))
        start += len(line) + 1


def _paragraph(document: ParsedDocument, place: Place) -> FoundPlace:
    if place.number and place.unit is PlaceUnit.PARAGRAPH:  # "paragraph 5" can be a number in print
        section = _section(document, place)
        if section.spans:
            return section
    blocks = [b for b in document.blocks if b.kind in (BlockKind.PARAGRAPH, BlockKind.LIST_ITEM)]
    wanted = _count(place, len(blocks))
    return FoundPlace(tuple(_spans(blocks[number - 1] for number in wanted)), len(blocks))


def _section(document: ParsedDocument, place: Place) -> FoundPlace:
    """Finds a section by the document's own numbering; an ordinal counts the headings.

    Of several with the number, the one with most text is meant: a table of contents has it, too.
    """
    blocks = _numbered(document)
    labels = [label_of(_text(document, block)) for block in blocks]
    if place.ordinal:
        first = [i for i, b in enumerate(blocks) if b.kind is BlockKind.HEADING]
        top = min((blocks[i].level for i in first), default=0)
        first = [i for i in first if blocks[i].level == top]
        wanted = [first[number - 1] for number in _count(place, len(first))]
    else:
        wanted = [i for i, label in enumerate(labels) if label and _is_same(label, place.number)]
        headings = [i for i in wanted if blocks[i].kind is BlockKind.HEADING]
        wanted = headings or wanted
    sections = [blocks[i : _end_of_section(blocks, labels, i)] for i in wanted]
    longest = max(sections, key=_length, default=())
    shown = tuple(dict.fromkeys(label for label in labels if label))
    return FoundPlace(tuple(_spans(longest)), len(shown), shown[:_MOST_LABELS])


def _numbered(document: ParsedDocument) -> list[Block]:
    """Returns the blocks; a paragraph whose lines are numbered counts as a block for each number.

    Plain text and line breaks make one paragraph of clauses that stand on lines of their own.
    """
    return [
        replace(block, locator=replace(block.locator, start=start, end=end))
        for block in document.blocks
        for start, end in _numbered_lines(document, block)
    ]


def _numbered_lines(document: ParsedDocument, block: Block) -> list[Span]:
    """Returns the spans of a paragraph from each numbered line to the next.

    A line that happens to begin with a number ("… in the year / 2026. Then …") has no neighbour
    with the number before or behind.
    """
    start, end = block.locator.start, block.locator.end
    text = document.text[start:end]
    if block.kind is not BlockKind.PARAGRAPH or "\n" not in text:
        return [(start, end)]
    lines = [
        (start + line.start(), label, bool(match["unit"]))
        for line in _LINE.finditer(text)
        if (label := label_of(line.group())) and (match := _LABEL.match(line.group().strip()))
    ]
    labels = [label for _, label, _ in lines]
    follows = [_follows(before, label) for before, label in pairwise(labels)]
    starts = [
        at
        for (at, _, has_unit), is_next, has_next in zip(
            lines, [False, *follows], [*follows, False], strict=True
        )
        if has_unit or is_next or has_next
    ]
    bounds = [start, *(at for at in starts if at > start), end]
    return list(pairwise(bounds))


def _follows(before: str, label: str) -> bool:
    """Tells whether a number comes next behind another: "3" and "2.1" behind "2"."""
    *outer, last = before.split(".")
    *own_outer, own = label.split(".")
    if label == f"{before}.1":
        return True
    value, own_value = number_of(last), number_of(own)
    if outer and not own_outer:
        value = number_of(outer[0])
    elif outer != own_outer:
        return False
    return value is not None and own_value == value + 1


def _narrowed(document: ParsedDocument, place: Place, found: FoundPlace) -> FoundPlace:
    """Narrows a section to the part of it that is meant: its second paragraph, its item (b).

    "Article 5.2" is the second paragraph of article 5 where no part has that number.
    """
    if not found.spans and not place.until and "." in place.number:
        number, _, last = place.number.rpartition(".")
        part = SubPlace(last, is_counted=True)
        whole = _section(document, replace(place, number=number))
        if whole.spans:
            place = replace(place, number=number, within=(part, *place.within))
            found = whole
    if not found.spans or not place.within:
        return found
    span = found.spans[0][0], found.spans[-1][1]
    number = place.number
    for part in place.within:
        narrower, labels = find_subpart(document, span, number, part)
        if narrower is None:
            return FoundPlace((), len(labels), labels, place.number)
        span, number = narrower, ""
    return FoundPlace((span,), found.count, found.labels)


def _end_of_section(blocks: Sequence[Block], labels: Sequence[str], first: int) -> int:
    """Returns the index after the last block of the section that begins with block `first`."""
    opening = blocks[first]
    depth = labels[first].count(".")
    for index in range(first + 1, len(blocks)):
        block = blocks[index]
        if opening.kind is BlockKind.HEADING:
            if block.kind is BlockKind.HEADING and block.level <= opening.level:
                return index
        elif block.kind is BlockKind.HEADING or (
            labels[index] and labels[index].count(".") <= depth
        ):
            return index
    return len(blocks)


def _is_same(label: str, number: str) -> bool:
    number = number.casefold()
    if label == number:
        return True
    value = number_of(label)
    return value is not None and value == number_of(number)


def _length(section: Sequence[Block]) -> int:
    return section[-1].locator.end - section[0].locator.start if section else 0


def _text(document: ParsedDocument, block: Block) -> str:
    locator: Locator = block.locator
    return document.text[locator.start : min(locator.end, locator.start + 80)]


def _spans(blocks: Iterator[Block] | Sequence[Block]) -> Iterator[Span]:
    for block in blocks:
        yield block.locator.start, block.locator.end
