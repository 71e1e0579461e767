"""Takes documents out of the library, and tells where else their text is kept.

What models have read goes with the library, and so do words, vectors and passages. Chats are the
person's own: an answer keeps the passages that it was made from. So they are named when their
document goes, and can be cleared in one step.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.chats.store import ChatStore, TurnSources
from app.library.service import LibraryService
from app.privacy.egress.record import EgressRecord
from app.settings.store import SettingsStore
from rag.indexing.report import IndexReport
from rag.parse.part_paths import file_of
from rag.text.path_forms import is_under

_SET_ASIDE = ("before-restore-*", "damaged-*")


class Passages(Protocol):
    """What is asked of the library. `app.workers.clients.IndexClient` is one."""

    def passages_under(self, passages: Sequence[str], folders: Sequence[str]) -> tuple[str, ...]:
        """Those of some passages whose text is that of a file in one of `folders`."""
        ...

    def passages_held(self, passages: Sequence[str]) -> tuple[str, ...]:
        """Those of some passages that are still in the library."""
        ...


@dataclass(frozen=True, slots=True)
class RemainingCopies:
    """Where text of documents that were removed still is.

    Attributes:
        turns: ids of the turns whose answers were made from them.
        chats: how many chats these are in.
        payloads: names of files in which the person keeps what was sent of them.
        unsure: how many more such files there are, of chats that are deleted: what they hold
            cannot be told.
        set_aside: folders with older data, which hold whatever was in the library then.
        collections: names of collections that a removed folder or file is in by its path.
        unread: there are chats that cannot be read, so what they hold cannot be told.
    """

    turns: tuple[int, ...] = ()
    chats: int = 0
    payloads: tuple[str, ...] = ()
    unsure: int = 0
    set_aside: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    unread: bool = False

    @property
    def removable(self) -> bool:
        """Whether there is anything that `Forgetting.remove_there` takes away."""
        return bool(self.turns or self.payloads)

    def __bool__(self) -> bool:
        told = (self.turns, self.payloads, self.unsure, self.set_aside, self.collections)
        return any(told) or self.unread


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed, and where else it is."""

    report: IndexReport
    left: RemainingCopies


class Forgetting:
    """Removes documents. Calls block, and may come from any thread.

    Args:
        library: what they are removed from.
        passages: tells which passages it holds.
        chats: may hold text of them.
        record: may keep what was sent of them.
        settings: name the collections.
        data: the data folder.
        unread: there are other chats than `chats` that cannot be read.
    """

    def __init__(
        self,
        library: LibraryService,
        passages: Passages,
        chats: ChatStore,
        record: EgressRecord,
        settings: SettingsStore,
        data: Path,
        *,
        unread: bool = False,
    ) -> None:
        self._unread = unread
        self._library = library
        self._passages = passages
        self._chats = chats
        self._record = record
        self._settings = settings
        self._data = data

    def remove(self, path: str | Path) -> Removal:
        """Takes a file or folder out of the library. The file itself stays.

        A chat counts if it was made from a file at that path, or from a passage that is in no
        other file of the library.

        Raises:
            RagError, WorkerDied: as `LibraryService.remove` does.
        """
        root = str(Path(path).expanduser().absolute())
        sources = self._chats.sources()
        told = {passage for turn in sources for passage in turn.passages}
        under = self._passages.passages_under(sorted(told), [root]) if told else ()
        report = self._library.remove(root)
        gone = set(under) - set(self._passages.passages_held(under)) if under else set()
        return Removal(report, self._left(root, sources, gone))

    def remove_there(self, left: RemainingCopies) -> None:
        """Takes the answers out of their chats, with what came from outside, and what was sent.

        The questions stay.

        Raises:
            ChatsNotSaved: the chats cannot be written.
            OSError: a file of what was sent cannot be removed.
        """
        self._chats.take_back(left.turns)
        for name in left.payloads:
            (self._record.payloads / name).unlink(missing_ok=True)

    def _left(
        self, root: str, sources: Sequence[TurnSources], gone: Collection[str]
    ) -> RemainingCopies:
        turns = [
            turn
            for turn in sources
            if not turn.passages.isdisjoint(gone)
            or any(is_under(file_of(path), root) for path in turn.paths)
        ]
        payloads, unsure = self._payloads(turns, sources)
        return RemainingCopies(
            turns=tuple(turn.id for turn in turns),
            chats=len({turn.chat_id for turn in turns}),
            payloads=payloads,
            unsure=unsure,
            set_aside=tuple(
                sorted(folder.name for kind in _SET_ASIDE for folder in self._data.glob(kind))
            ),
            collections=tuple(
                collection.name
                for collection in self._settings.current.collections
                if any(is_under(folder, root) for folder in collection.folders)
            ),
            unread=self._unread,
        )

    def _payloads(
        self, turns: Sequence[TurnSources], sources: Sequence[TurnSources]
    ) -> tuple[tuple[str, ...], int]:
        """Files of what was sent with some turns, and how many there are of no turn at all."""
        if not self._record.payloads.is_dir():
            return (), 0
        hashes = {digest for turn in turns for digest in turn.sent}
        of_turns = {digest for turn in sources for digest in turn.sent}
        kept = {
            entry.begun.payload: entry.begun.sha256
            for entry in self._record.read().entries
            if entry.begun.payload
        }
        there = sorted(file.name for file in self._record.payloads.iterdir())
        found = tuple(name for name in there if kept.get(name) in hashes)
        return found, sum(kept.get(name) not in of_turns for name in there)
