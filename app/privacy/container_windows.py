"""Starts a process of Windows in a container without a network. Imported only there, and by tests.

An AppContainer without capabilities has no network, its own computer included, and no files of the
person's, no registry and no other processes, whatever the code in it is. It needs no administrator;
but a process has it from its start or never. So `multiprocessing` cannot start it: that has a child
fetch its pipes out of its parent, which a container may not. Here the child inherits the one that
it is told through, and all others are put into it.

What is read in one has to be readable for all containers: the system is, and the set-up makes the
program's folder so. Files come open (`app.workers.handover`).

https://learn.microsoft.com/windows/win32/secauthz/appcontainer-isolation
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import os
import sys
from collections.abc import Sequence
from multiprocessing import context, reduction, spawn, util
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import IO, Any

from app.privacy.kernel import Unsupported

NAME = "Studiolo.Reader"
"""Of the container, in the person's profile; `installers/windows/studiolo.nsi` removes it."""
ALL_CONTAINERS = "S-1-15-2-1"
"""The SID that may read the program's folder: "ALL APPLICATION PACKAGES" (winnt.h)."""

_ALREADY_EXISTS = 0x800700B7  # HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS), winerror.h
# winbase.h
_EXTENDED_STARTUP = 0x00080000
_HANDLES, _CAPABILITIES = 0x00020002, 0x00020009  # PROC_THREAD_ATTRIBUTE_HANDLE_LIST and so on
_TOKEN_QUERY, _TOKEN_IS_CONTAINER = 0x0008, 29  # winnt.h

_DWORD, _WORD, _HANDLE, _SIZE = ctypes.c_uint32, ctypes.c_uint16, ctypes.c_void_p, ctypes.c_size_t


class SecurityCapabilities(ctypes.Structure):
    """SECURITY_CAPABILITIES."""

    _fields_ = (
        ("AppContainerSid", _HANDLE),
        ("Capabilities", _HANDLE),
        ("CapabilityCount", _DWORD),
        ("Reserved", _DWORD),
    )


class StartupInfo(ctypes.Structure):
    """STARTUPINFOEXW."""

    _fields_ = (
        ("cb", _DWORD),
        ("lpReserved", _HANDLE),
        ("lpDesktop", _HANDLE),
        ("lpTitle", _HANDLE),
        *((f"dw{number}", _DWORD) for number in range(8)),  # place, size, colours, flags
        ("wShowWindow", _WORD),
        ("cbReserved2", _WORD),
        ("lpReserved2", _HANDLE),
        ("hStdInput", _HANDLE),
        ("hStdOutput", _HANDLE),
        ("hStdError", _HANDLE),
        ("lpAttributeList", _HANDLE),
    )


class ProcessInformation(ctypes.Structure):
    """PROCESS_INFORMATION."""

    _fields_ = (
        ("hProcess", _HANDLE),
        ("hThread", _HANDLE),
        ("dwProcessId", _DWORD),
        ("dwThreadId", _DWORD),
    )


def start(process: BaseProcess, system: Any = None) -> Any:
    """Starts a process in the container.

    Args:
        process: what runs there.
        system: Windows's calls; its own by default.

    Returns:
        What `multiprocessing` keeps of a process.

    Raises:
        Unsupported: it was not started; the text says why.
    """
    system = system or _system()
    if sys.executable != getattr(sys, "_base_executable", sys.executable):
        raise Unsupported("only the installed program is started in an AppContainer")
    # One without a console, which would be a process of its own.
    program = Path(os.fsdecode(spawn.get_executable())).with_name("pythonw.exe")
    container = _container(system)
    child_reads, we_write = system.CreatePipe(None, 0)
    stream = os.fdopen(system.open_osfhandle(we_write, 0), "wb")
    try:
        system.set_handle_inheritable(child_reads, True)
        words = spawn.get_command_line(parent_pid=None, pipe_handle=child_reads)
        line = " ".join(f'"{word}"' for word in (program, *words[1:]))
        handle, pid = _create(program, line, container, (child_reads,), system)
    except BaseException:
        stream.close()
        raise
    finally:
        system.CloseHandle(child_reads)
    popen = system.Popen.__new__(system.Popen)
    popen.pid, popen.returncode, popen.contained = pid, None, True
    popen._handle = popen.sentinel = handle  # noqa: SLF001  it makes itself only otherwise
    popen.finalizer = util.Finalize(popen, system.CloseHandle, (handle,))
    try:
        with stream:
            _tell(process, stream, popen, system)
    except OSError as error:
        popen.terminate()
        raise Unsupported("what was started in an AppContainer ended at once") from error
    return popen


def _tell(process: BaseProcess, stream: IO[bytes], popen: Any, system: Any) -> None:
    """Sends a process what it runs, and puts the pipes that it gets into it."""
    context.set_spawning_popen(popen)
    try:
        for value in (spawn.get_preparation_data(process.name), process):
            pickler = reduction.ForkingPickler(stream)
            table: Any = pickler.dispatch_table
            table[system.PipeConnection] = functools.partial(_put, popen.pid, system)
            pickler.dump(value)
    finally:
        context.set_spawning_popen(None)


def _put(pid: int, system: Any, pipe: Any) -> tuple[Any, ...]:
    """Tells how an end of a pipe is made in the process; it is there before it is asked for."""
    access = system.FILE_GENERIC_READ if pipe.readable else 0
    access |= system.FILE_GENERIC_WRITE if pipe.writable else 0
    held = system.DupHandle(pipe.fileno(), access, pid)
    return system.rebuild_pipe_connection, (held, pipe.readable, pipe.writable)


def _container(system: Any) -> int:
    """Returns the container's SID, which stays in memory; makes the container if need be."""
    sid = _HANDLE()
    words = (NAME, "Studiolo", "Reads documents, without a network")
    made: int = system.CreateAppContainerProfile(*words, None, 0, ctypes.byref(sid))
    call = "CreateAppContainerProfile"
    if made & 0xFFFFFFFF == _ALREADY_EXISTS:
        made = system.DeriveAppContainerSidFromAppContainerName(NAME, ctypes.byref(sid))
        call = "DeriveAppContainerSidFromAppContainerName"
    if made != 0 or not sid.value:
        raise Unsupported(f"{call} says error {made & 0xFFFFFFFF:#010x}")
    return sid.value


def _create(
    program: Path, line: str, container: int, inherited: Sequence[int], system: Any
) -> tuple[int, int]:
    """Creates a process in a container; returns its handle and id."""
    capabilities = SecurityCapabilities(container, None, 0, 0)
    handles = (_HANDLE * len(inherited))(*inherited)
    size = _SIZE()
    system.InitializeProcThreadAttributeList(None, 2, 0, ctypes.byref(size))  # tells the size
    attributes = ctypes.create_string_buffer(max(size.value, 1))
    if not system.InitializeProcThreadAttributeList(attributes, 2, 0, ctypes.byref(size)):
        raise Unsupported(_reason("InitializeProcThreadAttributeList"))
    try:
        for kind, value in ((_CAPABILITIES, capabilities), (_HANDLES, handles)):
            given = (ctypes.byref(value), ctypes.sizeof(value), None, None)
            if not system.UpdateProcThreadAttribute(attributes, 0, kind, *given):
                raise Unsupported(_reason("UpdateProcThreadAttribute"))
        startup = StartupInfo()
        startup.cb = ctypes.sizeof(startup)
        startup.lpAttributeList = ctypes.addressof(attributes)
        created = ProcessInformation()
        # The last two: our environment, and a folder that a container may be in.
        flags = (True, _EXTENDED_STARTUP, None, str(program.parent))
        both = ctypes.byref(startup), ctypes.byref(created)
        words = ctypes.create_unicode_buffer(line)
        if not system.CreateProcessW(str(program), words, None, None, *flags, *both):
            raise Unsupported(_reason("CreateProcess in an AppContainer"))
    finally:
        system.DeleteProcThreadAttributeList(attributes)
    system.CloseHandle(created.hThread)
    return created.hProcess, created.dwProcessId


def inside(system: Any = None) -> bool:
    """Tells whether this process runs in a container; on other systems none does."""
    if system is None:
        return sys.platform == "win32" and _inside_here()
    token, answer, size = _HANDLE(), _DWORD(), _DWORD()
    if not system.OpenProcessToken(system.GetCurrentProcess(), _TOKEN_QUERY, ctypes.byref(token)):
        return False
    try:
        room = (ctypes.byref(answer), ctypes.sizeof(answer), ctypes.byref(size))
        told = system.GetTokenInformation(token, _TOKEN_IS_CONTAINER, *room)
        return bool(told) and answer.value != 0
    finally:
        system.CloseHandle(token.value)


@functools.cache
def _inside_here() -> bool:
    return inside(_system())


class _Windows:
    """The calls, each from the library that has it."""

    def __init__(self) -> None:
        # By name: on other systems ctypes has no such member, and there are no such modules.
        library = getattr(ctypes, "WinDLL")  # noqa: B009
        kernel = library("kernel32", use_last_error=True)
        rights = library("advapi32", use_last_error=True)
        profile = library("userenv", use_last_error=True)
        pointer, text = ctypes.c_void_p, ctypes.c_wchar_p
        for function, result, arguments in (
            (kernel.GetCurrentProcess, _HANDLE, ()),
            (kernel.InitializeProcThreadAttributeList, _DWORD, (pointer, _DWORD, _DWORD, pointer)),
            (
                kernel.UpdateProcThreadAttribute,
                _DWORD,
                (pointer, _DWORD, _SIZE, pointer, _SIZE, pointer, pointer),
            ),
            (kernel.DeleteProcThreadAttributeList, None, (pointer,)),
            (
                kernel.CreateProcessW,
                _DWORD,
                (text, text, pointer, pointer, _DWORD, _DWORD, pointer, text, pointer, pointer),
            ),
            (rights.OpenProcessToken, _DWORD, (_HANDLE, _DWORD, pointer)),
            (
                rights.GetTokenInformation,
                _DWORD,
                (_HANDLE, ctypes.c_int, pointer, _DWORD, pointer),
            ),
        ):
            function.restype, function.argtypes = result, arguments
            setattr(self, function.__name__, function)
        made = (text, text, text, pointer, _DWORD, pointer)
        derived = (text, pointer)
        self.CreateAppContainerProfile = _called(profile, "CreateAppContainerProfile", made)
        self.DeriveAppContainerSidFromAppContainerName = _called(
            profile, "DeriveAppContainerSidFromAppContainerName", derived
        )
        api, runtime = importlib.import_module("_winapi"), importlib.import_module("msvcrt")
        self.CreatePipe, self.CloseHandle = api.CreatePipe, api.CloseHandle
        self.FILE_GENERIC_READ = api.FILE_GENERIC_READ
        self.FILE_GENERIC_WRITE = api.FILE_GENERIC_WRITE
        self.open_osfhandle = runtime.open_osfhandle
        self.set_handle_inheritable = getattr(os, "set_handle_inheritable")  # noqa: B009
        self.DupHandle = getattr(reduction, "DupHandle")  # noqa: B009
        connection = importlib.import_module("multiprocessing.connection")
        self.PipeConnection = connection.PipeConnection
        self.rebuild_pipe_connection = connection.rebuild_pipe_connection
        self.Popen = importlib.import_module("multiprocessing.popen_spawn_win32").Popen


def _called(library: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    """Returns a call that tells an HRESULT; one that says so, where Windows is too old for it."""
    function = getattr(library, name, None)
    if function is None:
        return lambda *_: 0x80004001  # E_NOTIMPL, winerror.h
    function.restype, function.argtypes = _DWORD, arguments
    return function


@functools.cache
def _system() -> Any:
    return _Windows()


def _reason(call: str) -> str:
    read = getattr(ctypes, "get_last_error", ctypes.get_errno)
    return f"{call} says error {read()}"
