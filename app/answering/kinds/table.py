"""Answers a question by computing over a table of the library, if there is one for it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from app.answering.context import AnswerContext
from app.answering.run import AnswerRun
from app.events import Answer, Grounds, Timings
from app.jobs import CancelToken
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
from rag.tables import prompt
from rag.tables.question import asks_to_compute, columns_named, figures_asked
from rag.tables.result_text import copied, in_words
from rag.tables.table import Computed, TableSketch
from rag.types import Citation, Hit

_MOST_FILES = 2
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
class _TableChoice:
    """A table that may hold the answer, and the hit that led to it."""

    hit: Hit
    table: TableSketch


class TableAnswerer:
    """Answers questions for a figure by computing it, where a table that was found can give it.

    Args:
        tables: keeps the tables.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def answer(self, context: AnswerContext, run: AnswerRun) -> Answer | None:
        """Answers from a table, see `app.answering.run.Answerer`."""
        hits = run.found(context).hits
        begun = run.now()
        answer = computed_answer(
            context.question, hits, self._tables, context.model, run.token, meant=context.meant
        )
        if answer is None:
            return None
        first = begun + answer.timings.first_token_s
        timings = replace(answer.timings, retrieve_s=run.retrieve_s, first_token_s=first)
        return run.told(replace(answer, timings=timings))


def computed_answer(
    question: str,
    hits: Sequence[Hit],
    tables: Tables,
    model: ChatModel,
    token: CancelToken | None = None,
    *,
    meant: str = "",
) -> Answer | None:
    """Computes an answer: the model writes a query, SQLite runs it. Blocks.

    Args:
        question: as the person wrote it; it has to ask for a figure.
        hits: what was found for it.
        tables: keeps the tables.
        model: writes the query.
        token: ends it.
        meant: the question with what it refers back to; "" means that it stands alone.

    Returns:
        The answer, its times counted from this call. None when no table fits the question, when
        the model writes no query that gives a result, and when `token` is cancelled.

    Raises:
        RagError: the library cannot be read.
        ModelError: the model cannot write.
        WorkerDied: a worker ended on the way.
    """
    token = token or CancelToken()
    started = time.perf_counter()
    meant = meant or question
    choice = _choose(meant, hits, tables) if asks_to_compute(question) else None
    if choice is None:
        return None
    user, grammar = prompt.build(meant, choice.hit.title, choice.table)
    messages = [Message(Role.SYSTEM, prompt.SYSTEM), Message(Role.USER, user)]
    if model.count_tokens(messages) + prompt.QUERY_TOKENS > model.context_window:
        return None
    written: list[str] = []
    first = 0.0
    finished = Finished(FinishReason.STOPPED, 0, 0)
    options = GenerationOptions(max_tokens=prompt.QUERY_TOKENS, grammar=gbnf(grammar))
    for event in model.generate(messages, options, lambda: token.cancelled):
        if isinstance(event, TextPiece):
            first = first or time.perf_counter() - started
            written.append(event.text)
        else:
            finished = event
    if finished.reason is not FinishReason.COMPLETE:
        return None
    query = "".join(written)
    wanted = figures_asked(meant, prompt.names_of(choice.table))
    if not all(f"{function}(" in query or f"{function}_POP(" in query for function in wanted):
        return None
    computed = tables.compute(choice.hit.path, choice.table.number, query)
    if computed is None:
        return None
    seconds = time.perf_counter() - started
    return Answer(
        text=in_words(computed),
        citations=tuple(_cite(choice.hit, computed)),
        abstained=False,
        nearest=tuple(hits),
        grounds=Grounds(files=(choice.hit.path,)),
        copied=copied(computed),
        model=model.id,
        timings=Timings(0.0, first, seconds, finished.prompt_tokens, finished.completion_tokens),
    )


def _choose(question: str, hits: Sequence[Hit], tables: Tables) -> _TableChoice | None:
    """Returns the table whose columns the question names most, of those that were found best."""
    near = [
        hit
        for hit in hits
        if hit.locator.cells and hit.score >= _NEAR * max(other.score for other in hits)
    ]
    choices: list[tuple[float, int, _TableChoice]] = []
    for path in list(dict.fromkeys(hit.path for hit in near))[:_MOST_FILES]:
        sketches = tables.tables(path, question)
        for hit in (hit for hit in near if hit.path == path):
            for table in sketches:
                if table.start <= hit.locator.start < table.end:
                    named = columns_named(question, table)
                    choices.append((named, -hit.rank, _TableChoice(hit, table)))
    named, _, best = max(choices, key=lambda choice: choice[:2], default=(0.0, 0, None))
    return best if named else None


def _cite(hit: Hit, computed: Computed) -> list[Citation]:
    return [
        Citation(n, hit.path, hit.title, hit.kind, source.locator, source.quote, hit.chunk_id)
        for n, source in enumerate(computed.sources, start=1)
    ]
