"""Reads files in a process of its own, as the parse worker limits it, and says what each took.

``python -m tests.hostile_reader`` takes a path a line and answers with a JSON object a line. With
names of `tests.hostile_files` as arguments, or ``all``, it writes those files and prints a table.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from app.privacy.sandbox import limit_memory
from app.workers.parser import PARSE_MEMORY_BYTES
from rag.chunking.chunk import Chunker
from rag.parse import parse_file
from rag.parse.document import ParsedDocument
from rag.parse.failures import ParseFailure
from rag.text.sentences import sentences


def read(path: Path) -> dict[str, object]:
    """Reads a file and cuts it. Seconds are the processor's."""
    began = time.process_time()
    parsed = parse_file(path)
    seconds = time.process_time() - began
    if isinstance(parsed, ParseFailure):
        return {"seconds": seconds, "outcome": parsed.reason.value, "words": parsed.detail}
    chunks = _cut(parsed)
    return {
        "seconds": seconds,
        "cut": time.process_time() - began - seconds,
        "outcome": "read",
        "words": " ".join(parsed.notes),
        "chunks": chunks,
        "characters": len(parsed.text),
    }


def _cut(document: ParsedDocument) -> int:
    chunks = Chunker(None, 256).chunk(document, "x")
    for chunk in chunks:
        sentences(chunk.text)
    return len(chunks) + sum(_cut(part.document) for part in document.parts if part.document)


def _table(names: Iterable[str]) -> None:
    from tests.hostile_files import ALL

    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            path = ALL[name](Path(folder))
            told = read(path)
            seconds, cut = told["seconds"], told.get("cut", 0.0)
            sys.stdout.write(
                f"{name} | {path.stat().st_size:,} | {seconds:.2f} | {cut:.2f} | "
                f"{told['outcome']} | {told['words']}\n"
            )
            sys.stdout.flush()
            path.unlink()


def main() -> None:
    """Answers until there are no more lines."""
    limit_memory(PARSE_MEMORY_BYTES)
    if names := sys.argv[1:]:
        from tests.hostile_files import ALL

        _table(ALL if names == ["all"] else names)
        return
    for line in sys.stdin:
        sys.stdout.write(json.dumps(read(Path(line.rstrip("\n")))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
