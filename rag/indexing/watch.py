"""Watches the folders of the library for changes, and reports where they happened."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from rag.indexing.discover import folders
from rag.indexing.resting import ChangingFiles
from rag.indexing.rules import Filter, Rules
from rag.text.path_forms import is_under

log = logging.getLogger(__name__)

# Programs save a file in several steps; changes within this time are reported together.
_SETTLE_MS = 1_500
_STEP_MS = 200
# How often files that are being written are looked at.
_REST_MS = 2_000
# When the system has no watches left, or a network share has none: poll at this interval.
_POLL_SECONDS = 600.0
_WAIT_MS = 500
# Here a recursive watch follows links, wherever they lead. Elsewhere the system watches a tree as a
# whole, and no links.
_LINKS_ARE_WATCHED = sys.platform == "linux"


def watch(
    roots: Sequence[str],
    rules: Rules,
    on_change: Callable[[tuple[str, ...]], None],
    stop: threading.Event,
) -> None:
    """Reports changes below `roots` until `stop` is set. Blocks.

    Args:
        roots: folders and files; missing ones are looked for again in a while.
        rules: changes of files that they leave out are not reported.
        on_change: called with the folders in which something changed, none inside another; at
            first and after a pause without watching, with the roots that appeared.
        stop: ends the watching, within half a second.

    Raises:
        RuleNotUnderstood: a pattern cannot be read.
    """
    leaves_out = Filter(rules)
    present = _existing(roots)
    changing = ChangingFiles()
    new: list[str] = []
    while not stop.is_set():
        new = _watch_some(roots, present, rules, leaves_out, changing, on_change, stop, new)
        appeared = [folder for folder in new if folder in roots]
        if appeared:
            on_change(tuple(appeared))
        present = _existing(roots)


def _watch_some(
    roots: Sequence[str],
    present: list[str],
    rules: Rules,
    leaves_out: Filter,
    changing: ChangingFiles,
    on_change: Callable[[tuple[str, ...]], None],
    stop: threading.Event,
    new: Sequence[str],
) -> list[str]:
    """Watches the present roots; returns folders that have appeared since, once there are any.

    `new` are those of the last call; they are reported once they are watched, since files may
    have arrived meanwhile.
    """
    if not present:
        return _wait_for_roots(roots, present, stop)
    import watchfiles

    try:
        watched = _to_watch(present, rules)
        for changes in watchfiles.watch(
            *watched,
            watch_filter=None,
            debounce=_SETTLE_MS,
            step=_STEP_MS,
            stop_event=stop,
            rust_timeout=_REST_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
            recursive=not _LINKS_ARE_WATCHED,
            ignore_permission_denied=True,
        ):
            paths = [path for _, path in changes]
            changing.add(paths)
            changed = changed_folders((*changing.take(), *new), present, leaves_out)
            new = ()
            if changed:
                on_change(changed)
            appeared = [root for root in _existing(roots) if root not in present]
            if _LINKS_ARE_WATCHED:
                appeared += _new_folders(paths, watched)
            if appeared:
                return appeared
    except (OSError, RuntimeError) as error:  # no watches left, or a root was removed
        log.info("folders are looked at every so often instead: %s", type(error).__name__)
        stop.wait(_POLL_SECONDS)
        return [] if stop.is_set() else _existing(roots)
    return []


def _to_watch(present: Iterable[str], rules: Rules) -> set[str]:
    """Returns the folders to watch: the roots with all below, or only the folders that are read."""
    existing = {root for root in present if os.path.exists(root)}  # noqa: PTH110  # quick, no Path
    return existing.union(folders(sorted(existing), rules)) if _LINKS_ARE_WATCHED else existing


def _new_folders(paths: Iterable[str], watched: Collection[str]) -> list[str]:
    return [
        path
        for path in paths
        if path not in watched and os.path.isdir(path) and not os.path.islink(path)  # noqa: PTH112, PTH114
    ]


def _wait_for_roots(roots: Sequence[str], present: list[str], stop: threading.Event) -> list[str]:
    while not stop.wait(_WAIT_MS * 10 / 1000):
        appeared = [root for root in _existing(roots) if root not in present]
        if appeared:
            return appeared
    return []


def changed_folders(
    paths: Iterable[str], roots: Sequence[str], leaves_out: Filter
) -> tuple[str, ...]:
    """Returns the folders to look at again for changes at `paths`: none inside another.

    A root that is a file stands for itself. Changes of files that are left out are ignored.
    """
    changed: set[str] = set()
    for path in paths:
        root = next((root for root in roots if is_under(path, root)), None)
        if root is None:
            continue
        relative = path.removeprefix(root).lstrip(os.sep).replace(os.sep, "/")
        if relative and not leaves_out.takes(relative):
            continue
        changed.add(_nearest_folder(path, root))
    return tuple(_outermost(changed))


def _nearest_folder(path: str, root: str) -> str:
    """Returns the folder of `path`, or the first existing one above it, down to `root`."""
    if path == root:
        return root
    folder = os.path.dirname(path)  # noqa: PTH120  # paths are strings here
    while folder != root and is_under(folder, root) and not Path(folder).is_dir():
        folder = os.path.dirname(folder)  # noqa: PTH120
    return folder if is_under(folder, root) else root


def _outermost(folders: Iterable[str]) -> Iterator[str]:
    last: str | None = None
    for folder in sorted(folders, key=lambda name: name.rstrip(os.sep) + os.sep):
        if last is None or not is_under(folder, last):
            last = folder
            yield folder


def _existing(roots: Sequence[str]) -> list[str]:
    return [root for root in roots if Path(root).exists()]
