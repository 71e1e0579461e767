"""Decides what may not leave this computer.

A passage is barred if its file, or another file with the same text, lies in a collection that never
leaves this computer; if it did when the answer was written; or if this can no longer be determined.
So is everything derived from barred passages: answers, and later answers whose prompts repeated
them.
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
"""Tells whether sources' text now lies in some folders (`rag.indexing.whereabouts`)."""

MOST_RETOLD = 300
"""The most sources of earlier answers saved with an answer: those of some 70 questions."""
_FILE = "file:"  # prefix of the id of a hit that is a whole file, see `app.answering.kinds.listing`


class Bar(StrEnum):
    """Why something may not leave this computer; the strongest reason."""

    NONE = ""
    IS = "is"
    """It lies in a collection that never leaves, or has the text of a file in one."""
    WAS = "was"
    """It did when the answer was written."""
    UNKNOWN = "unknown"
    """There is such a collection, and whether it belongs to it can no longer be determined."""


_ORDER = (Bar.IS, Bar.WAS, Bar.UNKNOWN)


def worst(bars: Iterable[Bar]) -> Bar:
    """Returns the strongest of some reasons."""
    present = set(bars)
    return next((bar for bar in _ORDER if bar in present), Bar.NONE)


def unknown(sources: Sequence[Source], _folders: Sequence[str]) -> Sequence[Place]:
    """Serves as `Find` without a library: every place is unknown."""
    return [Place.UNKNOWN] * len(sources)


@dataclass(frozen=True, slots=True)
class Origins:
    """All that something was derived from.

    Attributes:
        sources: passages and files.
        counted: folders whose files were counted; "" is the whole library.
        was: some of it was in a collection that never leaves when the answer was written.
        doubtful: for some of it, that could not be determined at the time.
        complete: whether nothing is missing here.
    """

    sources: tuple[Source, ...] = ()
    counted: tuple[str, ...] = ()
    was: bool = False
    doubtful: bool = False
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """The folders that never leave now, and where sources are now.

    Without folders, only earlier bars (`Origins.was`, `Origins.doubtful`) apply.

    Attributes:
        folders: of the collections that never leave.
        places: where sources are, by path and passage.
    """

    folders: tuple[str, ...] = ()
    places: Mapping[tuple[str, str], Place] = field(default_factory=dict)

    @classmethod
    def of(cls, folders: Sequence[str], origins: Iterable[Origins], find: Find) -> Limits:
        """Looks up where all sources are now; without folders, looks up nothing.

        Raises:
            RagError: the library cannot be read.
            WorkerDied: the process that keeps the library ended.
        """
        if not folders:
            return cls()
        wanted: dict[tuple[str, str], Source] = {}
        for source in (source for origin in origins for source in origin.sources):
            earlier = wanted.get((source.path, source.passage))
            if earlier is None or len(earlier.text) < len(source.text):
                wanted[source.path, source.passage] = source
        places = find(tuple(wanted.values()), tuple(folders)) if wanted else ()
        return cls(tuple(folders), dict(zip(wanted, places, strict=True)))

    def bar(self, origins: Origins) -> Bar:
        """Returns why something with these origins may not leave."""
        bars = {Bar.WAS} if origins.was else set()
        if not self.folders:
            return worst({*bars, Bar.UNKNOWN} if origins.doubtful else bars)
        folders = Folders(self.folders)
        if any(folders.touch(folder) for folder in origins.counted):
            bars.add(Bar.IS)
        if not origins.complete:
            bars.add(Bar.UNKNOWN)
        places = {self.places.get((s.path, s.passage), Place.UNKNOWN) for s in origins.sources}
        if Place.WITHIN in places or any(folders.hold(source.path) for source in origins.sources):
            bars.add(Bar.IS)
        if Place.UNKNOWN in places:
            bars.add(Bar.UNKNOWN)
        return worst(bars)


def sources_of(answer: Answer) -> tuple[Source, ...]:
    """Returns the passages and files that the model read for an answer."""
    passages = {hit.chunk_id: _source(hit.path, hit.chunk_id, hit.text) for hit in answer.nearest}
    for citation in answer.citations:
        hit_source = passages.get(citation.chunk_id)
        if hit_source is None or not hit_source.text:
            passages[citation.chunk_id] = _source(citation.path, citation.chunk_id, citation.quote)
    files = answer.grounds.files if answer.grounds is not None else ()
    return (*passages.values(), *(Source(path, "") for path in files))


def history_of(turns: Sequence[Turn]) -> tuple[Origins, ...]:
    """Returns the origins of each answer of a chat, oldest first, repeated answers included.

    An answer from a version that did not record this may have repeated all earlier ones.
    """
    own = [sources_of(turn.answer) if turn.answer is not None else () for turn in turns]
    by_id = _by_id(source for sources in own for source in sources)
    origins: list[Origins] = []
    for turn, sources in zip(turns, own, strict=True):
        origins.append(_origins(turn.answer, sources, origins, by_id) if turn.answer else Origins())
    return tuple(origins)


def _origins(
    answer: Answer, own: Sequence[Source], earlier: Sequence[Origins], by_id: Mapping[str, Source]
) -> Origins:
    grounds = answer.grounds
    if grounds is not None:
        sources = _unique((*own, *_sources_with_ids(_repeated_ids(grounds), by_id)))
        return Origins(
            sources, grounds.counted, grounds.local_only, grounds.doubtful, grounds.complete
        )
    everything = (*own, *(source for origins in earlier for source in origins.sources))
    # An answer without a model counted files.
    counted = () if answer.model or answer.abstained else ("",)
    return Origins(
        _unique(everything),
        tuple(
            dict.fromkeys(
                (*counted, *(folder for origins in earlier for folder in origins.counted))
            )
        ),
        any(origins.was for origins in earlier),
        any(origins.doubtful for origins in earlier),
        bool(own or counted) and all(origins.complete for origins in earlier),
    )


class Provenance:
    """Records the origins of each answer, and whether they may leave this computer.

    Args:
        settings: names the collections that never leave.
        find: looks up sources in the library; not called if there is no such collection.
    """

    def __init__(self, settings: SettingsStore, find: Find = unknown) -> None:
        self._settings = settings
        self._find = find

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders that never leave now."""
        return self._settings.current.never_leave

    def noted(self, answer: Answer, repeated: Sequence[Turn], never_left: Sequence[str]) -> Answer:
        """Returns the answer with its grounds. If the library fails, bars all of its passages.

        Args:
            answer: the finished answer.
            repeated: earlier turns that its prompt may have repeated.
            never_left: the folders that never left when the answer was begun.
        """
        grounds = answer.grounds or Grounds()
        own = sources_of(answer)
        earlier = _earlier(repeated)
        own_ids = set(map(_id, own))
        retold = [key for key in earlier.ids if key not in own_ids]
        saved = retold[-MOST_RETOLD:]
        grounds = replace(
            grounds,
            counted=tuple(dict.fromkeys((*grounds.counted, *earlier.counted))),
            retold=" ".join(key for key in saved if not key.startswith(_FILE)),
            retold_files=tuple(key.removeprefix(_FILE) for key in saved if key.startswith(_FILE)),
            complete=len(retold) <= MOST_RETOLD and earlier.complete,
        )
        folders = tuple(dict.fromkeys((*never_left, *self.folders)))
        each = [Origins((source,)) for source in own]
        sources = tuple(_sources_with_ids(retold, earlier.sources_by_id)) if folders else ()
        inherited = Origins(sources, grounds.counted, earlier.was, earlier.doubtful)
        try:
            limits = Limits.of(folders, (*each, inherited), self._find)
            bars = {_id(origins.sources[0]): limits.bar(origins) for origins in each}
            inherited_bar = limits.bar(inherited)
        except KNOWN_ERRORS:
            bars, inherited_bar = {_id(source): Bar.IS for source in own}, Bar.IS
        passages = tuple(key for key, bar in bars.items() if bar is Bar.IS)
        doubted = tuple(key for key, bar in bars.items() if bar is Bar.UNKNOWN)
        grounds = replace(
            grounds,
            local_only=bool(passages) or inherited_bar in (Bar.IS, Bar.WAS),
            passages=passages,
            doubtful=bool(doubted) or inherited_bar is Bar.UNKNOWN,
            doubted=doubted,
        )
        return replace(answer, grounds=grounds)


@dataclass(slots=True)
class _Earlier:
    """The combined origins of some turns' answers.

    Attributes:
        sources_by_id: those sources of which more than the id is known.
        ids: of all sources, in order.
    """

    sources_by_id: dict[str, Source] = field(default_factory=dict)
    ids: dict[str, None] = field(default_factory=dict)
    counted: dict[str, None] = field(default_factory=dict)
    was: bool = False
    doubtful: bool = False
    complete: bool = True


def _earlier(repeated: Sequence[Turn]) -> _Earlier:
    """Combines the origins of the answers that a prompt repeats."""
    combined = _Earlier()
    answers = (turn.answer for turn in repeated if turn.answer is not None)
    answers = (answer for answer in answers if answer.text and not answer.abstained)
    for answer in answers:
        own = _by_id(sources_of(answer))
        combined.sources_by_id |= own
        combined.ids |= dict.fromkeys(own)
        if answer.grounds is not None:
            combined.ids |= dict.fromkeys(_repeated_ids(answer.grounds))
            combined.counted |= dict.fromkeys(answer.grounds.counted)
            combined.was |= answer.grounds.local_only
            combined.doubtful |= answer.grounds.doubtful
            combined.complete &= answer.grounds.complete
        elif not answer.model:  # it only counted files
            combined.counted[""] = None
    return combined


def never_leaves(bar: Bar) -> NeverLeaves:
    """Returns the error for what may not leave this computer."""
    if bar is Bar.WAS:
        return NeverLeaves(
            "This comes from a collection that never left this computer when it was answered.",
            "Untick it. If it may leave now, ask the question again, and send the new answer.",
        )
    if bar is Bar.UNKNOWN:
        return NeverLeaves(
            "Studiolo can no longer tell whether this belongs to a collection that never leaves "
            "this computer.",
            "Untick it, or update the library and ask the question again.",
        )
    return NeverLeaves(
        "This is in a collection that never leaves this computer.",
        "Untick it. To send it after all, change the collection first.",
    )


def _source(path: str, passage: str, text: str) -> Source:
    return Source(path, "" if passage.startswith(_FILE) else passage, text)


def _id(source: Source) -> str:
    return source.passage or f"{_FILE}{source.path}"


def _repeated_ids(grounds: Grounds) -> Iterable[str]:
    """Returns the ids of the sources that a prompt repeated."""
    return (*grounds.retold.split(), *(f"{_FILE}{path}" for path in grounds.retold_files))


def _by_id(sources: Iterable[Source]) -> dict[str, Source]:
    """Returns sources by their ids, preferring those with text."""
    by_id: dict[str, Source] = {}
    for source in sources:
        if source.text or _id(source) not in by_id:
            by_id[_id(source)] = source
    return by_id


def _sources_with_ids(ids: Iterable[str], sources_by_id: Mapping[str, Source]) -> Iterator[Source]:
    """Yields the sources with some ids; a passage not in `sources_by_id` has only its id."""
    for key in ids:
        if key.startswith(_FILE):
            yield Source(key.removeprefix(_FILE), "")
        else:
            yield sources_by_id.get(key) or Source("", key)


def _unique(sources: Iterable[Source]) -> tuple[Source, ...]:
    unique: dict[tuple[str, str], Source] = {}
    for source in sources:
        unique.setdefault((source.path, source.passage), source)
    return tuple(unique.values())
