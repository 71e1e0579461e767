"""How long the window is away from its event loop while much happens.

``python -m bench.window`` runs the tests that give the window much to do, by themselves, and
prints the longest turn of the GUI thread in each: "busy" is time on a processor, "held" includes
waits for disks, locks and workers, "wall" also what other processes took. The target is 50 ms busy.
``--slow`` takes in 10,000 files as well, which takes minutes.
"""

from __future__ import annotations

import argparse
import json
import sys

import pytest

_TESTS = (
    "tests/ui/test_responsiveness.py",
    "tests/ui/test_chat.py",
    "tests/ui/test_collections.py",
    "tests/ui/test_escalation.py",
    "tests/ui/test_library_page.py",
    "tests/ui/test_ten_thousand_files.py",
)


class _Measuring:
    """Keeps the tests that measure, and their figures."""

    def __init__(self) -> None:
        self.figures: dict[str, dict[str, float]] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Leaves out the tests that measure nothing."""
        items[:] = [item for item in items if "heartbeat" in getattr(item, "fixturenames", ())]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collects the figures of a test that has ended."""
        if report.when == "teardown":
            for name, value in report.user_properties:
                if name == "heartbeat" and isinstance(value, dict):
                    self.figures[report.nodeid.partition("::")[2]] = value


def main() -> int:
    """Runs the tests and prints a table and JSON; returns pytest's exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slow", action="store_true", help="with 10,000 files")
    options = parser.parse_args()
    measuring = _Measuring()
    marks = "" if options.slow else "not slow"
    status = pytest.main(["-q", "-m", marks, *_TESTS], plugins=[measuring])
    for name, figures in measuring.figures.items():
        print(" | ".join((f"{figures['busy']:6.1f} ms busy", f"{figures['held']:6.1f} held", name)))
    print(json.dumps(measuring.figures))
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
