"""What the Windows executables run first: with stand-ins for what only Windows has."""

from __future__ import annotations

import multiprocessing
import multiprocessing.spawn
import os
import runpy
import sys
from pathlib import Path

import pytest

import ui.main

START = Path(__file__).resolve().parents[3] / "installers" / "windows" / "start.py"


@pytest.mark.parametrize(
    ("program", "interpreter"),
    [("studiolo.exe", "python.exe"), ("studiolo-window.exe", "pythonw.exe")],
)
def test_processes_get_an_interpreter_with_a_console_only_where_there_is_one(
    program: str, interpreter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders: list[str] = []
    before = multiprocessing.spawn.get_executable()
    monkeypatch.setattr(os, "add_dll_directory", folders.append, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / program))
    monkeypatch.setattr(sys, "_base_executable", str(tmp_path / program))
    monkeypatch.setattr(ui.main, "main", lambda: 7)
    try:
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(START), run_name="__main__")
        spawned = os.fsdecode(multiprocessing.spawn.get_executable())
    finally:
        multiprocessing.set_executable(before)
    expected = str(START.parent / interpreter)
    assert ended.value.code == 7
    assert folders == [str(START.parent)]
    assert [spawned, sys.executable, getattr(sys, "_base_executable")] == [expected] * 3  # noqa: B009
