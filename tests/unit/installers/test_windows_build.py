"""The payload for Windows, as far as it is made without its tools."""

from __future__ import annotations

import sys
from importlib.metadata import Distribution
from pathlib import Path

from installers.windows.build import compile_modules, describe_llama


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


def test_the_version_of_llama_cpp_and_its_licences_are_found(tmp_path: Path) -> None:
    """No wheel is installed, so nothing else puts them where "About" looks."""
    source, site = tmp_path / "source", tmp_path / "site-packages"
    (source / "vendor" / "llama.cpp").mkdir(parents=True)
    site.mkdir()
    stated = "Metadata-Version: 2.1\nName: llama_cpp_python\nVersion: 9.8.7\n"
    (source / "PKG-INFO").write_text(stated, encoding="utf-8")
    for name in ("LICENSE.md", "vendor/llama.cpp/LICENSE"):
        (source / name).write_text(name, encoding="utf-8")
    describe_llama(source, site)
    (found,) = Distribution.discover(name="llama-cpp-python", path=[str(site)])
    assert found.version == "9.8.7"
    licences = Path(str(found.locate_file(""))).glob("*.dist-info/licenses/**/*")
    texts = {path.read_text(encoding="utf-8") for path in licences if path.is_file()}
    assert texts == {"LICENSE.md", "vendor/llama.cpp/LICENSE"}
