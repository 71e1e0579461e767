"""Indexing runs: queued, paused, resumed, cancelled."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.jobs import CancelToken, Job
from app.remedies import GetModel
from app.settings.store import SettingsStore
from app.user_messages import UserMessage
from rag.indexing.report import IndexProgress, IndexReport
from ui.bridge import Bridge

if TYPE_CHECKING:
    from app.library.forgetting import Forgetting, Left
    from app.library.service import LibraryService

LANE = "library"
REMOVALS_LANE = "removals"  # in parallel with runs, which give way
_SETTINGS_LANE = "settings"
Progress = Callable[[IndexProgress], None]


class Run:
    """One run: who asked for it, and its job.

    Attributes:
        stage: its first stage, as in `IndexProgress`.
        can_stop: it can be paused and cancelled.
        removes: it removes documents.
        quiet: not started by the user (at start-up, or because files changed), so that it is
            shown only if it found changes.
        failed: it ended with an error, which the message bar shows.
        needs: the error, if it ended because a model is missing: the request is remembered, and
            the page shows it.
        paths: the paths it covers; None for all of the library.
        left: where text of the removed documents remains; None until that is known.
    """

    def __init__(
        self,
        *,
        quiet: bool = False,
        removes: bool = False,
        paths: Sequence[Path] | None = None,
    ) -> None:
        self.stage = "removing" if removes else "finding"
        self.can_stop = not removes
        self.removes = removes
        self.quiet = quiet
        self.failed = False
        self.needs: UserMessage | None = None
        self.paths = None if paths is None else tuple(map(str, paths))
        self.left: Left | None = None
        self.job: Job[IndexReport] | None = None


class IndexRuns(QObject):
    """Runs indexing in the background and reports on it. A removal does not wait for a run.

    A pause holds for all runs, also after a restart, until the user resumes.

    Signals:
        started: a run begins; carries its `Run`.
        progressed: carries the newest `IndexProgress` of the current run.
        finished: a run ended; carries its `Run` and its `IndexReport`, None when it was stopped
            or failed.
    """

    started = Signal(object)
    progressed = Signal(object)
    finished = Signal(object, object)

    def __init__(
        self,
        library: LibraryService,
        forgetting: Forgetting,
        settings: SettingsStore,
        bridge: Bridge,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._forgetting = forgetting
        self._settings = settings
        self._bridge = bridge
        self._queue: deque[Run] = deque()
        self._paused = settings.current.indexing_paused
        self._pausing = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether a run is going on or queued."""
        return bool(self._queue)

    @property
    def waiting(self) -> int:
        """The number of queued runs."""
        return max(0, len(self._queue) - 1)

    @property
    def paused(self) -> bool:
        """Whether the current run is paused."""
        return self._paused and bool(self._queue) and self._queue[0].can_stop

    def add(
        self,
        paths: Sequence[Path],
        *,
        passwords: Mapping[str, str] | None = None,
        pictures: bool | None = None,
        quiet: bool = False,
    ) -> None:
        """Adds folders and files to the library, or rescans them.

        Args:
            paths: absolute.
            passwords: of protected files, by absolute path; dropped after the run.
            pictures: whether pictures are read; None for the setting's value.
            quiet: not started by the user.
        """
        self._start(
            Run(quiet=quiet, paths=paths),
            lambda token, send: self._library.add(
                paths, send, token, passwords=passwords, pictures=pictures
            ),
        )

    def retry(self) -> None:
        """Tries all failed files again."""
        self._start(Run(paths=()), lambda token, send: self._library.retry(send, token))

    def rescan(self, quiet: bool = False) -> None:
        """Finds new, changed and deleted files, and tries failed files again."""
        run = Run(quiet=quiet)
        self._start(run, lambda token, send: self._library.rescan(send, token))

    def remove(self, path: str) -> None:
        """Removes a root from the library. Its files stay on the disk."""
        run = Run(removes=True, paths=[Path(path)])

        def remove(_token: CancelToken, _send: Progress) -> IndexReport:
            removal = self._forgetting.remove(path)
            run.left = removal.left
            return removal.report

        self._start(run, remove)

    def toggle_pause(self) -> None:
        """Pauses this run and all later ones, or resumes them."""
        with self._pausing:
            self._paused = not self._paused
            paused, token = self._paused, self._token()
            if token is not None:
                if paused:
                    token.pause()
                else:
                    token.resume()
        self._bridge.run(
            _SETTINGS_LANE, lambda _token, _send: self._settings.change(indexing_paused=paused)
        )

    def cancel(self) -> None:
        """Cancels the current run; what it has indexed so far stays."""
        token = self._token()
        if token is not None:
            token.cancel()

    def _token(self) -> CancelToken | None:
        job = self._queue[0].job if self._queue else None
        return job.token if job is not None else None

    def _start(self, run: Run, work: Callable[[CancelToken, Progress], IndexReport]) -> None:
        def begin(token: CancelToken, send: Progress) -> IndexReport:
            with self._pausing:
                if self._paused and run.can_stop:
                    token.pause()
            return work(token, send)

        self._queue.append(run)
        run.job = self._bridge.run(
            REMOVALS_LANE if run.removes else LANE,
            begin,
            on_done=lambda report: self._end(run, report),
            on_error=lambda message: self._fail(run, message),
            on_event=self.progressed.emit,
            on_cancelled=lambda: self._end(run, None),
            latest_only=True,
        )
        if self._queue[0] is run:
            self.started.emit(run)

    def _fail(self, run: Run, message: UserMessage) -> None:
        run.failed = True
        if any(isinstance(remedy, GetModel) for remedy in message.remedies):
            run.needs = message
        self._end(run, None)
        if run.needs is None:
            self._bridge.messages.error(message)

    def _end(self, run: Run, report: IndexReport | None) -> None:
        was_first = self._queue[0] is run
        self._queue.remove(run)
        self.finished.emit(run, report)
        if was_first and self._queue:
            self.started.emit(self._queue[0])
