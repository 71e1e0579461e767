"""`start.py` on Linux, macOS and Windows, with and without what it needs: all of it made up."""

from __future__ import annotations

import platform
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from installers import llama
from tests.unit.test_start import _use, start

VSWHERE = "vswhere.exe"


class Here:
    """A made-up machine: what its programs print, and what was run on it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.printed: dict[str, str] = {}
        self.programs: dict[str, str] = {}
        self.failing: tuple[str, ...] = ()
        self.ran: list[str] = []
        self._patch = monkeypatch
        monkeypatch.setattr(start, "output", self._output)
        monkeypatch.setattr(start, "watched", self._watched)
        monkeypatch.setattr(start, "quiet", lambda *_: 0)
        monkeypatch.setattr(start, "say", lambda _: None)
        monkeypatch.setattr(shutil, "which", lambda name: self.programs.get(name))

    def system(self, name: str, machine: str = "x86_64") -> None:
        self._patch.setattr(sys, "platform", name)
        self._patch.setattr(platform, "machine", lambda: machine)
        self._patch.setattr(start, "WINDOWS", name == "win32")
        self._patch.setattr(start, "LINUX", name == "linux")

    def _output(self, *command: object) -> str:
        words = " ".join(str(part) for part in command)
        return next((text for part, text in self.printed.items() if part in words), "")

    def _watched(self, command: Sequence[str], *, tell: bool = True) -> int:
        words = " ".join(command)
        self.ran.append(words)
        if any(part in words for part in self.failing):
            return 1
        if str(llama.__file__) in words:
            folder = Path(command[-1])
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "llama.whl").touch()
        return 0


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Here:
    _use(tmp_path / "program", monkeypatch)
    monkeypatch.setattr(start, "LOCKS", Path(__file__).parents[2] / "requirements")
    monkeypatch.setattr(start, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(start, "is_installed", lambda *_: False)
    return Here(monkeypatch)


class TestMachines:
    def test_an_intel_mac_is_set_up_without_torch_and_says_so(
        self, here: Here, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        words: list[str] = []
        monkeypatch.setattr(start, "say", words.append)
        here.system("darwin", "x86_64")
        here.programs = {"clang++": "/opt/homebrew/bin/clang++"}
        start.check_machine()
        start.install_packages(testing=False)
        assert not any("torch" in command for command in here.ran)
        assert any("runtime.lock" in command for command in here.ran)
        assert any("PyTorch has no version for Macs with an Intel" in word for word in words)

    @pytest.mark.parametrize(
        ("system", "machine", "lock"),
        [
            ("linux", "x86_64", "torch-linux.lock"),
            ("darwin", "arm64", "torch.lock"),
            ("win32", "AMD64", "torch.lock"),
        ],
    )
    def test_others_get_the_torch_for_their_system(
        self, here: Here, system: str, machine: str, lock: str
    ) -> None:
        here.system(system, machine)
        start.install_torch()
        (command,) = here.ran
        assert command.endswith(lock)

    def test_an_intel_python_on_another_mac_is_told_to_change(self, here: Here) -> None:
        here.system("darwin", "x86_64")
        here.printed["hw.optional.arm64"] = "1"
        with pytest.raises(start.SetupError, match="Install Python for Apple silicon"):
            start.check_machine()

    @pytest.mark.parametrize(
        ("system", "machine"),
        [("darwin", "arm64"), ("darwin", "x86_64"), ("linux", "x86_64"), ("win32", "AMD64")],
    )
    def test_any_pass_with_a_python_of_their_own(
        self, here: Here, system: str, machine: str
    ) -> None:
        here.system(system, machine)
        start.check_machine()


class TestCompilers:
    def test_windows_has_one_only_with_its_build_tools(self, here: Here) -> None:
        here.system("win32", "AMD64")
        here.programs = {"c++": "C:/elsewhere/c++.exe"}
        assert not start.has_compiler()
        here.printed[VSWHERE] = "C:/Program Files/Microsoft Visual Studio/2022/BuildTools"
        assert start.has_compiler()

    def test_the_stub_of_macos_is_none(self, here: Here) -> None:
        here.system("darwin", "arm64")
        here.programs = {"c++": "/usr/bin/c++", "clang++": "/usr/bin/clang++"}
        assert not start.has_compiler()
        here.printed["xcode-select"] = "/Library/Developer/CommandLineTools"
        assert start.has_compiler()

    def test_another_one_on_macos_counts(self, here: Here) -> None:
        here.system("darwin", "arm64")
        here.programs = {"clang++": "/opt/homebrew/bin/clang++"}
        assert start.has_compiler()

    @pytest.mark.parametrize("name", ["c++", "g++", "clang++"])
    def test_linux_has_any(self, here: Here, name: str) -> None:
        here.system("linux")
        assert not start.has_compiler()
        here.programs = {name: f"/usr/bin/{name}"}
        assert start.has_compiler()


NEW = frozenset(llama.X86["zen4"])
OLD = frozenset(llama.X86["haswell"])


class TestLlama:
    @pytest.fixture
    def install(
        self, here: Here, monkeypatch: pytest.MonkeyPatch
    ) -> Callable[..., tuple[bool, bool]]:
        """Returns what installs, given a machine, and says whether ready-made, whether built."""

        def run(system: str, compiler: bool, has: frozenset[str] | None) -> tuple[bool, bool]:
            here.system(system, "arm64" if system == "darwin" else "x86_64")
            monkeypatch.setattr(start, "has_compiler", lambda: compiler)
            monkeypatch.setattr(llama, "features", lambda: has)
            start.install_llama()
            words = " ".join(here.ran)
            return "llama-ready.lock" in words, str(llama.__file__) in words

        return run

    @pytest.mark.parametrize(
        ("system", "compiler", "has", "ready", "built"),
        [
            ("linux", True, NEW, False, True),  # faster
            ("linux", True, OLD, True, False),  # just as fast, and at once
            ("linux", False, NEW, True, False),
            ("win32", True, None, True, False),
            ("win32", False, None, True, False),
            ("darwin", True, None, False, True),
        ],
    )
    def test_ready_made_first_unless_a_build_is_faster(
        self,
        install: Callable[..., tuple[bool, bool]],
        system: str,
        compiler: bool,
        has: frozenset[str] | None,
        ready: bool,
        built: bool,
    ) -> None:
        assert install(system, compiler, has) == (ready, built)

    @pytest.mark.parametrize("system", ["linux", "win32"])
    def test_built_where_the_ready_made_one_cannot_be_had(
        self, here: Here, install: Callable[..., tuple[bool, bool]], system: str
    ) -> None:
        here.failing = ("llama-ready.lock",)
        assert install(system, True, OLD) == (True, True)

    @pytest.mark.parametrize(
        ("system", "advice"),
        [("win32", "Build Tools"), ("linux", "install g"), ("darwin", "xcode-select --install")],
    )
    def test_with_neither_the_advice_is_for_the_system(
        self, here: Here, install: Callable[..., tuple[bool, bool]], system: str, advice: str
    ) -> None:
        here.failing = ("llama-ready.lock",)
        with pytest.raises(start.SetupError, match=advice):
            install(system, False, None)

    def test_it_is_built_once(self, here: Here, install: Callable[..., Any]) -> None:
        install("linux", True, NEW)
        install("linux", True, NEW)
        assert sum(str(llama.__file__) in words for words in here.ran) == 1

    def test_another_processor_gets_another_build(
        self, here: Here, install: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        install("linux", True, NEW)
        monkeypatch.setattr(start, "is_installed", lambda *_: True)
        ran = len(here.ran)
        install("linux", True, NEW)
        assert len(here.ran) == ran, "there is nothing to do"
        install("linux", True, frozenset(llama.X86["icelake"]))
        assert len(here.ran) > ran


class TestPython:
    @pytest.fixture(autouse=True)
    def newer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(start, "RUNNING", (3, 14))

    def test_another_one_here_is_used(self, here: Here) -> None:
        here.programs = {"python3.12": "/usr/bin/python3.12", "python3.10": "/usr/bin/python3.10"}
        assert start.find_python() == "/usr/bin/python3.12"

    def test_uv_finds_one_that_is_here(self, here: Here) -> None:
        here.printed["python find --system >=3.11,<3.14"] = "C:/Python313/python.exe"
        assert start.find_python() == "C:/Python313/python.exe"
        assert not any("python install" in words for words in here.ran)
        assert any("bootstrap.lock" in w and "--require-hashes" in w for w in here.ran)

    def test_uv_fetches_one(self, here: Here) -> None:
        here.printed["python find --system 3.12"] = "/fetched/python3.12"
        assert start.find_python() == "/fetched/python3.12"
        assert here.ran[-1].endswith("uv python install 3.12")

    @pytest.mark.parametrize("step", ["venv", "bootstrap", "python install"])
    def test_without_one_it_is_said_what_is_needed(self, here: Here, step: str) -> None:
        here.failing = (step,)
        with pytest.raises(start.SetupError, match=r"3\.11, 3\.12 or 3\.13"):
            start.find_python()

    def test_the_environment_counts_not_what_starts_it(self, here: Here) -> None:
        (start.VENV / "pyvenv.cfg").write_text("version = 3.12.1\n", encoding="utf-8")
        assert start.is_supported(start.python_version())

    def test_an_environment_of_an_unfit_python_is_made_again(
        self, here: Here, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (start.VENV / "pyvenv.cfg").write_text("version = 3.14.0\n", encoding="utf-8")
        stamp = start.VENV / "studiolo.stamp"
        monkeypatch.setattr(start, "fingerprint", lambda: "the same")
        stamp.write_text("the same", encoding="utf-8")
        start.PLACE.write_text(start.place(), encoding="utf-8")
        made = []
        monkeypatch.setattr(start, "install_system_packages", lambda _: None)
        monkeypatch.setattr(start, "make_environment", lambda: made.append(1))
        monkeypatch.setattr(start, "install_packages", lambda _: None)
        monkeypatch.setattr(start, "fetch_models", lambda _: None)
        start.set_up(testing=False)
        assert made


def test_all_packages_are_checked_against_hashes(
    here: Here, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Except Studiolo itself, and the wheel that was built here."""
    here.failing = ("uv pip", "llama-ready")
    monkeypatch.setattr(llama, "features", lambda: NEW)
    for system in ("linux", "win32", "darwin"):
        here.system(system, "arm64" if system == "darwin" else "x86_64")
        monkeypatch.setattr(start, "has_compiler", lambda: True)
        start.install_packages(testing=True)
    installs = [words for words in here.ran if " install " in words]
    assert len(installs) > 12
    for words in installs:
        own = "--editable" in words or words.endswith("llama.whl")
        assert own or "--require-hashes" in words, words


@pytest.mark.parametrize("lock", sorted((start.ROOT / "requirements").glob("*.lock")))
def test_every_pinned_package_has_hashes(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    pinned = [line for line in text.splitlines() if "==" in line and line[0] != "#"]
    assert pinned
    assert all("--hash=sha256:" in line for line in pinned)


PYTHONS = ("3.11", "3.12", "3.13")
MACHINES = (("linux", "x86_64"), ("win32", "AMD64"), ("darwin", "arm64"), ("darwin", "x86_64"))


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("system", "machine"), MACHINES)
class TestLocks:
    """What the locks hold for a machine, from the markers of their lines."""

    def test_no_package_is_pinned_to_two_versions(
        self, system: str, machine: str, python: str
    ) -> None:
        pins = [*_pins("runtime.lock", system, machine, python)]
        assert len(dict(pins)) == len(pins)
        assert {"tokenizers", "safetensors", "onnxruntime", "tqdm"} <= set(dict(pins))

    def test_only_an_intel_mac_is_without_the_library_for_other_embedders(
        self, system: str, machine: str, python: str
    ) -> None:
        intel = (system, machine) == ("darwin", "x86_64")
        pins = dict(_pins("runtime.lock", system, machine, python))
        assert ("sentence-transformers" in pins) is not intel
        assert ("transformers" in pins) is not intel
        last_with_wheels = {
            "cryptography": (48, 0),
            "numpy": (2, 4),
            "onnxruntime": (1, 23),
            "opencv-python-headless": (4, 11),
            "scipy": (1, 17),
        }
        if intel:
            assert {name: Version(pins[name]).release[:2] for name in last_with_wheels} == (
                last_with_wheels
            )

    def test_what_builds_the_program_is_installed_first(
        self, system: str, machine: str, python: str
    ) -> None:
        """Newer Pythons bring no setuptools, and nothing but torch needs it."""
        assert "setuptools" in dict(_pins("bootstrap.lock", system, machine, python))


def _pins(lock: str, system: str, machine: str, python: str) -> Iterator[tuple[str, str]]:
    """Yields the packages that a lock has for a machine, and their versions."""
    environment = {
        "sys_platform": system,
        "platform_machine": machine,
        "python_version": python,
        "python_full_version": f"{python}.7",
        "platform_system": {"linux": "Linux", "win32": "Windows", "darwin": "Darwin"}[system],
        "os_name": "nt" if system == "win32" else "posix",
    }
    text = (start.ROOT / "requirements" / lock).read_text(encoding="utf-8")
    for line in re.findall(r"^\w[^\\\n]*", text, re.MULTILINE):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            yield requirement.name, str(requirement.specifier).removeprefix("==")


class TestProgress:
    def test_what_a_program_does_is_said_all_along(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(start, "FILE_SECONDS", 0.0)
        monkeypatch.setattr(start, "TERMINAL_SECONDS", 0.05)
        script = (
            "import time; print('  [7/102] c++ -c x.cpp', flush=True)\ntime.sleep(1); print('done')"
        )
        assert start.watched([sys.executable, "-c", script]) == 0
        words = capsys.readouterr().err
        assert "7 of 102 parts" in words
        assert "done" not in words
        assert "\x1b" not in words
        assert "\r" not in words

    def test_why_it_failed_is_shown(self, capsys: pytest.CaptureFixture[str]) -> None:
        script = "import sys; print('the reason'); sys.exit(3)"
        assert start.watched([sys.executable, "-c", script]) == 3
        assert "the reason" in capsys.readouterr().err
        assert start.watched([sys.executable, "-c", script], tell=False) == 3
        assert capsys.readouterr().err == ""

    @pytest.mark.parametrize(
        ("lines", "step"),
        [
            (["Collecting torch==2.13.0\n"], "Collecting torch==2.13.0"),
            (["Collecting x\n", "  Downloading torch.whl (190 MB)\n"], "Downloading torch.whl"),
            (["[1/9] cc\n", "warning: what\n"], "1 of 9 parts"),
            ([], "working"),
        ],
    )
    def test_steps_are_read_from_what_is_printed(self, lines: list[str], step: str) -> None:
        assert start.step_of(lines) == step


@pytest.mark.parametrize(
    ("terminal", "windows", "variables", "bold"),
    [
        (True, False, {"TERM": "xterm"}, True),
        (True, False, {"TERM": "dumb"}, False),
        (True, False, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, True, {}, False),
        (True, True, {"WT_SESSION": "x"}, True),
        (False, False, {"TERM": "xterm"}, False),
    ],
)
def test_codes_go_only_to_what_understands_them(
    monkeypatch: pytest.MonkeyPatch,
    terminal: bool,
    windows: bool,
    variables: dict[str, str],
    bold: bool,
) -> None:
    for name in ("TERM", "NO_COLOR", "WT_SESSION", "ANSICON"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    monkeypatch.setattr(start, "WINDOWS", windows)
    assert start.has_bold() is bold


class TestBuilds:
    @pytest.mark.parametrize(
        ("has", "machine", "names"),
        [
            (NEW | {"amx_tile", "amx_int8"}, "x86_64", ("zen4", "haswell")),
            (frozenset(llama.X86["icelake"]), "x86_64", ("icelake", "haswell")),
            (frozenset(llama.X86["alderlake"]), "x86_64", ("alderlake", "haswell")),
            (OLD, "x86_64", ("haswell", "sandybridge")),
            (frozenset(), "x86_64", ("x64",)),
            (None, "AMD64", llama._SOME),
            (frozenset({"asimddp", "asimdhp"}), "aarch64", ("armv8.2_2", "armv8.0_1")),
            (frozenset(), "aarch64", ("armv8.0_1",)),
            (frozenset(), "riscv64", ()),
        ],
    )
    def test_the_best_and_a_plain_one(
        self, has: frozenset[str] | None, machine: str, names: tuple[str, ...]
    ) -> None:
        assert llama.builds(has, machine) == names

    def test_only_those_are_left_in_the_build_files(self, tmp_path: Path) -> None:
        rules = _source(tmp_path)
        llama.keep_only(tmp_path, ("zen4", "haswell"))
        text = rules.read_text(encoding="utf-8")
        assert "variant(zen4 " in text
        assert "variant(haswell " in text
        assert "icelake" not in text
        assert "function(ggml_add_cpu_backend_variant tag_name)" in text
        assert "COMMON OFF" in (tmp_path / "CMakeLists.txt").read_text(encoding="utf-8")

    def test_all_are_all_but_those_with_amx(self, tmp_path: Path) -> None:
        rules = _source(tmp_path)
        llama.keep_only(tmp_path, ())
        text = rules.read_text(encoding="utf-8")
        assert "icelake" in text
        assert "sapphirerapids" not in text

    def test_other_build_files_are_refused(self, tmp_path: Path) -> None:
        _source(tmp_path)
        with pytest.raises(ValueError, match="no such builds: zen9"):
            llama.keep_only(tmp_path, ("zen9",))


def _source(folder: Path) -> Path:
    rules = folder / "vendor" / "llama.cpp" / "ggml" / "src" / "CMakeLists.txt"
    rules.parent.mkdir(parents=True)
    names = ("haswell", "icelake", "zen4", "sapphirerapids")
    lines = [f"    ggml_add_cpu_backend_variant({name}   SSE42 AVX)\n" for name in names]
    rules.write_text(
        "function(ggml_add_cpu_backend_variant tag_name)\nendfunction()\n" + "".join(lines),
        encoding="utf-8",
    )
    (folder / "CMakeLists.txt").write_text(
        'set(LLAMA_BUILD_COMMON ON CACHE BOOL "x" FORCE)\n', encoding="utf-8"
    )
    return rules
