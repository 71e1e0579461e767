"""A provider of larger models on this machine: real HTTPS, both protocols, all kinds of trouble."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event

from app.settings.fields import CloudProvider, ProviderKind
from tests.secure import serve


@dataclass(frozen=True)
class Received:
    """A request as it came. Names of headers in small letters, in the order in which they came."""

    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


Behaviour = Callable[["_Handler", "ModelServer"], None]


@dataclass
class ModelServer:
    """What the server got, and what it does with the next requests; then it answers 500.

    Attributes:
        arrived: set once a request is here.
        gone: set once a client has hung up in the middle of a reply.
        go_on: lets a reply that `waits` go on.
    """

    base_url: str
    ca_file: str
    received: list[Received] = field(default_factory=list)
    next: deque[Behaviour] = field(default_factory=deque)
    arrived: Event = field(default_factory=Event)
    gone: Event = field(default_factory=Event)
    go_on: Event = field(default_factory=Event)

    def provider(self, kind: ProviderKind = ProviderKind.OPENAI) -> CloudProvider:
        """The server as somebody to ask; its certificate is trusted."""
        return CloudProvider(
            name="Team", kind=kind, base_url=self.base_url, model="big", ca_file=self.ca_file
        )


@contextmanager
def model_server(folder: Path) -> Iterator[ModelServer]:
    """Serves until the block ends."""

    class Handler(_Handler):
        server_of_models: ModelServer

    with serve(Handler, folder) as place:
        made = Handler.server_of_models = ModelServer(f"{place.url}/v1", place.ca_file)
        yield made
        made.go_on.set()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of_models: ModelServer

    def do_POST(self) -> None:
        """Notes the request, and does what is next."""
        mine = self.server_of_models
        headers = tuple((name.lower(), value) for name, value in self.headers.items())
        body = self.rfile.read(int(self.headers["content-length"]))
        mine.received.append(Received(self.path, headers, body))
        mine.arrived.set()
        self.close_connection = True
        try:
            (mine.next.popleft() if mine.next else says(500))(self, mine)
        except OSError:
            mine.gone.set()

    def begin(self, code: int, headers: dict[str, str]) -> None:
        """Sends the head of an answer."""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("connection", "close")
        self.end_headers()

    def chunk(self, data: bytes) -> None:
        """Sends a piece of a chunked answer; an empty one ends it."""
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


_STREAM = {"content-type": "text/event-stream; charset=utf-8", "transfer-encoding": "chunked"}


def streams(*pieces: bytes, waits_after: int | None = None, cut: bool = False) -> Behaviour:
    """A streamed reply; may wait for `go_on` after some pieces, and break off before its end."""

    def behave(to: _Handler, server: ModelServer) -> None:
        to.begin(200, _STREAM)
        for number, piece in enumerate(pieces):
            if number == waits_after:
                _wait(to, server)
            to.chunk(piece)
        if cut:
            to.connection.close()
        else:
            to.chunk(b"")

    return behave


def says(code: int, body: bytes = b"{}", **headers: str) -> Behaviour:
    """An answer that is complete at once; `retry_after` becomes Retry-After."""

    def behave(to: _Handler, _: ModelServer) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = {"content-type": "application/json", "content-length": str(len(body))}
        to.begin(code, {**kind, **named})
        to.wfile.write(body)

    return behave


def says_nothing(to: _Handler, server: ModelServer) -> None:
    """No answer at all, until `go_on` or until the client hangs up."""
    _wait(to, server)


def floods(piece: bytes) -> Behaviour:
    """A streamed reply without an end."""

    def behave(to: _Handler, _: ModelServer) -> None:
        to.begin(200, _STREAM)
        while True:
            to.chunk(piece)

    return behave


def _wait(to: _Handler, server: ModelServer) -> None:
    """Waits for `go_on`; raises OSError once the client has gone."""
    to.connection.settimeout(0.02)
    while not server.go_on.is_set():
        with contextlib.suppress(TimeoutError):
            if to.connection.recv(1) == b"":
                raise ConnectionResetError
        time.sleep(0.01)
    to.connection.settimeout(None)
