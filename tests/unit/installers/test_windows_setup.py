"""The set-up for Windows: what its script says, and what it refuses to pack.

That it installs, upgrades and removes is tried with Wine, by `installers/try_windows.py`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app import __version__
from installers import build as installers
from installers.icons import write_ico
from installers.windows import build

SCRIPT = Path(build.HERE / "studiolo.nsi").read_text(encoding="utf-8")


@pytest.fixture
def payload(tmp_path: Path) -> Path:
    """A payload with a file in each place."""
    folder = tmp_path / "payload"
    for name in ("studiolo.exe", "studiolo-window.exe", "_internal/python313.dll"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"MZ")
    return folder


def test_the_payload_is_what_the_script_moves_and_removes(payload: Path) -> None:
    build.check_payload(payload)
    names = set(re.findall(r'^!define (?:INSIDE|COMMAND|WINDOW) "(.+)"$', SCRIPT, re.MULTILINE))
    assert names == build.INSTALLED


@pytest.mark.parametrize("name", ["shipped-models", "readme.txt"])
def test_what_the_script_would_leave_behind_is_refused(payload: Path, name: str) -> None:
    (payload / name).write_bytes(b"")
    with pytest.raises(ValueError, match=name):
        build.check_payload(payload)


def test_a_payload_without_a_window_is_refused(payload: Path) -> None:
    (payload / "studiolo-window.exe").unlink()
    with pytest.raises(ValueError, match="studiolo-window"):
        build.check_payload(payload)


def test_a_path_that_windows_may_not_write_is_refused(payload: Path) -> None:
    """Counted for the longest name of an account, in the folder that the set-up unpacks into."""
    place = f"C:\\Users\\{'n' * 20}\\AppData\\Local\\Programs\\Studiolo\\_studiolo-new\\"
    longest = payload / "_internal" / ("f" * (259 - len(place) - len("_internal/")))
    longest.write_bytes(b"")
    build.check_payload(payload)
    longest.rename(longest.with_name(longest.name + "f"))
    with pytest.raises(ValueError, match="too long"):
        build.check_payload(payload)


def test_the_window_and_the_command_and_every_worker_count_as_running() -> None:
    """The window is another executable than the command, and workers are a third."""
    hold = SCRIPT[SCRIPT.index("Hold\n") : SCRIPT.index("WaitUntilClosed\n")]
    for name in ("${COMMAND}", "${WINDOW}", "python*.exe", "python*.dll"):
        assert name in hold


def test_both_programs_wait_until_nothing_runs_before_they_touch_a_file() -> None:
    for section, waits in (("Section\n", "Call WaitUntil"), ('"un.Studiolo"', "Call un.WaitUntil")):
        text = SCRIPT[SCRIPT.index(section) :].partition("SectionEnd")[0]
        touches = re.search(r"^ *(RMDir|Delete|File|!insertmacro REPLACE)", text, re.MULTILINE)
        assert touches is not None
        assert waits in text[: touches.start()]


def test_a_file_that_cannot_be_written_ends_the_set_up() -> None:
    """By default a silent one passes over it, and a half of each version is left."""
    assert "\nAllowSkipFiles off" in SCRIPT
    assert "File /r" in SCRIPT.partition("!insertmacro REPLACE")[0].rpartition("${NEW}")[2]


def test_every_kind_of_file_that_is_offered_is_withdrawn() -> None:
    offered = re.findall(r'!insertmacro OFFER "(\w+)"', SCRIPT)
    assert offered == re.findall(r'!insertmacro WITHDRAW "(\w+)"', SCRIPT)
    assert len(offered) > 10


def test_every_sentence_is_there_in_every_language() -> None:
    said = re.findall(r"^LangString (\w+) \$\{LANG_(\w+)\} \"(.+)\"", SCRIPT, re.MULTILINE)
    languages = {language.upper() for language in re.findall(r'MUI_LANGUAGE "(\w+)"', SCRIPT)}
    for name in {name for name, _, _ in said}:
        sentences = {language: text for key, language, text in said if key == name}
        assert sentences.keys() == languages
        assert len(set(sentences.values())) == len(languages)


@pytest.mark.skipif(shutil.which("makensis") is None, reason="NSIS is not here")
def test_the_script_compiles_without_a_warning(payload: Path, tmp_path: Path) -> None:
    icon = tmp_path / "studiolo.ico"
    write_ico(icon)
    setup = tmp_path / "Studiolo-Setup.exe"
    tool, *words = build.setup_command(payload, setup, icon, version=__version__, quick=True)
    done = subprocess.run([tool, "-WX", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert setup.read_bytes()[:2] == b"MZ"


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_the_icon_is_drawn_before_what_has_it_inside(
    system: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PyInstaller is told of an icon on these systems, and ends without it."""
    seen: list[bool] = []
    name = "studiolo.ico" if system == "win32" else "studiolo.png"

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        seen.append((tmp_path / "build" / name).is_file())
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(installers, "ROOT", tmp_path)
    monkeypatch.setattr(installers, "FROZEN", tmp_path / "dist" / "studiolo")
    monkeypatch.setattr(subprocess, "run", run)
    assert installers.freeze() == 1
    assert seen == [True]
