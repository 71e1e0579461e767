"""What a person chose to ask outside: the question, excerpts, history. Nothing is ticked at first.

A draft is a frozen value; each change gives another. What may not leave this computer, as
`app.library.local_only` decides it, cannot be ticked, whoever asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.chats.store import Turn
from app.events import Answer, Grounds
from app.library.local_only import Bar, Limits, Rests, history_of, never_leaves
from app.settings.fields import CloudProvider
from rag.answer.prompt import without_markers
from rag.indexing.sources import Source
from rag.text.describe import describe
from rag.types import Citation, Hit


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage that may be sent along.

    Attributes:
        key: names it in a draft: the passage's id.
        path: its file; shown here, never sent.
        title: the document's title, sent with the text.
        place: where in it, such as "page 2"; sent with the text.
        text: the passage.
        was: it was in a collection that never leaves this computer when it was read.
        doubtful: that could not be told then.
        bar: why it may not leave this computer, if so.
    """

    key: str
    path: str
    title: str
    place: str
    text: str
    was: bool = False
    doubtful: bool = False
    bar: Bar = Bar.NONE

    @property
    def local_only(self) -> bool:
        """Whether it may not leave this computer."""
        return self.bar is not Bar.NONE

    @property
    def rests(self) -> Rests:
        """What it is: one passage."""
        source = Source(self.path, self.key, self.text)
        return Rests((source,), was=self.was, doubtful=self.doubtful)


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question of the chat and its answer here.

    Attributes:
        key: names it in a draft.
        answer: what was answered here, without its markers.
        rests: all that the answer rests on, also by way of earlier answers.
        bar: why it may not leave this computer, if so.
    """

    key: str
    question: str
    answer: str
    rests: Rests
    bar: Bar = Bar.NONE

    @property
    def local_only(self) -> bool:
        """Whether it may not leave this computer."""
        return self.bar is not Bar.NONE


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be asked, and of whom.

    Attributes:
        question: as the person wrote it; can be edited.
        excerpts: passages of the answer: those that it cites first, then the nearest.
        history: earlier exchanges of the chat, oldest first.
        provider: who is asked, and which model.
        ticked: keys of the excerpts and exchanges that go along.
        kept: what is sent as it is although it was found to be personal (`review.Mark.key`).
    """

    question: str
    excerpts: tuple[Excerpt, ...]
    history: tuple[Exchange, ...]
    provider: CloudProvider
    ticked: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    @property
    def chosen_excerpts(self) -> tuple[Excerpt, ...]:
        """The ticked excerpts, in order."""
        return tuple(excerpt for excerpt in self.excerpts if excerpt.key in self.ticked)

    @property
    def chosen_history(self) -> tuple[Exchange, ...]:
        """The ticked exchanges, oldest first."""
        return tuple(exchange for exchange in self.history if exchange.key in self.ticked)


def new_draft(
    turn: Turn,
    earlier: Sequence[Turn],
    provider: CloudProvider,
    limits: Limits | None = None,
) -> Draft:
    """A draft of a turn of a chat, with nothing ticked.

    Args:
        turn: the question, with its answer if there is one.
        earlier: the turns before it, oldest first.
        provider: who would be asked.
        limits: what may not leave, as settings and library are now.
    """
    draft = Draft(turn.question, _excerpts(turn.answer), _history(earlier), provider)
    return marked(draft, limits or Limits())


def marked(draft: Draft, limits: Limits) -> Draft:
    """The draft with what may not leave marked as such, and unticked.

    Args:
        draft: any draft.
        limits: what may not leave, as settings and library are now.
    """
    excerpts = tuple(replace(e, bar=limits.bar(e.rests)) for e in draft.excerpts)
    history = tuple(replace(e, bar=limits.bar(e.rests)) for e in draft.history)
    may_not = {e.key for e in excerpts if e.local_only} | {e.key for e in history if e.local_only}
    return replace(draft, excerpts=excerpts, history=history, ticked=draft.ticked - may_not)


def tick(draft: Draft, key: str, *, on: bool = True) -> Draft:
    """Takes an excerpt or an exchange along, or leaves it.

    Raises:
        NeverLeaves: it may not leave this computer.
        KeyError: the draft has nothing of that key.
    """
    bar = bars(draft)[key]
    if bar and on:
        raise never_leaves(bar)
    return replace(draft, ticked=draft.ticked | {key} if on else draft.ticked - {key})


def tick_history(draft: Draft, *, on: bool = True) -> Draft:
    """Takes all of the chat's history along that may leave, or none of it."""
    keys = {exchange.key for exchange in draft.history if not exchange.local_only}
    return replace(draft, ticked=draft.ticked | keys if on else draft.ticked - keys)


def keep(draft: Draft, key: str, *, on: bool = True) -> Draft:
    """Sends something that was found to be personal as it is, or hides it again."""
    return replace(draft, kept=draft.kept | {key} if on else draft.kept - {key})


def with_question(draft: Draft, question: str) -> Draft:
    """Asks something else."""
    return replace(draft, question=question)


def with_provider(draft: Draft, provider: CloudProvider, model: str = "") -> Draft:
    """Asks somebody else; with `model`, another model of theirs."""
    chosen = provider.model_copy(update={"model": model}) if model else provider
    return replace(draft, provider=chosen)


def bars(draft: Draft) -> dict[str, Bar]:
    """Why the excerpts and exchanges of a draft may not leave, by their keys."""
    return {e.key: e.bar for e in draft.excerpts} | {e.key: e.bar for e in draft.history}


def all_rests(draft: Draft) -> tuple[Rests, ...]:
    """What the excerpts and exchanges of a draft rest on."""
    return (*(e.rests for e in draft.excerpts), *(e.rests for e in draft.history))


def _excerpts(answer: Answer | None) -> tuple[Excerpt, ...]:
    """The passages of an answer, cited ones first; each once."""
    if answer is None:
        return ()
    grounds = answer.grounds or Grounds()
    was, doubted = frozenset(grounds.passages), frozenset(grounds.doubted)
    cited = {citation.chunk_id for citation in answer.citations}
    hits = {hit.chunk_id: _of_hit(hit) for hit in answer.nearest if hit.text}
    first = {c.chunk_id: hits.get(c.chunk_id) or _of_citation(c) for c in answer.citations}
    rest = {key: excerpt for key, excerpt in hits.items() if key not in cited}
    return tuple(
        replace(excerpt, was=excerpt.key in was, doubtful=excerpt.key in doubted)
        for excerpt in (*first.values(), *rest.values())
    )


def _history(earlier: Sequence[Turn]) -> tuple[Exchange, ...]:
    return tuple(
        Exchange(f"turn-{turn.id}", turn.question, without_markers(turn.answer.text), rests)
        for turn, rests in zip(earlier, history_of(earlier), strict=True)
        if turn.answer is not None and turn.answer.text and not turn.answer.abstained
    )


def _of_hit(hit: Hit) -> Excerpt:
    place = describe(hit.locator, hit.kind)
    return Excerpt(hit.chunk_id, hit.path, hit.title, place, hit.text)


def _of_citation(citation: Citation) -> Excerpt:
    place = describe(citation.locator, citation.kind)
    return Excerpt(citation.chunk_id, citation.path, citation.title, place, citation.quote)
