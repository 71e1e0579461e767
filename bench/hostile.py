"""Has every file of a pack read by the real parse worker, in its limits, one after the other.

The pack is a folder with a ``manifest.jsonl``: a line per file with ``file``, ``expect`` ("ok" for
a sound file), ``gold_md`` (a text that another program made of it) and ``note`` (which may say
``gold text: ...``, words that must be found), and a ``hostile.tar`` with more of its files.

Measured: files with a stated outcome; the longest time and the most memory for a file; of the
sound files, those that gave text, those with the expected words, and the share of the other
program's words that were found as well (words of letters, each as often as it occurs).
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import statistics
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
from rapidfuzz import fuzz

from app.paths import Paths
from app.workers.parser import PARSE_MEMORY_BYTES, PARSE_SECONDS, ParseClient
from rag.types import ParsedDocument, ParseFailure, ParseOptions, RecognisedPage

_MOST_PICTURES = 20  # pages of one file that are recognised here
_WORD = re.compile(r"[^\W\d_]{2,}")
_MARKUP = re.compile(r"<!--.*?-->|!\[[^]]*\]\([^)]*\)|\]\([^)]*\)|<[^>]+>", re.DOTALL)
_RECOGNISED_ENOUGH = 80.0  # of 100: a picture's words may lack a letter


class Item(msgspec.Struct, frozen=True):
    """A line of the manifest."""

    id: str
    file: str
    kind: str
    expect: str
    password: str | None = None
    gold_md: str | None = None
    note: str | None = None

    @property
    def gold_text(self) -> str:
        """Words that must be found; "" if none are given."""
        text = (self.note or "").partition("gold text:")[2]
        return text.partition(" ; ")[0].strip()


@dataclass(frozen=True)
class Result:
    """What became of one file. `seconds` and `memory_mb` are of its worst request."""

    id: str
    expect: str
    outcome: str
    detail: str
    seconds: float
    memory_mb: float
    pictures: int
    characters: int
    gold_found: bool | None = None
    words_found: float | None = None


class _Meter:
    """Asks the worker for one file, and measures what that takes."""

    def __init__(self, client: ParseClient) -> None:
        self._client = client
        self.seconds = 0.0
        self.memory_bytes = 0
        self.pictures = 0

    def read(self, path: Path, password: str) -> ParsedDocument | ParseFailure:
        outcome: ParsedDocument | ParseFailure = self._timed(
            self._client.parse, path, ParseOptions(password)
        )
        scanned = outcome.scanned[:_MOST_PICTURES]
        if not scanned:
            return outcome
        pages: list[RecognisedPage] = []
        for number in scanned:
            page = self._timed(self._client.recognise, path, number, password)
            pages.append(page if isinstance(page, RecognisedPage) else RecognisedPage(number, ()))
            self.pictures += 1
        again: ParsedDocument | ParseFailure = self._timed(
            self._client.parse, path, ParseOptions(password, tuple(pages))
        )
        return again

    def _timed(self, call: Any, *arguments: Any) -> Any:
        self._reset_peak()
        started = time.monotonic()
        reply = call(*arguments)
        self.seconds = max(self.seconds, time.monotonic() - started)
        self.memory_bytes = max(self.memory_bytes, self._peak())
        return reply

    def _reset_peak(self) -> None:
        """Has Linux forget the most that the worker had (proc(5): clear_refs, 5)."""
        pid = self._client.worker.pid
        if pid is not None:
            try:
                Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
            except OSError:
                return  # it has ended

    def _peak(self) -> int:
        pid = self._client.worker.pid
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
        except OSError:
            return 0  # it went over a limit and was ended; the watch had seen how much it took
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) << 10 if found else 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Says what can be asked for."""
    parser.add_argument("pack", type=Path)
    parser.add_argument("--only", default="", help="files whose id contains this")
    parser.add_argument("--json", type=Path, help="write every result to this file")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Reads all files and prints the figures. Returns 1 when one falls short."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        paths = Paths(place / "data", place / "models")
        paths.ensure()
        client = ParseClient(paths)
        try:
            results = [
                _measure(client, item, path, arguments.pack)
                for item, path in _items(arguments.pack, place, arguments.only)
            ]
        finally:
            client.close()
    if arguments.json:
        rows = [asdict(result) for result in results]
        arguments.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return _show(results)


def _items(pack: Path, place: Path, only: str) -> Iterator[tuple[Item, Path]]:
    unpacked = place / "files"
    if (pack / "hostile.tar").exists():
        with tarfile.open(pack / "hostile.tar") as archive:
            archive.extractall(unpacked, filter="data")
    decoder = msgspec.json.Decoder(Item)
    for line in (pack / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        item = decoder.decode(line)
        path = pack / item.file
        if not path.exists():
            path = unpacked / item.file.removeprefix("files/")
        if only in item.id:
            yield item, path


def _measure(client: ParseClient, item: Item, path: Path, pack: Path) -> Result:
    meter = _Meter(client)
    outcome = meter.read(path, item.password or "")
    if isinstance(outcome, ParsedDocument):
        text = whole_text(outcome)
        gold = _words(pack / item.gold_md) if item.gold_md else None
        found = _share(gold, text) if gold else None
        said, detail = ("partly" if outcome.notes else "text"), " ".join(outcome.notes)
    else:
        text, found = "", None
        said, detail = str(outcome.reason), outcome.detail
    return Result(
        item.id,
        item.expect,
        said,
        detail,
        round(meter.seconds, 2),
        round(meter.memory_bytes / (1 << 20), 1),
        meter.pictures,
        len(text),
        _holds(text, item.gold_text, meter.pictures) if item.gold_text else None,
        found,
    )


def whole_text(document: ParsedDocument) -> str:
    """The text of a document and of all its parts."""
    parts = [whole_text(part.document) for part in document.parts if part.document is not None]
    return "\n\n".join([document.text, *parts])


def _holds(text: str, expected: str, pictures: int) -> bool:
    if "".join(expected.split()) in "".join(text.split()):
        return True
    return bool(pictures) and fuzz.partial_ratio(expected, text) >= _RECOGNISED_ENOUGH


def _words(path: Path) -> collections.Counter[str]:
    text = _MARKUP.sub(" ", path.read_text(encoding="utf-8", errors="replace"))
    return collections.Counter(word.lower() for word in _WORD.findall(text))


def _share(gold: collections.Counter[str], text: str) -> float:
    found = collections.Counter(word.lower() for word in _WORD.findall(text))
    return (gold & found).total() / gold.total()


def _may_be_wordless(result: Result) -> bool:
    """Whether nothing was found in a file's pictures, and nothing says that there is something."""
    unknown = result.gold_found is None and result.words_found is None
    return bool(result.pictures) and not result.characters and unknown


def _show(results: list[Result]) -> int:
    outcomes = collections.Counter(result.outcome for result in results)
    for outcome, count in outcomes.most_common():
        print(f"{outcome:16}{count:6}")
    sound = [result for result in results if result.expect == "ok"]
    readable = [result for result in sound if result.outcome != "unsupported"]
    readable = [result for result in readable if not _may_be_wordless(result)]
    with_text = [result for result in readable if result.characters]
    golds = [result for result in sound if result.gold_found is not None]
    shares = [result.words_found for result in results if result.words_found is not None]
    slowest = max(results, key=lambda result: result.seconds)
    largest = max(results, key=lambda result: result.memory_mb)
    stated = sum(bool(result.outcome) for result in results) / len(results)
    figures = {
        "files": len(results),
        "with a stated outcome": stated,
        "ended the worker": outcomes["crashed"],
        "longest, s": slowest.seconds,
        "most memory, MB": largest.memory_mb,
        "sound files": len(sound),
        "of a format that is not read": sum(r.outcome == "unsupported" for r in sound),
        "pictures without a word, no truth given": sum(map(_may_be_wordless, sound)),
        "of the others, with text": len(with_text) / max(len(readable), 1),
        "with a text that must be found": len(golds),
        "found": sum(bool(result.gold_found) for result in golds) / max(len(golds), 1),
        "words of the other program found, mean": statistics.fmean(shares) if shares else None,
        "words of the other program found, median": statistics.median(shares) if shares else None,
    }
    for name, figure in figures.items():
        print(f"{name:44}{figure:.4g}" if figure is not None else f"{name:44}-")
    for result in sound:
        if not result.characters or result.gold_found is False:
            print(f"  no text: {result.id}: {result.outcome}: {result.detail[:80]}")
    print(f"  slowest: {slowest.id}; largest: {largest.id}")
    kept = (
        stated == 1
        and slowest.seconds <= PARSE_SECONDS + 1
        and largest.memory_mb <= PARSE_MEMORY_BYTES >> 20
        and len(with_text) >= 0.995 * len(readable)
    )
    return 0 if kept else 1


def main() -> int:
    """Runs this measurement alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser)
    return run(parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
