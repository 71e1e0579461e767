"""Removes documents from the library, and reports where else copies of their text remain.

Passages, words, vectors and prefill states are removed with the document. Chats are not: an answer
keeps its source passages. So the affected chats are reported, and can be cleared in one step.
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
    """The part of the library that removal needs. `app.workers.clients.IndexClient` is one."""

    def passages_under(self, passages: Sequence[str], folders: Sequence[str]) -> tuple[str, ...]:
        """Returns those of some passages whose text also occurs in a file in `folders`."""
        ...

    def passages_held(self, passages: Sequence[str]) -> tuple[str, ...]:
        """Returns those of some passages that are still in the library."""
        ...


class Tables(Protocol):
    """What specialists keep of documents. `app.specialists.service.Specialists` is one."""

    def forget_documents(self, root: str) -> None:
        """Deletes rows, quotes and examples of documents at or under a path."""
        ...


@dataclass(frozen=True, slots=True)
class RemainingCopies:
    """Where text of removed documents remains.

    Attributes:
        turns: ids of turns whose answers have them as sources.
        chats: number of chats with such turns.
        payloads: names of files with saved payloads that contain them.
        unsure: number of further payload files, of deleted chats, whose sources are unknown.
        set_aside: folders with older data, which hold the library of that time.
        collections: names of collections that contain a removed folder or file by its path.
        unread: there are chats that cannot be read and may hold copies.
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
        """Whether `Forgetting.remove_copies` can remove any of them."""
        return bool(self.turns or self.payloads)

    def __bool__(self) -> bool:
        copies = (self.turns, self.payloads, self.unsure, self.set_aside, self.collections)
        return any(copies) or self.unread


@dataclass(frozen=True, slots=True)
class Removal:
    """A finished removal."""

    report: IndexReport
    left: RemainingCopies


class Forgetting:
    """Removes documents. Calls block, and may come from any thread.

    Args:
        library: where documents are removed.
        passages: looks up passages.
        chats: may hold copies in answers.
        record: may hold copies in saved payloads.
        settings: names the collections.
        data: the data folder.
        unread: there are further chats, which cannot be read.
        specialists: keep rows, quotes and examples of documents.
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
        specialists: Tables | None = None,
    ) -> None:
        self._specialists = specialists
        self._unread = unread
        self._library = library
        self._passages = passages
        self._chats = chats
        self._record = record
        self._settings = settings
        self._data = data

    def remove(self, path: str | Path) -> Removal:
        """Removes a file or folder from the library. The file itself stays on the disk.

        A chat is reported if an answer's source is a file at that path, or a passage that no other
        file in the library contains.

        Raises:
            RagError, WorkerDied: as `LibraryService.remove` does.
            SpecialistError: rows of tables could not be deleted; removing it again does that.
        """
        root = str(Path(path).expanduser().absolute())
        sources = self._chats.sources()
        source_ids = {passage for turn in sources for passage in turn.passages}
        under = self._passages.passages_under(sorted(source_ids), [root]) if source_ids else ()
        report = self._library.remove(root)
        if self._specialists is not None:
            self._specialists.forget_documents(root)
        gone = set(under) - set(self._passages.passages_held(under)) if under else set()
        return Removal(report, self._left(root, sources, gone))

    def remove_copies(self, left: RemainingCopies) -> None:
        """Removes the answers from their chats, with outside replies and saved payloads.

        The questions stay.

        Raises:
            ChatsNotSaved: the chats cannot be written.
            OSError: a payload file cannot be removed.
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
                sorted(folder.name for pattern in _SET_ASIDE for folder in self._data.glob(pattern))
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
        """Returns the payload files of some turns, and how many files belong to no turn."""
        if not self._record.payloads.is_dir():
            return (), 0
        hashes = {digest for turn in turns for digest in turn.sent}
        of_turns = {digest for turn in sources for digest in turn.sent}
        recorded = {
            entry.begun.payload: entry.begun.sha256
            for entry in self._record.read().entries
            if entry.begun.payload
        }
        names = sorted(file.name for file in self._record.payloads.iterdir())
        matching = tuple(name for name in names if recorded.get(name) in hashes)
        return matching, sum(recorded.get(name) not in of_turns for name in names)
