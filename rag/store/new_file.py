"""Exchanges a file for a new one in one step, also where SQLite writes it.

The draft has a name of its own that is always the same, so the next attempt removes what a process
that was killed has left. One process at a time may do this; `rag` has a lock for that.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from rag.store.private import make_private


@contextlib.contextmanager
def new_file(target: Path, ending: str) -> Iterator[Path]:
    """Gives an empty file beside `target`, which takes its place once it is on the disk.

    Args:
        target: in a folder that is there; only its owner may read the new file.
        ending: of the draft's name, behind that of the target.

    Raises:
        OSError: it cannot be created or exchanged. As after any other error, what was there before
            is untouched and nothing else is left.
    """
    draft = target.with_name(f"{target.name}{ending}")
    draft.unlink(missing_ok=True)
    try:
        make_private(draft)
        yield draft
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
