"""`studiolo backup` and `studiolo restore`: everything that a person made, as one file."""

from __future__ import annotations

import argparse
import re
from collections.abc import Collection

from app.paths import Paths
from app.settings.protections import Loosening, listed
from app.shell.console import Console
from app.shell.ctrl_c import stoppable
from app.shell.outputs import BackupOutput, RestoreOutput
from app.shell.session import opened, stopping
from app.upkeep.backup import back_up


def backup(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Copies library, chats and settings into one file."""
    with opened(options, paths) as services, stopping(options) as token:
        size = back_up(services, options.file.absolute(), token, force=options.force)
    if console.as_json:
        console.result(BackupOutput(str(options.file.absolute()), size))
    else:
        console.say(f"Saved in {options.file} ({size / 1e6:.1f} MB).")
    return 0


def restore(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Puts a backup in the place of library, chats and settings."""
    from app.upkeep.restore import restore as put_back

    def confirm(asked: tuple[Loosening, ...]) -> Collection[str]:
        if options.accept_settings:
            return {one.setting for one in asked}
        return _chosen(asked, console) if console.can_ask else ()

    with stoppable() as token:
        done = put_back(
            paths,
            options.file.absolute(),
            confirm,
            lambda stage: console.progress(f"{stage} …"),
            token,
        )
    if console.as_json:
        kept = str(done.kept) if done.kept else ""
        console.result(
            RestoreOutput(
                str(options.file.absolute()), kept, done.left_off, done.removed, done.roots
            )
        )
        return 0
    console.say(f"Restored from {options.file}.")
    if done.kept is not None:
        console.say(f"What was there before is kept in {done.kept}.")
    if done.roots:
        console.say(f"From now on, these are read: {listed(done.roots)}.")
    for sentence in done.removed:
        console.say(sentence)
    if done.left_off:
        console.say("Not taken over, for it would lower the protection that holds here:")
        for one in done.left_off:
            console.say(f"  · {one.detail} ({one.setting})")
        console.say(
            "If the backup is yours, set it again in Settings, or restore once more with "
            "--accept-settings."
        )
    return 0


def _chosen(asked: tuple[Loosening, ...], console: Console) -> Collection[str]:
    """Those that the person in front of the terminal takes over."""
    console.say("This backup would lower the protection that holds here:")
    for number, one in enumerate(asked, start=1):
        console.say(f"  {number}. {one.detail}")
    answer = console.ask("Which of these do you want? Their numbers, “all”, or nothing for none:")
    if answer.strip("“”\"'").casefold() == "all":
        return {one.setting for one in asked}
    numbers = {int(word) for word in re.findall(r"[0-9]{1,3}", answer)}
    return {one.setting for number, one in enumerate(asked, start=1) if number in numbers}
