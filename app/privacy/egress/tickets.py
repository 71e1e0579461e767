"""Tickets, each good for one request, and the events that tell what became of it."""

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
    """Why a ticket was not served. `faults.explain` says it in words."""

    HASH = "hash"
    """The bytes are not those that the ticket names. Nothing was sent."""
    HOST = "host"
    """The address is not HTTPS, or not at the ticket's host. Nothing was sent."""
    USED = "used"
    """The ticket was handed out before. Nothing was sent."""
    UNRECORDED = "unrecorded"
    """It could not be written down beforehand. Nothing was sent."""
    SEALED = "sealed"
    """No process with a network could be started, or it ended by itself."""
    OFFLINE = "offline"
    """This machine has no network."""
    NAME = "name"
    """There is no host of that name."""
    REFUSED = "refused"
    """The host takes no connections there."""
    TLS = "tls"
    """The host did not prove who it is, or does not speak TLS."""
    PROXY = "proxy"
    """The proxy of the settings did not let it through."""
    TIMEOUT = "timeout"
    """The host did not answer in time."""
    CUT = "cut"
    """The connection broke off, or what came was not HTTP."""
    REDIRECT = "redirect"
    """The host sends elsewhere. Redirects are never followed."""
    PACKAGE = "package"
    """pip could not download the package; the detail says which."""
    DISK = "disk"
    """What came could not be saved; the detail is the number of the system's error."""


def new_id() -> str:
    """The id of a new ticket: 32 hexadecimal digits that nobody can guess."""
    return secrets.token_hex(_ID_BYTES)


def is_allowed(url: str) -> bool:
    """Whether an address is one that a helper may go to: plain HTTPS, without a name or password.

    Those before the host, as in ``https://known.example@other.example``, serve only to deceive.
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
        headers: sent as they are, the key among them; never recorded.
        body: what is sent.
        sha256: of the body, as the person saw it; in lower-case hexadecimal digits.
        proxy: the proxy of the settings, such as ``http://proxy.example:3128``; "" for none.
        ca_file: certificates to trust beside the usual ones; "" for none.
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
        """Whether the bytes are those that the hash names."""
        return hashlib.sha256(self.body).hexdigest() == self.sha256


class DownloadTicket(Struct, frozen=True, tag=True):
    """Gets one address into one file.

    Attributes:
        url: an https address.
        into: the file. What it holds already is kept if the host can go on from there.
        start: bytes of it that are there.
        limit: bytes that it may have in the end.
        proxy: as in `EscalateTicket`.
        ca_file: as in `EscalateTicket`.
    """

    id: str
    url: str
    into: str
    start: int
    limit: int
    proxy: str = ""
    ca_file: str = ""


class PackageTicket(Struct, frozen=True, tag=True):
    """Has pip download one wheel into a folder, from where the person's own pip settings say.

    Attributes:
        package: its name.
        version: exactly this one.
        into: a folder that is there.
        proxy: as in `EscalateTicket`.
    """

    id: str
    package: str
    version: str
    into: str
    proxy: str = ""


class ListenTicket(Struct, frozen=True, tag=True):
    """Listens on this machine for the self-test, until it is stopped. Reaches nobody."""

    id: str


Ticket = EscalateTicket | DownloadTicket | PackageTicket | ListenTicket


class Connected(Struct, frozen=True, tag=True):
    """The host was reached, and has proved who it is."""

    host: str


class Status(Struct, frozen=True, tag=True):
    """The host answers. `retry_after` and `content_type` are its headers; "" without one."""

    code: int
    retry_after: str = ""
    content_type: str = ""


class ResponseData(Struct, frozen=True, tag=True):
    """Some bytes of the answer."""

    data: bytes


class Progress(Struct, frozen=True, tag=True):
    """Bytes of a download that are in its file."""

    here: int


class Moved(Struct, frozen=True, tag=True):
    """The host of a download sends elsewhere; the end of this ticket."""

    url: str


class Listening(Struct, frozen=True, tag=True):
    """A `ListenTicket` is being served. `proven`: a connection of its own has reached it."""

    port: int
    proven: bool


class Arrived(Struct, frozen=True, tag=True):
    """Somebody has reached the listener."""


class ResponseEnded(Struct, frozen=True, tag=True):
    """The answer is complete. `received` in bytes."""

    received: int


class TicketFailed(Struct, frozen=True, tag=True):
    """The end of a ticket that was not served to the end. `detail`: for the record, no content."""

    kind: EgressFault
    detail: str = ""


EgressEvent = Connected | Status | ResponseData | ResponseEnded | TicketFailed
"""What is told of an escalation: Connected, Status, Block …, Ended; Failed instead at any point."""

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
"""All that a helper says."""

Tell = Callable[[HelperEvent], None]
"""How a helper says it."""
