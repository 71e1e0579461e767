"""The window tells how far a summary is."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.events import Searching, Summarising
from tests.ui import doubles
from ui.chat.turn_view import TurnView


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Summarising("Lease", 0, 3, None), "Summarising Lease, part 1 of 3…"),
        (Summarising("Lease", 1, 3, 24.0), "Summarising Lease, part 2 of 3… About 24 s left."),
        (Summarising("<b>Lease</b>", 0, 1, None), "Summarising <b>Lease</b>, part 1 of 1…"),
        (Summarising("", 3, 3, None), "Summing up…"),
    ],
)
def test_the_status_line_says_how_far_it_is(qtbot: QtBot, event: Summarising, words: str) -> None:
    desk = QWidget()
    qtbot.addWidget(desk)
    desk.show()
    view = TurnView("Summarise the lease", desk)
    view.show()
    view.start()
    view.on_event(Searching("Summarise the lease"))
    view.on_event(event)
    (line,) = [one for one in view.findChildren(QLabel) if one.text().startswith("Summ")][-1:]
    assert line.isVisible()
    assert line.text().startswith(words)
    view.finish(doubles.ANSWER)
    assert not line.isVisible()
