"""Compares a sentence of an answer with the words that it cites: does it say the same?

A sentence that repeats its source in fewer or other words keeps its figures, names and order, and
what is said of them. Where it goes wrong, one thing stands in the place of another, or a "not",
"may" or "at least" came or went. Both show when the two are aligned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from rag.answer.alignment import FEW, Aligned, align, contains, with_doer_first, with_moved
from rag.answer.replaced import COPIED, Differs, replaced
from rag.text.claims import Item, claims
from rag.text.logic_words import NO_TABLE, LogicWords, table_of, words
from rag.text.question_kind import asks_whether

# Said of a whole clause; the others of one word or figure in it.
_POLARITY = frozenset(("not", "forbid", "free", "may", "must"))
_BOUNDS = frozenset(
    ("only", "at_least", "at_most", "more_than", "less_than", "some", "most", "nearly")
)
_OPPOSED = (
    *(("before", "after"), ("from", "to"), ("and", "or"), ("all", "some"), ("all", "most")),
    ("first", "second"),
)
_DENIED = frozenset(("not", "forbid"))


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
    table = table_of(source, sentence, question) or NO_TABLE
    own_table = table_of(sentence, question) or table
    if own_table is not table:
        return _in_other_language(sentence, own_table, source, table, f"{context} {question}")
    theirs = claims(source, table)
    own = claims(sentence, table)
    given = claims(f"{context}\n{question}", table)
    asked = frozenset(said for item in claims(question, table) for said in item.says)
    if _answers_against(sentence, question, theirs, table):
        return Differs.POLARITY
    mine, other = with_doer_first(own, theirs, table)
    aligned = Aligned(mine, other, align(mine, other, table), table)
    return (
        _unknown(own, [*theirs, *given], table)
        or next(replaced(aligned, given, _presupposed(question, table)), None)
        or _said_otherwise(aligned, asked)
    )


def repeats(sentence: str, source: str) -> bool:
    """Tells whether all that a sentence names stands in its source: "6 months" in "six months"."""
    table = table_of(source, sentence) or NO_TABLE
    own, theirs = claims(sentence, table), claims(source, table)
    return bool(own) and all(contains(item, theirs, table) for item in own)


def has_dates_of(sentence: str, source: str) -> bool:
    """Tells whether a sentence has dates or times, and all of them stand in a source.

    Other figures may belong to a name: "flat 12".
    """
    table = table_of(source, sentence) or NO_TABLE
    dates = [item for item in claims(sentence, table) if item.kind in ("date", "time")]
    theirs = claims(source, table)
    return bool(dates) and all(contains(date, theirs, table) for date in dates)


def is_opposed(sentence: str, source: str, question: str) -> bool:
    """Tells whether one of a yes-or-no answer and its source denies, and they share no word.

    Nothing can be aligned then: "Yes, smoking is allowed" beside "Cigarettes are prohibited". What
    is left to compare is whether each of them denies something, as between two languages.
    """
    table = table_of(source, sentence, question) or NO_TABLE
    own, theirs = claims(sentence, table), claims(source, table)
    if any(contains(item, theirs, table) for item in own):
        return False
    return (_first_word(sentence) in table.no or _denies(own, table)) != _denies(theirs, table)


def denies(text: str) -> bool:
    """Tells whether a text says of anything that it is not so, or must not be."""
    table = table_of(text) or NO_TABLE
    return _denies(claims(text, table), table)


def can_be_judged(question: str) -> bool:
    """Tells whether "yes" or "no" to "Does this answer the question?" says just that.

    A small model mixes its judgement with the answer where that is a yes or no itself ("Is it
    waterproof?"), or where the question denies something ("What must not be taken?").
    """
    table = table_of(question) or NO_TABLE
    return not _denies(claims(question, table), table) and not asks_whether(question)


def asserts_what_is_denied(question: str, source: str) -> bool:
    """Tells whether a question is about what is not so, and the source says that it is so."""
    table = table_of(question, source) or NO_TABLE
    own, theirs = claims(question, table), claims(source, table)
    pairs = align(own, theirs, table)
    if not _denies(own, table) or len(pairs) < FEW:
        return False
    carried = _carried(own, [i for i, _ in pairs])
    denied = [j for i, j in pairs if carried[i] & _DENIED]
    clauses = {theirs[j].clause for j in denied}
    said = _polarity([item for item in theirs if item.clause in clauses], table)
    return bool(denied) and not said & {"not", "free"}


def _presupposed(question: str, table: LogicWords) -> Sequence[Item]:
    """Returns what a question takes for granted: its words, unless it asks for yes or no."""
    return claims(question, table) if table.ask.intersection(words(question)) else ()


def _in_other_language(
    sentence: str, own_table: LogicWords, source: str, table: LogicWords, given: str
) -> Differs | None:
    """Compares what is the same in two languages: figures, and whether something is denied."""
    own, theirs = claims(sentence, own_table), claims(source, table)
    known = [*theirs, *claims(given, own_table)]
    if any(item.is_figure and not contains(item, known, NO_TABLE) for item in own):
        return Differs.FIGURE
    is_other = table is not NO_TABLE and _denies(own, own_table) != _denies(theirs, table)
    return Differs.POLARITY if is_other else None


def _unknown(own: Sequence[Item], known: Sequence[Item], table: LogicWords) -> Differs | None:
    """Finds a figure or name that stands nowhere."""
    for item in own:
        if not contains(item, known, table):
            if item.is_figure:
                return Differs.FIGURE
            if item.kind == "name":
                return Differs.NAME
    return None


def _said_otherwise(aligned: Aligned, asked: frozenset[str]) -> Differs | None:
    """Finds a "not", "may", "only" or "at least" that came, went or changed."""
    if not aligned.pairs:
        return None
    aligned = replace(aligned, pairs=with_moved(aligned))
    own = _carried(aligned.own, sorted(i for i, _ in aligned.pairs))
    theirs = _carried(aligned.source, sorted(j for _, j in aligned.pairs))
    is_run = _is_run(aligned)
    if is_run:
        theirs = {j: aligned.source[j].says for j in theirs}
    for i, j in aligned.pairs:
        came, went = own[i] - theirs[j], theirs[j] - own[i]
        is_free = is_run and not aligned.own[i].is_figure
        if came & (_BOUNDS | {"all"}) - asked or (went & _BOUNDS - asked and not is_free):
            return Differs.BOUND
        if any({a, b} & came and {a, b} & went for a, b in _OPPOSED):
            return Differs.ROLE
    is_other = _lacks_without(aligned) or _copy_differs(aligned, own, theirs, asked)
    return Differs.POLARITY if is_other or _clause_differs(aligned, own, theirs, asked) else None


def _copy_differs(
    aligned: Aligned,
    own: Mapping[int, frozenset[str]],
    theirs: Mapping[int, frozenset[str]],
    asked: frozenset[str],
) -> bool:
    """Tells whether a sentence that is copied has one "not" more or less, or another "may"."""
    if not COPIED <= len(aligned.own) == len(aligned.pairs):
        return False
    times_own, times_source = (
        sum(bool(said & _DENIED) for said in says.values()) for says in (own, theirs)
    )
    return times_own != times_source or any(
        not own[i] & _DENIED and "may" in (own[i] ^ theirs[j]) & {"may", "must"} - asked
        for i, j in aligned.pairs
    )


def _clause_differs(
    aligned: Aligned,
    own: Mapping[int, frozenset[str]],
    theirs: Mapping[int, frozenset[str]],
    asked: frozenset[str],
) -> bool:
    """Tells whether a clause is denied, allowed or demanded on one side only."""
    for clause in {aligned.source[j].clause for _, j in aligned.pairs}:
        pairs = [(i, j) for i, j in aligned.pairs if aligned.source[j].clause == clause]
        mine = _settled((said for i, _ in pairs for said in own[i]), aligned.table)
        other = _settled((said for _, j in pairs for said in theirs[j]), aligned.table)
        if (mine ^ other) & {"not", "free"}:
            return True
        if {"may", "must"} <= mine ^ other:
            return True
        if "not" not in mine and any(
            "may" in (aligned.own[i].says - other | aligned.source[j].says - mine) - asked
            for i, j in pairs
        ):
            return True
    return False


def _lacks_without(aligned: Aligned) -> bool:
    """Tells whether one side says "without" of an item, and the other nowhere near it."""
    paired = [aligned.source[j] for _, j in aligned.pairs]
    if any("without" in item.says for item in aligned.own):
        clauses = {item.clause for item in paired}
        return not any("without" in s.says for s in aligned.source if s.clause in clauses)
    return any("without" in item.says for item in paired)


def _is_run(aligned: Aligned) -> bool:
    """Tells whether a sentence is a few words of its source in a row: "the work of Newton"."""
    first, last = aligned.pairs[0][1], aligned.pairs[-1][1]
    return len(aligned.own) == len(aligned.pairs) == last - first + 1 <= COPIED


def _carried(items: Sequence[Item], paired: Sequence[int]) -> dict[int, frozenset[str]]:
    """Returns what is said of each paired item; a "not" goes on to the next one that is paired."""
    says = {n: set(items[n].says) for n in paired}
    for n, item in enumerate(items):
        if n in says or not item.says:
            continue
        following = (p for p in paired if p > n and items[p].clause == item.clause)
        nearest = next(following, None)
        if nearest is None or any("and" in other.says for other in items[n + 1 : nearest + 1]):
            continue
        says[nearest] |= item.says & _POLARITY
    return {n: frozenset(said) for n, said in says.items()}


def _settled(said: Iterable[str], table: LogicWords) -> frozenset[str]:
    """Returns a clause's polarity: "may" and "not" forbid, as "must not" does in English."""
    all_said = frozenset(said) & _POLARITY
    if "free" in all_said or ({"not", "must"} <= all_said and table.must_not == "free"):
        return frozenset(["free"])
    return frozenset(["not"]) if all_said & _DENIED else all_said


def _polarity(items: Sequence[Item], table: LogicWords) -> frozenset[str]:
    return _settled((said for item in items for said in item.says), table)


def _denies(items: Sequence[Item], table: LogicWords) -> bool:
    return "not" in _polarity(items, table)


def _first_word(text: str) -> str:
    return next(iter(words(text)), "")


def _answers_against(
    sentence: str, question: str, source: Sequence[Item], table: LogicWords
) -> bool:
    """Tells whether "yes" or "no" is against the clause that has most of the question's words."""
    first = _first_word(sentence)
    if first not in table.yes | table.no:
        return False
    asked = claims(question, table)
    pairs = align(asked, source, table)
    if not pairs:
        return False
    clause = source[pairs[-1][1]].clause
    theirs = _polarity([item for item in source if item.clause == clause], table)
    is_denied = ("not" in theirs) != _denies(asked, table)
    if first in table.yes:
        return is_denied
    return not is_denied and len(pairs) == len(asked) and "free" not in theirs
