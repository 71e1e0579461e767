"""The filters of system calls: what they decide, and what is left to a process that has one."""

from __future__ import annotations

import ctypes
import errno
import multiprocessing
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.privacy import limits_windows, seccomp
from app.privacy.bpf import MACHINES, Machine, Rule, assemble
from app.privacy.profiles import SandboxProfile, rules
from app.privacy.sandbox import Enforced, confine, send_probe
from app.privacy.syscalls import NEWEST, NUMBERS
from app.upkeep.doctor import describe_sandbox

OWN = 4242
ALLOW, KILL = 0x7FFF0000, 0x80000000
O_CREAT, O_TRUNC, O_APPEND, O_CLOEXEC = 0o100, 0o1000, 0o2000, 0o2000000
SCHEDULING = ("sched_setaffinity", "sched_setattr", "sched_setparam", "sched_setscheduler")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux filters system calls")


def decide(program: bytes, arch: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """Runs a filter as Linux does; fails where Linux would not accept it."""
    data = struct.pack("<IIQ6Q", number, arch, 0, *arguments, *[0] * (6 - len(arguments)))
    code = list(struct.iter_unpack("<HBBI", program))
    assert len(code) <= 4096
    word, at = 0, 0
    while True:
        kind, if_true, if_false, value = code[at]
        at += 1
        match kind:
            case 0x20:
                (word,) = struct.unpack_from("<I", data, value)
            case 0x54:
                word &= value
            case 0x15:
                at += if_true if word == value else if_false
            case 0x25:
                at += if_true if word > value else if_false
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(kind)


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> Machine:
    return MACHINES[request.param]


def answer(machine: Machine, profile: SandboxProfile, name: str, *arguments: int) -> str:
    number = NUMBERS[name][machine.column]
    assert number is not None
    program = assemble(rules(profile, OWN), machine)
    said = decide(program, machine.audit, number, arguments)
    return "allowed" if said == ALLOW else errno.errorcode[said & 0xFFFF]


@pytest.mark.parametrize("profile", SandboxProfile)
def test_other_ways_into_the_kernel_are_shut(machine: Machine, profile: SandboxProfile) -> None:
    program = assemble(rules(profile, OWN), machine)
    i386, x32_bit = 0x40000003, 0x40000000
    assert decide(program, i386, 1) == KILL
    for number in (x32_bit | 41, NEWEST + 1, 0xFFFFFFFF):
        assert decide(program, machine.audit, number) == 0x50000 | errno.ENOSYS
    assert decide(program, machine.audit, 0) == ALLOW


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        *(("socket", (family, 1, 0), "EACCES") for family in (0, *range(2, 47), 0xFFFF_FFFF)),
        ("socket", (1, 1 | O_CLOEXEC, 0), "allowed"),  # screen, keyring, a second start
        ("socket", (0x1_0000_0001, 1, 0), "allowed"),  # Linux itself looks at 32 bits
        ("socketpair", (1, 2), "allowed"),
        ("socketpair", (2, 1), "EACCES"),
        ("connect", (3,), "allowed"),
        ("listen", (3,), "allowed"),
        ("io_uring_setup", (), "ENOSYS"),
        ("ptrace", (), "EACCES"),
        ("pidfd_getfd", (), "EACCES"),
        ("execve", (), "allowed"),
        ("ioctl", (0, 0x5413), "allowed"),
        ("ioctl", (0, 0x5412), "EACCES"),  # type into the terminal
        ("ioctl", (0, 0x7_0000_5412), "EACCES"),
        ("ioctl", (0, 0x541C), "EACCES"),
        ("request_key", (), "EACCES"),
        ("open_by_handle_at", (), "EACCES"),
        ("mount", (), "allowed"),
    ],
)
def test_without_internet(
    machine: Machine, name: str, arguments: tuple[int, ...], said: str
) -> None:
    assert answer(machine, SandboxProfile.NO_INTERNET, name, *arguments) == said


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("socket", (2, 1, 0), "EACCES"),
        ("socket", (1, 1, 0), "EACCES"),
        ("socketpair", (1, 1 | O_CLOEXEC), "allowed"),
        ("socketpair", (1, 2), "EACCES"),
        ("socketpair", (2, 1), "EACCES"),
        ("connect", (3,), "EACCES"),
        ("io_uring_setup", (), "ENOSYS"),
        ("ptrace", (), "EACCES"),
        ("openat", (0, 0, os.O_RDWR | O_CREAT), "allowed"),
        ("execve", (), "allowed"),
        ("kill", (1, 9), "allowed"),
        ("ioctl", (0, 0x5401), "allowed"),
        ("ioctl", (0, 0x5412), "EACCES"),
        ("bpf", (), "EACCES"),
        ("setns", (), "EACCES"),
        ("msgsnd", (), "EACCES"),
        ("fchmod", (), "EACCES"),
        ("flock", (), "allowed"),
        ("clone", (0x3D0F00,), "allowed"),
        ("clone", (0x1200011,), "allowed"),  # fork
        ("clone", (0x10000011,), "EACCES"),  # into a namespace of its own
        ("clone", (0x40000011,), "EACCES"),
        ("clone3", (), "ENOSYS"),
        ("prlimit64", (0,), "allowed"),
        ("prlimit64", (OWN,), "allowed"),
        ("prlimit64", (1,), "EACCES"),
        ("setpriority", (0, 1, 5), "EACCES"),
        ("sched_setscheduler", (1,), "EACCES"),
    ],
)
def test_without_network(
    machine: Machine, name: str, arguments: tuple[int, ...], said: str
) -> None:
    assert answer(machine, SandboxProfile.NO_NETWORK, name, *arguments) == said


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("socket", (2, 1, 0), "EACCES"),
        ("socketpair", (1, 1), "allowed"),
        ("openat", (0, 0, O_CLOEXEC), "allowed"),
        ("openat", (0, 0, 1), "EACCES"),
        ("openat", (0, 0, 2 | O_APPEND), "EACCES"),
        ("openat", (0, 0, 3), "EACCES"),
        ("openat", (0, 0, O_CREAT), "EACCES"),
        ("openat", (0, 0, O_TRUNC), "EACCES"),
        ("openat", (0, 0, 0o20000000), "EACCES"),
        ("openat2", (), "ENOSYS"),
        ("unlinkat", (), "EACCES"),
        ("execve", (), "EACCES"),
        ("clone", (0x3D0F00,), "allowed"),  # a thread, as the C library makes it
        ("clone", (0x1200011,), "EACCES"),  # fork
        ("clone3", (), "ENOSYS"),
        ("ioctl", (1, 0x5401), "allowed"),  # is it a terminal?
        ("ioctl", (1, 0x5412), "EACCES"),  # type into it
        ("fcntl", (1, 4), "allowed"),
        ("fcntl", (1, 8), "EACCES"),
        ("fcntl", (1, 10), "EACCES"),
        ("fcntl", (1, 15), "EACCES"),
        ("kill", (OWN, 6), "allowed"),
        ("kill", (1, 9), "EACCES"),
        ("kill", (0xFFFFFFFF, 9), "EACCES"),
        ("tgkill", (OWN, OWN + 1, 6), "allowed"),
        ("tgkill", (1, 1, 9), "EACCES"),
        ("prlimit64", (0,), "allowed"),
        ("prlimit64", (1,), "EACCES"),
        ("ioctl", (1, 0x40086602), "EACCES"),  # marks of a file
        ("fchmod", (), "EACCES"),
        ("flock", (), "EACCES"),
        *(("fcntl", (1, command), "EACCES") for command in (6, 7, 37, 38, 1024, 1026)),
        ("setpriority", (0, 0, 5), "allowed"),
        ("setpriority", (0, OWN, 5), "allowed"),
        ("setpriority", (0, 1, 5), "EACCES"),
        ("setpriority", (2, 0, 5), "EACCES"),  # all processes of the person
        *((name, (0,), "allowed") for name in SCHEDULING),
        *((name, (OWN,), "allowed") for name in SCHEDULING),
        *((name, (1,), "EACCES") for name in SCHEDULING),
        ("ioprio_set", (), "EACCES"),
        ("migrate_pages", (), "EACCES"),
    ],
)
def test_without_network_and_writing(
    machine: Machine, name: str, arguments: tuple[int, ...], said: str
) -> None:
    assert answer(machine, SandboxProfile.NO_NETWORK_NO_WRITING, name, *arguments) == said


def test_two_rules_for_one_call_are_refused(machine: Machine) -> None:
    """Only the first would count."""
    with pytest.raises(ValueError, match="two rules"):
        assemble((Rule("ioctl"), Rule("ioctl")), machine)


def kernel_headers() -> Iterator[tuple[int, dict[str, int]]]:
    """The column and the numbers of each machine whose headers are installed."""
    places = [(0, Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"))]
    places += [(1, Path("/usr/include/asm-generic/unistd.h"))]
    for column, path in places:
        if path.exists():
            found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text())
            yield column, {name: int(number) for name, number in reversed(found)}


def test_the_numbers_are_those_of_the_kernel() -> None:
    headers = list(kernel_headers())
    if not headers:
        pytest.skip("no headers of the kernel are installed")
    for column, theirs in headers:
        newest = max(number for number in theirs.values() if number < 1000)
        for name, numbers in NUMBERS.items():
            number = numbers[column]
            assert theirs.get(name) == number or (number is not None and number > newest), name


def run(code: str, expect: int = 0) -> str:
    """Runs code in a process of its own that can confine itself."""
    code = "from app.privacy.sandbox import *\nimport ctypes, os, socket, subprocess, sys\n" + code
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == expect, done.stderr
    return done.stdout


@linux
def test_a_worker_without_network_can_do_everything_else(tmp_path: Path) -> None:
    script = f"""
confine(SandboxProfile.NO_NETWORK)
open({str(tmp_path / "x")!r}, "w").write("written")
a, b = socket.socketpair(); a.send(b"x"); print(b.recv(1))
child = "import ctypes; print(ctypes.CDLL(None, use_errno=True).socket(2, 1, 0), "
child += "ctypes.get_errno())"
print(subprocess.check_output([sys.executable, "-c", child], text=True))
import multiprocessing
if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=print)
    process.start(); process.join(); print(process.exitcode)
"""
    said = run(script).split()
    assert said == ["b'x'", "-1", str(errno.EACCES), "0"]
    assert (tmp_path / "x").read_text() == "written"


@linux
def test_a_process_without_internet_reaches_this_machine_and_no_other(tmp_path: Path) -> None:
    """Its children too; a worker that it starts adds its own profile to this one."""
    script = f"""
listener = socket.socket(socket.AF_UNIX)
listener.bind({str(tmp_path / "bus")!r}); listener.listen()
confine(SandboxProfile.NO_INTERNET)
near = socket.socket(socket.AF_UNIX); near.connect({str(tmp_path / "bus")!r}); print("reached")
libc = ctypes.CDLL(None, use_errno=True)
for family in (2, 10, 16, 17, 40):
    print(libc.socket(family, 1, 0), ctypes.get_errno())
child = "import ctypes; print(ctypes.CDLL(None, use_errno=True).socket(2, 1, 0), "
child += "ctypes.get_errno())"
print(subprocess.check_output([sys.executable, "-c", child], text=True))
confine(SandboxProfile.NO_NETWORK)
print(libc.socket(1, 1, 0), ctypes.get_errno())
"""
    assert run(script).split() == ["reached", *["-1", str(errno.EACCES)] * 7]


@linux
@pytest.mark.skipif(shutil.which("dbus-run-session") is None, reason="there is no D-Bus here")
def test_a_sealed_process_still_speaks_to_the_desktop() -> None:
    """The keyring and the portals of a desktop are behind its bus."""
    code = (
        "from app.privacy.seal import seal; seal()\n"
        "from jeepney import DBusAddress, new_method_call\n"
        "from jeepney.io.blocking import open_dbus_connection\n"
        "name = 'org.freedesktop.DBus'\n"
        "bus = DBusAddress('/org/freedesktop/DBus', name, name)\n"
        "with open_dbus_connection() as connection:\n"
        "    print(connection.send_and_get_reply(new_method_call(bus, 'ListNames')).body[0][0])\n"
    )
    command = ["dbus-run-session", "--", sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "org.freedesktop.DBus\n", done.stderr


@linux
def test_a_second_profile_adds_to_the_first() -> None:
    code = "confine(SandboxProfile.NO_NETWORK); confine(SandboxProfile.NO_NETWORK_NO_WRITING)\n"
    code += "try: open('/tmp/x', 'w')\nexcept PermissionError: print('refused')"
    assert run(code) == "refused\n"


@linux
def test_a_crash_ends_a_confined_process_as_ever() -> None:
    """It does not hang because it may not signal itself."""
    begin = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    begin += "confine(SandboxProfile.NO_NETWORK_NO_WRITING)\n"
    run(begin + "os.abort()", -signal.SIGABRT)
    run(begin + "ctypes.string_at(0)", -signal.SIGSEGV)


def test_what_cannot_be_enforced_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seccomp, "MACHINES", {})
    with pytest.raises(seccomp.Unsupported):
        seccomp.install(SandboxProfile.NO_NETWORK)
    confine(SandboxProfile.NO_NETWORK)  # goes on without


@linux
def test_the_probe_tries_what_it_reports(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=send_probe, args=(theirs, str(tmp_path), 1 << 30))
    process.start()
    theirs.close()
    assert ours.recv() == Enforced(network=True, writing=True, memory=True, files=True)
    process.join()
    ours.close()
    assert list(tmp_path.iterdir()) == []


def test_doctor_says_what_is_enforced_and_what_is_not() -> None:
    assert describe_sandbox(Enforced(True, True, True, True)) == (
        "the system keeps the processes that read, search and answer off the network; "
        "the process that reads documents cannot change any file; "
        "it can read only the files it is given; no process can reach another one; "
        "it gets at most 1.1 GB of memory"
    )
    nothing = Enforced(False, False, False, False, "this system has no such filter")
    assert describe_sandbox(nothing) == (
        "the system does not keep native code off the network; "
        "the process that reads documents could change files; "
        "the system does not keep it from reading other files; "
        "Studiolo ends it when it uses more than 1.1 GB of memory (this system has no such filter)"
    )


class Kernel:
    """kernel32 as far as jobs go: remembers what it was told."""

    def __init__(self, refuse: str = "") -> None:
        self.refuse = refuse
        self.told: list[tuple[int, bytes]] = []
        self.assigned: list[tuple[int, int]] = []

    def CreateJobObjectW(self, *_: Any) -> int:  # noqa: N802
        return 7

    def GetCurrentProcess(self) -> int:  # noqa: N802
        return -1

    def SetInformationJobObject(self, job: int, kind: int, value: Any, size: int) -> bool:  # noqa: N802
        assert job == 7
        self.told.append((kind, ctypes.string_at(value, size)))
        return True

    def AssignProcessToJobObject(self, job: int, process: int) -> bool:  # noqa: N802
        self.assigned.append((job, process))
        return self.refuse != "assign"


def test_on_windows_a_job_limits_the_process() -> None:
    """The structures have the layout of 64-bit Windows on every system."""
    assert ctypes.sizeof(limits_windows.BasicLimits) == 64
    assert ctypes.sizeof(limits_windows.ExtendedLimits) == 144
    kernel = Kernel()
    limits_windows.limit(1 << 30, kernel)
    (kind, limits), (ui_kind, ui) = kernel.told
    assert (kind, ui_kind, ui) == (9, 4, b"\xff\0\0\0")
    assert struct.unpack_from("<I", limits, 16) == (0x0008 | 0x0100 | 0x0400 | 0x2000,)
    assert struct.unpack_from("<I", limits, 40) == (1,)  # processes
    assert struct.unpack_from("<Q", limits, 112) == (1 << 30,)  # memory of each
    assert kernel.assigned == [(7, -1)]


def test_on_windows_a_model_has_a_ceiling_and_may_start_the_process_of_its_template() -> None:
    kernel = Kernel()
    limits_windows.limit(3 << 30, kernel, alone=False)
    ((kind, limits),) = kernel.told  # nothing of the desktop is kept from it
    assert kind == 9
    assert struct.unpack_from("<I", limits, 16) == (0x0100 | 0x0400 | 0x2000,)
    assert struct.unpack_from("<I", limits, 40) == (0,)  # no limit on processes
    assert struct.unpack_from("<Q", limits, 112) == (3 << 30,)
    assert kernel.assigned == [(7, -1)]


def test_on_windows_a_refusal_is_an_error() -> None:
    with pytest.raises(OSError, match="Windows says error"):
        limits_windows.limit(1 << 30, Kernel(refuse="assign"))
