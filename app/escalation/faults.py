"""Turns faults of a provider or the connection into errors with message and advice.

A provider's own words are not trusted: they are shortened, and never logged.
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
_AGAIN = "Nothing is resent automatically: to try again, review it and press Send."

_UNSENT = {EgressFault.HASH, EgressFault.USED}
_BROKEN_OFF = {EgressFault.CUT, EgressFault.TIMEOUT}


def key_missing(host: str) -> KeyMissing:
    """Returns the error for a provider that needs a key and has none."""
    return KeyMissing(f"There is no key for {host}.", "Enter it in Settings, under Cloud.")


def no_key() -> KeyRefused:
    """Returns the error for text that cannot be a key, because it would not fit into a header."""
    return KeyRefused(
        "This is not a key: it has spaces, or characters that keys do not have.",
        "Copy it from your account there again.",
    )


def from_gate(failed: TicketFailed, host: str, *, arrived: bool) -> EscalationError:
    """Returns the error for a failed ticket; `arrived`: part of the reply had come."""
    reason, advice = explain(failed.kind, host)
    if failed.kind in _UNSENT:
        return NotConfirmed(f"Nothing was sent: {reason}.", advice)
    if failed.kind is EgressFault.REDIRECT:
        return ProviderRefused(f"{host} did not reply: {reason}.", advice)
    if arrived or failed.kind in _BROKEN_OFF:
        words = "The reply is not complete" if arrived else "There was no reply"
        return ReplyCut(f"{words}: {reason}.", f"{advice} {_AGAIN}")
    return NotReached(f"{host} was not reached: {reason}.", advice)


def from_status(status: Status, untrusted: bytes, host: str) -> EscalationError:
    """Returns the error for a provider's HTTP error. `untrusted`: the beginning of its body."""
    quote = _quotation(_error_message(untrusted))
    match status.code:
        case 401 | 403:
            # Without the provider's words: some repeat a part of the key.
            return KeyRefused(
                f"{host} rejects the key, or does not allow this model with it.",
                "Check the key in Settings, under Cloud, and your account there.",
            )
        case 402 | 429:
            return RateLimited(
                f"{host} accepts no more requests now.{quote}",
                f"{_when_to_retry(status.retry_after)} Check the credit of your account. {_AGAIN}",
            )
        case 404:
            return ProviderRefused(
                f"{host} does not know the model, or has no such address.{quote}",
                "Check the model's name and the address in Settings, under Cloud.",
            )
        case 413:
            return ProviderRefused(
                f"This is too long for {host}.{quote}", "Untick some excerpts, or the history."
            )
        case code if code >= 500:
            return ProviderFailed(
                f"{host} reports an internal error (status {code}).{quote}",
                f"{_when_to_retry(status.retry_after)} {_AGAIN}",
            )
        case code:
            return ProviderRefused(
                f"{host} rejected the request (status {code}).{quote}",
                "Check the model's name and the kind of provider in Settings, under Cloud.",
            )


def from_stream(fault: ReplyFault, host: str) -> EscalationError:
    """Returns the error for a fault that the provider reported within its reply."""
    quote = _quotation(fault.detail)
    match fault.kind:
        case FaultKind.KEY:
            return from_status(Status(401), b"", host)
        case FaultKind.RATE:
            return RateLimited(
                f"{host} accepts no more requests now.{quote}", f"{_when_to_retry('')} {_AGAIN}"
            )
        case FaultKind.REQUEST:
            return ProviderRefused(
                f"{host} rejected the request.{quote}",
                "Check the model's name in Settings, under Cloud.",
            )
        case FaultKind.SERVER:
            return ProviderFailed(
                f"{host} broke off with an internal error.{quote}", f"{_when_to_retry('')} {_AGAIN}"
            )
        case FaultKind.NOT_UNDERSTOOD:
            return not_understood(host)


def not_understood(host: str) -> ProviderFailed:
    """Returns the error for a reply that does not follow the provider's protocol."""
    return ProviderFailed(
        f"{host} answered in an unknown format.",
        "Check the address and the kind of provider in Settings, under Cloud.",
    )


def nothing_said(host: str) -> ProviderFailed:
    """Returns the error for a complete but empty reply."""
    return ProviderFailed(f"{host} sent an empty reply.", "Ask in other words, or another model.")


def too_long(host: str) -> ReplyTooLong:
    """Returns the error for a reply that is longer than allowed."""
    return ReplyTooLong(
        f"The reply of {host} is longer than allowed; the rest was dropped.",
        "The beginning is kept. Ask for a shorter reply.",
    )


def _when_to_retry(retry_after: str) -> str:
    """Returns when to try again; the header may hold seconds, a date, or anything."""
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 6:
        seconds = int(retry_after)
        if seconds >= 120:
            return f"Try again in {seconds // 60} minutes."
        return f"Try again in {seconds} seconds." if seconds > 1 else "Try again in a moment."
    return "Try again later."


class _ErrorMessage(Struct):
    message: str = ""


class _ErrorBody(Struct):
    """An error in either protocol; some servers put the message at the top level."""

    error: _ErrorMessage | str | None = None
    message: str = ""


def _error_message(untrusted: bytes) -> str:
    try:
        body = msgspec.json.decode(untrusted, type=_ErrorBody)
    except msgspec.DecodeError:
        return ""
    if isinstance(body.error, _ErrorMessage):
        return body.error.message
    return body.error or body.message


def _quotation(untrusted: str) -> str:
    """Returns a provider's own words, quoted, shortened and on one line; "" for none."""
    words = " ".join("".join(c if c.isprintable() else " " for c in untrusted).split())
    if len(words) > _MAX_QUOTED:
        words = words[:_MAX_QUOTED].rsplit(" ", 1)[0] + " …"
    return f" It says: “{words}”" if words else ""
