"""The library: the folders and files that a person added, indexed and searched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from app.errors import NotInLibrary
from app.jobs import CancelToken
from app.settings.store import SettingsStore
from rag.indexing.preview import Preview
from rag.indexing.report import IndexProgress, IndexReport
from rag.indexing.rules import FollowedLink, Rules
from rag.parse.part_paths import file_of
from rag.store.files import FileOutcome, FileRecord, LibraryStatus
from rag.text.path_forms import is_under
from rag.types import Hit

OnProgress = Callable[[IndexProgress], None]


class LibraryIndex(Protocol):
    """The index that the service needs. `app.workers.clients.IndexClient` is one."""

    def index(
        self,
        paths: Sequence[str | Path],
        on_progress: OnProgress | None = None,
        token: CancelToken | None = None,
        *,
        rules: Rules | None = None,
        passwords: Mapping[str, str] | None = None,
        embedder: str | None = None,
    ) -> IndexReport:
        """Updates the library for files and folders, and for an embedding model."""
        ...

    def preview(
        self, paths: Sequence[str | Path], rules: Rules, token: CancelToken | None = None
    ) -> Preview:
        """Returns which files indexing would take and leave out."""
        ...

    def watch(
        self, rules: Rules, on_change: Callable[[tuple[str, ...]], None], token: CancelToken
    ) -> None:
        """Reports folders in which files changed, until `token` is cancelled."""
        ...

    def remove(self, paths: Sequence[str | Path]) -> IndexReport:
        """Removes files and folders from the library."""
        ...

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        """Returns the `k` best passages, of all files or of those in `folders`."""
        ...

    def passages_under(self, passages: Sequence[str], folders: Sequence[str]) -> tuple[str, ...]:
        """Returns those of some passages whose text also occurs in a file in `folders`."""
        ...

    def passages_held(self, passages: Sequence[str]) -> tuple[str, ...]:
        """Returns those of some passages that are still in the library."""
        ...

    def files(self) -> tuple[FileRecord, ...]:
        """Returns every file of the library."""
        ...

    def status(self) -> LibraryStatus:
        """Returns the library's counts and roots."""
        ...


class LibraryService:
    """Adds, rescans, removes and searches. All calls block, and may come from any thread.

    All raise `AlreadyOpen`, `WorkerDied`, and the errors of `rag.errors` and `models.errors`.

    Args:
        index: keeps the library.
        settings: holds the rules for indexing and the collections.
    """

    def __init__(self, index: LibraryIndex, settings: SettingsStore) -> None:
        self._index = index
        self._settings = settings

    def roots(self) -> tuple[str, ...]:
        """Returns the folders and files that the person added, as absolute paths."""
        return self.status().roots

    def add(
        self,
        paths: Sequence[str | Path],
        on_progress: OnProgress | None = None,
        token: CancelToken | None = None,
        *,
        passwords: Mapping[str, str] | None = None,
        pictures: bool | None = None,
    ) -> IndexReport:
        """Indexes new files and folders, or updates those that were added before.

        Retries files that failed before.

        Args:
            paths: relative ones start from the working directory; `~` is the home folder.
            on_progress: called often, on this thread.
            token: pauses and stops the run; what was indexed until then stays.
            passwords: of protected files, by absolute path; they are not saved.
            pictures: whether to recognise text in pictures; None means as in the settings.
        """
        rules = self._settings.current.rules
        if pictures is not None:
            rules = replace(rules, pictures=pictures)
        return self._index.index(
            _absolute(paths),
            on_progress,
            token,
            rules=rules,
            passwords=passwords,
            embedder=self._settings.current.embedder,
        )

    def rescan(
        self, on_progress: OnProgress | None = None, token: CancelToken | None = None
    ) -> IndexReport:
        """Updates everything that was added.

        Also resumes paths left unfinished when the program ended, and embeds the library again if
        the person chose another embedding model.
        """
        status = self.status()
        paths = tuple(dict.fromkeys((*status.roots, *status.pending)))
        current = self._settings.current
        return self._index.index(
            paths, on_progress, token, rules=current.rules, embedder=current.embedder
        )

    def retry(
        self, on_progress: OnProgress | None = None, token: CancelToken | None = None
    ) -> IndexReport:
        """Retries every file that failed."""
        failed = [file.path for file in self.files() if file.outcome is FileOutcome.FAILED]
        return self.add(sorted({file_of(path) for path in failed}), on_progress, token)

    def choose_links(
        self, follow: Iterable[FollowedLink] = (), leave_out: Iterable[str] = ()
    ) -> None:
        """Chooses which links that lead out of their folder are followed, from the next run on.

        Args:
            follow: links with the targets that they had when the person chose them.
            leave_out: absolute paths of links to follow no longer.

        Raises:
            SettingsNotSaved: nothing was changed.
        """
        chosen = {link.link: link for link in self._settings.current.followed_links}
        for path in leave_out:
            chosen.pop(path, None)
        chosen.update({link.link: link for link in follow})
        self._settings.change(followed_links=tuple(chosen[path] for path in sorted(chosen)))

    def preview(
        self,
        paths: Sequence[str | Path] | None = None,
        rules: Rules | None = None,
        token: CancelToken | None = None,
    ) -> Preview:
        """Returns which files indexing would take and leave out; opens no file.

        Args:
            paths: files and folders; None means everything that was added.
            rules: which files to leave out; None means as in the settings.
            token: stops it.
        """
        chosen = self.roots() if paths is None else _absolute(paths)
        return self._index.preview(chosen, rules or self._settings.current.rules, token)

    def watch(self, on_change: Callable[[tuple[str, ...]], None], token: CancelToken) -> None:
        """Reports folders in which files changed, on this thread, until `token` is cancelled.

        Call it again after folders were added or removed, or the rules changed.

        Raises:
            Cancelled: `token` was cancelled.
        """
        self._index.watch(self._settings.current.rules, on_change, token)

    def remove(self, path: str | Path) -> IndexReport:
        """Removes a file or folder from the library. The file itself stays on the disk.

        Raises:
            NotInLibrary: nothing at that path is in the library.
        """
        before = self.status()
        report = self._index.remove(_absolute([path]))
        after = self.status()
        unchanged = (before.roots, before.pending) == (after.roots, after.pending)
        if not report.removed and unchanged:
            raise NotInLibrary(
                f"{path} is not in the library.",
                "Its folder may have been added under another path: see the list of folders.",
            )
        return report

    def root_of(self, path: str | Path) -> str:
        """Returns the added folder that contains `path`; "" if there is none."""
        (absolute,) = _absolute([path])
        return next((root for root in self.roots() if is_under(str(absolute), root)), "")

    def files(self) -> tuple[FileRecord, ...]:
        """Returns every file of the library, failed ones included."""
        return self._index.files()

    def status(self) -> LibraryStatus:
        """Returns the library's counts and roots."""
        return self._index.status()

    def search(self, query: str, k: int, collection: str = "") -> tuple[Hit, ...]:
        """Returns the `k` best passages for `query`, best first; also while indexing runs.

        Args:
            query: the text to search for.
            k: the number of passages.
            collection: limits the search to its folders; "" searches everything.
        """
        return self._index.search(query, k, self._settings.current.folders_of(collection))

    def present(self, passages: Sequence[str], collection: str = "") -> tuple[str, ...]:
        """Returns those of some passages (ids) that are in the library, or in `collection`."""
        folders = self._settings.current.folders_of(collection)
        if folders:
            return self._index.passages_under(passages, folders)
        return self._index.passages_held(passages)


def _absolute(paths: Sequence[str | Path]) -> list[Path]:
    return [Path(path).expanduser().absolute() for path in paths]
