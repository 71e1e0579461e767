"""Finds sentences of two documents that have the same subject and do not say the same.

A comparison should report exactly these, and a small model that reads both documents misses them
first.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.answer.excerpt import PassageExcerpt, units
from rag.answer.support import content_words
from rag.text.sentences import FULL_STOPS
from rag.types import Hit

_NUMBER = re.compile(r"\d[\d.,:]*")
_ENDS = (*FULL_STOPS, ":")
# Two offers that differ in figures are worth more than two that differ in wording.
_OTHER_FIGURES = 2.0
# Words in more sentences than this, and in more than this share of them, pair no sentences.
_FEW, _COMMON = 20, 0.05
# Sentences that share less hardly have the same subject.
_LEAST_ALIKE = 0.15
_CONSIDERED = 400  # best pairs that are considered
_OPENING_SENTENCES = 8  # sentences in which a document states its subject


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence of the first document, and one of the second."""

    first: PassageExcerpt
    second: PassageExcerpt


@dataclass(frozen=True, slots=True)
class _Statement:
    """A sentence with its words, and its figures, which do not count as words."""

    excerpt: PassageExcerpt
    text: str
    words: frozenset[str]
    figures: frozenset[str]


def differing_pairs(
    first: Sequence[Hit], second: Sequence[Hit], most: int, about: str = ""
) -> tuple[Pair, ...]:
    """Returns the most telling pairs, in the order of the first side; each sentence occurs once.

    Args:
        first: all passages of the first side.
        second: all passages of the second.
        most: how many pairs, at most.
        about: only sentences with one of its words are considered; "" considers all.
    """
    names = content_words(" ".join({hit.title for hit in (*first, *second)}))
    wanted = content_words(about)
    left, right = _statements(first, names, wanted), _statements(second, names, wanted)
    if not left or not right:
        return ()
    spread = Counter(word for statement in (*left, *right) for word in statement.words)
    total = len(left) + len(right)
    weight = {word: math.log1p(total / count) for word, count in spread.items()}
    common = max(_FEW, _COMMON * total)
    worth = {
        (a, b): _pair_value(left[a], right[b], weight)
        for a, b in _related_pairs(left, right, {word for word in spread if spread[word] <= common})
    }
    chosen = _best(left, right, worth, most)
    if len(chosen) < most // 2 and not about:
        # The documents have little in common: what differs is the subject of each.
        opening = _opening(left, spread), _opening(right, spread)
        if all(opening[0] != a and opening[1] != b for a, b in chosen):
            chosen.append(opening)
    return tuple(Pair(left[a].excerpt, right[b].excerpt) for a, b in sorted(chosen))


def _statements(
    hits: Sequence[Hit], names: frozenset[str], wanted: frozenset[str]
) -> list[_Statement]:
    """Returns the complete sentences of passages, or their lines where most have no end."""
    statements: list[_Statement] = []
    for excerpt in (unit for hit in hits for unit in units(hit)):
        present = content_words(excerpt.text)
        if wanted and not wanted & present:
            continue
        words = frozenset(word for word in present - names if not word[0].isdigit())
        text = " ".join(excerpt.text.split())
        statements.append(_Statement(excerpt, text, words, frozenset(_NUMBER.findall(text))))
    whole = [statement for statement in statements if statement.text.endswith(_ENDS)]
    return whole if 2 * len(whole) >= len(statements) else statements


def _best(
    left_side: Sequence[_Statement],
    right_side: Sequence[_Statement],
    worth: dict[tuple[int, int], float],
    most: int,
) -> list[tuple[int, int]]:
    """Returns the pairs worth most, each of which adds something to those before it."""
    remaining = sorted(worth, key=lambda pair: (-worth[pair], pair))[:_CONSIDERED]
    chosen: list[tuple[int, int]] = []
    covered: set[str] = set()

    def now(pair: tuple[int, int]) -> float:
        shared = left_side[pair[0]].words & right_side[pair[1]].words
        return worth[pair] * len(shared - covered) / max(1, len(shared))

    while len(chosen) < most:
        remaining = [
            (a, b)
            for a, b in remaining
            if now((a, b)) > 0 and all(a != x and b != y for x, y in chosen)
        ]
        if not remaining:
            break
        best = max(remaining, key=lambda pair: (now(pair), -pair[0], -pair[1]))
        chosen.append(best)
        covered |= left_side[best[0]].words | right_side[best[1]].words
    return chosen


def _opening(statements: Sequence[_Statement], spread: Counter[str]) -> int:
    """Returns the index of the most telling sentence at the beginning."""
    return max(
        range(min(_OPENING_SENTENCES, len(statements))),
        key=lambda n: (sum(math.log(spread[word]) for word in statements[n].words), -n),
    )


def _related_pairs(
    first: Sequence[_Statement], second: Sequence[_Statement], telling: set[str]
) -> Iterator[tuple[int, int]]:
    """Yields the pairs that share a word of `telling`."""
    holding: dict[str, list[int]] = defaultdict(list)
    for number, statement in enumerate(second):
        for word in statement.words & telling:
            holding[word].append(number)
    for number, statement in enumerate(first):
        for partner in {b for word in statement.words & telling for b in holding[word]}:
            yield number, partner


def _pair_value(left: _Statement, right: _Statement, weight: dict[str, float]) -> float:
    shared = left.words & right.words
    alike = (
        2
        * _total_weight(shared, weight)
        / (_total_weight(left.words, weight) + _total_weight(right.words, weight))
    )
    if alike < _LEAST_ALIKE or left.text == right.text:
        return 0.0
    confidence = 1 - 1 / (1 + len(shared))  # two shared words hardly make a common subject
    figures = left.figures - right.figures and right.figures - left.figures
    return alike * confidence * (_OTHER_FIGURES if figures else 1.0)


def _total_weight(words: frozenset[str], weight: dict[str, float]) -> float:
    return sum(weight[word] for word in words)
