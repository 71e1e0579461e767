"""What any worker answers: a request to try the network, for the self-test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.privacy.trying import Try, try_all
from app.workers.wire import Request

if TYPE_CHECKING:
    from app.workers.serve import Calling


class TryNetwork(Request[tuple[Try, ...], None], frozen=True):
    """Tries everything; `port` is that of a listener on this machine."""

    port: int


def try_network(request: TryNetwork, _: Calling[None]) -> tuple[Try, ...]:
    """Tries the network in this worker."""
    return try_all(request.port)
