"""Updates the library when files or rules change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

from ui.library.runs import IndexRuns
from ui.library.watching import Watching

_RULES_PAUSE_MS = 800  # settings are often changed in quick succession


class InStep(QObject):
    """Starts quiet runs for the changes that `Watching` reports, when no other run is going.

    Args:
        watching: reports changes.
        runs: does the indexing.
        has_roots: whether anything was added to the library.
        parent: owns this.
    """

    def __init__(
        self,
        watching: Watching,
        runs: IndexRuns,
        has_roots: Callable[[], bool],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._runs = runs
        self._has_roots = has_roots
        self._changed: set[str] = set()
        self._rules_pause = QTimer(self, singleShot=True, interval=_RULES_PAUSE_MS)
        self._rules_pause.timeout.connect(self._look_at_all)
        watching.changed.connect(self._on_changed)
        watching.rules_changed.connect(self._rules_pause.start)
        # Later, once every listener knows that the run has ended.
        runs.finished.connect(self._look_at_changes, Qt.ConnectionType.QueuedConnection)

    def _on_changed(self, folders: tuple[str, ...]) -> None:
        self._changed.update(folders)
        self._look_at_changes()

    def _look_at_changes(self) -> None:
        if self._changed and not self._runs.busy:
            paths = [Path(path) for path in sorted(self._changed)]
            self._changed.clear()
            self._runs.add(paths, quiet=True)

    def _look_at_all(self) -> None:
        """Rescans everything: the rules have changed."""
        if self._has_roots():
            self._runs.rescan(quiet=True)
