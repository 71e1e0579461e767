"""What the library page shows, prepared in the background."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.types import LibraryStatus
from ui.library.files_model import Rows, make_rows

if TYPE_CHECKING:
    from app.library import LibraryService


@dataclass(frozen=True)
class Snapshot:
    """The library at one moment. `counts`: files of each root."""

    status: LibraryStatus
    rows: Rows
    counts: Counter[str]


def take(library: LibraryService) -> Snapshot:
    """Asks for everything. Takes a while with many files: not for the GUI thread."""
    status = library.status()
    rows = make_rows(library.files(), status.roots)
    return Snapshot(status, rows, Counter(row.place for row in rows.by_column[0]))
