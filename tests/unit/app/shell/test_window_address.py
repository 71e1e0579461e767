"""The window's address on Windows, where it is a named pipe: with a stand-in for the system."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from app.shell import window_address


class _Pipes(ModuleType):
    """Stands in for `_winapi`, which only Windows has: says of each pipe what it is told to."""

    def __init__(self, error: int | None) -> None:
        super().__init__("_winapi")
        self.error = error
        self.asked: list[tuple[str, int]] = []

    def WaitNamedPipe(self, name: str, milliseconds: int) -> None:  # noqa: N802
        self.asked.append((name, milliseconds))
        if self.error is not None:
            refusal = OSError(self.error, "refused")
            refusal.winerror = self.error  # type: ignore[attr-defined, unused-ignore]
            raise refusal


@pytest.mark.parametrize(
    ("error", "is_open"),
    [
        (None, True),  # it is free
        (2, False),  # ERROR_FILE_NOT_FOUND
        (121, True),  # ERROR_SEM_TIMEOUT: it serves another command
        (5, True),  # ERROR_ACCESS_DENIED: asking it will tell
    ],
)
def test_a_window_on_windows_seems_open_if_its_pipe_exists(
    error: int | None, is_open: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipes = _Pipes(error)
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setitem(sys.modules, "_winapi", pipes)
    assert window_address.seems_open(tmp_path) is is_open
    assert pipes.asked == [(rf"\\.\pipe\{window_address.address(tmp_path)}", 1)]
