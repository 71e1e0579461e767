"""The `studiolo` command: alone it opens the window, with anything else it is the shell command.

Qt is imported only when the window is wanted, and only if there is a screen to put it on.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """What the command line says about the window.

    Attributes:
        data_dir: None for the usual place.
        exit_when_ready: print how long the start took, and end; for measuring.
    """

    data_dir: str | None = None
    exit_when_ready: bool = False


def window_options(arguments: Sequence[str]) -> WindowOptions | None:
    """Reads the command line; None if it is not for the window."""
    data_dir: str | None = None
    exit_when_ready = False
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--exit-when-ready":
            exit_when_ready = True
        elif argument.startswith("--data-dir="):
            data_dir = argument.partition("=")[2]
        elif argument == "--data-dir" and rest:
            data_dir = rest.pop(0)
        else:
            return None
    return WindowOptions(data_dir, exit_when_ready)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs Studiolo. Returns the exit status."""
    multiprocessing.freeze_support()
    arguments = list(sys.argv[1:] if argv is None else argv)
    options = window_options(arguments)
    if options is None:
        from app.cli import main as cli

        return cli(arguments)
    if argv is None:
        _seal()
    from ui.application import run

    return run(options.data_dir, exit_when_ready=options.exit_when_ready)


def _seal() -> None:
    """Keeps this process off the network for good; it is the program, not part of a test."""
    from app.privacy.audit import refuse_network
    from app.privacy.environment import harden

    harden()
    refuse_network()


if __name__ == "__main__":
    sys.exit(main())
