"""Runs a shell command in the process of the open window. Blocks: not for the GUI thread."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

from app import __version__
from app.errors import Cancelled
from app.jobs import CancelToken
from app.services import Services
from app.shell.cli import execute, parse, stopped
from app.shell.console import Console
from app.shell.turns import WAITING, in_turn, is_taken
from app.shell.window_protocol import Command, CommandOutput, Host
from app.user_messages import UserMessage

_WRONG_USAGE = 2


def run(
    command: Command, services: Services, token: CancelToken, say: Callable[[CommandOutput], None]
) -> int:
    """Runs a shell command, such as `studiolo ask`, on the open library.

    Args:
        command: its command line.
        services: the running program.
        token: stops it.
        say: receives its output, on this thread.

    Returns:
        The exit status.
    """
    options = _read(command)
    if options is None:
        return _WRONG_USAGE
    console = Console(
        as_json=options.json,
        output=_Lines(say),
        notes=_Lines(say, aside=True, terminal=command.terminal),
        has_keyboard=False,
    )
    if not options.in_window or command.version != __version__:
        console.error(
            UserMessage(
                "The Studiolo that is open has another version than this command.",
                "Close its window, and try again.",
            )
        )
        return 1
    options.host = Host(services, token)
    try:
        _await_library(services, token, console)
        return execute(options, services.paths, console)
    except (KeyboardInterrupt, Cancelled):  # the command was stopped
        return stopped(console)


def _await_library(services: Services, token: CancelToken, console: Console) -> None:
    """Waits for a command that had the library open before the window.

    Leaves any other error to the command, which reports it if it needs the library.

    Raises:
        Cancelled: the person stopped it.
    """
    if not is_taken(services.paths):
        return
    try:
        in_turn(
            services.paths,
            services.workers.index.warm,
            lambda: console.progress(WAITING),
            token,
        )
    except Cancelled:
        raise
    except Exception:  # noqa: BLE001  # the command reports it
        return


def _read(command: Command) -> argparse.Namespace | None:
    """Parses a command line and makes its paths absolute; returns None if it is wrong.

    The shell has parsed it before and printed what is wrong with it.
    """
    try:
        options = parse([os.fsdecode(argument) for argument in command.arguments])
    except SystemExit:
        return None
    folder = Path(os.fsdecode(command.folder))
    for name, value in vars(options).items():
        if isinstance(value, Path):
            setattr(options, name, folder / value)
        elif isinstance(value, list):
            setattr(options, name, [folder / v if isinstance(v, Path) else v for v in value])
    return options


class _Lines:
    """A stream that sends its text to the shell."""

    def __init__(
        self, say: Callable[[CommandOutput], None], *, aside: bool = False, terminal: bool = False
    ) -> None:
        self._say = say
        self._aside = aside
        self._is_terminal = terminal

    def write(self, text: str) -> int:
        """Sends text; replaces lone surrogates from file names, which cannot be encoded."""
        self._say(CommandOutput(text.encode("utf-8", "replace").decode(), self._aside))
        return len(text)

    def flush(self) -> None:
        """Does nothing: text is sent at once."""

    def isatty(self) -> bool:
        """Tells whether the shell's own stream is a terminal."""
        return self._is_terminal
