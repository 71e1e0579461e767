"""The draft of an escalation: question, excerpts and history. Nothing is ticked at first.

A draft is immutable; each change returns a new one. Anything that may not leave this computer
(`app.library.local_only`) cannot be ticked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.chats.store import Turn, past_turn
from app.events import Answer, Grounds
from app.library.local_only import Bar, Limits, Origins, history_of, never_leaves
from app.settings.fields import CloudProvider
from rag.answer.prompt import PastTurn
from rag.indexing.cited_passages import CitedPassage
from rag.text.describe_locator import describe
from rag.types import Citation, Hit


@dataclass(frozen=True, slots=True)
class DraftExcerpt:
    """A passage that can be sent along.

    Attributes:
        key: identifies it in a draft: the passage's id.
        path: its file; shown here, never sent.
        title: the document's title, sent with the text.
        place: its place in the document, such as "page 2"; sent with the text.
        text: the passage.
        was: it was in a collection that never leaves this computer when the model read it.
        doubtful: that could not be determined then.
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
    def origins(self) -> Origins:
        """The origins of an excerpt: its one passage."""
        source = CitedPassage(self.path, self.key, self.text)
        return Origins((source,), was=self.was, doubtful=self.doubtful)


@dataclass(frozen=True, slots=True)
class DraftExchange(PastTurn):
    """An earlier exchange of the chat, answered here, that may be sent along.

    Attributes:
        key: identifies it in a draft.
        origins: all that the answer was derived from, by way of earlier answers too.
        bar: why it may not leave this computer, if so.
    """

    key: str
    origins: Origins
    bar: Bar = Bar.NONE

    @property
    def local_only(self) -> bool:
        """Whether it may not leave this computer."""
        return self.bar is not Bar.NONE


@dataclass(frozen=True, slots=True)
class EscalationDraft:
    """What to send, and to whom.

    Attributes:
        question: as the person wrote it; can be edited.
        excerpts: passages of the answer: cited ones first, then the nearest.
        history: earlier exchanges of the chat, oldest first.
        provider: the provider and model.
        ticked: keys of the excerpts and exchanges to send.
        kept: personal values to send unhidden (`review.Mark.key`).
    """

    question: str
    excerpts: tuple[DraftExcerpt, ...]
    history: tuple[DraftExchange, ...]
    provider: CloudProvider
    ticked: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()

    @property
    def chosen_excerpts(self) -> tuple[DraftExcerpt, ...]:
        """The ticked excerpts, in order."""
        return tuple(excerpt for excerpt in self.excerpts if excerpt.key in self.ticked)

    @property
    def chosen_history(self) -> tuple[DraftExchange, ...]:
        """The ticked exchanges, oldest first."""
        return tuple(exchange for exchange in self.history if exchange.key in self.ticked)


def new_draft(
    turn: Turn, earlier: Sequence[Turn], provider: CloudProvider, limits: Limits | None = None
) -> EscalationDraft:
    """Creates a draft for a turn of a chat, with nothing ticked.

    Args:
        turn: the question, with its answer if there is one.
        earlier: the turns before it, oldest first.
        provider: the provider to ask.
        limits: what may not leave now.
    """
    draft = EscalationDraft(turn.question, _excerpts(turn.answer), _history(earlier), provider)
    return marked(draft, limits or Limits())


def marked(draft: EscalationDraft, limits: Limits) -> EscalationDraft:
    """Returns the draft with what may not leave marked and unticked.

    Args:
        draft: any draft.
        limits: what may not leave now.
    """
    excerpts = tuple(replace(item, bar=limits.bar(item.origins)) for item in draft.excerpts)
    history = tuple(replace(item, bar=limits.bar(item.origins)) for item in draft.history)
    barred = {item.key for item in excerpts if item.local_only} | {
        item.key for item in history if item.local_only
    }
    return replace(draft, excerpts=excerpts, history=history, ticked=draft.ticked - barred)


def tick(draft: EscalationDraft, key: str, *, on: bool = True) -> EscalationDraft:
    """Ticks or unticks an excerpt or an exchange.

    Raises:
        NeverLeaves: it may not leave this computer.
        KeyError: the draft has no such key.
    """
    bar = bars(draft)[key]
    if bar and on:
        raise never_leaves(bar)
    return replace(draft, ticked=draft.ticked | {key} if on else draft.ticked - {key})


def tick_history(draft: EscalationDraft, *, on: bool = True) -> EscalationDraft:
    """Ticks all of the chat's history that may leave, or unticks all of it."""
    keys = {exchange.key for exchange in draft.history if not exchange.local_only}
    return replace(draft, ticked=draft.ticked | keys if on else draft.ticked - keys)


def keep(draft: EscalationDraft, key: str, *, on: bool = True) -> EscalationDraft:
    """Sends a personal value unhidden, or hides it again."""
    return replace(draft, kept=draft.kept | {key} if on else draft.kept - {key})


def with_question(draft: EscalationDraft, question: str) -> EscalationDraft:
    """Changes the question."""
    return replace(draft, question=question)


def with_provider(
    draft: EscalationDraft, provider: CloudProvider, model: str = ""
) -> EscalationDraft:
    """Changes the provider; with `model`, also its model."""
    chosen = provider.model_copy(update={"model": model}) if model else provider
    return replace(draft, provider=chosen)


def bars(draft: EscalationDraft) -> dict[str, Bar]:
    """Returns why excerpts and exchanges of a draft may not leave, by their keys."""
    return {e.key: e.bar for e in draft.excerpts} | {e.key: e.bar for e in draft.history}


def all_origins(draft: EscalationDraft) -> tuple[Origins, ...]:
    """Returns the origins of a draft's excerpts and exchanges."""
    return (*(e.origins for e in draft.excerpts), *(e.origins for e in draft.history))


def _excerpts(answer: Answer | None) -> tuple[DraftExcerpt, ...]:
    """Returns the passages of an answer, cited ones first; each once."""
    if answer is None:
        return ()
    grounds = answer.grounds or Grounds()
    was, doubted = frozenset(grounds.passages), frozenset(grounds.doubted)
    cited = {citation.chunk_id for citation in answer.citations}
    hits = {hit.chunk_id: _excerpt_of_hit(hit) for hit in answer.nearest if hit.text}
    first = {c.chunk_id: hits.get(c.chunk_id) or _excerpt_of_citation(c) for c in answer.citations}
    rest = {key: excerpt for key, excerpt in hits.items() if key not in cited}
    return tuple(
        replace(excerpt, was=excerpt.key in was, doubtful=excerpt.key in doubted)
        for excerpt in (*first.values(), *rest.values())
    )


def _history(earlier: Sequence[Turn]) -> tuple[DraftExchange, ...]:
    return tuple(
        DraftExchange(past.question, past.answer, f"turn-{turn.id}", origins)
        for turn, origins in zip(earlier, history_of(earlier), strict=True)
        if (past := past_turn(turn.question, turn.answer)) is not None
    )


def _excerpt_of_hit(hit: Hit) -> DraftExcerpt:
    place = describe(hit.locator, hit.kind)
    return DraftExcerpt(hit.chunk_id, hit.path, hit.title, place, hit.text)


def _excerpt_of_citation(citation: Citation) -> DraftExcerpt:
    place = describe(citation.locator, citation.kind)
    return DraftExcerpt(citation.chunk_id, citation.path, citation.title, place, citation.quote)
