"""A world of its own for a command: no way out, and everything that is looked up or asked is noted.

    unshare -nm python -m tests.e2e.sink NOTES COMMAND...

In a network namespace of its own every address leads back here: to a name server that answers every
question, and to a web server that takes every request. Both write down what they got.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

_ANSWER = bytes([203, 0, 113, 7])  # TEST-NET-3: leads back here as all addresses do
_PORTS = (80, 443, 3128, 4317, 4318, 8000, 8080, 11434)


class Sink:
    """The servers, and what reached them."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.reached: list[str] = []

    def start(self) -> None:
        """Takes the loopback device, the name servers' file, and all ports that matter."""
        _run("ip", "link", "set", "lo", "up")
        _run("ip", "route", "add", "local", "0.0.0.0/0", "dev", "lo")
        with tempfile.NamedTemporaryFile("w", delete=False) as file:
            file.write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        _run("mount", "--bind", file.name, "/etc/resolv.conf")
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("0.0.0.0", 53))
        threading.Thread(target=self._names, args=(udp,), daemon=True).start()
        for port in _PORTS:
            server = socket.create_server(("0.0.0.0", port))
            threading.Thread(target=self._web, args=(server, port), daemon=True).start()

    def _names(self, udp: socket.socket) -> None:
        while True:
            question, sender = udp.recvfrom(4096)
            labels, at = [], 12
            while question[at]:
                labels.append(question[at + 1 : at + 1 + question[at]].decode("ascii", "replace"))
                at += 1 + question[at]
            self.asked.append(".".join(labels))
            kind = struct.unpack_from("!H", question, at + 1)[0]
            answers = 1 if kind == 1 else 0
            head = question[:2] + struct.pack("!HHHHH", 0x8180, 1, answers, 0, 0)
            record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + _ANSWER
            udp.sendto(head + question[12 : at + 5] + record * answers, sender)

    def _web(self, server: socket.socket, port: int) -> None:
        while True:
            connection, _ = server.accept()
            connection.settimeout(1)
            line = b""
            with contextlib.suppress(OSError):
                line = connection.recv(4096).split(b"\r\n")[0]
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            connection.close()
            self.reached.append(f"{port} {line[:60]!r}")


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def main() -> int:
    """Runs the command to its end in such a world, and writes the notes."""
    notes, *command = sys.argv[1:]
    sink = Sink()
    sink.start()
    status = subprocess.run(command, check=False).returncode
    Path(notes).write_text(json.dumps({"asked": sink.asked, "reached": sink.reached}))
    return status


if __name__ == "__main__":
    sys.exit(main())
