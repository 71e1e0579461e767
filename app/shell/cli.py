"""The shell commands: `studiolo index | remove | ask | search | status | models | …`.

With `--json`, standard output carries one JSON document (with `--batch`, one per line) and nothing
else; progress goes to standard error. Exit status: 0 success, 1 failure (the output says why), 2
wrong usage, 130 stopped with Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from app import __version__
from app.data_folder.exchange import finish_cut_off
from app.errors import KNOWN_ERRORS
from app.model_library.roles import ModelRole
from app.paths import Paths, leave_lost_folder
from app.settings.store import SettingsStore
from app.shell import (
    backup_commands,
    chat_commands,
    commands,
    locations,
    model_commands,
    privacy_commands,
    specialist_parser,
    update_commands,
)
from app.shell.console import Console
from app.shell.window_protocol import BESIDE_THE_WINDOW, Command, Reach
from app.user_messages import describe
from rag.text.visible import visible

INTERRUPTED = 130
InWindow = Callable[[Path], int | None]
"""Has the window that has a data folder open run this command line; None if there is none."""


def main(arguments: Sequence[str] | None = None, reach: Reach | None = None) -> int:
    """Runs one command. Returns the exit status.

    Args:
        arguments: the command line; by default that of this process.
        reach: sends a command to an open window on the same data folder; None for no such way.
    """
    _use_utf8()
    words = list(sys.argv[1:] if arguments is None else arguments)
    options = parse(words)
    console = Console(as_json=options.json)
    try:
        return _run(options, console, _in_window(reach, words, options.word))
    except KeyboardInterrupt:
        return stopped(console)
    except BrokenPipeError:
        # The reader of the output has ended; without this, Python complains again as it exits.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def stopped(console: Console) -> int:
    """Prints that the person stopped a command. Returns its exit status."""
    console.note("Stopped. What was done so far is kept.")
    return INTERRUPTED


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Returns the options of a command line.

    Raises:
        SystemExit: it is wrong, or asks for help; the message was printed.
    """
    options = _parser().parse_args(arguments)
    if getattr(options, "repair", False):
        options.in_window = False  # it needs exclusive access to the data folder
    return options


def execute(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Runs the command of `options`, and prints errors to `console`. Returns the exit status.

    Raises:
        KeyboardInterrupt: the person stopped it.
    """
    command: Callable[[argparse.Namespace, Paths, Console], int] = options.command
    try:
        return command(options, paths, console)
    except Exception as error:  # noqa: BLE001  # printed in plain words; a bug is logged
        return _failed(error, console)


def _run(options: argparse.Namespace, console: Console, in_window: InWindow) -> int:
    from app.privacy.seal import seal
    from app.private_data import owner_only

    if options.reaches_out:
        from app.privacy.egress.client import Launcher

        options.launcher = Launcher()
        options.launcher.start()
    seal()
    restore_umask = owner_only()
    try:
        paths = Paths.resolve(options.data_dir)
        if options.only_looks:
            return execute(options, paths, console)
        if options.in_window:
            return _take_turns(options, paths, console, in_window)
        return _work(options, paths, console)
    except Exception as error:  # noqa: BLE001  # printed in plain words; a bug is logged
        return _failed(error, console)
    finally:
        restore_umask()
        _print_refused(console)


def _take_turns(
    options: argparse.Namespace, paths: Paths, console: Console, in_window: InWindow
) -> int:
    """Runs the command in the open window, or here once no other command has the library."""
    from app.shell.turns import WAITING, turn

    while (status := in_window(paths.data)) is None:
        paths.ensure()
        with turn(paths) as mine:
            if mine:
                return _work(options, paths, console)
        console.progress(WAITING)
    return status


def _work(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    from app import logs
    from app.private_data import exposed

    paths.ensure()
    leave_lost_folder(paths.data)
    for sentence in exposed(paths.data):
        console.note(sentence)
    end_log = logs.start(paths.logs)
    try:
        _print_recovered(options, paths, console)
        return execute(options, paths, console)
    finally:
        end_log()


def _in_window(reach: Reach | None, words: Sequence[str], word: str) -> InWindow:
    def run_in_window(folder: Path) -> int | None:
        if reach is None:
            return None
        arguments = tuple(map(os.fsencode, words))
        terminal = sys.stderr.isatty()
        return reach(folder, Command(__version__, arguments, _working_folder(), terminal, word))

    return run_in_window


def _working_folder() -> bytes:
    """Returns the working directory, or an empty stand-in if it was deleted."""
    try:
        return os.fsencode(Path.cwd())
    except OSError:
        return os.fsencode(Path(os.devnull).absolute())


def _print_recovered(options: argparse.Namespace, paths: Paths, console: Console) -> None:
    """Prints once how damaged settings were recovered; the next start finds them repaired.

    Errors are left to the command, which reports them if it needs the settings.
    """
    if getattr(options, "repair", False):
        return  # the command prints that itself
    with contextlib.suppress(*KNOWN_ERRORS):
        finish_cut_off(paths)
        if (recovered := SettingsStore(paths.settings).recovered) is not None:
            console.note(recovered.message.words)


def _print_refused(console: Console) -> None:
    """Prints how often a library tried to use the network and was refused, which is our bug."""
    from app.privacy import attempts

    if count := sum(count for _, count in attempts.seen()):
        console.note(
            f"Something in Studiolo tried to use the network and was refused ({count} times): "
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
    """Switches the output to UTF-8: an answer in any script must not end the program."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")


class _Parser(argparse.ArgumentParser):
    """Makes arguments visible in messages, so that the terminal does not interpret them."""

    def error(self, message: str) -> NoReturn:
        """Prints the usage and ends the program."""
        super().error(visible(message))


def _parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = _Parser(
        prog="studiolo",
        description="Ask your own documents, offline. Without a command, opens the window.",
    )
    _add_common(parser, default=True)
    parser.set_defaults(reaches_out=False, only_looks=False, in_window=False, host=None)
    subparsers = parser.add_subparsers(metavar="COMMAND", required=True)

    index = _add(subparsers, "index", "add or update files and folders", commands.index)
    index.add_argument("paths", nargs="+", type=_path, metavar="PATH")
    index.add_argument(
        "--follow",
        action="append",
        default=[],
        type=_path,
        metavar="LINK",
        help="also read this link that leads out of its folder, now and later",
    )
    index.add_argument(
        "--leave-out",
        action="append",
        default=[],
        type=_path,
        metavar="LINK",
        help="stop following this link",
    )

    remove = _add(subparsers, "remove", "take files out of the library", commands.remove)
    remove.add_argument("path", type=_path, metavar="PATH")
    remove.add_argument(
        "--also-in-chats",
        action="store_true",
        help="also remove answers that are based on them, and copies of what was sent",
    )

    ask = _add(subparsers, "ask", "answer a question from the library", commands.ask)
    _add_questions(ask, "QUESTION")
    ask.add_argument("--model", metavar="ID", help="the model that answers")
    ask.add_argument("--document", type=_path, metavar="FILE", help="ask about this document only")
    ask.add_argument("-k", type=_passages, metavar="N", help="how many passages the model reads")

    search = _add(subparsers, "search", "find passages", commands.search)
    _add_questions(search, "QUERY")
    search.add_argument("-k", type=_passages, default=10, metavar="N", help="how many passages")

    _add(subparsers, "status", "show what the library holds", commands.status)
    doctor = _add(subparsers, "doctor", "check this machine and the data folder", commands.doctor)
    doctor.add_argument(
        "--repair", action="store_true", help="repair what is damaged; keeps the damaged files"
    )

    where = _add(
        subparsers, "paths", "show where files are, and what uninstalling leaves", locations.show
    )
    where.set_defaults(only_looks=True)

    backup = _add(
        subparsers, "backup", "copy library, chats and settings to one file", backup_commands.backup
    )
    backup.add_argument("file", type=_path, metavar="FILE")
    backup.add_argument(
        "--force", action="store_true", help="overwrite the file even if it is no backup"
    )
    restore = _add(
        subparsers,
        "restore",
        "replace library, chats and settings with a backup",
        backup_commands.restore,
    )
    restore.add_argument("file", type=_path, metavar="FILE")
    restore.add_argument(
        "--accept-settings",
        action="store_true",
        help="also restore settings that lower your protection here",
    )

    # These need the library: the window runs them while it is open.
    for name in subparsers.choices:
        if name in BESIDE_THE_WINDOW:
            subparsers.choices[name].set_defaults(in_window=True)
    chat_commands.add_chats(subparsers, _add)
    specialist_parser.add_specialists(subparsers, _add, _path)
    specialist_parser.add_tables(subparsers, _add, _path)

    models = subparsers.add_parser("models", help="list, add, get or remove models")
    _add_common(models, default=False)
    actions = models.add_subparsers(metavar="ACTION", required=True)
    _add(actions, "list", "list installed models and those to download", commands.models_list)
    add = _add(actions, "add", "add a GGUF file that you have", commands.models_add)
    add.add_argument("path", type=_path, metavar="PATH")
    get = _add(actions, "get", "download a model of the catalogue", commands.models_get)
    get.add_argument("id", metavar="ID")
    get.set_defaults(reaches_out=True)
    remove = _add(actions, "remove", "delete a model from this machine", commands.models_remove)
    remove.add_argument("id", metavar="ID")
    own = _add(
        actions, "settings", "show or change what holds for one model", model_commands.settings
    )
    own.add_argument("id", metavar="ID")
    own.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"change one of {', '.join(model_commands.NAMES)}; NAME= takes a change back",
    )
    own.add_argument("--reset", action="store_true", help="take all changes back")
    own.set_defaults(in_window=True, word="models")
    roles = _add(
        actions, "roles", "show or change which model does which job", model_commands.roles
    )
    roles.add_argument("role", nargs="?", choices=[role.value for role in ModelRole])
    roles.add_argument("model", nargs="?", metavar="MODEL", help="the id of the model to do it")
    roles.add_argument(
        "--reset", action="store_true", help="take the choice back; without ROLE, all"
    )
    roles.set_defaults(in_window=True, word="models")
    _add_privacy(subparsers)
    update = subparsers.add_parser("update", help="look for a later version")
    actions = update.add_subparsers(metavar="ACTION", required=True)
    look = _add(
        actions,
        "check",
        "ask once whether there is one; nothing is installed",
        update_commands.check,
    )
    look.set_defaults(reaches_out=True)
    return parser


_Subparsers = argparse._SubParsersAction  # noqa: SLF001  # argparse does not name its type


def _add(
    subparsers: _Subparsers[argparse.ArgumentParser],
    name: str,
    summary: str,
    command: Callable[[argparse.Namespace, Paths, Console], int],
) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
    _add_common(parser, default=False)
    parser.set_defaults(command=command, word=name)
    return parser


def _add_privacy(subparsers: _Subparsers[argparse.ArgumentParser]) -> None:
    privacy = _add(
        subparsers, "privacy", "show what may leave this computer", privacy_commands.state
    )
    actions = privacy.add_subparsers(metavar="ACTION")
    _add(actions, "log", "show what left this computer", privacy_commands.log)
    export = _add(actions, "export", "write that to a file", privacy_commands.export)
    export.add_argument("file", type=_path, metavar="FILE")
    check = _add(
        actions, "check", "show that no process can reach the network", privacy_commands.check
    )
    check.set_defaults(reaches_out=True)


def _add_common(parser: argparse.ArgumentParser, *, default: bool) -> None:
    """Adds the options that every command takes, before or after its name."""
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


def _add_questions(parser: argparse.ArgumentParser, metavar: str) -> None:
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("text", nargs="?", metavar=metavar)
    group.add_argument(
        "--batch",
        type=_path,
        metavar="FILE.jsonl",
        help='read {"id", "question"} from each line and write one result per line',
    )


def _path(text: str) -> Path:
    path = Path(text)
    try:
        path.expanduser().absolute()
    except RuntimeError:
        raise argparse.ArgumentTypeError(f"{text}: there is no such home folder") from None
    except OSError:
        raise argparse.ArgumentTypeError(
            f"{text}: the folder that you are in is gone; give the full path"
        ) from None
    return path


def _passages(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100:  # the message names these limits
        raise argparse.ArgumentTypeError("must be from 1 to 100")
    return number
