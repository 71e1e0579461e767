"""The gate's interface for the rest of the program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from app.jobs import CancelToken
from app.privacy.egress.tickets import EgressEvent, EscalateTicket
from models.catalog import CatalogEntry


class EgressGate(Protocol):
    """Sends what the person asked to send, and nothing else. Its calls block."""

    def escalate(self, ticket: EscalateTicket, token: CancelToken) -> Iterator[EgressEvent]:
        """Sends a ticket's bytes and yields the events of the response.

        The events are Connected, Status, ResponseData (any number), ResponseEnded. TicketFailed is
        the last one if anything goes wrong, before sending as well. A status such as 401 is a
        response, not a failure. Closing the iterator closes the connection.

        Raises:
            Cancelled: `token` was cancelled. The connection is closed within 200 ms.
        """
        ...

    def download(
        self,
        entry: CatalogEntry,
        folder: Path,
        on_progress: Callable[[int, int], None],
        token: CancelToken,
    ) -> Path:
        """Downloads a model of the catalogue. Returns its file or its folder.

        Args:
            entry: the model.
            folder: the models folder; created if needed.
            on_progress: called with the bytes that have arrived and the bytes in total.
            token: stops it; what arrived is kept, and the next call resumes from there.

        Raises:
            DownloadFailed: it did not arrive.
            Cancelled: `token` was cancelled.
        """
        ...

    def news(self, url: str, limit: int, token: CancelToken) -> bytes:
        """Downloads the news of new versions: one GET, without anything that tells who asks.

        Args:
            url: an https address; no redirect is followed.
            limit: bytes. More than these say that there was more; the rest is not read.
            token: stops it.

        Raises:
            UpdateNotReached: they did not come.
            EgressNotRecorded: the request could not be recorded; nothing was sent.
            Cancelled: `token` was cancelled.
        """
        ...
