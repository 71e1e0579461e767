"""Makes the packages of Studiolo: `python installers/build.py` freezes, `--all` packs as well.

Run it with the Python of the development environment. The frozen program is `dist/studiolo`, which
runs without Python; the packages lie in `dist/packages`. Each step says what it made, or why not.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from installers import contents, llama, prune, shipping, weigh  # noqa: E402

FROZEN = ROOT / "dist" / "studiolo"
PACKAGES = ROOT / "dist" / "packages"
_BEST = 19  # zstd's level that still unpacks with little memory


def main(arguments: list[str] | None = None) -> int:
    """Builds, and says how long it took and how large it is. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="make the packages, too")
    parser.add_argument("--frozen", action="store_true", help="take dist/studiolo as it is")
    parser.add_argument(
        "--full",
        nargs="*",
        metavar="MODEL",
        help="make the packages with models inside, from the models folder of this account; the "
        "starter and the embedding model unless others are named",
    )
    parser.add_argument("--level", type=int, default=_BEST, help="of zstd; 3 for trying")
    options = parser.parse_args(arguments)
    if options.all:
        _tell_of_lacking_code()
    status = 0 if options.frozen else freeze()
    if status:
        return status
    if options.full is not None:
        shipping.ship(FROZEN, options.full)
    else:
        shipping.unship(FROZEN)
    return pack(options.level, full=options.full is not None) if options.all else 0


def freeze() -> int:
    """Freezes and prunes the program. Returns PyInstaller's exit status."""
    started = time.monotonic()
    shutil.rmtree(FROZEN, ignore_errors=True)
    _draw_icon()
    command = [
        *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
        *("--distpath", str(FROZEN.parent), "--workpath", str(ROOT / "build")),
        str(ROOT / "installers" / "studiolo.spec"),
    ]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status == 0:
        prune.finish(FROZEN)
        megabytes = sum(weigh.weigh(FROZEN).values())
        print(
            f"{FROZEN.relative_to(ROOT)}: {megabytes:.0f} MB in {time.monotonic() - started:.0f} s"
        )
    return status


def _tell_of_lacking_code() -> None:
    """Warns where packages would run slower, or not at all, on other processors than this one."""
    place = importlib.util.find_spec("llama_cpp")
    if sys.platform != "linux" or place is None or place.origin is None:
        return
    lacking = llama.lacking(Path(place.origin).parent / "lib", platform.machine())
    if lacking:
        print(
            f"llama.cpp's code for {', '.join(lacking)} is not here: the packages suit processors "
            "like this machine's. For all: installers/llama.py build/llama --all, then install "
            "the wheel that is there."
        )


def _draw_icon() -> None:
    """Draws the icon that the executable of this system has inside."""
    from installers.icons import draw, write_ico

    folder = ROOT / "build"
    folder.mkdir(exist_ok=True)
    if sys.platform == "win32":
        write_ico(folder / "studiolo.ico")
    elif sys.platform == "darwin":
        # PyInstaller makes an ICNS file of it with Pillow.
        draw(folder / "studiolo.png", 1024)


def pack(level: int = _BEST, *, full: bool = False) -> int:
    """Makes each package that can be made on this system. Returns 1 if one that could be failed.

    Args:
        level: of zstd.
        full: the program has models inside, and its packages have another name.
    """
    name = "studiolo-full" if full else "studiolo"
    PACKAGES.mkdir(parents=True, exist_ok=True)
    for path in PACKAGES.glob(f"{name}[-_][0-9]*"):  # of earlier builds; the other flavour stays
        path.unlink()
    failed = False
    steps: list[tuple[str, str, Callable[[], object]]] = [
        ("licences and parts list", "", lambda: contents.write(FROZEN, PACKAGES)),
        *_steps_of_this_system(name, level),
        ("checksums", "", lambda: write_sums(PACKAGES)),
    ]
    for what, tool, make in steps:
        if tool and shutil.which(tool) is None:
            print(f"{what}: not made, {tool} is not on this machine")
            continue
        try:
            make()
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{what}: failed, {error}")
            failed = True
        else:
            print(f"{what}: made")
    for path in sorted(PACKAGES.iterdir()):
        print(f"{path.stat().st_size / 1e6:8.1f} MB  {path.name}")
    return int(failed)


def _steps_of_this_system(name: str, level: int) -> list[tuple[str, str, Callable[[], object]]]:
    """Returns each package of this system: its kind, the tool that it needs, and what makes it.

    Args:
        name: of the packages.
        level: of zstd.
    """
    from app import __version__ as version

    here = ROOT / "installers"
    if sys.platform == "darwin":
        dmg = str(here / "macos" / "dmg.sh")
        return [("DMG", "hdiutil", lambda: _run("sh", dmg, version, name))]
    if sys.platform == "win32":
        from installers.windows.build import make_setup

        setup = PACKAGES / f"{name}-{version}-windows-Setup.exe"
        icon = ROOT / "build" / "studiolo.ico"
        return [("Setup.exe", "makensis", lambda: make_setup(FROZEN, setup, icon))]
    from installers.linux.packages import make_deb, make_portable, stage_flatpak

    appimage = str(here / "linux" / "appimage.sh")
    places = (FROZEN, PACKAGES, version)
    return [
        (".deb", "dpkg-deb", lambda: make_deb(*places, name=name, level=level)),
        ("tar.zst", "zstd", lambda: make_portable(*places, name=name, level=level)),
        ("folder for Flatpak", "", lambda: stage_flatpak(FROZEN, FROZEN.parent / "flatpak")),
        ("AppImage", "appimagetool", lambda: _run("sh", appimage, version, name)),
    ]


def _run(*command: str) -> None:
    environment = {**os.environ, "PYTHON": sys.executable}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def write_sums(folder: Path) -> Path:
    """Writes SHA256SUMS of all files of a folder, as `sha256sum --check` reads it."""
    lines = []
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name != "SHA256SUMS":
            with path.open("rb") as file:
                lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {path.name}\n")
    sums = folder / "SHA256SUMS"
    sums.write_text("".join(lines), encoding="utf-8")
    return sums


if __name__ == "__main__":
    sys.exit(main())
