"""Tries the .deb in a clean Debian, as root: `try_linux.py PACKAGE [BEFORE] [--suite trixie]`.

Makes a system without Python with debootstrap, installs the package with apt, over the version
before and its library if that is given, asks the examples with the network watched, opens the
window for ten seconds, removes and purges. Prints each figure. Models are those of the person who
runs it, or with `--full` those in the package; from the installation on, that is tried without any
network.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MIRROR = "http://deb.debian.org/debian"
QUESTION = "How many months' notice must I give to end the lease?"
# Sockets of these families stay on the computer, or ask the kernel something.
_LOCAL = re.compile(r"AF_(UNIX|NETLINK|UNSPEC)")
_NAMES = ("*studiolo*", "*Studiolo*")
_EARLIER = ("studiolo", "--data-dir", "/srv/earlier")  # with a library of the version before


class Chroot:
    """A Debian system in a folder."""

    def __init__(self, folder: Path, *, own_models: bool) -> None:
        self.folder = folder
        self._models = {} if own_models else {"STUDIOLO_MODELS_DIR": "/srv/models"}

    def run(self, *command: str, check: bool = True, network: bool = True) -> str:
        """Runs a command inside, with no variables but a home and a path; returns its output."""
        environment = {
            "HOME": "/root",
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "DEBIAN_FRONTEND": "noninteractive",
            **self._models,
        }
        apart = () if network else ("unshare", "--net")  # not even the loopback is up
        done = subprocess.run(
            [*apart, "chroot", str(self.folder), *command],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def files(self) -> set[str]:
        """Returns all files and folders that bear the program's name, besides what was put in."""
        found: set[str] = set()
        for top in ("etc", "opt", "root", "usr", "var/lib", "home"):
            for name in _NAMES:
                found.update(map(str, (self.folder / top).rglob(name)))
        return {str(Path(path).relative_to(self.folder)) for path in found}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs every step. Returns 0 if all worked; else ends with what did not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path)
    parser.add_argument("before", type=Path, nargs="?")
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--chroot", type=Path, help="a system that debootstrap made before")
    models = Path.home() / ".local" / "share" / "studiolo" / "models"
    parser.add_argument("--models", type=Path, default=models)
    parser.add_argument("--full", action="store_true", help="the package has models inside")
    options = parser.parse_args(arguments)
    folder = options.chroot or Path(tempfile.mkdtemp()) / options.suite
    if not folder.is_dir():
        command = ["debootstrap", "--variant=minbase", options.suite, str(folder), MIRROR]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    system = Chroot(folder, own_models=options.full)
    mounts = ["proc", "dev", "sys"]
    subprocess.run(["mount", "-t", "proc", "proc", str(folder / "proc")], check=True)
    subprocess.run(["mount", "--bind", "/dev", str(folder / "dev")], check=True)
    subprocess.run(["mount", "-t", "sysfs", "sysfs", str(folder / "sys")], check=True)
    try:
        models = None if options.full else options.models
        _try(system, options.package, options.before, models)
    finally:
        for name in mounts:
            subprocess.run(["umount", str(folder / name)], check=False)
    print("The package works.")
    return 0


def _try(system: Chroot, package: Path, before: Path | None, models: Path | None) -> None:
    srv = system.folder / "srv"
    network = models is not None
    if models is not None:
        shutil.copytree(models, srv / "models", dirs_exist_ok=True)
    shutil.copytree(ROOT / "examples", srv / "examples", dirs_exist_ok=True)
    for file in (package, before):
        if file is not None:
            shutil.copy(file, srv)
    system.run("apt-get", "update", "-q")
    python = system.run("sh", "-c", "command -v python3 || true").strip()
    print(f"Python inside: {python or 'none'}")
    if before is not None:
        system.run("apt-get", "install", "-qy", "--no-install-recommends", f"/srv/{before.name}")
        print("installed, the version before:", _version(system, before))
        report = json.loads(system.run(*_EARLIER, "index", "/srv/examples", "--json"))
        print(f"its index: {report['added']} files, {report['chunks']} passages")
    started = time.monotonic()
    system.run("apt-get", "install", "-qy", "--no-install-recommends", f"/srv/{package.name}")
    installed = time.monotonic()
    print(f"installed, or upgraded: {_version(system, package)} in {installed - started:.0f} s")
    doctor = json.loads(system.run("studiolo", "doctor", "--json", network=network))
    print("doctor:", len(doctor["checks"]), "checks")
    index = ("studiolo", "index", "/srv/examples", "--json")
    report = json.loads(system.run(*index, network=network))
    print(f"index: {report['added']} files, {len(report['failed'])} failed")
    answer = json.loads(system.run("studiolo", "ask", QUESTION, "--json", network=network))
    print(f"ask: {answer['answer'].strip()[:120]!r}, {len(answer['citations'])} citations")
    if report["failed"] or not answer["citations"]:
        raise SystemExit("the examples were not read, or there was no cited answer")
    how = "with a network" if network else "without any network"
    print(f"installation to cited answer, {how}: {time.monotonic() - started:.0f} s")
    if before is not None:
        _try_library(system, network=network)
    system.run("apt-get", "install", "-qy", "--no-install-recommends", "strace", "xvfb", "xauth")
    system.run("strace", "-f", "-e", "trace=connect,sendto,sendmsg", "-o", "/srv/trace",
               "studiolo", "ask", QUESTION, "--json")  # fmt: skip
    print("connections, ask:", *(_abroad(srv / "trace") or ["0"]))
    system.run("sh", "-c", "timeout 10 strace -f -e trace=connect,sendto,sendmsg -o /srv/trace2 "
               "xvfb-run -a studiolo > /srv/window 2>&1", check=False)  # fmt: skip
    words = (srv / "window").read_text(errors="replace").strip()[-500:]
    print("window, ten seconds:", words or "no complaint")
    print("connections, window:", *(_abroad(srv / "trace2") or ["0"]))
    system.run("apt-get", "remove", "-qy", _name(package))
    system.run("dpkg", "--purge", _name(package))
    # Its own data, and what dpkg writes of any package that was ever here.
    left = {path for path in system.files() if not path.startswith("root/.local/share/studiolo")}
    print("files left:", len(left), *sorted(left)[:10])
    if left:
        raise SystemExit("files are left behind")


def _try_library(system: Chroot, *, network: bool) -> None:
    """Asks the library of the version before as it is, and brings it up to date."""
    ask = (*_EARLIER, "ask", QUESTION, "--json")
    answer = json.loads(system.run(*ask, network=network))
    print(f"ask, library of the version before: {len(answer['citations'])} citations")
    index = (*_EARLIER, "index", "/srv/examples", "--json")
    report = json.loads(system.run(*index, network=network))
    counts = {name: report[name] for name in ("added", "updated", "unchanged", "removed", "chunks")}
    print("index again:", counts)
    if not answer["citations"] or report["failed"] or report["removed"]:
        raise SystemExit("the library of the version before is not what it was")


def _version(system: Chroot, package: Path) -> str:
    return system.run("dpkg-query", "--show", "--showformat=${Version}", _name(package))


def _name(package: Path) -> str:
    """Returns the name of a package: its file's, before the version."""
    return package.name.partition("_")[0]


def _abroad(trace: Path) -> list[str]:
    """Returns the calls of a trace that name an address beyond this computer's own sockets."""
    lines = trace.read_text(errors="replace").splitlines() if trace.is_file() else ["not traced"]
    named = [line for line in lines if "sa_family" in line or line == "not traced"]
    return [line for line in named if not _LOCAL.search(line)][:10]


if __name__ == "__main__":
    if os.name != "posix" or os.geteuid() != 0:
        sys.exit("debootstrap and chroot need root")
    sys.exit(main())
