"""Resolves links in a folder: to something in the folder, or out of it.

Places are compared by device and file number, not by name: a folder may have several names, on a
case-insensitive file system or when it is mounted twice. Hard links are indistinguishable from
files: a file with a second name in the folder lies in it.
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
"""An unknown identity, which matches any file."""

EXCHANGED = "Another file has taken the place of this one since it was found. Index again."
"""The reason for which a file that is not `is_same` is not read."""

# A flag of Windows reparse tags: the file stands for another one, as links and junctions do;
# placeholders of cloud drives do not have it.
_NAME_SURROGATE = 0x2000_0000


class LinkDestination(Enum):
    """The kinds of places that a link can lead to."""

    INSIDE = auto()
    """To something in the folder, which is found there anyway."""
    ADDED = auto()
    """To something in another folder of the library, which is found there anyway."""
    FOLLOWED = auto()
    """Out of the folder, as it did when the person chose to have it read."""
    OUT = auto()


@dataclass(frozen=True, slots=True)
class ResolvedLink:
    """A link with an existing target.

    Attributes:
        leads: where.
        target: the final target: an absolute path without links.
        status: of the target.
        relative: the path of the target below the folder, if it is inside; ``/`` between names.
    """

    leads: LinkDestination
    target: str
    status: os.stat_result
    relative: str = ""


def identity(status: os.stat_result) -> Identity:
    """Returns what identifies a file on this computer, whatever its name."""
    return status.st_dev, status.st_ino


def is_same(known: Identity, status: os.stat_result) -> bool:
    """Tells whether an opened file is the one that was found before.

    Args:
        known: the identity of the file when it was found.
        status: of the opened file (`os.fstat`).
    """
    return known[1] == 0 or known == identity(status)


def is_link(status: os.stat_result) -> bool:
    """Tells whether a status (not followed) is that of a symbolic link or a Windows junction."""
    tag: int = getattr(status, "st_reparse_tag", 0)
    return stat.S_ISLNK(status.st_mode) or bool(tag & _NAME_SURROGATE)


def followed_link(path: str) -> FollowedLink:
    """Returns the choice to follow a link as it leads now.

    Raises:
        NotALink: there is no link at `path`, or it has no target.
    """
    link = os.path.abspath(path)  # noqa: PTH100  # keeps links
    try:
        has_target = is_link(os.lstat(link)) and Path(link).exists()
    except OSError:
        has_target = False
    if not has_target:
        raise NotALink(
            f"{path} is no link that leads to a file or folder.",
            "Name a link that was left out, as its path was told.",
        )
    return FollowedLink(link, os.path.realpath(link))


class LinkResolver:
    """Resolves the links in one added folder.

    Args:
        base: the folder as it was added; if it is a link itself, its target is meant.
        added: everything that was added to the library, whether or not `base` is among it.
        followed: links that are read although they lead out.
    """

    def __init__(self, base: str, added: Iterable[str], followed: Sequence[FollowedLink]) -> None:
        self._added = tuple(added)
        self._added_identities: frozenset[Identity] | None = None
        self._identities: dict[str, Identity] = {}
        self._inside = {self._identity(os.path.realpath(base)): ""}
        self._followed = {f.link: f.target for f in followed if is_below(f.link, base)}
        for link, target in self._followed.items():
            if os.path.realpath(link) == target:
                relative = link.removeprefix(base).strip(os.sep).replace(os.sep, "/")
                self._inside.setdefault(self._identity(target), relative)

    def follow(self, link: str) -> ResolvedLink | None:
        """Returns where `link`, an absolute path, leads; None without a target.

        Raises:
            OSError: the target cannot be looked at.
        """
        target = os.path.realpath(link)
        try:
            status = os.lstat(target)
        except (FileNotFoundError, NotADirectoryError):
            return None
        if is_link(status):  # it leads to itself
            return None
        if self._followed.get(link) == target:
            return ResolvedLink(LinkDestination.FOLLOWED, target, status)
        names: list[str] = []
        at = target
        while True:
            ancestor = self._identity(at)
            if ancestor in self._inside:
                relative = "/".join((self._inside[ancestor], *reversed(names))).strip("/")
                return ResolvedLink(LinkDestination.INSIDE, target, status, relative)
            if ancestor in self._roots():
                return ResolvedLink(LinkDestination.ADDED, target, status)
            above, name = os.path.split(at)
            if not name:
                return ResolvedLink(LinkDestination.OUT, target, status)
            names.append(name)
            at = above

    def _roots(self) -> frozenset[Identity]:
        if self._added_identities is None:
            identities = (self._identity(os.path.realpath(path)) for path in self._added)
            self._added_identities = frozenset(identities) - {(0, 0)}
        return self._added_identities

    def _identity(self, path: str) -> Identity:
        if path not in self._identities:
            try:
                self._identities[path] = identity(os.lstat(path))
            except OSError:
                self._identities[path] = (0, 0)
        return self._identities[path]
