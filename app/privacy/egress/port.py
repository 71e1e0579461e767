"""What the rest of the program sees of the gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from app.jobs import CancelToken
from app.privacy.egress.tickets import EgressEvent, EscalateTicket
from models.catalog import CatalogEntry


class EgressGate(Protocol):
    """Lets out what a person asked for, and nothing else. Its calls block."""

    def escalate(self, ticket: EscalateTicket, token: CancelToken) -> Iterator[EgressEvent]:
        """Sends a ticket's bytes and tells what comes back, as it comes.

        The events are Connected, Status, Block (any number), Ended. Failed is the last one
        whenever something goes wrong, also before anything was sent. A status such as 401 is an
        answer, and no failure. Closing the iterator early closes the connection.

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
        """Gets a model of the catalogue into the models folder. Returns its file or its folder.

        Args:
            entry: the model.
            folder: where models lie; made if need be.
            on_progress: called with the bytes that are here and the bytes in all.
            token: stops it; what arrived is kept, and the next call goes on from there.

        Raises:
            DownloadFailed: it did not arrive.
            Cancelled: `token` was cancelled.
        """
        ...
