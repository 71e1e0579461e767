"""What a person meets when something is missing, damaged or fails: a way on, and nothing lost."""

from __future__ import annotations

import ast
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QMessageBox
from pytestqt.qtbot import QtBot

import app.errors
import models.errors
from app.answering.service import MAX_QUESTION_CHARACTERS
from app.data_folder.exclusive import exclusive_access
from app.errors import (
    KNOWN_ERRORS,
    AppError,
    ChatsDamaged,
    ChatsNotSaved,
    DataFolderUnusable,
    QuestionTooLong,
    SecretsError,
    SettingsNotSaved,
)
from app.errors import EscalationError as CloudError
from app.paths import Paths
from app.remedies import (
    ChooseDataFolder,
    ChooseModel,
    GetModel,
    Remedy,
    RepairData,
    ReplaceModel,
)
from app.services import build_services
from app.user_messages import UserMessage, describe
from models.errors import ModelDamaged, ModelError, ModelMissing
from models.hardware import Hardware
from rag.errors import RagError, StoreDamaged
from tests.conftest import EMBEDDER, MODELS, TINY_CHAT_MODEL
from tests.ui import doubles
from tests.ui.desk import Desk
from ui.application import WindowEnd, _go_on
from ui.bridge import Bridge
from ui.chat.problem_box import ProblemBox
from ui.remedies import RemedyRow, label_of
from ui.starting import FailedStart, Repairing
from ui.theme.theme import Theme

ROOT = Path(__file__).parents[2]
QUESTION = "How long is the notice period?"
REMEDIES: tuple[Remedy, ...] = (
    GetModel(TINY_CHAT_MODEL),
    ReplaceModel(TINY_CHAT_MODEL),
    ChooseModel(),
    RepairData(),
    ChooseDataFolder(),
)


def _every_error() -> Iterator[Exception]:
    """One of each class, as it is raised; those about a model with and without its id."""
    waiting: list[type[Any]] = list(KNOWN_ERRORS)
    seen: set[type[Any]] = set()
    while waiting:
        kind = waiting.pop()
        if kind in seen:
            continue
        seen.add(kind)
        waiting += kind.__subclasses__()
        if kind is app.errors.Cancelled:
            continue
        yield kind("It happened.", "Do this.")
        if issubclass(kind, ModelError):
            yield kind("It happened.", "Do this.", model_id=TINY_CHAT_MODEL)


def _buttons(widget: Any) -> list[QAbstractButton]:
    return [b for b in widget.findChildren(QAbstractButton) if not b.isHidden()]


def _names(desk: Desk) -> list[str]:
    """Of all buttons on the screen."""
    return [button.accessibleName() for button in desk.all(QAbstractButton)]


def _answer(desk: Desk, words: str) -> None:
    """Presses a button of the question that stands over the window."""

    def boxes() -> list[QMessageBox]:
        return [box for box in desk.window.findChildren(QMessageBox) if box.isVisible()]

    desk.until(lambda: bool(boxes()))
    button = next(b for b in boxes()[0].buttons() if b.text() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


# Remedies


@pytest.mark.parametrize("error", list(_every_error()), ids=lambda e: type(e).__name__)
def test_whatever_can_be_done_about_an_error_is_a_button(qtbot: QtBot, error: Exception) -> None:
    message = describe(error)
    done: list[Remedy] = []
    row = RemedyRow(done.append)
    box = ProblemBox(
        message, again=lambda: None, restart=None, edit=lambda: None, do=lambda _: None
    )
    qtbot.addWidget(row)
    qtbot.addWidget(box)
    row.show_for(message)
    names = [label_of(remedy) for remedy in message.remedies]
    assert [b.text() for b in _buttons(row)] == names
    assert [b.accessibleName() for b in _buttons(row)] == names
    assert [b.text() for b in _buttons(box)] == [*names, "Ask again", "Edit the question"]
    for button in _buttons(row):
        button.click()
    assert tuple(done) == message.remedies
    row.show_for(None)
    assert row.isHidden()


def test_each_kind_of_remedy_is_told_by_some_error_and_names_a_model_as_people_do() -> None:
    told = {type(remedy) for error in _every_error() for remedy in describe(error).remedies}
    assert told == set(map(type, REMEDIES))
    words = [label_of(remedy) for remedy in REMEDIES]
    assert all(words)
    assert not any(TINY_CHAT_MODEL in label for label in words)
    assert any("SmolLM2 135M" in label for label in words)


def test_no_words_in_the_window_name_a_command() -> None:
    of_the_start = {ROOT / "ui" / "main.py"}  # where there is no window
    named = []
    for path in sorted((ROOT / "ui").rglob("*.py")):
        if path in of_the_start:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words = node.value
                if "--data-dir" in words or "`studiolo" in words or "studiolo doctor" in words:
                    named.append(f"{path.name}:{node.lineno}")
    assert named == []


def test_every_place_that_tells_an_error_has_room_for_its_buttons() -> None:
    # Errors of these classes have no remedy, as the test below says.
    without = {"provider_row.py", "provider_dialog.py", "reply_view.py"}
    bare = [
        path.name
        for path in sorted((ROOT / "ui").rglob("*.py"))
        if "message.advice" in (text := path.read_text("utf-8"))
        and "remed" not in text
        and path.name not in without
    ]
    assert bare == []


def test_errors_of_the_cloud_and_the_keyring_have_no_remedy_here() -> None:
    kinds = (CloudError, SecretsError, SettingsNotSaved)
    errors = [error for error in _every_error() if isinstance(error, kinds)]
    assert len(errors) > 10
    assert [describe(error).remedies for error in errors] == [()] * len(errors)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Any]:
    """The program's own services, without any model; no worker is needed."""
    services = build_services(Paths(tmp_path / "data", tmp_path / "models"))
    yield services
    services.close()


@pytest.fixture
def real_desk(qtbot: QtBot, qapp: QApplication, real: Any) -> Iterator[Desk]:
    theme = Theme(qapp, real.settings)
    bridge = Bridge()
    made = Desk(qtbot, real, bridge)
    yield made
    made.window.close()
    bridge.cancel()
    real.close()
    bridge.close()
    theme.deleteLater()


def test_get_a_model_from_the_message_bar(
    real_desk: Desk, real: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    got: list[str] = []
    entry = real.models.catalog.starter
    monkeypatch.setattr(
        type(real.models), "fetch", lambda _self, model_id, *_: got.append(model_id)
    )
    real_desk.bridge.messages.error(describe(ModelMissing("Not here.", model_id=entry.id)))
    real_desk.see("Not here.")
    real_desk.click(f"Get {entry.name}")
    real_desk.see(f"{entry.name} is installed.")
    assert got == [entry.id]
    assert real_desk.window.settings_page.isVisible()


def test_replace_a_damaged_model_asks_first(
    real_desk: Desk, real: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    did: list[tuple[str, str]] = []
    entry = real.models.catalog.starter
    models = type(real.models)
    monkeypatch.setattr(models, "remove", lambda _s, model_id: did.append(("removed", model_id)))
    monkeypatch.setattr(models, "fetch", lambda _s, model_id, *_: did.append(("got", model_id)))
    real_desk.bridge.messages.error(describe(ModelDamaged("Cut off.", model_id=entry.id)))
    real_desk.click(f"Replace {entry.name}…")
    real_desk.see(f"Replace {entry.name}?")
    assert did == []
    _answer(real_desk, "Replace")
    real_desk.until(lambda: len(did) == 2)
    assert did == [("removed", entry.id), ("got", entry.id)]


def test_a_notice_goes_once_its_model_has_come(desk: Desk) -> None:
    bar = desk.window.message_bar
    desk.bridge.messages.error(describe(ModelMissing("Not here.", model_id="starter")))
    desk.see("Not here.")
    desk.window.chat.set_up.fetched.emit(["embedder"])
    assert bar.words == "Not here."
    desk.window.chat.set_up.fetched.emit(["starter"])
    assert bar.words == ""


@pytest.mark.parametrize(
    ("error", "button", "do"),
    [
        (StoreDamaged("The library cannot be read."), "Repair and start again…", "Repair"),
        (DataFolderUnusable("No."), "Choose another data folder…", "Choose a folder…"),
    ],
)
def test_what_needs_the_data_folder_closes_the_window_first(
    desk: Desk, error: AppError | RagError, button: str, do: str
) -> None:
    desk.bridge.messages.error(describe(error))
    desk.see(error.message)
    desk.click(button)
    _answer(desk, "Not now")
    assert desk.window.isVisible()
    assert desk.window.remedies.wish is None
    desk.window.remedies.do(*describe(error).remedies)
    _answer(desk, do)
    desk.until(lambda: not desk.window.isVisible())
    assert desk.window.remedies.wish in describe(error).remedies


# A failed start


def _press(qtbot: QtBot, dialog: Any, words: str) -> None:
    def matching() -> list[QAbstractButton]:
        return [b for b in _buttons(dialog) if b.text() == words]

    qtbot.waitUntil(lambda: len(matching()) == 1)
    found = matching()
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)


def test_a_failed_start_can_be_tried_again(qtbot: QtBot, paths: Paths) -> None:
    dialog = FailedStart(UserMessage("It cannot be used.", "Mend it."), paths)
    qtbot.addWidget(dialog)
    dialog.show()
    _press(qtbot, dialog, "Try again")
    assert dialog.chosen is not None
    assert dialog.chosen.paths == paths


def test_a_failed_start_goes_on_with_another_folder(
    qtbot: QtBot, paths: Paths, tmp_path: Path
) -> None:
    dialog = FailedStart(describe(DataFolderUnusable("It cannot be used.")), paths)
    qtbot.addWidget(dialog)
    dialog.show()
    _press(qtbot, dialog, "Choose another data folder…")
    files = dialog.findChild(QFileDialog)
    assert files is not None
    files.fileSelected.emit(str(tmp_path / "other"))
    assert dialog.chosen is not None
    assert dialog.chosen.paths == Paths(tmp_path / "other", paths.models)


def test_repair_from_the_window_mends_and_says_what_it_did(qtbot: QtBot, paths: Paths) -> None:
    paths.chats.write_bytes(b"no database" * 900)
    dialog = Repairing(paths)
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.reject()
    assert dialog.isVisible()  # it is not broken off halfway
    kept = "Chats: The file was damaged and is kept in damaged-"
    qtbot.waitUntil(lambda: kept in _words(dialog), timeout=30_000)
    assert "Repaired" in _words(dialog)
    assert list(paths.data.glob("damaged-*/chats.sqlite"))
    _press(qtbot, dialog, "Open Studiolo")
    assert dialog.result() == 1


def test_repair_of_sound_data_says_that_nothing_was_changed(qtbot: QtBot, paths: Paths) -> None:
    build_services(paths).close()
    dialog = Repairing(paths)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: "Nothing was damaged" in _words(dialog), timeout=30_000)
    _press(qtbot, dialog, "Quit")
    assert dialog.result() == 0


def test_repair_that_fails_says_why_and_can_be_tried_again(qtbot: QtBot, paths: Paths) -> None:
    with exclusive_access(paths):
        dialog = Repairing(paths)
        qtbot.addWidget(dialog)
        dialog.show()
        why = "Another Studiolo works on the data folder"
        qtbot.waitUntil(lambda: why in _words(dialog), timeout=30_000)
        assert "It could not be repaired" in _words(dialog)
    _press(qtbot, dialog, "Try again")
    qtbot.waitUntil(lambda: "Nothing was damaged" in _words(dialog), timeout=30_000)
    dialog.reject()


def test_without_a_screen_a_failed_start_ends_with_the_command_in_the_terminal(
    paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    failure = describe(StoreDamaged("The library cannot be read."))
    assert _go_on(WindowEnd(failure), paths) is None
    assert "`studiolo doctor --repair`" in capsys.readouterr().err


def _words(dialog: Any) -> str:
    return "\n".join(w.text() for w in dialog.findChildren(QLabel) if not w.isHidden())


# Chats that cannot be used


def test_damaged_chats_are_told_beside_the_list_and_questions_can_be_asked(
    qtbot: QtBot, services: doubles.Services
) -> None:
    fault = ChatsDamaged("The chats cannot be read.", "A repair helps.")
    services.opened_chats = replace(services.opened_chats, fault=fault)
    bridge = Bridge()
    desk = Desk(qtbot, services, bridge)
    try:
        desk.see("Your earlier chats cannot be shown.")
        desk.see("New chats are saved separately, and join the others")
        desk.button("Repair and start again…")
        desk.until(lambda: desk.window.readiness.documents is not None)
        desk.until(lambda: desk.window.readiness.model is not None)
        desk.ask(QUESTION)
        desk.wait_for_answer()
        assert desk.chat_titles()
    finally:
        desk.window.close()
        bridge.cancel()
        bridge.close()


def test_chats_in_memory_are_said_not_to_be_saved_yet(
    qtbot: QtBot, services: doubles.Services
) -> None:
    fault = ChatsDamaged("The chats cannot be read.")
    services.opened_chats = replace(services.opened_chats, fault=fault, lasting=False)
    bridge = Bridge()
    desk = Desk(qtbot, services, bridge)
    try:
        desk.see("Studiolo tries again when you close it.")
    finally:
        desk.window.close()
        bridge.cancel()
        bridge.close()


# Questions


LONG = "What does the lease say about the deposit? " * 30


def test_a_question_that_cannot_be_saved_stands_in_the_field_again(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise ChatsNotSaved("The disk is full.", "Free some space and ask again.")

    with monkeypatch.context() as patched:
        patched.setattr(services.chats, "create", full)
        desk.window.chat.composer.put(LONG)
        desk.press(Qt.Key.Key_Return)
        desk.see("The disk is full.")
        desk.until(lambda: desk.window.chat.composer.draft.strip() == LONG.strip())
        desk.click("New chat")
        assert desk.window.chat.composer.draft.strip() == LONG.strip()
    desk.press(Qt.Key.Key_Return)
    desk.wait_for_answer()
    assert desk.window.chat.composer.draft == ""


def test_ask_again_takes_the_question_out_of_the_field(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise ChatsNotSaved("The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(services.chats, "create", full)
        desk.ask(QUESTION)
        desk.see("The disk is full.")
    desk.click("Ask again")
    desk.wait_for_answer()
    assert desk.window.chat.composer.draft == ""
    assert len(desk.turns()) == 1


def test_a_question_that_is_too_long_can_be_edited(desk: Desk, services: doubles.Services) -> None:
    services.answers.error = QuestionTooLong("Too long.", "Ask a shorter one.")
    desk.window.chat.composer.put(LONG)
    desk.press(Qt.Key.Key_Return)
    desk.see("Too long.")
    assert len(LONG) < MAX_QUESTION_CHARACTERS  # the double says no for it
    desk.window.chat.composer.put("Something else")
    desk.click("Edit the question")
    assert desk.window.chat.composer.draft.startswith("Something else\n\nWhat does the lease")
    assert desk.window.chat.composer.draft.strip().endswith(LONG.strip())


def test_a_question_that_fails_after_its_chat_was_left_waits_there(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.ask(QUESTION)
    desk.wait_for_answer()
    first = desk.window.chat.chat_id
    entered, leave = threading.Event(), threading.Event()

    def slow(*_: object) -> None:
        entered.set()
        leave.wait(20)
        raise ChatsNotSaved("The disk is full.")

    monkeypatch.setattr(services.chats, "add_turn", slow)
    desk.ask("And the deposit?")
    desk.until(entered.is_set)
    desk.click("New chat")
    leave.set()
    desk.until(lambda: not desk.window.chat._jobs)
    assert desk.window.chat.composer.draft == ""
    desk.click_chat(desk.chat_titles()[0])
    assert desk.window.chat.chat_id == first
    assert desk.window.chat.composer.draft == "And the deposit?"


def test_a_question_is_kept_while_another_is_answered(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered, leave = threading.Event(), threading.Event()
    answer = services.answers.ask

    def slow(*args: Any, **named: Any) -> Any:
        entered.set()
        assert leave.wait(60)
        return answer(*args, **named)

    monkeypatch.setattr(services.answers, "ask", slow)
    try:
        desk.ask(QUESTION)
        desk.until(entered.is_set)
        desk.click("New chat")
        desk.ask("And the deposit?")
        desk.until(lambda: "And the deposit?" in desk.chat_titles())
        waiting = desk.window.chat.chat_id
        assert waiting is not None
        assert [turn.question for turn in services.chats.turns(waiting)] == ["And the deposit?"]
        assert desk.button("Delete this chat").isEnabled()
    finally:
        leave.set()
    desk.wait_for_answer()
    assert len(services.chats.turns(waiting)) == 1


def test_a_chat_that_could_not_be_begun_is_not_renamed_or_deleted(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise ChatsNotSaved("The disk is full.")

    monkeypatch.setattr(services.chats, "create", full)
    desk.ask(QUESTION)
    desk.see("The disk is full.")
    assert not desk.button("Delete this chat").isEnabled()
    assert not desk.button("Rename this chat").isEnabled()


def test_what_is_typed_stays_with_its_chat(desk: Desk) -> None:
    desk.ask(QUESTION)
    desk.wait_for_answer()
    desk.type("Half a thought about notice")
    desk.click("New chat")
    assert desk.window.chat.composer.draft == ""
    desk.type("Another chat")
    desk.click_chat(desk.chat_titles()[0])
    assert desk.window.chat.composer.draft == "Half a thought about notice"
    desk.click("New chat")
    assert desk.window.chat.composer.draft == "Another chat"


def test_a_suggestion_can_be_undone(desk: Desk) -> None:
    desk.see("What is the main point of lease.pdf?")
    desk.type("My own words")
    desk.click("Ask: What is the main point of lease.pdf?")
    desk.window.chat.composer.field.undo()
    assert desk.window.chat.composer.draft == "My own words"


# The first start


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """A data folder whose models folder is empty, on a machine that leaves a choice of models."""
    gib = 1 << 30
    machine = Hardware("Linux", "x86_64", 2, 2, 24 * gib, 20 * gib)
    monkeypatch.setattr("app.model_library.service.detect", lambda: machine)
    made = Paths(tmp_path / "data", tmp_path / "models")
    made.ensure()
    return made


def _desk_on(qtbot: QtBot, paths: Paths) -> tuple[Desk, Any]:
    services, bridge = build_services(paths), Bridge()
    return Desk(qtbot, services, bridge), services


def _close(desk: Desk, services: Any) -> None:
    desk.window.close()
    desk.bridge.cancel()
    services.close()
    desk.bridge.close()


def test_the_first_start_without_models_keeps_what_was_chosen_and_goes_on_by_itself(
    qtbot: QtBot, bare: Paths, tmp_path: Path
) -> None:
    folder = tmp_path / "Papers"
    folder.mkdir()
    (folder / "lease.md").write_text("# Lease\n\nThe notice period is three months.\n")

    desk, services = _desk_on(qtbot, bare)
    try:
        desk.window.library_page.start_rescan()
        desk.see("Get the models")
        desk.see("Search model all-MiniLM-L6-v2 (finds passages): 92 MB")
        desk.see("Language model (writes answers)")
        desk.window.add_to_library([str(folder)])
        desk.see("read once the search model is installed.")
        desk.until(lambda: not desk.window.library_page.busy)
        assert desk.window.chat.isVisible()
        assert desk.window.message_bar.words == ""
        desk.window.show_page("library")
        desk.see("the search model, all-MiniLM-L6-v2, is not installed.")
        assert desk.window.message_bar.words == ""
    finally:
        _close(desk, services)

    desk, services = _desk_on(qtbot, bare)
    try:
        desk.until(lambda: "Do not read Papers" in _names(desk))
        shutil.copytree(MODELS / EMBEDDER, bare.models / EMBEDDER)
        chat = f"{TINY_CHAT_MODEL}.gguf"
        (bare.models / chat).symlink_to(MODELS / chat)
        desk.window.readiness.refresh_models()
        desk.until(lambda: bool(desk.window.readiness.documents), 90)
        desk.until(lambda: not desk.window.library_page.busy)
        desk.see("What would you like to know?")
        assert "Get the models" not in desk.screen()
        assert not desk.window.library_page.waiting.needed
        assert services.library.status().roots == (str(folder),)
        assert services.library.status().pending == ()
    finally:
        _close(desk, services)


def test_what_was_chosen_before_the_models_came_can_be_taken_back(
    qtbot: QtBot, bare: Paths, tmp_path: Path
) -> None:
    folder = tmp_path / "Wrong"
    folder.mkdir()
    desk, services = _desk_on(qtbot, bare)
    try:
        desk.see("Get the models")
        desk.window.add_to_library([str(folder)])
        desk.until(lambda: "Do not read Wrong" in _names(desk))
        desk.click("Do not read Wrong")
        desk.until(lambda: "Do not read Wrong" not in _names(desk))
        assert services.library.status().pending == ()
        assert desk.window.message_bar.words == ""
    finally:
        _close(desk, services)


def test_a_download_that_fails_is_told_on_the_page_and_goes_on(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise models.errors.DownloadFailed("It did not arrive.", "Check the network.")

    services.models.here = False
    desk.window.readiness.refresh_models()
    with monkeypatch.context() as patched:
        patched.setattr(services.models, "fetch", fails)
        desk.see("Get them (2.2 GB)")
        desk.click("Get them (2.2 GB)")
        desk.see("It did not arrive. Check the network.")
        assert desk.window.message_bar.words == ""
    desk.click("Resume the download")
    desk.see("What would you like to know?")


def test_a_model_that_is_damaged_is_told_with_its_remedies(
    desk: Desk, services: doubles.Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> None:
        raise ModelDamaged("The search model is damaged.", model_id=EMBEDDER)

    monkeypatch.setattr(services.models, "embedder_folder", damaged)
    desk.window.readiness.refresh_models()
    desk.see("The search model is damaged.")
    desk.button("Replace all-MiniLM-L6-v2…")


def test_models_that_were_put_there_by_hand_are_seen(
    desk: Desk, services: doubles.Services
) -> None:
    services.models.here = False
    desk.window.readiness.refresh_models()
    desk.see("Get the models")
    services.models.here = True
    QApplication.sendEvent(desk.window, QEvent(QEvent.Type.ActivationChange))
    desk.see("What would you like to know?")


def test_the_answer_names_its_model_as_people_do(desk: Desk, services: doubles.Services) -> None:
    services.answers.answer = replace(doubles.ANSWER, model=TINY_CHAT_MODEL)
    desk.ask(QUESTION)
    desk.wait_for_answer()
    desk.see("SmolLM2 135M")
    assert TINY_CHAT_MODEL not in desk.screen()
