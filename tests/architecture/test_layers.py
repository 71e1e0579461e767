"""The rules of the house: who may import whom, what stays out of the window, what is described."""

from __future__ import annotations

import ast
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("app", "models", "rag", "ui")
HEAVY = {
    "apsw",  # allowed below where it belongs
    "babel",
    "chromadb",
    "cssselect2",
    "docx",
    "httpx",
    "llama_cpp",
    "lxml",
    "numpy",
    "onnxruntime",
    "openpyxl",
    "pptx",
    "pypdfium2",
    "ironcalc",
    "python_calamine",
    "rapidfuzz",
    "selectolax",
    "scipy",
    "semantic_text_splitter",
    "sentence_transformers",
    "sklearn",
    "tinycss2",
    "tokenizers",
    "torch",
    "transformers",
    "xlsxwriter",
}
NEEDED_IN_THE_WINDOW = {"apsw"}  # chats
NETWORK = {
    "aiohttp",
    "ftplib",
    "http",
    "httpx",
    "huggingface_hub",
    "requests",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "urllib3",
    "websockets",
}
NETWORK_PARTS = ("urllib.request", "PySide6.QtNetwork", "PySide6.QtWeb")
MAY_USE_THE_NETWORK = {
    "app/privacy/egress/https.py",  # the one that opens connections, in the helper
    "app/privacy/egress/listener.py",  # notices in the self-test who gets through
    "app/privacy/egress/spawn.py",  # pairs of local sockets, which reach nobody
    "app/privacy/starter.py",  # a pair of local ones
    "app/privacy/escape_probes.py",  # shows in the self-test that nothing gets through
    # Local sockets, by which a second start and a shell command find the open window.
    "ui/single.py",
    "ui/shell_client.py",
    "ui/shell_server.py",
}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def imports(tree: ast.Module) -> Iterator[str]:
    """Names of everything that a module imports, wherever the statement stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_the_contracts_of_import_linter_hold() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_the_window_knows_qt() -> None:
    guilty = [
        str(path.relative_to(ROOT))
        for path, tree in modules()
        if path.relative_to(ROOT).parts[0] != "ui"
        and any(name.partition(".")[0] in {"PySide6", "shiboken6"} for name in imports(tree))
    ]
    assert guilty == []


def test_only_the_way_out_knows_the_network() -> None:
    guilty = [
        (str(path.relative_to(ROOT)), name)
        for path, tree in modules()
        if path.relative_to(ROOT).as_posix() not in MAY_USE_THE_NETWORK
        for name in imports(tree)
        if name.partition(".")[0] in NETWORK or name.startswith(NETWORK_PARTS)
    ]
    assert guilty == []


def _loaded_by(code: str) -> set[str]:
    """The packages in memory after `code` in a fresh process."""
    program = (
        f"import sys, json\n{code}\n"
        "print(json.dumps(sorted({n.partition('.')[0] for n in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "module", ["app.services", "app.shell.cli", "ui.main", "ui.main_window", "ui.application"]
)
def test_heavy_libraries_stay_out_of_the_windows_process(module: str) -> None:
    loaded = _loaded_by(f"import {module}")
    assert loaded & HEAVY <= NEEDED_IN_THE_WINDOW


def test_building_the_services_loads_nothing_heavy_and_starts_nothing(tmp_path: Path) -> None:
    loaded = _loaded_by(
        "from pathlib import Path; from app.paths import Paths\n"
        "from app.services import build_services\n"
        f"services = build_services(Paths(Path({str(tmp_path)!r}), Path({str(tmp_path)!r})))\n"
        "import multiprocessing; assert not multiprocessing.active_children()\n"
        "services.close()"
    )
    assert loaded & HEAVY <= NEEDED_IN_THE_WINDOW
    assert "PySide6" not in loaded


def test_the_services_import_few_libraries() -> None:
    # Each costs every start of the program; `python -m bench.speed --only window` tells how much.
    loaded = _loaded_by("import app.services") - _loaded_by("pass") - set(sys.stdlib_module_names)
    libraries = {name for name in loaded - set(PACKAGES) if not name.startswith("_")}
    assert libraries <= {
        "annotated_types",
        "apsw",
        "msgspec",
        "platformdirs",
        "psutil",
        "pydantic",
        "pydantic_core",
        "typing_extensions",
        "typing_inspection",
    }


@pytest.mark.parametrize("worker", ["infer", "parse", "index_start", "learn"])
def test_a_workers_module_is_light_until_it_works(worker: str) -> None:
    """Some libraries start threads when they are loaded, which cannot be confined any more."""
    loaded = _loaded_by(f"import app.workers.{worker}")
    assert loaded & HEAVY <= ({"apsw"} if worker == "index_start" else set())


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_say_what_they_are(package: str) -> None:
    assert importlib.import_module(package).__doc__


def test_everything_public_is_described() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for path, tree in modules()
        for node in _public(tree)
        if ast.get_docstring(node) is None
    ]
    assert bare == []


def _public(
    tree: ast.Module,
) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public classes, their public methods, and public functions of a module."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node
            for member in node.body:
                if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                    yield member
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def test_the_words_of_errors_name_no_command() -> None:
    """The window tells them, too; `app.remedies` has the commands."""
    shell = ("remedies.py", "shell/cli.py", "upkeep/doctor.py", "shell/privacy_commands.py")
    of_the_shell = {ROOT / "app" / name for name in shell}
    named = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in modules()
        if path not in of_the_shell and not path.is_relative_to(ROOT / "ui")
        for node in _strings_that_are_no_docstrings(tree)
        if "`studiolo " in str(node.value) or "--data-dir" in str(node.value)
    ]
    assert named == []


def _strings_that_are_no_docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    described = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        statement.value
        for node in ast.walk(tree)
        if isinstance(node, described)
        for statement in node.body
        if isinstance(statement, ast.Expr)
    }
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in docstrings
        ):
            yield node
