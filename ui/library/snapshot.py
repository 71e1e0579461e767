"""What the library page shows, prepared in the background."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.store.files import LibraryStatus
from ui.library.rows import Rows, State, make_rows

if TYPE_CHECKING:
    from app.library.service import LibraryService


@dataclass(frozen=True)
class Snapshot:
    """The library at one moment.

    Attributes:
        counts: files of each root. Parts of files are not counted.
        states: rows in each state.
    """

    status: LibraryStatus
    rows: Rows
    counts: Counter[str]
    states: Counter[State]


def take(library: LibraryService, before: Snapshot | None = None) -> Snapshot:
    """Asks for everything. Takes a while with many files: not for the GUI thread.

    Args:
        library: what is shown.
        before: an earlier one; what has not changed since is taken from it.
    """
    status = library.status()
    known = before.rows if before is not None and before.status.roots == status.roots else None
    rows = make_rows(library.files(), status.roots, known)
    listed = rows.by_column[0]
    counts = Counter(row.place for row in listed if not row.record.parent)
    return Snapshot(status, rows, counts, Counter(row.state for row in listed))
