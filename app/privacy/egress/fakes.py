"""A gate without a network, for tests: plays prepared answers, and remembers tickets."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.errors import Cancelled
from app.jobs import CancelToken
from app.privacy.egress.news import unreached
from app.privacy.egress.tickets import (
    EgressEvent,
    EgressFault,
    EscalateTicket,
    ResponseEnded,
    TicketFailed,
    is_allowed,
)
from app.settings.hosts import host_of
from models.catalog import CatalogEntry
from models.errors import DownloadFailed


class FakeGate:
    """Follows the real gate's rules: a ticket is served once, and only if it is valid.

    Args:
        answers: the events of each escalation, in order. An answer that does not end with
            ResponseEnded or TicketFailed waits to be cancelled.
        news: what each request for news gets, in order: the bytes, or why there are none.

    Attributes:
        sent: the tickets that were served.
        asked: the addresses that were asked for news.
    """

    def __init__(
        self,
        answers: Sequence[Sequence[EgressEvent]] = (),
        news: Sequence[bytes | EgressFault] = (),
    ) -> None:
        self.asked: list[str] = []
        self._news = list(news)
        self.sent: list[EscalateTicket] = []
        self._answers = [tuple(answer) for answer in answers]
        self._used: set[str] = set()

    def escalate(self, ticket: EscalateTicket, token: CancelToken) -> Iterator[EgressEvent]:
        """Yields the next answer, or TicketFailed if the ticket may not be served."""
        token.raise_if_cancelled()
        fault = self._fault(ticket)
        self._used.add(ticket.id)
        if fault is not None:
            yield TicketFailed(fault)
            return
        self.sent.append(ticket)
        cancelled: queue.SimpleQueue[None] = queue.SimpleQueue()
        token.on_change(lambda: cancelled.put(None) if token.cancelled else None)
        event: EgressEvent | None = None
        for event in (
            self._answers.pop(0) if self._answers else (TicketFailed(EgressFault.OFFLINE),)
        ):
            token.raise_if_cancelled()
            yield event
        if not isinstance(event, ResponseEnded | TicketFailed):
            cancelled.get()
            raise Cancelled

    def download(
        self,
        entry: CatalogEntry,
        folder: Path,  # noqa: ARG002
        on_progress: Callable[[int, int], None],  # noqa: ARG002
        token: CancelToken,
    ) -> Path:
        """Fails, as without a network."""
        token.raise_if_cancelled()
        raise DownloadFailed(
            f"{entry.name} could not be downloaded.", "Check the network connection and try again."
        )

    def news(self, url: str, limit: int, token: CancelToken) -> bytes:
        """Returns the next news; without any, fails as without a network."""
        token.raise_if_cancelled()
        if not is_allowed(url):
            raise unreached(EgressFault.HOST, host_of(url))
        self.asked.append(url)
        answer = self._news.pop(0) if self._news else EgressFault.OFFLINE
        if isinstance(answer, EgressFault):
            raise unreached(answer, host_of(url))
        return answer[: limit + 1]

    def _fault(self, ticket: EscalateTicket) -> EgressFault | None:
        if ticket.id in self._used:
            return EgressFault.USED
        if not ticket.is_true:
            return EgressFault.HASH
        if not is_allowed(ticket.url):
            return EgressFault.HOST
        return None
