"""Building llama.cpp here: with the part for graphics cards where it can be built, else without."""

from __future__ import annotations

import io
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from installers import llama

RULES = "ggml_add_cpu_backend_variant(zen4 AVX512)\nggml_add_cpu_backend_variant(haswell AVX2)\n"
COMMON = "set(LLAMA_BUILD_COMMON ON CACHE BOOL)\n"


@pytest.fixture
def sdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with all that Vulkan's part is built with."""
    files = {
        "include/vulkan/vulkan_core.h": "typedef struct VkLayerSettingEXT {} VkLayerSettingEXT;",
        "share/cmake/SPIRV-Headers/SPIRV-HeadersConfig.cmake": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setenv("VULKAN_SDK", str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    return tmp_path


@pytest.mark.parametrize("card", [True, False])
def test_the_part_for_cards_is_built_where_there_is_one_and_for_other_machines(
    sdk: Path, card: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama, "has_card", lambda: card)
    assert llama.builds_vulkan()
    assert (llama.VULKAN in llama.flags(("zen4", "haswell"))) is card
    assert llama.VULKAN in llama.flags(None)
    assert llama.VULKAN not in llama.flags(())


def test_a_card_is_what_linux_lets_programs_compute_with(tmp_path: Path) -> None:
    (tmp_path / "card0").touch()
    assert not llama.has_card(tmp_path)
    (tmp_path / "renderD128").touch()
    assert llama.has_card(tmp_path)


@pytest.mark.parametrize("lacking", ["headers", "newer headers", "SPIR-V", "compiler"])
def test_it_is_left_out_where_something_is_lacking(
    sdk: Path, lacking: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = sdk / "include" / "vulkan" / "vulkan_core.h"
    match lacking:
        case "headers":
            header.unlink()
        case "newer headers":
            header.write_text("#define VK_HEADER_VERSION 239")
        case "SPIR-V":
            (sdk / "share/cmake/SPIRV-Headers/SPIRV-HeadersConfig.cmake").unlink()
        case _:
            monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert not llama.builds_vulkan()
    assert llama.VULKAN not in llama.flags(None)


@pytest.mark.parametrize("name", ["libggml-cpu-{}.so", "ggml-cpu-{}.dll"])
def test_what_packages_for_all_processors_lack_is_named(tmp_path: Path, name: str) -> None:
    for build in llama.X86:
        (tmp_path / name.format(build)).touch()
    assert llama.lacking(tmp_path, "x86_64") == ()
    (tmp_path / name.format("zen4")).unlink()
    (tmp_path / name.format("sse42")).unlink()
    assert llama.lacking(tmp_path, "AMD64") == ("zen4", "sse42")
    assert llama.lacking(tmp_path, "aarch64") == tuple(llama.ARM)
    assert llama.lacking(tmp_path, "riscv64") == ()


@pytest.mark.parametrize(
    ("system", "machine", "without"),
    [("darwin", "x86_64", True), ("darwin", "arm64", False), ("linux", "x86_64", False)],
)
def test_metal_is_left_out_only_on_macs_with_an_intel_processor(
    system: str, machine: str, without: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    assert (llama.WITHOUT_METAL in llama.flags(())) is without


class Pip:
    """Stands for pip: gives a source, and makes a wheel unless Vulkan's part cannot be built."""

    def __init__(self, *, fails_with: str) -> None:
        self.fails_with = fails_with
        self.built_with: list[str] = []

    def __call__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        if "download" in command:
            self._give_source(Path(command[-1]))
        elif "wheel" in command:
            self.built_with.append(environment["CMAKE_ARGS"])
            if self.fails_with in environment["CMAKE_ARGS"]:
                raise subprocess.CalledProcessError(1, list(command))
            (Path(command[-2]) / "llama.whl").touch()

    def _give_source(self, folder: Path) -> None:
        folder.mkdir()
        files = {"vendor/llama.cpp/ggml/src/CMakeLists.txt": RULES, "CMakeLists.txt": COMMON}
        with tarfile.open(folder / "llama.tar.gz", "w:gz") as archive:
            for name, text in files.items():
                member = tarfile.TarInfo(f"llama/{name}")
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text.encode()))


def test_a_card_whose_part_cannot_be_built_costs_nothing_but_that_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(llama, "builds_vulkan", lambda: True)
    monkeypatch.setattr(llama, "has_card", lambda: True)
    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    pip = Pip(fails_with=llama.VULKAN)
    assert llama.build(tmp_path, ("zen4",), pip).name == "llama.whl"
    first, second = pip.built_with
    assert first.split() == [*second.split(), llama.VULKAN]
    assert "it is left out" in capsys.readouterr().out


def test_what_fails_without_cards_or_with_what_was_asked_for_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama, "builds_vulkan", lambda: True)
    monkeypatch.setattr(llama, "has_card", lambda: True)
    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    with pytest.raises(subprocess.CalledProcessError):
        llama.build(tmp_path, ("zen4",), Pip(fails_with="GGML_NATIVE"))
    monkeypatch.setenv("CMAKE_ARGS", llama.VULKAN)
    pip = Pip(fails_with=llama.VULKAN)
    with pytest.raises(subprocess.CalledProcessError):
        llama.build(tmp_path, ("zen4",), pip)
    assert len(pip.built_with) == 1
