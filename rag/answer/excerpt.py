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
from rag.text.question_kind import is_question
from rag.text.sentences import sentences
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
# Least similarity of a question to itself at which its closest sentence tells anything. It is 1
# where the embedder knows the question's language, and reduced where it hardly does.
_LEAST_OWN_LIKENESS = 0.5

Likeness = Callable[[str, Sequence[str]], Sequence[float]]
"""The similarity of texts to a question in meaning, from 0 to 1 each."""


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
        """The offsets of its sentences and lines in ``hit.text``."""
        return [
            (start + a, start + b)
            for start, end in self.spans
            for a, b in sentences(self.hit.text[start:end])
        ]

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
        self._worth = _worth(question_words, shared, hits, self._units)
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
        """Returns the sentences in `parts` that are closest to the question, at most `count`."""
        ordered = sorted(self.closeness_of_each(parts), key=lambda item: -item[1])
        return tuple(sentence for sentence, _ in ordered[:count])

    def closeness_of_each(
        self, parts: Sequence[PassageExcerpt]
    ) -> list[tuple[PassageExcerpt, float]]:
        """Returns the sentences in `parts`, in order, with how close they are to the question.

        Close, from 0 to 2, is a sentence that has many of the question's words, and is like it in
        meaning; what comes behind a question is as close as that.
        """
        spans = [(part.hit, start, end) for part in parts for start, end in part.sentence_spans]
        close = [self._covered(hit.text[start:end]) for hit, start, end in spans]
        order = sorted(range(len(spans)), key=lambda at: -close[at])
        embedded, others = order[:_EMBEDDED], order[_EMBEDDED:]
        if self._likeness is not None and embedded:
            texts = [hit.with_group(a, b) for hit, a, b in (spans[at] for at in embedded)]
            nearness = self._likeness(self._question, texts)
            for at, near in zip(embedded, nearness, strict=True):
                close[at] += near
            for at in others:
                close[at] += min(nearness)
        for at in range(1, len(spans)):
            hit, start, end = spans[at - 1]
            if is_question(hit.text[start:end]) and spans[at][0] is hit:
                close[at] = max(close[at], close[at - 1])
        sentence_parts = (PassageExcerpt(hit, ((start, end),)) for hit, start, end in spans)
        return list(zip(sentence_parts, close, strict=True))

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
        + _RANK * 0.5 ** (unit.rank / _RANK_HALVES)
        for index, unit in enumerate(units)
    ]


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
