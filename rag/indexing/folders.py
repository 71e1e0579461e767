"""Folders as a person means them: with everything in them, by whatever name or link."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable

from rag.parse.part_paths import file_of
from rag.text.path_forms import is_under, real

_CASE_MATTERS = sys.platform not in ("win32", "darwin")


class Folders:
    """Folders by all their names.

    Attributes:
        given: their paths.
        names: their paths, and their paths without links.

    Args:
        folders: absolute paths; files count too.
    """

    def __init__(self, folders: Iterable[str]) -> None:
        folders = tuple(folders)
        self.given = tuple(map(_whole, folders))
        self.names = tuple(dict.fromkeys((*self.given, *(_whole(real(f)) for f in folders))))
        self._compared = tuple(map(_compared, self.names))

    def hold(self, path: str) -> bool:
        """Tells whether a file, or a part of one, lies in one of them, also by way of a link."""
        if not self._compared or not path:
            return False
        file = file_of(path)
        places = {_compared(file), _compared(real(file))}
        return any(is_under(place, folder) for place in places for folder in self._compared)

    def touch(self, path: str) -> bool:
        """Tells whether one of them contains a folder or lies in it; "" is everything."""
        if self._compared and not path:
            return True
        inside = _compared(path)
        return self.hold(path) or any(is_under(folder, inside) for folder in self._compared)


def _whole(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100  # keeps links


def _compared(path: str) -> str:
    """Returns a path in the form in which the system compares it."""
    path = unicodedata.normalize("NFC", os.path.normcase(_whole(path)))
    return path if _CASE_MATTERS else path.casefold()
