"""Runs Python's garbage collector on the GUI thread only.

By default Python collects on whichever thread happens to allocate. Widgets in a reference cycle are
then destroyed on a background thread while Qt uses them, which crashes the program. So automatic
collection is off, and a timer of the event loop collects, when no widget is in the middle of
anything.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 1000


class GarbageCollector(QObject):
    """Collects as often as Python would, by Python's own thresholds, until stopped.

    Args:
        parent: lives on the GUI thread.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect_due)
        self._timer.start(_EVERY_MS)

    def collect_due(self) -> None:
        """Collects the oldest generation that has reached its threshold, and the younger ones."""
        due = [
            generation
            for generation, (count, threshold) in enumerate(
                zip(gc.get_count(), gc.get_threshold(), strict=True)
            )
            if count > threshold
        ]
        if due:
            gc.collect(max(due))

    def stop(self) -> None:
        """Turns automatic collection on again: at the end, when no widget is left."""
        self._timer.stop()
        gc.enable()
