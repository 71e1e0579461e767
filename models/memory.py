"""How much memory this process may use: what the machine has, or less where a limit is set.

Containers, services and accounts get limits that the machine's own figures do not show. Who goes
over one is ended by the system without a word, so they count like the machine's end.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import psutil


class Memory(NamedTuple):
    """Bytes of memory: all that this process and its like may have, and what is free of it now."""

    total: int
    available: int


def memory(root: Path = Path("/")) -> Memory:
    """Returns the memory that may be used here.

    Args:
        root: where ``proc`` and the mounted file systems are looked for; another one for tests.
    """
    machine = psutil.virtual_memory()
    limits = [Memory(machine.total, machine.available)]
    if sys.platform == "linux":
        limits += _cgroup_limits(root)
    limits += _process_limits()
    return Memory(
        min(limit.total for limit in limits), max(0, min(limit.available for limit in limits))
    )


def resident_bytes(pid: int) -> int:
    """Returns the memory that a process takes, mapped files included; 0 where it has ended."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _process_limits() -> Iterator[Memory]:
    """Yields the account's or shell's limits on one process (``ulimit -v`` and ``-d``)."""
    if sys.platform != "linux":  # Windows has none of them, and macOS heeds neither
        return
    import resource

    used = psutil.Process().memory_info()
    for kind, taken in ((resource.RLIMIT_AS, used.vms), (resource.RLIMIT_DATA, used.data)):
        soft = resource.getrlimit(kind)[0]
        if soft != resource.RLIM_INFINITY:
            yield Memory(soft, soft - taken)


def ceiling() -> int:
    """Returns the bytes that this process may allocate: what it has, and what is free now."""
    used = psutil.Process().memory_info()
    # On Windows, what is committed, which is what the limit of a job counts.
    kind = "private" if sys.platform == "win32" else "data"
    return int(getattr(used, kind)) + memory().available


def limit_to_free_memory() -> None:
    """Keeps this process from allocating more memory than is free now. Works on Linux only.

    A model that takes more than was estimated is then refused memory, and says so; without a limit
    the system would end any program on the machine. A mapped file does not count: its pages can be
    taken back. The limit is a soft one, so that a process that this one starts can set its own.
    """
    if sys.platform != "linux":
        return
    import resource

    most = ceiling()
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if soft == resource.RLIM_INFINITY or most < soft:
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


class _Files(NamedTuple):
    """What a version of control groups calls its files, and the memory that it can take back."""

    limits: tuple[str, ...]
    used: str
    cache: str


# https://docs.kernel.org/admin-guide/cgroup-v2.html and cgroup-v1/memory.html
_V2 = _Files(("memory.max", "memory.high"), "memory.current", "inactive_file")
_V1 = _Files(("memory.limit_in_bytes",), "memory.usage_in_bytes", "total_inactive_file")
_NO_LIMIT = 1 << 62  # v1 writes a number near 2**63 where there is none


def _cgroup_limits(root: Path) -> Iterator[Memory]:
    """Yields the limit of each control group around this process, the innermost first."""
    groups = _groups(_text(root / "proc/self/cgroup"))
    for line in _text(root / "proc/self/mountinfo").splitlines():
        mounted, _, rest = line.partition(" - ")
        fields, kind = mounted.split(), rest.split()
        if len(fields) < 5 or len(kind) < 3:
            continue
        if kind[0] == "cgroup2":
            files, group = _V2, groups.get("")
        elif kind[0] == "cgroup" and "memory" in kind[2].split(","):
            files, group = _V1, groups.get("memory")
        else:
            continue
        if group is not None:
            top = root / _unescaped(fields[4]).lstrip("/")
            yield from _limits_up_from(_inside(top, group, _unescaped(fields[3])), top, files)


def _groups(text: str) -> dict[str, str]:
    """Returns the path of this process's group by controller; "" stands for version 2."""
    groups = {}
    for line in text.splitlines():
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        for controller in controllers.split(","):
            groups[controller] = path
    return groups


def _inside(top: Path, group: str, mounted: str) -> Path:
    """Returns where a group is below its mount, whose root is `mounted`; `top` if outside."""
    path = PurePosixPath(group)
    if ".." in path.parts or not path.is_relative_to(mounted):
        return top
    return top / path.relative_to(mounted)


def _limits_up_from(folder: Path, top: Path, files: _Files) -> Iterator[Memory]:
    for group in (folder, *folder.parents):
        numbers = [_number(group / name) for name in files.limits]
        total = min((n for n in numbers if n is not None and n < _NO_LIMIT), default=None)
        if total is not None:
            used = _number(group / files.used) or 0
            yield Memory(total, total - max(0, used - _cache(group, files.cache)))
        if group == top:
            return


def _cache(group: Path, name: str) -> int:
    """Returns the bytes of the page cache, which can be freed at once."""
    for line in _text(group / "memory.stat").splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.isdecimal():
            return int(value)
    return 0


def _number(path: Path) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else None  # "max" is no limit


def _text(path: Path) -> str:
    with suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace")
    return ""


def _unescaped(field: str) -> str:
    """Decodes a path of mountinfo, in which blanks are written as octal numbers."""
    for code, letter in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, letter)
    return field
