"""Pruning takes out what is never used, and nothing that something else asks for."""

from __future__ import annotations

import ast
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from installers.prune import MODULES_LEFT_OUT, finish, keeps, orphans

needs_binutils = pytest.mark.skipif(
    sys.platform != "linux" or not (shutil.which("strip") and shutil.which("readelf")),
    reason="pruning libraries needs Linux and binutils",
)


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("onnxruntime/capi/libonnxruntime.so.1", True),
        ("torch/lib/libtorch_cpu.so", False),
        ("torch\\lib\\torch_cpu.dll", False),
        ("numpy/__init__.pyi", False),
        ("PySide6/Qt/plugins/platforms/libqxcb.so", True),
        ("PySide6/Qt/plugins/platforms/libqvnc.so", False),
        ("PySide6/Qt/plugins/platformthemes/libqxdgdesktopportal.so", True),
        ("onnxruntime-1.32.0.dist-info/LICENSE", True),
    ],
)
def test_what_is_kept(path: str, kept: bool) -> None:
    assert keeps(path) is kept


def test_what_studiolo_imports_is_not_left_out() -> None:
    """What is, is imported only for models of other forms, see models/embedding.py."""
    for_other_models = {"sentence_transformers", "torch"}
    imported = set[str]()
    for module in (
        path for package in ("app", "models", "rag", "ui") for path in _modules(package)
    ):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    assert imported & set(MODULES_LEFT_OUT) == for_other_models
    needed = imported - for_other_models
    assert [name for name in sorted(needed) if not keeps(f"{name}/__init__.py")] == []


def _modules(*packages: str) -> Iterator[Path]:
    root = Path(__file__).parents[3]
    return (path for package in packages for path in (root / package).rglob("*.py"))


def test_libraries_that_nothing_asks_for_are_orphans() -> None:
    needed = {
        "libgtk.so.3": {"libgdk.so.3", "libgtk.so.3"},
        "libgdk.so.3": {"libc.so.6"},
        "Qt/libqxcb.so": {"libX11.so.6"},
    }
    libraries = {"libgtk.so.3", "libgdk.so.3", "libX11.so.6", "libpython3.11.so.1.0"}
    assert orphans(needed, libraries) == {"libgtk.so.3"}
    del needed["libgtk.so.3"]
    assert orphans(needed, libraries - {"libgtk.so.3"}) == {"libgdk.so.3"}


@needs_binutils
def test_a_folder_is_pruned_in_place_and_hard_links_elsewhere_stay(tmp_path: Path) -> None:
    library = next(Path(sys.base_prefix).rglob("lib-dynload/_json*.so"), None)
    if library is None:
        pytest.skip("this Python has its modules inside")
    inside = tmp_path / "studiolo" / "_internal"
    (inside / "llama_cpp").mkdir(parents=True)
    (inside / "torch" / "lib").mkdir(parents=True)
    (inside / "torch" / "lib" / "data").write_text("x")
    (inside / "libdata.so").symlink_to("torch/lib/data")
    for name in ("liba.so", "liba.so.0"):
        shutil.copy(library, inside / "llama_cpp" / name)
    shutil.copy(library, inside / "libasked.so.1")
    before = (inside / "llama_cpp" / "liba.so").read_bytes()
    os.link(inside / "llama_cpp" / "liba.so", tmp_path / "link.so")
    finish(tmp_path / "studiolo")
    assert sorted(str(path.relative_to(inside)) for path in inside.rglob("*")) == [
        "llama_cpp",
        "llama_cpp/liba.so",
        "llama_cpp/liba.so.0",
    ]
    assert (inside / "llama_cpp" / "liba.so.0").readlink() == Path("liba.so")
    assert (tmp_path / "link.so").read_bytes() == before
