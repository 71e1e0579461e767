"""Questions for all things of a list, or for their number: the whole list is read, by no model.

A list is what a document itself sets as one: list items, headings of one level, rows of a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from app.answering.context import AnswerContext
from app.answering.kinds.composing import in_one_line
from app.answering.kinds.fixed import fixed_answer, meaning_words
from app.answering.kinds.place import Library
from app.answering.places import ThingsAsked
from app.answering.run import AnswerRun
from app.events import Answer, PassagesFound
from rag.answer.citations import citation
from rag.parse.document import BlockKind, ParsedDocument
from rag.store.inventory import name_of
from rag.text.answer_markup import code, one_line
from rag.text.fold import without_accents
from rag.text.question_words import words as words_for
from rag.types import Citation, Hit

_SEARCHED = 12  # passages
_MOST_FILES = 3
_MOST_LISTED = 30
_FEWEST = 2  # things that make a list
_HALF = 0.5  # of the words for the things that the list has to have


@dataclass(frozen=True, slots=True)
class _Thing:
    """A thing of a list.

    Attributes:
        start, end: offsets of the words that name it.
        text: all that is said of it.
    """

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Things:
    """A list of a document, and the words that stand above it."""

    above: str
    things: tuple[_Thing, ...]


class ThingsAnswerer:
    """Lists or counts things. Rows of tables are counted by queries (`TableAnswerer`).

    Args:
        library: keeps the documents, and finds passages in them.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    def answer(self, context: AnswerContext, run: AnswerRun) -> Answer | None:
        """Answers, see `app.answering.run.Answerer`; None where no list fits the question."""
        asked = context.wanted
        if not isinstance(asked, ThingsAsked):
            return None
        query = f"{asked.noun} {asked.subject}".strip()
        hits = self._library.search(query, _SEARCHED, context.places)
        for path in list(dict.fromkeys(hit.path for hit in hits))[:_MOST_FILES]:
            document = self._library.document(path).document
            chosen = _choose(document, asked)
            if chosen is not None:
                answer = self._told(path, chosen, asked)
                run.on_event(PassagesFound(answer.nearest))
                return run.told(answer)
        return None

    def _told(self, path: str, chosen: _Things, asked: ThingsAsked) -> Answer:
        hits = self._library.whole(path).hits
        sources: list[Citation] = []
        lines: list[str] = []
        for thing in chosen.things[:_MOST_LISTED]:
            source = _cite(thing, hits, len(sources) + 1)
            if source is not None:
                sources.append(source)
                lines.append(f"- {in_one_line(source.quote)} [{source.n}]")
        count = len(chosen.things)
        if count > len(lines):
            lines.append(f"- … and {count - len(lines):,} more")
        opening = code(name_of(path))
        if asked.noun:
            opening = f"**{count:,}**, by {opening}"
        elif chosen.above:
            opening += f", {one_line(chosen.above)}"
        cited = {source.chunk_id for source in sources}
        nearest = [hit for hit in hits if hit.chunk_id in cited]
        return fixed_answer("\n".join([f"{opening}:", "", *lines]), sources, nearest, files=(path,))


def _choose(document: ParsedDocument, asked: ThingsAsked) -> _Things | None:
    """Returns the list that a question asks for, with only those things that it means."""
    lists = [*_headings(document), *_items(document)]
    if not asked.noun:
        lists += _rows(document)
    fitting = [chosen for listed in lists if (chosen := _meant(listed, asked)) is not None]
    return max(fitting, key=lambda listed: len(listed.things), default=None)


def _meant(listed: _Things, asked: ThingsAsked) -> _Things | None:
    above = meaning_words(listed.above)
    noun, subject = meaning_words(asked.noun), meaning_words(asked.subject)
    if asked.noun and (not noun or not noun <= above):
        return None
    having = [meaning_words(thing.text) for thing in listed.things]
    conditions = subject - above - noun
    nowhere = {word for word in conditions if not any(word in words for words in having)}
    if nowhere and (asked.noun or len(subject - nowhere) < _HALF * len(subject)):
        return None
    if not asked.noun and not subject & above:
        return None
    conditions -= nowhere
    things = tuple(
        thing for thing, words in zip(listed.things, having, strict=True) if conditions <= words
    )
    # "Status: not done" has the word "done" as well.
    if not things or (conditions and any(_denies(thing.text) for thing in things)):
        return None
    return replace(listed, things=things)


def _denies(text: str) -> bool:
    words = without_accents(text).replace("'", " ").replace("’", " ").split()
    return any(word.strip(".,;:()") in words_for("denies") for word in words)


def _headings(document: ParsedDocument) -> Iterator[_Things]:
    """Yields the headings of each level that begin with the same word, such as "Project"."""
    blocks = document.blocks
    headings = [i for i, block in enumerate(blocks) if block.kind is BlockKind.HEADING]
    by_word: dict[tuple[int, str], list[_Thing]] = {}
    for at, i in enumerate(headings):
        block = blocks[i]
        behind = [j for j in headings[at + 1 :] if blocks[j].level <= block.level]
        end = blocks[behind[0]].locator.start if behind else len(document.text)
        start = block.locator.start
        title = document.text[start : block.locator.end]
        first = title.split()[0] if title.split() else ""
        thing = _Thing(start, block.locator.end, document.text[start:end])
        by_word.setdefault((block.level, first.casefold()), []).append(thing)
    for (_, word), things in by_word.items():
        if len(things) >= _FEWEST:
            yield _Things(word, tuple(things))


def _items(document: ParsedDocument) -> Iterator[_Things]:
    """Yields each run of list items under one heading."""
    runs = groupby(document.blocks, lambda block: (block.kind, block.locator.headings))
    for (kind, headings), run in runs:
        if kind is not BlockKind.LIST_ITEM:
            continue
        places = [(block.locator.start, block.locator.end) for block in run]
        things = tuple(_Thing(start, end, document.text[start:end]) for start, end in places)
        if len(things) >= _FEWEST:
            yield _Things("".join(headings[-1:]) or document.title, things)


def _rows(document: ParsedDocument) -> Iterator[_Things]:
    """Yields the rows of each table, under its header and heading."""
    for block in document.blocks:
        if block.kind is not BlockKind.TABLE or not block.header:
            continue
        start = block.locator.start
        things: list[_Thing] = []
        for line in document.text[start : block.locator.end].split("\n"):
            if line.strip():
                things.append(_Thing(start, start + len(line), line))
            start += len(line) + 1
        rows = tuple(things[block.header_rows :])
        if len(rows) >= _FEWEST:
            above = " ".join((*block.locator.headings[-1:], block.header))
            yield _Things(above, rows)


def _cite(thing: _Thing, hits: Sequence[Hit], n: int) -> Citation | None:
    for hit in hits:
        first = hit.locator.start
        if first <= thing.start < hit.locator.end:
            cited = citation(hit, thing.start - first, min(thing.end, hit.locator.end) - first)
            return replace(cited, n=n)
    return None
