"""`start.py`: a set-up that moved, grew old, or whose Python was exchanged is mended."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
assert _spec is not None
assert _spec.loader is not None
start = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(start)

unix = pytest.mark.skipif(os.name == "nt", reason="links and scripts as on Unix")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for an environment, in which nothing is yet."""
    _use(tmp_path / "program", monkeypatch)
    return tmp_path / "program"


def _use(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venv = root / ".venv"
    (venv / "bin").mkdir(parents=True, exist_ok=True)
    for name, path in (
        ("ROOT", root),
        ("VENV", venv),
        ("PYTHON", venv / "bin" / "python"),
        ("PLACE", venv / "studiolo.place"),
        ("LLAMA", venv / "studiolo.llama"),
    ):
        monkeypatch.setattr(start, name, path)


@unix
def test_a_folder_that_was_moved_is_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start.PYTHON.symlink_to(sys.executable)
    before = start.place()
    assert start.place() == before
    moved = folder.with_name("moved – ü")
    folder.rename(moved)
    _use(moved, monkeypatch)
    assert start.place() != before


@unix
def test_a_python_that_was_exchanged_is_seen(folder: Path, tmp_path: Path) -> None:
    python = tmp_path / "python3"
    python.write_bytes(b"old")
    start.PYTHON.symlink_to(python)
    before = start.place()
    python.write_bytes(b"newer")
    assert start.place() != before
    python.unlink()
    assert start.place() == f"{start.VENV}\n"


@unix
def test_an_environment_whose_python_is_gone_is_made_anew(folder: Path) -> None:
    start.PYTHON.symlink_to(folder / "gone")
    (start.VENV / "studiolo.stamp").write_text("done", encoding="utf-8")
    start.mend_environment()
    assert not (start.VENV / "studiolo.stamp").exists()
    assert not start.PLACE.exists()


@unix
def test_an_environment_of_another_minor_version_is_made_anew(folder: Path) -> None:
    """Python was updated below it: what was installed lies where the new one does not look."""
    start.PYTHON.write_text(f"#!/bin/sh\nexec '{sys.executable}' -S -I \"$@\"\n", encoding="utf-8")
    start.PYTHON.chmod(0o755)
    assert not start.is_usable()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("home = /usr/bin\nversion = 3.12.1\n", (3, 12)),
        ("version_info = 3.13.0.final.0\nversion = 3.13.0\n", (3, 13)),
        ("version = x\n", sys.version_info[:2]),
        ("", sys.version_info[:2]),
    ],
)
def test_packages_are_those_for_the_python_of_the_environment(
    folder: Path, text: str, version: tuple[int, int]
) -> None:
    """Also when this file is started with another Python."""
    (start.VENV / "pyvenv.cfg").write_text(text, encoding="utf-8")
    assert start.python_version() == version


def test_without_a_home_builds_stay_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(variable, raising=False)
    assert start.cache_folder() == start.VENV / "cache"


@unix
def test_no_place_for_models_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STUDIOLO_MODELS_DIR", raising=False)
    start.PYTHON.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    start.PYTHON.chmod(0o755)
    with pytest.raises(start.SetupError, match="STUDIOLO_MODELS_DIR"):
        start.models_folder()


@unix
@pytest.mark.slow
@pytest.mark.parametrize("name", ["moved", "My Apps – ü"])
def test_a_whole_set_up_that_was_moved_works_again(tmp_path: Path, name: str) -> None:
    """With the real environment, by hard links; the old place is gone as far as it knows."""
    if shutil.which("cp") is None or not (ROOT / ".venv").is_dir():
        pytest.skip("needs the environment of this folder")
    before = (ROOT / ".venv" / "pyvenv.cfg").read_bytes()
    here, moved = tmp_path / "here", tmp_path / name
    here.mkdir()
    for part in ("app", "models", "rag", "ui", "requirements", "installers"):
        shutil.copytree(ROOT / part, here / part)
    for file in ("start.py", "pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / file, here / file)
    copied = subprocess.run(["cp", "-al", ROOT / ".venv", here / ".venv"], check=False)
    if copied.returncode != 0:  # another disk
        subprocess.run(["cp", "-a", ROOT / ".venv", here / ".venv"], check=True)
    for place in (here / ".venv", here / ".venv" / "bin"):  # what set-up writes is no link
        for entry in place.iterdir():
            if entry.is_file() and not entry.is_symlink():
                content, mode = entry.read_bytes(), entry.stat().st_mode
                entry.unlink()
                entry.write_bytes(content.replace(os.fsencode(ROOT), os.fsencode(here)))
                entry.chmod(mode)
    _set_up(here)
    here.rename(moved)
    assert not _works(moved), "otherwise this shows nothing"
    _set_up(moved)
    assert _works(moved)
    assert (ROOT / ".venv" / "pyvenv.cfg").read_bytes() == before


def _set_up(root: Path) -> None:
    """Mends the environment as `start.py` does, without the network or models."""
    code = (
        "import start; (start.VENV / 'studiolo.stamp').write_text(start.fingerprint())\n"
        "start.read(start.PLACE) == start.place() or start.mend_environment()\n"
        "assert start.read(start.PLACE) == start.place()\n"
        "assert (start.VENV / 'studiolo.stamp').exists()\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True, timeout=170)


def _works(root: Path) -> bool:
    script = root / ".venv" / "bin" / "studiolo"
    try:
        done = subprocess.run([script, "paths"], capture_output=True, text=True, check=False)
    except OSError:
        return False  # its first line names a Python that is not there
    return done.returncode == 0 and str(root) in done.stdout


@pytest.mark.parametrize(("cores", "processes"), [(1, ()), (2, ("-n", "2")), (64, ("-n", "4"))])
def test_tests_run_on_several_cores(
    monkeypatch: pytest.MonkeyPatch, cores: int, processes: tuple[str, ...]
) -> None:
    monkeypatch.setattr(start, "LINUX", False)
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert tuple(start.in_parallel())[:2] == processes


@pytest.mark.parametrize(
    ("failed_tests", "status_alone", "status", "is_run_again"),
    [
        (["tests/a.py::test_a[x y]"], 0, 0, True),
        (["tests/a.py::test_a"], 1, 1, True),
        ([f"tests/a.py::test_{n}" for n in range(4)], 0, 1, False),
        (None, 0, 1, False),
    ],
)
def test_a_few_failed_tests_are_run_once_more_alone(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failed_tests: list[str] | None,
    status_alone: int,
    status: int,
    is_run_again: bool,
) -> None:
    runs: list[tuple[str, ...]] = []
    cache = folder / ".pytest_cache" / "v" / "cache"
    cache.mkdir(parents=True)
    if failed_tests is not None:
        record = json.dumps(dict.fromkeys(failed_tests, True))
        (cache / "lastfailed").write_text(record, encoding="utf-8")

    def run(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        arguments = tuple(command[1:])
        if Path(command[0]).name == "pytest":
            runs.append(arguments)
            return subprocess.CompletedProcess(command, 1 if "-n" in arguments else status_alone)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(start, "in_parallel", lambda: ("-n", "2"))
    monkeypatch.setattr(start.subprocess, "run", run)
    assert start.run_checks(()) == status
    assert (runs[1:] == [tuple(failed_tests or ())]) == is_run_again
    is_told = "Failed beside others, passed alone" in capsys.readouterr().err
    assert is_told == (is_run_again and status == 0)


def test_chosen_tests_that_fail_are_not_run_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[list[str]] = []

    def run(command: list[str], **_options: object) -> subprocess.CompletedProcess[str]:
        runs.append(command)
        return subprocess.CompletedProcess(command, 1 if Path(command[0]).name == "pytest" else 0)

    monkeypatch.setattr(start.subprocess, "run", run)
    assert start.run_checks(["tests/unit"]) == 1
    assert sum(Path(command[0]).name == "pytest" for command in runs) == 1
