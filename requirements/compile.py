"""Makes the lock files anew from pyproject.toml: `python requirements/compile.py`.

Needs `uv`. The locks are universal (one file for Linux, macOS and Windows) and carry hashes.
torch and llama-cpp-python have locks of their own: on Linux the package index offers torch with
several gigabytes of CUDA only, and llama-cpp-python is built here with portable flags. Macs with an
Intel processor get older versions of what has no wheels for them any more: `intel-mac.txt`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
APART = ("torch", "llama-cpp-python")
CUDA = re.compile(r"^(nvidia-|cuda-|triton\b)")


def compile_lock(*extras: str) -> str:
    """All pinned requirements with hashes, as text."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "--universal", "--quiet"),
        *("--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"),
        *("--constraint", str(HERE / "intel-mac.txt")),
        *(part for extra in extras for part in ("--extra", extra)),
        str(ROOT / "pyproject.toml"),
    ]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def split(lock: str) -> list[str]:
    """A lock as its requirements, each with its hashes."""
    return re.split(r"\n(?=\S)", lock.strip())


def main() -> None:
    """Writes runtime.lock and dev.lock; prints the requirements that have files of their own."""
    runtime = split(compile_lock())
    for name, requirements in (
        ("runtime.lock", runtime),
        ("dev.lock", [r for r in split(compile_lock("dev")) if r not in runtime]),
    ):
        kept = [r for r in requirements if not CUDA.match(r) and not r.startswith(APART)]
        HERE.joinpath(name).write_text("\n".join(kept) + "\n", encoding="utf-8")
    sys.stdout.write("\n".join(r for r in runtime if r.startswith(APART)) + "\n")


if __name__ == "__main__":
    main()
