"""Network traffic seen from outside: `python -m bench.privacy [--combinations N]`.

A whole session (first start, index, ask, search, window, settings, end) runs under strace in a
network of its own, where a name server and a web server write down whatever reaches them: in
ordinary surroundings, with every trap set (`tests/e2e/hostile.py`), and shorter in N random
combinations of traps. Deliberate leaks show that all this would be noticed. Needs Linux with
strace, unshare and ip.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from app.privacy.egress.client import Launcher
from tests.e2e import hostile
from tests.e2e.leaks import WAYS, all_sealed
from tests.e2e.offline import Watched, can_watch, own_world, watch
from tests.e2e.sessions import session

_STARTS = 20


@dataclass
class Count:
    """Counts over some runs of a kind."""

    what: str
    runs: int = 0
    processes: int = 0
    sockets: int = 0
    refused: int = 0
    look_ups: int = 0
    requests: int = 0
    traps: int = 0

    def add(self, watched: Watched, *, sprung: bool = False) -> None:
        """Counts one run."""
        self.runs += 1
        self.processes += watched.processes
        self.sockets += len(watched.through)
        self.refused += len(watched.calls) - len(watched.through)
        self.look_ups += len(watched.asked) + len(watched.services)
        self.requests += len(watched.reached)
        self.traps += sprung

    @property
    def leaks(self) -> int:
        """Number of events that must not happen."""
        return self.sockets + self.look_ups + self.requests + self.traps


def main() -> int:
    """Prints the table and JSON. Returns 1 if anything left, or a leak was not noticed."""
    parser = argparse.ArgumentParser(prog="python -m bench.privacy", description=__doc__)
    parser.add_argument("--combinations", type=int, default=50, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="of the combinations")
    parser.add_argument("--only-combinations", action="store_true")
    options = parser.parse_args()
    if not can_watch() or not own_world():
        print("This needs strace, unshare and ip, and the right to use them.", file=sys.stderr)
        return 2
    counts = []
    if not options.only_combinations:
        counts += [_sessions("session", [hostile.NONE])]
        counts += [_sessions("session, every trap set", [hostile.ALL])]
    seeds = list(range(options.first, options.first + options.combinations))
    if seeds:
        counts.append(_sessions("index and ask, random traps", seeds, "--short"))
    noticed = _leaks(counts)
    for count in counts:
        print(
            f"{count.what:30} {count.runs:3} runs, {count.processes:4} processes: "
            f"{count.sockets} sockets, {count.refused} refused, {count.look_ups} look-ups, "
            f"{count.requests} requests, {count.traps} traps sprung"
        )
    start = _start_ms()
    print(f"deliberate leaks noticed       {noticed} of {len(WAYS)}")
    print(f"start of the launcher          {start:.1f} ms (median of {_STARTS})")
    results = {"counts": [asdict(c) for c in counts], "noticed": noticed, "launcher_ms": start}
    print(json.dumps(results))
    return int(any(count.leaks for count in counts) or noticed < len(WAYS))


def _sessions(name: str, seeds: Sequence[int | None], *options: str) -> Count:
    count = Count(name)
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            watched = session(Path(folder), seed, *options)
            count.add(watched.watched, sprung=hostile.sprung(watched.cwd))
        print(f"{name}: {seed}", file=sys.stderr)
    return count


def _leaks(counts: list[Count]) -> int:
    """Adds the leaks of sealed processes; returns how many unsealed ones were always noticed."""
    sealed, noticed = Count("deliberate leaks, sealed"), 0
    with tempfile.TemporaryDirectory() as folder:
        # What a sealed program starts may still ask a name service: see docs/privacy.md.
        watched = watch(["sh", "-c", all_sealed()], Path(folder))
        sealed.runs = len(WAYS)
        sealed.processes = watched.processes
        sealed.sockets = len(watched.through)
        sealed.refused = len(watched.calls) - len(watched.through)
        sealed.look_ups = len(watched.asked)
        sealed.requests = len(watched.reached)
        for way in WAYS:
            watched = watch([sys.executable, "-m", "tests.e2e.leaks", way], Path(folder))
            noticed += bool(watched.through and watched.asked and watched.reached)
    counts.append(sealed)
    return noticed


def _start_ms() -> float:
    times = []
    for _ in range(_STARTS):
        launcher = Launcher()
        started = time.perf_counter()
        launcher.start()
        times.append(time.perf_counter() - started)
        launcher.close()
    return 1000 * statistics.median(times)


if __name__ == "__main__":
    sys.exit(main())
