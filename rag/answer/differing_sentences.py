"""Sentences of two documents that are about the same and do not say the same.

That is what there is to tell when documents are compared, and the first thing that gets lost when
a small model reads both.
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
# Two offers name the same thing with other figures: that is worth more than another wording.
_OTHER_FIGURES = 2.0
# Words that stand in more sentences than this, and than this share of them, lead to no pair.
_FEW, _COMMON = 20, 0.05
# What shares less is hardly about the same.
_LEAST_ALIKE = 0.15
_LOOKED_AT = 400  # pairs that are worth most
_BEGINNING = 8  # sentences, one of which says what a document is about


@dataclass(frozen=True, slots=True)
class Pair:
    """A sentence of the first document, and one of the second."""

    first: PassageExcerpt
    second: PassageExcerpt


@dataclass(frozen=True, slots=True)
class _Statement:
    """A sentence with its words, and its figures, which are no words here."""

    excerpt: PassageExcerpt
    text: str
    words: frozenset[str]
    figures: frozenset[str]


def differing_pairs(
    first: Sequence[Hit], second: Sequence[Hit], most: int, about: str = ""
) -> tuple[Pair, ...]:
    """The pairs that tell most, in the order of the first side; no sentence stands in two.

    Args:
        first: all passages of the first side.
        second: all passages of the second.
        most: how many pairs, at most.
        about: only sentences with one of its words are looked at; "" looks at all.
    """
    names = content_words(" ".join({hit.title for hit in (*first, *second)}))
    wanted = content_words(about)
    ones, others = _said(first, names, wanted), _said(second, names, wanted)
    if not ones or not others:
        return ()
    spread = Counter(word for said in (*ones, *others) for word in said.words)
    total = len(ones) + len(others)
    weight = {word: math.log1p(total / count) for word, count in spread.items()}
    common = max(_FEW, _COMMON * total)
    worth = {
        (a, b): _worth(ones[a], others[b], weight)
        for a, b in _near(ones, others, {word for word in spread if spread[word] <= common})
    }
    chosen = _best(ones, others, worth, most)
    if (
        len(chosen) < most // 2 and not about
    ):  # they share little, so what each is about is the difference
        opening = _opening(ones, spread), _opening(others, spread)
        if all(opening[0] != a and opening[1] != b for a, b in chosen):
            chosen.append(opening)
    return tuple(Pair(ones[a].excerpt, others[b].excerpt) for a, b in sorted(chosen))


def _said(hits: Sequence[Hit], names: frozenset[str], wanted: frozenset[str]) -> list[_Statement]:
    """The whole sentences of passages; lines, where most have no end."""
    found: list[_Statement] = []
    for excerpt in (unit for hit in hits for unit in units(hit)):
        held = content_words(excerpt.text)
        if wanted and not wanted & held:
            continue
        words = frozenset(word for word in held - names if not word[0].isdigit())
        text = " ".join(excerpt.text.split())
        found.append(_Statement(excerpt, text, words, frozenset(_NUMBER.findall(text))))
    whole = [said for said in found if said.text.endswith(_ENDS)]
    return whole if 2 * len(whole) >= len(found) else found


def _best(
    ones: Sequence[_Statement],
    others: Sequence[_Statement],
    worth: dict[tuple[int, int], float],
    most: int,
) -> list[tuple[int, int]]:
    """The pairs that are worth most, each of which says something that those before do not."""
    left = sorted(worth, key=lambda pair: (-worth[pair], pair))[:_LOOKED_AT]
    chosen: list[tuple[int, int]] = []
    told: set[str] = set()

    def now(pair: tuple[int, int]) -> float:
        shared = ones[pair[0]].words & others[pair[1]].words
        return worth[pair] * len(shared - told) / max(1, len(shared))

    while len(chosen) < most:
        left = [
            (a, b) for a, b in left if now((a, b)) > 0 and all(a != x and b != y for x, y in chosen)
        ]
        if not left:
            break
        best = max(left, key=lambda pair: (now(pair), -pair[0], -pair[1]))
        chosen.append(best)
        told |= ones[best[0]].words | others[best[1]].words
    return chosen


def _opening(said: Sequence[_Statement], spread: Counter[str]) -> int:
    """Of the sentences at the beginning the one that says most."""
    return max(
        range(min(_BEGINNING, len(said))),
        key=lambda n: (sum(math.log(spread[word]) for word in said[n].words), -n),
    )


def _near(
    first: Sequence[_Statement], second: Sequence[_Statement], telling: set[str]
) -> Iterator[tuple[int, int]]:
    """Those that share a word that not all share."""
    holding: dict[str, list[int]] = defaultdict(list)
    for number, said in enumerate(second):
        for word in said.words & telling:
            holding[word].append(number)
    for number, said in enumerate(first):
        for other in {b for word in said.words & telling for b in holding[word]}:
            yield number, other


def _worth(one: _Statement, other: _Statement, weight: dict[str, float]) -> float:
    shared = one.words & other.words
    alike = 2 * _sum(shared, weight) / (_sum(one.words, weight) + _sum(other.words, weight))
    if alike < _LEAST_ALIKE or one.text == other.text:
        return 0.0
    told = 1 - 1 / (1 + len(shared))  # what shares a word or two is hardly about the same
    figures = one.figures - other.figures and other.figures - one.figures
    return alike * told * (_OTHER_FIGURES if figures else 1.0)


def _sum(words: frozenset[str], weight: dict[str, float]) -> float:
    return sum(weight[word] for word in words)
