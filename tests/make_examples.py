"""Writes the PDF and Office files of ``examples/``: ``python -m tests.make_examples``.

The archive belongs to an invented household, the Brandels, and to the small map-making office
where Hanna Brandel works. Its text files are written by hand; these are made here, and the same
bytes come out each time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.archive import budget, insurance, lease, minutes, move, warranty

EXAMPLES = Path(__file__).parent.parent / "examples"


def write(folder: Path) -> list[Path]:
    """Writes the files below `folder`, which gets `home` and `office`."""
    home, office = folder / "home", folder / "office"
    home.mkdir(parents=True, exist_ok=True)
    office.mkdir(parents=True, exist_ok=True)
    return [
        lease.write(home / "lease-flat-3.pdf"),
        warranty.write(home / "washing-machine-warranty.pdf"),
        insurance.write(home / "contents-insurance-letter.docx"),
        budget.write(home / "household-budget-2025.xlsx"),
        minutes.write(office / "minutes-2025-03-04.docx"),
        move.write(office / "office-move.pptx"),
    ]


if __name__ == "__main__":
    for path in write(EXAMPLES):
        sys.stdout.write(f"{path.stat().st_size:8} {path}\n")
