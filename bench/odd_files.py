"""Odd things in a folder: pipes, devices, loops, names in no encoding.

Nothing of them may hang or end the program. POSIX only where the system has no such things.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_WORDS = "The storage cabinet code is 1838. "
_HUGE = 20 << 30  # a file of so many bytes with nothing in it takes no space on most disks
_CHANGES_SECONDS = 0.003


def make_odd_files(folder: Path) -> dict[str, Path]:
    """Fills `folder` with odd things and names them, some of which lie elsewhere."""
    folder.mkdir()
    odd: dict[str, Path] = {}
    for make in (_special, _links, _names, _sizes, _elsewhere):
        with contextlib.suppress(OSError, AttributeError):  # of what this system has
            odd.update(make(folder))
    return odd


def _special(folder: Path) -> Iterator[tuple[str, Path]]:
    for name in ("pipe.txt", "pipe.pdf"):
        os.mkfifo(folder / name)
        yield name, folder / name
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.txt"))
    yield "socket", folder / "socket.txt"
    (folder / "folder.pdf").mkdir()
    yield "folder with an ending", folder / "folder.pdf"
    locked = folder / "locked.txt"
    locked.write_text(_WORDS, encoding="utf-8")
    locked.chmod(0)
    yield "without permission", locked


def _links(folder: Path) -> Iterator[tuple[str, Path]]:
    links = {
        "self.txt": "self.txt",
        "one.txt": "two.txt",
        "two.txt": "one.txt",
        "nowhere.txt": "no-such-file",
        "zero.txt": "/dev/zero",
        "random.pdf": "/dev/urandom",
        "up": "..",
        "through.txt": "up/odd/up/odd/one.txt",
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
        yield f"link to {target}", folder / name


def _names(folder: Path) -> Iterator[tuple[str, Path]]:
    directory = os.fsencode(folder)
    names = {
        "name in Latin-1": b"caf\xe9.txt",
        "name that is no text": b"\xff\xfe\x80.txt",
        "name with a line break": b"two\nlines.txt",
        "name with control codes": b"bell\x07\x1b[31m.txt",
        "name of spaces": b"   .txt",
        "name like an option": b"--help.txt",
        "name like a part": b"mail.eml!.txt",
        "longest name": b"n" * 251 + b".txt",
        "name with an override": "rtl\u202etxt.exe.txt".encode(),
        "surrogate in UTF-8": b"\xed\xa0\x80.txt",
    }
    for label, name in names.items():
        path = os.path.join(directory, name)  # noqa: PTH118  # bytes
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(_WORDS.encode())
        yield label, Path(os.fsdecode(path))


def _sizes(folder: Path) -> Iterator[tuple[str, Path]]:
    for ending in ("txt", "pdf", "docx", "csv", "eml", "png"):
        path = folder / f"holes.{ending}"
        with path.open("wb") as file:
            file.write(b"%PDF-1.7\n" if ending == "pdf" else b"a")
            file.truncate(_HUGE)
        yield f"20 GB of holes, {ending}", path


def _elsewhere(folder: Path) -> Iterator[tuple[str, Path]]:
    yield "nothing there", folder / "missing.txt"
    yield "name too long", folder / ("n" * 300 + ".txt")
    yield "path too long", folder.joinpath(*["n" * 200] * 30, "a.txt")
    yield "null in the name", folder / "a\0b.txt"
    yield "surrogate in the name", folder / "a\udc80\ud800b.txt"
    yield "below a file", folder / "--help.txt" / "a.txt"
    yield "a folder", folder
    for device in ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/stdin", "/dev/ptmx"):
        if Path(device).exists():
            yield device, Path(device)
    for name in ("mem", "maps", "environ", "fd/0", "pagemap"):
        path = Path("/proc/self") / name
        if path.exists():
            yield str(path), path


Change = Callable[[Path, bytes], None]


def _cut(path: Path, content: bytes) -> None:
    with path.open("r+b") as file:
        file.truncate(random.randrange(len(content)))


def _grow(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content[: 1 << 16])


def _to_pipe(path: Path, content: bytes) -> None:
    del content
    spare = path.with_name("spare")
    os.mkfifo(spare)
    spare.replace(path)


def _to_device(path: Path, content: bytes) -> None:
    del content
    spare = path.with_name("spare")
    spare.symlink_to("/dev/zero")
    spare.replace(path)


def _gone(path: Path, content: bytes) -> None:
    del content
    path.unlink()


CHANGES: dict[str, Change] = {
    "cut short": _cut,
    "grows": _grow,
    "becomes a pipe": _to_pipe,
    "becomes a device": _to_device,
    "goes away": _gone,
}


@contextmanager
def changing(path: Path, sound: Path, change: Change) -> Iterator[None]:
    """Changes and restores a copy of `sound` at `path` all the time, on a thread."""
    content = sound.read_bytes()
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            with contextlib.suppress(OSError):
                change(path, content)
            time.sleep(_CHANGES_SECONDS * random.random())
            _restore(path, content)
            time.sleep(_CHANGES_SECONDS * random.random())

    shutil.copyfile(sound, path)
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _restore(path: Path, content: bytes) -> None:
    spare = path.with_name("spare")
    spare.unlink(missing_ok=True)
    spare.write_bytes(content)
    spare.replace(path)
