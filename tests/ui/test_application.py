"""What is told when the window cannot start, and when settings were damaged."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from app.errors import DataFolderUnusable
from app.settings.store import SettingsStore
from ui import application
from ui.bridge import Bridge
from ui.messages import Notice, Tone


@pytest.fixture
def dialogs(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts of the dialogs that are opened; each is closed at once."""
    shown: list[str] = []
    monkeypatch.setattr(QGuiApplication, "platformName", lambda: "xcb")
    monkeypatch.setattr(QMessageBox, "exec", lambda self: shown.append(self.text()))
    return shown


def test_an_error_that_can_be_mended_is_a_dialog(dialogs: list[str]) -> None:
    assert application.refuse(DataFolderUnusable("It is shut.", "Open it.")) == 1
    assert dialogs == ["It is shut.\n\nOpen it."]


@pytest.mark.expects_log
def test_a_bug_is_a_dialog_too(dialogs: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert application.refuse(KeyError("words of a document")) == 1
    assert "Something went wrong in Studiolo." in dialogs[0]
    assert "words of a document" not in capsys.readouterr().err


def test_a_library_that_is_missing_is_named(dialogs: list[str]) -> None:
    missing = ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")
    assert application.refuse(missing) == 1
    assert "missing: libEGL.so.1" in dialogs[0]


def test_settings_that_were_damaged_are_told_in_the_window(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"passages": 600}', encoding="utf-8")
    services: Any = SimpleNamespace(settings=SettingsStore(path))
    bridge = Bridge()
    notices: list[Notice] = []
    bridge.messages.attach(notices.append)
    application._tell_recovered(services, bridge)
    (notice,) = notices
    assert "Passages per answer" in notice.text
    assert notice.lasting
    assert notice.tone is Tone.WARNING
    bridge.close()


def test_sound_settings_need_no_word(qtbot: QtBot, tmp_path: Path) -> None:
    services: Any = SimpleNamespace(settings=SettingsStore(tmp_path / "settings.json"))
    bridge = Bridge()
    notices: list[Notice] = []
    bridge.messages.attach(notices.append)
    application._tell_recovered(services, bridge)
    assert notices == []
    bridge.close()
