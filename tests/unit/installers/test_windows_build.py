"""The payload for Windows, as far as it is made without its tools."""

from __future__ import annotations

import sys
from pathlib import Path

from installers.windows.build import compile_modules


def test_sources_go_but_for_those_that_are_read_as_text(tmp_path: Path) -> None:
    """OpenCV's loader opens its configuration by name, and there is no OpenCV without it."""
    read = ("start.py", "site-packages/cv2/config.py", "site-packages/cv2/config-3.py")
    imported = ("site-packages/cv2/__init__.py", "site-packages/app/config.py")
    for name in (*read, *imported):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("value = 1\n", encoding="utf-8")
    compile_modules(tmp_path, sys.executable)
    assert all((tmp_path / name).is_file() for name in read)
    for name in imported:
        assert not (tmp_path / name).exists()
        assert (tmp_path / name).with_suffix(".pyc").is_file()
