"""The real gate with a launcher of its own, as a fixture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.privacy.egress.client import Launcher
from app.privacy.egress.gate import Gate
from app.privacy.egress.record import EgressRecord
from app.settings.fields import Settings


@pytest.fixture
def gate(tmp_path: Path) -> Iterator[Gate]:
    """Its launcher starts with the first ticket, and gets the environment that a test has made."""
    made = Gate(Launcher(), EgressRecord(tmp_path / "egress"), Settings)
    yield made
    made.close()
