"""A host that tests send to, and what it was sent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler


@dataclass
class Received:
    """What arrived. `gone`: a client went away in the middle of an answer."""

    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    waiting: threading.Event = field(default_factory=threading.Event)
    gone: threading.Event = field(default_factory=threading.Event)
    on_request: Callable[[], None] = lambda: None


@contextlib.contextmanager
def proxy(asked: list[bytes]) -> Iterator[str]:
    """A proxy for one connection. Yields its address; `asked` gets what it is asked to do."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        near, _ = server.accept()
        asked.append(near.recv(4096))
        host, _, port = asked[0].split()[1].decode().partition(":")
        far = socket.create_connection((host, int(port)))
        near.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = threading.Thread(target=_pump, args=(far, near))
        back.start()
        _pump(near, far)
        back.join()
        near.close()
        far.close()

    thread = threading.Thread(target=run)
    thread.start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}"
    thread.join()
    server.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)


def handler(received: Received) -> type[BaseHTTPRequestHandler]:
    """Answers by the path: /ok, /unauthorized, /moved, /cut, /slow."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.requests.append((self.path, dict(self.headers), body))
            received.on_request()
            getattr(self, self.path.strip("/"))()

        def ok(self) -> None:
            self._begin(200)
            for piece in (b"data: one\n\n", b"data: two\n\n"):
                self.wfile.write(piece)

        def unauthorized(self) -> None:
            self._begin(401)
            self.wfile.write(b"who are you?")

        def moved(self) -> None:
            self.send_response(307)
            self.send_header("Location", "/ok")
            self.end_headers()

        def cut(self) -> None:
            self.connection.shutdown(socket.SHUT_RDWR)

        def slow(self) -> None:
            """Sends headers and then nothing, until the client goes away."""
            self._begin(200)
            self.wfile.flush()
            received.waiting.set()
            self.connection.settimeout(120)
            try:
                self.connection.recv(1)
            except TimeoutError:
                return
            except OSError:
                pass  # the connection was reset
            received.gone.set()

        def _begin(self, code: int) -> None:
            self.send_response(code)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Retry-After", "7")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
