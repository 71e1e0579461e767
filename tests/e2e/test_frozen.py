"""The frozen program answers the demo question where there is no Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_frozen_program_works_without_python() -> None:
    """Builds it first; needs the starter model (`studiolo models get`) beside the embedder."""
    for script in ("build.py", "smoke.py"):
        done = subprocess.run(
            [sys.executable, str(ROOT / "installers" / script)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{script}: {done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert "The frozen program works." in done.stdout
