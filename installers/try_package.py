"""Installs what was built, as a person would, and tries it: `python installers/try_package.py DIR`.

For a fresh machine of the release workflow; it does not remove what it installs. On Linux and macOS
it takes the package with models inside; on Windows, where there is none, the program fetches them.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from installers import smoke  # noqa: E402
from start import STARTER_MODELS as MODELS  # noqa: E402


def main(arguments: list[str]) -> int:
    """Installs the package in a folder and runs the smoke test on it. Returns its exit status."""
    program = _install(Path(arguments[0]).resolve())
    print(f"installed: {program}")
    return smoke.main([str(program)])


def _install(packages: Path) -> Path:
    """Installs the package of this system; returns the folder of the installed program."""
    if sys.platform == "win32":
        subprocess.run([str(_only(packages, "*.exe")), "/S"], check=True)
        program = Path(os.environ["LOCALAPPDATA"]) / "Programs" / "Studiolo"
        for model in MODELS:
            subprocess.run([str(program / "studiolo.exe"), "models", "get", model], check=True)
        return program
    if sys.platform == "darwin":
        place = Path(tempfile.mkdtemp())
        image = str(_only(packages, "studiolo-full-*.dmg"))
        volume = place / "volume"
        subprocess.run(["hdiutil", "attach", image, "-mountpoint", str(volume)], check=True)
        subprocess.run(["ditto", str(volume / "Studiolo.app"), str(place / "app")], check=True)
        return place / "app" / "Contents" / "MacOS"
    subprocess.run(["sudo", "apt-get", "update", "-q"], check=True)
    package = str(_only(packages, "studiolo-full_*.deb"))
    subprocess.run(["sudo", "apt-get", "install", "-qy", package], check=True)
    return Path("/usr/lib/studiolo")


def _only(folder: Path, pattern: str) -> Path:
    """Returns the one file of a name. Ends the program if there is none, or several."""
    paths = list(folder.glob(pattern))
    if len(paths) != 1:
        raise SystemExit(f"{len(paths)} files named {pattern} in {folder}")
    return paths[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
