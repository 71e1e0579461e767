"""A real keyring of a test's own, as a fixture."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

_PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")


@pytest.fixture
def secret_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A session bus and GNOME Keyring of this test's own, unlocked."""
    if not all(shutil.which(program) for program in _PROGRAMS):
        pytest.skip("needs dbus-daemon and gnome-keyring-daemon")
    run = tmp_path / "run"
    run.mkdir(mode=0o700)
    for name, value in {
        "HOME": tmp_path,
        "XDG_DATA_HOME": tmp_path,
        "XDG_RUNTIME_DIR": run,
    }.items():
        monkeypatch.setenv(name, str(value))
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert bus.stdout is not None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.stdout.readline().strip())
    keeper = subprocess.Popen(
        ["gnome-keyring-daemon", "--unlock", "--foreground", "--components=secrets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    keeper.stdin.write("password")
    keeper.stdin.close()
    keeper.stdout.readline()  # it says where it is once it is ready
    yield
    for process in (keeper, bus):
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
