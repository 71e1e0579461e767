"""The library: the folders and files that a person added, brought up to date and searched."""

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
    """What the library needs. `app.workers.clients.IndexClient` is one."""

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
        """Brings the library up to date with files and folders, and with an embedding model."""
        ...

    def preview(
        self, paths: Sequence[str | Path], rules: Rules, token: CancelToken | None = None
    ) -> Preview:
        """What indexing would take and leave out."""
        ...

    def watch(
        self, rules: Rules, on_change: Callable[[tuple[str, ...]], None], token: CancelToken
    ) -> None:
        """Tells of folders in which files changed, until `token` is cancelled."""
        ...

    def remove(self, paths: Sequence[str | Path]) -> IndexReport:
        """Takes files and folders out of the library."""
        ...

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        """The `k` best passages, of all files or of those in `folders`."""
        ...

    def passages_under(self, passages: Sequence[str], folders: Sequence[str]) -> tuple[str, ...]:
        """Those of some passages whose text is that of a file in one of `folders`."""
        ...

    def passages_held(self, passages: Sequence[str]) -> tuple[str, ...]:
        """Those of some passages that are still in the library."""
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

    Args:
        index: keeps the library.
        settings: say what is left out, and name the collections.
    """

    def __init__(self, index: LibraryIndex, settings: SettingsStore) -> None:
        self._index = index
        self._settings = settings

    def roots(self) -> tuple[str, ...]:
        """The folders and files that the person added, as absolute paths."""
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
        """Adds files and folders, or brings those that were added before up to date.

        A file that failed before is tried again.

        Args:
            paths: relative ones are taken from the working directory; `~` is the home folder.
            on_progress: called often, on this thread.
            token: pauses and stops the run; what was indexed until then stays.
            passwords: of protected files, by absolute path; they are not kept.
            pictures: whether text in pictures is recognised; None means as in the settings.
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
        """Brings everything that was added up to date with the disk.

        What was asked for before the program ended, and not finished, is taken up again. So is
        embedding everything anew, when another embedding model was chosen.
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
        """Tries every file again that failed."""
        failed = [file.path for file in self.files() if file.outcome is FileOutcome.FAILED]
        return self.add(sorted({file_of(path) for path in failed}), on_progress, token)

    def choose_links(
        self, follow: Iterable[FollowedLink] = (), leave_out: Iterable[str] = ()
    ) -> None:
        """Settles which links are read although they lead out; the next run does it.

        Args:
            follow: links, as they led when the person chose so.
            leave_out: absolute paths of links that are no longer followed.

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
        """What indexing would take and leave out; no file is opened.

        Args:
            paths: files and folders; None means everything that was added.
            rules: what is left out; None means as in the settings.
            token: ends it.
        """
        chosen = self.roots() if paths is None else _absolute(paths)
        return self._index.preview(chosen, rules or self._settings.current.rules, token)

    def watch(self, on_change: Callable[[tuple[str, ...]], None], token: CancelToken) -> None:
        """Tells of folders in which files changed, on this thread, until `token` is cancelled.

        To be begun again when folders were added or removed, or the rules changed.

        Raises:
            Cancelled: `token` was cancelled.
        """
        self._index.watch(self._settings.current.rules, on_change, token)

    def remove(self, path: str | Path) -> IndexReport:
        """Takes a file or folder out of the library. The file itself stays.

        Raises:
            NotInLibrary: nothing of it is there.
        """
        before = self.status()
        report = self._index.remove(_absolute([path]))
        after = self.status()
        same = (before.roots, before.pending) == (after.roots, after.pending)
        if not report.removed and same:
            raise NotInLibrary(
                f"{path} is not in the library.",
                "A folder may have another name there: see which were added.",
            )
        return report

    def root_of(self, path: str | Path) -> str:
        """The folder that was added and in which `path` lies; "" if there is none."""
        (absolute,) = _absolute([path])
        return next((root for root in self.roots() if is_under(str(absolute), root)), "")

    def files(self) -> tuple[FileRecord, ...]:
        """Every file of the library, failed ones included."""
        return self._index.files()

    def status(self) -> LibraryStatus:
        """The library in numbers."""
        return self._index.status()

    def search(self, query: str, k: int, collection: str = "") -> tuple[Hit, ...]:
        """The `k` best passages for `query`, best first; also while indexing runs.

        Args:
            query: what is looked for.
            k: how many.
            collection: holds the search to its folders; "" searches everything.
        """
        return self._index.search(query, k, self._settings.current.folders_of(collection))

    def present(self, passages: Sequence[str], collection: str = "") -> tuple[str, ...]:
        """Those of some passages (ids) that the library holds, in a collection if one is named."""
        folders = self._settings.current.folders_of(collection)
        if folders:
            return self._index.passages_under(passages, folders)
        return self._index.passages_held(passages)


def _absolute(paths: Sequence[str | Path]) -> list[Path]:
    return [Path(path).expanduser().absolute() for path in paths]
