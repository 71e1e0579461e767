"""Lowers what a process of Windows may do, from inside. Imported only there, and by tests.

A process of low integrity can write to nothing of the person's, neither files nor the registry nor
other processes, whatever its account may do; it can still read them. It needs no administrator, and
cannot be undone. Windows has nothing of the kind for the network: that takes an AppContainer, which
a process has from its start or never (`app.privacy.container_windows`), or an administrator.

https://learn.microsoft.com/windows/win32/secauthz/mandatory-integrity-control
"""

from __future__ import annotations

import ctypes
from typing import Any

from app.privacy.container_windows import inside
from app.privacy.kernel import Unsupported
from app.privacy.profiles import SandboxProfile

# winnt.h
_TOKEN_QUERY, _TOKEN_ADJUST_DEFAULT = 0x0008, 0x0080
_TOKEN_INTEGRITY_LEVEL = 25
_SE_GROUP_INTEGRITY = 0x20
_LOW = b"\x01\x01" + (16).to_bytes(6, "big") + (0x1000).to_bytes(4, "little")
"""The SID S-1-16-4096: revision, how many parts, the authority, and the part."""

_DWORD, _HANDLE = ctypes.c_uint32, ctypes.c_void_p


class MandatoryLabel(ctypes.Structure):
    """TOKEN_MANDATORY_LABEL, whose one part is a SID_AND_ATTRIBUTES."""

    _fields_ = (("Sid", ctypes.c_void_p), ("Attributes", _DWORD))


def install(profile: SandboxProfile, system: Any = None) -> None:
    """Lowers this process for good, as far as Windows has something for the profile.

    Args:
        profile: what the process may not do.
        system: kernel32 and advapi32; Windows' own by default.

    Raises:
        Unsupported: what the profile asks for is not all refused; the text says why.
    """
    if inside():
        return  # of low integrity as well, from its start
    if profile is SandboxProfile.NO_NETWORK_NO_WRITING:
        _lower(system or _system())
    raise Unsupported("Windows refuses the network only to what starts in an AppContainer")


def _lower(system: Any) -> None:
    token = _HANDLE()
    rights = _TOKEN_QUERY | _TOKEN_ADJUST_DEFAULT
    process = system.GetCurrentProcess()
    if not system.OpenProcessToken(process, rights, ctypes.byref(token)):
        raise Unsupported(_reason("OpenProcessToken"))
    try:
        sid = ctypes.create_string_buffer(_LOW, len(_LOW))
        label = MandatoryLabel(ctypes.addressof(sid), _SE_GROUP_INTEGRITY)
        size = ctypes.sizeof(label) + len(_LOW)
        if not system.SetTokenInformation(token, _TOKEN_INTEGRITY_LEVEL, ctypes.byref(label), size):
            raise Unsupported(_reason("SetTokenInformation"))
    finally:
        system.CloseHandle(token)


class _Windows:
    """The calls, each from the library that has it."""

    def __init__(self) -> None:
        # By name: on other systems ctypes has no such member.
        library = getattr(ctypes, "WinDLL")  # noqa: B009
        kernel = library("kernel32", use_last_error=True)
        rights = library("advapi32", use_last_error=True)
        kernel.GetCurrentProcess.restype = _HANDLE
        kernel.CloseHandle.argtypes = (_HANDLE,)
        rights.OpenProcessToken.argtypes = (_HANDLE, _DWORD, _HANDLE)
        rights.SetTokenInformation.argtypes = (_HANDLE, ctypes.c_int, _HANDLE, _DWORD)
        self.GetCurrentProcess = kernel.GetCurrentProcess
        self.CloseHandle = kernel.CloseHandle
        self.OpenProcessToken = rights.OpenProcessToken
        self.SetTokenInformation = rights.SetTokenInformation


def _system() -> Any:
    return _Windows()


def _reason(call: str) -> str:
    read = getattr(ctypes, "get_last_error", ctypes.get_errno)
    return f"{call} says error {read()}"
