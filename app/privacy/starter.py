"""Starts workers from outside of the window's profile, on macOS.

macOS gives a process one profile for its life, which what it starts inherits and cannot tighten. So
a process of its own is started before the window seals itself (`app.privacy.seal`); it starts the
workers, and each gives itself its own profile. It is as bare as the launcher of connections, opens
none itself, and ends with the program. Where it does not run, workers are started by the window.

Whoever has taken over the window can have any process started here, as they can write tickets.
`app.privacy.outside` says when it is used. Nothing of it is there on Windows.
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from multiprocessing import context, popen_spawn_posix, reduction, resource_tracker, spawn, util
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from app.privacy.egress.spawn import command

MODULE = "app.privacy.starter"
_LENGTH, _PID, _STATUS = struct.Struct("=I"), struct.Struct("=i"), struct.Struct("=i")
_MOST_FILES = 64  # handed over at once; multiprocessing hands over a handful
_MORE_FILES = 128  # that this process has open besides, one for each that it has started


class Starter:
    """This program's end of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """The process id; None if it does not run."""
        return self._process.pid if self._process and self._channel else None

    def start(self) -> None:
        """Starts the process. Takes some milliseconds.

        Raises:
            OSError: the system does not start it.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  this program itself
                command(MODULE),
                stdin=theirs.fileno(),
                cwd=Path(sys.executable).parent,
                start_new_session=True,
            )
        self._channel = ours

    def spawn(self, arguments: Sequence[str], files: Sequence[int], status: int) -> int:
        """Starts this program once more; returns the process id.

        Args:
            arguments: of the program.
            files: descriptors that it gets, under the same numbers.
            status: a descriptor to which its exit status is written, as of `os.waitpid`.

        Raises:
            OSError: it was not started.
        """
        asked = json.dumps([list(arguments), dict(os.environ), list(files)]).encode()
        with self._lock:
            if self._channel is None:
                raise BrokenPipeError
            try:
                head = _LENGTH.pack(len(asked))
                socket.send_fds(self._channel, [head], [*files, status])
                self._channel.sendall(asked)
                # Until this comes the descriptors stay open here: macOS may lose them otherwise.
                pid: int = _PID.unpack(_exactly(self._channel, _PID.size))[0]
            except (OSError, EOFError) as error:
                self._channel.close()
                self._channel = None
                raise BrokenPipeError from error
        if pid < 0:
            raise OSError(-pid, os.strerror(-pid))
        return pid

    def close(self) -> None:
        """Ends the process; what it has started goes on."""
        with self._lock:
            if self._channel is not None:
                self._channel.close()
                self._channel = None
        if self._process is not None:
            self._process.wait()


def _exactly(channel: socket.socket, count: int) -> bytes:
    """Receives so many bytes.

    Raises:
        EOFError: the other end is closed.
    """
    data = b""
    while len(data) < count:
        more = channel.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


class Popen(popen_spawn_posix.Popen):
    """What `multiprocessing` keeps of a process, here one that a starter has started."""

    _fds: list[int]  # what the process gets

    def __init__(self, process: BaseProcess, starter: Starter) -> None:
        self._starter = starter
        self._told = -1
        super().__init__(process)

    def _launch(self, process: BaseProcess) -> None:
        tracker = resource_tracker.getfd()
        assert tracker is not None
        self.duplicate_for_child(tracker)
        data = io.BytesIO()
        context.set_spawning_popen(self)
        try:
            reduction.dump(spawn.get_preparation_data(process.name), data)
            reduction.dump(process, data)
        finally:
            context.set_spawning_popen(None)
        child_reads, we_write = os.pipe()
        self._told, status = os.pipe()
        self.finalizer = util.Finalize(self, _close, (we_write, self._told))
        try:
            line = spawn.get_command_line(tracker_fd=tracker, pipe_handle=child_reads)
            files = sorted({*map(int, self._fds), child_reads})
            self.pid = self._starter.spawn(line[1:], files, status)
            self.sentinel = self._told
        finally:
            _close(child_reads, status)
        with open(we_write, "wb", closefd=False) as stream:
            stream.write(data.getbuffer())

    def poll(self, flag: int = os.WNOHANG) -> int | None:
        """Returns the exit code; None while it runs, unless `flag` says to wait."""
        if self.returncode is None and wait([self._told], 0 if flag == os.WNOHANG else None):
            said = os.read(self._told, _STATUS.size)
            # Without its parent, the starter, nobody is told how it ends.
            ended = _STATUS.unpack(said)[0] if len(said) == _STATUS.size else signal.SIGKILL
            self.returncode = os.waitstatus_to_exitcode(ended)
        return self.returncode


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def main() -> None:
    """Starts what it is asked for, until the program that started it is gone."""
    with socket.socket(fileno=os.dup(0)) as channel:
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        # Ctrl-C is the window's to decide; what is started inherits this.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        with contextlib.suppress(EOFError, OSError):
            while True:
                _serve_one(channel)
    os._exit(0)


def _serve_one(channel: socket.socket) -> None:
    head, received, _, _ = socket.recv_fds(channel, _LENGTH.size, _MOST_FILES)
    for descriptor in received:
        os.set_inheritable(descriptor, False)
    try:
        head += _exactly(channel, _LENGTH.size - len(head))
        arguments, environment, wanted = json.loads(_exactly(channel, _LENGTH.unpack(head)[0]))
        *files, status = received
        try:
            pid = _spawn(arguments, environment, dict(zip(wanted, files, strict=True)))
        except OSError as error:
            pid = -(error.errno or 1)
        else:
            told = os.dup(status)
            threading.Thread(target=_tell, args=(pid, told), daemon=True).start()
        channel.sendall(_PID.pack(pid))
    finally:
        _close(*received)


def _spawn(arguments: list[str], environment: dict[str, str], files: dict[int, int]) -> int:
    """Starts this program once more; `files` has the descriptors by the numbers that it gets."""
    beyond = max(files, default=2) + 1
    _allow_files(beyond + len(files) + _MORE_FILES)
    with contextlib.ExitStack() as moved:
        actions = []
        for number, descriptor in files.items():
            # Out of the way of all numbers first: one may be another's.
            away = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, beyond)
            moved.callback(os.close, away)
            actions.append((os.POSIX_SPAWN_DUP2, away, number))
        line = [sys.executable, *arguments]
        return os.posix_spawn(sys.executable, line, environment, file_actions=actions)


def _allow_files(count: int) -> None:
    """Raises the limit of open files of this process; macOS usually allows 256."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if now < count:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, most), most))


def _tell(process: int, told: int) -> None:
    _, status = os.waitpid(process, 0)
    with contextlib.suppress(OSError):
        os.write(told, _STATUS.pack(status))
    os.close(told)
