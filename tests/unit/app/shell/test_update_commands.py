"""`studiolo update check` names the later version, and says so when it knows nobody to ask."""

from __future__ import annotations

import json
from argparse import Namespace
from dataclasses import dataclass

import pytest

from app import services
from app.errors import NoUpdatePlace
from app.paths import Paths
from app.privacy.egress.fakes import FakeGate
from app.settings.store import SettingsStore
from app.shell import update_commands
from app.shell.cli import parse
from app.shell.console import Console
from app.updates.service import Updates
from tests.update_news import NOW, Maker, manifest


@dataclass
class _Services:
    updates: Updates

    def close(self) -> None:
        """Nothing runs."""


def _check(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, version: str = "0.1.0", *, as_json: bool = False
) -> int:
    maker = Maker()
    gate = FakeGate(news=[maker.sign(manifest())])
    settings = SettingsStore(paths.settings)
    made = Updates(gate, settings, paths.updates, maker.place, version, lambda: NOW)
    monkeypatch.setattr(services, "build_services", lambda *_, **__: _Services(made))
    return update_commands.check(Namespace(launcher=None), paths, Console(as_json=as_json))


def test_a_later_version_is_named(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _check(paths, monkeypatch) == 0
    shown = capsys.readouterr().out
    assert "Studiolo 9.1.0 is there; this is 0.1.0." in shown
    assert "Scans are read twice as fast." in shown
    assert "https://studiolo.example/9.1" in shown


def test_programs_get_it_as_json(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _check(paths, monkeypatch, as_json=True) == 0
    assert json.loads(capsys.readouterr().out) == {
        "version": "0.1.0",
        "newest": "9.1.0",
        "news": ["Scans are read twice as fast."],
        "page": "https://studiolo.example/9.1",
    }


def test_the_newest_version_says_so(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _check(paths, monkeypatch, "9.1.0") == 0
    assert capsys.readouterr().out == "Studiolo 9.1.0 is the newest version.\n"


def test_this_copy_says_that_it_knows_nobody_to_ask(paths: Paths) -> None:
    options = parse(["update", "check", "--json"])
    assert options.reaches_out
    options.launcher = None
    with pytest.raises(NoUpdatePlace):
        options.command(options, paths, Console(as_json=True))
