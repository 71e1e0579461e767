"""`studiolo paths`: what lies where, how large it is, and that looking changes nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from app.errors import DataFolderUnusable
from app.paths import Paths
from app.shell.cli import main
from app.shell.locations import builds_folder, places
from tests.unit.test_start import start


@pytest.fixture
def filled(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path / "data", tmp_path / "data" / "models")
    paths.ensure()
    paths.store.write_bytes(b"x" * 1000)
    paths.store.with_name("library.sqlite-wal").write_bytes(b"x" * 500)
    paths.models.mkdir()
    (paths.models / "a.gguf").write_bytes(b"x" * 7000)
    (paths.data / "window.ini").write_bytes(b"x" * 30)
    (paths.data / "before-restore-20260101-120000").mkdir()
    (paths.data / "before-restore-20260101-120000" / "chats.sqlite").write_bytes(b"x" * 90)
    return paths


def test_every_place_is_told_and_counted_once(filled: Paths) -> None:
    found = {place.name: place for place in places(filled)}
    assert found["library"].bytes == 1500
    assert found["models"].bytes == 7000
    assert found["kept aside"].bytes == 90
    assert found["data"].bytes == 30
    assert not found["settings"].exists
    assert found["program"].bytes > 100_000
    assert {place.kind for place in found.values()} == {"program", "yours", "downloaded", "cache"}


def test_looking_makes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data-dir", str(tmp_path / "none"), "paths"]) == 0
    told = capsys.readouterr().out
    assert str(tmp_path / "none") in told
    assert "All else stays" in told
    assert not (tmp_path / "none").exists()


def test_programs_get_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["paths", "--json", "--data-dir", str(tmp_path)]) == 0
    told = json.loads(capsys.readouterr().out)
    by_name = {place["name"]: place for place in told["places"]}
    assert by_name["data"]["path"] == str(tmp_path)
    assert told["keyring"] == "Studiolo"


def test_a_folder_that_cannot_be_used_can_still_be_looked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").write_text("no folder", encoding="utf-8")
    assert main(["paths", "--data-dir", str(tmp_path / "data")]) == 0
    assert str(tmp_path / "data") in capsys.readouterr().out


def test_builds_are_where_the_set_up_keeps_them() -> None:
    assert builds_folder() == start.cache_folder()


# Where the folders are


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account without a home: HOME is not set, and the system has no entry for it."""

    def nobody(_: object) -> None:
        raise KeyError

    for variable in ("HOME", "XDG_DATA_HOME", "STUDIOLO_DATA_DIR", "STUDIOLO_MODELS_DIR"):
        monkeypatch.delenv(variable, raising=False)
    if os.name != "nt":
        monkeypatch.setattr("pwd.getpwuid", nobody)


@pytest.mark.skipif(os.name == "nt", reason="homes as on Unix")
def test_without_a_home_what_was_given_is_enough(homeless: None, tmp_path: Path) -> None:
    assert Paths.resolve(tmp_path) == Paths(tmp_path, tmp_path / "models")
    with pytest.raises(DataFolderUnusable, match="no home folder"):
        Paths.resolve()


@pytest.mark.skipif(os.name == "nt", reason="homes as on Unix")
def test_without_a_home_models_can_be_elsewhere(
    homeless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIOLO_MODELS_DIR", str(tmp_path / "m"))
    assert Paths.resolve(tmp_path / "d") == Paths(tmp_path / "d", tmp_path / "m")


def test_a_home_of_nobody_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data-dir", "~nosuchuser/x", "status"]) == 1
    assert "no home folder to find ~nosuchuser/x" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a folder that is in use")
def test_a_relative_path_from_a_folder_that_is_gone_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert main(["--data-dir", "d", "status"]) == 1
    assert "was started in is gone" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--data-dir", str(tmp_path), "index", "docs"])
    assert "docs: the folder that you are in is gone" in capsys.readouterr().err


def test_settings_that_were_damaged_are_told_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "settings.json").write_text('{"passages": 600}', encoding="utf-8")
    for told in (True, False):
        assert main(["--data-dir", str(tmp_path), "privacy"]) == 0
        assert ("set back: Passages per answer." in capsys.readouterr().err) is told
