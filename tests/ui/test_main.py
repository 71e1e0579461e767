"""The `studiolo` command: window or shell, start and end, and what goes wrong between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ui.main import WindowOptions, window_options

RUN = [sys.executable, "-m", "ui.main"]


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], WindowOptions()),
        (["--data-dir", "x"], WindowOptions("x")),
        (["--data-dir=x", "--exit-when-ready"], WindowOptions("x", True)),
        (["--exit-when-ready"], WindowOptions(None, True)),
        (["--data-dir", "x", "open", "/a b", "/é"], WindowOptions("x", to_add=("/a b", "/é"))),
        (["open"], WindowOptions()),
        (["--data-dir"], None),
        (["status"], None),
        (["--data-dir", "x", "status"], None),
        (["--help"], None),
    ],
)
def test_which_command_lines_are_for_the_window(
    arguments: list[str], options: WindowOptions | None
) -> None:
    assert window_options(arguments) == options


def test_the_shell_command_does_not_load_qt(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom ui.main import main\n"
        f"status = main(['--data-dir', {str(tmp_path)!r}, 'models', 'list'])\n"
        "assert not [n for n in sys.modules if n.startswith('PySide6')]\n"
        "sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_without_a_screen_it_says_what_to_do_instead(tmp_path: Path) -> None:
    done = _run("--data-dir", str(tmp_path), QT_QPA_PLATFORM="", DISPLAY="", WAYLAND_DISPLAY="")
    assert done.returncode == 1
    assert "studiolo ask" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("settings.json", '{"version": 99}', "a later version of Studiolo"),
        ("", "", "cannot be used"),
    ],
)
def test_a_data_folder_that_cannot_be_used(
    tmp_path: Path, name: str, content: str, words: str
) -> None:
    folder = tmp_path / "data"
    if name:
        folder.mkdir()
        (folder / name).write_text(content, encoding="utf-8")
    else:
        folder.write_text("a file where the folder should be", encoding="utf-8")
    done = _run("--data-dir", str(folder), "--exit-when-ready")
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="screens as on Linux")
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"QT_QPA_PLATFORM": "", "DISPLAY": ":59077"}, "The screen “:59077” does not answer"),
        ({"QT_QPA_PLATFORM": "nosuch"}, "no platform plugin “nosuch”"),
    ],
)
def test_a_screen_that_cannot_be_used_is_told_in_a_sentence(
    tmp_path: Path, environment: dict[str, str], words: str
) -> None:
    done = _run("--data-dir", str(tmp_path / "data"), **{"WAYLAND_DISPLAY": "", **environment})
    assert done.returncode == 1
    assert words in done.stderr
    assert "studiolo ask QUESTION" in done.stderr
    assert "qt.qpa" not in done.stderr, "Qt's own words help nobody"


@pytest.mark.parametrize("data", ["~nosuch/x", "GONE"])
def test_a_data_folder_that_cannot_be_found_is_told(tmp_path: Path, data: str) -> None:
    program = (
        "import os, sys\nfrom ui.main import main\n"
        "if sys.argv[1] == 'GONE':\n    os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone')\n"
        "sys.exit(main(['--data-dir', sys.argv[1]]))"
    )
    if data == "GONE" and sys.platform == "win32":
        pytest.skip("Windows keeps a folder in which a program works")
    done = subprocess.run(
        [sys.executable, "-c", program, data],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 1
    assert "Give the full path" in done.stderr or "give the full path" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("missing", "command"),
    [
        ("apsw", ["status"]),
        ("msgspec", ["status"]),
        ("pydantic", ["status"]),
        ("PySide6", []),
        ("psutil", []),
    ],
)
def test_an_old_environment_is_told_in_a_sentence(
    tmp_path: Path, missing: str, command: list[str]
) -> None:
    """What a later version needs is not there: set-up was not run again."""
    program = (
        f"import sys\nsys.modules[{missing!r}] = None\nfrom ui.main import main\n"
        f"sys.exit(main(['--data-dir', {str(tmp_path)!r}, *{command!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"A library that Studiolo needs is missing: {missing}." in done.stderr
    assert "set-up again" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bug_at_the_start_is_told_too(tmp_path: Path) -> None:
    program = (
        "import sys, app.services\nfrom ui.main import main\n"
        "def broken(*_, **__): raise ZeroDivisionError('secret')\n"
        "app.services.build_services = broken\n"
        f"sys.exit(main(['--data-dir', {str(tmp_path)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Something went wrong in Studiolo." in done.stderr
    assert "secret" not in done.stderr
    assert "ZeroDivisionError" in (tmp_path / "logs" / "studiolo.log").read_text(encoding="utf-8")


def test_it_gets_ready_and_is_small(tmp_path: Path) -> None:
    done = _run("--data-dir", str(tmp_path), "--exit-when-ready")
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout)
    assert figures["rss_mb"] < 250
    assert figures["interactive_s"] > 0  # how long it may take is measured by bench.speed


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT to another process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [*RUN, "--data-dir", str(tmp_path)], stderr=subprocess.PIPE, text=True
    )
    log = tmp_path / "window.ini"
    lock = tmp_path / "studiolo.lock"
    deadline = time.monotonic() + 30
    while not lock.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert lock.exists(), "the window did not start its workers"
    process.send_signal(number)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert log.exists()


def test_the_window_process_cannot_use_the_network(tmp_path: Path) -> None:
    program = f"""
import sys
sys.argv = ["studiolo", "--data-dir", {str(tmp_path / "data")!r}, "--exit-when-ready"]
from ui.main import main
assert main() == 0
import socket
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
except PermissionError as error:
    print(type(error).__name__)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "NetworkRefused", done.stderr


OPENED_TWICE = """
from pathlib import Path
import ui.application as application
from app.paths import Paths
from app.privacy.egress.client import Launcher
from app.remedies import RepairData
from ui.single import Other, Single
from ui.starting import Again

first, second = Path({first!r}), Path({second!r})
opened = []

def ready(services, bridge, window, failure, measuring, to_add):
    opened.append((services.paths.data, services.gate.launcher.pid))
    if len(opened) == 1:
        window.remedies._leave(RepairData())
    else:
        window.quit()

def meanwhile(wish, paths):
    assert isinstance(wish, RepairData)
    with exclusive_access(paths):  # no worker, and no window, has the folder any more
        return Again(Paths(second, paths.models))

from app.data_folder.exclusive import exclusive_access
application._on_ready = ready
application.do_while_closed = meanwhile
launcher = Launcher()
launcher.start()
paths = Paths(first, first / "models")
status = application.run(paths, Single(paths.data), launcher)
assert [folder for folder, _ in opened] == [first, second], opened
assert opened[0][1] == opened[1][1] == launcher.pid is not None
assert Single(first).raise_other() is Single(second).raise_other() is Other.NONE
print("ended", status)
"""


def test_a_window_that_was_closed_for_a_repair_opens_again_with_the_same_way_out(
    tmp_path: Path,
) -> None:
    program = OPENED_TWICE.format(first=str(tmp_path / "one"), second=str(tmp_path / "two"))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "ended 0\n"


OPENED_WITH = """
import sys
from ui import application
from ui.main import main
from ui.main_window import MainWindow

def add(window, paths):
    print("added", *paths)
    window.quit()

MainWindow.add_to_library = add
sys.exit(main(["--data-dir", {data!r}, "open", {path!r}]))
"""


def test_a_file_that_is_opened_with_studiolo_goes_to_the_library(tmp_path: Path) -> None:
    path = str(tmp_path / "a letter.txt")
    program = OPENED_WITH.format(data=str(tmp_path / "data"), path=path)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"added {path}\n"
