"""Memory that chat models take, beside what is estimated from their files before they are loaded.

Each model is loaded in the program's own worker, once for each context window, reads a prompt that
fills the given share of the window, and writes a few words. The figure is the worker's resident
set size (RSS), read then.

    python -m bench.memory MODEL.gguf… [--contexts 2048 8192 32768] [--fill 600] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from contextlib import closing
from pathlib import Path

import psutil

from app.paths import Paths
from app.workers.clients import InferClient
from app.workers.configs import InferConfig
from models.chat import GenerationOptions, Message, Role
from models.fit import memory_need
from models.inspection import chat_file

_SENTENCE = "The quick brown fox jumps over the lazy dog. "
_TOKENS_OF_SENTENCE = 10


def main() -> int:
    """Prints a table, and writes JSON on request."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    parser.add_argument("--contexts", nargs="+", type=int, default=[2048, 8192, 32768])
    parser.add_argument("--fill", type=int, default=600, help="tokens of the prompt")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = []
    print(f"{'model':<42} {'context':>8} {'estimate':>9} {'measured':>9} {'off by':>7}")
    for path in options.models:
        for wanted in options.contexts:
            row = _row(path, wanted, options.fill)
            if row is None:
                continue
            rows.append(row)
            print(
                f"{path.stem:<42} {wanted:>8} {row['estimate_mb']:>6} MB {row['measured_mb']:>6} MB"
                f" {row['off']:>+7.1%}",
                flush=True,
            )
    worst = max((abs(float(row["off"])) for row in rows), default=0.0)
    print(f"largest difference {worst:.1%}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    return 0


def _row(path: Path, wanted: int, fill: int) -> dict[str, float | int | str] | None:
    """Measures a model with a context window; None if it is trained for a smaller one."""
    file = chat_file(path)
    if wanted > file.header.number("context_length", wanted):
        return None
    estimate = memory_need(file, wanted).resident
    words = _SENTENCE * (min(fill, wanted * 3 // 4) // _TOKENS_OF_SENTENCE)
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths(Path(folder), path.parent)
        paths.ensure()
        config = InferConfig(str(path.absolute()), path.stem, wanted)
        with closing(InferClient(paths, lambda: config)) as model:
            for _ in model.generate([Message(Role.USER, words)], GenerationOptions(max_tokens=8)):
                pass
            measured = psutil.Process(model.worker.pid).memory_info().rss
    return {
        "model": path.stem,
        "context": wanted,
        "estimate_mb": round(estimate / 1e6),
        "measured_mb": round(measured / 1e6),
        "off": estimate / measured - 1,
    }


if __name__ == "__main__":
    sys.exit(main())
