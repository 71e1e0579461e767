"""Freezes Studiolo into `dist/studiolo`, which runs without Python: `python installers/build.py`.

Run it with the Python of the development environment.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FROZEN = ROOT / "dist" / "studiolo"


def main() -> int:
    """Builds, and says how long it took and how large it is. Returns the exit status."""
    started = time.monotonic()
    shutil.rmtree(FROZEN, ignore_errors=True)
    command = [
        *(sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
        *("--distpath", str(FROZEN.parent), "--workpath", str(ROOT / "build")),
        str(ROOT / "installers" / "studiolo.spec"),
    ]
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    if status == 0:
        size = sum(file.stat().st_size for file in FROZEN.rglob("*") if file.is_file())
        seconds = time.monotonic() - started
        print(f"{FROZEN.relative_to(ROOT)}: {size / 1e6:.0f} MB in {seconds:.0f} s")
    return status


if __name__ == "__main__":
    sys.exit(main())
