"""Aligns a sentence with its source: which of its words and figures stand where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rag.text.claims import Item, same
from rag.text.logic_words import LogicWords

FEW = 2
"""Pairs that an end of the alignment has to hang on."""
# The alignment with the highest value is taken: what is in both, near each other, in one clause.
_MATCH, _FIGURE, _SKIPPED, _OTHER_CLAUSE = 1.0, 1.5, 0.02, 0.3


@dataclass(frozen=True, slots=True)
class Aligned:
    """A sentence beside its source; `pairs` are of their items, in the order of both."""

    own: Sequence[Item]
    source: Sequence[Item]
    pairs: Sequence[tuple[int, int]]
    table: LogicWords


def contains(item: Item, items: Iterable[Item], table: LogicWords) -> bool:
    """Tells whether one of some items is the same as `item`."""
    return any(same(item, other, table) for other in items)


def at_source(item: Item, aligned: Aligned) -> list[int]:
    """Returns the indexes of all items of the source that are the same as `item`."""
    source = aligned.source
    return [j for j, other in enumerate(source) if same(item, other, aligned.table)]


def align(own: Sequence[Item], source: Sequence[Item], table: LogicWords) -> list[tuple[int, int]]:
    """Returns the pairs of items that are the same, in the order of both: as many as there are."""
    best: dict[tuple[int, int], tuple[float, tuple[int, int] | None]] = {}
    for i, item in enumerate(own):
        for j, other in enumerate(source):
            if not same(item, other, table):
                continue
            worth = _FIGURE if item.is_figure else _MATCH
            value, before = worth, None
            for (a, b), (so_far, _) in best.items():
                if a < i and b < j:
                    apart = source[j].clause - source[b].clause
                    cost = _SKIPPED * (j - b - 1) + _OTHER_CLAUSE * min(apart, 2)
                    if so_far + worth - cost > value:
                        value, before = so_far + worth - cost, (a, b)
            best[i, j] = value, before
    if not best:
        return []
    at: tuple[int, int] | None = max(best, key=lambda pair: best[pair][0])
    pairs: list[tuple[int, int]] = []
    while at is not None:
        pairs.append(at)
        at = best[at][1]
    return pairs[::-1]


def with_doer_first(
    own: Sequence[Item], source: Sequence[Item], table: LogicWords
) -> tuple[Sequence[Item], Sequence[Item]]:
    """Turns "X is paid by Y" round where the other one has "Y pays X"."""
    own_agent, their_agent = _agent(own, source, table), _agent(source, own, table)
    if own_agent is not None and their_agent is None:
        return _turned(own, own_agent), source
    if their_agent is not None and own_agent is None:
        return own, _turned(source, their_agent)
    return _with_verb_first(own, source, table), source


def _with_verb_first(
    own: Sequence[Item], source: Sequence[Item], table: LogicWords
) -> Sequence[Item]:
    """Turns "X is paid" round to "paid X" where the source has "pays X"."""
    for n, item in enumerate(own):
        if n and "passive" in item.says and not item.is_figure:
            verbs = [
                j for j, o in enumerate(source) if same(item, o, table) and "passive" not in o.says
            ]
            behind = source[verbs[0] + 1 :] if verbs else ()
            first = _clause_start(own, n)
            if behind and all(contains(thing, behind, table) for thing in own[first:n]):
                return [*own[:first], item, *own[first:n], *own[n + 1 :]]
    return own


def _agent(items: Sequence[Item], others: Sequence[Item], table: LogicWords) -> int | None:
    """Returns the index of who does what the word before says, if the others have both words."""
    for n, (act, doer) in enumerate(pairwise(items), 1):
        is_agent = "agent" in doer.says and not doer.is_figure and doer.clause == act.clause
        if is_agent and contains(doer, others, table) and contains(act, others, table):
            return n
    return None


def _clause_start(items: Sequence[Item], at: int) -> int:
    """Returns the index of the first item of a clause, going back from the one before `at`."""
    first = at - 1
    while first > 0 and items[first - 1].clause == items[at].clause:
        first -= 1
    return first


def _turned(items: Sequence[Item], agent: int) -> Sequence[Item]:
    first = _clause_start(items, agent)
    end = agent + 1
    while end < len(items) and items[end].kind == "name" == items[agent].kind:
        end += 1
    doer = replace(items[agent], says=items[agent].says - {"agent"})
    acted = [items[agent - 1], *items[first : agent - 1]]
    return [*items[:first], doer, *items[agent + 1 : end], *acted, *items[end:]]


def begins(inserted: Sequence[Item], aligned: Aligned) -> bool:
    """Tells whether some items are the beginning of the sentence."""
    return bool(inserted) and inserted[0] is aligned.own[0]


def places(aligned: Aligned) -> Iterator[tuple[list[Item], list[Item], bool]]:
    """Yields what the sentence has and what the source has between two pairs, and at the ends.

    At the ends it counts only as far as the clause goes. The last is whether it is between pairs
    or at an end that hangs on two of them.
    """
    pairs, own, source = aligned.pairs, aligned.own, aligned.source
    if not pairs:
        return
    enough = len(pairs) >= FEW
    (i, j), (last_i, last_j) = pairs[0], pairs[-1]
    is_in_clause = not i or own[0].clause == own[i].clause
    yield (
        [*own[:i]],
        [o for o in source[:j] if not is_in_clause or o.clause == source[j].clause],
        enough,
    )
    for (a, b), (c, d) in pairwise(pairs):
        yield [*own[a + 1 : c]], [*source[b + 1 : d]], True
    behind = [o for o in source[last_j + 1 :] if o.clause == source[last_j].clause]
    yield [*own[last_i + 1 :]], behind, enough


def with_moved(aligned: Aligned) -> Sequence[tuple[int, int]]:
    """Returns the pairs, and those of items that stand elsewhere in the source."""
    pairs = dict(aligned.pairs)
    for i, item in enumerate(aligned.own):
        if i not in pairs:
            free = [j for j in at_source(item, aligned) if j not in pairs.values()]
            if free:
                pairs[i] = free[0]
    return sorted(pairs.items())
