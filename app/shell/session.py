"""Gives a shell command its services, its own or the open window's, and its Ctrl-C token."""

from __future__ import annotations

import argparse
from contextlib import AbstractContextManager, closing, nullcontext

from app.jobs import CancelToken
from app.paths import Paths
from app.services import Services, build_services
from app.shell.ctrl_c import stoppable
from app.shell.window_protocol import Host


def stopping(options: argparse.Namespace) -> AbstractContextManager[CancelToken]:
    """Returns a context with the token that Ctrl-C cancels, also if the window runs the command."""
    host: Host | None = options.host
    return stoppable() if host is None else nullcontext(host.token)


def opened(options: argparse.Namespace, paths: Paths) -> AbstractContextManager[Services]:
    """Returns a context with the services: the open window's, or new ones, closed at the end.

    Raises as `app.services.build_services` does.
    """
    host: Host | None = options.host
    return closing(build_services(paths)) if host is None else nullcontext(host.services)
