"""Runs a download in a process of its own, so that the window's process opens no connection.

The child sends one JSON list for each step and ends; it stops when it is told to, or when its
parent is gone.
"""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from app.jobs import CancelToken
from models.catalog import CatalogEntry
from models.errors import DownloadFailed, ModelError

_POLL_SECONDS = 0.1
_STOP = b"stop"


def fetch_in_child(
    entry: CatalogEntry,
    folder: Path,
    on_progress: Callable[[int, int], None],
    token: CancelToken,
) -> Path:
    """Downloads `entry` into `folder`. Returns its file or folder.

    Raises:
        DownloadFailed: it did not arrive, or `token` was cancelled.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_download, args=(entry, folder, theirs), name="studiolo-fetch")
    child.start()
    theirs.close()
    try:
        return _follow(ours, on_progress, token)
    except (EOFError, OSError) as error:
        raise DownloadFailed(
            f"The download of {entry.name} ended unexpectedly.",
            "Start it again and it goes on from where it was.",
        ) from error
    finally:
        ours.close()  # the child reads this as Stop, whatever happened here
        child.join()


def _follow(
    connection: Connection, on_progress: Callable[[int, int], None], token: CancelToken
) -> Path:
    asked = False
    while True:
        if token.cancelled and not asked:
            connection.send_bytes(_STOP)
            asked = True
        if not connection.poll(_POLL_SECONDS):
            continue
        kind, *values = json.loads(connection.recv_bytes())
        if kind == "progress":
            on_progress(*values)
        elif kind == "done":
            return Path(values[0])
        else:
            raise DownloadFailed(*values)


def _download(entry: CatalogEntry, folder: Path, connection: Connection) -> None:
    """Runs in the child."""
    from models.download import fetch

    def send(*values: str | int) -> None:
        connection.send_bytes(json.dumps(values).encode())

    def should_stop() -> bool:
        return connection.poll()  # a message or the parent's end: both mean Stop

    try:
        path = fetch(entry, folder, lambda done, total: send("progress", done, total), should_stop)
        send("done", str(path))
    except ModelError as error:
        send("failed", error.message, error.advice)
    except (BrokenPipeError, KeyboardInterrupt):
        return
