"""Shell commands while the window is open, and beside each other: real processes, real sockets."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtNetwork import QLocalSocket

from app import __version__
from app.shell.instance import address
from app.shell.link import GREETING, Command, Ended, Said, Stop, ToShell, ToShellReader, frame
from tests.conftest import MODELS, TINY_CHAT_MODEL

ROOT = Path(__file__).parents[2]
HOME = ROOT / "examples" / "home"
QUESTION = "How many months' notice must be given to end the lease?"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent")


def _start(folder: Path, *arguments: str, cwd: Path = ROOT) -> subprocess.Popen[str]:
    places = {"STUDIOLO_DATA_DIR": str(folder), "STUDIOLO_MODELS_DIR": str(MODELS)}
    return subprocess.Popen(
        [sys.executable, "-m", "ui.main", *arguments],
        env={**os.environ, **places, "PYTHONPATH": str(ROOT)},
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _end(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, said = process.communicate(timeout=120)
    assert "Traceback" not in said
    return subprocess.CompletedProcess(process.args, process.returncode, out, said)


def _studiolo(folder: Path, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return _end(_start(folder, *arguments, cwd=cwd))


def _json(folder: Path, *arguments: str) -> Any:
    done = _studiolo(folder, "--json", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def _until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a few documents and the smallest model."""
    folder = tmp_path_factory.mktemp("beside") / "data"
    folder.mkdir()
    settings = {"version": 1, "model": TINY_CHAT_MODEL, "passages": 2, "answer_tokens": 64}
    (folder / "settings.json").write_text(json.dumps(settings))
    done = _studiolo(folder, "index", str(HOME))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def alone(library: Path) -> dict[str, Any]:
    """What commands say of the library while no window is open."""
    return {
        "status": _json(library, "status"),
        "search": _json(library, "search", "rent", "-k", "3")["hits"],
        "ask": _json(library, "ask", QUESTION),
    }


@pytest.fixture(scope="module")
def window(library: Path, alone: dict[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """An open window on the library."""
    assert alone
    process = _start(library)
    _until(Path(address(library)).exists)
    yield process
    process.send_signal(signal.SIGINT)
    assert _end(process).returncode == 0


class TestBesideTheWindow:
    def test_status_and_search_say_the_same(
        self, library: Path, alone: dict[str, Any], window: subprocess.Popen[str]
    ) -> None:
        _until(lambda: _json(library, "status") == alone["status"])  # it looks for changes first
        hits = _json(library, "search", "rent", "-k", "3")["hits"]
        assert [hit["text"] for hit in hits] == [hit["text"] for hit in alone["search"]]
        assert window.poll() is None

    def test_the_answer_is_the_same(
        self, library: Path, alone: dict[str, Any], window: subprocess.Popen[str]
    ) -> None:
        answer = _json(library, "ask", QUESTION)
        assert answer["answer"] == alone["ask"]["answer"]
        assert answer["citations"] == alone["ask"]["citations"]
        told = _studiolo(library, "ask", QUESTION)
        assert told.returncode == 0
        assert "Reading " in told.stderr
        assert window.poll() is None

    def test_another_model_answers_if_it_is_asked_for(
        self, library: Path, window: subprocess.Popen[str]
    ) -> None:
        refused = _studiolo(library, "ask", QUESTION, "--model", "none-such", "--json")
        assert refused.returncode == 1
        assert "none-such" in json.loads(refused.stdout)["error"]["message"]
        assert window.poll() is None

    def test_files_that_are_added_are_in_the_window_too(
        self, library: Path, window: subprocess.Popen[str], tmp_path: Path
    ) -> None:
        assert window.poll() is None
        note = tmp_path / "notes" / "boat – gr\u00fcn.txt"
        note.parent.mkdir()
        note.write_text("The boat is moored at jetty 14.")
        before = _json(library, "status")["files"]
        report = _studiolo(library, "index", "notes", "--json", cwd=tmp_path)  # a relative path
        assert report.returncode == 0, report.stderr
        assert json.loads(report.stdout)["added"] == 1
        assert _json(library, "status")["files"] == before + 1
        removed = _studiolo(library, "remove", "notes", cwd=tmp_path)
        assert removed.returncode == 0, removed.stderr
        assert _json(library, "status")["files"] == before

    def test_a_backup_is_made_where_the_shell_stands(
        self, library: Path, window: subprocess.Popen[str], tmp_path: Path
    ) -> None:
        assert window.poll() is None
        done = _studiolo(library, "backup", "mine.zip", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "mine.zip").stat().st_size > 1000
        (tmp_path / "letter.txt").write_text("Dear landlord")
        refused = _studiolo(library, "backup", "letter.txt", cwd=tmp_path)
        assert refused.returncode == 1
        assert "letter.txt" in refused.stderr
        assert (tmp_path / "letter.txt").read_text() == "Dear landlord"

    def test_a_file_of_questions(
        self, library: Path, window: subprocess.Popen[str], tmp_path: Path
    ) -> None:
        assert window.poll() is None
        questions = tmp_path / "questions.jsonl"
        questions.write_text(
            '{"id": 1, "question": "rent"}\nnonsense\n{"id": 3, "question": "x"}\n'
        )
        done = _studiolo(library, "search", "--batch", str(questions), "--json")
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert [line.get("id") for line in lines] == [1, None, 3]
        assert done.returncode == 1

    def test_doctor_examines_the_library_that_is_open(
        self, library: Path, window: subprocess.Popen[str]
    ) -> None:
        report = json.loads(_studiolo(library, "doctor", "--json").stdout)
        checks = {check["name"]: check for check in report["checks"]}
        for name in ("library file", "chats file", "library", "vector index"):
            assert checks[name]["ok"], checks[name]
        refused = _studiolo(library, "doctor", "--repair")
        assert refused.returncode == 1
        assert "Close it" in refused.stderr
        assert window.poll() is None

    def test_two_shells_at_once_are_both_served(
        self, library: Path, window: subprocess.Popen[str]
    ) -> None:
        assert window.poll() is None
        both = [_start(library, "search", word, "--json") for word in ("rent", "deposit", "notice")]
        for process in both:
            done = _end(process)
            assert done.returncode == 0, done.stderr
            assert json.loads(done.stdout)["hits"]

    def test_ctrl_c_stops_the_command_and_not_the_window(
        self, library: Path, window: subprocess.Popen[str]
    ) -> None:
        process = _start(library, "ask", QUESTION)
        assert process.stderr is not None
        assert process.stderr.readline()  # it is being answered
        process.send_signal(signal.SIGINT)
        assert _end(process).returncode in (130, 0)  # it may have been quicker
        assert window.poll() is None

    def test_wrong_usage_is_told_by_the_shell_itself(
        self, library: Path, window: subprocess.Popen[str]
    ) -> None:
        done = _studiolo(library, "search", "rent", "-k", "0")
        assert done.returncode == 2
        assert "must be from 1 to 100" in done.stderr
        assert window.poll() is None


class _Shell:
    """Somebody who speaks to the window's socket as they like."""

    def __init__(self, folder: Path) -> None:
        self._socket = QLocalSocket()
        self._socket.connectToServer(address(folder))
        assert self._socket.waitForConnected(5000)

    def say(self, data: bytes) -> None:
        self._socket.write(data)
        self._socket.flush()

    def hear_all(self) -> list[ToShell]:
        """What the window says until it hangs up."""
        reader = ToShellReader()
        heard: list[ToShell] = []
        deadline = time.monotonic() + 20
        while self._socket.state() is QLocalSocket.LocalSocketState.ConnectedState:
            assert time.monotonic() < deadline
            self._socket.waitForReadyRead(50)
            heard += reader.feed(bytes(self._socket.readAll().data()))
        return heard + list(reader.feed(bytes(self._socket.readAll().data())))


class TestAtTheSocket:
    @pytest.mark.parametrize(
        "said",
        [
            b"shell",  # and nothing more
            b"sheep",
            b"raise!",
            GREETING + b"\xff\xff\xff\xff",
            GREETING + b"\x00\x00\x00\x03abc",
            GREETING + frame(Said("Print this.")),
            GREETING + frame(Stop()),
        ],
    )
    def test_what_is_no_command_is_hung_up_on(
        self, library: Path, window: subprocess.Popen[str], said: bytes
    ) -> None:
        shell = _Shell(library)
        shell.say(said)
        assert shell.hear_all() == []
        assert window.poll() is None

    @pytest.mark.parametrize(
        "arguments",
        [
            ("restore", "x.zip"),
            ("models", "get", "starter"),
            ("doctor", "--repair"),
            ("privacy", "check"),
            ("no-such-word",),
            (),
        ],
    )
    def test_nothing_is_run_that_does_not_need_the_library(
        self, library: Path, window: subprocess.Popen[str], arguments: tuple[str, ...]
    ) -> None:
        shell = _Shell(library)
        words = tuple(argument.encode() for argument in arguments)
        shell.say(GREETING + frame(Command(__version__, words, b"/", terminal=False)))
        *_, last = shell.hear_all()
        assert isinstance(last, Ended)
        assert last.status
        assert window.poll() is None

    def test_another_version_is_refused_in_words(
        self, library: Path, window: subprocess.Popen[str]
    ) -> None:
        shell = _Shell(library)
        shell.say(GREETING + frame(Command("0.0", (b"status",), b"/", terminal=False)))
        said, ended = shell.hear_all()
        assert isinstance(said, Said)
        assert "another version" in said.text
        assert ended == Ended(1)
        assert window.poll() is None

    def test_a_shell_that_goes_away_stops_its_command(
        self, library: Path, window: subprocess.Popen[str]
    ) -> None:
        shell = _Shell(library)
        words = (b"ask", QUESTION.encode())
        shell.say(GREETING + frame(Command(__version__, words, b"/", terminal=False)))
        del shell
        assert _json(library, "ask", QUESTION)["answer"]  # its turn comes
        assert window.poll() is None


def test_two_shells_without_a_window_take_turns(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = _start(folder, "index", str(HOME), "--json")
    _until((folder / "studiolo.lock").exists)
    second = _start(folder, "status", "--json")
    status = _end(second)
    assert _end(first).returncode == 0
    assert status.returncode == 0, status.stderr
    assert "waiting for its end" in status.stderr
    assert json.loads(status.stdout)["files"] == sum(1 for f in HOME.rglob("*") if f.is_file())


def test_a_window_that_closes_meanwhile_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    window = _start(folder)
    _until(Path(address(folder)).exists)
    shell = _Shell(folder)
    shell.say(GREETING)
    window.kill()
    window.communicate(timeout=20)
    assert shell.hear_all() == []
    # What the killed one left behind keeps nobody out.
    assert _json(folder, "status")["files"] == 0


def test_a_command_whose_window_is_killed_says_so(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    papers = tmp_path / "papers"
    papers.mkdir()
    for number in range(60):
        text = "\n\n".join(f"Paragraph {line} of {number}." * 20 for line in range(40))
        (papers / f"{number}.md").write_text(text)
    window = _start(folder)
    _until(Path(address(folder)).exists)
    _until(lambda: _json(folder, "status")["files"] == 0)
    shell = _start(folder, "--json", "index", str(papers))
    _until(lambda: bool(_json(folder, "status")["roots"]))  # it is at work in the window
    window.kill()
    window.communicate(timeout=20)
    done = _end(shell)
    assert done.returncode == 1
    assert (
        "window closed before the command finished" in json.loads(done.stdout)["error"]["message"]
    )
    assert "Close the window" not in done.stdout + done.stderr


def test_a_window_that_opens_beside_a_working_shell_waits_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shell = _start(folder, "index", str(HOME), "--json")
    _until((folder / "studiolo.lock").exists)
    window = _start(folder)
    try:
        _until(Path(address(folder)).exists)
        os.kill(shell.pid, signal.SIGSTOP)  # so that it is not done before the next one asks
        third = _start(folder, "--json", "status")
        assert third.stderr is not None
        assert "waiting for its end" in third.stderr.readline()
        os.kill(shell.pid, signal.SIGCONT)
        assert _end(shell).returncode == 0
        asked = _end(third)
        assert asked.returncode == 0, asked.stdout
        assert json.loads(asked.stdout)["files"] == 9
        _until(lambda: _json(folder, "status")["files"] == 9)
        assert window.poll() is None
    finally:
        window.send_signal(signal.SIGINT)
        assert _end(window).returncode == 0
