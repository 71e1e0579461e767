"""What a person chose to ask outside: the question, excerpts, history. Nothing is ticked at first.

A draft is a frozen value; each change gives another. Passages of a collection that never leaves
this computer cannot be ticked, whoever asks.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.chats import Turn
from app.errors import NeverLeaves
from app.events import Answer
from app.settings import CloudProvider
from rag.describe import describe
from rag.prompt import without_markers
from rag.types import Citation, Hit, file_of


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage that may be sent along.

    Attributes:
        key: names it in a draft: the passage's id.
        path: its file; shown here, never sent.
        title: the document's title, sent with the text.
        place: where in it, such as "page 2"; sent with the text.
        text: the passage.
        local_only: it lies in a collection that never leaves this computer.
    """

    key: str
    path: str
    title: str
    place: str
    text: str
    local_only: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """An earlier question of the chat and its answer here.

    Attributes:
        key: names it in a draft.
        answer: what was answered here, without its markers.
        sources: path and id of each passage that the answer rests on.
        local_only: one of them lies in a collection that never leaves this computer.
    """

    key: str
    question: str
    answer: str
    sources: tuple[tuple[str, str], ...] = ()
    local_only: bool = False


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
    never_leave: Sequence[str] = (),
    elsewhere: Sequence[str] = (),
) -> Draft:
    """A draft of a turn of a chat, with nothing ticked.

    Args:
        turn: the question, with its answer if there is one.
        earlier: the turns before it, oldest first.
        provider: who would be asked.
        never_leave: folders whose files never leave this computer.
        elsewhere: ids of passages whose text also lies in such a folder.
    """
    return marked(
        Draft(turn.question, _excerpts(turn.answer), _history(earlier), provider),
        never_leave,
        elsewhere,
    )


def marked(draft: Draft, never_leave: Sequence[str], elsewhere: Sequence[str] = ()) -> Draft:
    """The draft with what may not leave marked as such, and unticked.

    Args:
        draft: any draft.
        never_leave: folders whose files never leave this computer, as the settings are now.
        elsewhere: ids of passages whose text also lies in such a folder.
    """
    barred = frozenset(elsewhere)

    def stays(path: str, passage: str) -> bool:
        return passage in barred or is_under_any(path, never_leave)

    excerpts = tuple(replace(e, local_only=stays(e.path, e.key)) for e in draft.excerpts)
    history = tuple(
        replace(e, local_only=any(stays(*source) for source in e.sources)) for e in draft.history
    )
    may_not = {e.key for e in excerpts if e.local_only} | {e.key for e in history if e.local_only}
    return replace(draft, excerpts=excerpts, history=history, ticked=draft.ticked - may_not)


def tick(draft: Draft, key: str, *, on: bool = True) -> Draft:
    """Takes an excerpt or an exchange along, or leaves it.

    Raises:
        NeverLeaves: it lies in a collection that never leaves this computer.
        KeyError: the draft has nothing of that key.
    """
    local_only = {e.key: e.local_only for e in draft.excerpts}
    local_only |= {e.key: e.local_only for e in draft.history}
    if local_only[key] and on:
        raise never_leaves()
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


def passages_of(draft: Draft) -> tuple[str, ...]:
    """Ids of all passages that a draft holds, or that an answer in it rests on."""
    history = (passage for exchange in draft.history for _, passage in exchange.sources)
    return tuple(dict.fromkeys((*(excerpt.key for excerpt in draft.excerpts), *history)))


def is_under_any(path: str, folders: Sequence[str]) -> bool:
    """Whether a document lies in one of the folders, also by way of a link."""
    file = file_of(path)
    places = {_normal(file), _normal(os.path.realpath(file))}
    roots = {_normal(form) for folder in folders for form in (folder, os.path.realpath(folder))}
    return any(
        place == root or place.startswith(root.rstrip(os.sep) + os.sep)
        for place in places
        for root in roots
    )


def never_leaves() -> NeverLeaves:
    """The error of what is in a collection that never leaves this computer."""
    return NeverLeaves(
        "This passage is in a collection that never leaves this computer.",
        "Untick it. To send it after all, change the collection first.",
    )


def _excerpts(answer: Answer | None) -> tuple[Excerpt, ...]:
    """The passages of an answer, cited ones first; each once."""
    if answer is None:
        return ()
    cited = {citation.chunk_id for citation in answer.citations}
    hits = {hit.chunk_id: _of_hit(hit) for hit in answer.nearest if hit.text}
    first = {c.chunk_id: hits.get(c.chunk_id) or _of_citation(c) for c in answer.citations}
    rest = {key: excerpt for key, excerpt in hits.items() if key not in cited}
    return (*first.values(), *rest.values())


def _history(earlier: Sequence[Turn]) -> tuple[Exchange, ...]:
    return tuple(
        Exchange(
            f"turn-{turn.id}",
            turn.question,
            without_markers(turn.answer.text),
            tuple((source.path, source.chunk_id) for source in _sources(turn.answer)),
        )
        for turn in earlier
        if turn.answer is not None and turn.answer.text and not turn.answer.abstained
    )


def _sources(answer: Answer) -> tuple[Citation | Hit, ...]:
    """What an answer rests on: the model has read all of it."""
    return (*answer.citations, *answer.nearest)


def _of_hit(hit: Hit) -> Excerpt:
    place = describe(hit.locator, hit.kind)
    return Excerpt(hit.chunk_id, hit.path, hit.title, place, hit.text)


def _of_citation(citation: Citation) -> Excerpt:
    place = describe(citation.locator, citation.kind)
    return Excerpt(citation.chunk_id, citation.path, citation.title, place, citation.quote)


def _normal(path: str) -> str:
    return os.path.normcase(os.path.abspath(path))  # noqa: PTH100  # keeps links
