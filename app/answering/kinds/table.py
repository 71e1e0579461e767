"""Answers a question by computing over a table of the library, if there is one for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from app.answering.context import AnswerContext
from app.answering.run import AnswerRun
from app.events import Answer, Grounds, Timings
from app.jobs import CancelToken
from app.presentation import NOT_COMPUTED
from models.chat import (
    ChatModel,
    Finished,
    FinishReason,
    GenerationOptions,
    Message,
    Role,
    TextPiece,
)
from models.grammar import gbnf
from rag.store.inventory import name_of
from rag.tables import prompt
from rag.tables.forms import share_named
from rag.tables.match import match
from rag.tables.reading import asks_to_compute, columns_named
from rag.tables.result_text import copied, in_words
from rag.tables.table import Computed, TableSketch
from rag.tables.verdicts import Matched
from rag.tables.verify import (
    MOST_ROWS_FOR_ONE,
    arithmetic_asked,
    asks_for_one,
    faults,
    statistic_asked,
)
from rag.types import Citation, Hit

_MOST_FILES = 4
_NOTHING_WRITTEN = Finished(FinishReason.COMPLETE, 0, 0)
_BAR = " | "  # between the cells of a row
_FITS = 0.8  # of the best table's fit: one that fits less well is not computed with
_NEAR = 0.75  # of the best hit's score: a table that is found less well is not asked


class Tables(Protocol):
    """Keeps the tables; the index worker does."""

    def tables(self, path: str, question: str) -> tuple[TableSketch, ...]:
        """Returns the tables of a document in short: their columns and some values."""
        ...

    def compute(self, path: str, number: int, query: str) -> Computed | None:
        """Returns the result of a query over a table; None where it has none."""
        ...


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A table that may hold the answer.

    Attributes:
        hit: led to it.
        table: the table in short.
        fit: how many of its columns, and of its file's words, the question names.
        near: it was found about as well as anything else.
    """

    hit: Hit
    table: TableSketch
    fit: float
    near: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """A query for a table, who wrote it, and what it took.

    Attributes:
        query: as `rag.tables.query` has it.
        single: one value or row is asked for.
        matched: what the question's own words settled; None where a model wrote the query.
        by_model: id of the model that wrote it; "" if the question's words settled it.
    """

    candidate: _Candidate
    query: str
    single: bool
    matched: Matched | None = None
    by_model: str = ""
    first_s: float = 0.0
    finished: Finished = _NOTHING_WRITTEN


class TableAnswerer:
    """Answers questions for a figure by computing it, where a table that was found can give it.

    Args:
        tables: keeps the tables.
        understanding: returns the model that puts questions into queries; None for the one that
            answers.
    """

    def __init__(
        self, tables: Tables, understanding: Callable[[], ChatModel | None] = lambda: None
    ) -> None:
        self._tables = tables
        self._understanding = understanding

    def answer(self, context: AnswerContext, run: AnswerRun) -> Answer | None:
        """Answers from a table, see `app.answering.run.Answerer`."""
        hits = run.found(context).hits
        begun = run.now()
        model = self._understanding() or context.model
        answer = computed_answer(
            context.question, hits, self._tables, model, run.token, meant=context.meant
        )
        if answer is None:
            return None
        first = begun + answer.timings.first_token_s
        timings = replace(answer.timings, retrieve_s=run.retrieve_s, first_token_s=first)
        answer = replace(answer, timings=timings)
        return answer if answer.abstained else run.told(answer)


def computed_answer(
    question: str,
    hits: Sequence[Hit],
    tables: Tables,
    model: ChatModel | None,
    token: CancelToken | None = None,
    *,
    meant: str = "",
) -> Answer | None:
    """Computes an answer. Blocks.

    The words of the question settle most queries. Where they leave a doubt, the model writes one,
    and it is held against the question before it is computed.

    Args:
        question: as the person wrote it; it has to ask for a figure.
        hits: what was found for it.
        tables: keeps the tables.
        model: writes the query; None leaves what the words do not settle.
        token: ends it.
        meant: the question with what it refers back to; "" means that it stands alone.

    Returns:
        The answer, its times counted from this call. It abstains where a statistic is asked of a
        table that could not be computed: no passage holds one. None when no table fits the
        question, and when `token` is cancelled.

    Raises:
        RagError: the library cannot be read.
        ModelError: the model cannot write.
        WorkerDied: a worker ended on the way.
    """
    token = token or CancelToken()
    started = time.perf_counter()
    meant = meant or question
    candidates = [] if token.cancelled else _candidates(meant, hits, tables)
    asked = _matched(meant, candidates)
    computed = _computed(asked, tables)
    near = next((candidate for candidate in candidates if candidate.near), None)
    if computed is None and model and near and asks_to_compute(question, near.table):
        asked = _written(meant, near, model, token, started)
        computed = _computed(asked, tables)
        if computed and asked and _is_too_much(asked, computed):
            computed = None
    if token.cancelled:
        return None
    if computed is None or asked is None:
        return _declined(meant, candidates, hits, time.perf_counter() - started)
    seconds = time.perf_counter() - started
    finished, candidate = asked.finished, asked.candidate
    matched = asked.matched
    if matched:
        computed = replace(computed, notes=(*matched.notes, *computed.notes))
    rivals = [c for c in candidates if c is not candidate and c.fit == candidate.fit]
    if rivals and not asked.by_model:
        also = f"“{rivals[0].hit.title}” has a table with these columns, too."
        computed = replace(computed, notes=(*computed.notes, also))
    return Answer(
        text=in_words(
            computed, by_model=bool(asked.by_model), verdict=matched.verdict if matched else None
        ),
        citations=tuple(_cite(candidate.hit, computed)),
        abstained=False,
        nearest=tuple(hits),
        grounds=Grounds(files=(candidate.hit.path,)),
        copied=copied(computed),
        model=asked.by_model,
        timings=Timings(
            0.0,
            asked.first_s or seconds,
            seconds,
            finished.prompt_tokens,
            finished.completion_tokens,
        ),
    )


def _candidates(question: str, hits: Sequence[Hit], tables: Tables) -> list[_Candidate]:
    """Returns the tables that were found, those first whose columns the question names most."""
    best = max((hit.score for hit in hits), default=0.0)
    candidates: list[_Candidate] = []
    of_tables = [hit for hit in hits if hit.locator.cells or _BAR in hit.text]
    for path in list(dict.fromkeys(hit.path for hit in of_tables))[:_MOST_FILES]:
        of_file = [hit for hit in of_tables if hit.path == path]
        for table in tables.tables(path, question):
            inside = [h for h in of_file if _overlap(h, table)]
            hit = max(inside, key=lambda hit: hit.score, default=None)
            if hit is None:
                continue
            fit = columns_named(question, table)
            if fit or share_named(question, _stem_of(path)) == 1:
                fit += share_named(question, f"{name_of(path)} {hit.title} {table.sheet or ''}")
                candidates.append(_Candidate(hit, table, fit, hit.score >= _NEAR * best))
    return sorted(candidates, key=lambda c: (-c.fit, c.hit.rank))


def _overlap(hit: Hit, table: TableSketch) -> bool:
    """Tells whether a passage has a part of a table; it may begin with the lines above it."""
    return hit.locator.start < table.end and table.start < hit.locator.end


def _stem_of(path: str) -> str:
    """Returns the name of a file or part without its ending: "lease" of `lease.pdf`."""
    return Path(name_of(path)).stem


def _matched(question: str, candidates: Sequence[_Candidate]) -> _Asked | None:
    """Returns the query that the question's own words settle; None where they leave a doubt."""
    for candidate in candidates:
        if candidate.fit < _FITS * candidates[0].fit:
            break
        hit = candidate.hit
        title = f"{hit.title} {name_of(hit.path)}"
        matched = match(question, candidate.table, title, _stem_of(hit.path))
        # A table that has every word of the question needs not be found as well as others.
        if matched is None:
            continue
        fits = not matched.ignored or statistic_asked(question, candidate.table)
        if candidate.near or fits:
            return _Asked(candidate, matched.plan.query, matched.plan.single, matched)
    return None


def _written(
    question: str,
    candidate: _Candidate,
    model: ChatModel,
    token: CancelToken,
    started: float,
) -> _Asked | None:
    """Returns the query that the model writes; None where it does not fit the question."""
    user, grammar = prompt.build(question, candidate.hit.title, candidate.table)
    messages = [Message(Role.SYSTEM, prompt.SYSTEM), Message(Role.USER, user)]
    if model.count_tokens(messages) + prompt.QUERY_TOKENS > model.context_window:
        return None
    pieces: list[str] = []
    first = 0.0
    finished = Finished(FinishReason.STOPPED, 0, 0)
    options = GenerationOptions(max_tokens=prompt.QUERY_TOKENS, grammar=gbnf(grammar))
    for event in model.generate(messages, options, lambda: token.cancelled):
        if isinstance(event, TextPiece):
            first = first or time.perf_counter() - started
            pieces.append(event.text)
        else:
            finished = event
    query = "".join(pieces)
    if finished.reason is not FinishReason.COMPLETE or faults(question, candidate.table, query):
        return None
    single = asks_for_one(question, candidate.table)
    return _Asked(candidate, query, single, by_model=model.id, first_s=first, finished=finished)


def _computed(asked: _Asked | None, tables: Tables) -> Computed | None:
    if asked is None:
        return None
    path, number = asked.candidate.hit.path, asked.candidate.table.number
    computed = tables.compute(path, number, asked.query)
    for plan in asked.matched.others if asked.matched else ():
        other = tables.compute(path, number, plan.query)
        if computed is None or other is None or other.rows != computed.rows:
            return None
    return computed


def _is_too_much(asked: _Asked, computed: Computed) -> bool:
    """Tells whether many rows came of a question for one."""
    return asked.single and len(computed.rows) + computed.more > MOST_ROWS_FOR_ONE


def _declined(
    question: str, candidates: Sequence[_Candidate], hits: Sequence[Hit], seconds: float
) -> Answer | None:
    """Returns that a statistic could not be computed; None where no table was asked for one."""
    near = [
        candidate
        for candidate in candidates
        if candidate.near
        and (
            statistic_asked(question, candidate.table)
            or arithmetic_asked(question, candidate.table)
        )
    ]
    if not near:
        return None
    return Answer(
        text=NOT_COMPUTED,
        citations=(),
        abstained=True,
        nearest=(near[0].hit, *(hit for hit in hits if hit is not near[0].hit)),
        model="",
        timings=Timings(0.0, seconds, seconds),
    )


def _cite(hit: Hit, computed: Computed) -> list[Citation]:
    return [
        Citation(n, hit.path, hit.title, hit.kind, source.locator, source.quote, hit.chunk_id)
        for n, source in enumerate(computed.sources, start=1)
    ]
