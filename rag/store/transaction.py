"""SQLite transactions that fail with the first error, not with that of the rollback."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import apsw

_OF_ROLLBACK = re.compile("transaction|savepoint")


@contextlib.contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """Opens a transaction, or a savepoint inside one: all of it is stored, or nothing.

    Where the disk is full, or a write fails, SQLite rolls back by itself; a second rollback then
    fails too, with an error about transactions. The first error is the one raised.
    """
    try:
        with connection:
            yield
    except apsw.SQLError as error:
        first = _original_error(error)
        if first is error:
            raise
        raise first from None


def _original_error(error: apsw.SQLError) -> BaseException:
    first: BaseException = error
    while (
        isinstance(first, apsw.SQLError)
        and _OF_ROLLBACK.search(str(first))
        and first.__context__ is not None
    ):
        first = first.__context__
    return first
