"""How often a sentence that was changed passes as what its source says, and a right one does not.

    python -m bench.claims --packs FOLDER [--half a] [--show]

Asks no model. FOLDER holds the development packs. Prints both rates by kind of change and by
language, for pairs that are written in `bench.claim_pairs` and pairs made from the packs. Half "a"
has chosen rules, half "b" has not.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.claim_pairs import RIGHT, ClaimPair, read, written
from rag.answer.agreement import difference


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.claims", description=__doc__)
    parser.add_argument("--packs", type=Path, metavar="FOLDER")
    parser.add_argument("--half", choices=("a", "b", "c"))
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args(arguments)
    pairs = [("written", pair) for pair in written()]
    if options.packs:
        pairs += [("packs", pair) for pair in read(options.packs)]
    for half in options.half or "abc":
        for kind in ("written", "packs"):
            own = [pair for of, pair in pairs if of == kind and pair.half == half]
            if own:
                _print(f"{kind}, half {half}", own, show=options.show and half == "a")
    return 0


def _print(title: str, pairs: Sequence[ClaimPair], *, show: bool) -> None:
    counts: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for pair in pairs:
        agrees = difference(pair.sentence, pair.source, question=pair.question) is None
        is_wrong = agrees != (pair.change == RIGHT)
        group = "right" if pair.change == RIGHT else "changed"
        for key in {group, f"  {pair.change}", f"  {group} {pair.language}"}:
            counts[key] += 1
            wrong[key] += is_wrong
        if show and is_wrong:
            reason = difference(pair.sentence, pair.source, question=pair.question)
            print(f"{pair.change} {reason}: {pair.sentence}\n    {pair.source}")
    print(f"\n{title}: wrong of all (changed and passed, right and refused)")
    for key in sorted(
        counts, key=lambda key: (key.strip().split()[0] in ("changed", "right"), key)
    ):
        print(f"{key:24}{wrong[key]:5} of {counts[key]:5} {wrong[key] / counts[key]:7.3f}")


if __name__ == "__main__":
    sys.exit(main())
