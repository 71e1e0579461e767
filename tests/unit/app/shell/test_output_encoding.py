"""What the shell prints is UTF-8, whatever code page the system has for its consoles."""

from __future__ import annotations

import io
import sys

import pytest

from app.shell import cli

NAME = "Kündigung – 解約 договор.txt"


@pytest.mark.parametrize("code_page", ["cp437", "cp850", "cp1252", "cp932", "ascii"])
def test_names_of_any_script_are_printed(code_page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python takes the code page where output is redirected; most have no such letters."""
    printed, noted = io.BytesIO(), io.BytesIO()
    for name, data in (("stdout", printed), ("stderr", noted)):
        stream = io.TextIOWrapper(data, encoding=code_page, errors="strict", newline="")
        monkeypatch.setattr(sys, name, stream)
    with pytest.raises(SystemExit):
        cli.main(["--data-dir", NAME, NAME])
    sys.stdout.write(f"{NAME} \udcff")  # a name that is no text
    sys.stdout.flush()
    sys.stderr.flush()
    assert printed.getvalue().decode("utf-8") == f"{NAME} ?"
    assert NAME in noted.getvalue().decode("utf-8")
