"""`studiolo privacy`, its log and its export, as they are printed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from app.errors import EgressNotRecorded
from app.paths import Paths
from app.privacy import selftest
from app.privacy.attempts import Attempt
from app.privacy.egress import spawn
from app.privacy.egress.record import Begun, EgressRecord, Over
from app.settings.store import SettingsStore
from app.shell import privacy_commands
from app.shell.console import Console

BEGUN = Begun("2026-11-25T18:00:00.000+00:00", "a" * 32, "escalate", "api.example.org", 120, "5e1f")
OVER = Over("2026-11-25T18:00:09.000+00:00", "a" * 32, "done", 200, 4321)


@pytest.fixture
def record(paths: Paths) -> EgressRecord:
    made = EgressRecord(paths.egress)
    made.begin(BEGUN)
    made.end(OVER)
    made.attempt(Attempt("infer", "socket.connect"))
    return made


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_nothing_has_left_at_first(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    nothing = argparse.Namespace()
    assert privacy_commands.log(nothing, paths, Console(as_json=False)) == 0
    assert said(capsys) == "Studiolo has sent nothing, and no refused attempt is on record.\n"
    assert privacy_commands.state(nothing, paths, Console(as_json=False)) == 0
    words = said(capsys)
    assert "this system does not block it for native code" in words  # the tests are not sealed
    assert "0 requests, 0 refused attempts" in words
    assert "no provider" in words


def test_who_may_be_asked_is_shown(paths: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    provider = {"name": "Mine", "base_url": "https://api.example.org:8443/v1", "model": "large"}
    settings = SettingsStore(paths.settings)
    for allowed, hosts in ((False, []), (True, ["api.example.org:8443"])):
        settings.change(cloud_enabled=allowed, cloud_providers=(provider,))
        privacy_commands.state(argparse.Namespace(), paths, Console(as_json=True))
        assert json.loads(said(capsys))["outside"] == hosts


def test_what_has_left_is_shown(
    record: EgressRecord, paths: Paths, capsys: pytest.CaptureFixture[str]
) -> None:
    assert record.path.is_file()
    privacy_commands.log(argparse.Namespace(), paths, Console(as_json=False))
    sent, refused = said(capsys).splitlines()
    assert "api.example.org, sent 120 bytes (SHA-256 5e1f): done 200, received 4321 bytes" in sent
    assert refused.endswith("refused   infer: socket.connect")
    privacy_commands.state(argparse.Namespace(), paths, Console(as_json=True))
    state = json.loads(said(capsys))
    assert (state["tickets"], state["refused"], state["proxy"]) == (1, 1, "")


def test_the_record_is_exported(
    record: EgressRecord, paths: Paths, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = argparse.Namespace(file=tmp_path / "record.json")
    privacy_commands.export(options, paths, Console(as_json=True))
    assert json.loads(said(capsys)) == {"file": str(options.file), "tickets": 1}
    assert json.loads(options.file.read_text())["entries"][0]["outcome"] == "done"
    options.file = record.path.parent / "no" / "folder"
    with pytest.raises(EgressNotRecorded, match="could not be written"):
        privacy_commands.export(options, paths, Console(as_json=False))


@pytest.mark.parametrize(
    "arguments",
    [[], ["ask", "x"], ["--egress"], ["--egress", "os"], ["--egress", spawn.HELPER, "x"]],
)
def test_only_its_own_parts_are_run_by_a_frozen_program(arguments: list[str]) -> None:
    assert not spawn.run_frozen(arguments)


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.frozen", True, raising=False)
    monkeypatch.setattr("sys.executable", "/opt/studiolo/studiolo")
    assert spawn.command(spawn.LAUNCHER) == [
        "/opt/studiolo/studiolo",
        "--egress",
        "app.privacy.egress.launcher",
    ]


@pytest.mark.parametrize(
    ("proven", "arrived", "promised", "said"),
    [
        (True, 0, True, "No attempt got out."),
        (True, 12, True, "An attempt got out, or could not be made."),
        (False, 0, True, "An attempt got out, or could not be made."),
        # As on Windows, where nothing keeps native code in.
        (True, 12, False, "Native code got out, as it may on this system. Nothing else did."),
    ],
)
def test_the_last_word_on_a_check_is_true(
    proven: bool, arrived: int, promised: bool, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "_system_refuses", lambda: promised)
    report = selftest.SelfTestReport((), proven, arrived, False, 1.0)
    assert privacy_commands.verdict(report) == said
