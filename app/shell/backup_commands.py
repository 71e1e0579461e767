"""`studiolo backup` and `studiolo restore`: the library, chats and settings in one file."""

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
    """Replaces library, chats and settings with those of a backup."""
    from app.upkeep.restore import restore as restore_backup

    def confirm(loosenings: tuple[Loosening, ...]) -> Collection[str]:
        if options.accept_settings:
            return {loosening.setting for loosening in loosenings}
        return _accepted(loosenings, console) if console.can_ask else ()

    with stoppable() as token:
        restored = restore_backup(
            paths,
            options.file.absolute(),
            confirm,
            lambda stage: console.progress(f"{stage} …"),
            token,
        )
    if console.as_json:
        kept = str(restored.kept) if restored.kept else ""
        console.result(
            RestoreOutput(
                str(options.file.absolute()),
                kept,
                restored.left_off,
                restored.removed,
                restored.roots,
            )
        )
        return 0
    console.say(f"Restored from {options.file}.")
    if restored.kept is not None:
        console.say(f"What was there before is kept in {restored.kept}.")
    if restored.roots:
        console.say(f"The library now also reads: {listed(restored.roots)}.")
    for sentence in restored.removed:
        console.say(sentence)
    if restored.left_off:
        console.say("Not restored, because it would lower your protection here:")
        for loosening in restored.left_off:
            console.say(f"  · {loosening.detail} ({loosening.setting})")
        console.say(
            "If the backup is yours, change this in Settings, or restore again with "
            "--accept-settings."
        )
    return 0


def _accepted(loosenings: tuple[Loosening, ...], console: Console) -> Collection[str]:
    """Asks the person which loosened protections to accept; returns the names of their settings."""
    console.say("This backup would lower your protection here:")
    for number, loosening in enumerate(loosenings, start=1):
        console.say(f"  {number}. {loosening.detail}")
    answer = console.ask("Which of these do you accept? Numbers, “all”, or Enter for none:")
    if answer.strip("“”\"'").casefold() == "all":
        return {loosening.setting for loosening in loosenings}
    numbers = {int(word) for word in re.findall(r"[0-9]{1,3}", answer)}
    return {
        loosening.setting
        for number, loosening in enumerate(loosenings, start=1)
        if number in numbers
    }
