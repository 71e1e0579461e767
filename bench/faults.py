"""Behaviour under faults: `python -m bench.faults files|kills|disk --help`.

Each kind of fault has a module with `add_arguments(parser)` and `run(arguments)`.
"""

from __future__ import annotations

import argparse
import importlib
import sys

_KINDS = {"files": "bench.hostile", "kills": "bench.kills", "disk": "bench.full_disk"}


def main(words: list[str]) -> int:
    """Runs one kind of measurement. Returns 1 when a promise was broken."""
    chooser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    chooser.add_argument("kind", choices=_KINDS)
    kind = chooser.parse_args(words[:1]).kind
    module = importlib.import_module(_KINDS[kind])
    parser = argparse.ArgumentParser(prog=f"{chooser.prog} {kind}", description=module.__doc__)
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(words[1:])))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
