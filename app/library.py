"""The library: the folders and files that a person added, brought up to date and searched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from app.jobs import CancelToken
from rag.types import FileRecord, Hit, IndexProgress, IndexReport, LibraryStatus

OnProgress = Callable[[IndexProgress], None]


class LibraryIndex(Protocol):
    """What the library needs. `app.workers.clients.IndexClient` is one."""

    def index(
        self,
        paths: Sequence[str | Path],
        on_progress: OnProgress | None = None,
        token: CancelToken | None = None,
    ) -> IndexReport:
        """Brings the library up to date with files and folders."""
        ...

    def remove(self, paths: Sequence[str | Path]) -> IndexReport:
        """Takes files and folders out of the library."""
        ...

    def search(self, query: str, k: int) -> tuple[Hit, ...]:
        """The `k` best passages."""
        ...

    def files(self) -> tuple[FileRecord, ...]:
        """Every file of the library."""
        ...

    def status(self) -> LibraryStatus:
        """The library in numbers."""
        ...


class LibraryService:
    """Adds, rescans, removes and searches. All calls block, and may come from any thread.

    All raise `AlreadyOpen`, `WorkerDied`, and the errors of `rag.errors` and `models.errors`.
    """

    def __init__(self, index: LibraryIndex) -> None:
        self._index = index

    def roots(self) -> tuple[str, ...]:
        """The folders and files that the person added, as absolute paths."""
        return self.status().roots

    def add(
        self,
        paths: Sequence[str | Path],
        on_progress: OnProgress | None = None,
        token: CancelToken | None = None,
    ) -> IndexReport:
        """Adds files and folders, or brings those that were added before up to date.

        Args:
            paths: relative ones are taken from the working directory; `~` is the home folder.
            on_progress: called often, on this thread.
            token: pauses and stops the run; what was indexed until then stays.
        """
        absolute = [Path(path).expanduser().absolute() for path in paths]
        return self._index.index(absolute, on_progress, token)

    def rescan(
        self, on_progress: OnProgress | None = None, token: CancelToken | None = None
    ) -> IndexReport:
        """Brings everything that was added up to date with the disk."""
        return self._index.index(self.roots(), on_progress, token)

    def remove(self, path: str | Path) -> IndexReport:
        """Takes a file or folder out of the library. The file itself stays."""
        return self._index.remove([Path(path).expanduser().absolute()])

    def files(self) -> tuple[FileRecord, ...]:
        """Every file of the library, failed ones included."""
        return self._index.files()

    def status(self) -> LibraryStatus:
        """The library in numbers."""
        return self._index.status()

    def search(self, query: str, k: int) -> tuple[Hit, ...]:
        """The `k` best passages for `query`, best first; also while indexing runs."""
        return self._index.search(query, k)
