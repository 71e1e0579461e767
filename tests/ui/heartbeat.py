"""How long the GUI thread is away from its event loop, whatever else the machine is doing."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer

_SCHEDULER = Path("/proc/thread-self/schedstat")
_BEAT = 5  # milliseconds


@dataclass(frozen=True, slots=True)
class Beat:
    """From one heartbeat to the next, in seconds.

    Attributes:
        wall: by the clock.
        busy: time on a processor. A turn that computes shows here.
        held: by the clock, less the time that the thread was ready and other processes had the
            processors. A turn that waits (for a disk, a lock, a worker) shows here too. Where the
            system does not tell, it is the same as `busy`.
    """

    wall: float
    busy: float
    held: float


class Heartbeat(QObject):
    """Beats every 5 ms on the GUI thread and keeps how long each beat was in coming."""

    def __init__(self) -> None:
        super().__init__()
        self.beats: list[Beat] = []
        self._timer = QTimer(self, interval=_BEAT, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._last = self._now()

    def start(self) -> None:
        """Begins to count."""
        self.beats.clear()
        self._last = self._now()
        self._timer.start()

    def stop(self) -> None:
        """Ends it."""
        self._timer.stop()

    def worst(self, kind: str) -> float:
        """The longest beat, in milliseconds: "wall", "busy" or "held"."""
        return 1000 * max((getattr(beat, kind) for beat in self.beats), default=0.0)

    def figures(self) -> dict[str, float]:
        """Returns the longest beat of each kind, in milliseconds, and how many there were."""
        kinds = {kind: round(self.worst(kind), 1) for kind in ("wall", "busy", "held")}
        return {"beats": len(self.beats), **kinds}

    def _beat(self) -> None:
        now = self._now()
        wall, busy, queued = (new - old for new, old in zip(now, self._last, strict=True))
        held = wall - queued if _SCHEDULER.exists() else busy
        self.beats.append(Beat(wall, busy, held))
        self._last = self._now()

    @staticmethod
    def _now() -> tuple[float, float, float]:
        queued = int(_SCHEDULER.read_text().split()[1]) / 1e9 if _SCHEDULER.exists() else 0.0
        return time.perf_counter(), time.thread_time(), queued
