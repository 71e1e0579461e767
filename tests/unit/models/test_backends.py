"""llama.cpp's libraries for processors and graphics cards, here and in a made-up folder."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from models import backends
from models.backends import NO_CARD, Device
from models.errors import InferenceFailed
from models.llama import LlamaChatModel
from tests.conftest import MODELS, TINY_CHAT_MODEL


class Ggml:
    """Stands in for ggml's registry of backends; keeps what is loaded."""

    ggml_backend_dev_count: Any
    ggml_backend_dev_type: Any
    ggml_backend_dev_name: Any
    ggml_backend_dev_description: Any
    _name: str

    def __init__(self, *, compiled_in: bool = False) -> None:
        self.loaded: list[str] = []
        self.ggml_backend_reg_by_name = _Function(lambda _name: 1 if compiled_in else None)
        self.ggml_backend_register = _Function(lambda place: self.loaded.append(NAMES[place - 1]))
        self.ggml_backend_dev_by_name = _Function({b"Vulkan0": 7}.get)
        for name in ("count", "get", "type", "name", "description", "memory"):
            setattr(self, f"ggml_backend_dev_{name}", _Function(lambda *_: 0))


class _Function:
    """A C function: it can be called, and has types."""

    restype: object = None
    argtypes: object = None

    def __init__(self, call: Any) -> None:
        self._call = call

    def __call__(self, *arguments: Any) -> Any:
        return self._call(*arguments)


def test_what_windows_does_not_find_in_ggml_is_looked_up_in_what_it_depends_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Windows looks through one library alone: there are two, and each has a part."""
    prefix, suffix = backends._affixes()
    ggml, base = Ggml(), Ggml()
    for name in ("type", "name", "description", "memory"):
        delattr(ggml, f"ggml_backend_dev_{name}")
    base.ggml_backend_dev_type = _Function(lambda _device: 1)
    base.ggml_backend_dev_name = base.ggml_backend_dev_description = _Function(lambda _: b"Card")
    ggml.ggml_backend_dev_count = _Function(lambda: 1)
    ggml._name = str(tmp_path / f"{prefix[:-1]}{suffix}")
    opened: list[str] = []

    def open_library(path: str) -> Ggml:
        opened.append(path)
        return base

    monkeypatch.setattr(ctypes, "CDLL", open_library)
    cards = backends.cards_of(ggml)  # type: ignore[arg-type]
    assert [card.name for card in cards] == ["Card"]
    assert set(opened) == {str(tmp_path / f"{prefix}base{suffix}")}


SCORES = {"haswell": 60, "zen4": 1900, "sapphirerapids": 4000, "armv9": 0}
NAMES = (*(f"cpu-{name}" for name in (*SCORES, "broken")), "vulkan", "cpu", "base")
REFUSED = "refused"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "Jürgen 日本"  # no code page of Windows has them all
    folder.mkdir()
    for name in NAMES:
        library(folder, name).touch()
    monkeypatch.setattr(backends, "_wanted", Device())
    monkeypatch.setattr(ctypes, "CDLL", _cdll)
    return folder


def library(folder: Path, name: str) -> Path:
    prefix, suffix = backends._affixes()
    return folder / f"{prefix}{name}{suffix}"


def _cdll(path: str) -> SimpleNamespace:
    """Opens a library as ctypes does, by a path in words; that file says what it is like."""
    assert isinstance(path, str)
    refused = Path(path).read_text(encoding="utf-8") == REFUSED
    name = Path(path).stem.removeprefix("lib").removeprefix("ggml-")
    kind = name.removeprefix("cpu-")
    if kind == "broken":
        raise OSError
    start = _Function(lambda: None if refused else NAMES.index(name) + 1)
    score = {"ggml_backend_score": _Function(lambda: SCORES[kind])} if kind in SCORES else {}
    return SimpleNamespace(ggml_backend_init=start, **score)


def loaded(
    folder: Path, device: Device, *, refused: tuple[str, ...] = (), **given: Any
) -> list[str]:
    ggml: Any = Ggml(**given)
    for name in refused:
        library(folder, name).write_text(REFUSED, encoding="utf-8")
    backends.use(device)
    backends.load(ggml, folder)
    names: list[str] = ggml.loaded
    return names


def test_builds_that_run_here_come_best_first_and_without_amx(folder: Path) -> None:
    assert backends.variants(folder) == ("zen4", "haswell")


@pytest.mark.parametrize(
    ("device", "names"),
    [
        (Device(), ["cpu-zen4"]),
        (Device("haswell"), ["cpu-haswell"]),
        (Device("sapphirerapids"), ["cpu-zen4"]),  # unsafe, whoever asks for it
        (Device("gone"), ["cpu-zen4"]),
        (Device(card="Vulkan0"), ["cpu-zen4", "vulkan"]),
        (Device(card=NO_CARD), ["cpu-zen4"]),
    ],
)
def test_one_build_is_loaded_and_cards_only_where_wanted(
    folder: Path, device: Device, names: list[str]
) -> None:
    assert loaded(folder, device) == names


def test_a_build_that_cannot_be_loaded_gives_way_to_the_next(folder: Path) -> None:
    assert loaded(folder, Device(), refused=("cpu-zen4",)) == ["cpu-haswell"]
    assert loaded(folder, Device(), refused=("cpu-zen4", "cpu-haswell")) == ["cpu"]


def test_a_build_for_other_processors_is_not_loaded(folder: Path) -> None:
    ggml: Any = Ggml()
    assert not backends._load(ggml, folder, "cpu-armv9")
    assert not backends._load(ggml, folder, "cpu-broken")
    assert not backends._load(ggml, folder, "cpu-gone")
    assert ggml.loaded == []


def test_no_path_is_given_to_ggml(folder: Path) -> None:
    """On Windows it would not read the bytes as UTF-8, and its letters are too few for names."""
    ggml: Any = Ggml()
    ggml.ggml_backend_load = _Function(lambda path: pytest.fail(f"given {path!r}"))
    backends.load(ggml, folder)
    assert ggml.loaded == ["cpu-zen4"]


def test_nothing_is_loaded_beside_what_is_compiled_in(folder: Path) -> None:
    assert loaded(folder, Device(), compiled_in=True) == []


def test_a_card_that_is_gone_is_told() -> None:
    ggml: Any = Ggml()
    assert backends.devices_of(ggml, Device()) is None
    assert list(backends.devices_of(ggml, Device(card=NO_CARD))) == [None, None]
    assert list(backends.devices_of(ggml, Device(card="Vulkan0"))) == [7, None]
    with pytest.raises(InferenceFailed, match="Vulkan1 cannot be used any more"):
        backends.devices_of(ggml, Device(card="Vulkan1"))


def test_every_build_here_computes() -> None:
    """In processes of their own: llama.cpp keeps one for a process."""
    code = (
        "from models.native import find_devices; print(*find_devices(cards=False).variants or [''])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for variant in done.stdout.split() or [""]:
        computes = (
            "from tests.conftest import MODELS, TINY_CHAT_MODEL\n"
            "from models.backends import Device\n"
            "from models.llama import LlamaChatModel\n"
            "path = MODELS / f'{TINY_CHAT_MODEL}.gguf'\n"
            f"model = LlamaChatModel(path, 'x', context_tokens=512, device=Device({variant!r}))\n"
            "model.compute_once(); print(model.measure().read > 0)"
        )
        ran = subprocess.run([sys.executable, "-c", computes], capture_output=True, check=True)
        assert ran.stdout.strip() == b"True"


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux which libraries are loaded")
def test_all_libraries_come_from_the_folder_that_is_set(tmp_path: Path) -> None:
    import llama_cpp

    own = Path(llama_cpp.__file__).with_name("lib")
    folder = tmp_path / "lib"
    shutil.copytree(own, folder)
    code = (
        "from models.native import library; library()\n"
        "for line in open('/proc/self/maps'):\n"
        "    if 'ggml' in line or 'libllama' in line: print(line.split(maxsplit=5)[5].strip())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "LLAMA_CPP_LIB_PATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {Path(line) for line in done.stdout.splitlines()}
    assert {path.parent for path in loaded} == {folder}
    assert {path.name.partition(".")[0].partition("-cpu")[0] for path in loaded} >= {
        "libggml",
        "libllama",
    }
    stems = [path.name.partition(".")[0] for path in loaded]
    assert len(stems) == len(set(stems)), "no library is there twice"


def test_measuring_stops_at_once() -> None:
    model = LlamaChatModel(MODELS / f"{TINY_CHAT_MODEL}.gguf", "tiny", context_tokens=512)
    assert model.measure(lambda: True) is None
    model.close()
