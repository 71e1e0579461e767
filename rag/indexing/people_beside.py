"""Finds the file that names the people of an exported chat, where an export was unpacked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from rag.parse.source import open_file
from rag.text.path_forms import is_under, real

_NAME = "users.json"  # as Slack's exports have it
_MOST_BYTES = 4 << 20


def people_file(chat: Path, roots: Iterable[str]) -> bytes:
    """Returns the bytes of the file of people that lies beside a chat or its folder; else b"".

    A file outside the folders that the person added is never opened, not by way of a link either.

    Args:
        chat: a file; only those in JSON have people named elsewhere.
        roots: the folders and files that the person added.
    """
    if chat.suffix.lower() != ".json" or chat.name == _NAME:
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
