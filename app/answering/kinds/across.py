"""Questions that many files answer, each with a line: lists, who has something, the latest of all.

Four passages would show four of them. All files are searched, and one line of each is quoted; no
model has a part in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from typing import TypeAlias

from app.answering.context import AnswerContext
from app.answering.kinds.composing import in_one_line
from app.answering.kinds.fixed import by_path, fixed_answer, meaning_words
from app.answering.kinds.place import Library
from app.answering.places import DatedAsked, EachAsked, ThingsAsked
from app.answering.run import AnswerRun
from app.events import Answer, PassagesFound
from rag.answer.citations import citation
from rag.answer.excerpt import Likeness, Reading, entire
from rag.store.inventory import name_of
from rag.text.answer_markup import code
from rag.text.claims import claims
from rag.text.dates import dates
from rag.text.describe_locator import describe
from rag.text.logic_words import table_of
from rag.text.quarters import quarters
from rag.text.sentences import sentences
from rag.types import Citation, Hit

_SEARCHED = 200  # passages
_MOST_SHOWN = 10
_FEWEST = 3
"""Files whose sentences answer, from which on a question is about all of them: two can be a file
and an older version of it."""
_FEWEST_DATED = 2


_Line: TypeAlias = tuple[Hit, Citation]
"""The line of a file that speaks of what is asked, with its passage."""


class AcrossAnswerer:
    """Answers from a line of every file that speaks of what is asked.

    Args:
        library: keeps the documents, and finds passages in them.
        likeness: helps to choose lines; None goes by their words.
    """

    def __init__(self, library: Library, likeness: Likeness | None = None) -> None:
        self._library = library
        self._likeness = likeness

    def answer(self, context: AnswerContext, run: AnswerRun) -> Answer | None:
        """Answers, see `app.answering.run.Answerer`; None where too few files speak of it."""
        match context.wanted:
            case DatedAsked(subject=subject, latest=latest):
                answer = self._dated(subject, latest, context)
            case EachAsked(subject=subject) | ThingsAsked(noun="", subject=subject):
                answer = self._each(subject, context)
            case ThingsAsked(noun=noun, subject=subject) if subject:
                answer = self._each(f"{noun} {subject}", context, counted=noun)
            case _:
                return None
        if answer is None:
            return None
        run.on_event(PassagesFound(answer.nearest))
        return run.told(answer)

    def _each(self, subject: str, context: AnswerContext, counted: str = "") -> Answer | None:
        """Quotes a line of each file that has all words; None where one states their number."""
        wanted = meaning_words(subject)
        hits = self._library.search(subject, _SEARCHED, context.places)
        lines = {
            path: lines
            for path, of_file in by_path(hits).items()
            if (lines := [line for hit in of_file for line in _having(hit, wanted)])
        }
        if len(lines) < _FEWEST or (counted and _is_stated(counted, chain(*lines.values()))):
            return None
        best = [self._best(subject, of_file) for of_file in list(lines.values())[:_MOST_SHOWN]]
        count = f"{len(lines):,}" if len(hits) < _SEARCHED else f"At least {len(lines):,}"
        rest = "" if len(best) == len(lines) else f"; the first {len(best)} are shown"
        return _listed(f"**{count} files** mention it{rest}:", best, context)

    def _dated(self, subject: str, latest: bool, context: AnswerContext) -> Answer | None:
        """Quotes dated lines, the latest first, or the earliest; None where there is no choice."""
        wanted = meaning_words(subject)
        hits = self._library.search(subject, _SEARCHED, context.places)
        dated: list[tuple[int, _Line]] = []
        for of_file in by_path(hits).values():
            of_lines = [line for hit in of_file for line in _dated_lines(hit, wanted, latest)]
            if of_lines:
                dated.append((max if latest else min)(of_lines, key=lambda item: item[0]))
        dated.sort(key=lambda item: item[0], reverse=latest)
        if len({date for date, _ in dated}) < _FEWEST_DATED:
            return None
        first = "latest" if latest else "earliest"
        shown = [line for _, line in dated[:_MOST_SHOWN]]
        rest = f"; {len(shown)} are shown" if len(shown) < len(dated) else ""
        opening = f"{len(dated):,} files give a date for it{rest}, the {first} first:"
        return _listed(opening, shown, context)

    def _best(self, subject: str, lines: Sequence[_Line]) -> _Line:
        if len(lines) == 1:
            return lines[0]
        reading = Reading(subject, [hit for hit, _ in lines], self._likeness)
        (best,) = reading.best([entire(hit) for hit, _ in lines], 1)
        start = best.hit.locator.start + best.spans[0][0]
        of_hit = [line for line in lines if line[0] is best.hit]
        return min(of_hit, key=lambda line: abs(line[1].locator.start - start))


def _having(hit: Hit, wanted: frozenset[str]) -> Iterator[_Line]:
    """Yields the sentences that speak of all that is wanted, not only by what they stand under."""
    names = f"{name_of(hit.path)} {hit.title}"
    above = meaning_words(f"{names} {hit.context}")
    for start, end in sentences(hit.text):
        own = meaning_words(hit.text[start:end])
        if hit.row_group:
            above = meaning_words(f"{names} {hit.context_at(start)}")
        if wanted & own and wanted <= own | above:
            yield hit, citation(hit, start, end)


def _dated_lines(hit: Hit, wanted: frozenset[str], latest: bool) -> Iterator[tuple[int, _Line]]:
    """Yields the sentences that speak of all that is wanted, with the date that they give.

    Where the sentence gives none, the file's name may.
    """
    for line in _having(hit, wanted):
        name = name_of(hit.path)
        of_line = dates(line[1].quote) or dates(name, name=True) or quarters(name)
        if of_line:
            numbers = [date.number for date in of_line]
            yield max(numbers) if latest else min(numbers), line


def _is_stated(noun: str, lines: Iterable[_Line]) -> bool:
    """Tells whether a line states how many of a sort there are: "30 days", "five members"."""
    wanted = meaning_words(noun)
    for _, cited in lines:
        items = claims(cited.quote, table_of(cited.quote))
        if any(figure.unit and wanted & meaning_words(figure.unit) for figure in items):
            return True
        if any(
            figure.kind == "number" and wanted & meaning_words(behind.text)
            for figure, behind in pairwise(items)
        ):
            return True
    return False


def _listed(opening: str, lines: Sequence[_Line], context: AnswerContext) -> Answer:
    sources: list[Citation] = []
    items: list[str] = []
    for n, (_, cited) in enumerate(lines, 1):
        source = replace(cited, n=n)
        sources.append(source)
        place = describe(source.locator, source.kind)
        where = f"{code(name_of(source.path))}, {place}" if place else code(name_of(source.path))
        items.append(f"- {where}: {in_one_line(source.quote)} [{n}]")
    nearest = tuple(dict.fromkeys(hit for hit, _ in lines))
    text = "\n".join([opening, "", *items])
    return fixed_answer(text, sources, nearest, counted=context.places or ("",))
