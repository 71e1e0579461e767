"""Cuts passages down to the sentences that are relevant to the question.

A small model on a processor is slow at reading the prompt (prefill), and only a few sentences of
the retrieved passages matter. `python -m bench.answers_reading` measures how often the answer is in
them.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rag.answer.support import content_words
from rag.text.back_reference import refers_back
from rag.text.contents_list import contents_entries
from rag.text.language import language_of
from rag.text.question_kind import is_question
from rag.text.sentences import CELLS, is_ended, sentences
from rag.types import Hit

GAP = " … "

# Token budgets: where a sentence has most of the question's words, the answer is in it or near it.
# Where the documents use other words, more has to be read.
_FEW_TOKENS, _MANY_TOKENS = 170, 400
_COVERED = 0.6

# A unit shorter than this is joined with the next: rows of a narrow table, lines of a mail.
_SHORTEST_UNIT = 80
_LONGEST_UNIT = 400  # characters; a longer sentence is cut between words
# Estimated tokens of a text, good enough for a budget: four Latin letters make one, and a character
# of any other script about two thirds.
_ASCII_TOKENS, _OTHER_TOKENS = 0.25, 0.65
_SOURCE_TOKENS = 12  # for the number, title and place of a passage
# The value of a unit: the share of the question's words in it, words of its heading counting less;
# the best of its neighbours, whose continuation it may be; the passage's rank.
_IN_CONTEXT, _NEIGHBOUR, _RANK, _RANK_HALVES = 0.3, 0.3, 0.3, 2.0
# Weight of the cosine similarity to the question: twice as much as all words together.
_LIKENESS = 2.0
# Number of units, the best by words, that are embedded: of the 45 of 8 passages, more add nothing.
_EMBEDDED = 24
# The value of a sentence as a quote: its similarity in meaning, the share of the question's words
# that it has, and the passage's rank. Chosen on 50 questions of SQuAD 2 (see `rag.answer.form`).
_QUOTE_WORDS, _QUOTE_RANK = 0.5, 0.2
# What an entry of a table of contents is worth less, read or quoted: as much as all words of the
# question are worth, which it often has.
_ENTRY_COST = 0.5
# What surrounds a quote belongs to it while it is at least so close to the question, as a share of
# the quote's closeness, for at most so many sentences before and behind it and characters in all.
# Chosen on 52 questions with long answers, by how many words of these the run of sentences has.
_RUN_SHARE, _RUN_BEFORE, _RUN_BEHIND, _RUN_CHARACTERS = 0.4, 4, 7, 600
# Least similarity of a question to itself at which its closest sentence tells anything. It is 1
# where the embedder knows the question's language, and reduced where it hardly does.
_LEAST_OWN_LIKENESS = 0.5

Likeness = Callable[[str, Sequence[str]], Sequence[float]]
"""The similarity of texts to a question in meaning, from 0 to 1 each."""

RunAround = Callable[[Hit, int, int], tuple[tuple[int, int], ...]]
"""Returns the spans of a quote in a passage and of what around it is about the question as well."""


@dataclass(frozen=True, slots=True)
class PassageExcerpt:
    """The kept part of a passage. `spans` are offsets in ``hit.text``, in order, not touching."""

    hit: Hit
    spans: tuple[tuple[int, int], ...]

    @property
    def text(self) -> str:
        """The words, with an ellipsis where some were left out."""
        return GAP.join(self.hit.text[start:end].strip() for start, end in self.spans)

    @property
    def sentence_spans(self) -> list[tuple[int, int]]:
        """The offsets of its sentences and lines in ``hit.text``, as far as they are kept.

        They are told apart in the whole passage: where a part of it begins within a line, nothing
        in the part says that the sentence goes on in the next.
        """
        text = self.hit.text
        bounds = sentences(text)
        clipped = (
            (max(start, a), min(end, b))
            for start, end in self.spans
            for a, b in bounds
            if a < end and start < b
        )
        return [(a, b) for a, b in clipped if text[a:b].strip()]

    @property
    def text_with_groups(self) -> str:
        """The words; rows of a table stand below the group that they are in, if it has groups."""
        parts = [self.hit.with_group(start, end) for start, end in self.spans]
        return (f"{GAP.rstrip()}\n" if self.hit.row_group else GAP).join(parts)


def entire(hit: Hit) -> PassageExcerpt:
    """Returns the whole of a passage."""
    return PassageExcerpt(hit, ((0, len(hit.text)),))


def units(hit: Hit) -> tuple[PassageExcerpt, ...]:
    """Splits a passage into its sentences; short ones are joined with the next."""
    return tuple(PassageExcerpt(hit, ((unit.start, unit.end),)) for unit in _units(0, hit.text))


@dataclass(frozen=True, slots=True)
class _Unit:
    """A sentence or a few lines: ``hits[rank].text[start:end]``."""

    rank: int
    start: int
    end: int


class Reading:
    """The sentences of passages, and the value of each for a question.

    Args:
        question: as the person asked it.
        hits: passages, best first.
        likeness: similarity of sentences to the question in meaning; None uses words alone.
    """

    def __init__(
        self, question: str, hits: Sequence[Hit], likeness: Likeness | None = None
    ) -> None:
        self._hits = hits
        self._units = [unit for rank, hit in enumerate(hits) for unit in _units(rank, hit.text)]
        self._question = question
        self._likeness = likeness = None if likeness is None else _asked_once(likeness)
        self._question_words = question_words = content_words(question)
        shared = [question_words & content_words(self._text(unit)) for unit in self._units]
        most = max(map(len, shared), default=0)
        self.tokens = _FEW_TOKENS if most >= _COVERED * len(question_words) else _MANY_TOKENS
        """About how many tokens are worth reading."""
        self._contents = {
            hit.chunk_id: contents_entries(hit.text, hit.locator.page) for hit in hits
        }
        self._worth = [
            value - self._entry_cost(hits[unit.rank], unit.start, unit.end)
            for value, unit in zip(
                _worth(question_words, shared, hits, self._units), self._units, strict=True
            )
        ]
        self._near: dict[int, float] = {}
        if likeness is not None and self._units:
            self._weigh(likeness)

    def excerpts(
        self, tokens: int, most: int, known: Sequence[PassageExcerpt] = ()
    ) -> tuple[PassageExcerpt, ...]:
        """Returns the sentences worth reading, as parts of their passages, best passage first.

        Args:
            tokens: about how many the excerpts may have together; one unit is always taken, unless
                all are known.
            most: how many passages at most.
            known: earlier excerpts; they use up tokens, and are not returned again.
        """
        read = [(part.hit.chunk_id, start, end) for part in known for start, end in part.spans]
        budget = float(tokens)
        new: dict[int, list[_Unit]] = {}
        chosen: set[int] = set()
        for index in self._by_worth():
            unit = self._units[index]
            first = unit.rank not in chosen
            cost = _tokens(self._text(unit)) + _SOURCE_TOKENS * first
            if chosen and (cost > budget or (first and len(chosen) == most)):
                continue
            chosen.add(unit.rank)
            budget -= cost
            if not _within(unit, self._hits[unit.rank].chunk_id, read):
                new.setdefault(unit.rank, []).append(unit)
        return tuple(PassageExcerpt(self._hits[rank], _joined(new[rank])) for rank in sorted(new))

    def best(self, parts: Sequence[PassageExcerpt], count: int) -> tuple[PassageExcerpt, ...]:
        """Returns the sentences in `parts` that are worth most, at most `count`, best first."""
        read = [(part.hit.chunk_id, start, end) for part in parts for start, end in part.spans]
        units = (self._units[index] for index in self._by_worth())
        within = (u for u in units if _within(u, self._hits[u.rank].chunk_id, read))
        return tuple(
            PassageExcerpt(self._hits[unit.rank], ((unit.start, unit.end),))
            for unit in itertools.islice(within, count)
        )

    def closest(self, parts: Sequence[PassageExcerpt], count: int) -> tuple[PassageExcerpt, ...]:
        """Returns the sentences in `parts` that are closest to the question, at most `count`.

        Close is a sentence that has many of the question's words, and is like it in meaning.
        """
        sentence_parts, covered, near = self._closeness(parts)
        order = sorted(range(len(covered)), key=lambda at: -covered[at] - near[at])
        return tuple(sentence_parts[at] for at in order[:count])

    def quote_values(self, parts: Sequence[PassageExcerpt]) -> list[tuple[PassageExcerpt, float]]:
        """Returns the sentences in `parts`, in order, each with its value as a quote: up to 1.7."""
        return [
            (
                part,
                like
                + _QUOTE_WORDS * covered
                + _QUOTE_RANK * _by_rank(part.hit.rank - 1)
                - self._entry_cost(part.hit, *part.spans[0]),
            )
            for part, covered, like in zip(*self._closeness(parts), strict=True)
        ]

    def run_around(self, hit: Hit, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Returns the spans of a quote and of the sentences around it that are about the question.

        They are in the run with the greatest sum of what its sentences' closeness exceeds a share
        of the quote's by (a maximum subarray), and have that share themselves. Rows of tables are
        in no run, and headings are not told.

        Args:
            hit: the passage.
            start: of the quote in ``hit.text``.
            end: of the quote in ``hit.text``.
        """
        parts, covered, near = self._closeness([entire(hit)])
        spans = [part.spans[0] for part in parts]
        within = [at for at, (a, b) in enumerate(spans) if a < end and start < b]
        if not within or any(CELLS in parts[at].text for at in within):
            return ((start, end),)
        first, last = within[0], within[-1]
        values = [like + _QUOTE_WORDS * words for words, like in zip(covered, near, strict=True)]
        least = _RUN_SHARE * max(values[first : last + 1])
        gains = [_gain(part, value, least) for part, value in zip(parts, values, strict=True)]
        _, _, a, b = max(
            (sum(gains[a : b + 1]), a - b, a, b)
            for a in range(max(0, first - _RUN_BEFORE), first + 1)
            for b in range(last, min(len(spans), last + 1 + _RUN_BEHIND))
            if spans[b][1] - spans[a][0] <= _RUN_CHARACTERS or (a, b) == (first, last)
        )
        before = [spans[at] for at in range(a, first) if gains[at] >= 0]
        behind = [spans[at] for at in range(last + 1, b + 1) if gains[at] >= 0]
        return (*before, (start, end), *behind)

    def _closeness(
        self, parts: Sequence[PassageExcerpt]
    ) -> tuple[list[PassageExcerpt], list[float], list[float]]:
        """Returns the sentences in `parts`, in order, and how close each is to the question.

        By words: the share of the question's that it has. By meaning: 0 to 1, or 0 without a
        likeness. What comes behind a question is as close as that, and what refers back to the
        sentence before it as that one.
        """
        sentence_parts = [
            PassageExcerpt(part.hit, (span,)) for part in parts for span in part.sentence_spans
        ]
        covered = [self._covered(part.text) for part in sentence_parts]
        near = [0.0] * len(covered)
        order = sorted(range(len(covered)), key=lambda at: -covered[at])
        embedded, others = order[:_EMBEDDED], order[_EMBEDDED:]
        if self._likeness is not None and embedded:
            texts = [sentence_parts[at].text_with_groups for at in embedded]
            for at, like in zip(embedded, self._likeness(self._question, texts), strict=True):
                near[at] = like
            least = min(near[at] for at in embedded)
            for at in others:
                near[at] = least
        texts_of_hits = {part.hit.chunk_id: part.hit.text for part in parts}
        languages = {key: language_of(text) for key, text in texts_of_hits.items()}
        for at, (before, part) in enumerate(itertools.pairwise(sentence_parts), 1):
            closer = covered[at - 1] + near[at - 1] > covered[at] + near[at]
            if not closer or part.hit is not before.hit:
                continue
            if is_question(before.text) or refers_back(part.text, languages[part.hit.chunk_id]):
                covered[at], near[at] = covered[at - 1], near[at - 1]
        return sentence_parts, covered, near

    @property
    def closeness(self) -> float | None:
        """How close the closest sentence is to the question, 0 to 2.

        The share of the question's words in it, and its similarity in meaning. None where that
        tells nothing: without a likeness, or where it hardly knows the question's language.
        """
        if self._likeness is None or not self._near:
            return None
        (own,) = self._likeness(self._question, (self._question,))
        if own < _LEAST_OWN_LIKENESS:
            return None
        return max(
            self._covered(self._text(self._units[index])) + near
            for index, near in self._near.items()
        )

    def _entry_cost(self, hit: Hit, start: int, end: int) -> float:
        """Returns what lines are worth less where most are entries of a table of contents."""
        entries = self._contents.get(hit.chunk_id, ())
        covered = sum(max(0, min(b, end) - max(a, start)) for a, b in entries)
        return _ENTRY_COST if 2 * covered > end - start else 0.0

    def _covered(self, text: str) -> float:
        """Returns the share of the question's words in a text."""
        words = self._question_words
        return len(words & content_words(text)) / max(1, len(words))

    def _weigh(self, likeness: Likeness) -> None:
        """Adds the value of units by their meaning; units far down count as the lowest of them."""
        best = self._by_worth()[:_EMBEDDED]
        units = [self._units[index] for index in best]
        texts = [self._hits[unit.rank].with_group(unit.start, unit.end) for unit in units]
        self._near = dict(zip(best, likeness(self._question, texts), strict=True))
        least = min(self._near.values())
        for index in range(len(self._worth)):
            self._worth[index] += _LIKENESS * self._near.get(index, least)

    def _by_worth(self) -> list[int]:
        return sorted(range(len(self._units)), key=lambda index: -self._worth[index])

    def _text(self, unit: _Unit) -> str:
        return self._hits[unit.rank].text[unit.start : unit.end]


def _asked_once(likeness: Likeness) -> Likeness:
    """Returns a likeness that computes each text once: prompts share most of their sentences."""
    near: dict[tuple[str, str], float] = {}

    def of(question: str, texts: Sequence[str]) -> list[float]:
        new = [text for text in dict.fromkeys(texts) if (question, text) not in near]
        if new:
            keys = ((question, text) for text in new)
            near.update(zip(keys, likeness(question, new), strict=True))
        return [near[question, text] for text in texts]

    return of


def _gain(part: PassageExcerpt, value: float, least: float) -> float:
    """Returns what a sentence adds to a run; a heading can only stand within one."""
    if CELLS in part.text:
        return -math.inf
    return value - least if is_ended(part.text) else -least


def _within(unit: _Unit, chunk_id: str, read: Sequence[tuple[str, int, int]]) -> bool:
    """Tells whether a unit lies in a span that was read."""
    return any(
        chunk == chunk_id and start <= unit.start and unit.end <= end for chunk, start, end in read
    )


def _units(rank: int, text: str) -> list[_Unit]:
    units: list[_Unit] = []
    first = 0
    for _, end in sentences(text):
        while end - first > _LONGEST_UNIT:
            blank = text.rfind(" ", first + _SHORTEST_UNIT, first + _LONGEST_UNIT) + 1
            cut = blank or first + _LONGEST_UNIT
            units.append(_Unit(rank, first, cut))
            first = cut
        if end - first >= _SHORTEST_UNIT or end == len(text):
            units.append(_Unit(rank, first, end))
            first = end
    return units


def _worth(
    question_words: frozenset[str],
    shared: Sequence[frozenset[str]],
    hits: Sequence[Hit],
    units: Sequence[_Unit],
) -> list[float]:
    """Returns the value of units by their words; `shared` are the question's words in each."""
    around = [question_words & content_words(hit.context) for hit in hits]

    def above(unit: _Unit) -> frozenset[str]:
        hit = hits[unit.rank]
        if not hit.row_group:
            return around[unit.rank]
        return question_words & content_words(hit.context_at(unit.start))

    spread = Counter(word for words in shared for word in words)
    weight = {word: math.log(1 + len(units) / (1 + spread[word])) for word in question_words}
    whole = sum(weight.values()) or 1.0
    base = [
        sum(weight[w] for w in words) + _IN_CONTEXT * sum(weight[w] for w in above(unit) - words)
        for words, unit in zip(shared, units, strict=True)
    ]
    return [
        (base[index] + _NEIGHBOUR * _best_neighbour(base, units, index)) / whole
        + _RANK * _by_rank(unit.rank)
        for index, unit in enumerate(units)
    ]


def _by_rank(rank: int) -> float:
    """Returns the value of a passage by its rank, from 0: 1 for the best, and less and less."""
    return float(0.5 ** (rank / _RANK_HALVES))


def _best_neighbour(base: Sequence[float], units: Sequence[_Unit], index: int) -> float:
    beside = (
        base[near]
        for near in (index - 1, index + 1)
        if 0 <= near < len(units) and units[near].rank == units[index].rank
    )
    return max(beside, default=0.0)


def _joined(units: Sequence[_Unit]) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    for unit in sorted(units, key=lambda unit: unit.start):
        if spans and spans[-1][1] == unit.start:
            spans[-1] = (spans[-1][0], unit.end)
        else:
            spans.append((unit.start, unit.end))
    return tuple(spans)


def _tokens(text: str) -> float:
    ascii_letters = sum(map(str.isascii, text))
    return _ASCII_TOKENS * ascii_letters + _OTHER_TOKENS * (len(text) - ascii_letters)
