"""Where a worker process begins: says by its exit status why it did not come any further.

It imports nothing but the standard library, so that it is there when little else is.
"""

from __future__ import annotations

import errno
import os
from multiprocessing.connection import Connection

NO_MEMORY, NO_FILES, NO_LIBRARY = 101, 102, 103
"""Exit statuses: the system gave no memory, no open files, or lacks a library."""


def main(
    factory: str,
    config: bytes,
    name: str,
    folder: str,
    log_folder: str,
    pipe: Connection,
    parent: int,
) -> None:
    """Runs a worker; see `app.workers.serve.main`."""
    try:
        from app.workers import serve
    except (MemoryError, OSError, ImportError) as error:
        os._exit(_status(error))
    serve.main(factory, config, name, folder, log_folder, pipe, parent)


def _status(error: Exception) -> int:
    if isinstance(error, ImportError):
        return NO_LIBRARY
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return NO_FILES
    return NO_MEMORY if isinstance(error, MemoryError) else 1
