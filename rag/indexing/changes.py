"""Compares the files on disk with the library: new, changed, unchanged or removed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.indexing.kinds_left_out import ARCHIVES_NOT_READ, DOCUMENTS_NOT_READ
from rag.indexing.people_beside import chats_beside, names_people
from rag.parse.failures import FailureReason
from rag.store.file_rows import StoredFile
from rag.store.files import FailedFile, SourceFile
from rag.store.store import LARGEST_INTEGER, Store
from rag.text.path_forms import is_under

# Failures after which a file is tried again, though it looks unchanged.
_WORTH_ANOTHER_TRY = frozenset(
    (
        FailureReason.MISSING,
        FailureReason.NO_PERMISSION,
        FailureReason.CRASHED,
        FailureReason.CHANGED,
        FailureReason.DISK_FULL,
    )
)
# Failures that may be due to a busy machine; but trying again takes half a minute of all
# processors, which should not happen at every start, or for a change beside the file.
_COSTLY = frozenset((FailureReason.TIMEOUT, FailureReason.OUT_OF_MEMORY))
_PATIENCE_SECONDS = 24 * 3600.0


@dataclass(slots=True)
class Changes:
    """The work of a run.

    Attributes:
        to_read: new and changed files, and failed ones that are worth another try.
        pictures: files that are read except for images that await text recognition.
        unchanged: files that need nothing.
        failed: files that cannot be read, or failed before and have not changed.
        listed: those of `failed` that the library lists as files of its own.
        gone: paths in the library that are no longer on disk.
        again: paths of files to parse again though they did not change: chats whose people may
            have other names now. Those that were found are the first of `to_read`.
    """

    to_read: list[SourceFile] = field(default_factory=list)
    pictures: list[tuple[SourceFile, StoredFile]] = field(default_factory=list)
    unchanged: int = 0
    failed: list[FailedFile] = field(default_factory=list)
    listed: list[FailedFile] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    again: set[str] = field(default_factory=set)


def compare(
    roots: Sequence[str],
    found: Iterable[SourceFile | FailedFile],
    store: Store,
    recipe: str,
    *,
    pictures: bool = False,
) -> Changes:
    """Sorts the files discovered under `roots`.

    Files below a folder that cannot be reached do not count as gone: they stay as they are.

    Args:
        roots: absolute paths of the files and folders that are looked at.
        found: the files and failures of `rag.indexing.discover`.
        store: the library.
        recipe: how texts are parsed and chunked today; files with another recipe are read again.
        pictures: whether text in images is to be recognised.
    """
    stored_files = {file.path: file for file in store.known_files()}
    changes = Changes()
    visited: set[str] = set()
    unreachable: list[str] = []
    people: list[str] = []
    as_before: dict[str, SourceFile] = {}
    for item in found:
        visited.add(item.path)
        before = stored_files.get(item.path)
        if isinstance(item, FailedFile):
            if item.reason is FailureReason.CLOUD_ONLY and before and before.content_hash:
                changes.unchanged += 1  # it was read while it was on this computer
                continue
            changes.failed.append(item)
            if item.reason in (FailureReason.MISSING, FailureReason.NO_PERMISSION):
                unreachable.append(item.path)
            elif before is None or before.content_hash is None or _is_another_now(item):
                changes.listed.append(item)
        elif before is None or not before.same_as(item):
            changes.to_read.append(item)
            people += [item.path] if names_people(item.path) else []
        else:
            as_before[item.path] = item
            again = item.path in roots or (pictures and before.reason is FailureReason.SCANNED)
            _sort_known(changes, item, before, recipe, again=again, pictures=pictures)
    unreachable += _lost_roots(changes, roots, visited, stored_files, store)
    changes.gone = sorted(
        path
        for path in stored_files
        if path not in visited and _under_any(path, roots) and not _under_any(path, unreachable)
    )
    people += filter(names_people, changes.gone)
    if people:
        readable = [path for path, file in stored_files.items() if file.content_hash is not None]
        _read_again(changes, chats_beside(people, readable), as_before)
    return changes


def _read_again(
    changes: Changes, chats: Iterable[str], as_before: Mapping[str, SourceFile]
) -> None:
    """Takes chats among the files to read, before the file of their people.

    So that file still counts as changed if the run is stopped between them.
    """
    changes.again = set(chats).difference(changes.gone)
    to_read = {file.path for file in changes.to_read}
    unread = [as_before[path] for path in sorted(changes.again) if path in as_before]
    unread = [file for file in unread if file.path not in to_read]
    changes.to_read[:0] = unread
    changes.unchanged -= len(unread)


def _is_another_now(item: FailedFile) -> bool:
    """Tells whether a file that was read is now one that cannot be.

    One whose ending alone says so may have been added by name, and is kept.
    """
    by_name = Path(item.path).suffix.lower() in DOCUMENTS_NOT_READ | ARCHIVES_NOT_READ
    return item.reason is FailureReason.UNSUPPORTED and not by_name


def _under_any(path: str, folders: Iterable[str]) -> bool:
    return any(is_under(path, folder) for folder in folders)


def _sort_known(
    changes: Changes,
    item: SourceFile,
    before: StoredFile,
    recipe: str,
    *,
    again: bool,
    pictures: bool,
) -> None:
    if before.reason is not None:
        # A later version may read what an earlier one could not.
        if again or before.recipe != recipe or _worth_another_try(before):
            changes.to_read.append(item)
        else:
            changes.failed.append(FailedFile(item.path, before.reason, before.detail))
    elif before.recipe == recipe:
        changes.unchanged += 1
        if pictures and before.scanned:
            changes.pictures.append((item, before))
    else:
        changes.to_read.append(item)


def _worth_another_try(before: StoredFile) -> bool:
    if before.reason in _COSTLY:
        return time.time() - before.tried_at > _PATIENCE_SECONDS
    return before.reason in _WORTH_ANOTHER_TRY


def _lost_roots(
    changes: Changes,
    roots: Sequence[str],
    visited: set[str],
    stored_files: dict[str, StoredFile],
    store: Store,
) -> list[str]:
    """Returns roots that were replaced, such as the mount point of a drive that is missing."""
    lost: list[str] = []
    for root in roots:
        identity = store.root_identity(root)
        files = _count_under(root, stored_files)
        if files and not _count_under(root, visited) and identity not in (None, inode(root)):
            lost.append(root)
            changes.failed.append(
                FailedFile(
                    root,
                    FailureReason.MISSING,
                    f"This folder is empty, and not the folder that was added: its drive may not "
                    f"be connected. Its {files} files stay in the library.",
                )
            )
    return lost


def _count_under(root: str, paths: Iterable[str]) -> int:
    return sum(is_under(path, root) for path in paths)


def inode(path: str) -> int:
    """Returns the file number of `path`, as the store keeps it; 0 when it cannot be reached."""
    try:
        return Path(path).stat().st_ino & LARGEST_INTEGER
    except OSError:
        return 0
