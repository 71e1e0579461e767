"""A whole life of the program, with a careless umask and a folder that is open to all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import MODELS, TINY_CHAT_MODEL

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX"),
    pytest.mark.slow,
]


def run(data: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ui.main", "--data-dir", str(data), *arguments],
        capture_output=True,
        text=True,
        check=False,
        umask=0,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "STUDIOLO_MODELS_DIR": str(MODELS)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_no_file_that_it_makes_can_be_read_by_others(tmp_path: Path, examples: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    data.chmod(0o777)
    out.mkdir()
    run(data, "index", str(examples / "home"))
    run(data, "ask", "How many months of notice end the lease?", "--model", TINY_CHAT_MODEL)
    run(data, "--exit-when-ready")  # the window
    run(data, "backup", str(out / "backup.zip"))
    run(data, "restore", str(out / "backup.zip"))
    run(data, "privacy", "export", str(out / "export.json"))
    (data / "settings.json").write_text("{")
    (data / "settings.json").chmod(0o666)
    said = run(data, "status")
    run(data, "doctor", "--repair")
    assert "Other people" not in said
    made = [data, *data.rglob("*"), *out.iterdir()]
    assert {path.name for path in made} >= {
        *("library.sqlite", "chats.sqlite", "window.ini", "marker.key", "vectors", "index.log"),
        *("backup.zip", "export.json", "settings.unreadable.json"),
    }
    open_to_others = [str(path) for path in made if stat.S_IMODE(path.lstat().st_mode) & 0o077]
    assert open_to_others == []


def test_an_export_takes_the_place_of_no_other_file(tmp_path: Path) -> None:
    target = tmp_path / "mine.json"
    run(tmp_path / "data", "privacy", "export", str(target))
    run(tmp_path / "data", "privacy", "export", str(target))
    target.write_text('{"mine": 1}')
    with pytest.raises(AssertionError, match="is not an exported record of Studiolo"):
        run(tmp_path / "data", "privacy", "export", str(target))
    assert target.read_text() == '{"mine": 1}'
