"""The low integrity of a process on Windows, with Windows' calls stood in for."""

from __future__ import annotations

import ctypes
from typing import Any

import pytest

from app.privacy.integrity_windows import MandatoryLabel, install
from app.privacy.kernel import Unsupported
from app.privacy.profiles import SandboxProfile

NO_WRITING = SandboxProfile.NO_NETWORK_NO_WRITING


class _Windows:
    def __init__(self, refused: str = "") -> None:
        self.refused = refused
        self.calls: list[tuple[object, ...]] = []

    def GetCurrentProcess(self) -> int:  # noqa: N802
        return -1

    def OpenProcessToken(self, process: int, rights: int, token: Any) -> bool:  # noqa: N802
        self.calls.append(("open", process, rights))
        token._obj.value = 77
        return self.refused != "OpenProcessToken"

    def SetTokenInformation(  # noqa: N802
        self, token: ctypes.c_void_p, kind: int, label: Any, size: int
    ) -> bool:
        held: MandatoryLabel = label._obj
        sid = ctypes.string_at(held.Sid, 12)
        self.calls.append(("set", token.value, kind, sid.hex(), held.Attributes, size))
        return self.refused != "SetTokenInformation"

    def CloseHandle(self, token: ctypes.c_void_p) -> bool:  # noqa: N802
        self.calls.append(("close", token.value))
        return True


def test_who_reads_hostile_files_is_lowered_and_the_network_is_said_to_be_open() -> None:
    windows = _Windows()
    with pytest.raises(Unsupported, match="AppContainer"):
        install(NO_WRITING, windows)
    low = "010100000000001000100000"  # S-1-16-4096
    size = ctypes.sizeof(MandatoryLabel) + 12
    assert windows.calls == [
        ("open", -1, 0x88),
        ("set", 77, 25, low, 0x20, size),
        ("close", 77),
    ]


@pytest.mark.parametrize("profile", [SandboxProfile.NO_INTERNET, SandboxProfile.NO_NETWORK])
def test_others_stay_as_they_are(profile: SandboxProfile) -> None:
    windows = _Windows()
    with pytest.raises(Unsupported, match="AppContainer"):
        install(profile, windows)
    assert windows.calls == []


@pytest.mark.parametrize(
    ("call", "closed"), [("OpenProcessToken", False), ("SetTokenInformation", True)]
)
def test_what_windows_refuses_is_said(call: str, closed: bool) -> None:
    windows = _Windows(call)
    with pytest.raises(Unsupported, match=call):
        install(NO_WRITING, windows)
    assert (windows.calls[-1][0] == "close") is closed
