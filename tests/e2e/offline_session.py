"""A whole session, as a person has one: the real commands, then the real window.

    python -m tests.e2e.offline_session DATA_FOLDER FOLDER WORKING_DIRECTORY [--short]

Prints what each command said, as JSON. The commands run in the working directory, and are found as
an installed program finds itself: not by where it is started.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODEL = "smollm2-135m-instruct-q4_1"
QUESTION = "How much is the rent?"
_START = "import sys; sys.path[0] = sys.argv.pop(1); from {0} import main; sys.exit(main())"


def run(module: str, *arguments: str, cwd: str) -> tuple[str, str]:
    """Runs a program of ours to its end. Returns what it printed, and what it complained of."""
    command = [sys.executable, "-c", _START.format(module), str(ROOT), *arguments]
    done = subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    if done.returncode != 0:
        raise SystemExit(f"{arguments[:3]}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout, done.stderr


def main() -> None:
    """Runs the session."""
    data, folder, cwd = sys.argv[1:4]
    short = "--short" in sys.argv
    said: dict[str, object] = {}
    seconds: dict[str, float] = {}

    def studiolo(name: str, *arguments: str) -> None:
        started = time.monotonic()
        out, _ = run("ui.main", *arguments, "--data-dir", data, "--json", cwd=cwd)
        said[name] = json.loads(out)
        seconds[name] = round(time.monotonic() - started, 2)

    if not short:
        studiolo("first", "status")
        studiolo("models", "models", "list")
    settings = {"version": 1, "answer_tokens": 64, "passages": 2, "model": MODEL}
    Path(data).mkdir(exist_ok=True)
    (Path(data) / "settings.json").write_text(json.dumps(settings))
    studiolo("index", "index", folder)
    studiolo("ask", "ask", QUESTION)
    if not short:
        studiolo("search", "search", "rent", "-k", "3")
        started = time.monotonic()
        out, complaints = run(
            "tests.e2e.offline_window", data, folder, "And when is it due?", cwd=cwd
        )
        said["window"], said["complaints"] = out, complaints
        seconds["window"] = round(time.monotonic() - started, 2)
        studiolo("log", "privacy", "log")
    print(json.dumps({**said, "seconds": seconds}))


if __name__ == "__main__":
    main()
