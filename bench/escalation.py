"""Random event sequences against escalation: what left, and whether it was shown and clicked.

    python -m bench.escalation [--sequences 10000] [--seed 1]

Prints a table and, as the last line, JSON. The sequences and the checks are those of
`tests/escalation_machine.py`; a sequence that breaks a rule ends the run and is printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict

import msgspec
from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.escalation_machine import ACCOUNT, Escalations


def main() -> int:
    """Runs the sequences."""
    parser = argparse.ArgumentParser(description="Random event sequences against escalation.")
    parser.add_argument("--sequences", type=int, default=10_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    started = time.perf_counter()
    run_state_machine_as_test(
        seed(options.seed)(Escalations),
        settings=settings(
            max_examples=options.sequences,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    seconds = time.perf_counter() - started
    same = ACCOUNT.sent - ACCOUNT.different
    print(f"{'sequences':34} {ACCOUNT.sequences:>9,}")
    print(f"{'events in them':34} {ACCOUNT.events:>9,}")
    print(f"{'refused, as they must be':34} {ACCOUNT.refused:>9,}")
    print(f"{'clicks on Send':34} {ACCOUNT.clicks:>9,}")
    print(f"{'sent':34} {ACCOUNT.sent:>9,}")
    print(f"{'sent without a click':34} {ACCOUNT.unclicked:>9,}")
    print(f"{'bytes sent equal bytes shown':34} {same / max(1, ACCOUNT.sent):>9.0%}")
    print(f"{'seconds':34} {seconds:>9.0f}")
    print(msgspec.json.encode({**asdict(ACCOUNT), "seconds": round(seconds, 1)}).decode())
    return 0 if not (ACCOUNT.unclicked or ACCOUNT.different) else 1


if __name__ == "__main__":
    sys.exit(main())
