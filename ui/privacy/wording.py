"""Wording of the privacy page: processes, kinds of requests, outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QDateTime, QLocale, Qt

from app.privacy.egress.faults import explain
from app.privacy.egress.tickets import EgressFault
from ui import text
from ui.text import tr

if TYPE_CHECKING:
    from app.privacy.egress.record import Entry
    from app.privacy.selftest import ProcessReport, SelfTestReport

_ERROR = 400  # the first HTTP status that is an error


def process(name: str) -> str:
    """Names a process by its job."""
    return {
        "main": tr("The window"),
        "index": tr("Library and search"),
        "parse": tr("Reading files"),
        "infer": tr("Language model"),
        "reader": tr("Drawing pages"),
    }.get(name, name)


def kind(code: str) -> str:
    """Names a kind of request."""
    return {
        "escalate": tr("Question"),
        "download": tr("Model download"),
        "news": tr("Look for a new version"),
        "package": tr("Model download by pip"),
    }.get(code, code)


def time(stamp: str) -> str:
    """Formats a time of the record in local time."""
    when = QDateTime.fromString(stamp, Qt.DateFormat.ISODateWithMs).toLocalTime()
    if not when.isValid():
        return stamp
    return str(QLocale().toString(when, QLocale.FormatType.ShortFormat))


def amount(entry: Entry) -> str:
    """Formats the bytes sent, or received for a download."""
    count = entry.begun.sent or entry.received
    return text.size(count) if count else ""


def outcome(entry: Entry) -> str:
    """Says how a request ended."""
    names = {
        "done": tr("Done"),
        "cancelled": tr("Stopped"),
        "moved": tr("Redirected to another host"),
        "unfinished": tr("Not finished"),
    }
    if entry.outcome == "done" and entry.status >= _ERROR:
        return tr("Rejected by the server (status {0})").format(entry.status)
    if entry.outcome in names:
        return names[entry.outcome]
    if entry.outcome in set(EgressFault):
        reason, _ = explain(EgressFault(entry.outcome), entry.begun.host)
        return tr("Failed: {0}").format(reason)
    return entry.outcome


def verdict(report: SelfTestReport) -> str:
    """Sums up a check in a sentence or two."""
    attempts = sum(len(process.tries) for process in report.processes)
    count = tr("%n attempt|%n attempts", attempts)
    processes = tr("in %n process|in %n processes", len(report.processes))
    seconds = text.seconds(report.seconds)
    if not report.proven:
        return tr(
            "No result: the test connection that should reach the listener did not, so it might "
            "have missed others."
        )
    all_refused = all(attempt.refused for process in report.processes for attempt in process.tries)
    if report.ok and report.enforced and not all_refused:
        return tr(
            "{0} {1}: nothing reached the network. This kernel does not keep files and other "
            "processes from the workers; docs/privacy.md says what that means. It took {2}."
        ).format(count, processes, seconds)
    if report.ok and report.enforced:
        return tr("{0} {1}, and each was refused. Nothing got through. It took {2}.").format(
            count, processes, seconds
        )
    if report.ok:
        return tr(
            "{0} {1}: Python code was refused each time. This system does not refuse the network "
            "to native code; docs/privacy.md says what that means. It took {2}."
        ).format(count, processes, seconds)
    return tr("{0} {1}, and not all were refused. See below which. It took {2}.").format(
        count, processes, seconds
    )


def tally(process: ProcessReport) -> str:
    """Sums up the check of one process: "7 of 7 refused"."""
    if process.problem:
        return process.problem
    refused = sum(attempt.refused for attempt in process.tries)
    return tr("{0} of {1} refused").format(refused, len(process.tries))
