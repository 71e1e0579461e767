"""Sets Studiolo up and starts it, with nothing but Python.

    python3 start.py            open the window (without a display: the demo in the terminal)
    python3 start.py --demo     index examples/ and answer a question about them
    python3 start.py test       set up for development; run all checks and tests

Everything goes into `.venv` beside this file, the models into the user's data folder. Run it again
after an interruption and it resumes; a complete set-up costs no time. Run it again, too, when this
folder was moved, or when Python or Studiolo was updated: it repairs `.venv`.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from installers import llama

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "requirements"
WINDOWS = os.name == "nt"
LINUX = sys.platform == "linux"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
PLACE = VENV / "studiolo.place"
SUPPORTED = ((3, 11), (3, 14))
RUNNING = sys.version_info[:2]
FETCHED = "3.12"
"""The Python that is fetched where there is none that fits."""

# Debian packages: for Qt to draw without and with a screen, and to build llama.cpp.
QT_PACKAGES = (
    *("libglib2.0-0", "libgl1", "libegl1", "libxkbcommon0", "libfontconfig1", "libdbus-1-3"),
    *("libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0"),
    *("libxcb-xkb1", "libxcb-render-util0", "libxcb-image0", "fonts-dejavu-core"),
)
BUILD_PACKAGES = ("g++", "make")
TEST_PACKAGES = ("strace", "iproute2", "dbus", "gnome-keyring")

TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
LLAMA_WHEELS = "https://abetlen.github.io/llama-cpp-python/whl/cpu"
LLAMA = VENV / "studiolo.llama"
VSWHERE = ("-latest", "-products", "*")
COMPILER_ADVICE = {
    "darwin": "Studiolo needs Apple's command line tools to build a part of it. Run this, and then "
    "start again:\n    xcode-select --install",
    "win32": "The ready-made build of llama.cpp could not be fetched. Connect to the network and "
    "start again, or install the Build Tools for Visual Studio with C++.",
    "linux": "The ready-made build of llama.cpp could not be fetched, and there is no C++ compiler "
    "to build it. Connect to the network, or install g++, and start again.",
}
STARTER_MODELS = ("qwen2.5-coder-1.5b-instruct-q4_k_m", "all-minilm-l6-v2")
TEST_MODELS = ("smollm2-135m-instruct-q4_1", "all-minilm-l6-v2")
INSTALL_THIS = (
    *("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable"),
    str(ROOT),
)
# Rewrites the scripts of all packages, as pip does: they name the Python that runs them.
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
TERMINAL_SECONDS, FILE_SECONDS = 0.5, 30.0
"""Between two lines of progress: on a terminal, which overwrites them, and elsewhere."""
LAST_LINES = 40
TESTS_FAILED = 1
"""The status of pytest when tests failed, and nothing else was wrong."""
MOST_RUN_AGAIN = 3
NINJA_STEP = re.compile(r"\[(\d+)/(\d+)\]")
PIP_STEPS = ("Collecting", "Downloading", "Installing", "Building", "Prepared", "Installed")
DEMO_QUESTION = "How many months' notice must I give to end the lease?"


class SetupError(Exception):
    """Set-up cannot continue: what happened, and what to do next."""


def main(arguments: Sequence[str]) -> int:
    """Sets up what is missing and runs the given command. Returns the exit status."""
    if arguments and arguments[0] in {"-h", "--help"}:
        print(__doc__)
        return 0
    testing = bool(arguments) and arguments[0] == "test"
    if arguments and not testing and list(arguments) != ["--demo"]:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        check_machine()
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
    """Does the steps still open. Costs a few milliseconds when none are left."""
    stamp = VENV / ("studiolo-dev.stamp" if testing else "studiolo.stamp")
    if read(PLACE) != place() or not is_supported(python_version()):
        mend_environment()
    if read(stamp) != fingerprint():
        install_system_packages(testing)
        make_environment()
        install_packages(testing)
        # The environment may have got another Python than this one.
        stamp.write_text(fingerprint(), encoding="utf-8")
        PLACE.write_text(place(), encoding="utf-8")
    fetch_models(TEST_MODELS if testing else STARTER_MODELS)


def check_machine() -> None:
    """Refuses a Python for Intel processors on a Mac that has none.

    Raises:
        SetupError: that is so.
    """
    if llama.is_intel_mac() and output("sysctl", "-n", "hw.optional.arm64") == "1":
        raise SetupError(
            "This Python is made for Macs with an Intel processor, and this Mac has another one. "
            "Install Python for Apple silicon from python.org and start this file with it."
        )


def is_supported(version: tuple[int, int]) -> bool:
    """Tells whether Studiolo runs with a version of Python."""
    lowest, beyond = SUPPORTED
    return lowest <= version < beyond


def find_python() -> str:
    """Returns a Python that Studiolo runs with: this one, another one here, or a fetched one.

    Raises:
        SetupError: there is none, and none can be fetched.
    """
    if is_supported(RUNNING):
        return sys.executable
    for minor in range(SUPPORTED[1][1] - 1, SUPPORTED[0][1] - 1, -1):
        name = f"python3.{minor}"
        if (found := shutil.which(name)) and quiet(found, "-c", "import ensurepip, venv") == 0:
            return found
    return fetch_python()


def fetch_python() -> str:
    """Finds a Python with uv, or fetches one, whose hash uv knows.

    Raises:
        SetupError: uv cannot be installed, or fetches none.
    """
    version = ".".join(map(str, RUNNING))
    say(f"Studiolo does not run with Python {version} yet: looking for another one")
    folder = cache_folder() / "uv"
    python = folder / PYTHON.relative_to(VENV)
    lock = ["--no-deps", "--require-hashes", "--requirement", str(LOCKS / "bootstrap.lock")]
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [str(python), "-m", "pip", "--disable-pip-version-check", "install", *lock],
    )
    if not any(map(watched, steps)):
        uv = [str(python), "-m", "uv", "python"]
        wanted = ">={}.{},<{}.{}".format(*SUPPORTED[0], *SUPPORTED[1])
        found = output(*uv, "find", "--system", wanted)
        if not found and watched([*uv, "install", FETCHED]) == 0:
            found = output(*uv, "find", "--system", FETCHED)
        if found:
            return found
    raise SetupError(
        "Studiolo needs Python 3.11, 3.12 or 3.13, and none could be fetched. Install one, and "
        "start this file with it."
    )


def fingerprint() -> str:
    """Identifies what has to be installed; changes whenever that does."""
    digest = hashlib.sha256(repr(python_version()).encode())
    scripts = (ROOT / "pyproject.toml", Path(__file__), Path(llama.__file__))
    for file in (*sorted(LOCKS.glob("*.lock")), *scripts):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def place() -> str:
    """Identifies this folder and the Python of `.venv`; changes when either does."""
    try:
        python = PYTHON.resolve(strict=True)
        state = python.stat()
    except (OSError, RuntimeError):  # a broken link, or one to itself
        return f"{VENV}\n"
    return f"{VENV}\n{python}\n{state.st_size} {state.st_mtime_ns}\n"


def mend_environment() -> None:
    """Repairs `.venv` after a move; one whose Python is gone is recreated later.

    Its scripts and the link to this folder name the place where they were made. Its packages stay,
    so that no network is needed.
    """
    if not PYTHON.exists() or not is_usable():
        for stamp in VENV.glob("*.stamp"):
            stamp.unlink()
        return
    if not any(VENV.glob("*.stamp")):
        return  # an interrupted set-up resumes by itself
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
    """Tells whether the environment runs, with packages installed for its Python."""
    lowest, beyond = SUPPORTED
    code = f"import pip, sys; sys.exit(not {lowest} <= sys.version_info[:2] < {beyond})"
    return quiet(PYTHON, "-c", code) == 0


def python_version() -> tuple[int, int]:
    """Returns the version of the environment's Python, or of this one without it."""
    for line in read(VENV / "pyvenv.cfg").splitlines():
        name, _, value = line.partition("=")
        parts = value.strip().split(".")
        if name.strip() == "version" and len(parts) > 1 and all(p.isdecimal() for p in parts[:2]):
            return int(parts[0]), int(parts[1])
    return RUNNING


def read(path: Path) -> str:
    """Returns a small file's text; "" if it does not exist."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def install_system_packages(testing: bool) -> None:
    """Installs missing Debian packages where that is allowed; else says how."""
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
    """Tells whether a Debian package is installed."""
    command = ["dpkg-query", "-W", "-f", "${db:Status-Status}", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout == "installed"


def has_ensurepip() -> bool:
    """Tells whether `ensurepip` exists: Debian ships it as a package of its own."""
    import importlib.util

    return importlib.util.find_spec("ensurepip") is not None


def make_environment() -> None:
    """Creates `.venv`; a broken or older one is replaced."""
    if PYTHON.is_file() and is_usable():
        return
    say("Creating the virtual environment")
    command = [find_python(), "-m", "venv", "--clear", str(VENV)]
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
    flags = ["--no-deps", "--require-hashes"]
    pip("install", *flags, "--requirement", str(LOCKS / "bootstrap.lock"))
    with_uv = [str(PYTHON), "-m", "uv", "pip", "install", "--python", str(PYTHON), *flags, *files]
    if watched(with_uv, tell=False) != 0:
        pip("install", *flags, *files)


def install_torch() -> None:
    """Installs torch for the processor: on Linux, other builds bring gigabytes of CUDA."""
    if llama.is_intel_mac():
        say(
            "PyTorch has no version for Macs with an Intel processor: Studiolo searches without "
            "it, with any embedding model of its catalogue"
        )
        return
    if is_installed("torch", LOCKS / "torch-linux.lock"):
        return
    lock = LOCKS / ("torch-linux.lock" if LINUX else "torch.lock")
    command = ["install", "--no-deps", "--require-hashes", "--requirement", str(lock)]
    if not LINUX:
        pip(*command)
    elif watched([str(PYTHON), "-m", "pip", *command], tell=False) != 0:
        pip(*command, "--index-url", TORCH_CPU_INDEX)


def install_llama() -> None:
    """Installs llama-cpp-python: the author's build, or one made here once for this processor.

    One made here is preferred where it is faster; it is also what is left without the author's.
    """
    builds = llama.here()
    key = llama_key(builds)
    if read(LLAMA) == key and is_installed("llama-cpp-python", LOCKS / "llama.lock"):
        return
    folder = cache_folder() / "wheels" / key
    can_build = has_compiler()
    if not any(folder.glob("*.whl")):
        faster = can_build and not WINDOWS and (not builds or llama.gains(llama.features()))
        if not faster and install_ready_llama():
            LLAMA.write_text(key, encoding="utf-8")
            return
        if not can_build:
            raise SetupError(COMPILER_ADVICE.get(sys.platform, COMPILER_ADVICE["linux"]))
        say("Building llama.cpp for this processor (about 5 minutes, once)")
        command = [str(PYTHON), str(Path(llama.__file__)), str(folder)]
        if watched(command) != 0:
            raise SetupError("llama.cpp could not be built; the reason stands above.")
    pip("install", "--no-deps", "--force-reinstall", str(next(folder.glob("*.whl"))))
    LLAMA.write_text(key, encoding="utf-8")


def llama_key(builds: Sequence[str]) -> str:
    """Identifies a build of llama.cpp; changes with whatever it is made from."""
    digest = hashlib.sha256(repr((builds, llama.flags(builds))).encode())
    digest.update(sysconfig.get_platform().encode())
    for file in (LOCKS / "llama.lock", LOCKS / "build.lock", Path(llama.__file__)):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def is_installed(package: str, lock: Path) -> bool:
    """Tells whether a lock's version is installed; "+cpu" and the like do not count."""
    wanted = lock.read_text(encoding="utf-8").split("==")[1].split()[0].partition("+")[0]
    code = f"""import importlib.metadata as m
assert m.version({package!r}).partition("+")[0] == {wanted!r}"""
    return quiet(PYTHON, "-c", code) == 0


def has_compiler() -> bool:
    """Tells whether a C++ compiler works here, not only whether there is a program of its name.

    That of Windows is found as CMake does it; that of macOS is a stub that only offers to install
    the command line tools, unless they are there.
    """
    if WINDOWS:
        programs = Path(os.environ.get("PROGRAMFILES(X86)") or "C:/Program Files (x86)")
        finder = programs / "Microsoft Visual Studio" / "Installer" / "vswhere.exe"
        kind = "ARM64" if platform.machine().lower() == "arm64" else "x86.x64"
        tools = f"Microsoft.VisualStudio.Component.VC.Tools.{kind}"
        return bool(output(finder, *VSWHERE, "-requires", tools, "-property", "installationPath"))
    found = [path for path in map(shutil.which, ("c++", "g++", "clang++")) if path]
    if sys.platform == "darwin" and not output("xcode-select", "-p"):
        found = [path for path in found if not path.startswith("/usr/bin/")]
    return bool(found)


def install_ready_llama() -> bool:
    """Installs the author's build of llama-cpp-python; False where there is none to be had."""
    if sys.platform == "darwin":
        return False
    say("Installing the ready-made build of llama.cpp")
    lock = ["--require-hashes", "--requirement", str(LOCKS / "llama-ready.lock")]
    options = ["--no-deps", "--only-binary", ":all:", "--force-reinstall", *lock]
    command = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install", *options]
    return watched([*command, "--index-url", LLAMA_WHEELS], tell=False) == 0


def fetch_models(ids: Sequence[str]) -> None:
    """Fetches the missing models; prints nothing if there are none."""
    folder = models_folder()
    missing = [name for name in ids if not has_model(folder, name)]
    if missing:
        say("Fetching the models")
    environment = dict(os.environ)
    proxy = environment.get("HTTPS_PROXY") or environment.get("https_proxy")
    if proxy:  # Studiolo ignores the environment; pip needed it to get this far
        environment.setdefault("PIP_PROXY", proxy)
    for name in missing:
        command = [str(PYTHON), "-m", "ui.main", "models", "get", name]
        status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if status == 130:
            raise KeyboardInterrupt
        if status != 0:
            raise SetupError("The models are not complete. What arrived is kept: start again.")


def has_model(folder: Path, name: str) -> bool:
    """Tells whether a model was fetched and checked; `models.record` lists each such file."""
    record = folder / "verified.json"
    lines = record.read_text(encoding="utf-8") if record.is_file() else ""
    file, inner = folder / f"{name}.gguf", folder / name / "model.safetensors"
    return (file.is_file() and f'"{file.name}"' in lines) or (
        inner.is_file() and f'"{name}/{inner.name}"' in lines
    )


def models_folder() -> Path:
    """Returns the same folder as `app.paths.Paths`."""
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
    """Returns where builds are kept between checkouts; in `.venv` without a home folder."""
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


def pip(*arguments: str) -> None:
    """Runs pip in the environment; shows its output when it fails."""
    if watched([str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments]) != 0:
        raise SetupError(
            "Some packages could not be installed; the reason stands above. Without a network "
            "connection, connect and start again. With a full disk, free about 4 GB."
        )


def quiet(*command: str | Path) -> int:
    """Runs a command without its output; returns its exit status."""
    words = [str(part) for part in command]
    return subprocess.run(words, capture_output=True, cwd=ROOT, check=False).returncode


def output(*command: str | Path) -> str:
    """Returns what a command prints; "" if it fails or does not exist."""
    words = [str(part) for part in command]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def watched(command: Sequence[str], *, tell: bool = True) -> int:
    """Runs a command and says all along how far it is; returns its exit status.

    Args:
        command: the command.
        tell: whether to show the end of its output when it fails.
    """
    lines: list[str] = []
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        cwd=ROOT,
        env=environment,
    )
    assert process.stdout is not None
    reader = threading.Thread(target=lines.extend, args=(process.stdout,), daemon=True)
    reader.start()
    started, told = time.monotonic(), 0.0
    terminal = sys.stderr.isatty()
    every = TERMINAL_SECONDS if terminal else FILE_SECONDS
    try:
        while reader.is_alive():
            reader.join(TERMINAL_SECONDS)
            seconds = time.monotonic() - started
            if reader.is_alive() and seconds - told >= every:
                told = seconds
                tell_progress(f"{step_of(lines)} ({seconds:.0f} s)", terminal=terminal)
    except BaseException:
        process.terminate()
        raise
    if terminal and told:
        tell_progress("", terminal=True)
    process.stdout.close()
    status = process.wait()
    if status != 0 and tell:
        sys.stderr.writelines(lines[-LAST_LINES:])
    return status


def step_of(lines: Sequence[str]) -> str:
    """Returns what pip, uv or Ninja do, from the lines that they print."""
    for line in reversed(lines[-LAST_LINES:]):
        words = line.split()
        if words[:1] and (step := NINJA_STEP.match(words[0])):
            return f"{step[1]} of {step[2]} parts"
        if len(words) > 1 and words[0] in PIP_STEPS:
            return f"{words[0]} {words[1]}"
    return "working"


def tell_progress(text: str, *, terminal: bool) -> None:
    """Prints a state: over the one before it in a terminal, else on a line of its own."""
    width = shutil.get_terminal_size().columns - 1
    end, begin = ("", "\r") if terminal else ("\n", "")
    line = f"  {text}"[:width]
    print(f"{begin}{line:<{width if terminal else 0}}", end=end, file=sys.stderr, flush=True)


# Commands


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
        status = run_tool(name, *arguments)
        if status == TESTS_FAILED and name == "pytest" and not pytest_arguments:
            status = run_failed_tests_alone()
        if status != 0:
            failed.append(name)
    if failed:
        print(f"\nNot passed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def run_tool(name: str, *arguments: str) -> int:
    """Runs a program of the environment in the project's folder; returns its exit status."""
    program = str(PYTHON.with_name(name))
    return subprocess.run([program, *arguments], cwd=ROOT, check=False).returncode


def run_failed_tests_alone() -> int:
    """Runs the tests that failed once more, one at a time, if they are few; returns the status.

    Thousands of tests that start processes, beside each other on a busy machine, can starve one. A
    test that passes alone is named, since it still has a fault: it depends on what runs beside it.
    """
    record = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
    try:
        tests = sorted(json.loads(record.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        tests = []
    if not 0 < len(tests) <= MOST_RUN_AGAIN:
        return TESTS_FAILED
    say(f"pytest, the failed tests alone: {' '.join(tests)}")
    status = run_tool("pytest", *tests)
    if status == 0:
        print(f"\nFailed beside others, passed alone: {', '.join(tests)}", file=sys.stderr)
    return status


def in_parallel() -> Sequence[str]:
    """Returns what has pytest run on up to 4 cores; the tests of a file stay together.

    With one process more than cores, tests that wait for work in the background failed.
    """
    cores = len(os.sched_getaffinity(0)) if LINUX else os.cpu_count() or 1
    return ("-n", str(min(cores, 4)), "--dist", "loadfile") if cores > 1 else ()


def has_display() -> bool:
    """Tells whether a window can be opened."""
    return not LINUX or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def say(text: str) -> None:
    """Prints what happens now."""
    begin = "\r" if sys.stderr.isatty() else ""
    text = f"\033[1m{text}\033[0m" if has_bold() else text
    print(f"{begin}{text}", file=sys.stderr, flush=True)


def has_bold() -> bool:
    """Tells whether the terminal shows bold text instead of the codes for it."""
    if not sys.stderr.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    # Older consoles of Windows print the codes.
    return not WINDOWS or any(os.environ.get(name) for name in ("WT_SESSION", "ANSICON", "TERM"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
