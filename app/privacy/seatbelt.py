"""Confines a process on macOS, with a profile for the system's sandbox (Seatbelt).

A process takes one profile in its life, which all that it starts inherits; it needs no privileges.
Whoever is confined cannot confine itself further, so workers are started from outside of the
window's profile (`app.privacy.starter`).

The call is deprecated and the language is not documented, but browsers rest on both:
https://chromium.googlesource.com/chromium/src/+/HEAD/sandbox/mac/seatbelt_sandbox_design.md
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from pathlib import Path

from app.privacy.kernel import Unsupported
from app.privacy.landlock import FileRules
from app.privacy.profiles import SandboxProfile

__all__ = ["Unsupported", "applied", "install", "profile_text"]

Apply = Callable[[bytes], str]
"""Gives this process the profile with a text; returns why the system refuses it, "" if not."""

# They send or look up what another process hands them. Not all that there are on a Mac.
_SENDERS = ("com.apple.dnssd.service", "com.apple.nsurlsessiond")
# They open files and addresses with other programs, which have a network.
_OPENERS = ("com.apple.coreservices.appleevents", "com.apple.coreservices.launchservicesd")
_NAME_SERVICE = "/private/var/run/mDNSResponder"
# Where Metal keeps compiled shaders, for each program: without it, it compiles them each time.
_SHADERS = r"^/private/var/folders/[^/]+/[^/]+/C/[^/]+/com\.apple\.(metal|metalfe|gpuarchiver)(/|$)"
_GET_PATH, _PATH_BYTES = 50, 1024  # F_GETPATH, MAXPATHLEN: sys/fcntl.h, sys/param.h

_BEGIN = ("(version 1)", "(allow default)", "(deny network*)")
_LOCAL_SOCKETS = (
    "(allow network-outbound (remote unix-socket))",
    "(allow network-inbound (local unix-socket))",
    "(allow network-bind (local unix-socket))",
    f'(deny network-outbound (literal "{_NAME_SERVICE}"))',
)
_WRITES_NOTHING = ("(deny file-write*)", '(allow file-write* (literal "/dev/null"))')


class _State:
    applied = False


def applied() -> bool:
    """Tells whether this process has given itself a profile."""
    return _State.applied


def install(
    profile: SandboxProfile,
    files: FileRules | None = None,
    apply: Apply | None = None,
) -> None:
    """Gives this process and all that it starts a profile, permanently.

    If macOS does not know some of its words, only the network is refused.

    Args:
        profile: what the process may not do.
        files: what it may write; None restricts no files. What it may read is not restricted.
        apply: gives the profile; the system's by default.

    Raises:
        Unsupported: nothing is refused; the text says why.
    """
    if sys.platform != "darwin" and apply is None:
        raise Unsupported("only macOS has such profiles")
    apply = apply or _apply
    reason = apply(profile_text(profile, files))
    if reason:
        local = _LOCAL_SOCKETS if profile is SandboxProfile.NO_INTERNET else ()
        if apply(_text(*_BEGIN, *local)):
            raise Unsupported(f"macOS says: {reason}")
    _State.applied = True


def profile_text(profile: SandboxProfile, files: FileRules | None = None) -> bytes:
    """Returns the text of a profile. Of rules that fit, macOS heeds the last."""
    if profile is SandboxProfile.NO_INTERNET:
        return _text(*_BEGIN, *_LOCAL_SOCKETS, _no_services(_SENDERS))
    rules = [
        *_BEGIN,
        _no_services((*_SENDERS, *_OPENERS)),
        "(deny lsopen)",
        "(deny appleevent-send)",
        "(deny job-creation)",
        "(deny signal)",
        "(allow signal (target self) (target same-sandbox))",
    ]
    if profile is SandboxProfile.NO_NETWORK_NO_WRITING:
        rules += [
            *_WRITES_NOTHING,
            "(deny process-fork)",
            "(deny process-exec*)",
        ]
    elif files is not None:
        rules += _WRITES_NOTHING
        rules += [f"(allow file-write* (subpath {_quoted(path)}))" for path in files.writable]
        if files.graphics:
            rules.append(f'(allow file-write* (regex #"{_SHADERS}"))')
    return _text(*rules)


def _no_services(names: tuple[str, ...]) -> str:
    listed = " ".join(f'(global-name "{name}")' for name in names)
    return f"(deny mach-lookup {listed})"


def _text(*rules: str) -> bytes:
    return os.fsencode("\n".join(rules) + "\n")


def _quoted(path: Path) -> str:
    """Returns a path as the kernel knows it, as a string of the profile's language."""
    escaped = str(_as_stored(path)).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _as_stored(path: Path) -> Path:
    """Returns a path without links, in the letters that the disk has for it.

    Disks of Macs tell neither case nor forms of accents apart, but profiles do. A file need not
    exist yet.
    """
    if sys.platform == "darwin":
        return _as_a_mac_stores(path)
    return path.resolve()


def _as_a_mac_stores(path: Path) -> Path:
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return path if path.parent == path else _as_a_mac_stores(path.parent) / path.name
    try:
        stored = fcntl.fcntl(descriptor, _GET_PATH, bytes(_PATH_BYTES))
    except OSError:
        return path.resolve()
    finally:
        os.close(descriptor)
    return Path(os.fsdecode(stored.rstrip(b"\0")))


def _apply(text: bytes) -> str:
    system = ctypes.CDLL(None)
    reason = ctypes.c_char_p()
    system.sandbox_init.argtypes = (ctypes.c_char_p, ctypes.c_uint64, ctypes.c_void_p)
    if system.sandbox_init(text, 0, ctypes.byref(reason)) == 0:
        return ""
    words = (reason.value or b"no reason given").decode(errors="replace")
    system.sandbox_free_error(reason)
    return words
