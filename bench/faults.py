"""What Studiolo does when things go wrong: `python -m bench.faults files|kills|disk --help`."""

from __future__ import annotations

import argparse
import sys

from bench import full_disk, hostile, kills


def main() -> int:
    """Runs one kind of measurement. Returns 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    for name, module in (("files", hostile), ("kills", kills), ("disk", full_disk)):
        module.add_arguments(kinds.add_parser(name, description=module.__doc__))
    arguments = parser.parse_args()
    return int(arguments.run(arguments))


if __name__ == "__main__":
    sys.exit(main())
