"""HTTPS requests. The only module that opens network connections; it runs only in helpers.

One request, one host, verified certificates, TLS 1.2 or later, no redirects, no cookies, no
settings from the environment, and no retries.
"""

from __future__ import annotations

import errno
import socket
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import certifi
import httpx

from app.privacy.egress.tickets import (
    Connected,
    DownloadTicket,
    EgressFault,
    EscalateTicket,
    Moved,
    Progress,
    ResponseData,
    ResponseEnded,
    Status,
    Tell,
    TicketFailed,
)
from app.settings.hosts import host_of

FIXED_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "studiolo",
}
"""Sent with every request, besides Host and Content-Length, unless the ticket overrides them."""

_CONNECT_SECONDS, _WRITE_SECONDS = 10.0, 60.0
_ANSWER_SECONDS = 120.0  # between two pieces of an answer: large models reason before they write
_DOWNLOAD_SECONDS = 20.0
_BLOCK = 1 << 18
_PARTIAL, _RANGE_BEYOND_END, _FIRST_ERROR = 206, 416, 400
_REDIRECTS = (301, 302, 303, 307, 308)
_NO_NETWORK = (errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH)


def serve(ticket: EscalateTicket | DownloadTicket, tell: Tell) -> None:
    """Makes the request of a ticket and sends its events; the last one ends the ticket."""
    call = _Call(host_of(ticket.url), tell)
    try:
        if isinstance(ticket, EscalateTicket):
            _escalate(ticket, call)
        else:
            _download(ticket, call)
    except httpx.ProxyError as error:
        tell(TicketFailed(EgressFault.PROXY, type(error).__name__))
    except httpx.HTTPError as error:
        tell(_failed(error, connected=call.connected))
    except (httpx.InvalidURL, UnicodeError):
        tell(TicketFailed(EgressFault.HOST))
    except ssl.SSLError as error:
        tell(TicketFailed(EgressFault.TLS, type(error).__name__))


class _Call:
    """A request in progress."""

    def __init__(self, host: str, tell: Tell) -> None:
        self.host = host
        self.tell = tell
        self.connected = False

    def trace(self, event: str, _: object) -> None:
        """Receives each step of httpx."""
        if event.endswith("start_tls.complete") and not self.connected:
            self.connected = True
            self.tell(Connected(self.host))

    def status(self, response: httpx.Response) -> None:
        """Sends the response's status."""
        headers = response.headers
        self.tell(
            Status(
                response.status_code,
                headers.get("retry-after", "")[:100],
                headers.get("content-type", "")[:100],
            )
        )


def _escalate(ticket: EscalateTicket, call: _Call) -> None:
    with _request(ticket, call, "POST", ticket.headers, ticket.body) as response:
        if response.status_code in _REDIRECTS:
            call.tell(TicketFailed(EgressFault.REDIRECT, str(response.status_code)))
            return
        call.status(response)
        received = 0
        for data in response.iter_bytes():
            received += len(data)
            call.tell(ResponseData(data))
    call.tell(ResponseEnded(received))


def _download(ticket: DownloadTicket, call: _Call) -> None:
    headers = (("Range", f"bytes={ticket.range}"),) if ticket.range else ()
    with _request(ticket, call, "GET", headers, None) as response:
        location = response.headers.get("location", "")
        if response.status_code in _REDIRECTS and location:
            call.tell(Moved(urljoin(ticket.url, location)))
            return
        call.status(response)
        if response.status_code >= _FIRST_ERROR:
            call.tell(ResponseEnded(0))
            return
        if ticket.whole and not _is_range(response, ticket):
            call.tell(TicketFailed(EgressFault.RANGE))
            return
        try:
            received = _save(response, ticket, call.tell)
        except OSError as error:
            call.tell(TicketFailed(EgressFault.DISK, str(error.errno)))
            return
    call.tell(ResponseEnded(received))


def _is_range(response: httpx.Response, ticket: DownloadTicket) -> bool:
    """Tells whether a response is exactly the range that a ticket asks for, of the same file."""
    sent = response.headers.get("content-range", "")
    return response.status_code == _PARTIAL and sent == f"bytes {ticket.range}/{ticket.whole}"


def _save(response: httpx.Response, ticket: DownloadTicket, tell: Tell) -> int:
    """Writes the response to the ticket's file, resuming after existing bytes if the host does."""
    resumed = response.status_code == _PARTIAL
    start = ticket.start if resumed else 0
    here = start
    with Path(ticket.into).open("ab" if resumed else "wb") as out:
        for data in response.iter_bytes(_BLOCK):
            out.write(data)
            here += len(data)
            if here > ticket.limit:
                break  # too long to be right; the hash check will fail
            out.flush()
            tell(Progress(here))
    return here - start


@contextmanager
def _request(
    ticket: EscalateTicket | DownloadTicket,
    call: _Call,
    method: str,
    headers: tuple[tuple[str, str], ...],
    body: bytes | None,
) -> Iterator[httpx.Response]:
    read_seconds = _ANSWER_SECONDS if isinstance(ticket, EscalateTicket) else _DOWNLOAD_SECONDS
    client = httpx.Client(
        verify=_trusted(ticket.ca_file),
        trust_env=False,
        follow_redirects=False,
        proxy=ticket.proxy or None,
        headers=FIXED_HEADERS,
        timeout=httpx.Timeout(read_seconds, connect=_CONNECT_SECONDS, write=_WRITE_SECONDS),
    )
    extensions = {"trace": call.trace}
    with (
        client,
        client.stream(
            method, ticket.url, headers=list(headers), content=body, extensions=extensions
        ) as response,
    ):
        yield response


def _trusted(ca_file: str) -> ssl.SSLContext:
    """Returns a context with the usual certificates and those of the person's file."""
    context = ssl.create_default_context(cafile=certifi.where())
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except OSError as error:
            raise ssl.SSLError(f"no certificates: {type(error).__name__}") from error
    return context


def look_up_only(*urls: str) -> None:
    """Limits this process's host look-ups to the hosts of `urls`. Cannot be undone."""
    hosts = {urlsplit(url).hostname for url in urls if url}

    def on_event(event: str, args: tuple[object, ...]) -> None:
        if event == "socket.getaddrinfo":
            host = args[0].decode() if isinstance(args[0], bytes) else args[0]
            if host not in hosts:
                raise PermissionError("This process may reach one host only.")

    sys.addaudithook(on_event)


def _failed(error: Exception, *, connected: bool) -> TicketFailed:
    """Returns the fault that caused an error of httpx. The detail names only classes of errors."""
    cause: BaseException | None = error
    while cause is not None:
        fault = _fault_of(cause, connected=connected)
        if fault is not None:
            return TicketFailed(fault, type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    return TicketFailed(EgressFault.CUT, type(error).__name__)


def _fault_of(error: BaseException, *, connected: bool) -> EgressFault | None:
    match error:
        case httpx.TimeoutException():
            return EgressFault.TIMEOUT
        case ssl.SSLError() if not connected:
            return EgressFault.TLS
        case socket.gaierror():
            offline = error.errno == socket.EAI_AGAIN
            return EgressFault.OFFLINE if offline else EgressFault.NAME
        case ConnectionRefusedError():
            return EgressFault.REFUSED
        case PermissionError():
            return EgressFault.SEALED
        case OSError() if error.errno in _NO_NETWORK:
            return EgressFault.OFFLINE
        case _:
            return None
