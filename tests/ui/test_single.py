"""One window for each data folder, with real processes."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtNetwork import QLocalSocket
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.shell.instance import address
from ui.single import RAISE, Other, Single, bring_to_front

RUN = [sys.executable, "-m", "ui.main"]
WATCHED_RUN = """
import sys
from PySide6.QtWidgets import QApplication
import ui.application
def told(window):
    print("to the front", flush=True)
ui.application.bring_to_front = told
from ui.main import main
sys.argv = ["studiolo", "--data-dir", {folder!r}]
sys.exit(main())
"""
needs_sockets_in_folders = pytest.mark.skipif(
    sys.platform == "win32", reason="pipes on Windows are no files"
)


@pytest.fixture
def single(tmp_path: Path, qtbot: QtBot) -> Iterator[Single]:
    assert qtbot is not None  # there is an application
    made = Single(tmp_path / "data")
    yield made
    made.close()


def _second(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, "--data-dir", str(folder)], capture_output=True, text=True, check=False, timeout=60
    )


def _until(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _first(folder: Path) -> subprocess.Popen[str]:
    """A window on `folder` that tells when it is brought to the front; it is up."""
    process = subprocess.Popen(
        [sys.executable, "-c", WATCHED_RUN.format(folder=str(folder))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _until((folder / "studiolo.lock").exists)
    return process


def test_a_second_start_raises_the_first_and_ends_quietly(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = _first(folder)
    try:
        second = _second(folder)
        assert (second.returncode, second.stdout, second.stderr) == (0, "", "")
        assert first.stdout is not None
        assert first.stdout.readline() == "to the front\n"
        assert first.poll() is None
    finally:
        first.send_signal(signal.SIGINT)
        _, said = first.communicate(timeout=20)
    assert first.returncode == 0, said
    assert "Traceback" not in said


def test_another_data_folder_has_a_window_of_its_own(tmp_path: Path) -> None:
    first = _first(tmp_path / "one")
    try:
        done = subprocess.run(
            [*RUN, "--data-dir", str(tmp_path / "two"), "--exit-when-ready"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        assert "interactive_s" in done.stdout
    finally:
        first.terminate()
        told, _ = first.communicate(timeout=20)
    assert told == ""


@needs_sockets_in_folders
def test_what_a_killed_window_left_is_no_hindrance(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    killed = _first(folder)
    killed.kill()
    killed.communicate(timeout=20)
    left = Path(address(folder))
    assert stat.S_ISSOCK(left.stat().st_mode)
    again = _first(folder)  # the lock is there already: wait for the window itself
    try:
        _until(lambda: Single(folder).raise_other() is Other.RAISED)
        assert again.poll() is None
    finally:
        again.send_signal(signal.SIGINT)
        _, said = again.communicate(timeout=20)
    assert again.returncode == 0, said
    assert not left.exists()


@needs_sockets_in_folders
def test_only_the_person_can_call(single: Single, tmp_path: Path) -> None:
    assert single.listen() is Other.NONE
    mode = Path(address(tmp_path / "data")).stat().st_mode
    assert stat.S_IMODE(mode) & 0o077 == 0


def test_the_address_is_the_folder_s(tmp_path: Path) -> None:
    one, two = address(tmp_path / "one"), address(tmp_path / "two")
    assert one != two
    assert address(tmp_path / "two" / ".." / "one") == one
    assert str(tmp_path) not in one
    assert len(one) < 100  # a path to a socket has little room


@needs_sockets_in_folders
def test_a_runtime_folder_of_somebody_else_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert address(tmp_path).startswith(str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "not there"))
    assert not address(tmp_path).startswith(str(tmp_path))
    if os.geteuid() == 0:
        os.chown(tmp_path, 12345, -1)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        assert not address(tmp_path).startswith(str(tmp_path))


def _say(qtbot: QtBot, folder: Path, words: bytes) -> QLocalSocket:
    socket = QLocalSocket()
    socket.connectToServer(address(folder))
    assert socket.waitForConnected(1000)
    socket.write(words)
    socket.flush()
    qtbot.waitUntil(
        lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState, timeout=20_000
    )
    return socket


@pytest.mark.parametrize(
    ("words", "times"),
    [(RAISE, 1), (b"raise the dead", 0), (b"x" * 1_000_000, 0), (b"", 0), (b"rai", 0)],
    ids=["raise", "more", "much", "nothing", "less"],
)
def test_only_one_message_means_something(
    qtbot: QtBot, single: Single, tmp_path: Path, words: bytes, times: int
) -> None:
    heard: list[int] = []
    single.raised.connect(lambda: heard.append(1))
    assert single.listen() is Other.NONE
    _say(qtbot, tmp_path / "data", words)
    assert len(heard) == times


def test_a_window_that_does_not_answer_is_left_alone(
    single: Single, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.single._ANSWER_MS", 100)
    assert single.listen() is Other.NONE
    other = Single(tmp_path / "data")  # asks on the same thread, which cannot answer meanwhile
    assert other.listen() is Other.SILENT
    if sys.platform != "win32":
        assert Path(address(tmp_path / "data")).exists()


@pytest.mark.qt_log_ignore("does not support raise")
def test_a_minimised_window_is_seen_again(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.showMaximized()
    window.showMinimized()
    bring_to_front(window)
    qtbot.waitActive(window)
    assert not window.isMinimized()
    assert window.windowState() & Qt.WindowState.WindowMaximized


def test_of_the_module_for_networks_only_local_sockets_are_used() -> None:
    room = Path(__file__).parents[2] / "ui"
    using = {
        path.name: {name for line in lines for name in line.partition(" import ")[2].split(", ")}
        for path in room.rglob("*.py")
        if (lines := re.findall(r".*PySide6\.QtNetwork.*", path.read_text("utf-8")))
    }
    assert set(using) == {"single.py", "shell_client.py", "shell_server.py"}
    assert set.union(*using.values()) == {"QLocalServer", "QLocalSocket"}
