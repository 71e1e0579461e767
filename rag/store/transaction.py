"""SQLite's transactions, of which a failure tells why."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import apsw

_OF_UNDOING = re.compile("transaction|savepoint")


@contextlib.contextmanager
def transaction(connection: apsw.Connection) -> Iterator[None]:
    """All that is done in it is stored, or nothing; it can lie in another one.

    Where the disk is full, or a write fails, SQLite undoes everything by itself. To undo it once
    more then fails too, with an error about transactions. What is raised here is the first error.
    """
    try:
        with connection:
            yield
    except apsw.SQLError as error:
        first = _first(error)
        if first is error:
            raise
        raise first from None


def _first(error: apsw.SQLError) -> BaseException:
    found: BaseException = error
    while (
        isinstance(found, apsw.SQLError)
        and _OF_UNDOING.search(str(found))
        and found.__context__ is not None
    ):
        found = found.__context__
    return found
