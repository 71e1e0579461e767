"""Reads the folders of the library and saves collections, in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ui.collections.choice import FolderTree

if TYPE_CHECKING:
    from app.chats.store import ChatStore
    from app.library.service import LibraryService
    from app.settings.store import Collection, SettingsStore


def folder_tree(library: LibraryService) -> FolderTree:
    """Returns the folders of the library. Takes a while with many files."""
    return FolderTree(library.status().roots, [file.path for file in library.files()])


def save(
    settings: SettingsStore,
    chats: ChatStore,
    collections: Sequence[Collection],
    renamed: Mapping[str, str],
) -> None:
    """Saves the collections; chats limited to a renamed one are updated.

    Raises:
        SettingsNotSaved: the collections cannot be saved; nothing was changed.
        ChatsNotSaved: the disk is full; the collections are saved, but not all chats updated.
    """
    settings.change(collections=[c.model_dump() for c in collections])
    if renamed:
        for chat in chats.chats():
            if chat.collection in renamed:
                chats.set_collection(chat.id, renamed[chat.collection])
