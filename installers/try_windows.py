"""Tries the set-up for Windows with Wine, as root: `try_windows.py SETUP PAYLOAD`.

PAYLOAD is the folder that SETUP was packed from; a version before is made of it, with other files.
Installs that one silently, into a folder with spaces and letters beyond ASCII; asks the examples;
opens the window, starts it a second time and reaches it from a shell; refuses to upgrade or to
remove while a command runs; upgrades and removes while the window is open. What is installed must
each time be one version or the other, to the file. Prints each figure. Models are those of the
person who runs it. Needs `debootstrap`, unless there is a system with Wine already, and `makensis`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from installers.try_linux import MIRROR, QUESTION  # noqa: E402
from installers.windows.build import make_setup  # noqa: E402

SUITE = "trixie"
PACKAGES = "wine64,xvfb,xdotool"
LIBRARY = "usr/lib/x86_64-linux-gnu/wine/x86_64-windows/ucrtbase.dll"
FOLDER = r"C:\Programme für alle\Studiolo 書斎"  # letters that no code page has all of
DATA = r"C:\Übungen\Täglich 日本"
MODELS = "Große 模型"
DOCUMENT = "Kündigung – 解約.txt"
BEFORE = "0.0.1"
LONG = 280  # more characters than Windows's old limit of 259
_SCREEN = ":77"
_UNINSTALLER_WAITS = 120  # seconds; it gives up after one minute
_PATIENCE = 600  # seconds; a busy machine starts Wine slowly


# Wine 10's C library has no complex numbers: a call of these ends the program, and numpy calls them
# when it is imported. What each does, in the processor's own code (Windows hands over a float pair
# in RCX, and of doubles the address): movd xmm0, ecx; the same after shr rcx, 32; movsd from it.
LACKING = {
    "crealf": "660f6ec1c3",
    "cimagf": "48c1e920660f6ec1c3",
    "creall": "f20f1001c3",
    "cimag": "f20f104108c3",
    "cimagl": "f20f104108c3",
}
_STUB = bytes.fromhex("4883ec28488d0d")  # how each of Wine's stand-ins begins, of 24 bytes


class Wine:
    """A Debian system with Wine, and a home on Windows in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.drive = root / "srv" / "prefix" / "drive_c"
        self._environment = {
            "HOME": "/root",
            "PATH": "/usr/lib/wine:/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
            "DISPLAY": _SCREEN,
            "WINEPREFIX": "/srv/prefix",
            "WINEDEBUG": "-all",
            "WINEDLLOVERRIDES": "mscoree,mshtml=",
            "STUDIOLO_MODELS_DIR": rf"Z:\srv\{MODELS}",
        }

    def unix(self, path: str) -> Path:
        """Returns where a path of drive C lies."""
        return self.drive / path.removeprefix("C:\\").replace("\\", "/")

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Starts a command of Debian."""
        return subprocess.Popen(
            ["chroot", str(self.root), *command],
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def run(self, *command: str) -> tuple[int, str]:
        """Runs a Windows program; returns its status, and what it printed, which must be UTF-8."""
        process = self.start("timeout", str(_PATIENCE), "wine64", *command)
        printed, _ = process.communicate()
        return process.returncode, printed.decode()

    def line(self, line: str) -> int:
        """Runs a command line as it is, for NSIS takes no quotes; returns its status."""
        return self.run("cmd", "/c", line)[0]

    def ask(self, *arguments: str) -> Any:
        """Runs a command of the installed program; returns what it says."""
        command = (rf"{FOLDER}\studiolo.exe", "--data-dir", DATA, *arguments, "--json")
        status, printed = self.run(*command)
        if status:
            raise SystemExit(f"{arguments[0]}: status {status}\n{printed[-2000:]}")
        return json.loads(printed)

    @contextmanager
    def running(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        """Has a Windows program run meanwhile."""
        process = self.start("wine64", *command)
        time.sleep(10)
        must(process.poll() is None, f"{command[0]} runs")
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def must(holds: bool, what: str) -> None:
    """Ends the program if something does not hold, else prints it."""
    if not holds:
        raise SystemExit(f"NOT: {what}")
    print(f"  {what}", flush=True)


def listing(folder: Path) -> dict[str, int]:
    """Returns each file below a folder with its size, but for the uninstaller."""
    files = (path for path in folder.rglob("*") if path.is_file())
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
    return {name: size for name, size in sizes.items() if name != "Uninstall.exe"}


def complete(library: Path) -> None:
    """Puts what Wine's C library lacks and numpy needs in place of its stand-ins."""
    code = bytearray(library.read_bytes())
    exports = exported(bytes(code))
    for name, instructions in LACKING.items():
        start = exports[name]
        if code.startswith(_STUB, start):
            code[start : start + len(instructions) // 2] = bytes.fromhex(instructions)
    library.write_bytes(code)


def exported(library: bytes) -> dict[str, int]:
    """Returns where in a 64-bit Windows library the code of each exported name begins."""
    header = struct.unpack_from("<I", library, 0x3C)[0]  # IMAGE_DOS_HEADER.e_lfanew
    count = struct.unpack_from("<H", library, header + 6)[0]
    options = struct.unpack_from("<H", library, header + 20)[0]
    table = header + 24 + options
    sections = [struct.unpack_from("<IIII", library, table + 40 * i + 8) for i in range(count)]

    def place(address: int) -> int:
        for length, start, stored, where in sections:
            if start <= address < start + max(length, stored):
                return int(address - start + where)
        return 0

    def number(address: int, index: int, size: int) -> int:
        kind = {2: "<H", 4: "<I"}[size]
        return int(struct.unpack_from(kind, library, place(address) + size * index)[0])

    directory = struct.unpack_from("<I", library, header + 24 + 112)[0]  # of exports
    names, functions, named, ordinals = (
        number(directory, index, 4) for index in (6, 7, 8, 9)
    )  # IMAGE_EXPORT_DIRECTORY
    found = {}
    for index in range(names):
        start = place(number(named, index, 4))
        name = library[start : library.index(0, start)].decode("ascii")
        found[name] = place(number(functions, number(ordinals, index, 2), 4))
    return found


def make_before(payload: Path, place: Path) -> Path:
    """Makes a payload that differs: a file more, one less, and one of another size."""
    before = place / "before"
    shutil.copytree(payload, before, copy_function=os.link)
    inside = before / "_internal"
    (inside / "NOTICE").unlink()
    (inside / "only before").mkdir()
    (inside / "only before" / "file.txt").write_text("of the version before", encoding="utf-8")
    start = inside / "start.py"
    text = start.read_text(encoding="utf-8")
    start.unlink()  # a link to the other payload's
    start.write_text(f"{text}\n# of the version before\n", encoding="utf-8")
    return before


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs every step. Returns 0 if all worked; else ends with what did not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("setup", type=Path)
    parser.add_argument("payload", type=Path)
    parser.add_argument("--chroot", type=Path, help="a system with Wine, made before")
    parser.add_argument("--icon", type=Path, default=ROOT / "build" / "windows" / "studiolo.ico")
    models = Path.home() / ".local" / "share" / "studiolo" / "models"
    parser.add_argument("--models", type=Path, default=models)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        root = options.chroot or Path(name) / SUITE
        if not root.is_dir():
            kind = ("--variant=minbase", f"--include={PACKAGES}")
            command = ["debootstrap", *kind, SUITE, str(root), MIRROR]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        wine = Wine(root)
        shutil.rmtree(wine.drive.parent, ignore_errors=True)
        before = make_before(options.payload, Path(name))
        srv = root / "srv"
        make_setup(before, srv / "Before-Setup.exe", options.icon, version=BEFORE, quick=True)
        shutil.copy(options.setup, srv / "Studiolo-Setup.exe")
        shutil.copytree(options.models, srv / MODELS, dirs_exist_ok=True)
        shutil.copytree(ROOT / "examples", srv / "examples", dirs_exist_ok=True)
        with _mounted(root):
            screen = wine.start("Xvfb", _SCREEN, "-screen", "0", "1400x1000x24")
            try:
                complete(root / LIBRARY)
                wine.run("wineboot", "-i")
                _try(wine, listing(before), listing(options.payload))
            finally:
                wine.start("wineserver64", "-k").wait()
                screen.kill()
    print("The set-up works.")
    return 0


@contextmanager
def _mounted(root: Path) -> Iterator[None]:
    subprocess.run(["mount", "-t", "proc", "proc", str(root / "proc")], check=True)
    subprocess.run(["mount", "--bind", "/dev", str(root / "dev")], check=True)
    # Wine counts processors there. Where it finds none, Chroma is not even imported.
    subprocess.run(["mount", "-t", "sysfs", "-o", "ro", "sysfs", str(root / "sys")], check=True)
    try:
        yield
    finally:
        for name in ("proc", "dev", "sys"):
            subprocess.run(["umount", str(root / name)], check=False)


def _try(wine: Wine, before: dict[str, int], after: dict[str, int]) -> None:
    place = wine.unix(FOLDER)
    started = time.monotonic()
    must(wine.line(rf"Z:\srv\Before-Setup.exe /S /D={FOLDER}") == 0, "the version before installs")
    must(listing(place) == before, f"{len(before)} files, all that were packed")
    print(f"  in {time.monotonic() - started:.0f} s")
    _try_program(wine)
    _try_window(wine)
    with wine.running(rf"{FOLDER}\_internal\python.exe", "-c", "import time; time.sleep(9999)"):
        must(wine.line(r"Z:\srv\Studiolo-Setup.exe /S") == 2, "a worker runs: no upgrade")
        wine.run(rf"{FOLDER}\Uninstall.exe", "/S")
        time.sleep(_UNINSTALLER_WAITS)  # as a copy of itself
        must(listing(place) == before, "nor a removal; nothing is changed")
    with wine.running(rf"{FOLDER}\studiolo-window.exe", "--data-dir", DATA) as window:
        must(wine.line(r"Z:\srv\Studiolo-Setup.exe /S") == 0, "the window is open: upgraded")
        must(window.wait(_PATIENCE) == 0, "the window was closed as by its button")
    must(listing(place) == after, f"{len(after)} files, all of the new version and no other")
    must(wine.ask("status")["files"] > 0, "the library of the version before opens")
    must(bool(_registry(wine)), "the registry names it")
    with wine.running(rf"{FOLDER}\studiolo-window.exe", "--data-dir", DATA) as window:
        wine.run(rf"{FOLDER}\Uninstall.exe", "/S")
        must(window.wait(_PATIENCE) == 0, "the window is open: it is closed")
        until = time.monotonic() + _PATIENCE
        while place.exists() and time.monotonic() < until:
            time.sleep(1)  # the uninstaller goes on as a copy of itself
    must(not place.exists(), "and all files are removed")
    theirs = (wine.unix(DATA), wine.drive / "users" / "root" / "AppData" / "Local" / "studiolo")
    named = (path for path in wine.drive.rglob("*tudiolo*"))
    left = [path for path in named if not any(path.is_relative_to(own) for own in theirs)]
    must(not left, f"files left besides the person's: {len(left)} {left[:5]}")
    must(not _registry(wine), f"keys of the registry left: {_registry(wine)}")
    must((wine.unix(DATA) / "library.sqlite").is_file(), "the person's library is kept")


def _try_program(wine: Wine) -> None:
    doctor = wine.ask("doctor")
    print("doctor:", "; ".join(f"{c['name']} {c['detail']}" for c in doctor["checks"]))
    report = wine.ask("index", r"Z:\srv\examples")
    must(not report["failed"], f"index: {report['added']} files, {report['chunks']} passages")
    deep = wine.unix(DATA) / "Dokumente" / Path(*["Ordner mit Umlaut ä"] * (LONG // 20))
    deep.mkdir(parents=True)
    (deep / DOCUMENT).write_text("Die Frist beträgt drei Monate: 三か月.", encoding="utf-8")
    report = wine.ask("index", rf"{DATA}\Dokumente")
    must(report["added"] == 1, f"a document with a path of more than {LONG} characters is read")
    found = wine.ask("search", "Frist 三か月")
    must(DOCUMENT in json.dumps(found, ensure_ascii=False), "its name is printed as UTF-8")
    answer = wine.ask("ask", QUESTION)
    must(bool(answer["citations"]), f"ask: {answer['answer'].strip()[:120]!r}, with citations")


def _try_window(wine: Wine) -> None:
    window = (rf"{FOLDER}\studiolo-window.exe", "--data-dir", DATA)
    with wine.running(*window) as first:
        shown = wine.start("xdotool", "search", "--sync", "--onlyvisible", "--name", "Studiolo")
        must(bool(shown.communicate()[0].strip()), "the window is shown")
        status, _ = wine.run(*window)
        must(status == 0 and first.poll() is None, "a second start ends; the first window stays")
        must(wine.ask("status")["files"] > 0, "a command is run by the open window")
        consoles = wine.start("xdotool", "search", "--class", "conhost.exe").communicate()[0]
        must(not consoles.strip(), "no console is shown")
        wine.run("taskkill", "/IM", "studiolo-window.exe")
        must(first.wait(_PATIENCE) == 0, "it closes when asked to")


def _registry(wine: Wine) -> list[str]:
    """Returns the lines of the person's registry that name the program; ends what runs."""
    wine.start("wineserver64", "-k").wait()
    time.sleep(5)  # the file is written at the end
    text = (wine.drive.parent / "user.reg").read_text(encoding="utf-8", errors="replace")
    named = (line for line in text.splitlines() if "tudiolo" in line)
    return [line for line in named if ".lnk" not in line]  # Wine's own list of menu entries


if __name__ == "__main__":
    sys.exit(main())
