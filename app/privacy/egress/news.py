"""The end of a request for the news of new versions."""

from __future__ import annotations

from collections.abc import Iterable

from app.errors import EgressNotRecorded, UpdateNotReached
from app.privacy.egress.faults import explain
from app.privacy.egress.tickets import (
    EgressFault,
    HelperEvent,
    Moved,
    ResponseEnded,
    Status,
    TicketFailed,
)

_FIRST_ERROR = 400
_ADVICE = "Try again later."


def raise_unless_arrived(events: Iterable[HelperEvent], host: str) -> None:
    """Waits for the end of a request.

    Raises:
        UpdateNotReached: the host was not reached, redirects, or answered with an error.
        EgressNotRecorded: the request could not be recorded; nothing was sent.
    """
    for event in events:
        match event:
            case Status(code) if code >= _FIRST_ERROR:
                raise UpdateNotReached(
                    f"There is no news of new versions: {host} answered {code}.", _ADVICE
                )
            case Moved():
                raise unreached(EgressFault.REDIRECT, host)
            case TicketFailed(kind):
                raise unreached(kind, host)
            case ResponseEnded():
                return
            case _:
                pass
    raise unreached(EgressFault.CUT, host)


def unreached(fault: EgressFault, host: str) -> UpdateNotReached | EgressNotRecorded:
    """Returns the error for a request that was not answered."""
    reason, advice = explain(fault, host)
    if fault is EgressFault.UNRECORDED:
        return EgressNotRecorded(f"Nothing was sent: {reason}.", advice)
    # The address is the program's own, so there is nothing to correct in the settings.
    own = fault in (EgressFault.NAME, EgressFault.REDIRECT, EgressFault.HOST)
    words = f"There is no news of new versions: {reason}."
    return UpdateNotReached(words, _ADVICE if own else advice)
