"""Garbage with widgets in it is collected on the GUI thread, whoever makes more of it."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from ui.garbage import GarbageCollector


class _Cycle:
    """A widget that only the collector can free, and on which thread that happened."""

    def __init__(self) -> None:
        self.me = self
        self.label = QLabel()
        weakref.finalize(self.label, lambda: _freed_on.append(threading.current_thread()))


_freed_on: list[threading.Thread] = []


@pytest.fixture
def collector(qapp: QApplication) -> Iterator[GarbageCollector]:
    made = GarbageCollector(qapp)
    yield made
    made.stop()
    made.deleteLater()


def test_a_widget_in_a_cycle_is_freed_on_the_gui_thread(
    qtbot: QtBot, collector: GarbageCollector
) -> None:
    _freed_on.clear()
    _Cycle()
    kept: list[object] = []
    worker = threading.Thread(target=lambda: kept.extend([[]] for _ in range(200_000)))
    worker.start()
    worker.join()
    assert _freed_on == []
    collector.collect_due()
    assert _freed_on == [threading.main_thread()]


def test_the_event_loop_collects_by_itself(qtbot: QtBot, collector: GarbageCollector) -> None:
    _freed_on.clear()
    _Cycle()
    kept: list[list[list[object]]] = [[[]] for _ in range(2000)]
    qtbot.waitUntil(lambda: _freed_on == [threading.main_thread()], timeout=20_000)
    assert kept


def test_python_collects_again_at_the_end(collector: GarbageCollector) -> None:
    assert not gc.isenabled()
    collector.stop()
    assert gc.isenabled()
