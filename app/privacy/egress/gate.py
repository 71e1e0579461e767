"""The gate: checks and records a ticket, has it served, and records how it ended."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from app.errors import Cancelled, EgressNotRecorded
from app.jobs import CancelToken
from app.privacy.attempts import on_attempt
from app.privacy.egress.client import Launcher
from app.privacy.egress.downloads import GateWeb
from app.privacy.egress.news import raise_unless_arrived
from app.privacy.egress.record import UNFINISHED, Begun, EgressRecord, Over, now
from app.privacy.egress.tickets import (
    Connected,
    DownloadTicket,
    EgressEvent,
    EgressFault,
    EscalateTicket,
    HelperEvent,
    Moved,
    NewsTicket,
    PackageTicket,
    ResponseData,
    ResponseEnded,
    Status,
    TicketFailed,
    is_allowed,
    new_id,
)
from app.settings.fields import Settings
from app.settings.hosts import host_of
from models.catalog import CatalogEntry
from models.download import HUB, fetch
from models.errors import DownloadFailed

log = logging.getLogger(__name__)


_Leaving = EscalateTicket | DownloadTicket | PackageTicket


class Gate:
    """The real gate. `port.EgressGate` defines its contract.

    Args:
        launcher: of this process; started before this process sealed itself.
        record: where tickets are recorded.
        settings: called for each ticket.
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
        """Ends the launcher and all connections. Stops recording refused attempts.

        Args:
            launcher: False keeps it for the data folder that this process opens next: a sealed
                process cannot start it again.
        """
        self._end_watch()
        if launcher:
            self.launcher.close()

    def escalate(self, ticket: EscalateTicket, token: CancelToken) -> Iterator[EgressEvent]:
        """Sends a ticket's bytes and yields the events of the response."""
        token.raise_if_cancelled()
        with closing(self._serve(ticket, token)) as events:
            for event in events:
                if isinstance(
                    event, Connected | Status | ResponseData | ResponseEnded | TicketFailed
                ):
                    yield event

    def download(
        self,
        entry: CatalogEntry,
        folder: Path,
        on_progress: Callable[[int, int], None],
        token: CancelToken,
    ) -> Path:
        """Downloads a model of the catalogue: one ticket for each file and each redirect."""
        settings = self._settings()
        web = GateWeb(lambda ticket: self._serve(ticket, token), settings.proxy, settings.ca_file)
        try:
            return fetch(entry, folder, web, on_progress, lambda: token.cancelled, self._hub)
        except DownloadFailed:
            token.raise_if_cancelled()
            raise

    def news(self, url: str, limit: int, token: CancelToken) -> bytes:
        """Downloads the news of new versions: one request, and no redirect is followed."""
        token.raise_if_cancelled()
        settings = self._settings()
        with tempfile.TemporaryDirectory(prefix="studiolo-") as folder:
            into = Path(folder) / "news"
            ticket = NewsTicket(
                new_id(), url, str(into), 0, limit, settings.proxy, settings.ca_file
            )
            with closing(self._serve(ticket, token)) as events:
                raise_unless_arrived(events, host_of(url))
            with into.open("rb") as file:
                return file.read(limit + 1)

    def _serve(self, ticket: _Leaving, token: CancelToken) -> Generator[HelperEvent, None, None]:
        fault = self._fault(ticket)
        if fault is None:
            self._used.add(ticket.id)
            try:
                self._begin(ticket)
            except EgressNotRecorded:
                fault = EgressFault.UNRECORDED
        if fault is not None:
            yield TicketFailed(fault)
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
            package = f"package index: {ticket.package} {ticket.version}"
            self.record.begin(Begun(now(), ticket.id, "package", package, proxy=proxy))
        else:
            kind = "news" if isinstance(ticket, NewsTicket) else "download"
            self.record.begin(Begun(now(), ticket.id, kind, host_of(ticket.url), proxy=proxy))


class _Ending:
    """Collects from a ticket's events how it ended."""

    def __init__(self, ticket: str) -> None:
        self._ticket = ticket
        self._status = 0
        self._received = 0
        self.outcome = UNFINISHED

    def note(self, event: HelperEvent) -> None:
        match event:
            case Status(code):
                self._status = code
            case ResponseData(data):
                self._received += len(data)
            case ResponseEnded(received):
                self._received = received
                self.outcome = "done"
            case Moved():
                self.outcome = "moved"
            case TicketFailed(kind):
                self.outcome = str(kind)
            case _:
                pass

    def line(self) -> Over:
        return Over(now(), self._ticket, self.outcome, self._status, self._received)
