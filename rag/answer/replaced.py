"""Finds what stands in the place of something else: a figure, name or doer of a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from itertools import combinations, pairwise, permutations

from rag.answer.alignment import Aligned, align, at_source, begins, contains, places
from rag.text.claims import Item, is_year
from rag.text.logic_words import NO_TABLE

_TURNED = 3  # things in the opposite order
_GONE = 3  # words of the source that one or two others can stand for, within a sentence
COPIED = 4
"""Words from which on a sentence counts as copied."""
_NEAR = 2
_REPLACED = 2


class Differs(StrEnum):
    """What a sentence says otherwise than its source."""

    FIGURE = "figure"
    NAME = "name"
    POLARITY = "polarity"
    BOUND = "bound"
    ROLE = "role"
    WORD = "word"


def replaced(
    aligned: Aligned, given: Sequence[Item], presupposed: Sequence[Item]
) -> Iterator[Differs]:
    """Yields what stands in the place of something else."""
    if _is_turned(aligned) or _has_other_subject(aligned) or _is_exchanged(aligned):
        yield Differs.ROLE
    if _has_turned_figures(aligned) or _has_other_year(aligned):
        yield Differs.FIGURE
    for inserted, deleted, is_between in places(aligned):
        for item in inserted:
            elsewhere = contains(item, aligned.source, aligned.table)
            rivals = [d for d in deleted if d.is_figure == item.is_figure]
            is_moved_year = elsewhere and is_year(item)
            if item.is_figure and not is_moved_year and any(_comparable(item, r) for r in rivals):
                yield Differs.FIGURE
            elif not item.is_figure and elsewhere and rivals:
                yield Differs.ROLE
            elif item.kind == "name" and any(rival.kind == "name" for rival in rivals):
                yield Differs.NAME
        plain = [item for item in inserted if not item.is_figure]
        if not begins(inserted, aligned):
            plain = [item for item in plain if not contains(item, presupposed, aligned.table)]
        gone = [item for item in deleted if not item.is_figure]
        if aligned.table is NO_TABLE and any(
            not contains(item, [*aligned.source, *given], NO_TABLE) for item in plain
        ):
            yield Differs.WORD
        most_gone = len(gone) if begins(inserted, aligned) else _GONE
        is_one_for_one = 0 < len(plain) <= _REPLACED and 0 < len(gone) <= most_gone
        if is_one_for_one and is_between and not all(item.kind == "name" for item in plain):
            yield Differs.WORD


def _is_turned(aligned: Aligned) -> bool:
    """Tells whether three things stand in the opposite order: who does what to whom."""
    turned = align(aligned.own, [replace(o, clause=0) for o in aligned.source[::-1]], aligned.table)
    if len(turned) < _TURNED or len(aligned.pairs) >= len(turned):
        return False
    return sum(not aligned.own[i].is_figure for i, _ in turned) >= _TURNED


def _has_other_subject(aligned: Aligned) -> bool:
    """Tells whether a sentence goes on in a clause whose own beginning it leaves out."""
    own, source = aligned.own, aligned.source
    for (i, j), (_, k) in pairwise(aligned.pairs):
        left_out = [n for n in range(j + 1, k) if source[n].clause == source[k].clause]
        if own[i].is_figure:
            continue
        is_other_clause = source[j].clause < source[k].clause
        if is_other_clause and not all(source[n].is_figure for n in left_out):
            return True
        joined = (n for n in range(j + 2, k) if "and" in source[n].says)
        if any(source[n].kind == "name" for n in joined):
            return True
    return False


def _is_exchanged(aligned: Aligned) -> bool:
    """Tells whether two things took each other's place, or neighbours turned round."""
    moved: dict[int, int] = {}  # by the pair that they stand behind
    paired = dict(aligned.pairs)
    behind = -1
    for i, item in enumerate(aligned.own):
        if i in paired:
            behind = i
        elif not item.is_figure:
            free = [j for j in at_source(item, aligned) if j not in paired.values()]
            for j in free[:1]:
                if all(
                    aligned.source[k].clause != aligned.source[j].clause for k in paired.values()
                ):
                    return True
                moved[behind] = moved.get(behind, 0) + 1
                following = next((paired[n] for n in range(i, len(aligned.own)) if n in paired), j)
                edges = (paired.get(behind, following), following)
                if len(paired) >= COPIED and min(abs(j - edge) for edge in edges) <= _NEAR:
                    return True
    return len(moved) > 1


def _figures_at_source(aligned: Aligned) -> dict[int, int]:
    """Returns where each figure of the sentence stands in the source, if that is one place."""
    places = {i: at_source(item, aligned) for i, item in enumerate(aligned.own) if item.is_figure}
    return {i: at[0] for i, at in places.items() if len(at) == 1}


def _has_turned_figures(aligned: Aligned) -> bool:
    """Tells whether figures of one unit come in another order."""
    pairs = combinations(_figures_at_source(aligned).items(), 2)
    return any(j > k and _comparable(aligned.own[a], aligned.own[b]) for (a, j), (b, k) in pairs)


def _has_other_year(aligned: Aligned) -> bool:
    """Tells whether a figure stands beside another year in the source than in the sentence."""
    source = aligned.source
    places = _figures_at_source(aligned).values()
    years = [j for j, other in enumerate(source) if other.is_figure and is_year(other)]
    return any(
        abs(rival - figure) < abs(year - figure)
        for figure, year in permutations(places, 2)
        if year in years and figure not in years
        for rival in years
        if rival not in places
    )


def _comparable(first: Item, second: Item) -> bool:
    """Tells whether one figure can stand in the place of another."""
    if first.kind != second.kind or first.kind != "number" or first.unit == second.unit:
        return first.kind == second.kind
    bare = [item for item in (first, second) if not item.unit]
    return bool(bare) and not any(is_year(item) for item in bare)
