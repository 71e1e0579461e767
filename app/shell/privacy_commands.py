"""`studiolo privacy`: what is allowed, what was sent, and the check that nothing else can be."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from app.errors import EgressNotRecorded
from app.paths import Paths
from app.privacy.egress.record import EgressRecord, Entry, RecordContents, is_export
from app.settings.hosts import host_of
from app.settings.store import SettingsStore
from app.shell.console import Console

if TYPE_CHECKING:
    from app.privacy.selftest import SelfTestReport


class PrivacyOutput(Struct, frozen=True):
    """The output of `studiolo privacy`.

    Attributes:
        enforced: the system refuses the network to this process, native code included.
        outside: hosts of the providers that may be asked; empty if that is off.
        proxy: from the settings.
        keep_payloads: whether payloads are saved in full.
        tickets: number of recorded requests.
        refused: number of recorded attempts that were refused.
        record: the path of the record.
    """

    enforced: bool
    outside: tuple[str, ...]
    proxy: str
    keep_payloads: bool
    tickets: int
    refused: int
    record: str


class ExportOutput(Struct, frozen=True):
    """The output of `studiolo privacy export`."""

    file: str
    tickets: int


def state(_: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Prints what is allowed now."""
    from app.privacy.escape_probes import system_refuses

    settings = SettingsStore(paths.settings).current
    record = EgressRecord(paths.egress)
    contents = _read(record)
    output = PrivacyOutput(
        enforced=system_refuses(),
        outside=tuple(host_of(provider.base_url) for provider in settings.cloud_providers)
        if settings.cloud_enabled
        else (),
        proxy=settings.proxy,
        keep_payloads=settings.keep_payloads,
        tickets=len(contents.entries),
        refused=len(contents.refused),
        record=str(record.path),
    )
    if console.as_json:
        console.result(output)
        return 0
    console.say(
        "Network       blocked for this program by the system, native code included"
        if output.enforced
        else "Network       blocked for Python code; this system does not block it for native code"
    )
    console.say(
        "Exceptions    models that you download, a look for a new version, and what you send"
    )
    console.say("              with a click; each in a separate process, which ends afterwards")
    console.say(f"May be asked  {', '.join(output.outside) or 'no provider'}")
    console.say(f"Proxy         {output.proxy or 'none'}")
    console.say(f"On record     {output.tickets} requests, {output.refused} refused attempts")
    console.say(f"              {output.record}")
    console.say("Check it      studiolo privacy check")
    return 0


def log(_: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Prints the record of requests and refused attempts."""
    contents = _read(EgressRecord(paths.egress))
    if console.as_json:
        console.result(contents)
        return 0
    if not contents.entries and not contents.refused:
        console.say("Studiolo has sent nothing, and no refused attempt is on record.")
    for entry in contents.entries:
        console.say(_line(entry))
    for refused in contents.refused:
        console.say(f"{refused.time}  refused   {refused.process}: {refused.what}")
    return 0


def export(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Writes the record to a file."""
    target: Path = options.file.absolute()
    if os.path.lexists(target) and not is_export(target):
        raise EgressNotRecorded(
            f"The file {target} exists, and is not an exported record of Studiolo.",
            "Nothing was changed. Name another file.",
        )
    try:
        count = EgressRecord(paths.egress).export(target)
    except OSError as error:
        raise EgressNotRecorded(
            f"The record could not be written to {target}: {error.strerror or 'disk error'}.",
            "Name another file.",
        ) from error
    if console.as_json:
        console.result(ExportOutput(str(target), count))
    else:
        console.say(f"{count} requests were written to {target}.")
    return 0


def verdict(report: SelfTestReport) -> str:
    """Returns the last sentence on a self-test."""
    if not report.ok:
        return "An attempt got out, or could not be made."
    if report.arrived:  # where the system does not promise to keep native code in
        return "Native code got out, as it may on this system. Nothing else did."
    return "No attempt got out."


def check(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Tries to reach the network from each process, and prints that each attempt fails."""
    from app.privacy.selftest import check as run_check
    from app.services import build_services

    services = build_services(paths, launcher=options.launcher)
    try:
        report = run_check(
            services.gate.launcher,
            services.probed_workers(),
            lambda name: console.progress(f"{name} …"),
        )
    finally:
        services.close()
    if console.as_json:
        console.result(report)
        return 0 if report.ok else 1
    for process in report.processes:
        console.say(process.process)
        if process.problem:
            console.say(f"  FAIL  {process.problem}")
        for tried in process.tries:
            mark = "ok  " if tried.refused else "OPEN" if tried.promised else "–   "
            console.say(f"  {mark}  {tried.what:<42} {tried.detail}")
    console.say(
        "The listener noticed a connection from a process with a network, "
        f"and {report.arrived or 'none'} from these."
        if report.proven
        else "FAIL  The listener could not be reached even from a process with a network."
    )
    if not report.enforced:
        console.say("This system does not keep native code off the network: see docs/privacy.md.")
    if any(not tried.promised for process in report.processes for tried in process.tries):
        console.say("This system cannot refuse those marked –: see docs/privacy.md.")
    console.say(verdict(report))
    return 0 if report.ok else 1


def _read(record: EgressRecord) -> RecordContents:
    try:
        return record.read()
    except OSError as error:
        raise EgressNotRecorded(
            f"The record cannot be read: {error.strerror or 'disk error'}.",
            "Make sure that you can read the data folder.",
        ) from error


def _line(entry: Entry) -> str:
    begun = entry.begun
    request = f"{begun.kind:<9} {begun.host}"
    sent = f", sent {begun.sent} bytes (SHA-256 {begun.sha256})" if begun.sha256 else ""
    status = f" {entry.status}" if entry.status else ""
    return (
        f"{begun.time}  {request}{sent}: {entry.outcome}{status}, received {entry.received} bytes"
    )
