"""Finds the file that names the people of an exported chat, where an export was unpacked.

A chat is read again when that file changes: its people may have other names.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from rag.parse.source import open_file
from rag.text.path_forms import is_under, real

_NAME = "users.json"  # as Slack's exports have it
_MOST_BYTES = 4 << 20


def names_people(path: str) -> bool:
    """Tells whether a file may name the people of the chats beside it."""
    return os.path.basename(path) == _NAME  # noqa: PTH119  # a Path for each file is slow


def chats_beside(people: Iterable[str], paths: Iterable[str]) -> list[str]:
    """Returns those paths that `people_file` may look up in one of the files of people.

    Args:
        people: paths of files of people.
        paths: of any files.
    """
    folders = {os.path.dirname(path) for path in people}  # noqa: PTH120
    chats = (path for path in paths if folders and _may_be_chat(path))
    return [path for path in chats if not folders.isdisjoint(_folders(path))]


def _may_be_chat(path: str) -> bool:
    return path.lower().endswith(".json") and not names_people(path)


def _folders(path: str) -> tuple[str, str]:
    """Returns the folder of a file and the one above it."""
    folder = os.path.dirname(path)  # noqa: PTH120
    return folder, os.path.dirname(folder)  # noqa: PTH120


def people_file(chat: Path, roots: Iterable[str]) -> bytes:
    """Returns the bytes of the file of people that lies beside a chat or its folder; else b"".

    A file outside the folders that the person added is never opened, not by way of a link either.

    Args:
        chat: a file; only those in JSON have people named elsewhere.
        roots: the folders and files that the person added.
    """
    if not _may_be_chat(chat.name):
        return b""
    folders = [real(root) for root in roots]
    for folder in (chat.parent, chat.parent.parent):
        path = real(str(folder / _NAME))
        if any(is_under(path, root) for root in folders):
            try:
                with open_file(Path(path)) as stream:
                    data = stream.read(_MOST_BYTES + 1)
            except OSError:
                continue
            return data if len(data) <= _MOST_BYTES else b""
    return b""
