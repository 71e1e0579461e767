"""Tries the frozen program as on a machine without Python: `python3 installers/smoke.py [FOLDER]`.

It is copied to a folder of its own and run with an empty environment: `doctor`, then `index` and
`ask` over the examples and a picture of text, all of which start worker processes. Models are those
on this machine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "screenshots" / "answer-light.png"
QUESTION = "How many months' notice must I give to end the lease?"
MONTHS = re.compile(r"\b(three|3)\b", re.IGNORECASE)


def main(arguments: list[str]) -> int:
    """Runs every step. Returns 0 if all worked."""
    frozen = Path(arguments[0]) if arguments else ROOT / "dist" / "studiolo"
    models = os.environ.get("STUDIOLO_MODELS_DIR") or _models_folder()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        # The executable of a macOS bundle reads what lies in the folders beside its own.
        inner = Path("Contents", "MacOS") if frozen.name == "MacOS" else Path()
        shutil.copytree(frozen.parents[1] if inner.parts else frozen, place / "app", symlinks=True)
        shutil.copytree(ROOT / "examples", place / "examples")
        program = _Program(place, place / "app" / inner, models)
        doctor = program.run("doctor")
        print("doctor:", "; ".join(f"{c['name']} {c['detail']}" for c in doctor["checks"]))
        report = program.run("index", str(place / "examples"))
        print(f"index: {report['added']} files, {report['chunks']} passages")
        if not report["added"] or report["failed"]:
            raise SystemExit("the examples were not indexed")
        picture = shutil.copy(PICTURE, place / "picture.png")
        report = program.run("index", str(picture))
        print(f"index of a picture: {report['chunks']} passages in all")
        if report["added"] != 1 or report["failed"]:
            raise SystemExit("the text of a picture was not recognised")
        answer = program.run("ask", QUESTION)
        print(f"ask: {answer['answer']}")
        if not MONTHS.search(answer["answer"]) or not answer["citations"]:
            raise SystemExit("the demo question was not answered")
        check = program.run("privacy", "check")  # its status says whether the promise holds
        for line in describe(check):
            print(line)
        if sys.platform != "win32" and not check["enforced"]:
            raise SystemExit(
                "native code is not kept off the network here, as docs/privacy.md says"
            )
    print("The frozen program works.")
    return 0


def describe(check: dict[str, Any]) -> list[str]:
    """Returns what `privacy check` found, a line for each attempt."""
    enforced = "native code too" if check["enforced"] else "NOT native code"
    lines = [f"privacy check: {check['arrived']} got through; the system refuses {enforced}"]
    for process in check["processes"]:
        lines += [f"  {process['process']}: {process['problem']}"] if process["problem"] else []
        for tried in process["tries"]:
            end = "refused" if tried["refused"] else "OPEN"
            lines.append(f"  {process['process']}: {tried['what']}: {end} ({tried['detail']})")
    return lines


class _Program:
    """The frozen program in a folder, with a data folder beside it."""

    def __init__(self, place: Path, folder: Path, models: str) -> None:
        self._place = place
        self._folder = folder
        self._environment = {
            "HOME": str(place),
            "PATH": "",
            "STUDIOLO_DATA_DIR": str(place / "data"),
            "STUDIOLO_MODELS_DIR": models,
        }
        if os.name == "nt":
            self._environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]

    def run(self, *arguments: str) -> Any:
        """Runs a command; returns what it printed."""
        name = "studiolo.exe" if os.name == "nt" else "studiolo"
        done = subprocess.run(
            [str(self._folder / name), *arguments, "--json"],
            cwd=self._place,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if done.returncode != 0:
            raise SystemExit(f"{arguments[0]} failed:\n{done.stdout}\n{done.stderr}")
        return json.loads(done.stdout)


def _models_folder() -> str:
    if os.name == "nt":
        return str(Path(os.environ["LOCALAPPDATA"]) / "studiolo" / "models")
    if sys.platform == "darwin":
        return str(Path.home() / "Library" / "Application Support" / "studiolo" / "models")
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return str(Path(data) / "studiolo" / "models")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
