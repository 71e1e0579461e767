"""Which folders belong to a collection; a folder includes everything below it. No widgets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from enum import Enum, auto

from rag.parse.part_paths import file_of


class Chosen(Enum):
    """Whether a folder is in a collection."""

    NO = auto()
    PARTLY = auto()
    """Only some of the folders below it are in the collection."""
    YES = auto()
    WITH_ABOVE = auto()
    """It is included with a folder above it."""


class FolderChoice:
    """A set of absolute paths, none of which lies in another.

    Args:
        folders: the initial choice.
    """

    def __init__(self, folders: Iterable[str] = ()) -> None:
        self._folders: set[str] = set()
        for folder in sorted(folders, key=len):
            self.choose(folder)

    def __bool__(self) -> bool:
        return bool(self._folders)

    @property
    def folders(self) -> tuple[str, ...]:
        """The chosen folders, sorted."""
        return tuple(sorted(self._folders))

    def state(self, path: str) -> Chosen:
        """Returns whether a folder is chosen, by itself or with one above it."""
        if path in self._folders:
            return Chosen.YES
        if any(is_below(path, folder) for folder in self._folders):
            return Chosen.WITH_ABOVE
        if any(is_below(folder, path) for folder in self._folders):
            return Chosen.PARTLY
        return Chosen.NO

    def choose(self, path: str) -> None:
        """Adds a folder, which then includes those below it."""
        if self.state(path) in (Chosen.YES, Chosen.WITH_ABOVE):
            return
        self._folders = {folder for folder in self._folders if not is_below(folder, path)}
        self._folders.add(path)

    def drop(self, path: str) -> None:
        """Removes a chosen folder."""
        self._folders.discard(path)


class FolderTree:
    """The folders of a library: its roots, and the folders below them that hold documents.

    Args:
        roots: absolute paths; a file can be one.
        files: paths of files, parts of files included.
    """

    def __init__(self, roots: Sequence[str], files: Iterable[str]) -> None:
        tops = [folder for folder in roots if not any(is_below(folder, root) for root in roots)]
        self.roots = tuple(sorted(tops, key=_by_name))
        self._below: dict[str, set[str]] = {}
        self._folders = set(self.roots)
        for path in files:
            self._add(os.path.dirname(file_of(path)))  # noqa: PTH120 - quick

    def __contains__(self, folder: str) -> bool:
        return folder in self._folders

    def below(self, folder: str) -> tuple[str, ...]:
        """Returns the subfolders of a folder, by name."""
        return tuple(sorted(self._below.get(folder, ()), key=_by_name))

    def _add(self, folder: str) -> None:
        line: list[str] = []
        while folder not in self._folders:
            above = os.path.dirname(folder)  # noqa: PTH120 - quick
            if above == folder:
                return  # it is in no root
            line.append(folder)
            folder = above
        for child in reversed(line):
            self._below.setdefault(folder, set()).add(child)
            self._folders.add(child)
            folder = child


def is_below(path: str, folder: str) -> bool:
    """Tells whether `path` lies in `folder`, at any depth."""
    return path != folder and path.startswith(folder.rstrip(os.sep) + os.sep)


def _by_name(path: str) -> tuple[str, str]:
    return (os.path.basename(path).casefold(), path)  # noqa: PTH119 - quick
