"""Tickets, each good for one request, and the events that report its progress."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from enum import StrEnum
from urllib.parse import urlsplit

from msgspec import Struct

from app.settings.hosts import host_of

_ID_BYTES = 16


class EgressFault(StrEnum):
    """Why a ticket was not served. `faults.explain` puts it into words."""

    HASH = "hash"
    """The bytes do not match the ticket's hash. Nothing was sent."""
    HOST = "host"
    """The address is not valid HTTPS. Nothing was sent."""
    USED = "used"
    """The ticket was handed out before. Nothing was sent."""
    UNRECORDED = "unrecorded"
    """It could not be recorded beforehand. Nothing was sent."""
    SEALED = "sealed"
    """No process with a network could be started, or it ended by itself."""
    OFFLINE = "offline"
    """This machine has no network."""
    NAME = "name"
    """There is no host of that name."""
    REFUSED = "refused"
    """The host refuses connections."""
    TLS = "tls"
    """The host has no valid certificate, or does not speak TLS."""
    PROXY = "proxy"
    """The proxy refused the connection."""
    TIMEOUT = "timeout"
    """The host did not answer in time."""
    CUT = "cut"
    """The connection broke off, or the response was not HTTP."""
    REDIRECT = "redirect"
    """The host redirects. Escalations never follow a redirect."""
    RANGE = "range"
    """The host did not send the range that was asked for."""
    PACKAGE = "package"
    """pip could not download the package; the detail says which."""
    DISK = "disk"
    """The response could not be saved; the detail is the system's error number."""


def new_id() -> str:
    """Returns the id of a new ticket: 32 hexadecimal digits, unguessable."""
    return secrets.token_hex(_ID_BYTES)


def is_allowed(url: str) -> bool:
    """Tells whether a helper may open an address: plain HTTPS, without user name or password.

    Those before the host, as in ``https://known.example@other.example``, only serve to deceive.
    """
    return (
        url.startswith("https://")
        and bool(host_of(url))
        and "@" not in urlsplit(url).netloc
        and url.isascii()
        and url.isprintable()
        and " " not in url
    )


class EscalateTicket(Struct, frozen=True, tag=True):
    """Sends exactly these bytes, once, as a POST.

    Attributes:
        id: from `new_id`.
        url: an https address.
        headers: sent unchanged, including the key; never recorded.
        body: the bytes.
        sha256: of the body that the person saw; in lower-case hexadecimal digits.
        proxy: from the settings, such as ``http://proxy.example:3128``; "" for none.
        ca_file: certificates to trust besides the usual ones; "" for none.
    """

    id: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    sha256: str
    proxy: str = ""
    ca_file: str = ""

    @property
    def is_true(self) -> bool:
        """Whether the body matches the hash."""
        return hashlib.sha256(self.body).hexdigest() == self.sha256


class DownloadTicket(Struct, frozen=True, tag=True):
    """Downloads one address into one file.

    Attributes:
        url: an https address.
        into: the file. Existing bytes are kept if the host can resume after them.
        start: number of existing bytes.
        limit: maximum bytes of the file.
        proxy: as in `EscalateTicket`.
        ca_file: as in `EscalateTicket`.
        offset: the place of `into` in what is at the address, if it is only a range of that.
        whole: bytes of what is at the address, if `into` is only a range of that; else 0.
    """

    id: str
    url: str
    into: str
    start: int
    limit: int
    proxy: str = ""
    ca_file: str = ""
    offset: int = 0
    whole: int = 0

    @property
    def range(self) -> str:
        """The bytes to ask for, as HTTP's header Range has them; "" for all."""
        if self.whole:
            return f"{self.offset + self.start}-{self.offset + self.limit - 1}"
        return f"{self.start}-" if self.start else ""


class NewsTicket(DownloadTicket, frozen=True, tag=True):
    """Downloads the news of new versions: a GET of a fixed address, without anything added."""


class PackageTicket(Struct, frozen=True, tag=True):
    """Has pip download one wheel into a folder, from the index in the person's pip settings.

    Attributes:
        package: its name.
        version: exactly this one.
        into: an existing folder.
        proxy: as in `EscalateTicket`.
    """

    id: str
    package: str
    version: str
    into: str
    proxy: str = ""


class ListenTicket(Struct, frozen=True, tag=True):
    """Listens on this machine for the self-test, until it is stopped. Connects only to itself."""

    id: str


Ticket = EscalateTicket | DownloadTicket | NewsTicket | PackageTicket | ListenTicket


class Connected(Struct, frozen=True, tag=True):
    """The host was reached, and its certificate is valid."""

    host: str


class Status(Struct, frozen=True, tag=True):
    """The response's status, with two of its headers; "" for a missing one."""

    code: int
    retry_after: str = ""
    content_type: str = ""


class ResponseData(Struct, frozen=True, tag=True):
    """Some bytes of the response."""

    data: bytes


class Progress(Struct, frozen=True, tag=True):
    """The number of a download's bytes in its file."""

    here: int


class Moved(Struct, frozen=True, tag=True):
    """The host of a download redirects; this ticket has ended."""

    url: str


class Listening(Struct, frozen=True, tag=True):
    """A `ListenTicket` is being served. `proven`: the listener has connected to itself."""

    port: int
    proven: bool


class Arrived(Struct, frozen=True, tag=True):
    """A connection has reached the listener."""


class ResponseEnded(Struct, frozen=True, tag=True):
    """The response is complete. `received` in bytes."""

    received: int


class TicketFailed(Struct, frozen=True, tag=True):
    """The ticket was not served completely. `detail`: for the record, without content."""

    kind: EgressFault
    detail: str = ""


EgressEvent = Connected | Status | ResponseData | ResponseEnded | TicketFailed
"""Events of an escalation, in this order; TicketFailed can come at any point."""

HelperEvent = (
    Connected
    | Status
    | ResponseData
    | Progress
    | Moved
    | Listening
    | Arrived
    | ResponseEnded
    | TicketFailed
)
"""All events of a helper."""

Tell = Callable[[HelperEvent], None]
"""Sends an event from a helper."""
