"""Collections while they are edited: nothing takes effect until it is saved. No Qt widgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.settings.store import Collection
from ui.collections.choice import FolderChoice
from ui.text import tr

LONGEST_NAME = 80


def clean(name: str) -> str:
    """Normalises a name: one line, no space around it."""
    return " ".join(name.split())[:LONGEST_NAME].rstrip()


@dataclass
class CollectionDraft:
    """A collection being edited.

    Attributes:
        name: as typed.
        was: the name in the settings; "" for a new one.
        folders: the folders that belong to it.
        local_only: whether its contents never leave this computer.
    """

    name: str
    was: str = ""
    folders: FolderChoice = field(default_factory=FolderChoice)
    local_only: bool = False


class CollectionDrafts:
    """The collections of the dialog, in the order shown."""

    def __init__(self, collections: Sequence[Collection]) -> None:
        self._saved = tuple(collections)
        self.items = [
            CollectionDraft(c.name, c.name, FolderChoice(c.folders), c.local_only)
            for c in collections
        ]

    @property
    def changed(self) -> bool:
        """Whether anything was changed."""
        current = [(clean(d.name), d.folders.folders, d.local_only) for d in self.items]
        return current != [
            (c.name, FolderChoice(c.folders).folders, c.local_only) for c in self._saved
        ]

    def add(self) -> CollectionDraft:
        """Adds a new collection, with a unique name."""
        draft = CollectionDraft(self._free_name(tr("New collection")))
        self.items.append(draft)
        return draft

    def remove(self, draft: CollectionDraft) -> None:
        """Removes a collection. Its folders and documents stay in the library."""
        self.items = [item for item in self.items if item is not draft]

    def fault(self, draft: CollectionDraft) -> str:
        """Returns a sentence about what keeps it from being saved; "" if nothing does."""
        name = clean(draft.name)
        if not name:
            return tr("Give the collection a name.")
        namesakes = [d for d in self.items if clean(d.name).casefold() == name.casefold()]
        if len(namesakes) > 1:
            return tr("Two collections are called “{0}”. Rename one of them.").format(name)
        if not draft.folders:
            return tr("Choose at least one folder for “{0}”.").format(name)
        return ""

    def first_fault(self) -> tuple[CollectionDraft, str] | None:
        """Returns the first collection that cannot be saved, and why."""
        faults = ((draft, self.fault(draft)) for draft in self.items)
        return next(((draft, words) for draft, words in faults if words), None)

    def collections(self) -> tuple[Collection, ...]:
        """Returns the collections to save; call only without a fault."""
        return tuple(
            Collection(name=clean(d.name), folders=d.folders.folders, local_only=d.local_only)
            for d in self.items
        )

    def renamed(self) -> dict[str, str]:
        """Returns the new names of renamed collections, by old name."""
        return {d.was: clean(d.name) for d in self.items if d.was and clean(d.name) != d.was}

    def _free_name(self, words: str) -> str:
        taken = {clean(draft.name).casefold() for draft in self.items}
        name, n = words, 1
        while name.casefold() in taken:
            n += 1
            name = f"{words} {n}"
        return name
