"""Decides what stays on this computer: by where things were, where they are, and their words.

A passage stays when the file that it came from, or one that has its words, lies in a collection
that never leaves this computer; when it did so as the answer was made; and when that cannot be told
any more. What is made of passages stays with them: answers, and answers to prompts that told such
an answer again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.chats.store import Turn
from app.errors import KNOWN_ERRORS, NeverLeaves
from app.events import Answer, Grounds
from app.settings.store import SettingsStore
from rag.indexing.folders import Folders
from rag.indexing.sources import Place, Source

Find = Callable[[Sequence[Source], Sequence[str]], Sequence[Place]]
"""Finds where the words of sources are now, as seen from folders (`rag.indexing.whereabouts`)."""

MOST_RETOLD = 300
"""Sources of earlier answers that are noted with an answer: those of some seventy questions."""
_FILE = (
    "file:"  # begins the id of a hit that is a file without text, see `app.answering.kinds.listing`
)


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
class Origins:
    """All that something rests on.

    Attributes:
        sources: passages and files.
        counted: folders whose files were counted; "" is the whole library.
        was: some of it was in a collection that never leaves, when it was made.
        doubtful: of some of it that could not be told then.
        complete: whether this is known to be all.
    """

    sources: tuple[Source, ...] = ()
    counted: tuple[str, ...] = ()
    was: bool = False
    doubtful: bool = False
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
    def of(cls, folders: Sequence[str], rests: Iterable[Origins], find: Find) -> Limits:
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

    def bar(self, rests: Origins) -> Bar:
        """Whether what rests on this may not leave."""
        bars = {Bar.WAS} if rests.was else set()
        if not self.folders:
            return worst({*bars, Bar.UNKNOWN} if rests.doubtful else bars)
        around = Folders(self.folders)
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


def history_of(turns: Sequence[Turn]) -> tuple[Origins, ...]:
    """What each answer of a chat rests on, oldest first, with what it tells again of others.

    An answer from before this was kept may tell again all that stands before it.
    """
    own = [sources_of(turn.answer) if turn.answer is not None else () for turn in turns]
    known = _by_id(source for sources in own for source in sources)
    found: list[Origins] = []
    for turn, sources in zip(turns, own, strict=True):
        found.append(_rests(turn.answer, sources, found, known) if turn.answer else Origins())
    return tuple(found)


def _rests(
    answer: Answer, own: Sequence[Source], before: Sequence[Origins], known: Mapping[str, Source]
) -> Origins:
    grounds = answer.grounds
    if grounds is not None:
        sources = _once((*own, *_named(_told_by(grounds), known)))
        return Origins(
            sources, grounds.counted, grounds.local_only, grounds.doubtful, grounds.complete
        )
    everything = (*own, *(source for one in before for source in one.sources))
    # Where no model had a part in an answer, files were counted.
    counted = () if answer.model or answer.abstained else ("",)
    return Origins(
        _once(everything),
        tuple(dict.fromkeys((*counted, *(folder for one in before for folder in one.counted)))),
        any(one.was for one in before),
        any(one.doubtful for one in before),
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
        mine = set(map(_id, own))
        retold = [key for key in earlier.ids if key not in mine]
        noted = retold[-MOST_RETOLD:]
        grounds = replace(
            grounds,
            counted=tuple(dict.fromkeys((*grounds.counted, *earlier.counted))),
            retold=" ".join(key for key in noted if not key.startswith(_FILE)),
            retold_files=tuple(k.removeprefix(_FILE) for k in noted if k.startswith(_FILE)),
            complete=len(retold) <= MOST_RETOLD and earlier.complete,
        )
        folders = tuple(dict.fromkeys((*before, *self.folders)))
        each = [Origins((source,)) for source in own]
        sources = tuple(_named(retold, earlier.known)) if folders else ()
        others = Origins(sources, grounds.counted, earlier.was, earlier.doubtful)
        try:
            limits = Limits.of(folders, (*each, others), self._find)
            bars = {_id(one.sources[0]): limits.bar(one) for one in each}
            rest = limits.bar(others)
        except KNOWN_ERRORS:
            bars, rest = {_id(source): Bar.IS for source in own}, Bar.IS
        passages = tuple(key for key, bar in bars.items() if bar is Bar.IS)
        doubted = tuple(key for key, bar in bars.items() if bar is Bar.UNKNOWN)
        grounds = replace(
            grounds,
            local_only=bool(passages) or rest in (Bar.IS, Bar.WAS),
            passages=passages,
            doubtful=bool(doubted) or rest is Bar.UNKNOWN,
            doubted=doubted,
        )
        return replace(answer, grounds=grounds)


@dataclass(slots=True)
class _Earlier:
    """What the answers of some turns rest on together.

    Attributes:
        known: sources by their ids.
        ids: of all, in order; some are known by nothing else.
    """

    known: dict[str, Source] = field(default_factory=dict)
    ids: dict[str, None] = field(default_factory=dict)
    counted: dict[str, None] = field(default_factory=dict)
    was: bool = False
    doubtful: bool = False
    complete: bool = True


def _earlier(told: Sequence[Turn]) -> _Earlier:
    """Of those turns that prompts tell again."""
    found = _Earlier()
    answers = (turn.answer for turn in told if turn.answer is not None)
    answers = (answer for answer in answers if answer.text and not answer.abstained)
    for answer in answers:
        own = _by_id(sources_of(answer))
        found.known |= own
        found.ids |= dict.fromkeys(own)
        if answer.grounds is not None:
            found.ids |= dict.fromkeys(_told_by(answer.grounds))
            found.counted |= dict.fromkeys(answer.grounds.counted)
            found.was |= answer.grounds.local_only
            found.doubtful |= answer.grounds.doubtful
            found.complete &= answer.grounds.complete
        elif not answer.model:  # no model had a part in it: files were counted
            found.counted[""] = None
    return found


def never_leaves(bar: Bar) -> NeverLeaves:
    """The error of what may not leave this computer."""
    if bar is Bar.WAS:
        return NeverLeaves(
            "This was in a collection that never leaves this computer, or came from one.",
            "Untick it. If it may leave now, ask the question again, and send that answer.",
        )
    if bar is Bar.UNKNOWN:
        return NeverLeaves(
            "It cannot be told any more whether this belongs to a collection that never leaves "
            "this computer.",
            "Untick it, or bring the library up to date and ask the question again.",
        )
    return NeverLeaves(
        "This is in a collection that never leaves this computer.",
        "Untick it. To send it after all, change the collection first.",
    )


def _source(path: str, passage: str, text: str) -> Source:
    return Source(path, "" if passage.startswith(_FILE) else passage, text)


def _id(source: Source) -> str:
    return source.passage or f"{_FILE}{source.path}"


def _told_by(grounds: Grounds) -> Iterable[str]:
    """The ids of what a prompt told again."""
    return (*grounds.retold.split(), *(f"{_FILE}{path}" for path in grounds.retold_files))


def _by_id(sources: Iterable[Source]) -> dict[str, Source]:
    """Sources by their ids, those with their words if there are some."""
    found: dict[str, Source] = {}
    for source in sources:
        if source.text or _id(source) not in found:
            found[_id(source)] = source
    return found


def _named(ids: Iterable[str], known: Mapping[str, Source]) -> Iterator[Source]:
    """The sources with some ids; of a passage that nothing else is known of, only its id."""
    for key in ids:
        if key.startswith(_FILE):
            yield Source(key.removeprefix(_FILE), "")
        else:
            yield known.get(key) or Source("", key)


def _once(sources: Iterable[Source]) -> tuple[Source, ...]:
    found: dict[tuple[str, str], Source] = {}
    for source in sources:
        found.setdefault((source.path, source.passage), source)
    return tuple(found.values())
