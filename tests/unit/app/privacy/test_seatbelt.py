"""Profiles for macOS: their text, and how they are given; the system's call is stood in for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.privacy import sandbox, seatbelt, selftest
from app.privacy.escape_probes import ProbeResult
from app.privacy.landlock import FileRules
from app.privacy.profiles import SandboxProfile
from app.privacy.seatbelt import Unsupported, install, profile_text

WORKER = """\
(version 1)
(allow default)
(deny network*)
(deny mach-lookup (global-name "com.apple.dnssd.service") (global-name "com.apple.nsurlsessiond") \
(global-name "com.apple.coreservices.appleevents") \
(global-name "com.apple.coreservices.launchservicesd"))
(deny lsopen)
(deny appleevent-send)
(deny job-creation)
(deny signal)
(allow signal (target self) (target same-sandbox))
"""
WINDOW = """\
(version 1)
(allow default)
(deny network*)
(allow network-outbound (remote unix-socket))
(allow network-inbound (local unix-socket))
(allow network-bind (local unix-socket))
(deny network-outbound (literal "/private/var/run/mDNSResponder"))
(deny mach-lookup (global-name "com.apple.dnssd.service") (global-name "com.apple.nsurlsessiond"))
"""
NO_WRITING = """\
(deny file-write*)
(allow file-write* (literal "/dev/null"))
"""
SHADERS = (
    r'(allow file-write* (regex #"^/private/var/folders/[^/]+/[^/]+/C/[^/]+/'
    r'com\.apple\.(metal|metalfe|gpuarchiver)(/|$)"))' + "\n"
)


@pytest.fixture(autouse=True)
def given(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps this process one that has no profile."""
    monkeypatch.setattr(seatbelt._State, "applied", False)


def test_the_window_keeps_local_sockets_and_asks_nobody_for_a_host() -> None:
    assert profile_text(SandboxProfile.NO_INTERNET).decode() == WINDOW


def test_a_worker_has_no_network_and_opens_nothing_with_other_programs() -> None:
    assert profile_text(SandboxProfile.NO_NETWORK).decode() == WORKER


def test_who_reads_hostile_files_writes_nothing_and_starts_nothing() -> None:
    text = profile_text(SandboxProfile.NO_NETWORK_NO_WRITING, FileRules((Path("/x"),)))
    assert text.decode() == WORKER + NO_WRITING + "(deny process-fork)\n(deny process-exec*)\n"


def test_a_worker_writes_in_its_own_folders_only(tmp_path: Path) -> None:
    real = tmp_path / "Büro \"1\" \\ 'ä'\udcff"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    rules = FileRules((tmp_path / "link", tmp_path / "link" / "not there"), graphics=True)
    escaped = str(tmp_path.resolve()) + r"/Büro \"1\" \\ 'ä'"
    own = f'(allow file-write* (subpath "{escaped}'
    expected = WORKER + NO_WRITING + own + '\udcff"))\n' + own + '\udcff/not there"))\n' + SHADERS
    text = profile_text(SandboxProfile.NO_NETWORK, rules)
    assert text == expected.encode("utf-8", "surrogateescape")


def test_what_is_given_is_the_text_and_once_is_enough() -> None:
    texts: list[bytes] = []

    def take(text: bytes) -> str:
        texts.append(text)
        return ""

    install(SandboxProfile.NO_NETWORK, apply=take)
    assert texts == [WORKER.encode()]
    assert seatbelt.applied()


def test_words_that_macos_does_not_know_cost_them_and_not_the_network() -> None:
    texts: list[bytes] = []

    def old(text: bytes) -> str:
        texts.append(text)
        return "unbound variable: lsopen" if b"lsopen" in text or b"mach" in text else ""

    install(SandboxProfile.NO_NETWORK, FileRules(), old)
    assert texts[1:] == [b"(version 1)\n(allow default)\n(deny network*)\n"]
    assert seatbelt.applied()
    texts.clear()
    install(SandboxProfile.NO_INTERNET, apply=old)
    assert texts[1:] == ["".join(WINDOW.splitlines(keepends=True)[:-1]).encode()]


def test_what_macos_refuses_is_said() -> None:
    with pytest.raises(Unsupported, match="macOS says: Operation not permitted"):
        install(SandboxProfile.NO_NETWORK, apply=lambda _: "Operation not permitted")
    assert not seatbelt.applied()


@pytest.mark.skipif(sys.platform == "darwin", reason="it would confine the tests")
def test_elsewhere_there_is_no_such_thing() -> None:
    with pytest.raises(Unsupported, match="only macOS"):
        install(SandboxProfile.NO_NETWORK)


class _Mac:
    """What a process asks of macOS, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, refusal: str = "") -> None:
        self.texts: list[str] = []
        self.refusal = refusal
        monkeypatch.setattr(sys, "platform", "darwin")
        monkeypatch.setattr(seatbelt, "_apply", self._apply)
        monkeypatch.setattr(seatbelt, "_as_stored", lambda path: path)
        monkeypatch.setattr(sys, "dont_write_bytecode", sys.dont_write_bytecode)

    def _apply(self, text: bytes) -> str:
        self.texts.append(text.decode())
        return self.refusal or ("already" if len(self.texts) > 1 else "")


def test_on_a_mac_a_worker_gets_one_profile_with_its_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mac = _Mac(monkeypatch)
    sandbox.confine(SandboxProfile.NO_NETWORK)
    assert mac.texts == []
    sandbox.confine_files(FileRules((Path("/own"),)))
    sandbox.confine_finally()
    own = '(allow file-write* (subpath "/own"))\n'
    assert mac.texts == [WORKER + NO_WRITING + own]


def test_on_a_mac_who_reads_hostile_files_is_kept_from_writing_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mac = _Mac(monkeypatch)
    profile = SandboxProfile.NO_NETWORK_NO_WRITING
    sandbox.confine(SandboxProfile.NO_NETWORK)
    sandbox.confine_files(FileRules(readable=()), profile)
    sandbox.confine(profile)
    sandbox.confine_finally()
    assert [text.count("process-fork") for text in mac.texts] == [1]


def test_on_a_mac_a_worker_without_files_gets_its_profile_at_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mac = _Mac(monkeypatch)
    sandbox.confine(SandboxProfile.NO_NETWORK)
    sandbox.confine_finally()
    sandbox.confine_finally()
    assert mac.texts == [WORKER]


def test_on_a_mac_that_refuses_everything_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    mac = _Mac(monkeypatch, "Operation not permitted")
    sandbox.confine(SandboxProfile.NO_INTERNET)
    sandbox.confine_files(FileRules())
    sandbox.confine_finally()
    assert mac.texts
    assert not seatbelt.applied()


@pytest.mark.parametrize("refusal", ["", "Operation not permitted"])
def test_on_a_mac_native_code_is_promised_to_be_refused_only_with_a_profile(
    monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    _Mac(monkeypatch, refusal)
    sandbox.confine(SandboxProfile.NO_INTERNET)
    got_out = sandbox_result(refused=False)
    assert selftest.ProcessReport("main", (got_out,)).ok == bool(refusal)
    assert selftest.ProcessReport("main", (sandbox_result(refused=True),)).ok


def sandbox_result(*, refused: bool) -> ProbeResult:
    """Returns the end of an attempt by native code."""
    return ProbeResult("Native code: connect", refused, native=True, detail="")
