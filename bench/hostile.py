"""Reads hostile and odd files with the real parse worker, and whole folders with the index worker.

Read one by one, in the worker's real limits: every file of a pack (see `bench.truth` for its
form), things that are no sound files (`bench.odd_files`), and a file that changes while it is
read. Then the index worker takes in the pack and the odd things at once.

To be kept: every file ends as text or with a stated reason, nothing raises or hangs, no request
takes more than 30 seconds and no worker more than 1 GiB; every outcome is one that the pack
expects; of the sound files with a truth, 99.5 % of the expected text is there. That is counted in
two ways. Texts that must be found: files in which the whole text was found (a picture's may lack
a letter). Words: of the different words of a file's reference, those that were found as well,
added up over all files of formats that are read. The reference is what another program made of
the file, with its own headings, labels and mistakes, so the second is told and not demanded.
"""

from __future__ import annotations

import argparse
import collections
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.paths import Paths
from app.workers.parser import PARSE_MEMORY_BYTES, PARSE_SECONDS, ParseClient
from bench.meter import Meter, Reading
from bench.odd_files import CHANGES, changing, make_odd_files
from bench.truth import Item, holds, items, unpack, whole_text, words_found
from bench.whole_folder import Indexed, index_whole

_FOUND = 0.995
_CHANGING_READS = 12
_LATE_SECONDS = 1.0  # the watch looks ten times a second, and the process has to be ended
_FAULTS = ("raised", "hung", "crashed")


@dataclass(frozen=True)
class Result:
    """The outcome of one file. `seconds` and `memory_mb` are those of its worst request."""

    id: str
    expect: str
    outcome: str
    detail: str
    as_expected: bool
    seconds: float
    total_seconds: float
    memory_mb: float
    restarts: int
    pictures: int = 0
    characters: int = 0
    gold_found: bool | None = None
    words_found: int = 0
    words: int = 0

    @property
    def stated(self) -> bool:
        """Whether it has text, or failed with a reason for the user."""
        return self.outcome == "text" or (self.outcome not in _FAULTS and bool(self.detail))

    @property
    def wordless(self) -> bool:
        """Whether its pictures gave no text without a note about that."""
        return bool(self.pictures) and not self.characters and self.gold_found is None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments of this measurement."""
    parser.add_argument("pack", type=Path)
    parser.add_argument("--only", default="", help="files whose id contains this")
    parser.add_argument("--no-index", action="store_true", help="leave out the index worker")
    parser.add_argument("--json", type=Path, help="write every result to this file")


def run(arguments: argparse.Namespace) -> int:
    """Reads all files and prints the figures. Returns 1 when one falls short."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        unpacked = place / "files"
        unpack(arguments.pack, unpacked)
        results = list(_read_all(arguments, place, unpacked))
        indexed = None
        if not arguments.no_index and not arguments.only:
            sound = [arguments.pack / "files", unpacked, place / "odd"]
            indexed = index_whole([path.resolve() for path in sound if path.exists()], place)
    figures = _figures(results)
    if arguments.json:
        written = {
            "figures": figures,
            "indexed": asdict(indexed) if indexed else None,
            "files": [asdict(result) for result in results],
        }
        arguments.json.write_text(json.dumps(written, indent=1), encoding="utf-8")
    return _show(results, figures, indexed)


def _read_all(arguments: argparse.Namespace, place: Path, unpacked: Path) -> Iterator[Result]:
    paths = Paths(place / "data", place / "models")
    paths.ensure()
    client = ParseClient(paths)
    try:
        meter = Meter(client)
        for item, path in items(arguments.pack, unpacked):
            if arguments.only in item.id:
                yield _of_pack(item, meter.read(path, item.password or ""), arguments.pack)
        for name, path in make_odd_files(place / "odd").items():
            if arguments.only in f"odd/{name}":
                yield _result(f"odd/{name}", "any", meter.read(path))
        for sound in _sound(arguments.pack):
            yield from _while_changing(meter, sound, place, arguments.only)
    finally:
        client.close()


def _sound(pack: Path) -> list[Path]:
    """Picks a large sound file of each of some formats, to be changed while it is read."""
    largest: dict[str, Path] = {}
    for item, path in items(pack, pack):
        if item.expect == "ok" and path.suffix in (".pdf", ".docx", ".xlsx", ".csv", ".html"):
            previous = largest.get(path.suffix)
            if path.exists() and (
                previous is None or path.stat().st_size > previous.stat().st_size
            ):
                largest[path.suffix] = path
    return list(largest.values())


def _while_changing(meter: Meter, sound: Path, place: Path, only: str) -> Iterator[Result]:
    for what, change in CHANGES.items():
        name = f"changing/{sound.suffix} {what}"
        if only not in name:
            continue
        folder = Path(tempfile.mkdtemp(dir=place))
        path = folder / f"changing{sound.suffix}"
        with ExitStack() as stack:
            try:
                stack.enter_context(changing(path, sound, change))
            except (OSError, AttributeError):
                continue  # this system has no such change
            for number in range(_CHANGING_READS):
                yield _result(f"{name} {number + 1}", "any", meter.read(path))


def _of_pack(item: Item, reading: Reading, pack: Path) -> Result:
    text = whole_text(reading.document) if reading.document is not None else ""
    gold: dict[str, Any] = {}
    if item.gold_text:
        gold_found = holds(text, item.gold_text, recognised=reading.pictures > 0)
        gold["gold_found"] = gold_found
    if item.gold_md:
        gold["words_found"], gold["words"] = words_found(pack / item.gold_md, text)
    allowed = item.allows(reading.outcome)
    return _result(item.id, item.expect, reading, allowed=allowed, characters=len(text), **gold)


def _result(
    name: str, expect: str, reading: Reading, *, allowed: bool | None = None, **truth: Any
) -> Result:
    return Result(
        id=name.encode("utf-8", "replace").decode(),
        expect=expect,
        outcome=reading.outcome,
        detail=reading.detail,
        as_expected=reading.outcome not in _FAULTS if allowed is None else allowed,
        seconds=round(reading.seconds, 2),
        total_seconds=round(reading.total_seconds, 2),
        memory_mb=round(reading.memory_bytes / (1 << 20), 1),
        restarts=reading.restarts,
        pictures=reading.pictures,
        **truth,
    )


def _figures(results: Sequence[Result]) -> dict[str, float]:
    sound = [result for result in results if result.expect == "ok"]
    readable = [r for r in sound if r.outcome != "unsupported" and not r.wordless]
    golds = [result for result in results if result.gold_found is not None]
    words = [r for r in results if r.words and r.outcome != "unsupported"]
    return {
        "files": len(results),
        "with a stated outcome": _share(sum(r.stated for r in results), len(results)),
        "as the pack expects": _share(sum(r.as_expected for r in results), len(results)),
        "raised, hung or ended the worker": sum(r.outcome in _FAULTS for r in results),
        "timed out": sum(r.outcome == "timeout" for r in results),
        "out of memory": sum(r.outcome == "out_of_memory" for r in results),
        "fresh processes": sum(r.restarts for r in results),
        "longest request, s": max(r.seconds for r in results),
        "longest file with all its pictures, s": max(r.total_seconds for r in results),
        "most memory, MB": max(r.memory_mb for r in results),
        "sound files": len(sound),
        "sound, of a format that is not read": sum(r.outcome == "unsupported" for r in sound),
        "sound, pictures without words": sum(r.wordless for r in sound),
        "other sound files that gave text": _share(
            sum(bool(r.characters) for r in readable), len(readable)
        ),
        "texts that must be found": len(golds),
        "texts found": _share(sum(bool(r.gold_found) for r in golds), len(golds)),
        "files with a reference": len(words),
        "different words of references found": _share(
            sum(r.words_found for r in words), sum(r.words for r in words)
        ),
        "files with 99.5 % of their reference": _share(
            sum(r.words_found >= _FOUND * r.words for r in words), len(words)
        ),
    }


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def _show(results: Sequence[Result], figures: dict[str, float], indexed: Indexed | None) -> int:
    print("one by one")
    for outcome, count in collections.Counter(r.outcome for r in results).most_common():
        print(f"  {outcome:16}{count:6}")
    for name, figure in figures.items():
        print(f"  {name:42}{figure:10.5g}")
    for key in ("seconds", "memory_mb"):
        worst = sorted(results, key=lambda result: -float(getattr(result, key)))[:3]
        print(f"  most {key}: " + "; ".join(f"{r.id} {getattr(r, key)}" for r in worst))
    for r in results:
        if not r.stated or not r.as_expected or r.gold_found is False:
            print(f"  ! {r.id!r}: expected {r.expect}, {r.outcome}: {r.detail[:70]}")
    expected = [
        figures["with a stated outcome"] == 1,
        figures["as the pack expects"] == 1,
        figures["raised, hung or ended the worker"] == 0,
        figures["longest request, s"] <= PARSE_SECONDS + _LATE_SECONDS,
        figures["most memory, MB"] <= PARSE_MEMORY_BYTES >> 20,
        figures["other sound files that gave text"] >= _FOUND,
        figures["texts found"] >= _FOUND,
    ]
    if indexed is not None:
        print("as whole folders")
        for name, value in asdict(indexed).items():
            print(f"  {name:12}{value}")
        expected.append(indexed.kept)
    print("kept" if all(expected) else "NOT KEPT")
    return 0 if all(expected) else 1


def main() -> int:
    """Runs this measurement alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
