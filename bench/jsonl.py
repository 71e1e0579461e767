"""Reads the packs' files of JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yields the object of each line of a file."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
