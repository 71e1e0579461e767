"""Says where a link in a folder leads: to something in the folder, or out of it.

Places are compared by what they are (device and file number), not by their names: a folder may
have several, on a file system without upper and lower case or with one folder mounted twice.
Hard links cannot be told from files: what has a second name in the folder lies in it.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from rag.errors import NotALink
from rag.indexing.rules import FollowedLink
from rag.text.path_forms import is_below

Identity = tuple[int, int]
"""Device and file number."""
UNKNOWN = (0, 0)
"""The identity of a file where the system tells none, or nobody asks: any file is it."""

EXCHANGED = "Another file has taken the place of this one since it was found. Index again."
"""Why a file is not read that is not `is_same`."""

# Of the tags of Windows: it stands for another file or folder, as links and junctions do, and as
# files that a cloud drive fetches when they are read do not.
_NAME_SURROGATE = 0x2000_0000


class Leads(Enum):
    """Where a link leads."""

    INSIDE = auto()
    """To something in the folder, which is found there."""
    ADDED = auto()
    """To something in another folder of the library, which is found there."""
    FOLLOWED = auto()
    """Out of the folder, as it did when the person chose to have it read."""
    OUT = auto()


@dataclass(frozen=True, slots=True)
class Led:
    """A link that leads somewhere.

    Attributes:
        leads: where.
        target: what it leads to in the end: an absolute path without links.
        status: of the target.
        relative: the path of the target below the folder, if it is inside; ``/`` between names.
    """

    leads: Leads
    target: str
    status: os.stat_result
    relative: str = ""


def identity(status: os.stat_result) -> Identity:
    """What tells a file from all others of this computer, whatever it is called."""
    return status.st_dev, status.st_ino


def is_same(known: Identity, status: os.stat_result) -> bool:
    """Whether the status of an opened file is that of the file that was found.

    Args:
        known: the identity of the file that was found.
        status: of the opened file (`os.fstat`).
    """
    return known[1] == 0 or known == identity(status)


def is_link(status: os.stat_result) -> bool:
    """Whether the status (not followed) is that of a symbolic link or a Windows junction."""
    tag: int = getattr(status, "st_reparse_tag", 0)
    return stat.S_ISLNK(status.st_mode) or bool(tag & _NAME_SURROGATE)


def followed_link(path: str) -> FollowedLink:
    """The choice to follow a link as it leads now.

    Raises:
        NotALink: there is no link at `path`, or nothing where it leads.
    """
    link = os.path.abspath(path)  # noqa: PTH100  # keeps links
    try:
        found = is_link(os.lstat(link)) and Path(link).exists()
    except OSError:
        found = False
    if not found:
        raise NotALink(
            f"{path} is no link that leads to a file or folder.",
            "Name a link that was left out, as its path was told.",
        )
    return FollowedLink(link, os.path.realpath(link))


class Links:
    """Follows the links in one folder that was added.

    Args:
        base: the folder as it was added; it may be a link itself, then its target is meant.
        added: all that was added to the library, `base` among it or not.
        followed: links that are read although they lead out.
    """

    def __init__(self, base: str, added: Iterable[str], followed: Sequence[FollowedLink]) -> None:
        self._added = tuple(added)
        self._of_added: frozenset[Identity] | None = None
        self._known: dict[str, Identity] = {}
        self._inside = {self._identity(os.path.realpath(base)): ""}
        self._followed = {f.link: f.target for f in followed if is_below(f.link, base)}
        for link, target in self._followed.items():
            if os.path.realpath(link) == target:
                relative = link.removeprefix(base).strip(os.sep).replace(os.sep, "/")
                self._inside.setdefault(self._identity(target), relative)

    def follow(self, link: str) -> Led | None:
        """Where `link`, an absolute path, leads; None where there is nothing.

        Raises:
            OSError: what it leads to cannot be looked at.
        """
        target = os.path.realpath(link)
        try:
            status = os.lstat(target)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if is_link(status):  # it leads to itself
            return None
        if self._followed.get(link) == target:
            return Led(Leads.FOLLOWED, target, status)
        names: list[str] = []
        at = target
        while True:
            here = self._identity(at)
            if here in self._inside:
                relative = "/".join((self._inside[here], *reversed(names))).strip("/")
                return Led(Leads.INSIDE, target, status, relative)
            if here in self._roots():
                return Led(Leads.ADDED, target, status)
            above, name = os.path.split(at)
            if not name:
                return Led(Leads.OUT, target, status)
            names.append(name)
            at = above

    def _roots(self) -> frozenset[Identity]:
        if self._of_added is None:
            known = (self._identity(os.path.realpath(path)) for path in self._added)
            self._of_added = frozenset(known) - {(0, 0)}
        return self._of_added

    def _identity(self, path: str) -> Identity:
        if path not in self._known:
            try:
                self._known[path] = identity(os.lstat(path))
            except OSError:
                self._known[path] = (0, 0)
        return self._known[path]
