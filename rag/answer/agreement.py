"""Compares a sentence of an answer with the words that it cites: does it say the same?

A sentence that repeats its source in fewer or other words keeps its figures, names and order, and
what is said of them. Where it goes wrong, one thing stands in the place of another, or a "not",
"may" or "at least" came or went. Both show when the two are aligned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations, pairwise, permutations

from rag.text.claims import Item, claims, is_year, same
from rag.text.logic_words import LogicWords, table_of, words

# Said of a whole clause; the others of one word or figure in it.
_POLARITY = frozenset(("not", "forbid", "free", "may", "must"))
_BOUNDS = frozenset(
    ("only", "at_least", "at_most", "more_than", "less_than", "some", "most", "nearly")
)
_OPPOSED = (
    ("before", "after"), ("from", "to"), ("and", "or"), ("all", "some"), ("all", "most"), ("first", "second"),
)  # fmt: skip
# The alignment with the highest value is taken: what is in both, near each other, in one clause.
_MATCH, _FIGURE, _SKIPPED, _OTHER_CLAUSE = 1.0, 1.5, 0.02, 0.3
_TURNED = 3
_GONE = 3
_COPIED, _NEAR = 4, 2
_SWAPPED = 2  # words in the place of as many others


class Differs(StrEnum):
    """What a sentence says otherwise than its source."""

    FIGURE = "figure"
    NAME = "name"
    POLARITY = "polarity"
    BOUND = "bound"
    ROLE = "role"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class _Aligned:
    """A sentence beside its source; `pairs` are of their items, in the order of both."""

    own: Sequence[Item]
    source: Sequence[Item]
    pairs: Sequence[tuple[int, int]]
    table: LogicWords | None


def difference(
    sentence: str, source: str, *, context: str = "", question: str = ""
) -> Differs | None:
    """Returns what a sentence says otherwise than its source; None where no difference shows.

    Args:
        sentence: of an answer, without markers.
        source: the words that it cites.
        context: headings and title that the source stands under.
        question: as asked; the sentence may use its words.
    """
    table = table_of(source, sentence, question)
    own_table = table_of(sentence, question) or table
    if own_table is not table and own_table is not None:
        return _in_other_language(sentence, own_table, source, table, f"{context} {question}")
    theirs = claims(source, table)
    own = claims(sentence, table)
    given = claims(f"{context}\n{question}", table)
    asked = frozenset(said for item in claims(question, table) for said in item.says)
    if _answers_against(sentence, question, theirs, table):
        return Differs.POLARITY
    mine, other = _active(own, theirs, table)
    aligned = _Aligned(mine, other, _align(mine, other, table), table)
    return (
        _unknown(own, [*theirs, *given], table)
        or next(_replaced(aligned, given, _presupposed(question, table)), None)
        or _said_otherwise(aligned, asked)
    )


def repeats(sentence: str, source: str) -> bool:
    """Tells whether all that a sentence names stands in its source: "6 months" in "six months"."""
    table = table_of(source, sentence)
    own, theirs = claims(sentence, table), claims(source, table)
    return bool(own) and all(_in(item, theirs, table) for item in own)


def asserts_what_is_denied(question: str, source: str) -> bool:
    """Tells whether a question is about what is not so, and the source says that it is so."""
    table = table_of(question, source)
    own, theirs = claims(question, table), claims(source, table)
    pairs = _align(own, theirs, table)
    if "not" not in _polarity(own, table) or len(pairs) < _SWAPPED:
        return False
    carried = _carried(own, [i for i, _ in pairs])
    denied = [j for i, j in pairs if carried[i] & {"not", "forbid"}]
    clauses = {theirs[j].clause for j in denied}
    said = _polarity([item for item in theirs if item.clause in clauses], table)
    return bool(denied) and not said & {"not", "free"}


def _presupposed(question: str, table: LogicWords | None) -> Sequence[Item]:
    """Returns what a question takes for granted: its words, unless it asks for yes or no."""
    asks = table is not None and bool(table.ask.intersection(words(question)))
    return claims(question, table) if asks else ()


def _in_other_language(
    sentence: str, own_table: LogicWords, source: str, table: LogicWords | None, given: str
) -> Differs | None:
    """Compares what is the same in two languages: figures, and whether something is denied."""
    own, theirs = claims(sentence, own_table), claims(source, table)
    known = [*theirs, *claims(given, own_table)]
    if any(item.is_figure and not _in(item, known, None) for item in own):
        return Differs.FIGURE
    if table is None:
        return None
    denied = (
        bool({"not", "forbid"} & _polarity(items, t))
        for items, t in ((own, own_table), (theirs, table))
    )
    return Differs.POLARITY if len(set(denied)) > 1 else None


def _unknown(
    own: Sequence[Item], known: Sequence[Item], table: LogicWords | None
) -> Differs | None:
    """Finds a figure or name that stands nowhere."""
    for item in own:
        if not _in(item, known, table):
            if item.is_figure:
                return Differs.FIGURE
            if item.kind == "name":
                return Differs.NAME
    return None


def _in(item: Item, items: Iterable[Item], table: LogicWords | None) -> bool:
    return any(same(item, other, table) for other in items)


def _align(
    own: Sequence[Item], source: Sequence[Item], table: LogicWords | None
) -> list[tuple[int, int]]:
    """Returns the pairs of items that are the same, in the order of both, with the most in common."""
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


def _active(
    own: Sequence[Item], source: Sequence[Item], table: LogicWords | None
) -> tuple[Sequence[Item], Sequence[Item]]:
    """Turns "X is paid by Y" round where the other one has "Y pays X"."""
    own_agent, their_agent = _agent(own, source, table), _agent(source, own, table)
    if own_agent is not None and their_agent is None:
        return _turned(own, own_agent), source
    if their_agent is not None and own_agent is None:
        return own, _turned(source, their_agent)
    return _with_verb_first(own, source, table), source


def _with_verb_first(
    own: Sequence[Item], source: Sequence[Item], table: LogicWords | None
) -> Sequence[Item]:
    """Turns "X is paid" round to "paid X" where the source has "pays X"."""
    for n, item in enumerate(own):
        if n and "passive" in item.says and not item.is_figure:
            verbs = [
                j for j, o in enumerate(source) if same(item, o, table) and "passive" not in o.says
            ]
            behind = source[verbs[0] + 1 :] if verbs else ()
            first = n - 1
            while first > 0 and own[first - 1].clause == item.clause:
                first -= 1
            if behind and all(_in(thing, behind, table) for thing in own[first:n]):
                return [*own[:first], item, *own[first:n], *own[n + 1 :]]
    return own


def _agent(items: Sequence[Item], others: Sequence[Item], table: LogicWords | None) -> int | None:
    """Returns the index of who does what the word before says, if the others have both words."""
    for n, item in enumerate(items):
        if "agent" in item.says and n and not item.is_figure and item.clause == items[n - 1].clause:
            matching = [other for other in others if same(item, other, table)]
            if matching and _in(items[n - 1], others, table):
                return n
    return None


def _turned(items: Sequence[Item], agent: int) -> Sequence[Item]:
    first = agent - 1
    while first > 0 and items[first - 1].clause == items[agent].clause:
        first -= 1
    end = agent + 1
    while end < len(items) and items[end].kind == "name" == items[agent].kind:
        end += 1
    doer = replace(items[agent], says=items[agent].says - {"agent"})
    acted = [items[agent - 1], *items[first : agent - 1]]
    return [*items[:first], doer, *items[agent + 1 : end], *acted, *items[end:]]


def _replaced(
    aligned: _Aligned, given: Sequence[Item], presupposed: Sequence[Item]
) -> Iterator[Differs]:
    """Yields what stands in the place of something else."""
    if _is_turned(aligned) or _has_other_subject(aligned) or _is_exchanged(aligned):
        yield Differs.ROLE
    if _has_turned_figures(aligned) or _has_other_year(aligned):
        yield Differs.FIGURE
    for inserted, deleted, is_between in _places(aligned):
        for item in inserted:
            elsewhere = _in(item, aligned.source, aligned.table)
            rivals = [d for d in deleted if d.is_figure == item.is_figure]
            is_moved_year = elsewhere and is_year(item)
            if item.is_figure and not is_moved_year and any(_comparable(item, r) for r in rivals):
                yield Differs.FIGURE
            elif not item.is_figure and elsewhere and rivals:
                yield Differs.ROLE
            elif item.kind == "name" and any(rival.kind == "name" for rival in rivals):
                yield Differs.NAME
        plain = [item for item in inserted if not item.is_figure]
        if not _begins(inserted, aligned):
            plain = [item for item in plain if not _in(item, presupposed, aligned.table)]
        gone = [item for item in deleted if not item.is_figure]
        if aligned.table is None and any(
            not _in(item, [*aligned.source, *given], None) for item in plain
        ):
            yield Differs.WORD
        most_gone = len(gone) if _begins(inserted, aligned) else _GONE
        is_one_for_one = 0 < len(plain) <= _SWAPPED and 0 < len(gone) <= most_gone
        if is_one_for_one and is_between and not all(item.kind == "name" for item in plain):
            yield Differs.WORD


def _begins(inserted: Sequence[Item], aligned: _Aligned) -> bool:
    return bool(inserted) and inserted[0] is aligned.own[0]


def _is_turned(aligned: _Aligned) -> bool:
    """Tells whether three things stand in the opposite order: who does what to whom."""
    turned = _align(
        aligned.own, [replace(o, clause=0) for o in aligned.source[::-1]], aligned.table
    )
    if len(turned) < _TURNED or len(aligned.pairs) >= len(turned):
        return False
    return sum(not aligned.own[i].is_figure for i, _ in turned) >= _TURNED


def _has_other_subject(aligned: _Aligned) -> bool:
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


def _is_exchanged(aligned: _Aligned) -> bool:
    """Tells whether two things took each other's place, or neighbours turned round."""
    moved: dict[int, int] = {}  # by the pair that they stand behind
    paired = dict(aligned.pairs)
    behind = -1
    for i, item in enumerate(aligned.own):
        if i in paired:
            behind = i
        elif not item.is_figure:
            places = [
                j for j, other in enumerate(aligned.source) if same(item, other, aligned.table)
            ]
            free = [j for j in places if j not in paired.values()]
            for j in free[:1]:
                if all(
                    aligned.source[k].clause != aligned.source[j].clause for k in paired.values()
                ):
                    return True
                moved[behind] = moved.get(behind, 0) + 1
                following = next((paired[n] for n in range(i, len(aligned.own)) if n in paired), j)
                edges = (paired.get(behind, following), following)
                if len(paired) >= _COPIED and min(abs(j - edge) for edge in edges) <= _NEAR:
                    return True
    return len(moved) > 1


def _has_turned_figures(aligned: _Aligned) -> bool:
    """Tells whether figures of one unit come in another order."""
    figures = [
        (item, places[0])
        for item in aligned.own
        if item.is_figure
        for places in [[j for j, o in enumerate(aligned.source) if same(item, o, aligned.table)]]
        if len(places) == 1
    ]
    return any(j > k and _comparable(a, b) for (a, j), (b, k) in combinations(figures, 2))


def _has_other_year(aligned: _Aligned) -> bool:
    """Tells whether a figure stands beside another year in the source than in the sentence."""
    source = aligned.source
    places = {
        i: at[0]
        for i, item in enumerate(aligned.own)
        if item.is_figure
        for at in [[j for j, other in enumerate(source) if same(item, other, aligned.table)]]
        if len(at) == 1
    }
    years = [j for j, other in enumerate(source) if other.is_figure and is_year(other)]
    return any(
        abs(rival - places[f]) < abs(places[y] - places[f])
        for f, y in permutations(places, 2)
        if places[y] in years and places[f] not in years
        for rival in years
        if rival not in places.values()
    )


def _comparable(first: Item, second: Item) -> bool:
    """Tells whether one figure can stand in the place of another."""
    if first.kind != second.kind or first.kind != "number" or first.unit == second.unit:
        return first.kind == second.kind
    bare = [item for item in (first, second) if not item.unit]
    return bool(bare) and not any(is_year(item) for item in bare)


def _places(aligned: _Aligned) -> Iterator[tuple[list[Item], list[Item], bool]]:
    """Yields what the sentence has and what the source has between two pairs, and at the ends.

    At the ends it counts only as far as the clause goes. The last is whether it is between pairs
    or at an end that hangs on two of them.
    """
    pairs, own, source = aligned.pairs, aligned.own, aligned.source
    if not pairs:
        return
    enough = len(pairs) >= _SWAPPED
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


def _said_otherwise(aligned: _Aligned, asked: frozenset[str]) -> Differs | None:
    """Finds a "not", "may", "only" or "at least" that came, went or changed."""
    if not aligned.pairs:
        return None
    aligned = replace(aligned, pairs=_with_moved(aligned))
    own = _carried(aligned.own, sorted(i for i, _ in aligned.pairs))
    theirs = _carried(aligned.source, sorted(j for _, j in aligned.pairs))
    if _lacks(aligned, "without"):
        return Differs.POLARITY
    is_run = _is_run(aligned)
    if is_run:
        theirs = {j: aligned.source[j].says for j in theirs}
    for i, j in aligned.pairs:
        mine, other = own[i], theirs[j]
        went = frozenset[str]() if is_run and not aligned.own[i].is_figure else other - mine
        if (mine - other) & (_BOUNDS | {"all"}) - asked or went & _BOUNDS - asked:
            return Differs.BOUND
        for pair in _OPPOSED:
            if any(a in mine - other and b in other - mine for a, b in (pair, pair[::-1])):
                return Differs.ROLE
    is_copy = len(aligned.pairs) == len(aligned.own) and len(aligned.own) >= _COPIED
    denied, modal = frozenset(("not", "forbid")), frozenset(("may", "must"))
    if is_copy and _times(own, denied) != _times(theirs, denied):
        return Differs.POLARITY
    for i, j in aligned.pairs if is_copy else ():
        if not own[i] & denied and "may" in (own[i] ^ theirs[j]) & modal - asked:
            return Differs.POLARITY
    clauses = {aligned.source[j].clause for _, j in aligned.pairs}
    for clause in clauses:
        in_clause = [(i, j) for i, j in aligned.pairs if aligned.source[j].clause == clause]
        mine = _settled((said for i, _ in in_clause for said in own[i]), aligned.table)
        other = _settled((said for _, j in in_clause for said in theirs[j]), aligned.table)
        changed = mine ^ other
        if "not" in changed or "free" in changed:
            return Differs.POLARITY
        swapped = ("may" in mine & {"may"} - other and "must" in other) or (
            "may" in other - mine and "must" in mine
        )
        for i, j in in_clause:
            came, went = aligned.own[i].says - other, aligned.source[j].says - mine
            if swapped or ("not" not in mine and "may" in (came | went) - asked):
                return Differs.POLARITY
    return None


def _with_moved(aligned: _Aligned) -> Sequence[tuple[int, int]]:
    """Returns the pairs, and those of items that stand elsewhere in the source."""
    pairs = dict(aligned.pairs)
    for i, item in enumerate(aligned.own):
        if i not in pairs:
            free = (j for j in range(len(aligned.source)) if j not in pairs.values())
            place = next((j for j in free if same(item, aligned.source[j], aligned.table)), None)
            if place is not None:
                pairs[i] = place
    return sorted(pairs.items())


def _lacks(aligned: _Aligned, mark: str) -> bool:
    """Tells whether one side says something of an item that the other says nowhere near it."""
    clauses = {aligned.source[j].clause for _, j in aligned.pairs}
    near = any(mark in item.says for item in aligned.source if item.clause in clauses)
    own = any(mark in item.says for item in aligned.own)
    return (own and not near) or (
        not own and any(mark in aligned.source[j].says for _, j in aligned.pairs)
    )


def _times(says: Mapping[int, frozenset[str]], marks: frozenset[str]) -> int:
    """Returns of how many items one of some marks is said."""
    return sum(bool(said & marks) for said in says.values())


def _is_run(aligned: _Aligned) -> bool:
    """Tells whether a sentence is a few words of its source in a row: "until the work of Newton"."""
    first, last = aligned.pairs[0][1], aligned.pairs[-1][1]
    return len(aligned.own) == len(aligned.pairs) == last - first + 1 <= _COPIED


def _carried(items: Sequence[Item], paired: Sequence[int]) -> dict[int, frozenset[str]]:
    """Returns what is said of each paired item; a "not" goes on to the next one that is paired."""
    says = {n: set(items[n].says) for n in paired}
    for n, item in enumerate(items):
        if n in says or not item.says:
            continue
        following = (p for p in paired if p > n and items[p].clause == item.clause)
        nearest = next(following, None)
        if nearest is not None and not _is_joined(items, n, nearest):
            says[nearest] |= item.says & _POLARITY
    return {n: frozenset(said) for n, said in says.items()}


def _is_joined(items: Sequence[Item], first: int, last: int) -> bool:
    """Tells whether "and" stands between two items."""
    return any("and" in items[n].says for n in range(first + 1, last + 1))


def _settled(said: Iterable[str], table: LogicWords | None) -> frozenset[str]:
    """Returns a clause's polarity: "may" and "not" forbid, as "must not" does in English."""
    all_said = frozenset(said) & _POLARITY
    if {"not", "must"} <= all_said and table is not None and table.must_not == "free":
        return frozenset(["free"])
    if "free" in all_said:
        return frozenset(["free"])
    if {"not", "forbid"} & all_said:
        return frozenset(["not"])
    return all_said


def _polarity(items: Sequence[Item], table: LogicWords | None) -> frozenset[str]:
    return _settled((said for item in items for said in item.says), table)


def _answers_against(
    sentence: str, question: str, source: Sequence[Item], table: LogicWords | None
) -> bool:
    """Tells whether "yes" or "no" is against the clause that has most of the question's words."""
    first = next(iter(words(sentence)), "")
    if table is None or first not in table.yes | table.no:
        return False
    asked = claims(question, table)
    pairs = _align(asked, source, table)
    if not pairs:
        return False
    clause = source[pairs[-1][1]].clause
    theirs = _polarity([item for item in source if item.clause == clause], table)
    is_denied = ("not" in theirs) != ("not" in _polarity(asked, table))
    if first in table.yes:
        return is_denied
    return not is_denied and len(pairs) == len(asked) and "free" not in theirs
