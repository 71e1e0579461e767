"""A chat about one document: the one that was opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.paths import Paths
from tests.ui import doubles
from tests.ui.desk import Desk
from ui.bridge import Bridge
from ui.chat.source_card import SourceCard

LEASE = doubles.LEASE.path
QUESTION = "How long is the notice period?"


@pytest.fixture
def services(paths: Paths) -> doubles.Services:
    return doubles.services(paths)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, services: doubles.Services) -> Iterator[Desk]:
    bridge = Bridge()
    yield Desk(qtbot, services, bridge)
    bridge.close()


def choices(desk: Desk) -> list[tuple[str, bool]]:
    """What the menu offers, and what of it is in force."""
    scope = desk.window.chat.scope
    scope.open_menu()
    found = [(a.text(), a.isChecked()) for a in scope.menu.actions() if a.isCheckable()]
    scope.menu.close()
    return found


@pytest.mark.qt_log_ignore("does not support")
def test_the_document_that_was_opened_can_be_asked_alone(
    desk: Desk, services: doubles.Services
) -> None:
    assert choices(desk) == [("Whole library", True)]
    desk.ask(QUESTION)
    desk.wait_for_answer()
    services.read.clear()
    QTest.mouseClick(desk.all(SourceCard)[0], Qt.MouseButton.LeftButton)
    assert choices(desk) == [("Whole library", True), ("Only lease.pdf", False)]

    scope = desk.window.chat.scope
    scope.open_menu()
    QTest.keyClick(scope.menu, Qt.Key.Key_Down)
    QTest.keyClick(scope.menu, Qt.Key.Key_Down)
    QTest.keyClick(scope.menu, Qt.Key.Key_Return)
    assert scope.button.accessibleName() == "Searches: Only lease.pdf"
    desk.until(lambda: services.read == [LEASE])  # the model begins before anything is asked
    desk.ask("And who signs?")
    desk.wait_for_answer()
    assert services.answers.documents == ["", LEASE]
    assert services.read == [LEASE, LEASE]
    assert choices(desk) == [("Whole library", False), ("Only lease.pdf", True)]

    scope.choose("")
    desk.ask("And elsewhere?")
    desk.wait_for_answer()
    assert services.answers.documents[-1] == ""


@pytest.mark.qt_log_ignore("does not support")
def test_another_chat_is_about_everything_again(desk: Desk) -> None:
    scope = desk.window.chat.scope
    scope.offer(LEASE)
    scope.choose_document(LEASE)
    desk.window.chat.new_chat()
    assert scope.button.accessibleName() == "Searches: Whole library"
    assert choices(desk) == [("Whole library", True), ("Only lease.pdf", False)]
