"""Processes in a container without a network on Windows, with Windows's calls stood in for.

The pipe, its contents and what comes out at the child's end are real.
"""

from __future__ import annotations

import ctypes
import io
import os
import pickle
import sys
from collections.abc import Callable
from multiprocessing import spawn
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import pytest

from app.privacy import container_windows, outside
from app.privacy.container_windows import (
    ALL_CONTAINERS,
    NAME,
    ProcessInformation,
    SecurityCapabilities,
    StartupInfo,
    inside,
    start,
)
from app.privacy.kernel import Unsupported
from installers.windows import build

SID = 0x5EED_0000_5EED  # more than 32 bits hold
PROCESS, THREAD, PID = 71, 72, 4711


class _Pipe:
    """An end of a pipe as Windows has it: not a descriptor, and of two kinds."""

    def __init__(self, handle: int, *, readable: bool = True, writable: bool = True) -> None:
        self.handle, self.readable, self.writable = handle, readable, writable

    def fileno(self) -> int:
        return self.handle


_Held = tuple[int, int, int]
"""A handle that was put into a process: which, what it may, and where."""


def _held(handle: int, access: int, pid: int) -> _Held:
    return handle, access, pid


def _rebuilt(held: _Held, readable: bool, writable: bool) -> tuple[_Held, bool, bool]:
    return held, readable, writable


class _Kept:
    """What `multiprocessing` keeps of a process on Windows."""

    def __init__(self, _: object) -> None:
        raise AssertionError("it would start one")

    ended = False

    def terminate(self) -> None:
        type(self).ended = True


class _Windows:
    """The calls; each but those on pipes is written down."""

    FILE_GENERIC_READ, FILE_GENERIC_WRITE = 1, 2
    PipeConnection, Popen = _Pipe, _Kept
    DupHandle, rebuild_pipe_connection = staticmethod(_held), staticmethod(_rebuilt)

    def __init__(self, refused: str = "", *, exists: bool = False) -> None:
        self.refused, self.exists = refused, exists
        self.calls: list[str] = []
        self.capabilities: tuple[object, ...] = ()
        self.handles: list[int] = []
        self.line = ""
        self.created: tuple[object, ...] = ()
        self.closed: list[int] = []
        self.said = b""

    def CreatePipe(self, *_: object) -> tuple[int, int]:  # noqa: N802
        self.reader, writer = os.pipe()
        self.calls.append("pipe")
        return self.reader, writer

    def open_osfhandle(self, handle: int, _: int) -> int:
        return handle

    def set_handle_inheritable(self, handle: int, inheritable: bool) -> None:
        os.set_inheritable(handle, inheritable)

    def CloseHandle(self, handle: int) -> None:  # noqa: N802
        self.closed.append(handle)
        if handle == getattr(self, "reader", None):
            self.child = os.dup(handle)  # as the child has it
            os.close(handle)

    def CreateAppContainerProfile(self, name: str, *words: Any) -> int:  # noqa: N802
        self.calls.append(f"make {name}")
        if self.refused == "CreateAppContainerProfile":
            return 0x80004001
        if self.exists:
            return -2147024713  # as ctypes reads a signed one: 0x800700B7
        words[-1]._obj.value = SID
        return 0

    def DeriveAppContainerSidFromAppContainerName(self, name: str, sid: Any) -> int:  # noqa: N802
        self.calls.append(f"find {name}")
        sid._obj.value = SID
        return 0x80070005 if self.refused.startswith("Derive") else 0

    def InitializeProcThreadAttributeList(  # noqa: N802
        self, place: Any, count: int, flags: int, size: Any
    ) -> bool:
        assert (count, flags) == (2, 0)
        if place is None:
            size._obj.value = 96
            return False
        assert ctypes.sizeof(place) == 96
        return self.refused != "InitializeProcThreadAttributeList"

    def UpdateProcThreadAttribute(  # noqa: N802
        self, place: Any, flags: int, kind: int, value: Any, size: int, *rest: object
    ) -> bool:
        assert flags == 0
        assert rest == (None, None)
        held = value._obj
        if kind == 0x20009:
            assert size == ctypes.sizeof(SecurityCapabilities)
            self.capabilities = (held.AppContainerSid, held.Capabilities, held.CapabilityCount)
        else:
            assert kind == 0x20002
            assert size == 8 * len(held)
            self.handles = list(held)
        return self.refused != "UpdateProcThreadAttribute"

    def DeleteProcThreadAttributeList(self, _: object) -> None:  # noqa: N802
        self.calls.append("delete list")

    def CreateProcessW(  # noqa: N802
        self, program: str, line: Any, *rest: Any
    ) -> bool:
        self.line = line.value
        *plain, startup, created = rest
        assert startup._obj.cb == ctypes.sizeof(StartupInfo)
        assert startup._obj.lpAttributeList
        assert os.get_inheritable(self.reader)
        self.created = (program, *plain)
        created._obj.hProcess, created._obj.hThread = PROCESS, THREAD
        created._obj.dwProcessId = PID
        if self.refused == "the child":
            os.close(self.reader)
            self.reader = -1
        return self.refused != "CreateProcessW"


@pytest.fixture(autouse=True)
def as_ever() -> Any:
    _Kept.ended = False
    yield
    outside._State.no_container = ""


@pytest.fixture
def interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The installed interpreter, which has a console."""
    program = tmp_path / "_internal" / "python.exe"
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(sys, "_base_executable", str(program), raising=False)
    monkeypatch.setattr(spawn, "get_executable", lambda: str(program))
    return program


def _target(*_: object) -> None:
    raise AssertionError("nothing runs here")


def _process(*arguments: object) -> SpawnProcess:
    return SpawnProcess(target=_target, args=arguments, name="studiolo-parse")


def test_the_structures_have_windows_sizes() -> None:
    """Of 64-bit Windows, from its own headers (winnt.h, winbase.h, processthreadsapi.h)."""
    assert ctypes.sizeof(SecurityCapabilities) == 24
    assert ctypes.sizeof(StartupInfo) == 112
    assert StartupInfo.hStdInput.offset == 80
    assert StartupInfo.lpAttributeList.offset == 104
    assert ctypes.sizeof(ProcessInformation) == 24


def test_it_starts_in_a_container_without_a_capability(interpreter: Path) -> None:
    windows = _Windows()
    popen = start(_process(), windows)
    assert windows.calls == ["make Studiolo.Reader", "pipe", "delete list"]
    assert windows.capabilities == (SID, None, 0)
    windowed = interpreter.with_name("pythonw.exe")  # no console opens
    extended, folder = 0x80000, str(interpreter.parent)  # not the folder that we are in
    assert windows.created == (str(windowed), None, None, True, extended, None, folder)
    assert (popen.pid, popen._handle, popen.sentinel, popen.contained) == (
        PID,
        PROCESS,
        PROCESS,
        True,
    )
    assert THREAD in windows.closed
    assert PROCESS not in windows.closed  # until nobody keeps it
    os.close(windows.child)


def test_the_child_inherits_one_pipe_and_reaches_for_nothing(interpreter: Path) -> None:
    """What `multiprocessing` starts itself opens its parent, which a container may not."""
    windows = _Windows()
    start(_process(), windows)
    assert len(windows.handles) == 1
    pipe = f"spawn_main(parent_pid=None, pipe_handle={windows.handles[0]})"
    assert pipe in windows.line
    assert windows.line.startswith(f'"{interpreter.with_name("pythonw.exe")}" "')
    assert windows.line.endswith('"--multiprocessing-fork"')
    os.close(windows.child)


def test_other_pipes_are_put_into_it(interpreter: Path) -> None:
    """All of it arrives through a real pipe, as `multiprocessing` reads it in the child."""
    del interpreter
    windows = _Windows()
    both, told = _Pipe(5), _Pipe(6, readable=False)
    start(_process("a name", both, told), windows)
    with os.fdopen(windows.child, "rb") as stream:
        data = io.BytesIO(stream.read())
    assert pickle.load(data)["name"] == "studiolo-parse"
    received = pickle.load(data)
    assert received._args == (
        "a name",
        ((5, 3, PID), True, True),
        ((6, 2, PID), False, True),
    )


def test_a_container_that_is_there_is_used(interpreter: Path) -> None:
    windows = _Windows(exists=True)
    start(_process(), windows)
    assert windows.calls[:2] == [f"make {NAME}", f"find {NAME}"]
    assert windows.capabilities[0] == SID
    os.close(windows.child)


@pytest.mark.parametrize(
    ("call", "exists", "said"),
    [
        ("CreateAppContainerProfile", False, "CreateAppContainerProfile says error 0x80004001"),
        ("DeriveAppContainerSid", True, "Derive.* says error 0x80070005"),
        ("InitializeProcThreadAttributeList", False, "InitializeProcThreadAttributeList"),
        ("UpdateProcThreadAttribute", False, "UpdateProcThreadAttribute"),
        ("CreateProcessW", False, "CreateProcess in an AppContainer"),
    ],
)
def test_what_windows_refuses_is_said_and_nothing_stays_open(
    call: str, exists: bool, said: str, interpreter: Path
) -> None:
    del interpreter
    windows = _Windows(call, exists=exists)
    with pytest.raises(Unsupported, match=said):
        start(_process(), windows)
    if "pipe" in windows.calls:
        assert windows.reader in windows.closed
        with os.fdopen(windows.child, "rb") as stream:
            assert stream.read() == b""  # the other end is closed


def test_one_that_ends_before_it_is_told_is_not_taken_for_started(interpreter: Path) -> None:
    del interpreter
    windows = _Windows("the child")
    with pytest.raises(Unsupported, match="ended"):
        start(_process("x" * (1 << 20)), windows)
    assert _Kept.ended


def test_only_the_installed_interpreter_is_started(
    interpreter: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That of a virtual environment starts another one, which would get nothing."""
    monkeypatch.setattr(sys, "_base_executable", str(interpreter.parent / "other.exe"))
    with pytest.raises(Unsupported, match="only the installed"):
        start(_process(), _Windows())


@pytest.mark.parametrize(
    ("opened", "told", "value", "expected"),
    [
        (True, True, 1, True),
        (True, True, 0, False),
        (True, False, 1, False),
        (False, True, 1, False),
    ],
)
def test_a_process_knows_whether_it_is_in_one(
    opened: bool, told: bool, value: int, expected: bool
) -> None:
    class Token:
        closed = False

        def GetCurrentProcess(self) -> int:  # noqa: N802
            return -1

        def OpenProcessToken(self, process: int, rights: int, token: Any) -> bool:  # noqa: N802
            assert (process, rights) == (-1, 8)
            token._obj.value = 77
            return opened

        def GetTokenInformation(  # noqa: N802
            self, token: Any, kind: int, answer: Any, size: int, _: Any
        ) -> bool:
            assert (token.value, kind, size) == (77, 29, 4)
            answer._obj.value = value
            return told

        def CloseHandle(self, token: int) -> None:  # noqa: N802
            self.closed = token == 77

    system = Token()
    assert inside(system) is expected
    assert system.closed is opened
    assert inside() is False  # this one


def _plainly(monkeypatch: pytest.MonkeyPatch, begin: Callable[..., Any]) -> list[str]:
    plain: list[str] = []
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(container_windows, "start", begin)
    monkeypatch.setattr(SpawnProcess, "_Popen", lambda _: plain.append("plainly"))
    return plain


def test_without_a_container_it_starts_as_ever_and_none_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_: object) -> None:
        raise Unsupported("no such call")

    plain = _plainly(monkeypatch, refuse)
    assert outside.context(contained=True).Process is outside.ContainedProcess
    outside.ContainedProcess._Popen(_process())
    assert plain == ["plainly"]
    assert outside.why_no_container() == "no such call"
    assert outside.context(contained=True).Process is not outside.ContainedProcess


def test_only_who_asks_for_it_is_contained(monkeypatch: pytest.MonkeyPatch) -> None:
    _plainly(monkeypatch, lambda _: None)
    assert outside.context().Process is not outside.ContainedProcess
    monkeypatch.setattr(sys, "platform", "linux")
    assert outside.context(contained=True).Process is not outside.ContainedProcess


def test_the_set_up_lets_containers_read_the_program_and_removes_ours() -> None:
    script = (build.HERE / "studiolo.nsi").read_text(encoding="utf-8")
    installs, _, removes = script.partition('Section "un.Studiolo"')
    granted = installs.index(f"/grant *{ALL_CONTAINERS}:(OI)(CI)(RX)")
    # Files get it from the folder that they are unpacked into.
    assert installs.index('SetOutPath "$INSTDIR\\${NEW}"') < granted < installs.index("File /r")
    assert f'userenv::DeleteAppContainerProfile(w "{NAME}")' in removes
