"""Processor time of reading files, beside another checkout of the program.

    python -m bench.parsing FOLDER --before CHECKOUT [--runs 5] [--most 20]

Both checkouts read each file in turn, in a process of their own that has read such a file before,
so other work on the machine falls on both. The set-up is that of a fresh process that reads the
first file of a format, its modules compiled before, as they are once installed. CHECKOUT needs its
own ``.venv``. Pictures are not recognised here.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from bench.rows import Row, print_rows

_READER = """
import sys, time
from pathlib import Path
from rag.parse import parse_file

for line in sys.stdin:
    before = time.process_time()
    parse_file(Path(line[:-1]))
    spent = time.process_time() - before
    print(time.process_time() if sys.argv[1] == "whole" else spent, flush=True)
"""
_HERE = Path(__file__).parents[1]


class Reader:
    """A process that reads files with one checkout.

    Args:
        checkout: its folder.
        mode: "whole" counts what the process has computed since it started; "file" counts each
            file by itself.
    """

    def __init__(self, checkout: Path, mode: str = "file") -> None:
        python = checkout / ".venv/bin/python"
        self._process = subprocess.Popen(
            [python, "-c", _READER, mode],
            cwd=checkout,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def read(self, path: Path) -> float:
        """Reads a file. Returns seconds of processor time.

        Raises:
            SystemExit: the process has ended.
        """
        _pipe(self._process.stdin).write(f"{path}\n")
        _pipe(self._process.stdin).flush()
        answer = _pipe(self._process.stdout).readline()
        if not answer:
            sys.exit(f"Reading {path} ended the process.")
        return float(answer)

    def close(self) -> None:
        """Ends the process."""
        self._process.communicate()


def _environment() -> dict[str, str]:
    """Returns the environment in which Python keeps what it compiles, whatever the shell's says."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


@contextmanager
def _readers(before: Path, mode: str = "file") -> Iterator[tuple[Reader, Reader]]:
    ours, theirs = Reader(_HERE, mode), Reader(before, mode)
    try:
        yield ours, theirs
    finally:
        ours.close()
        theirs.close()


def _pair(readers: tuple[Reader, Reader], path: Path, is_ours_first: bool) -> tuple[float, float]:
    """Returns the seconds of both for one file."""
    ours, theirs = readers
    if is_ours_first:
        our_seconds = ours.read(path)
        return our_seconds, theirs.read(path)
    their_seconds = theirs.read(path)
    return ours.read(path), their_seconds


def _row(name: str, times: Sequence[tuple[float, float]], note: str) -> Row:
    ratios = [our_time / max(other, 1e-9) for our_time, other in times]
    spread = f"; ratios {min(ratios):.2f}–{max(ratios):.2f} in {len(times)} pairs"
    return Row(
        name,
        statistics.median(our_time for our_time, _ in times),
        statistics.median(other for _, other in times),
        statistics.median(ratios),
        note + spread,
    )


def compare(name: str, files: Sequence[Path], before: Path, runs: int) -> list[Row]:
    """Returns the processor time of reading files of one format, and that of a fresh process."""
    with _readers(before) as readers:
        for path in files:
            _pair(readers, path, True)
        rounds = []
        for number in range(runs):
            pairs = [_pair(readers, path, (number + n) % 2 == 0) for n, path in enumerate(files)]
            rounds.append((sum(ours for ours, _ in pairs), sum(theirs for _, theirs in pairs)))
    fresh = []
    for number in range(runs):
        with _readers(before, "whole") as readers:
            fresh.append(_pair(readers, files[0], number % 2 == 0))
    return [
        _row(name, rounds, f"{len(files)} files"),
        _row(f"{name}, first in a process", fresh, files[0].name),
    ]


def main() -> None:
    """Prints a table by format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--before", type=Path, required=True, metavar="CHECKOUT")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--most", type=int, default=20, help="files of a format, spread evenly")
    parser.add_argument("--only", nargs="*", help="endings, such as pdf")
    arguments = parser.parse_args()
    by_ending: dict[str, list[Path]] = {}
    for path in sorted(arguments.folder.resolve().rglob("*")):
        ending = path.suffix.lower().removeprefix(".")
        if path.is_file() and (not arguments.only or ending in arguments.only):
            by_ending.setdefault(ending, []).append(path)
    rows: list[Row] = []
    for ending, files in sorted(by_ending.items()):
        step = max(len(files) // arguments.most, 1)
        chosen = files[::step][: arguments.most]
        rows += compare(ending or "no ending", chosen, arguments.before.resolve(), arguments.runs)
    print_rows(rows)


if __name__ == "__main__":
    main()
