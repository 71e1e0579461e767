"""The shell commands: `studiolo index | remove | ask | search | status | models | …`.

With `--json`, standard output carries one JSON document (with `--batch`, one to a line) and nothing
else; progress goes to standard error. Exit status: 0 done, 1 something failed and the output says
what, 2 wrong usage, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from app import backup_commands, commands, privacy_commands
from app.console import Console
from app.errors import describe
from app.paths import Paths
from rag.plain import visible

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. Returns the exit status."""
    _use_utf8()
    options = _parser().parse_args(arguments)
    console = Console(as_json=options.json)
    try:
        return _run(options, console)
    except KeyboardInterrupt:
        console.note("Stopped. What was done so far is kept.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain once more while it ends.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(options: argparse.Namespace, console: Console) -> int:
    from app import logs
    from app.privacy.seal import seal
    from app.private_data import exposed, owner_only

    if options.reaches_out:
        from app.privacy.egress.client import Launcher

        options.launcher = Launcher()
        options.launcher.start()
    seal()
    paths = Paths.resolve(options.data_dir)
    end_log: Callable[[], None] = lambda: None  # noqa: E731
    umask_back = owner_only()
    try:
        paths.ensure()
        for sentence in exposed(paths.data):
            console.note(sentence)
        end_log = logs.start(paths.logs)
        command: Callable[[argparse.Namespace, Paths, Console], int] = options.command
        return command(options, paths, console)
    except Exception as error:  # noqa: BLE001  # told in plain words; a bug's details go to the log
        return _failed(error, console)
    finally:
        end_log()
        umask_back()
        _tell_refused(console)


def _tell_refused(console: Console) -> None:
    """Says when some library wanted to use the network. That is our fault, and not to be hidden."""
    from app.privacy import attempts

    if count := sum(count for _, count in attempts.seen()):
        console.note(
            f"Something in Studiolo tried to use the network, {count} times, and was refused: "
            "see `studiolo privacy log`."
        )


def _failed(error: Exception, console: Console) -> int:
    import logging

    from app.errors import Cancelled
    from app.logs import without_content

    if isinstance(error, Cancelled):
        raise KeyboardInterrupt from error
    if isinstance(error, BrokenPipeError):
        raise error
    message = describe(error)
    if message.is_bug:
        logging.getLogger(__name__).error("%s", without_content(error))
    console.error(message)
    return 1


def _use_utf8() -> None:
    """Answers hold any script; a terminal with another encoding must not end the program."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


class _Parser(argparse.ArgumentParser):
    """Repeats wrong arguments, such as names of files, without obeying them."""

    def error(self, message: str) -> NoReturn:
        """Tells how it is used, and ends the program."""
        super().error(visible(message))


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="studiolo",
        description="Ask your own documents, offline. Without a command, opens the window.",
    )
    _add_common(parser, default=True)
    parser.set_defaults(reaches_out=False)
    found = parser.add_subparsers(metavar="COMMAND", required=True)

    index = _add(found, "index", "bring files and folders into the library", commands.index)
    index.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    index.add_argument(
        "--follow",
        action="append",
        default=[],
        type=Path,
        metavar="LINK",
        help="read a link that leads out of its folder as well, now and later",
    )
    index.add_argument(
        "--leave-out",
        action="append",
        default=[],
        type=Path,
        metavar="LINK",
        help="follow a link no longer",
    )

    remove = _add(found, "remove", "take files out of the library", commands.remove)
    remove.add_argument("path", type=Path, metavar="PATH")
    remove.add_argument(
        "--also-in-chats",
        action="store_true",
        help="also remove answers that were made from them, and what was sent of them",
    )

    ask = _add(found, "ask", "answer a question from the library", commands.ask)
    _add_questions(ask, "QUESTION")
    ask.add_argument("--model", metavar="ID", help="the model that answers")
    ask.add_argument(
        "--document", type=Path, metavar="FILE", help="the one document that it is about"
    )
    ask.add_argument("-k", type=_passages, metavar="N", help="how many passages it reads")

    search = _add(found, "search", "find passages", commands.search)
    _add_questions(search, "QUERY")
    search.add_argument("-k", type=_passages, default=10, metavar="N", help="how many")

    _add(found, "status", "show what the library holds", commands.status)
    doctor = _add(found, "doctor", "check this machine and the data folder", commands.doctor)
    doctor.add_argument("--repair", action="store_true", help="mend what is damaged; loses nothing")

    backup = _add(
        found, "backup", "copy library, chats and settings to one file", backup_commands.backup
    )
    backup.add_argument("file", type=Path, metavar="FILE")
    backup.add_argument("--force", action="store_true", help="write over a file that is no backup")
    restore = _add(found, "restore", "put a backup in their place", backup_commands.restore)
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument(
        "--accept-settings",
        action="store_true",
        help="take over what lowers the protection that holds here, too",
    )

    models = found.add_parser("models", help="list, add, get or remove models")
    _add_common(models, default=False)
    actions = models.add_subparsers(metavar="ACTION", required=True)
    _add(actions, "list", "models here, and those that can be had", commands.models_list)
    add = _add(actions, "add", "add a GGUF file that you have", commands.models_add)
    add.add_argument("path", type=Path, metavar="PATH")
    get = _add(actions, "get", "download a model of the catalogue", commands.models_get)
    get.add_argument("id", metavar="ID")
    get.set_defaults(reaches_out=True)
    remove = _add(actions, "remove", "delete a model from this machine", commands.models_remove)
    remove.add_argument("id", metavar="ID")
    _add_privacy(found)
    return parser


_Subparsers = argparse._SubParsersAction  # noqa: SLF001  # argparse does not name its type


def _add(
    found: _Subparsers[argparse.ArgumentParser],
    name: str,
    summary: str,
    command: Callable[[argparse.Namespace, Paths, Console], int],
) -> argparse.ArgumentParser:
    parser = found.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
    _add_common(parser, default=False)
    parser.set_defaults(command=command)
    return parser


def _add_privacy(found: _Subparsers[argparse.ArgumentParser]) -> None:
    privacy = _add(found, "privacy", "show what may leave this computer", privacy_commands.state)
    actions = privacy.add_subparsers(metavar="ACTION")
    _add(actions, "log", "show what left this computer", privacy_commands.log)
    export = _add(actions, "export", "write that to a file", privacy_commands.export)
    export.add_argument("file", type=Path, metavar="FILE")
    check = _add(actions, "check", "try to reach the network", privacy_commands.check)
    check.set_defaults(reaches_out=True)


def _add_common(parser: argparse.ArgumentParser, *, default: bool) -> None:
    """The options that every command takes, before or after its name."""
    kept = argparse.SUPPRESS
    parser.add_argument(
        "--data-dir",
        metavar="DIR",
        default=None if default else kept,
        help="where the library, chats and settings are (or STUDIOLO_DATA_DIR)",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        default=False if default else kept,
        help="write JSON for programs",
    )


def _add_questions(parser: argparse.ArgumentParser, what: str) -> None:
    given = parser.add_mutually_exclusive_group(required=True)
    given.add_argument("text", nargs="?", metavar=what)
    given.add_argument(
        "--batch",
        type=Path,
        metavar="FILE.jsonl",
        help='read {"id", "question"} from each line and write one result to a line',
    )


def _passages(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100:  # said in the message
        raise argparse.ArgumentTypeError("must be from 1 to 100")
    return number
