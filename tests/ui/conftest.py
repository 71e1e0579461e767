"""A window with stand-ins for what is slow; what it keeps, it really keeps."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.paths import Paths
from tests.ui import doubles, gui_thread
from tests.ui.desk import Desk
from tests.ui.heartbeat import Heartbeat
from ui import screens
from ui.bridge import Bridge
from ui.theme.theme import Theme


@pytest.fixture(scope="session")
def _imported() -> None:
    """What imports leave behind is freed before it is frozen (see below)."""
    gc.collect()


@pytest.fixture(autouse=True)
def _garbage_on_the_gui_thread(_imported: None) -> Iterator[None]:
    """As in the program (`ui.garbage`): no widget is destroyed on a background thread."""
    gc.freeze()  # what was here before is not looked at again: torch alone takes a second
    gc.disable()
    yield
    gc.enable()
    gc.collect()


@pytest.fixture(scope="session", autouse=True)
def _nothing_on_the_clipboard_at_the_end() -> Iterator[None]:
    """Qt's offscreen platform ends with a crash while what Python made lies on its clipboard."""
    yield
    if isinstance(QGuiApplication.instance(), QGuiApplication):
        QGuiApplication.clipboard().clear()


@pytest.fixture(autouse=True)
def _a_usual_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The screen that Qt makes up where there is none is smaller than anybody's."""
    monkeypatch.setattr(screens, "free_area", lambda _widget: QRect(0, 0, 1920, 1040))


@pytest.fixture(autouse=True)
def _the_gui_thread_only_draws(request: pytest.FixtureRequest) -> Iterator[None]:
    """No test sees the window wait for a disk, a database or a worker."""
    if request.node.get_closest_marker("on_one_thread"):
        yield
        return
    with gui_thread.watched() as noted:
        yield
    assert not noted


@pytest.fixture
def heartbeat(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[Heartbeat]:
    """Measures how long the GUI thread was away, for `bench.window`; no test is about time."""
    made = Heartbeat()
    yield made
    made.stop()
    request.node.user_properties.append(("heartbeat", made.figures()))


@pytest.fixture
def services(paths: Paths) -> Iterator[doubles.Services]:
    """Services with scripted answers."""
    made = doubles.services(paths)
    yield made
    made.close()


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, services: doubles.Services) -> Iterator[Desk]:
    """A window over `services`, closed at the end as a person would close it."""
    theme = Theme(qapp, services.settings)
    bridge = Bridge()
    made = Desk(qtbot, services, bridge)
    made.until(lambda: made.window.readiness.documents is not None)
    made.until(lambda: made.window.readiness.model is not None)
    yield made
    made.window.close()
    bridge.cancel()
    services.close()
    bridge.close()
    theme.deleteLater()
