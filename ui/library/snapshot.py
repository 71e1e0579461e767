"""The state of the library page, prepared in the background."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.store.files import LibraryStatus
from ui.library.rows import FileRows, FileState, make_rows

if TYPE_CHECKING:
    from app.library.service import LibraryService


@dataclass(frozen=True)
class Snapshot:
    """The library at one moment.

    Attributes:
        counts: number of files of each root, without the parts of files.
        states: number of rows in each state.
    """

    status: LibraryStatus
    rows: FileRows
    counts: Counter[str]
    states: Counter[FileState]


def take(library: LibraryService, before: Snapshot | None = None) -> Snapshot:
    """Takes a snapshot. Takes a while with many files: not for the GUI thread.

    Args:
        library: the library to read.
        before: an earlier snapshot, whose unchanged rows are reused.
    """
    status = library.status()
    earlier = before.rows if before is not None and before.status.roots == status.roots else None
    rows = make_rows(library.files(), status.roots, earlier)
    by_name = rows.by_column[0]
    counts = Counter(row.place for row in by_name if not row.record.parent)
    return Snapshot(status, rows, counts, Counter(row.state for row in by_name))
