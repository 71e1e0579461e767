"""The page about this computer, over real services and a machine that is told how to behave."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from app.jobs import CancelToken
from app.paths import Paths
from app.services import build_services
from app.workers.configs import InferConfig
from app.workers.devices import Devices
from app.workers.infer_client import InferClient
from app.workers.messages import FindDevices, MeasureSpeed
from models.backends import Card, Found
from models.chat import Speed
from models.errors import InferenceFailed
from tests.conftest import TINY_CHAT_MODEL
from tests.ui.desk import Desk
from ui.bridge import Bridge
from ui.theme.theme import Theme

FOUND = Found(("zen4",), (Card("Vulkan0", "Intel UHD 620", 1 << 30),))


class Machine:
    """Stands in for trials in processes of their own, with the contract of `try_once`."""

    def __init__(self) -> None:
        self.card: Speed | None = None  # it fails
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(
        self, config: InferConfig, request: FindDevices | MeasureSpeed, token: CancelToken
    ) -> object:
        if isinstance(request, FindDevices):
            return FOUND
        token.on_change(self.go_on.set)
        self.go_on.wait(60)
        token.raise_if_cancelled()
        if not config.device.has_card:
            return Speed(100, 20)
        if self.card is None:
            raise InferenceFailed("The driver lies.", "")
        return self.card


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, paths: Paths, machine: Machine) -> Iterator[Desk]:
    built = build_services(paths, TINY_CHAT_MODEL)
    devices = Devices(paths, machine, lambda: "this")
    infer = InferClient(paths, lambda: built.workers.infer.wanted, devices)
    services = replace(built, workers=replace(built.workers, infer=infer))
    # Reading ahead would load the model, which has nothing to do with this page.
    object.__setattr__(services.answers, "read_ahead", lambda *_args, **_more: None)
    theme = Theme(qapp, services.settings)
    bridge = Bridge()
    made = Desk(qtbot, services, bridge)
    yield made
    made.window.close()
    bridge.cancel()
    services.close()
    built.close()
    bridge.close()
    theme.deleteLater()


def opened(desk: Desk) -> None:
    action = desk.window.findChild(QAction, "computer")
    assert action is not None
    assert action.shortcut().toString() == "Ctrl+Shift+M"
    action.trigger()
    desk.see("Nothing was measured with this model yet.")


def test_measured_tried_again_and_copied(desk: Desk, machine: Machine) -> None:
    opened(desk)
    desk.see("Intel UHD 620 (Vulkan0)")
    desk.click("Measure again")
    desk.see("100 tokens a second read, 20 written; used")
    desk.see("It failed (The driver lies), so it is not used.")
    desk.see("Measured.")
    machine.card = Speed(200, 40)
    desk.click("Try Intel UHD 620 again")
    desk.see("it is 2.0 times as fast here as the processor.")
    desk.until(desk.button("Measure again").isEnabled)
    desk.click("Copy for a bug report")
    text = QGuiApplication.clipboard().text()
    assert "200 tokens a second read, 40 written; used" in text
    assert str(desk.services.paths.models) not in text
    desk.see("The facts are on the clipboard.")


def test_measuring_can_be_stopped(desk: Desk, machine: Machine) -> None:
    opened(desk)
    machine.go_on.clear()
    desk.click("Measure again")
    desk.see("Measuring: the processor's code for zen4…")
    assert not desk.button("Measure again").isEnabled()
    desk.click("Stop measuring")
    desk.see("Stopped. What was measured until then is kept.")
    assert desk.button("Measure again").isEnabled()
    desk.see("Nothing was measured with this model yet.")


def test_a_model_at_work_is_not_measured(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(desk)
    monkeypatch.setattr(desk.services.workers.infer, "measure", lambda *_args, **_more: False)
    desk.click("Measure again")
    desk.see("The model is at work. Measure again afterwards.")


def test_the_settings_lead_to_it(desk: Desk) -> None:
    desk.window.show_page("settings")
    desk.until(lambda: bool(desk.all(QAbstractButton, "Show this computer")))
    desk.click("Show this computer")
    desk.until(desk.window.computer_page.isVisible)
