"""The whole program through its window: real workers, store, embedder and a small model."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from app.paths import Paths
from app.services import Services, build_services
from tests.conftest import TINY_CHAT_MODEL
from tests.ui.desk import Desk
from ui.bridge import Bridge
from ui.chat.source_card import SourceCard
from ui.chat.status_line import StatusLine
from ui.theme.theme import Theme

QUESTION = "How many months of notice end the lease?"


@pytest.fixture
def services(paths: Paths) -> Iterator[Services]:
    """The real services, with the smallest model and two passages an answer."""
    made = build_services(paths, TINY_CHAT_MODEL)
    made.settings.change(passages=2, answer_tokens=96)
    yield made
    made.close()


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, services: Services) -> Iterator[Desk]:
    theme = Theme(qapp, services.settings)
    bridge = Bridge()
    made = Desk(qtbot, services, bridge)
    made.until(lambda: made.window.readiness.model is not None, 30)
    yield made
    made.window.close()
    bridge.cancel()
    services.close()
    bridge.close()
    theme.deleteLater()


def test_from_an_empty_window_to_an_answer_and_over_the_death_of_the_model(
    desk: Desk, services: Services, examples: Path
) -> None:
    lease = examples / "home" / "lease-flat-3.pdf"
    desk.window.add_to_library([str(lease)])
    desk.until(lambda: (desk.window.readiness.documents or 0) > 0, 60)
    desk.until(lambda: not desk.window.library_page.busy, 60)
    desk.window.show_page("chat")

    desk.ask(QUESTION)
    answer = desk.wait_for_answer(90).answer
    assert answer is not None
    assert answer.nearest
    assert answer.abstained == (not answer.citations)
    cards = desk.all(SourceCard)
    assert cards
    source = (answer.citations or answer.nearest)[0]
    desk.window.open_source(source, (source,))
    desk.until(lambda: "page" in desk.window.reader.page_view.accessibleName().lower(), 30)

    services.workers.infer.load()
    pid = services.workers.infer.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)  # so that it is still at work when it dies
    desk.ask("What does the lease say about the deposit, the rent and repairs?")
    desk.until(lambda: any(line.words.startswith("Reading") for line in desk.all(StatusLine)), 30)
    os.kill(pid, signal.SIGKILL)
    restart = "Restart the model and ask again"
    desk.until(lambda: restart in [b.accessibleName() for b in _buttons(desk)], 30)
    assert desk.window.isVisible()
    desk.click(restart)
    again = desk.wait_for_answer(90).answer
    assert again is not None
    assert services.workers.infer.worker.pid not in (None, pid)
    chats = services.chats.chats()
    assert [turn.answer is not None for turn in services.chats.turns(chats[0].id)] == [True, True]


def _buttons(desk: Desk) -> list[QAbstractButton]:
    return desk.all(QAbstractButton)
