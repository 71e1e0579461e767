"""Makes the Linux packages of the frozen program: a .deb, and a folder for people without root.

Needs `dpkg-deb` for the .deb and `tar` and `zstd` for the folder. Both hold the same files, so what
is tried of one holds for the other but for the places they are put.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from installers.icons import draw_icons

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
APP_ID = "io.github.studiolo.Studiolo"
LIBRARIES = (
    # What Qt loads from the system; the rest is inside.
    *("libc6 (>= 2.34)", "libgl1", "libegl1", "libglib2.0-0 | libglib2.0-0t64", "libxkbcommon0"),
    *("libfontconfig1", "libdbus-1-3", "libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4"),
    *("libxcb-keysyms1", "libxcb-shape0", "libxcb-xkb1", "libxcb-render-util0", "libxcb-image0"),
)


def make_deb(
    frozen: Path, out: Path, version: str, *, name: str = "studiolo", level: int = 19
) -> Path:
    """Makes a package for Debian and its relatives. Returns its path.

    Args:
        frozen: the folder that PyInstaller made.
        out: the folder to put it into.
        version: of the program.
        name: of the package; a flavour with models inside has its own.
        level: of compression; 19 takes minutes, 3 is for trying.
    """
    package = out / f"{name}_{version}_{_debian_architecture()}.deb"
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        tree = Path(scratch) / "tree"
        _link_or_copy(frozen, tree / "usr/lib/studiolo")
        (tree / "usr/bin").mkdir(parents=True)
        (tree / "usr/bin/studiolo").symlink_to("../lib/studiolo/studiolo")
        add_shared_files(tree / "usr/share")
        documents = tree / "usr/share/doc" / name
        documents.mkdir(parents=True)
        shutil.copy(ROOT / "LICENSE", documents / "copyright")
        _write_control(tree, name, version)
        _set_modes(tree)
        command = ("dpkg-deb", "--build", "--root-owner-group", "-Zzstd", f"-z{level}")
        subprocess.run([*command, str(tree), str(package)], check=True, stdout=subprocess.DEVNULL)
    return package


def make_portable(
    frozen: Path, out: Path, version: str, *, name: str = "studiolo", level: int = 19
) -> Path:
    """Makes a compressed folder with `install.sh`, for people without root. Returns its path."""
    archive = out / f"{name}-{version}-linux-{os.uname().machine}.tar.zst"
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        tree = Path(scratch) / f"{name}-{version}"
        _link_or_copy(frozen, tree / "studiolo")
        add_shared_files(tree / "share")
        shutil.copy(HERE / "install.sh", tree)
        shutil.copy(ROOT / "LICENSE", tree)
        _set_modes(tree)
        subprocess.run(
            [
                *("tar", "--create", "--file", str(archive), "--owner=0", "--group=0"),
                *("--sort=name", f"--use-compress-program=zstd -{level} -T0", tree.name),
            ],
            cwd=scratch,
            check=True,
        )
    return archive


def stage_flatpak(frozen: Path, folder: Path) -> None:
    """Puts together what the Flatpak's description takes: the program and its shared files."""
    shutil.rmtree(folder, ignore_errors=True)
    _link_or_copy(frozen, folder / "studiolo")
    add_shared_files(folder / "share")


def add_shared_files(share: Path) -> None:
    """Writes the desktop entry, the description for software centres and the icons."""
    for folder, ending in (("applications", "desktop"), ("metainfo", "metainfo.xml")):
        (share / folder).mkdir(parents=True)
        shutil.copy(HERE / f"{APP_ID}.{ending}", share / folder)
    draw_icons(share / "icons/hicolor", APP_ID)


def _write_control(tree: Path, name: str, version: str) -> None:
    """Writes what dpkg wants to know of a package, and the checksums of its files."""
    control = tree / "DEBIAN"
    control.mkdir()
    files = [path for path in sorted(tree.rglob("*")) if path.is_file() and not path.is_symlink()]
    kilobytes = sum(path.stat().st_size for path in files) // 1024
    other = "studiolo-full" if name == "studiolo" else "studiolo"
    fields = {
        "Package": name,
        "Version": version,
        "Section": "utils",
        "Priority": "optional",
        "Architecture": _debian_architecture(),
        "Installed-Size": str(kilobytes),
        "Depends": ", ".join(LIBRARIES),
        "Conflicts": other,
        "Replaces": other,
        "Maintainer": "The Studiolo developers <studiolo@localhost>",
        "Description": (
            "ask your documents, offline, with citations\n"
            " Studiolo reads your files, answers your questions about them with a small\n"
            " language model that runs on your own computer, and shows for each claim\n"
            " where in which file it stands. It works without a network connection."
        ),
    }
    lines = [f"{field}: {value}\n" for field, value in fields.items()]
    (control / "control").write_text("".join(lines), encoding="utf-8")
    sums = []
    for path in files:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "md5").hexdigest()
        sums.append(f"{digest}  {path.relative_to(tree)}\n")
    (control / "md5sums").write_text("".join(sums), encoding="utf-8")


def _debian_architecture() -> str:
    """Returns this machine's architecture in Debian's words."""
    machine = os.uname().machine
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def _link_or_copy(source: Path, target: Path) -> None:
    """Copies a folder as hard links where the file system allows it: it has over a gigabyte."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copytree(source, target, symlinks=True, copy_function=os.link)
    except (OSError, shutil.Error):
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, symlinks=True)


def _set_modes(tree: Path) -> None:
    """Lets everyone read what is installed, whatever the builder's umask was."""
    for path in (tree, *tree.rglob("*")):
        if path.is_symlink():
            continue
        runs = path.is_dir() or bool(path.stat().st_mode & stat.S_IXUSR)
        path.chmod(0o755 if runs else 0o644)
