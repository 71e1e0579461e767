"""The gate: checks a ticket, writes it down, has it served, and writes down how that ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from app.errors import Cancelled, EgressNotRecorded
from app.jobs import CancelToken
from app.privacy.attempts import on_attempt
from app.privacy.egress.client import Launcher
from app.privacy.egress.downloads import GateWeb
from app.privacy.egress.record import UNFINISHED, Begun, EgressRecord, Over, now
from app.privacy.egress.tickets import (
    Block,
    Connected,
    DownloadTicket,
    EgressEvent,
    EgressFault,
    Ended,
    EscalateTicket,
    Failed,
    HelperEvent,
    Moved,
    PackageTicket,
    Status,
    is_allowed,
)
from app.settings.fields import Settings
from app.settings.hosts import host_of
from models.catalog import CatalogEntry
from models.download import HUB, fetch
from models.errors import DownloadFailed

log = logging.getLogger(__name__)


_Leaving = EscalateTicket | DownloadTicket | PackageTicket


class Gate:
    """The real gate. See `port.EgressGate` for what it promises.

    Args:
        launcher: of this process; started before this process shut itself off.
        record: where tickets are written down.
        settings: asked at each ticket.
        hub: the address of Hugging Face; another one for tests.
    """

    def __init__(
        self,
        launcher: Launcher,
        record: EgressRecord,
        settings: Callable[[], Settings],
        hub: str = HUB,
    ) -> None:
        self.launcher = launcher
        self.record = record
        self._settings = settings
        self._hub = hub
        self._used: set[str] = set()
        self._end_watch = on_attempt(record.attempt)

    def close(self, *, launcher: bool = True) -> None:
        """Ends the launcher and all connections. Refused attempts are not written down any more.

        Args:
            launcher: False leaves it to whoever opens the data folder next in this process: it
                cannot be started again from within the seal.
        """
        self._end_watch()
        if launcher:
            self.launcher.close()

    def escalate(self, ticket: EscalateTicket, token: CancelToken) -> Iterator[EgressEvent]:
        """Sends a ticket's bytes and tells what comes back, as it comes."""
        token.raise_if_cancelled()
        with closing(self._serve(ticket, token)) as events:
            for event in events:
                if isinstance(event, Connected | Status | Block | Ended | Failed):
                    yield event

    def download(
        self,
        entry: CatalogEntry,
        folder: Path,
        on_progress: Callable[[int, int], None],
        token: CancelToken,
    ) -> Path:
        """Gets a model of the catalogue: a ticket for each file and each host it is sent on to."""
        settings = self._settings()
        web = GateWeb(lambda ticket: self._serve(ticket, token), settings.proxy, settings.ca_file)
        try:
            return fetch(entry, folder, web, on_progress, lambda: token.cancelled, self._hub)
        except DownloadFailed:
            token.raise_if_cancelled()
            raise

    def _serve(self, ticket: _Leaving, token: CancelToken) -> Generator[HelperEvent, None, None]:
        fault = self._fault(ticket)
        if fault is None:
            self._used.add(ticket.id)
            try:
                self._begin(ticket)
            except EgressNotRecorded:
                fault = EgressFault.UNRECORDED
        if fault is not None:
            yield Failed(fault)
            return
        ending = _Ending(ticket.id)
        try:
            with closing(self.launcher.serve(ticket, token)) as events:
                for event in events:
                    ending.note(event)
                    yield event
        except Cancelled:
            ending.outcome = "cancelled"
            raise
        except GeneratorExit:
            ending.outcome = "cancelled" if ending.outcome == UNFINISHED else ending.outcome
            raise
        finally:
            self.record.end(ending.line())

    def _fault(self, ticket: _Leaving) -> EgressFault | None:
        if ticket.id in self._used:
            return EgressFault.USED
        if isinstance(ticket, PackageTicket):
            return None
        if not is_allowed(ticket.url):
            return EgressFault.HOST
        if isinstance(ticket, EscalateTicket) and not ticket.is_true:
            return EgressFault.HASH
        return None

    def _begin(self, ticket: _Leaving) -> None:
        proxy = urlsplit(ticket.proxy).hostname or ""
        if isinstance(ticket, EscalateTicket):
            keep = self._settings().keep_payloads
            self.record.begin(
                Begun(
                    now(),
                    ticket.id,
                    "escalate",
                    host_of(ticket.url),
                    len(ticket.body),
                    ticket.sha256,
                    proxy,
                    f"{ticket.id}.json" if keep else "",
                ),
                ticket.body if keep else None,
            )
        elif isinstance(ticket, PackageTicket):
            wanted = f"package index: {ticket.package} {ticket.version}"
            self.record.begin(Begun(now(), ticket.id, "package", wanted, proxy=proxy))
        else:
            self.record.begin(Begun(now(), ticket.id, "download", host_of(ticket.url), proxy=proxy))


class _Ending:
    """How a ticket ends, gathered from its events."""

    def __init__(self, ticket: str) -> None:
        self._ticket = ticket
        self._status = 0
        self._received = 0
        self.outcome = UNFINISHED

    def note(self, event: HelperEvent) -> None:
        match event:
            case Status(code):
                self._status = code
            case Block(data):
                self._received += len(data)
            case Ended(received):
                self._received = received
                self.outcome = "done"
            case Moved():
                self.outcome = "moved"
            case Failed(kind):
                self.outcome = str(kind)
            case _:
                pass

    def line(self) -> Over:
        return Over(now(), self._ticket, self.outcome, self._status, self._received)
