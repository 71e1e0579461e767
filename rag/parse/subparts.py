"""Finds parts within a numbered part of a document: paragraph 2 of § 5, item (b) of clause 4.2.

Print marks them in three ways: by a number of their own, by that of the whole with another
behind it ("5.2"), or not at all; then paragraphs count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.text.place_words import LAST
from rag.text.sentences import is_ended, sentences

Span = tuple[int, int]
"""Offsets in the document's text, end exclusive."""

# "(2)", "2.", "b)", "iv)", "Abs. 2", "2.1 " at the beginning of a line, or "(2)" within one.
_MARK = re.compile(
    r"(?:^[ \t]*(?:[-•*][ \t]+)?(?:[^\W\d_]{2,10}\.?[ \t]+(?=\d))?|(?<=\s)(?=\())"
    r"(?P<open>\(?)(?P<label>\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxIVX]{1,5})(?P<close>[.):]?)(?=\s|$)",
    re.MULTILINE,
)
_MOST_LABELS = 40
_MOST_MARKS = 2_000


@dataclass(frozen=True, slots=True)
class SubPlace:
    """A part within a numbered part, as a person names it.

    Attributes:
        number: as it is written, such as ``2`` or ``b``; "" for an ordinal.
        ordinal: counted from 1, or `LAST`; 0 where there is a number.
        until: the last number of a range; "" without one.
        is_counted: paragraphs without a number are counted: an item (b) must have its letter.
        is_sentence: it is a sentence, which nobody numbers.
    """

    number: str = ""
    ordinal: int = 0
    until: str = ""
    is_counted: bool = False
    is_sentence: bool = False


@dataclass(frozen=True, slots=True)
class _Mark:
    label: str
    style: str
    start: int
    is_inside: bool  # not at the beginning of a line


def find_subpart(
    document: ParsedDocument, whole: Span, number: str, part: SubPlace
) -> tuple[Span | None, tuple[str, ...]]:
    """Returns where a part is, or None, and the labels of the parts that there are.

    Args:
        document: it is in this.
        whole: the offsets of the numbered part.
        number: of the numbered part, as it is written; "" for a part within such a part.
        part: what is looked for.
    """
    text = document.text[: whole[1]]
    if part.is_sentence:
        return _sentence(text, whole, part), ()
    marks = _marks(text, whole, number)
    for run in _runs(marks, number):
        labels = [mark.label for mark in run]
        first = _index(labels, part.number, part.ordinal)
        if first is None:
            continue
        last = _index(labels, part.until, 0) if part.until else first
        last = len(run) - 1 if last is None else last
        return _trimmed(text, run[first].start, _end(marks, run, last, whole[1])), ()
    if part.is_counted and (span := _paragraph(document, whole, number, part)) is not None:
        return span, ()
    longest = max(_runs(marks, number), key=len, default=[])
    return None, tuple(mark.label for mark in longest)[:_MOST_LABELS]


def _marks(text: str, whole: Span, number: str) -> list[_Mark]:
    """Returns the marks of parts in a numbered part, without its own."""
    marks: list[_Mark] = []
    for match in _MARK.finditer(text, *whole):
        label, opening, closing = match["label"], match["open"], match["close"]
        begins_line = match.start() == 0 or text[match.start() - 1] == "\n"
        is_own = match.start() == whole[0] and label.casefold() == number.casefold()
        is_dotted = bool(number) and label.startswith(f"{number}.")
        if (
            is_own
            or (opening and closing != ")")
            or not (closing or is_dotted or label.isdecimal())
        ):
            continue
        if not closing and not is_dotted and not _names_part(match.group()):
            continue  # "3 boats", "2 Members"
        sort = "1" if label[0].isdecimal() else "a" if label.islower() else "A"
        marks.append(
            _Mark(label.casefold(), opening + sort + closing, match.start(), not begins_line)
        )
        if len(marks) == _MOST_MARKS:
            break
    return marks


def _names_part(mark: str) -> bool:
    """Tells whether a mark has a word before its number: "Abs. 2"."""
    return any(sign.isalpha() for sign in mark)


def _runs(marks: Sequence[_Mark], number: str) -> list[list[_Mark]]:
    """Returns the marks of each style; those within lines only where they begin with the first."""
    styles: dict[str, list[_Mark]] = {}
    for mark in marks:
        styles.setdefault(mark.style, []).append(mark)
    runs = []
    for run in styles.values():
        begins = run[0].label in ("1", "a", "i", f"{number}.1".casefold())
        runs.append(run if begins else [mark for mark in run if not mark.is_inside])
    return [run for run in runs if run]


def _index(labels: Sequence[str], number: str, ordinal: int) -> int | None:
    if ordinal == LAST:
        return len(labels) - 1
    wanted = str(ordinal) if ordinal else number.casefold()
    for index, label in enumerate(labels):
        if label == wanted or label.endswith(f".{wanted}"):
            return index
    return None


def _end(marks: Sequence[_Mark], run: Sequence[_Mark], last: int, end: int) -> int:
    """Returns where a part ends: at the next of its style, or at one that it is itself within."""
    start = run[last].start
    outer = {mark.style for mark in marks if mark.start < run[0].start}
    outer.add(run[last].style)
    return next((m.start for m in marks if m.start > start and m.style in outer), end)


def _paragraph(document: ParsedDocument, whole: Span, number: str, part: SubPlace) -> Span | None:
    """Returns a paragraph of a part whose paragraphs have no numbers; lists belong to theirs."""
    blocks = [b for b in document.blocks if whole[0] <= b.locator.start < whole[1]]
    if (
        number
        and blocks
        and (blocks[0].kind is BlockKind.HEADING or _is_title(document, blocks[0]))
    ):
        del blocks[0]
    starts = [block.locator.start for block in blocks if block.kind is BlockKind.PARAGRAPH]
    bounds = [*starts, whole[1]]
    first = _count(part.number, part.ordinal, len(starts))
    last = _count(part.until, 0, len(starts)) if part.until else first
    if first is None:
        return None
    return _trimmed(document.text, bounds[first - 1], bounds[last or len(starts)])


def _is_title(document: ParsedDocument, block: Block) -> bool:
    return not is_ended(document.text[block.locator.start : block.locator.end])


def _sentence(text: str, whole: Span, part: SubPlace) -> Span | None:
    start = whole[0]
    mark = _MARK.match(text, start)
    if mark is not None:
        start = mark.end()
    spans = sentences(text[start:]) if text[start:].strip() else []
    number = _count(part.number, part.ordinal, len(spans))
    if number is None:
        return None
    return _trimmed(text, start + spans[number - 1][0], start + spans[number - 1][1])


def _count(number: str, ordinal: int, total: int) -> int | None:
    if ordinal == LAST:
        ordinal = total
    elif number.isdecimal():
        ordinal = int(number)
    return ordinal if 1 <= ordinal <= total else None


def _trimmed(text: str, start: int, end: int) -> Span:
    words = text[start:end]
    start += len(words) - len(words.lstrip())
    return start, start + len(words.strip())
