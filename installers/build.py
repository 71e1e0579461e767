"""Makes the packages of Studiolo: `python installers/build.py` freezes, `--all` packs as well.

Run it with the Python of the development environment. The frozen program is `dist/studiolo`, which
runs without Python; the packages lie in `dist/packages`. Each step says what it made, or why not.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from installers import contents, prune, weigh  # noqa: E402

FROZEN = ROOT / "dist" / "studiolo"
PACKAGES = ROOT / "dist" / "packages"
_BEST = 19  # zstd's level that still unpacks with little memory


def main(arguments: list[str] | None = None) -> int:
    """Builds, and says how long it took and how large it is. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="make the packages, too")
    parser.add_argument("--frozen", action="store_true", help="take dist/studiolo as it is")
    parser.add_argument("--level", type=int, default=_BEST, help="of zstd; 3 for trying")
    options = parser.parse_args(arguments)
    status = 0 if options.frozen else freeze()
    if status == 0 and options.all:
        status = pack(options.level)
    return status


def freeze() -> int:
    """Freezes and prunes the program. Returns PyInstaller's exit status."""
    started = time.monotonic()
    shutil.rmtree(FROZEN, ignore_errors=True)
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


def pack(level: int = _BEST) -> int:
    """Makes each package that can be made on this system. Returns 1 if one that could be failed."""
    shutil.rmtree(PACKAGES, ignore_errors=True)
    PACKAGES.mkdir(parents=True)
    failed = False
    steps: list[tuple[str, str, Callable[[], object]]] = [
        ("licences and parts list", "", lambda: contents.write(FROZEN, PACKAGES)),
        *_steps_of_this_system(level),
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


def _steps_of_this_system(level: int) -> list[tuple[str, str, Callable[[], object]]]:
    """Returns each package of this system: its name, the tool that it needs, and what makes it."""
    from app import __version__ as version

    here = ROOT / "installers"
    if sys.platform == "darwin":
        return [("DMG", "hdiutil", lambda: _run("sh", str(here / "macos" / "dmg.sh"), version))]
    if sys.platform == "win32":
        script = str(here / "windows" / "studiolo.nsi")
        return [("Setup.exe", "makensis", lambda: _run("makensis", f"/DVERSION={version}", script))]
    from installers.linux.packages import make_deb, make_portable

    appimage = str(here / "linux" / "appimage.sh")
    return [
        (".deb", "dpkg-deb", lambda: make_deb(FROZEN, PACKAGES, version, level=level)),
        ("tar.zst", "zstd", lambda: make_portable(FROZEN, PACKAGES, version, level=level)),
        ("AppImage", "appimagetool", lambda: _run("sh", appimage, version)),
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
