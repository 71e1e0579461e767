"""The self-test's local listener, which counts connections. Runs in a helper."""

from __future__ import annotations

import socket

from app.privacy.egress.tickets import Arrived, Listening, Tell

_HERE = "127.0.0.1"
_SECONDS = 2.0


def listen(tell: Tell) -> None:
    """Listens until the process is ended. First connects to itself, to prove that it works."""
    with socket.create_server((_HERE, 0)) as server:
        port = server.getsockname()[1]
        tell(Listening(port, proven=_reaches_itself(server, port)))
        server.settimeout(None)
        while True:
            server.accept()[0].close()
            tell(Arrived())


def _reaches_itself(server: socket.socket, port: int) -> bool:
    server.settimeout(_SECONDS)
    try:
        with socket.create_connection((_HERE, port), _SECONDS):
            server.accept()[0].close()
    except OSError:
        return False
    return True
