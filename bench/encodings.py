"""How often text in an old encoding is read exactly, beside charset-normalizer.

    python -m bench.encodings FOLDER [--encodings NAME ...] [--samples N]

FOLDER holds UTF-8 text, one file for each language (`de.txt`). Samples of one line, five and forty
lines, at random places, are written in each encoding that has all of their characters, and read.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from charset_normalizer import from_bytes

from rag.parse.plain.encodings import decode_bytes

_ENCODINGS = (
    *("cp1252", "iso8859_15", "mac_roman", "cp850", "cp437", "cp1250", "iso8859_2", "cp852"),
    *("cp1254", "cp1257", "cp1251", "koi8_r", "cp866", "cp1253", "cp1255", "cp1256", "cp874"),
)
_LENGTHS = (1, 5, 40)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.encodings", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--encodings", nargs="+", default=_ENCODINGS, metavar="NAME")
    parser.add_argument("--samples", type=int, default=20, metavar="N")
    options = parser.parse_args(arguments)
    random.seed(1)
    texts = [file.read_text(encoding="utf-8") for file in sorted(options.folder.glob("*.txt"))]
    for length in _LENGTHS:
        for encoding in options.encodings:
            samples = [
                sample
                for text in texts
                for sample in _samples(text.splitlines(), encoding, length, options.samples)
            ]
            if samples:
                _print(f"{length:2} lines, {encoding}", samples, encoding)
    return 0


def _samples(lines: Sequence[str], encoding: str, length: int, count: int) -> Iterator[str]:
    for _ in range(count):
        start = random.randrange(max(1, len(lines) - length))
        sample = "\n".join(lines[start : start + length])
        try:
            if not sample.encode(encoding).isascii():
                yield sample
        except UnicodeEncodeError:
            continue


def _print(name: str, samples: Sequence[str], encoding: str) -> None:
    pairs = [(sample, sample.encode(encoding)) for sample in samples]
    ours = sum(decode_bytes(data) == sample for sample, data in pairs)
    theirs = sum(str(from_bytes(data).best()) == sample for sample, data in pairs)
    print(
        f"{name:22} {len(pairs):5} samples  {ours / len(pairs):6.1%}, "
        f"charset-normalizer {theirs / len(pairs):6.1%}",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
