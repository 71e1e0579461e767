"""Weighs the frozen program part by part: `python installers/weigh.py [--keep]`.

`--keep` writes the weights to `installers/weights.toml`, with which later builds are compared, so
that the program does not grow unnoticed.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

FROZEN = ROOT / "dist" / "studiolo"
WEIGHTS = ROOT / "installers" / "weights.toml"
MOST_GROWTH = 1.05
"""How much heavier than the kept weights a build may be before somebody has to say so."""

EXECUTABLE = "studiolo (all Python modules)"
SYSTEM = "libraries of the system"
OTHER = "others, under 1 MB each"
_FOLDER_OF = {"opencv_python_headless": "cv2", "scikit_learn": "sklearn", "pillow": "PIL"}
_SUFFIX = re.compile(r"\.libs$|-[\d.]+(\+\w+)?\.dist-info$")
_SMALL = 1e6


def main(arguments: list[str] | None = None) -> int:
    """Prints the weights. Returns 1 if the program has grown too much, and they are not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keep", action="store_true", help="write them to weights.toml")
    parser.add_argument("folder", type=Path, nargs="?", default=FROZEN)
    options = parser.parse_args(arguments)
    weights = weigh(options.folder)
    print(table(weights))
    if options.keep:
        WEIGHTS.write_text(as_toml({**kept(), sys.platform: weights}), encoding="utf-8")
        return 0
    growth = grown(kept().get(sys.platform, {}), weights)
    print("\n".join(growth))
    return 1 if growth else 0


def weigh(folder: Path) -> dict[str, float]:
    """Weighs a frozen program.

    Returns:
        Megabytes (of 1,000,000 bytes) of each part, the heaviest first. A file with two names, and
        a link, count once.
    """
    weights: Counter[str] = Counter()
    seen: set[tuple[int, int]] = set()
    for path in folder.rglob("*"):
        if path.is_symlink() or not path.is_file():
            continue
        status = path.stat()
        if (status.st_dev, status.st_ino) in seen:
            continue
        if status.st_nlink > 1:
            seen.add((status.st_dev, status.st_ino))
        weights[_part(path.relative_to(folder))] += status.st_size
    small = sum(size for size in weights.values() if size < _SMALL)
    large = {part: size for part, size in weights.most_common() if size >= _SMALL}
    return {part: round(size / 1e6, 1) for part, size in {**large, OTHER: small}.items()}


def _part(path: Path) -> str:
    """Returns the part that a file belongs to: a package, with its libraries and metadata."""
    if path.parts[0] != "_internal":
        return EXECUTABLE
    if len(path.parts) == 2:
        return SYSTEM if path.name.startswith("lib") else path.name.partition(".")[0]
    name = _SUFFIX.sub("", path.parts[1])
    return _FOLDER_OF.get(name, name)


def table(weights: Mapping[str, float]) -> str:
    """Returns the weights in lines, with the sum last."""
    lines = [f"{size:8.1f} MB  {part}" for part, size in weights.items()]
    return "\n".join([*lines, f"{sum(weights.values()):8.1f} MB  in all"])


def grown(before: Mapping[str, float], now: Mapping[str, float]) -> tuple[str, ...]:
    """Says what has grown, if the whole has grown too much; else nothing.

    Args:
        before: the kept weights; without any, nothing has grown.
        now: the weights of this build.
    """
    if not before or sum(now.values()) <= sum(before.values()) * MOST_GROWTH:
        return ()
    more = {part: size - before.get(part, 0) for part, size in now.items()}
    whole = f"The program has grown from {sum(before.values()):.0f} to {sum(now.values()):.0f} MB:"
    parts = [
        f"{size:+8.1f} MB  {part}"
        for part, size in sorted(more.items(), key=lambda item: -item[1])
        if size >= 1
    ]
    how = "If that is meant: python installers/weigh.py --keep"
    return (whole, *parts, how)


def kept() -> dict[str, dict[str, float]]:
    """Returns the kept weights of each system."""
    if not WEIGHTS.is_file():
        return {}
    return tomllib.loads(WEIGHTS.read_text(encoding="utf-8"))


def as_toml(systems: Mapping[str, Mapping[str, float]]) -> str:
    """Returns the text of `weights.toml`."""
    lines = ["# Megabytes of each part of the frozen program: python installers/weigh.py --keep"]
    for system, weights in sorted(systems.items()):
        lines += ["", f"[{system}]", f"# {sum(weights.values()):.0f} MB in all"]
        lines += [f'"{part}" = {size}' for part, size in weights.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
