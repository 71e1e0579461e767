"""Writes files whole or not at all: whatever happens, there is the old file or the new one.

This is for `models` and for `app`, which is above it. `rag` does not know `models`, and what it
replaces is mostly written by SQLite, by name (`rag.store.new_file`). Three more places replace
something and have reasons to use neither: `app.privacy.untrusted_folders` writes where a hostile
process may write, too, and holds the folder open; `app.data_folder.exchange` exchanges several
files at once; and `app.upkeep.backup` replaces nothing that was not there before.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO


@contextlib.contextmanager
def new_file(target: Path, *, durable: bool) -> Iterator[BinaryIO]:
    """Gives a file to write that takes the place of `target` at the end.

    Args:
        target: in a folder that is there; only its owner may read the new file.
        durable: the content is on the disk before it takes the place. What can be had again, such
            as a cache, need not wait for that.

    Raises:
        OSError: it cannot be written. As after any other error, what was there before is untouched
            and nothing else is left.
    """
    draft = draft_beside(target)
    try:
        with draft.open("wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise


def keep_cache(target: Path, content: bytes) -> None:
    """Writes what can be had again, in a folder that only its owner may read.

    Where that cannot be, what was there before stays.
    """
    with contextlib.suppress(OSError):
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with new_file(target, durable=False) as file:
            file.write(content)


def draft_beside(target: Path) -> Path:
    """Creates an empty file beside `target` that only its owner may read, under a new name.

    Raises:
        OSError: it cannot be created.
    """
    import tempfile  # seldom needed at the start

    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-", suffix=".part")
    os.close(handle)
    return Path(name)
