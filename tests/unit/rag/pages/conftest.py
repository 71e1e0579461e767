"""Pages as pictures: what all tests of them need."""

from __future__ import annotations

import pytest

from rag.pages import ocr


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets each page be read to its end, however busy the machine is."""
    monkeypatch.setattr(ocr, "_MOST_SECONDS", 3600.0)
