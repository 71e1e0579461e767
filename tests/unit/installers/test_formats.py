"""Packages' descriptions and scripts, held to what reads them; tools where they are installed."""

from __future__ import annotations

import os
import plistlib
import re
import runpy
import shutil
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import __version__
from installers import build, smoke
from installers.linux.packages import APP_ID, stage_flatpak
from installers.macos.info import INFO

INSTALLERS = Path(__file__).resolve().parents[3] / "installers"
LINUX, MACOS = INSTALLERS / "linux", INSTALLERS / "macos"
WORKFLOW = INSTALLERS.parent / ".github" / "workflows" / "release.yml"
needs_sh = pytest.mark.skipif(os.name == "nt", reason="Windows has no sh")


def run(tool: str, *arguments: object, cwd: Path = INSTALLERS) -> str:
    """Runs a tool; skips the test where it is not installed, fails it where the tool complains."""
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run([tool, *map(str, arguments)], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_software_centres_description_is_valid() -> None:
    run("appstreamcli", "validate", "--no-net", LINUX / f"{APP_ID}.metainfo.xml")


def test_the_desktop_entry_is_valid() -> None:
    assert run("desktop-file-validate", LINUX / f"{APP_ID}.desktop") == ""


def test_the_flatpak_takes_what_is_staged_for_it(frozen: Path, tmp_path: Path) -> None:
    text = (LINUX / f"{APP_ID}.yml").read_text(encoding="utf-8")
    stage_flatpak(frozen, tmp_path / "flatpak")
    stage_flatpak(frozen, tmp_path / "flatpak")  # over what is there
    taken = {path.name for path in (tmp_path / "flatpak").iterdir()}
    assert taken == set(re.findall(r"cp -R (\S+)", text)) == {"studiolo", "share"}
    assert (tmp_path / "flatpak" / "share" / "metainfo" / f"{APP_ID}.metainfo.xml").is_file()
    run("flatpak-builder", "--show-manifest", LINUX / f"{APP_ID}.yml", cwd=tmp_path)


@pytest.mark.parametrize("script", sorted(INSTALLERS.rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_sound(script: Path) -> None:
    run("shellcheck", script)


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """A program that stands in for the frozen one: it says what it is asked."""
    folder = tmp_path / "dist" / "studiolo"
    folder.mkdir(parents=True)
    program = folder / "studiolo"
    program.write_text('#!/bin/sh\necho "$0 asked: $*"\n')
    program.chmod(0o755)
    return folder


def _tool(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\nset -eu\n{script}\n")
    (folder / name).chmod(0o755)


def _checkout(folder: Path, *parts: str) -> Path:
    """Copies scripts to where they find a `dist` of the test's."""
    for part in ("__init__.py", "icons.py", *parts):
        target = folder / "installers" / part
        target.parent.mkdir(exist_ok=True)
        source = INSTALLERS / part
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    icon = Path("ui", "theme", "app-icon.svg")
    (folder / icon).parent.mkdir(parents=True)
    shutil.copy(INSTALLERS.parent / icon, folder / icon)
    return folder / "installers"


@needs_sh
def test_an_appimage_runs_the_program_from_any_folder(frozen: Path, tmp_path: Path) -> None:
    """Up to the runtime, which only `appimagetool` has: it is stood in for by mksquashfs."""
    if shutil.which("mksquashfs") is None:
        pytest.skip("mksquashfs is not installed")
    scripts = _checkout(tmp_path, "linux")
    tools = tmp_path / "tools"
    _tool(tools, "appimagetool", 'mksquashfs "$2" "$3" -quiet -no-progress >/dev/null')
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PYTHON": sys.executable}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, (str(tmp_path), *sys.path)))
    subprocess.run(["sh", scripts / "linux" / "appimage.sh", "1.2"], env=environment, check=True)
    image = tmp_path / "dist" / "packages" / f"studiolo-1.2-{os.uname().machine}.AppImage"
    there = tmp_path / "with a space"
    run("unsquashfs", "-quiet", "-no-progress", "-d", there, image)
    assert {path.name for path in there.iterdir()} == {
        *("AppRun", "usr", f"{APP_ID}.desktop", f"{APP_ID}.png")
    }
    linked = tmp_path / "linked"
    linked.symlink_to(there / "AppRun")
    said = subprocess.check_output([linked, "ask", "a b"], text=True)
    assert said == f"{there.resolve()}/usr/lib/studiolo/studiolo asked: ask a b\n"


@needs_sh
@pytest.mark.parametrize(
    "keys", [(), ("SIGNING_IDENTITY",), ("SIGNING_IDENTITY", "NOTARY_PROFILE")]
)
def test_a_dmg_is_signed_as_far_as_there_are_keys(keys: tuple[str, ...], tmp_path: Path) -> None:
    scripts = _checkout(tmp_path, "macos")
    app = tmp_path / "dist" / "Studiolo.app" / "Contents" / "MacOS"
    app.mkdir(parents=True)
    (app / "library with a space.dylib").touch()
    tools, told = tmp_path / "tools", tmp_path / "told"
    for name in ("codesign", "hdiutil", "xcrun"):
        _tool(
            tools,
            name,
            f'for word in {name} "$@"; do printf "%s|" "$word"; done >>"{told}"; echo >>"{told}"',
        )
    environment = {**os.environ, **dict.fromkeys(keys, "mine")}
    environment["PATH"] = f"{tools}:{os.environ['PATH']}"
    command = ["sh", str(scripts / "macos" / "dmg.sh"), "1.2", "studiolo-full"]
    said = subprocess.check_output(command, env=environment, text=True)
    calls = [line.split("|")[:-1] for line in told.read_text().splitlines()]
    assert ("NOT SIGNED" in said) == (not keys)
    assert ("NOT NOTARISED" in said) == (len(keys) < 2)
    image = f"{tmp_path}/dist/packages/studiolo-full-1.2-macos-{os.uname().machine}.dmg"
    assert said.splitlines()[-1] == image
    assert [call[:2] for call in calls if call[0] == "hdiutil"] == [["hdiutil", "create"]]
    signed = [call[-1] for call in calls if call[0] == "codesign" and "--sign" in call]
    assert any(path.endswith("library with a space.dylib") for path in signed) == bool(keys)
    assert (image in signed) == (["xcrun", "stapler", "staple", image] in calls) == (len(keys) == 2)


def test_entitlements_are_a_property_list_that_gives_no_network() -> None:
    rights = plistlib.loads((MACOS / "entitlements.plist").read_bytes())
    assert all(value is True for value in rights.values())
    assert {name.rpartition(".")[0] for name in rights} == {"com.apple.security.cs"}


def test_the_bundle_is_described_as_macos_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    """The description for PyInstaller, run as on a Mac, with PyInstaller stood in for."""
    assert plistlib.loads(plistlib.dumps(INFO)) == INFO
    bundle = _spec(monkeypatch, "darwin")["BUNDLE"]
    assert len(bundle) == 1
    assert bundle[0]["name"] == "Studiolo.app"
    assert bundle[0]["bundle_identifier"] == APP_ID
    assert bundle[0]["version"] == __version__
    assert bundle[0]["info_plist"] == INFO


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_the_icon_is_drawn_before_it_is_taken(
    system: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    named = Path(_spec(monkeypatch, system)["EXE"][0]["icon"])
    drawn: list[bool] = []

    def froze(*_: object, **__: object) -> types.SimpleNamespace:
        drawn.append((tmp_path / "build" / named.name).stat().st_size > 0)
        return types.SimpleNamespace(returncode=1)

    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "FROZEN", tmp_path / "dist" / "studiolo")
    monkeypatch.setattr(subprocess, "run", froze)
    monkeypatch.setattr(sys, "platform", system)
    assert build.freeze() == 1
    assert drawn == [True]


def _spec(monkeypatch: pytest.MonkeyPatch, system: str) -> dict[str, list[dict[str, Any]]]:
    """Runs PyInstaller's description; returns what it was called with, by name."""
    calls: dict[str, list[dict[str, Any]]] = {"EXE": [], "BUNDLE": []}

    def noting(name: str) -> Callable[..., object]:
        def note(*_: object, **named: Any) -> object:
            calls.setdefault(name, []).append(named)
            return types.SimpleNamespace(binaries=[], datas=[], pure=[], scripts=[])

        return note

    hooks = types.ModuleType("PyInstaller.utils.hooks")
    for name in ("collect_data_files", "collect_dynamic_libs", "collect_submodules"):
        vars(hooks)[name] = lambda *_, **__: []
    vars(hooks)["copy_metadata"] = lambda *_: []
    monkeypatch.setitem(sys.modules, hooks.__name__, hooks)
    given: dict[str, Any] = {
        name: noting(name) for name in ("Analysis", "PYZ", "EXE", "COLLECT", "BUNDLE")
    }
    with monkeypatch.context() as there:
        there.setattr(sys, "platform", system)
        there.setattr(sys, "path", list(sys.path))
        spec = INSTALLERS / "studiolo.spec"
        runpy.run_path(str(spec), {**given, "SPECPATH": str(INSTALLERS)})
    return calls


def test_the_workflow_runs_scripts_that_are_there() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    scripts = set(re.findall(r"installers/\S+\.py", text))
    assert scripts == {f"installers/{name}.py" for name in ("build", "llama", "try_package")}
    assert all((INSTALLERS.parent / script).is_file() for script in scripts)
    offered = (INSTALLERS / "build.py").read_text(encoding="utf-8")
    for option in set(re.findall(r"build\.py((?: --\S+)+)", text)):
        assert all(f'"{name}"' in offered for name in option.split())
    start = (INSTALLERS.parent / "start.py").read_text(encoding="utf-8")
    called = set(re.findall(r"start\.([a-z_]+)\(", text))
    assert called == {"set_up", "fetch_models"}
    assert all(re.search(rf"^def {name}\(", start, re.MULTILINE) for name in called)


def test_what_privacy_check_found_is_told_line_by_line() -> None:
    tried = {"what": "Native code: connect", "refused": False, "detail": "succeeded"}
    process = {"process": "parse", "problem": "", "tries": [tried]}
    broken = {"process": "infer", "problem": "It does not start.", "tries": []}
    check = {"arrived": 1, "enforced": False, "processes": [process, broken]}
    assert smoke.describe(check) == [
        "privacy check: 1 got through; the system refuses NOT native code",
        "  parse: Native code: connect: OPEN (succeeded)",
        "  infer: It does not start.",
    ]
