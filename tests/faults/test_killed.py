"""A few of the kills and full disks that `bench.faults` has many of."""

from __future__ import annotations

import argparse
import os
import random
import sys
from pathlib import Path

import pytest

from bench import full_disk, kills


@pytest.mark.skipif(sys.platform == "win32", reason="kills as on Unix")
def test_killed_at_random_moments_nothing_that_was_listed_is_lost(tmp_path: Path) -> None:
    chance = random.Random(7)
    tally = kills.kill_often(tmp_path / "few", 4, chance)
    if not tally.acknowledged:  # a slow machine had stored nothing yet when it was hit
        tally = kills.kill_often(tmp_path / "many", 16, chance)
    assert tally.kills >= 4
    assert tally.acknowledged > 0
    assert (tally.lost, tally.damaged, tally.different) == (0, 0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts file systems as on Linux")
def test_a_full_disk_loses_nothing_and_is_told_in_plain_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a file system")
    asked = argparse.Namespace(runs=4, seed=3, seconds=600.0)
    assert full_disk.run(asked) == 0, capsys.readouterr().out
    assert "4 met a full disk" in capsys.readouterr().out
