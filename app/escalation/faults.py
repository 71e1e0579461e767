"""What went wrong outside, in words: what happened, and what to do next.

What a provider says of itself is not trusted: it is shortened, and never put into a log.
"""

from __future__ import annotations

import msgspec
from msgspec import Struct

from app.errors import (
    EscalationError,
    KeyMissing,
    KeyRefused,
    NotConfirmed,
    NotReached,
    ProviderFailed,
    ProviderRefused,
    RateLimited,
    ReplyCut,
    ReplyTooLong,
)
from app.escalation.providers.provider import FaultKind, ReplyFault
from app.privacy.egress.faults import explain
from app.privacy.egress.tickets import EgressFault, Status, TicketFailed

MAX_ERROR_BYTES = 64 << 10
_MAX_QUOTED = 300  # characters of a provider's own words
_AGAIN = "Nothing is sent again by itself: to try once more, look at it and press Send."

_UNSENT = {EgressFault.HASH, EgressFault.USED}
_BROKEN_OFF = {EgressFault.CUT, EgressFault.TIMEOUT}


def key_missing(host: str) -> KeyMissing:
    """No key is kept for a provider that wants one."""
    return KeyMissing(f"There is no key for {host}.", "Enter it in Settings, under Cloud.")


def no_key() -> KeyRefused:
    """What was entered cannot be a key: it would not fit into a request."""
    return KeyRefused(
        "This is no key: it holds spaces, or letters that keys do not have.",
        "Copy it from your account there once more.",
    )


def from_gate(failed: TicketFailed, host: str, *, arrived: bool) -> EscalationError:
    """The gate could not serve the ticket; `arrived`: something of the reply had come."""
    why, advice = explain(failed.kind, host)
    if failed.kind in _UNSENT:
        return NotConfirmed(f"Nothing was sent: {why}.", advice)
    if failed.kind is EgressFault.REDIRECT:
        return ProviderRefused(f"{host} did not reply: {why}.", advice)
    if arrived or failed.kind in _BROKEN_OFF:
        words = "The reply is not complete" if arrived else "There was no reply"
        return ReplyCut(f"{words}: {why}.", f"{advice} {_AGAIN}")
    return NotReached(f"{host} was not reached: {why}.", advice)


def from_status(status: Status, untrusted: bytes, host: str) -> EscalationError:
    """The provider answered with an error. `untrusted`: the beginning of what it said."""
    said = _quoted(_words(untrusted))
    match status.code:
        case 401 | 403:
            # Its words are left out: some repeat a part of the key.
            return KeyRefused(
                f"{host} does not take the key, or does not allow this model with it.",
                "Check the key in Settings, under Cloud, and your account there.",
            )
        case 402 | 429:
            return RateLimited(
                f"{host} takes no more requests now.{said}",
                f"{_later(status.retry_after)} Check the credit of your account. {_AGAIN}",
            )
        case 404:
            return ProviderRefused(
                f"{host} does not know the model, or has no such address.{said}",
                "Check the model's name and the address in Settings, under Cloud.",
            )
        case 413:
            return ProviderRefused(
                f"This is too long for {host}.{said}", "Untick some excerpts, or the history."
            )
        case code if code >= 500:
            return ProviderFailed(
                f"{host} has a fault of its own (status {code}).{said}",
                f"{_later(status.retry_after)} {_AGAIN}",
            )
        case code:
            return ProviderRefused(
                f"{host} did not take the request (status {code}).{said}",
                "Check the model's name and the kind of provider in Settings, under Cloud.",
            )


def from_stream(fault: ReplyFault, host: str) -> EscalationError:
    """The provider said, in the middle of its reply, that something is wrong."""
    said = _quoted(fault.detail)
    match fault.kind:
        case FaultKind.KEY:
            return from_status(Status(401), b"", host)
        case FaultKind.RATE:
            return RateLimited(
                f"{host} takes no more requests now.{said}", f"{_later('')} {_AGAIN}"
            )
        case FaultKind.REQUEST:
            return ProviderRefused(
                f"{host} did not take the request.{said}",
                "Check the model's name in Settings, under Cloud.",
            )
        case FaultKind.SERVER:
            return ProviderFailed(
                f"{host} broke off with a fault of its own.{said}", f"{_later('')} {_AGAIN}"
            )
        case FaultKind.NOT_UNDERSTOOD:
            return not_understood(host)


def not_understood(host: str) -> ProviderFailed:
    """What came is not in the provider's protocol."""
    return ProviderFailed(
        f"{host} answered in a way that is not understood.",
        "Check the address and the kind of provider in Settings, under Cloud.",
    )


def nothing_said(host: str) -> ProviderFailed:
    """The reply was complete and empty."""
    return ProviderFailed(f"{host} sent an empty reply.", "Ask in other words, or another model.")


def too_long(host: str) -> ReplyTooLong:
    """More came than a reply may have."""
    return ReplyTooLong(
        f"{host} sent more than a reply may have; the rest was not taken.",
        "What had come is kept. Ask for a shorter reply.",
    )


def _later(retry_after: str) -> str:
    """When to try again; the header may hold seconds, a date, or anything."""
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6:
        seconds = int(retry_after)
        if seconds >= 120:
            return f"Try again in {seconds // 60} minutes."
        return f"Try again in {seconds} seconds." if seconds > 1 else "Try again in a moment."
    return "Try again later."


class _ErrorMessage(Struct):
    message: str = ""


class _ErrorBody(Struct):
    """An error as both protocols write it; some servers put the message at the top."""

    error: _ErrorMessage | str | None = None
    message: str = ""


def _words(untrusted: bytes) -> str:
    try:
        body = msgspec.json.decode(untrusted, type=_ErrorBody)
    except msgspec.DecodeError:
        return ""
    if isinstance(body.error, _ErrorMessage):
        return body.error.message
    return body.error or body.message


def _quoted(untrusted: str) -> str:
    """A provider's own words, in quotes, short and in one line; nothing if there are none."""
    words = " ".join("".join(c if c.isprintable() else " " for c in untrusted).split())
    if len(words) > _MAX_QUOTED:
        words = words[:_MAX_QUOTED].rsplit(" ", 1)[0] + " …"
    return f" It says: “{words}”" if words else ""
