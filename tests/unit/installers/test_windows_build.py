"""The payload for Windows, as far as it is made without its tools."""

from __future__ import annotations

import sys
from importlib.metadata import Distribution
from pathlib import Path

import pytest

from installers.windows.build import compile_modules, describe_llama
from installers.windows.ggml import mend_ggml


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


def test_threads_that_wait_give_way_or_the_build_ends(tmp_path: Path) -> None:
    """A newer ggml may be written otherwise; nobody would notice that it spins again."""
    rules, code = tmp_path / "CMakeLists.txt", tmp_path / "ggml-cpu" / "ggml-cpu.c"
    code.parent.mkdir()
    rules.write_text(
        "add(haswell AVX2)\n    ggml_add_cpu_backend_variant(sapphirerapids AMX)\n",
        encoding="utf-8",
    )
    waits = "static inline void ggml_thread_cpu_relax(void) {\n    _mm_pause();\n}"
    code.write_text(f"before\n{waits}\nafter\n", encoding="utf-8")
    mend_ggml(tmp_path)
    assert rules.read_text(encoding="utf-8") == "add(haswell AVX2)\n"
    mended = code.read_text(encoding="utf-8")
    assert "SwitchToThread()" in mended
    assert mended.startswith("before\n")
    assert mended.endswith("\nafter\n")
    with pytest.raises(ValueError, match="not as expected"):
        mend_ggml(tmp_path)
