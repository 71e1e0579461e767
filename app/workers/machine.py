"""Identifies this machine: what was measured on another one does not count."""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import platform
from pathlib import Path

from app.privacy.sandbox import graphics_cards

_DRIVERS = (Path("/usr/share/vulkan/icd.d"), Path("/etc/vulkan/icd.d"))
_NVIDIA = Path("/sys/module/nvidia/version")


def machine_id() -> str:
    """Returns what the results depend on: processor, llama.cpp and its libraries, and drivers."""
    parts: list[object] = [platform.machine(), processor(), os.cpu_count()]
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        parts.append(importlib.metadata.version("llama-cpp-python"))
    for folder in (*_libraries(), *_DRIVERS):
        with contextlib.suppress(OSError):
            parts += sorted((path.name, path.stat().st_size) for path in folder.iterdir())
    parts += [str(path) for path in graphics_cards()]
    with contextlib.suppress(OSError):
        parts.append(_NVIDIA.read_text(encoding="utf-8").strip())
    return repr(parts)


def _libraries() -> list[Path]:
    """Returns the folders of llama.cpp's libraries, without loading them."""
    if folder := os.environ.get("LLAMA_CPP_LIB_PATH"):
        return [Path(folder)]
    spec = importlib.util.find_spec("llama_cpp")
    return [Path(place) / "lib" for place in (spec and spec.submodule_search_locations) or ()]


def processor() -> str:
    """Returns what the processor calls itself, without starting a program to ask."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith(("model name", "Model")):
                return line.partition(":")[2].strip()
    return os.environ.get("PROCESSOR_IDENTIFIER", platform.version())
