"""Collects Python's garbage on the GUI thread, and there only.

Left to itself, Python looks for garbage on whichever thread happens to allocate. Widgets in a
reference cycle are then destroyed on a background thread, under the hands of Qt, which ends the
program. So the automatic collection is turned off, and a timer of the event loop, where no widget
is in the middle of anything, collects instead.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 1000


class GarbageCollector(QObject):
    """Collects as often as Python would, by its own thresholds, until it is stopped.

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
            for generation, (count, most) in enumerate(
                zip(gc.get_count(), gc.get_threshold(), strict=True)
            )
            if count > most
        ]
        if due:
            gc.collect(max(due))

    def stop(self) -> None:
        """Gives collecting back to Python: at the end, when no widget is left."""
        self._timer.stop()
        gc.enable()
