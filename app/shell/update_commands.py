"""`studiolo update check`: asks once whether there is a later version."""

from __future__ import annotations

import argparse

from msgspec import Struct

from app.jobs import CancelToken
from app.paths import Paths
from app.shell.console import Console


class UpdateOutput(Struct, frozen=True):
    """The output of `studiolo update check`.

    Attributes:
        version: of this program.
        newest: the later version; "" if this one is the newest.
        news: what is new in it, in sentences.
        page: where to get it; "" as for `newest`.
    """

    version: str
    newest: str
    news: tuple[str, ...]
    page: str


def check(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Asks for the newest version, and prints what is new in it. Installs nothing."""
    from app.services import build_services

    services = build_services(paths, launcher=options.launcher)
    try:
        version = services.updates.version
        manifest = services.updates.look(CancelToken())
    finally:
        services.close()
    if console.as_json:
        later = (manifest.version, manifest.news, manifest.page) if manifest else ("", (), "")
        console.result(UpdateOutput(version, *later))
        return 0
    if manifest is None:
        console.say(f"Studiolo {version} is the newest version.")
        return 0
    console.say(f"Studiolo {manifest.version} is there; this is {version}.")
    for line in manifest.news:
        console.say(f"  {line}")
    console.say(f"Get it from {manifest.page}")
    return 0
