"""Has the real index worker take folders in, and checks what became of every file of them."""

from __future__ import annotations

import collections
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.jobs import CancelToken
from app.paths import Paths
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig
from app.workers.parser import PARSE_SECONDS
from rag.indexing.discover import discover
from rag.indexing.report import IndexProgress, IndexReport
from rag.store.files import FileOutcome

_EMBEDDER = "tests.sample_models:hash_embedder"  # quick: the reading is what is measured
_STILL_SECONDS = 4 * PARSE_SECONDS  # without a word of progress: it hangs
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Indexed:
    """What became of folders.

    Attributes:
        files: that can be read by their kind, as the search for files finds them.
        indexed: of them, in the library and ready to be searched.
        failed: of them, with a reason and words about it, by reason.
        unstated: of them, neither: there should be none.
        left_out: files of other kinds by their endings, which folders may hold.
        hung: whether nothing moved for two minutes.
        error: what the run ended with; "" for nothing.
        second_read: files that a second run read again although nothing had changed.
        seconds: the first run took.
    """

    files: int
    indexed: int
    failed: dict[str, int]
    unstated: tuple[str, ...]
    left_out: dict[str, int]
    hung: bool
    error: str
    second_read: int
    seconds: float

    @property
    def kept(self) -> bool:
        """Whether every file has a stated outcome."""
        return not (self.unstated or self.hung or self.error)


def index_whole(folders: Sequence[Path], place: Path) -> Indexed:
    """Indexes `folders` into a fresh library in `place`, twice."""
    paths = Paths(place / "data", place / "models")
    paths.ensure()
    client = IndexClient(paths, IndexConfig(str(paths.data), str(paths.models), _EMBEDDER))
    try:
        started = time.monotonic()
        hung, error, report = _index(client, folders)
        seconds = time.monotonic() - started
        first = {record.path: record.indexed_at for record in client.files()} if not hung else {}
        if not hung and not error:
            hung, error, _ = _index(client, folders)
        records = {record.path: record for record in client.files()} if not hung else {}
    finally:
        client.close()
    discovered = list(discover(folders))
    failures = {failed.path: failed for failed in report.failed}
    failed: collections.Counter[str] = collections.Counter()
    unstated: list[str] = []
    indexed = 0
    for item in discovered:
        record = records.get(item.path)
        if record is not None and record.outcome is FileOutcome.INDEXED:
            indexed += 1
            continue
        why = record if record is not None and record.reason else failures.get(item.path)
        if why is not None and why.reason and why.detail:
            failed[str(why.reason)] += 1
        else:
            unstated.append(item.path)
    return Indexed(
        len(discovered),
        indexed,
        dict(failed.most_common()),
        tuple(unstated),
        _left_out(folders, {item.path for item in discovered}),
        hung,
        error,
        sum(record.indexed_at != first.get(path) for path, record in records.items()),
        round(seconds, 1),
    )


def _index(client: IndexClient, folders: Sequence[Path]) -> tuple[bool, str, IndexReport]:
    moved = time.monotonic()
    reports: list[IndexReport] = []
    errors: list[Exception] = []
    token = CancelToken()

    def on_progress(_: IndexProgress) -> None:
        nonlocal moved
        moved = time.monotonic()

    def work() -> None:
        try:
            reports.append(client.index(list(folders), on_progress, token))
        except Exception as error:  # noqa: BLE001  # any error is a finding
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive() and time.monotonic() - moved < _STILL_SECONDS:
        thread.join(_POLL_SECONDS)
    if thread.is_alive():
        return True, "", IndexReport()
    if errors:
        return False, f"{type(errors[0]).__name__}: {errors[0]}", IndexReport()
    return False, "", reports[0]


def _left_out(folders: Sequence[Path], readable: set[str]) -> dict[str, int]:
    """Counts by ending what lies in folders and is of no kind that is read."""
    endings: collections.Counter[str] = collections.Counter()
    for folder in folders:
        for directory, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(directory, name)  # noqa: PTH118  # as discover writes them
                printable = path.encode("utf-8", "replace").decode()
                if path not in readable and printable not in readable:
                    endings[Path(printable).suffix or "(none)"] += 1
    return dict(endings.most_common())
