"""Sets Studiolo up and starts it, with nothing but Python.

    python3 start.py            open the window (without a display: the demo in the terminal)
    python3 start.py --demo     index examples/ and answer a question about them
    python3 start.py test       set up for development; run all checks and tests

Everything goes into `.venv` beside this file, the models into the person's data folder. Run it
again after an interruption and it goes on from there; a set-up that is complete costs no time. Run
it again, too, when this folder was moved, or when Python or Studiolo was updated: it mends `.venv`.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "requirements"
WINDOWS = os.name == "nt"
LINUX = sys.platform == "linux"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
PLACE = VENV / "studiolo.place"
SUPPORTED = ((3, 11), (3, 14))

# Debian's names. What Qt needs to draw without and with a screen, and what builds llama.cpp.
QT_PACKAGES = (
    *("libglib2.0-0", "libgl1", "libegl1", "libxkbcommon0", "libfontconfig1", "libdbus-1-3"),
    *("libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0"),
    *("libxcb-xkb1", "libxcb-render-util0", "libxcb-image0", "fonts-dejavu-core"),
)
BUILD_PACKAGES = ("g++", "make")
TEST_PACKAGES = ("strace", "iproute2", "dbus", "gnome-keyring")

TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
LLAMA_WHEELS = "https://abetlen.github.io/llama-cpp-python/whl"
STARTER_MODELS = ("qwen2.5-coder-1.5b-instruct-q4_k_m", "all-minilm-l6-v2")
TEST_MODELS = ("smollm2-135m-instruct-q4_1", "all-minilm-l6-v2")
INSTALL_THIS = (
    *("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable"),
    str(ROOT),
)
# Writes the programs of all packages anew, as pip does: they name the Python that runs them.
WRITE_SCRIPTS = """
import importlib.metadata, pathlib, sys
from pip._vendor.distlib.scripts import ScriptMaker
maker = ScriptMaker(None, str(pathlib.Path(sys.executable).parent))
maker.clobber = maker.set_mode = True
maker.variants = {""}
for package in importlib.metadata.distributions():
    for entry in package.entry_points:
        if entry.group in ("console_scripts", "gui_scripts"):
            gui = entry.group == "gui_scripts"
            maker.make(f"{entry.name} = {entry.value}", {"gui": gui})
"""
DEMO_QUESTION = "How many months' notice must I give to end the lease?"


class SetupError(Exception):
    """Set-up cannot go on: what happened, and what to do next."""


def main(arguments: Sequence[str]) -> int:
    """Sets up what is missing and runs what was asked for. Returns the exit status."""
    if arguments and arguments[0] in {"-h", "--help"}:
        print(__doc__)
        return 0
    testing = bool(arguments) and arguments[0] == "test"
    if arguments and not testing and list(arguments) != ["--demo"]:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        set_up(testing)
        if testing:
            return run_checks(arguments[1:])
        return run_demo() if arguments or not has_display() else run_window()
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again and it goes on from here.", file=sys.stderr)
        return 130


# Set-up


def set_up(testing: bool) -> None:
    """Does what has not been done yet. Costs a few milliseconds when nothing is left to do."""
    lowest, beyond = SUPPORTED
    if not lowest <= sys.version_info[:2] < beyond:
        raise SetupError("Studiolo needs Python 3.11, 3.12 or 3.13. Start this file with one.")
    stamp = VENV / ("studiolo-dev.stamp" if testing else "studiolo.stamp")
    if read(PLACE) != place():
        mend_environment()
    wanted = fingerprint()
    if read(stamp) != wanted:
        install_system_packages(testing)
        make_environment()
        install_packages(testing)
        stamp.write_text(wanted, encoding="utf-8")
        PLACE.write_text(place(), encoding="utf-8")
    fetch_models(TEST_MODELS if testing else STARTER_MODELS)


def fingerprint() -> str:
    """Changes whenever something else has to be installed."""
    digest = hashlib.sha256(repr(python_version()).encode())
    for file in (*sorted(LOCKS.glob("*.lock")), ROOT / "pyproject.toml", Path(__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def place() -> str:
    """Changes when this folder is moved, or the Python that `.venv` was made with is exchanged."""
    try:
        python = PYTHON.resolve(strict=True)
        state = python.stat()
    except (OSError, RuntimeError):  # a link to what is gone, or to itself
        return f"{VENV}\n"
    return f"{VENV}\n{python}\n{state.st_size} {state.st_mtime_ns}\n"


def mend_environment() -> None:
    """Makes `.venv` good for where it is now; one whose Python is gone is made anew later.

    Its scripts and the link to this folder name the place where they were made. Its packages stay,
    so that no network is needed.
    """
    if not PYTHON.exists() or not is_usable():
        for stamp in VENV.glob("*.stamp"):
            stamp.unlink()
        return
    if not any(VENV.glob("*.stamp")):
        return  # a set-up that was interrupted goes on by itself
    say("Setting up again what names the folder or the Python that Studiolo was set up with")
    done = (
        quiet(PYTHON, "-m", "venv", "--without-pip", VENV),
        quiet(PYTHON, "-c", WRITE_SCRIPTS),
        quiet(PYTHON, "-m", "pip", "--disable-pip-version-check", *INSTALL_THIS),
    )
    if any(done):
        for stamp in VENV.glob("*.stamp"):
            stamp.unlink()
        return
    PLACE.write_text(place(), encoding="utf-8")


def is_usable() -> bool:
    """Whether the environment runs, with the packages that were installed for its Python."""
    lowest, beyond = SUPPORTED
    code = f"import pip, sys; sys.exit(not {lowest} <= sys.version_info[:2] < {beyond})"
    return quiet(PYTHON, "-c", code) == 0


def python_version() -> tuple[int, int]:
    """The Python of the environment, which may be another than this one; else this one."""
    for line in read(VENV / "pyvenv.cfg").splitlines():
        name, _, value = line.partition("=")
        parts = value.strip().split(".")
        if name.strip() == "version" and len(parts) > 1 and all(p.isdecimal() for p in parts[:2]):
            return int(parts[0]), int(parts[1])
    return sys.version_info[:2]


def read(path: Path) -> str:
    """A small file's text; "" when it is not there."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def install_system_packages(testing: bool) -> None:
    """Installs what Debian and its kin lack, where this is allowed; else says how."""
    if not LINUX or shutil.which("dpkg-query") is None:
        return
    wanted = (*QT_PACKAGES, *BUILD_PACKAGES, *(TEST_PACKAGES if testing else ()))
    missing = [name for name in wanted if not has_system_package(name)]
    if not has_ensurepip():
        missing.append(f"python{sys.version_info[0]}.{sys.version_info[1]}-venv")
    if not missing:
        return
    line = f"apt-get install -y --no-install-recommends {' '.join(missing)}"
    if os.geteuid() != 0:
        advice = f"Some system libraries are missing. To install them, run:\n    sudo {line}"
        if not has_ensurepip():
            raise SetupError(f"{advice}\nThen start again.")
        say(advice)
        return
    say(f"Installing system libraries: {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], [*line.split(), "-qq"]):
        done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            raise SetupError(
                f"The system libraries could not be installed. Run this, and then start again:\n"
                f"    apt-get update && {line}"
            )


def has_system_package(name: str) -> bool:
    """Whether a Debian package is installed."""
    command = ["dpkg-query", "-W", "-f", "${db:Status-Status}", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout == "installed"


def has_ensurepip() -> bool:
    """Debian ships the module that brings pip into a new environment as a package of its own."""
    import importlib.util

    return importlib.util.find_spec("ensurepip") is not None


def make_environment() -> None:
    """Creates `.venv`; a broken or older one is replaced."""
    if PYTHON.is_file() and is_usable():
        return
    say("Creating the virtual environment")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode != 0:
        raise SetupError("The virtual environment could not be created in this folder.")


def install_packages(testing: bool) -> None:
    """Installs the pinned packages, each checked against its hash."""
    say("Installing packages (about 2 GB on the disk; some minutes the first time)")
    install_torch()
    install_llama()
    locks = [LOCKS / "runtime.lock", *([LOCKS / "dev.lock"] if testing else [])]
    install_locks(locks)
    pip(*INSTALL_THIS)


def install_locks(locks: Sequence[Path]) -> None:
    """Installs with uv, which is quick; with pip where uv finds no way to the packages."""
    files = [part for lock in locks for part in ("--requirement", str(lock))]
    flags = ["--quiet", "--no-deps", "--require-hashes"]
    pip("install", *flags, "--requirement", str(LOCKS / "bootstrap.lock"))
    with_uv = [str(PYTHON), "-m", "uv", "pip", "install", "--python", str(PYTHON), *flags, *files]
    if quiet(*with_uv) != 0:
        pip("install", *flags, *files)


def install_torch() -> None:
    """Installs torch for the processor: on Linux, other builds bring gigabytes of CUDA."""
    if is_installed("torch", LOCKS / "torch-linux.lock"):
        return
    flags = ["install", "--quiet", "--no-deps"]
    if not LINUX:
        pip(*flags, "--require-hashes", "--requirement", str(LOCKS / "torch.lock"))
        return
    lock = ["--require-hashes", "--requirement", str(LOCKS / "torch-linux.lock")]
    pinned = python_version() == (3, 11) and platform.machine() == "x86_64"
    if pinned and quiet(PYTHON, "-m", "pip", *flags, *lock) == 0:
        return
    source = ["--index-url", TORCH_CPU_INDEX]
    version = (LOCKS / "torch-linux.lock").read_text(encoding="utf-8").split("==")[1].split()[0]
    pip(*flags, *source, *(lock if pinned else [f"torch=={version.partition('+')[0]}"]))


def install_llama() -> None:
    """Builds llama-cpp-python once for each machine, with flags that run on every processor.

    A build tuned to the processor that it is built on crashes on some of them.
    """
    if is_installed("llama-cpp-python", LOCKS / "llama.lock"):
        return
    flags = " ".join(filter(None, ("-DGGML_NATIVE=OFF", os.environ.get("CMAKE_ARGS"))))
    lock = LOCKS / "llama.lock"
    key = hashlib.sha256(
        f"{lock.read_text(encoding='utf-8')}{flags}{sysconfig.get_platform()}".encode()
    ).hexdigest()[:16]
    folder = cache_folder() / "wheels" / key
    if not any(folder.glob("*.whl")):
        if not has_compiler():
            install_prebuilt_llama()
            return
        say("Building llama.cpp (about 5 minutes, once)")
        # Only this package: ":all:" makes older pips build CMake from its source as well.
        command = ["wheel", "--quiet", "--no-deps", "--no-cache-dir"]
        command += ["--no-binary", "llama-cpp-python", "--require-hashes"]
        command += ["--requirement", str(lock), "--wheel-dir", str(folder)]
        pip(*command, environment={"CMAKE_ARGS": flags})
    pip("install", "--quiet", "--no-deps", str(next(folder.glob("*.whl"))))


def is_installed(package: str, lock: Path) -> bool:
    """Whether the version that a lock names is there; "+cpu" and the like do not count."""
    wanted = lock.read_text(encoding="utf-8").split("==")[1].split()[0].partition("+")[0]
    code = f"""import importlib.metadata as m
assert m.version({package!r}).partition("+")[0] == {wanted!r}"""
    return quiet(PYTHON, "-c", code) == 0


def has_compiler() -> bool:
    """Whether a C++ compiler is there. Windows finds its own in ways that only CMake knows."""
    return WINDOWS or any(map(shutil.which, ("c++", "g++", "clang++")))


def install_prebuilt_llama() -> None:
    """Takes the build that the author of llama-cpp-python offers, where nothing can be built."""
    kind = "metal" if sys.platform == "darwin" else "cpu"
    lock = (LOCKS / "llama.lock").read_text(encoding="utf-8")
    version = lock.split("==")[1].split()[0]
    say("There is no C++ compiler: taking the ready-made build of llama.cpp")
    options = ["--only-binary", ":all:", "--index-url", f"{LLAMA_WHEELS}/{kind}"]
    pip("install", "--quiet", "--no-deps", *options, f"llama-cpp-python=={version}")


def fetch_models(ids: Sequence[str]) -> None:
    """Fetches the models that are not there; says nothing when all are."""
    folder = models_folder()
    missing = [name for name in ids if not has_model(folder, name)]
    if missing:
        say("Fetching the models")
    environment = dict(os.environ)
    proxy = environment.get("HTTPS_PROXY") or environment.get("https_proxy")
    if proxy:  # Studiolo heeds none of the environment; pip has come this far with it
        environment.setdefault("PIP_PROXY", proxy)
    for name in missing:
        command = [str(PYTHON), "-m", "ui.main", "models", "get", name]
        status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if status == 130:
            raise KeyboardInterrupt
        if status != 0:
            raise SetupError("The models are not complete. What arrived is kept: start again.")


def has_model(folder: Path, name: str) -> bool:
    """Whether a model was fetched and checked; `models.record` notes each file that was."""
    record = folder / "verified.json"
    known = record.read_text(encoding="utf-8") if record.is_file() else ""
    file, inner = folder / f"{name}.gguf", folder / name / "model.safetensors"
    return (file.is_file() and f'"{file.name}"' in known) or (
        inner.is_file() and f'"{name}/{inner.name}"' in known
    )


def models_folder() -> Path:
    """The same folder as `app.paths.Paths`."""
    code = "from app.paths import Paths; print(Paths.resolve().models)"
    if given := os.environ.get("STUDIOLO_MODELS_DIR"):
        return Path(given).expanduser().absolute()
    done = subprocess.run(
        [str(PYTHON), "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SetupError(
            "There is no place for the models: this account has no home folder. Set the variables "
            "STUDIOLO_MODELS_DIR and STUDIOLO_DATA_DIR to folders, and start again."
        )
    return Path(done.stdout.strip())


def cache_folder() -> Path:
    """Where builds are kept from one checkout to the next; without a home, in `.venv`."""
    try:
        if WINDOWS:
            local = os.environ.get("LOCALAPPDATA")
            home = Path(local) if local else Path.home() / "AppData" / "Local"
            return home / "studiolo" / "Cache"
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Caches" / "studiolo"
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "studiolo"
    except RuntimeError:
        return VENV / "cache"


def pip(*arguments: str, environment: dict[str, str] | None = None) -> None:
    """Runs pip in the environment; its own words are shown when it fails."""
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, env={**os.environ, **(environment or {})}, check=False).returncode:
        raise SetupError(
            "Some packages could not be installed; the reason stands above. Without a network "
            "connection, connect and start again. With a full disk, free about 4 GB."
        )


def quiet(*command: str | Path) -> int:
    """Runs a command without its output; returns its exit status."""
    words = [str(part) for part in command]
    return subprocess.run(words, capture_output=True, cwd=ROOT, check=False).returncode


# What it is all for


def run_window() -> int:
    """Opens the window."""
    return subprocess.run([str(PYTHON), "-m", "ui.main"], cwd=ROOT, check=False).returncode


def run_demo() -> int:
    """Indexes the examples and asks about them, in the terminal."""
    data = cache_folder() / "demo"
    studiolo = [str(PYTHON), "-m", "ui.main", "--data-dir", str(data)]
    say("Indexing examples/")
    status = subprocess.run([*studiolo, "index", "examples"], cwd=ROOT, check=False).returncode
    if status != 0:
        return status
    say(f"Asking: {DEMO_QUESTION}")
    return subprocess.run([*studiolo, "ask", DEMO_QUESTION], cwd=ROOT, check=False).returncode


def run_checks(pytest_arguments: Sequence[str]) -> int:
    """Runs linters, type checker, tests and the privacy check; all of them, even if one fails."""
    data = str(cache_folder() / "check")
    checks = (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports",),
        ("pytest", *(pytest_arguments or in_parallel())),
        ("studiolo", "--data-dir", data, "privacy", "check"),
    )
    failed = []
    for name, *arguments in checks:
        say(" ".join((name, *arguments)))
        program = str(PYTHON.with_name(name))
        if subprocess.run([program, *arguments], cwd=ROOT, check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"\nNot passed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def in_parallel() -> Sequence[str]:
    """Returns what has pytest run on up to 4 cores; the tests of a file stay together."""
    cores = len(os.sched_getaffinity(0)) if LINUX else os.cpu_count() or 1
    return ("-n", str(min(cores, 4)), "--dist", "loadfile") if cores > 1 else ()


def has_display() -> bool:
    """Whether a window can be opened."""
    return not LINUX or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def say(text: str) -> None:
    """Tells what happens now."""
    print(f"\033[1m{text}\033[0m" if sys.stderr.isatty() else text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
