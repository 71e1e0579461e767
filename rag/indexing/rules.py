"""Decides which files of a folder are taken, by the person's rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rag.errors import RuleNotUnderstood

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

SKIPPED_FOLDERS = frozenset(
    ("__pycache__", "node_modules", "__macosx", "$recycle.bin", "system volume information")
)
_SKIPPED_FILES = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store", "icon\r"))
# Files that a program keeps beside an open document: Microsoft Office, and LibreOffice.
_LOCKS = re.compile(r"~\$.*|\.~lock\..*#")

HIDDEN = "hidden"
"""The rule that leaves out files and folders whose names begin with a full stop."""
LOCK = "lock files"
"""The rule that leaves out what programs keep beside documents that are open in them."""
LEADS_OUT = "leads out"
"""The rule that leaves out links that lead out of the folder in which they lie."""


class FollowedLink(NamedTuple):
    """A link that is read although it leads out of its folder.

    It holds as long as the link leads where it did when the person chose so.

    Attributes:
        link: its absolute path.
        target: where it leads: an absolute path without links.
    """

    link: str
    target: str


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules for leaving files out of folders. Files that are added by name are always taken.

    Attributes:
        hidden: whether hidden files and folders are taken.
        patterns: lines as in a ``.gitignore`` file, relative to the folder that was added.
        largest_bytes: files above it are not read; 0 means the limits of each format only.
        pictures: whether text is recognised in scanned pages and images.
        followed: links that are read although they lead out of their folder.
    """

    hidden: bool = False
    patterns: tuple[str, ...] = ()
    largest_bytes: int = 0
    pictures: bool = True
    followed: tuple[FollowedLink, ...] = ()


class Filter:
    """Applies rules to paths.

    Args:
        rules: the rules for leaving files out.

    Raises:
        RuleNotUnderstood: a pattern cannot be read.
    """

    def __init__(self, rules: Rules) -> None:
        self._hidden = rules.hidden
        self._lines = [line for line in rules.patterns if line.strip() and line[0] != "#"]
        self._spec = _compile(self._lines)

    def leaves_out(self, name: str, relative: str, *, folder: bool) -> str:
        """Returns the rule that leaves out an entry of a folder; "" when it is taken.

        Args:
            name: the entry's own name.
            relative: its path below the folder that was added, with ``/`` between names.
            folder: whether it is a folder.
        """
        lower = name.lower()
        if not folder and _LOCKS.fullmatch(name):
            return LOCK
        if lower in _SKIPPED_FILES:
            return "system file"
        if folder and lower in SKIPPED_FOLDERS:
            return "system folder"
        if name.startswith(".") and not self._hidden:
            return HIDDEN
        if self._spec is None:
            return ""
        result = self._spec.check_file(f"{relative}/" if folder else relative)
        return self._lines[result.index] if result.include and result.index is not None else ""

    def takes(self, relative: str) -> bool:
        """Tells whether no rule leaves out a path, or a folder above it, below the added folder."""
        return not self.rule_of(relative)

    def rule_of(self, relative: str, *, folder: bool = False) -> str:
        """Returns the rule that leaves out a path, or a folder above it in the added one; or ""."""
        names = relative.split("/")
        rules = (
            self.leaves_out(
                name, "/".join(names[: depth + 1]), folder=folder or depth + 1 < len(names)
            )
            for depth, name in enumerate(names)
        )
        return next(filter(None, rules), "")


def _compile(lines: Sequence[str]) -> GitIgnoreSpec | None:
    if not lines:
        return None
    from pathspec import GitIgnoreSpec

    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError as error:
            raise RuleNotUnderstood(
                f"The pattern “{line}” cannot be understood.",
                "Write one pattern a line, such as *.tmp or drafts/.",
            ) from error
    return GitIgnoreSpec.from_lines(lines)
