"""A gate without a network, for tests: plays prepared answers, and remembers tickets."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from app.errors import Cancelled
from app.jobs import CancelToken
from app.privacy.egress.tickets import (
    EgressEvent,
    EgressFault,
    EscalateTicket,
    ResponseEnded,
    TicketFailed,
    is_allowed,
)
from models.catalog import CatalogEntry
from models.errors import DownloadFailed


class FakeGate:
    """Follows the real gate's rules: a ticket is served once, and only if it is valid.

    Args:
        answers: the events of each escalation, in order. An answer that does not end with
            ResponseEnded or TicketFailed waits to be cancelled.

    Attributes:
        sent: the tickets that were served.
    """

    def __init__(self, answers: Sequence[Sequence[EgressEvent]] = ()) -> None:
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

    def _fault(self, ticket: EscalateTicket) -> EgressFault | None:
        if ticket.id in self._used:
            return EgressFault.USED
        if not ticket.is_true:
            return EgressFault.HASH
        if not is_allowed(ticket.url):
            return EgressFault.HOST
        return None
