"""Processes that the system keeps to some files, on kernels of several ages."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.privacy import landlock, sandbox
from app.privacy.landlock import FileRules, Unsupported

pytestmark = pytest.mark.skipif(landlock.version() == 0, reason="this kernel has no Landlock")

_BEGIN = """
import os, sys
from pathlib import Path
from app.privacy import landlock
from app.privacy.landlock import FileRules
here = landlock.version()
landlock.version = lambda: min(here, AGE)
own, other = Path(OWN), Path(OTHER)
def tried(what):
    try:
        what()
    except OSError as error:
        return type(error).__name__
    return "done"
"""


def run(folder: Path, code: str, age: int = 99) -> list[str]:
    """Runs code in a process of its own; returns the words that it prints."""
    own, other = folder / "own", folder / "other"
    for place in (own / "inner", other):
        place.mkdir(parents=True, exist_ok=True)
    (other / "theirs").write_text("a letter")
    begin = f"AGE, OWN, OTHER = {age}, {str(own)!r}, {str(other)!r}\n" + _BEGIN
    done = subprocess.run([sys.executable, "-c", begin + code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("age", [1, 2, 3, 4, 5, 6, 99])
def test_only_own_folders_are_written_to(tmp_path: Path, age: int) -> None:
    code = """
landlock.keep_to_files(FileRules((own,)))
print(tried(lambda: (own / "x").write_text("mine")))
print(tried(lambda: (own / "x").rename(own / "y")))
print(tried(lambda: (own / "y").unlink()))
print(tried(lambda: (own / "more").mkdir()))
print(tried(lambda: open(os.devnull, "w").close()))
print(tried((other / "theirs").read_text))
print(tried(lambda: (other / "new").touch()))
print(tried((other / "theirs").unlink))
print(tried(lambda: (other / "theirs").open("a").close()))
print(tried(lambda: (own / "pipe") and os.mkfifo(own / "pipe")))
"""
    assert run(tmp_path, code, age) == ["done"] * 6 + ["PermissionError"] * 4
    assert (tmp_path / "other" / "theirs").read_text() == "a letter"


@pytest.mark.parametrize(("age", "said"), [(1, "OSError"), (2, "done"), (99, "done")])
def test_files_move_between_own_folders_since_linux_5_19(
    tmp_path: Path, age: int, said: str
) -> None:
    code = """
landlock.keep_to_files(FileRules((own,)))
(own / "x").write_text("mine")
print(tried(lambda: (own / "x").rename(own / "inner" / "x")))
"""
    assert run(tmp_path, code, age) == [said]


def test_only_what_is_readable_is_read(tmp_path: Path) -> None:
    code = """
from app.privacy.sandbox import program_files
(own / "x").write_text("mine")
landlock.keep_to_files(FileRules(readable=(*program_files(), own)))
print(tried((own / "x").read_text), tried((other / "theirs").read_text))
print(tried(lambda: list(other.iterdir())), tried(lambda: (own / "x").write_text("")))
import wave  # from the library, not loaded before
print((other / "theirs").stat().st_size)
"""
    refused = "PermissionError"
    assert run(tmp_path, code) == ["done", refused, refused, refused, "8"]


def test_with_other_threads_nothing_is_confined_rather_than_half_of_it(tmp_path: Path) -> None:
    code = """
import threading
end = threading.Event()
thread = threading.Thread(target=end.wait); thread.start()
try:
    landlock.keep_to_files(FileRules((own,)))
except landlock.Unsupported as error:
    print(str(error).split(",")[0].replace(" ", "-"))
end.set(); thread.join()
print(tried(lambda: (other / "new").touch()))
landlock.keep_to_files(FileRules((own,)))
print(tried(lambda: (other / "newer").touch()))
"""
    said = ["other-threads-are-running", "done", "PermissionError"]
    assert run(tmp_path, code) == said


def test_a_single_file_can_be_writable(tmp_path: Path) -> None:
    code = """
landlock.keep_to_files(FileRules((other / "theirs", other / "not-there")))
print(tried(lambda: (other / "theirs").write_text("changed")))
print(tried((other / "theirs").unlink), tried(lambda: (other / "new").touch()))
"""
    assert run(tmp_path, code) == ["done", "PermissionError", "PermissionError"]


def test_what_it_starts_is_confined_and_nobody_else_is_reached(tmp_path: Path) -> None:
    code = """
import subprocess
landlock.keep_to_files(FileRules((own,)))
child = "import sys; open(sys.argv[1], 'a')"
print(subprocess.run([sys.executable, "-c", child, other / "theirs"], stderr=-3).returncode)
print(tried(lambda: os.readlink(f"/proc/{os.getppid()}/exe")))
own_child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1)
print(tried(lambda: os.readlink(f"/proc/{own_child.pid}/exe")))
own_child.communicate(b"x")
"""
    assert run(tmp_path, code) == ["1", "PermissionError", "done"]


def test_a_process_kept_to_itself_does_all_else(tmp_path: Path) -> None:
    code = """
landlock.keep_to_itself()
print(tried(lambda: (own / "x").write_text("mine")))
print(tried(lambda: (own / "x").rename(other / "x")), tried(lambda: os.mkfifo(own / "pipe")))
print(tried(lambda: os.link(other / "x", own / "linked")))
print(tried(lambda: os.readlink(f"/proc/{os.getppid()}/exe")))
"""
    assert run(tmp_path, code) == ["done"] * 4 + ["PermissionError"]


@pytest.mark.parametrize("age", [0, 1])
def test_on_older_kernels_a_process_is_not_kept_to_itself(
    monkeypatch: pytest.MonkeyPatch, age: int
) -> None:
    """Files could not be moved between folders otherwise."""
    monkeypatch.setattr(landlock, "version", lambda: age)
    with pytest.raises(Unsupported):
        landlock.keep_to_itself()
    sandbox._confine_to_itself()  # goes on without


def test_a_kernel_without_it_confines_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 0)
    with pytest.raises(Unsupported, match="no Landlock"):
        landlock.keep_to_files(FileRules())
    sandbox.confine_files(FileRules())  # goes on without
    assert not sandbox.workers_are_kept_apart()


def test_nothing_of_the_person_is_among_the_program_s_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever the program is started from."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), "", *sys.path])
    for path in sandbox.program_files():
        assert not tmp_path.is_relative_to(path), path
        assert not Path.home().is_relative_to(path), path


def test_a_frozen_program_may_read_the_executable_that_holds_its_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable = tmp_path / "studiolo"
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path / "_internal"), raising=False)
    monkeypatch.setattr(sys, "executable", str(executable))
    assert {executable, tmp_path / "_internal"} <= set(sandbox.program_files())
