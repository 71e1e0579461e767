"""Proposes columns for documents of one kind, by what they share. No language is assumed.

Three things show that a field is one of the documents' kind: a label ("Invoice number:") that
stands in several of them, a column's head of their tables, and the words before a value that has a
form (a date, an amount, a duration, a party).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from app.specialists.definition import MOST_COLUMNS, Column, ColumnType
from app.specialists.extract.field_words import folded
from app.specialists.extract.passages import Passage, Split, split
from app.specialists.extract.reading import Conventions, conventions_of
from app.specialists.extract.values import Value, values_in
from app.specialists.proposals import Proposal, ProposalSource
from rag.answer.support import content_words
from rag.parse.document import BlockKind, ParsedDocument
from rag.text.sentences import CELLS

_MOST = 24
_FORMED: tuple[ColumnType, ...] = ("date", "money", "number", "party")
_WORDS_BEFORE = 5
_LONGEST_NAME = 60
_LEAST_COVERED = 0.5
"""Share of the words behind a label that a value must make up to give the column its type."""
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_NO_WORD = re.compile(r"[\W_]+")
_ORDER: tuple[ProposalSource, ...] = ("label", "words", "table head")


@dataclass
class _Group:
    """What stands behind one label, under one head or behind the same words."""

    name: str
    source: ProposalSource
    values: dict[int, str] = field(default_factory=dict)
    types: dict[int, ColumnType] = field(default_factory=dict)
    place: int = 0


def propose(documents: Sequence[ParsedDocument]) -> list[Proposal]:
    """Returns columns that documents share, those of the most documents first.

    Of a single document, all its labels are proposed.
    """
    groups: dict[tuple[str, str], _Group] = {}
    for number, document in enumerate(documents):
        parts, conventions = split(document), conventions_of(document.text)
        for name, source, words, type_, place in _signs(parts, conventions):
            key = source if source != "words" else f"words {type_}", _key(name)
            group = groups.setdefault(key, _Group(name, source, place=place))
            group.values.setdefault(number, " ".join(words.split()))
            group.types.setdefault(number, type_)
    least = min(2, len(documents))
    shared = [group for group in groups.values() if len(group.values) >= least]
    shared = [group for group in shared if least > 1 or group.source == "label"]
    shared.sort(key=lambda g: (_ORDER.index(g.source), -len(g.values), g.place))
    return list(_without_doubles(shared))[: min(_MOST, MOST_COLUMNS)]


def _signs(
    parts: Split, conventions: Conventions
) -> Iterator[tuple[str, ProposalSource, str, ColumnType, int]]:
    """Yields name, source, value, type and place of each field that a document may have."""
    text = parts.document.text
    for passage in parts.passages:
        for each in passage.labelled:
            if each.row < 0 and _is_name(each.label):
                words = text[each.start : each.end]
                yield each.label, "label", words, _type_of(words, conventions), each.start
        if not passage.labelled:
            yield from _behind_words(parts.text_of(passage), passage, conventions)
    yield from _heads(parts.document, conventions)


def _heads(
    document: ParsedDocument, conventions: Conventions
) -> Iterator[tuple[str, ProposalSource, str, ColumnType, int]]:
    for block in document.blocks:
        if block.kind is not BlockKind.TABLE or not block.header:
            continue
        lines = document.text[block.locator.start : block.locator.end].split("\n")
        rows = [line.split(CELLS) for line in lines[block.header_rows :]]
        for number, head in enumerate(block.header.replace("\n", " ").split(CELLS)):
            cells = [row[number] for row in rows if number < len(row) and row[number].strip()]
            if cells and _is_name(head):
                types = {_type_of(cell, conventions) for cell in cells}
                type_ = types.pop() if len(types) == 1 else "text"
                yield head.strip(), "table head", cells[0], type_, block.locator.start + number


def _behind_words(
    text: str, passage: Passage, conventions: Conventions
) -> Iterator[tuple[str, ProposalSource, str, ColumnType, int]]:
    """Yields the values of a sentence that have a form, each under the words before it."""
    for type_ in _FORMED:
        for value in values_in(text, Column("", type=type_), conventions):
            if not _has_form(value, type_):
                continue
            before = text[: value.start]
            for name in _names_before(before):
                words = text[value.start : value.end]
                yield name, "words", words, type_, passage.start + value.start


def _names_before(before: str) -> Iterator[str]:
    """Yields the words before a value that may name it: longer first, ending in the same place.

    Words that say nothing by themselves ("of", "am", "de") are left out at both ends.
    """
    words = [match.group() for match in _WORD.finditer(before)][-_WORDS_BEFORE:]
    while words and not content_words(words[-1]):
        words.pop()
    for count in range(min(3, len(words)), 0, -1):
        if content_words(words[-count]):
            yield " ".join(words[-count:])


def _type_of(words: str, conventions: Conventions) -> ColumnType:
    """Returns the type whose value makes up most of the words behind a label."""
    length = len(words.strip())
    for type_ in _FORMED:
        for value in values_in(words, Column("", type=type_), conventions):
            covered = (value.end - value.start) / max(1, length)
            if covered >= _LEAST_COVERED and (_has_form(value, type_) or type_ == "number"):
                return type_
    return "text"


def _has_form(value: Value, type_: ColumnType) -> bool:
    """Tells whether a value is one of its type by its form alone."""
    return value.is_sure and not (type_ == "party" and len(value.value) > _LONGEST_NAME)


def _is_name(label: str) -> bool:
    return 0 < len(label.strip()) <= _LONGEST_NAME and bool(content_words(label))


def _key(name: str) -> str:
    return _NO_WORD.sub(" ", folded(name)).strip()


def _without_doubles(groups: Iterable[_Group]) -> Iterator[Proposal]:
    """Yields proposals; of those with the same values, only the first."""
    seen: list[tuple[str, dict[int, str]]] = []
    for group in groups:
        key = _key(group.name)
        if any(key == name or _same(group.values, values) for name, values in seen):
            continue
        seen.append((key, group.values))
        types = set(group.types.values())
        type_ = types.pop() if len(types) == 1 else "text"
        name = group.name[0].upper() + group.name[1:]
        column = Column(name, f"{name}?", type_)
        examples = tuple(dict.fromkeys(group.values.values()))
        yield Proposal(column, group.source, len(group.values), examples)


def _same(first: dict[int, str], second: dict[int, str]) -> bool:
    """Tells whether two groups have the same value in each document of the smaller one."""
    shared = first.keys() & second.keys()
    return len(shared) == min(len(first), len(second)) and all(
        first[number] == second[number] for number in shared
    )
