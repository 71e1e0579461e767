"""Files are opened by a process outside of the seal, whatever part of the window opens them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from pytestqt.qtbot import QtBot

from app.privacy.egress.client import Launcher
from ui.main import remote_screen
from ui.outside import Outside


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system starts them")
def test_the_launcher_opens_what_qt_is_asked_to_open(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    program = tmp_path / "xdg-open"
    program.write_text(f'#!/bin/sh\nprintf %s "$1" > {out}.part; mv {out}.part {out}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    launcher = Launcher()
    launcher.start()
    outside = Outside(launcher)
    assert QDesktopServices.openUrl(QUrl.fromLocalFile("/my/lease, flat 3 #2.pdf"))
    qtbot.waitUntil(out.exists)
    assert out.read_text() == "/my/lease, flat 3 #2.pdf"
    outside.close()
    launcher.close()


@pytest.mark.skipif(sys.platform != "linux", reason="X screens")
@pytest.mark.parametrize(
    ("display", "platform", "remote"),
    [
        (":0", "xcb", ""),
        ("unix:0", "xcb", ""),
        ("/tmp/socket:0", "", ""),
        ("localhost:10.0", "xcb", "localhost:10.0"),
        ("other.example:0", "", "other.example:0"),
        ("other.example:0", "offscreen", ""),
        ("", "", ""),
    ],
)
def test_a_screen_across_the_network_is_noticed(
    monkeypatch: pytest.MonkeyPatch, display: str, platform: str, remote: str
) -> None:
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("QT_QPA_PLATFORM")
    if platform:
        monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert remote_screen() == remote
