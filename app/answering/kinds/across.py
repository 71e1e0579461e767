"""Questions that many files answer, each with a line: lists, who has something, the latest of all.

Four passages would show four of them. All files are searched, and one line of each is quoted; no
model has a part in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from app.answering.context import AnswerContext
from app.answering.kinds.composing import in_one_line
from app.answering.kinds.fixed import fixed_answer, meaning_words
from app.answering.kinds.place import Library
from app.answering.places import DatedAsked, EachAsked, ThingsAsked
from app.answering.run import AnswerRun
from app.events import Answer, PassagesFound
from rag.answer.excerpt import Likeness, Reading, entire
from rag.answer.ground import citation
from rag.store.inventory import name_of
from rag.text.answer_markup import code
from rag.text.claims import claims
from rag.text.dates import dates
from rag.text.describe_locator import describe
from rag.text.logic_words import table_of
from rag.text.sentences import sentences
from rag.types import Citation, Hit

_SEARCHED = 200  # passages
_MOST_SHOWN = 10
_FEWEST = 3
"""Files whose sentences answer, from which on a question is about all of them: two can be a file
and an older version of it."""
_FEWEST_DATED = 2


@dataclass(frozen=True, slots=True)
class _Line:
    """The line of a file that speaks of what is asked; `date` as digits, 0 without one."""

    hit: Hit
    start: int
    end: int
    date: int = 0


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
            for path, of_file in _by_path(hits).items()
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
        lines = []
        for of_file in _by_path(hits).values():
            dated = [line for hit in of_file for line in _dated_lines(hit, wanted, latest)]
            if dated:
                lines.append((max if latest else min)(dated, key=lambda line: line.date))
        lines.sort(key=lambda line: line.date, reverse=latest)
        if len({line.date for line in lines}) < _FEWEST_DATED:
            return None
        first = "latest" if latest else "earliest"
        shown = lines[:_MOST_SHOWN]
        rest = f"; {len(shown)} are shown" if len(shown) < len(lines) else ""
        opening = f"{len(lines):,} files give a date for it{rest}, the {first} first:"
        return _listed(opening, shown, context)

    def _best(self, subject: str, lines: Sequence[_Line]) -> _Line:
        if len(lines) == 1:
            return lines[0]
        reading = Reading(subject, [line.hit for line in lines], self._likeness)
        (best,) = reading.best([entire(line.hit) for line in lines], 1)
        ((start, _),) = best.spans
        of_hit = [line for line in lines if line.hit is best.hit]
        return min(of_hit, key=lambda line: abs(line.start - start))


def _by_path(hits: Sequence[Hit]) -> dict[str, list[Hit]]:
    by_path: dict[str, list[Hit]] = {}
    for hit in hits:
        by_path.setdefault(hit.path, []).append(hit)
    return by_path


def _lines(hit: Hit) -> Iterator[tuple[_Line, frozenset[str]]]:
    """Yields the sentences of a passage with their words and those that they stand under."""
    names = f"{name_of(hit.path)} {hit.title}"
    above = meaning_words(f"{names} {hit.context}")
    for start, end in sentences(hit.text):
        words = hit.text[start:end]
        line = _Line(hit, end - len(words.lstrip()), start + len(words.rstrip()))
        own = meaning_words(words)
        if own:
            if hit.row_group:
                above = meaning_words(f"{names} {hit.context_at(start)}")
            yield line, own | above


def _having(hit: Hit, wanted: frozenset[str]) -> Iterator[_Line]:
    """Yields the sentences that speak of all that is wanted, not only by what they stand under."""
    for line, words in _lines(hit):
        own = meaning_words(hit.text[line.start : line.end])
        if wanted and wanted <= words and wanted & own:
            yield line


def _dated_lines(hit: Hit, wanted: frozenset[str], latest: bool) -> Iterator[_Line]:
    """Yields the sentences that speak of all that is wanted, and give a date.

    Where the sentence gives none, the file's name may.
    """
    for line in _having(hit, wanted):
        of_line = dates(hit.text[line.start : line.end]) or dates(name_of(hit.path), name=True)
        if of_line:
            numbers = [date.number for date in of_line]
            yield replace(line, date=max(numbers) if latest else min(numbers))


def _is_stated(noun: str, lines: Iterable[_Line]) -> bool:
    """Tells whether a line states how many of a sort there are: "30 days", "five members"."""
    wanted = meaning_words(noun)
    for line in lines:
        text = line.hit.text[line.start : line.end]
        items = claims(text, table_of(text))
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
    for n, line in enumerate(lines, 1):
        source = replace(citation(line.hit, line.start, line.end), n=n)
        sources.append(source)
        place = describe(source.locator, source.kind)
        where = f"{code(name_of(source.path))}, {place}" if place else code(name_of(source.path))
        items.append(f"- {where}: {in_one_line(source.quote)} [{n}]")
    nearest = tuple(dict.fromkeys(line.hit for line in lines))
    text = "\n".join([opening, "", *items])
    return fixed_answer(text, sources, nearest, counted=context.places or ("",))
