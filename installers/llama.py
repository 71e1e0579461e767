"""Builds llama-cpp-python for this processor: `python installers/llama.py FOLDER [--all]`.

Nothing but Python is needed beside a compiler; the tools come from `requirements/build.lock`. The
wheel is put into FOLDER. llama.cpp is built with dynamic backends: a library for each kind of
processor, from which the program chooses when it runs (`models.backends`). Set-up builds two of
them, the best for this processor and a plain one to fall back on; `--all` builds those of every
processor, for the frozen program.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

LOCKS = Path(__file__).resolve().parents[1] / "requirements"
PORTABLE = ("-DGGML_NATIVE=OFF",)
DYNAMIC = (
    *("-DGGML_BACKEND_DL=ON", "-DGGML_CPU_ALL_VARIANTS=ON"),
    # Puts the libraries of backends where llama-cpp-python has its own. Not GGML_BACKEND_DIR, which
    # would also be a place that llama.cpp loads libraries from.
    "-DCMAKE_INSTALL_BINDIR:PATH=llama_cpp/lib",
    "-DLLAVA_BUILD=OFF",  # pictures; nothing of it is used
)
VULKAN = "-DGGML_VULKAN=ON"
# Graphics cards of Macs with an Intel processor compute nonsense with Metal:
# https://github.com/ggml-org/llama.cpp/issues/25518
WITHOUT_METAL = "-DGGML_METAL=OFF"
# The newest part of Vulkan's headers that ggml-vulkan.cpp uses: those before 1.3.272 lack it,
# Debian 12's among them.
_NEWEST_USED = "VkLayerSettingEXT"
_SPIRV = "cmake/SPIRV-Headers/SPIRV-HeadersConfig.cmake"

# What each build needs, as Linux names it, the best first: from ggml/src/CMakeLists.txt of
# llama.cpp. Those with AMX are left out, see `models.backends`.
_AVX2 = ("sse4_2", "avx", "f16c", "fma", "avx2", "bmi2")
_AVX512 = (*_AVX2, "avx512f", "avx512cd", "avx512vl", "avx512dq", "avx512bw")
X86 = {
    "zen4": (*_AVX512, "avx512vbmi", "avx512_vnni", "avx512_bf16"),
    "cooperlake": (*_AVX512, "avx512_vnni", "avx512_bf16"),
    "icelake": (*_AVX512, "avx512vbmi", "avx512_vnni"),
    "cascadelake": (*_AVX512, "avx512_vnni"),
    "cannonlake": (*_AVX512, "avx512vbmi"),
    "skylakex": _AVX512,
    "alderlake": (*_AVX2, "avx_vnni"),
    "haswell": _AVX2,
    "sandybridge": ("sse4_2", "avx"),
    "sse42": ("sse4_2",),
    "x64": (),
}
_FP16 = ("asimddp", "asimdhp")
ARM = {
    "armv9.2_2": (*_FP16, "sve", "i8mm", "sve2", "sme"),
    "armv9.2_1": (*_FP16, "sve", "i8mm", "sme"),
    "armv8.6_2": (*_FP16, "sve", "i8mm", "sve2"),
    "armv8.6_1": (*_FP16, "sve", "i8mm"),
    "armv8.2_3": (*_FP16, "sve"),
    "armv8.2_2": _FP16,
    "armv8.2_1": ("asimddp",),
    "armv8.0_1": (),
}
_KINDS = {"x86_64": X86, "amd64": X86, "aarch64": ARM, "arm64": ARM}
_PLAIN = ("haswell", "sandybridge", "sse42", "x64", "armv8.0_1")
# Where the system does not say what the processor has (Windows): some of each kind.
_SOME = ("sse42", "haswell", "alderlake", "skylakex", "icelake")
_LEFT_OUT = ("sapphirerapids",)

Run = Callable[[Sequence[str], dict[str, str]], None]
"""Runs a command with more environment variables; raises if it fails."""


def features() -> frozenset[str] | None:
    """Returns what this processor has, as Linux names it; None where the system does not say."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # Processors may differ (big and little cores): what all of them have.
    lines = re.findall(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    return frozenset.intersection(*(frozenset(line.split()) for line in lines)) if lines else None


def builds(has: frozenset[str] | None, machine: str) -> tuple[str, ...]:
    """Returns the builds for a processor: the best, and a plain one; none for other systems.

    Args:
        has: the processor's features; None where they are not known.
        machine: as `platform.machine` names it.
    """
    kinds = _KINDS.get(machine.lower())
    if kinds is None:
        return ()
    if has is None:
        return _SOME if kinds is X86 else ()
    runs = [name for name, needs in kinds.items() if has.issuperset(needs)]
    plain = next(name for name in runs if name in _PLAIN and (name != runs[0] or runs[1:] == []))
    return tuple(dict.fromkeys((runs[0], plain)))


def lacking(folder: Path, machine: str) -> tuple[str, ...]:
    """Returns the builds for kinds of processors that are not among llama.cpp's libraries.

    Args:
        folder: of the libraries.
        machine: as `platform.machine` names it.
    """
    here = {path.stem.rpartition("ggml-cpu-")[2] for path in folder.glob("*ggml-cpu-*")}
    return tuple(name for name in _KINDS.get(machine.lower(), ()) if name not in here)


def gains(has: frozenset[str] | None) -> bool:
    """Tells whether a build for this processor is faster than one for all, which stops at AVX2."""
    return has is not None and bool(has & {"avx512f", "avx_vnni", "asimddp"})


def flags(names: Sequence[str] | None) -> tuple[str, ...]:
    """Returns CMake's flags; those of the variable CMAKE_ARGS come last and win.

    Args:
        names: see `build`. Where they are all, for other machines, no card need be here.
    """
    own = os.environ.get("CMAKE_ARGS", "").split()
    dynamic = names is None or bool(names)
    vulkan = (VULKAN,) if dynamic and builds_vulkan() and (names is None or has_card()) else ()
    metal = (WITHOUT_METAL,) if is_intel_mac() else ()
    return (*PORTABLE, *(DYNAMIC if dynamic else ()), *vulkan, *metal, *own)


def has_card(cards: Path = Path("/dev/dri")) -> bool:
    """Tells whether there is a graphics card.

    Args:
        cards: the folder of graphics cards; another one for tests.
    """
    return any(cards.glob("renderD*"))


def builds_vulkan() -> bool:
    """Tells whether all is here that Vulkan's part is built with."""
    sdk = Path(os.environ.get("VULKAN_SDK") or "/usr")
    try:
        header = (sdk / "include" / "vulkan" / "vulkan_core.h").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False
    return (
        _NEWEST_USED in header
        and any((sdk / place / _SPIRV).exists() for place in ("share", "lib", "lib64"))
        and shutil.which("glslc") is not None
    )


def keep_only(source: Path, names: Sequence[str]) -> None:
    """Takes the other builds, and what nothing here uses, out of llama.cpp's build files.

    Args:
        source: the unpacked source distribution.
        names: the builds to keep; none keeps all but those that are left out.

    Raises:
        ValueError: the build files are not as expected, so this list of builds is out of date.
    """
    rules = source / "vendor" / "llama.cpp" / "ggml" / "src" / "CMakeLists.txt"
    text = rules.read_text(encoding="utf-8")
    line = re.compile(r"^ *ggml_add_cpu_backend_variant\(([a-z][\w.]*).*\)\n", re.MULTILINE)
    known = {match[1] for match in line.finditer(text)}
    if missing := set(names) - known:
        raise ValueError(f"llama.cpp has no such builds: {', '.join(sorted(missing))}")
    kept = set(names) or known.difference(_LEFT_OUT)
    text = line.sub(lambda match: match[0] if match[1] in kept else "", text)
    rules.write_text(text, encoding="utf-8")
    top = source / "CMakeLists.txt"
    text = top.read_text(encoding="utf-8")
    common = "set(LLAMA_BUILD_COMMON ON CACHE"
    if common not in text:
        raise ValueError("llama-cpp-python builds other parts than expected.")
    top.write_text(text.replace(common, common.replace(" ON ", " OFF ")), encoding="utf-8")


def build(folder: Path, names: Sequence[str] | None, run: Run) -> Path:
    """Builds a wheel; returns it.

    Args:
        folder: where it is put.
        names: see `builds`; an empty one builds without dynamic backends, None builds all.
        run: runs a command.

    Raises:
        ValueError: see `keep_only`.
    """
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    dynamic = names is None or bool(names)
    with tempfile.TemporaryDirectory(prefix="studiolo-llama-") as place:
        tools, download, source = (Path(place) / name for name in ("tools", "sdist", "source"))
        lock = ("--no-deps", "--require-hashes", "--requirement")
        run((*pip, "install", *lock, str(LOCKS / "build.lock"), "--target", str(tools)), {})
        environment = {
            "PYTHONPATH": str(tools),
            "PATH": os.pathsep.join((str(tools / "bin"), os.environ.get("PATH", ""))),
            "CMAKE_ARGS": " ".join(flags(names)),
        }
        # Only this package: ":all:" makes older pips build CMake from its source as well.
        only = ("--no-binary", "llama-cpp-python", "--no-build-isolation")
        fetch = ("download", *only, *lock, str(LOCKS / "llama.lock"), "--dest", str(download))
        run((*pip, *fetch), environment)
        with tarfile.open(next(download.glob("*.tar.gz"))) as archive:
            # Pythons before 3.11.4 know no filters. The archive was checked against its hash.
            archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
            archive.extractall(source)  # noqa: S202
        unpacked = next(source.iterdir())
        if dynamic:
            keep_only(unpacked, names or ())
        wheel = ("wheel", "--verbose", "--no-deps", "--no-build-isolation", "--no-cache-dir")
        command = (*pip, *wheel, "--wheel-dir", str(folder), str(unpacked))
        try:
            run(command, environment)
        except subprocess.CalledProcessError:
            chosen = environment["CMAKE_ARGS"].split()
            if VULKAN not in chosen or VULKAN in os.environ.get("CMAKE_ARGS", ""):
                raise
            print("The part for graphics cards could not be built; it is left out.", flush=True)
            chosen.remove(VULKAN)
            run(command, {**environment, "CMAKE_ARGS": " ".join(chosen)})
    return next(folder.glob("*.whl"))


def main(arguments: Sequence[str]) -> int:
    """Builds for this processor, or for all. Returns 0."""
    folder, *options = arguments
    names = None if "--all" in options else here()
    build(Path(folder), names, _run)
    return 0


def is_intel_mac() -> bool:
    """Tells whether this Python is made for Macs with an Intel processor."""
    return sys.platform == "darwin" and platform.machine() == "x86_64"


def here() -> tuple[str, ...]:
    """Returns the builds for this machine; none on macOS: one suits all Macs of a kind."""
    return () if sys.platform == "darwin" else builds(features(), platform.machine())


def _run(command: Sequence[str], environment: dict[str, str]) -> None:
    subprocess.run(command, env={**os.environ, **environment}, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
