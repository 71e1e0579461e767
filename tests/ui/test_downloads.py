"""Several downloads: two at a time, the others wait; each is paused and cancelled by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.jobs import CancelToken
from app.model_library.service import ModelLibrary
from app.settings.store import SettingsStore
from models.catalog import CatalogEntry, HuggingFaceSource
from models.errors import DownloadFailed
from tests.unit.models.test_download import entry
from ui.bridge import Bridge
from ui.settings.downloads import Downloads
from ui.settings.model_row import OfferRow
from ui.theme.theme import Theme

SOURCE = HuggingFaceSource("someone/some-model", "abc123", "some-model.gguf")


class Models:
    """A models folder whose downloads end when the test says so."""

    def __init__(self) -> None:
        self.ends = {name: threading.Event() for name in ("one", "two", "three")}
        self.fails: set[str] = set()
        self.discarded: list[str] = []

    def fetch(
        self, model_id: str, on_progress: Callable[[int, int], None], token: CancelToken
    ) -> Path:
        on_progress(1_000_000, 4_000_000)
        while not self.ends[model_id].wait(0.01):
            token.raise_if_cancelled()
        if model_id in self.fails:
            raise DownloadFailed("It broke off.", "Try again.")
        return Path(model_id)

    def discard(self, model_id: str) -> None:
        self.discarded.append(model_id)


class Shelf:
    """Rows of three models in front of a person."""

    def __init__(self, qtbot: QtBot, bridge: Bridge) -> None:
        self.qtbot = qtbot
        self.models = Models()
        self.window = QWidget()
        column = QVBoxLayout(self.window)
        self.rows = {}
        for name in self.models.ends:
            row = OfferRow(replace(entry(SOURCE), id=name, name=name), "")
            column.addWidget(row)
            self.rows[name] = row
        qtbot.addWidget(self.window)
        self.window.show()
        qtbot.waitActive(self.window)
        self.arrived: list[CatalogEntry] = []
        self.failed: list[str] = []
        downloads = Downloads(cast("ModelLibrary", self.models), bridge, self.window)
        downloads.arrived.connect(self.arrived.append)
        downloads.failed.connect(lambda entry, _message: self.failed.append(entry.id))
        downloads.show_in(self.rows)

    def press(self, words: str, name: str) -> None:
        buttons = self.rows[name].findChildren(QAbstractButton)
        (found,) = [b for b in buttons if b.text() == words and b.isVisible()]
        found.setFocus()
        QTest.mouseClick(found, Qt.MouseButton.LeftButton)

    def sees(self, name: str, words: str) -> None:
        def shown() -> bool:
            row = self.rows[name]
            labels = [w.text() for w in row.findChildren(QLabel) if w.isVisible()]
            return words in labels

        self.qtbot.waitUntil(shown, timeout=20_000)

    def offers(self, name: str) -> list[str]:
        buttons = self.rows[name].findChildren(QAbstractButton)
        return [button.text() for button in buttons if button.isVisible()]


@pytest.fixture
def shelf(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Shelf]:
    theme = Theme(qapp, SettingsStore(tmp_path / "settings.json"))
    bridge = Bridge()
    yield Shelf(qtbot, bridge)
    bridge.cancel()
    bridge.close()
    theme.deleteLater()


def test_two_are_fetched_at_a_time_and_the_third_follows(shelf: Shelf) -> None:
    for name in shelf.rows:
        shelf.press("Get", name)
    shelf.sees("one", "1 MB of 4 MB")
    shelf.sees("two", "1 MB of 4 MB")
    shelf.sees("three", "Waits for other downloads")
    shelf.models.ends["two"].set()
    shelf.sees("three", "1 MB of 4 MB")
    assert [entry.id for entry in shelf.arrived] == ["two"]
    assert shelf.offers("two") == ["Get"]
    shelf.models.fails.add("three")
    shelf.models.ends["three"].set()
    shelf.qtbot.waitUntil(lambda: shelf.failed == ["three"], timeout=20_000)
    assert shelf.offers("one") == ["Pause", "Cancel"]


def test_a_paused_one_makes_room_and_goes_on_later(shelf: Shelf) -> None:
    for name in shelf.rows:
        shelf.press("Get", name)
    shelf.sees("one", "1 MB of 4 MB")
    shelf.press("Pause", "one")
    shelf.sees("one", "Paused at 1 MB of 4 MB")
    focus = QApplication.focusWidget()
    assert focus is not None
    assert focus.accessibleName() == "Resume the download of one"
    shelf.sees("three", "1 MB of 4 MB")
    shelf.press("Resume", "one")
    shelf.sees("one", "Waits for other downloads")
    shelf.models.ends["two"].set()
    shelf.sees("one", "1 MB of 4 MB")
    assert shelf.models.discarded == []


def test_what_arrived_of_a_cancelled_one_is_deleted(shelf: Shelf) -> None:
    for name in shelf.rows:
        shelf.press("Get", name)
    shelf.press("Cancel", "three")  # it was still waiting
    assert shelf.offers("three") == ["Get"]
    shelf.sees("one", "1 MB of 4 MB")
    shelf.press("Pause", "one")
    shelf.sees("one", "Paused at 1 MB of 4 MB")
    shelf.press("Cancel", "one")
    shelf.press("Cancel", "two")
    wanted = {"one", "two", "three"}
    shelf.qtbot.waitUntil(lambda: set(shelf.models.discarded) == wanted, timeout=20_000)
    shelf.qtbot.waitUntil(lambda: shelf.offers("two") == ["Get"], timeout=20_000)
    assert shelf.arrived == []
