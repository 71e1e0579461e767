"""The window stays quick while 10,000 files are taken in by the real workers."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.paths import Paths
from app.services import Services, build_services
from app.workers.configs import IndexConfig
from tests.ui.desk import Desk
from tests.ui.heartbeat import Heartbeat
from ui.bridge import Bridge
from ui.garbage import GarbageCollector
from ui.theme.theme import Theme

FILES = 10_000
MINUTES = 8
HASH = "tests.sample_models:hash_embedder"


@pytest.fixture
def real_desk(qtbot: QtBot, qapp: QApplication, paths: Paths) -> Iterator[Desk]:
    """A window over the real services; vectors are hashes of words."""
    config = IndexConfig(str(paths.data), str(paths.models), HASH)
    services: Services = build_services(paths, index_config=config)
    theme = Theme(qapp, services.settings)
    bridge = Bridge()
    desk = Desk(qtbot, services, bridge)
    gc.collect()
    gc.freeze()  # what the tests have imported is no part of the program
    garbage = GarbageCollector(qapp)
    yield desk
    garbage.stop()
    garbage.deleteLater()
    gc.unfreeze()
    desk.window.close()
    bridge.cancel()
    services.close()
    bridge.close()
    theme.deleteLater()


@pytest.mark.slow
def test_the_window_is_never_held_up_while_files_are_indexed(
    real_desk: Desk, tmp_path: Path, heartbeat: Heartbeat
) -> None:
    """A person watches the table, filters it, and goes to the chat and back meanwhile."""
    folder = tmp_path / "papers"
    for number in range(FILES):
        place = folder / f"folder-{number // 100:03}"
        place.mkdir(parents=True, exist_ok=True)
        text = f"Letter {number}.\n\nAbout matter {number % 97} of the house. " * 3
        (place / f"letter-{number}.txt").write_text(text)
    desk = real_desk
    page = desk.window.library_page
    desk.window.show_page("library")
    desk.until(lambda: page.status is not None, seconds=30)
    heartbeat.start()
    page.add([folder])
    desk.until(lambda: page.busy)
    seen: list[int] = []
    step = 0
    while page.busy:
        step += 1
        assert step < MINUTES * 60 / 2
        page.content.search.setText("" if step % 2 else f"letter-{step}")
        if step % 10 == 5:
            desk.window.show_page("chat")
        elif step % 10 == 6:
            desk.window.show_page("library")
        desk.qtbot.wait(2000)
        seen.append(page.content.model.total)
    page.content.search.setText("")
    desk.until(lambda: page.content.model.total == FILES, seconds=30)
    heartbeat.stop()
    assert len(set(seen)) > 2, "the table did not follow the run"
