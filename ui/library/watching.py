"""Watches for changes of files and rules while the window is open."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.jobs import Job
from app.settings.store import Settings, SettingsStore
from app.user_messages import UserMessage
from rag.indexing.rules import Rules
from ui.bridge import Bridge

if TYPE_CHECKING:
    from app.library.service import LibraryService

LANE = "library-watch"
_FIRST_WAIT_SECONDS = 5.0
_LONGEST_WAIT_SECONDS = 300.0
_STEADY_SECONDS = 60.0  # watching that lasted this long counts as stable


class Watching(QObject):
    """Watches the library's folders on a lane of its own, if the settings say so.

    Signals:
        changed: files changed; carries a tuple of absolute paths of folders.
        rules_changed: the rules for leaving files out, or the search model, changed.

    Args:
        library: the library to watch.
        settings: say whether to watch, and what is left out.
        bridge: runs the watching; it ends when the bridge closes.
        parent: owns this.
    """

    changed = Signal(tuple)
    rules_changed = Signal()
    _settings_changed = Signal()

    def __init__(
        self,
        library: LibraryService,
        settings: SettingsStore,
        bridge: Bridge,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._settings = settings
        self._bridge = bridge
        self._started = False
        self._roots: tuple[str, ...] = ()
        self._rules = settings.current.rules
        self._embedder = settings.current.embedder
        self._watched: tuple[tuple[str, ...], Rules] | None = None
        self._job: Job[None] | None = None
        self._number = 0
        self._began = 0.0
        self._wait = _FIRST_WAIT_SECONDS
        self._missed = False
        self._retry_timer = QTimer(self, singleShot=True)
        self._retry_timer.timeout.connect(self._begin_again)
        self._settings_changed.connect(self._on_settings, Qt.ConnectionType.QueuedConnection)
        settings.on_change(self._hear)

    @property
    def running(self) -> bool:
        """Whether the folders are watched now."""
        return self._job is not None

    def start(self) -> None:
        """Starts watching once there is something to watch."""
        self._started = True
        self._follow()

    def show_roots(self, roots: Sequence[str]) -> None:
        """Watches these folders and files from now on."""
        self._roots = tuple(sorted(roots))
        self._follow()

    def _hear(self, _settings: Settings) -> None:
        """Runs on whatever thread changed a setting."""
        if shiboken6.isValid(self):
            self._settings_changed.emit()

    def _on_settings(self) -> None:
        current = self._settings.current
        changed = (current.rules, current.embedder) != (self._rules, self._embedder)
        self._rules, self._embedder = current.rules, current.embedder
        self._follow()
        if changed:
            self.rules_changed.emit()

    def _follow(self) -> None:
        """Starts, stops or restarts the watching, according to roots and settings."""
        watched = self._started and self._settings.current.watch_folders and bool(self._roots)
        target = (self._roots, self._rules) if watched else None
        if target == self._watched:
            return
        self._watched = target
        self._end()
        if target is not None:
            self._wait = _FIRST_WAIT_SECONDS
            self._begin()

    def _end(self) -> None:
        self._retry_timer.stop()
        self._missed = False
        self._number += 1  # ignores further events of the old job
        if self._job is not None:
            self._job.cancel()
            self._job = None

    def _begin(self) -> None:
        self._number += 1
        number = self._number
        self._began = time.monotonic()

        def heard(folders: tuple[str, ...]) -> None:
            if number == self._number:
                self.changed.emit(tuple(folders))

        def failed(_message: UserMessage) -> None:
            """Ends quietly: other work reports the cause, such as a dead worker."""
            ended()

        def ended() -> None:
            if number == self._number:
                self._on_ended()

        self._job = self._bridge.run(
            LANE,
            lambda token, send: self._library.watch(send, token),
            on_done=lambda _none: ended(),
            on_error=failed,
            on_event=heard,
        )

    def _on_ended(self) -> None:
        """Restarts the watching after it ended by itself, each time after a longer wait."""
        self._job = None
        self._missed = True
        if time.monotonic() - self._began > _STEADY_SECONDS:
            self._wait = _FIRST_WAIT_SECONDS
        self._retry_timer.start(int(self._wait * 1000))
        self._wait = min(2 * self._wait, _LONGEST_WAIT_SECONDS)

    def _begin_again(self) -> None:
        self._begin()
        if self._missed and self._watched is not None:
            self._missed = False
            self.changed.emit(self._watched[0])  # changes in between were missed
