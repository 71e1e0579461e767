"""A program that grows is noticed, and weighed by the parts that it is made of."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest

from installers.weigh import EXECUTABLE, FROZEN, OTHER, SYSTEM, as_toml, grown, kept, weigh

MB = 1_000_000


def _file(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


def test_libraries_and_metadata_belong_to_their_package(tmp_path: Path) -> None:
    inside = tmp_path / "_internal"
    _file(tmp_path / "studiolo", 3 * MB)
    _file(inside / "numpy" / "core.so", 2 * MB)
    _file(inside / "numpy.libs" / "libblas.so", 4 * MB)
    _file(inside / "numpy-2.1.3.dist-info" / "LICENSE", MB)
    _file(inside / "libX11.so.6", 2 * MB)
    _file(inside / "tiny" / "data", 1000)
    (inside / "libblas.so").symlink_to("numpy.libs/libblas.so")
    (inside / "numpy" / "again.so").hardlink_to(inside / "numpy" / "core.so")
    assert weigh(tmp_path) == {"numpy": 7.0, EXECUTABLE: 3.0, SYSTEM: 2.0, OTHER: 0.0}


def test_growth_is_noticed_beyond_a_twentieth() -> None:
    before = {"torch": 80.0, "numpy": 20.0}
    assert grown(before, {"torch": 84.0, "numpy": 21.0}) == ()
    whole, *parts, _how = grown(before, {"torch": 82.0, "numpy": 20.0, "pandas": 4.0})
    assert "from 100 to 106 MB" in whole
    assert [part.split() for part in parts] == [["+4.0", "MB", "pandas"], ["+2.0", "MB", "torch"]]


def test_a_system_that_was_never_weighed_has_not_grown() -> None:
    assert grown({}, {"torch": 80.0}) == ()


def test_weights_can_be_read_again() -> None:
    weights = {"linux": {"torch": 80.0, OTHER: 1.5}, "win32": {"numpy": 2.0}}
    assert tomllib.loads(as_toml(weights)) == weights


def test_a_build_that_is_here_has_not_grown() -> None:
    """Says so as soon as somebody has built; `tests/e2e/test_frozen.py` builds."""
    if not FROZEN.is_dir():
        pytest.skip("nothing was built here")
    assert grown(kept().get(sys.platform, {}), weigh(FROZEN)) == ()
