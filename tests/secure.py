"""A web server on this machine that speaks HTTPS, and the certificates that vouch for it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme


@dataclass(frozen=True)
class Secure:
    """Where the server is, and the file that makes a client trust it."""

    url: str
    ca_file: str
    port: int


@contextmanager
def serve(
    handler: type[BaseHTTPRequestHandler], folder: Path, name: str = "127.0.0.1"
) -> Iterator[Secure]:
    """Serves with a certificate for `name`, on a port of its own, until the block ends."""
    import ssl

    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    ca_file = folder / "trusted.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, key_type=trustme.KeyType.ECDSA).configure_cert(context)
    server = _Server(("127.0.0.1", 0), handler)
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Secure(f"https://127.0.0.1:{server.server_port}", str(ca_file), server.server_port)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """Says nothing of clients that hang up in the middle, or do not trust it."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        pass
