"""The `studiolo` command: without a subcommand it opens the window, else it is the shell command.

Qt is imported only when the window is wanted, and only if there is a screen for it. If a window is
already open on the same data folder, that one comes to the front.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from app.privacy.egress.client import Launcher
    from app.shell.window_protocol import Command

_NO_SCREEN = (
    "There is no screen here to open a window on. "
    "Use the commands instead: studiolo index FOLDER, then studiolo ask QUESTION."
)
_REMOTE_SCREEN = (
    "The screen {0} is reached over the network, and Studiolo keeps itself off every network. "
    "Start it on the computer that you sit at, or use the commands: studiolo ask QUESTION."
)
_NOT_SET_UP = (
    "A library that Studiolo needs is missing: {0}. "
    "Run the set-up again: it installs what is missing, or says what to install."
)


OPEN = "open"
"""The word before paths that the window shall add, as a file manager gives them."""


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """The command line's options for the window.

    Attributes:
        data_dir: None for the default folder.
        exit_when_ready: print how long the start took, and exit; for measuring.
        to_add: files and folders for the library, as absolute paths: "Open with Studiolo".
    """

    data_dir: str | None = None
    exit_when_ready: bool = False
    to_add: tuple[str, ...] = ()


def window_options(arguments: Sequence[str]) -> WindowOptions | None:
    """Parses the command line; returns None if it is not for the window."""
    data_dir: str | None = None
    exit_when_ready = False
    remaining = list(arguments)
    while remaining:
        argument = remaining.pop(0)
        if argument == "--exit-when-ready":
            exit_when_ready = True
        elif argument.startswith("--data-dir="):
            data_dir = argument.partition("=")[2]
        elif argument == "--data-dir" and remaining:
            data_dir = remaining.pop(0)
        elif argument == OPEN:
            to_add = tuple(os.path.abspath(path) for path in remaining)  # noqa: PTH100  # links stay
            return WindowOptions(data_dir, exit_when_ready, to_add)
        else:
            return None
    return WindowOptions(data_dir, exit_when_ready)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs Studiolo. Returns the exit status."""
    multiprocessing.freeze_support()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if getattr(sys, "frozen", False) and _is_egress(arguments):
        return 0
    options = window_options(arguments)
    if options is None:
        try:
            from app.shell.cli import main as cli
        except ImportError as error:
            return _tell_missing(error)
        return cli(arguments, _reach)
    if not has_display():
        print(_NO_SCREEN, file=sys.stderr)
        return 1
    if remote := remote_screen():
        print(_REMOTE_SCREEN.format(remote), file=sys.stderr)
        return 1
    launcher = _seal() if argv is None else None
    try:
        from app.paths import Paths
        from app.private_data import owner_only
        from ui.single import Other, Single

        owner_only()

        paths = Paths.resolve(options.data_dir)
        single = Single(paths.data)
        if single.raise_other() is Other.RAISED:
            return _add_in_open_window(paths.data, options.to_add) if options.to_add else 0
        from ui.application import run
    except Exception as error:  # noqa: BLE001  # any error is shown to the user
        return _refuse(error)
    return run(
        paths, single, launcher, exit_when_ready=options.exit_when_ready, to_add=options.to_add
    )


def _add_in_open_window(data: Path, to_add: Sequence[str]) -> int:
    """Asks the window that is open on a data folder to add paths. Returns the exit status."""
    from app import __version__
    from app.shell.window_protocol import Command
    from ui.shell_client import reach

    arguments = ("--data-dir", str(data), "index", "--", *to_add)
    here = os.fsencode(data)  # all paths are absolute
    words = tuple(map(os.fsencode, arguments))
    status = reach(data, Command(__version__, words, here, False, "index"))
    return 1 if status is None else status


def _reach(folder: Path, command: Command) -> int | None:
    """Runs a command in the open window; returns None if none is open."""
    from app.shell.window_address import seems_open

    if not seems_open(folder):
        return None
    from ui.shell_client import reach

    return reach(folder, command)


def _refuse(error: Exception) -> int:
    """Reports why there is no window: in a dialog, or in the terminal if Qt is missing."""
    try:
        from ui.application import refuse
    except ImportError as missing:
        return _tell_missing(missing)
    return refuse(error)


def _tell_missing(error: ImportError) -> int:
    """Reports a missing library, without importing any; re-raises a bug of our own."""
    try:
        from app.system_lacks import behind
    except ImportError:
        print(_NOT_SET_UP.format(error.name or error), file=sys.stderr)
        return 1
    lack = behind(error)
    if lack is None:
        raise error
    print(f"{lack.message} {lack.advice}", file=sys.stderr)
    return 1


def has_display() -> bool:
    """Tells whether a window can be shown; without a display Qt would abort the process."""
    if not sys.platform.startswith("linux"):
        return True
    return any(os.environ.get(n) for n in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"))


def remote_screen() -> str:
    """Returns the X display on another computer (or tunnelled, as with ``ssh -X``), or ""."""
    if not sys.platform.startswith("linux") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    display = os.environ.get("DISPLAY", "")
    host = display.rpartition(":")[0]
    chosen = os.environ.get("QT_QPA_PLATFORM", "xcb").partition(":")[0]
    local = host in ("", "unix") or host.startswith("/")
    return "" if local or chosen != "xcb" else display


def _seal() -> Launcher:
    """Cuts this process off from the network for good; only in the program, not in tests.

    Returns:
        The launcher of the connections that the user asks for, started before.
    """
    from app.privacy.egress.client import Launcher
    from app.privacy.seal import seal

    launcher = Launcher()
    launcher.start()
    seal()
    return launcher


def _is_egress(arguments: list[str]) -> bool:
    from app.privacy.egress.spawn import run_frozen

    return run_frozen(arguments)


if __name__ == "__main__":
    sys.exit(main())
