"""Builds a data folder from the text that is kept of it in `tests/fixtures`."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw

FIXTURES = Path(__file__).parent / "fixtures"
DATABASES = ("library.sqlite", "chats.sqlite", "specialists.sqlite")
HOME = "/home/ada/papers"
"""Where the documents were: no computer that runs the tests has this folder."""


def versions() -> list[str]:
    """Returns the versions whose data is kept, oldest first."""
    names = (folder.name.removeprefix("data-") for folder in FIXTURES.glob("data-*"))
    return sorted(names, key=lambda name: [int(part) for part in name.split(".")])


def build(version: str, data: Path) -> None:
    """Writes the data folder that a version left behind to `data`, which need not exist."""
    shutil.copytree(
        FIXTURES / f"data-{version}",
        data,
        ignore=shutil.ignore_patterns("*.sql", "README.md"),
        dirs_exist_ok=True,
    )
    for name in DATABASES:
        script = (FIXTURES / f"data-{version}" / f"{name}.sql").read_text("utf-8")
        db = apsw.Connection(str(data / name))
        db.execute(script)
        db.close()
