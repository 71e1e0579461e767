"""Reads the folders of the library and saves collections; to be run in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from app.errors import DataFolderUnusable
from ui.collections.choice import FolderTree

if TYPE_CHECKING:
    from app.chats import ChatStore
    from app.library import LibraryService
    from app.settings import Collection, SettingsStore


def folder_tree(library: LibraryService) -> FolderTree:
    """The folders of the library. Takes a while with many files."""
    return FolderTree(library.status().roots, [file.path for file in library.files()])


def save(
    settings: SettingsStore,
    chats: ChatStore,
    collections: Sequence[Collection],
    renamed: Mapping[str, str],
) -> None:
    """Saves the collections; chats that are held to a renamed one follow it.

    Raises:
        DataFolderUnusable: they cannot be saved; nothing was changed.
        ChatsNotSaved: the disk is full; the collections are saved, some chats may not follow.
    """
    try:
        settings.change(collections=[c.model_dump() for c in collections])
    except OSError as error:
        raise DataFolderUnusable(
            f"The collections could not be saved: {error.strerror or error}.",
            "Free some space or mend the permissions of the data folder, and save again.",
        ) from error
    if renamed:
        for chat in chats.chats():
            if chat.collection in renamed:
                chats.set_collection(chat.id, renamed[chat.collection])
