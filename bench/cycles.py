"""What is left behind by a model that is loaded, asked, unloaded and switched many times.

    python -m bench.cycles [--model ID] [--cycles N] [--json FILE]

Each cycle loads the model in the program's own worker and asks it. Two names for the same file
take turns, so that each cycle begins with a switch; after every second one the model is unloaded,
so that half of the switches find a model that is loaded. The figure is the private memory of this
process (USS: what would be free if it ended) after the last cycle beside that after the first ten,
in which modules are imported and caches filled; and the processes that are left at the end, but
for Python's own resource tracker, which ends with the program.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.workers.configs import InferConfig
from app.workers.infer_client import InferClient
from models.chat import GenerationOptions, Message, Role, TextPiece

_FIRST = 10  # cycles that are left out of account
_WRITTEN = 4
_MOST_GROWTH_MB = 20.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 1 if something was left behind."""
    parser = argparse.ArgumentParser(prog="python -m bench.cycles", description=__doc__)
    parser.add_argument("--model", default="smollm2-135m-instruct-q4_1")
    parser.add_argument("--cycles", type=int, default=200)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    path = ModelLibrary(Paths.resolve().models).resolve(options.model).path
    with tempfile.TemporaryDirectory() as folder:
        figures = _run(Paths(Path(folder), path.parent), path, options.cycles)
    print(
        f"{options.cycles} cycles in {figures['seconds']:.0f} s: {figures['first_mb']:.1f} MB "
        f"after {_FIRST}, {figures['last_mb']:.1f} MB at the end ({figures['growth_mb']:+.1f} MB), "
        f"at most {figures['most_mb']:.1f} MB; {figures['processes']:.0f} processes left, "
        f"{figures['threads']:+.0f} threads, {figures['files']:+.0f} open files"
    )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return int(figures["growth_mb"] >= _MOST_GROWTH_MB or figures["processes"] > 0)


def _run(paths: Paths, path: Path, cycles: int) -> dict[str, float]:
    paths.ensure()
    wanted = [InferConfig(str(path), "one", context_tokens=2048, states=str(paths.states))]
    client = InferClient(paths, lambda: wanted[-1])
    this = psutil.Process()
    used: list[float] = []
    counts: list[tuple[int, int]] = []
    started = time.perf_counter()
    for cycle in range(cycles):
        name = "one" if cycle % 2 else "two"
        wanted[:] = [InferConfig(str(path), name, context_tokens=2048, states=str(paths.states))]
        assert client.load().id == name
        events = client.generate(
            [Message(Role.USER, f"Name a colour, number {cycle}.")],
            GenerationOptions(max_tokens=_WRITTEN),
        )
        assert any(isinstance(event, TextPiece) for event in events)
        if cycle % 2:
            while not client.unload_if_idle(0):  # the answer is just ending
                time.sleep(0.01)
        gc.collect()
        used.append(this.memory_full_info().uss / 1e6)
        counts.append((this.num_threads(), _open_files(this)))
        if cycle % 20 == 0:
            print(f"{cycle:>4} {used[-1]:.1f} MB", file=sys.stderr, flush=True)
    client.close()
    left = _left(this)
    for process in left:
        with contextlib.suppress(psutil.Error):  # it has ended meanwhile
            print(f"left: {process.pid} {' '.join(process.cmdline())}", file=sys.stderr)
    first = min(_FIRST, cycles) - 1
    # Both after an unload, or both before one.
    first -= (cycles - 1 - first) % 2
    return {
        "cycles": cycles,
        "seconds": time.perf_counter() - started,
        "first_mb": used[first],
        "last_mb": used[-1],
        "growth_mb": used[-1] - used[first],
        "most_mb": max(used),
        "processes": len(left),
        "threads": counts[-1][0] - counts[first][0],
        "files": counts[-1][1] - counts[first][1],
    }


def _left(process: psutil.Process) -> list[psutil.Process]:
    """Returns the processes that are left, but for the one that Python itself keeps to the end."""
    from multiprocessing import resource_tracker

    tracker = resource_tracker._resource_tracker._pid  # type: ignore[attr-defined]  # noqa: SLF001
    return [child for child in process.children(recursive=True) if child.pid != tracker]


def _open_files(process: psutil.Process) -> int:
    if sys.platform == "win32":
        return int(process.num_handles())
    return int(process.num_fds())


if __name__ == "__main__":
    sys.exit(main())
