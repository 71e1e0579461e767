"""Looking for a new version: when it is pressed, or once a day if that is turned on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.privacy.egress.fakes import FakeGate
from app.privacy.egress.tickets import EgressFault
from app.updates.service import Updates
from tests.ui import doubles
from tests.ui.desk import Desk
from tests.update_news import ADDRESS, NOW, Maker, manifest
from ui.bridge import Bridge

MAKER = Maker()


def _prepare(services: doubles.Services, *news: bytes | EgressFault) -> FakeGate:
    gate = FakeGate(news=news)
    path = services.paths.updates
    services.updates = Updates(gate, services.settings, path, MAKER.place, "0.1.0", lambda: NOW)
    return gate


@pytest.fixture
def prepared(qtbot: QtBot, qapp: QApplication, services: doubles.Services) -> Iterator[list[Desk]]:
    """Windows that a test opens once the news are prepared."""
    opened: list[Desk] = []
    yield opened
    for desk in opened:
        desk.window.close()
        desk.bridge.cancel()
        desk.bridge.close()


def _open(qtbot: QtBot, services: doubles.Services, opened: list[Desk]) -> Desk:
    desk = Desk(qtbot, services, Bridge())
    opened.append(desk)
    desk.until(lambda: desk.window.readiness.model is not None)
    return desk


def _dialog(desk: Desk) -> None:
    action = desk.window.findChild(QAction, "update")
    assert action is not None
    action.trigger()


def test_the_user_looks_and_gets_the_page(
    qtbot: QtBot, services: doubles.Services, prepared: list[Desk]
) -> None:
    gate = _prepare(services, MAKER.sign(manifest()))
    desk = _open(qtbot, services, prepared)
    _dialog(desk)
    desk.see("Studiolo asks updates.example once for the newest version.")
    assert gate.asked == []  # opening the dialog asks nobody
    desk.click("Look now")
    desk.see("Studiolo 9.1.0 is there; you have 0.1.0")
    desk.see("Scans are read twice as fast.")
    desk.see("Nothing is installed by Studiolo itself.")
    desk.click("Copy the address")
    assert QGuiApplication.clipboard().text() == "https://studiolo.example/9.1"
    assert gate.asked == [ADDRESS]


@pytest.mark.parametrize(
    ("news", "words"),
    [
        (MAKER.sign(manifest(version="0.1.0")), "Studiolo 0.1.0 is the newest version."),
        (Maker().sign(manifest()), "not signed by the makers of Studiolo"),
        (EgressFault.OFFLINE, "this computer has no network connection"),
    ],
)
def test_what_comes_of_a_look_is_told_in_the_dialog(
    qtbot: QtBot,
    services: doubles.Services,
    prepared: list[Desk],
    news: bytes | EgressFault,
    words: str,
) -> None:
    _prepare(services, news)
    desk = _open(qtbot, services, prepared)
    _dialog(desk)
    desk.click("Look now")
    desk.see(words)
    assert desk.button("Look now").isEnabled()
    assert desk.window.message_bar.words == ""


def test_a_copy_without_a_place_says_so_and_has_no_button(desk: Desk) -> None:
    _dialog(desk)
    desk.see("No place for new versions is set in this copy of Studiolo")
    assert "Look now" not in desk.screen()


def test_nobody_is_asked_unless_it_is_turned_on(
    qtbot: QtBot, services: doubles.Services, prepared: list[Desk]
) -> None:
    gate = _prepare(services, MAKER.sign(manifest()))
    desk = _open(qtbot, services, prepared)
    desk.bridge.run("updates", lambda _token, _send: None, lambda _none: gate.asked.append("end"))
    desk.until(lambda: bool(gate.asked))  # what the window asked for has been done by then
    assert gate.asked == ["end"]


def test_turned_on_it_looks_by_itself_and_tells_what_is_new(
    qtbot: QtBot, services: doubles.Services, prepared: list[Desk]
) -> None:
    services.settings.change(look_for_updates=True)
    _prepare(services, MAKER.sign(manifest()))
    desk = _open(qtbot, services, prepared)
    desk.see("Studiolo 9.1.0 is there.")
    desk.click("What is new…")
    desk.see("Scans are read twice as fast.")
