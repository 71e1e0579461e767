"""Decides what stays on this computer: by where things were, where they are, and their words.

A passage stays when the file that it came from, or one that has its words, lies in a collection
that never leaves this computer; when it did so as the answer was made; and when that cannot be told
any more. What is made of passages stays with them: answers, and answers to prompts that told such
an answer again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.chats import Turn
from app.errors import KNOWN_ERRORS, NeverLeaves
from app.events import Answer
from app.grounds import Grounds, Told
from app.settings import SettingsStore
from rag.folders import Folders
from rag.sources import Place, Source

Find = Callable[[Sequence[Source], Sequence[str]], Sequence[Place]]
"""Where the words of sources are now, as seen from folders; `rag.whereabouts` finds it out."""

MOST_RETOLD = 500
"""Sources of earlier answers that are kept with an answer: those of about a hundred questions."""
_FILE = "file:"  # begins the id of a hit that is a file without text, see `app.kinds.listing`


class Bar(StrEnum):
    """Why something may not leave this computer; the first reason that there is."""

    NONE = ""
    IS = "is"
    """It lies in a collection that never leaves, or has the words of a file in one."""
    WAS = "was"
    """It did when the answer was made."""
    UNKNOWN = "unknown"
    """There is such a collection, and it cannot be told any more whether it belongs to it."""


_ORDER = (Bar.IS, Bar.WAS, Bar.UNKNOWN)


def worst(bars: Iterable[Bar]) -> Bar:
    """The first reason of several."""
    there = set(bars)
    return next((bar for bar in _ORDER if bar in there), Bar.NONE)


def unknown(sources: Sequence[Source], _folders: Sequence[str]) -> Sequence[Place]:
    """A `Find` without a library."""
    return [Place.UNKNOWN] * len(sources)


@dataclass(frozen=True, slots=True)
class Rests:
    """All that something rests on.

    Attributes:
        sources: passages and files.
        counted: folders whose files were counted; "" is the whole library.
        was: some of it was in a collection that never leaves, when it was made.
        complete: whether this is known to be all.
    """

    sources: tuple[Source, ...] = ()
    counted: tuple[str, ...] = ()
    was: bool = False
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """What the settings and the library say now. Without folders, only what was barred stays.

    Attributes:
        folders: of the collections that never leave.
        places: where sources are, by path and passage.
    """

    folders: tuple[str, ...] = ()
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict)

    @classmethod
    def of(cls, folders: Sequence[str], rests: Iterable[Rests], find: Find) -> Limits:
        """Asks where everything is; nobody is asked while there are no folders.

        Raises:
            RagError: the library cannot be read.
            WorkerDied: the process that keeps the library ended.
        """
        if not folders:
            return cls()
        wanted: dict[tuple[str, str], Source] = {}
        for source in (source for one in rests for source in one.sources):
            known = wanted.get((source.path, source.passage))
            if known is None or len(known.text) < len(source.text):
                wanted[source.path, source.passage] = source
        places = find(tuple(wanted.values()), tuple(folders)) if wanted else ()
        return cls(tuple(folders), dict(zip(wanted, places, strict=True)))

    def bar(self, rests: Rests) -> Bar:
        """Whether what rests on this may not leave."""
        if not self.folders:
            return Bar.WAS if rests.was else Bar.NONE
        around = Folders(self.folders)
        bars = {Bar.WAS} if rests.was else set()
        if any(around.touch(folder) for folder in rests.counted):
            bars.add(Bar.IS)
        if not rests.complete:
            bars.add(Bar.UNKNOWN)
        places = {self.places.get((s.path, s.passage), Place.UNKNOWN) for s in rests.sources}
        if Place.WITHIN in places or any(around.hold(source.path) for source in rests.sources):
            bars.add(Bar.IS)
        if Place.UNKNOWN in places:
            bars.add(Bar.UNKNOWN)
        return worst(bars)


def sources_of(answer: Answer) -> tuple[Source, ...]:
    """The passages and files that an answer names: the model has read all of them."""
    hits = {hit.chunk_id: _source(hit.path, hit.chunk_id, hit.text) for hit in answer.nearest}
    for citation in answer.citations:
        known = hits.get(citation.chunk_id)
        if known is None or not known.text:
            hits[citation.chunk_id] = _source(citation.path, citation.chunk_id, citation.quote)
    files = answer.grounds.files if answer.grounds is not None else ()
    return (*hits.values(), *(Source(path, "") for path in files))


def history_of(turns: Sequence[Turn]) -> tuple[Rests, ...]:
    """What each answer of a chat rests on, oldest first, with what it tells again of others.

    An answer from before this was kept may tell again all that stands before it.
    """
    texts = {s.passage: s.text for t in turns if t.answer for s in sources_of(t.answer) if s.text}
    found: list[Rests] = []
    for turn in turns:
        found.append(_rests(turn.answer, found, texts) if turn.answer is not None else Rests())
    return tuple(found)


def _rests(answer: Answer, before: Sequence[Rests], texts: Mapping[str, str]) -> Rests:
    own, grounds = sources_of(answer), answer.grounds
    if grounds is not None:
        retold = (Source(t.path, t.passage, texts.get(t.passage, "")) for t in grounds.retold)
        return Rests(_once((*own, *retold)), grounds.counted, grounds.local_only, grounds.complete)
    everything = (*own, *(source for one in before for source in one.sources))
    counted = () if answer.model else ("",)  # no model had a part in it: files were counted
    return Rests(
        _once(everything),
        tuple(dict.fromkeys((*counted, *(folder for one in before for folder in one.counted)))),
        any(one.was for one in before),
        bool(own or counted) and all(one.complete for one in before),
    )


class Provenance:
    """Notes with each answer what it rests on, and whether that never leaves this computer.

    Args:
        settings: name the collections that never leave.
        find: asks the library; not while there is no such collection.
    """

    def __init__(self, settings: SettingsStore, find: Find = unknown) -> None:
        self._settings = settings
        self._find = find

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that never leave, now."""
        return self._settings.current.never_leave

    def noted(self, answer: Answer, told: Sequence[Turn], before: Sequence[str]) -> Answer:
        """The answer with its grounds. Where the library cannot be asked, all of it stays.

        Args:
            answer: as it was made.
            told: earlier turns that its prompt may have told again.
            before: the folders that never left when it was begun.
        """
        grounds = answer.grounds or Grounds()
        own = sources_of(answer)
        earlier = _earlier(told)
        keys = {(source.path, source.passage) for source in own}
        retold = [s for s in earlier.sources if (s.path, s.passage) not in keys]
        grounds = replace(
            grounds,
            counted=tuple(dict.fromkeys((*grounds.counted, *earlier.counted))),
            retold=tuple(Told(s.path, s.passage) for s in retold[-MOST_RETOLD:]),
            complete=len(retold) <= MOST_RETOLD and earlier.complete,
        )
        folders = tuple(dict.fromkeys((*before, *self.folders)))
        each = [Rests((source,)) for source in own]
        others = replace(earlier, counted=grounds.counted)
        try:
            limits = Limits.of(folders, (*each, others), self._find)
            barred = tuple(one.sources[0].passage for one in each if limits.bar(one) is Bar.IS)
            stays = bool(barred) or limits.bar(others) in (Bar.IS, Bar.WAS)
        except KNOWN_ERRORS:
            barred, stays = tuple(source.passage for source in own), True
        kept = tuple(passage for passage in barred if passage)
        return replace(answer, grounds=replace(grounds, local_only=stays, passages=kept))


def _earlier(told: Sequence[Turn]) -> Rests:
    """What the answers of some turns rest on together, of those that prompts tell again."""
    found: dict[tuple[str, str], Source] = {}
    counted: dict[str, None] = {}
    was, complete = False, True
    for answer in (turn.answer for turn in told):
        if answer is None or not answer.text or answer.abstained:
            continue
        for source in sources_of(answer):
            key = source.path, source.passage
            if source.text or key not in found:
                found[key] = source
        if answer.grounds is not None:
            for one in answer.grounds.retold:
                found.setdefault((one.path, one.passage), Source(one.path, one.passage))
            counted.update(dict.fromkeys(answer.grounds.counted))
            was |= answer.grounds.local_only
            complete &= answer.grounds.complete
        elif not answer.model:  # no model had a part in it: files were counted
            counted[""] = None
    return Rests(tuple(found.values()), tuple(counted), was, complete)


def never_leaves(bar: Bar) -> NeverLeaves:
    """The error of what may not leave this computer."""
    why = {
        Bar.WAS: "This was, or came from, a collection that never leaves this computer.",
        Bar.UNKNOWN: "It cannot be told any more whether this belongs to a collection that never "
        "leaves this computer.",
    }
    return NeverLeaves(
        why.get(bar, "This is in a collection that never leaves this computer."),
        "Untick it." if bar else "Untick it. To send it after all, change the collection first.",
    )


def _source(path: str, passage: str, text: str) -> Source:
    return Source(path, "" if passage.startswith(_FILE) else passage, text)


def _once(sources: Iterable[Source]) -> tuple[Source, ...]:
    found: dict[tuple[str, str], Source] = {}
    for source in sources:
        found.setdefault((source.path, source.passage), source)
    return tuple(found.values())
