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

from app import __version__
from app.data_folder.exchange import finish_cut_off
from app.errors import KNOWN_ERRORS
from app.paths import Paths, leave_lost_folder
from app.settings.store import SettingsStore
from app.shell import backup_commands, commands, locations, privacy_commands
from app.shell.console import Console
from app.shell.link import BESIDE_THE_WINDOW, Command, Reach
from app.user_messages import describe
from rag.text.plain import visible

INTERRUPTED = 130
InWindow = Callable[[Path], int | None]
"""Has the window on a data folder run this command line; gives None if no window is open."""


def main(arguments: Sequence[str] | None = None, reach: Reach | None = None) -> int:
    """Runs one command. Returns the exit status.

    Args:
        arguments: the command line; by default that of this process.
        reach: the way to the window that may be open on the same data folder; None for none.
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
        # Whoever read the output has gone; Python would complain once more while it ends.
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def stopped(console: Console) -> int:
    """Says that the person stopped a command. Returns its exit status."""
    console.note("Stopped. What was done so far is kept.")
    return INTERRUPTED


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of a command line.

    Raises:
        SystemExit: it is wrong, or asks for help; this was printed.
    """
    options = _parser().parse_args(arguments)
    if getattr(options, "repair", False):
        options.beside = False  # it has the data folder to itself
    return options


def obey(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Runs the command of `options`; errors are told on `console`. Returns the exit status.

    Raises:
        KeyboardInterrupt: the person stopped it.
    """
    command: Callable[[argparse.Namespace, Paths, Console], int] = options.command
    try:
        return command(options, paths, console)
    except Exception as error:  # noqa: BLE001  # told in plain words; a bug's details go to the log
        return _failed(error, console)


def _run(options: argparse.Namespace, console: Console, in_window: InWindow) -> int:
    from app.privacy.seal import seal
    from app.private_data import owner_only

    if options.reaches_out:
        from app.privacy.egress.client import Launcher

        options.launcher = Launcher()
        options.launcher.start()
    seal()
    umask_back = owner_only()
    try:
        paths = Paths.resolve(options.data_dir)
        if options.only_looks:
            return obey(options, paths, console)
        if options.beside:
            return _take_turns(options, paths, console, in_window)
        return _work(options, paths, console)
    except Exception as error:  # noqa: BLE001  # told in plain words; a bug's details go to the log
        return _failed(error, console)
    finally:
        umask_back()
        _tell_refused(console)


def _take_turns(
    options: argparse.Namespace, paths: Paths, console: Console, in_window: InWindow
) -> int:
    """Has the open window do the work, or does it here once no other command does some."""
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
        _tell_recovered(options, paths, console)
        return obey(options, paths, console)
    finally:
        end_log()


def _in_window(reach: Reach | None, words: Sequence[str], word: str) -> InWindow:
    def ask(folder: Path) -> int | None:
        if reach is None:
            return None
        arguments = tuple(map(os.fsencode, words))
        terminal = sys.stderr.isatty()
        return reach(folder, Command(__version__, arguments, _here(), terminal, word))

    return ask


def _here() -> bytes:
    """The folder that relative paths start from; one that was deleted holds nothing."""
    try:
        return os.fsencode(Path.cwd())
    except OSError:
        return os.fsencode(Path(os.devnull).absolute())


def _tell_recovered(options: argparse.Namespace, paths: Paths, console: Console) -> None:
    """Says once what became of settings that were damaged: the next start finds them mended.

    What cannot be opened at all is told by the command, if it needs it.
    """
    if getattr(options, "repair", False):
        return  # it tells by itself
    with contextlib.suppress(*KNOWN_ERRORS):
        finish_cut_off(paths)
        if (recovered := SettingsStore(paths.settings).recovered) is not None:
            console.note(recovered.message.words)


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
    parser.set_defaults(reaches_out=False, only_looks=False, beside=False, host=None)
    found = parser.add_subparsers(metavar="COMMAND", required=True)

    index = _add(found, "index", "bring files and folders into the library", commands.index)
    index.add_argument("paths", nargs="+", type=_path, metavar="PATH")
    index.add_argument(
        "--follow",
        action="append",
        default=[],
        type=_path,
        metavar="LINK",
        help="read a link that leads out of its folder as well, now and later",
    )
    index.add_argument(
        "--leave-out",
        action="append",
        default=[],
        type=_path,
        metavar="LINK",
        help="follow a link no longer",
    )

    remove = _add(found, "remove", "take files out of the library", commands.remove)
    remove.add_argument("path", type=_path, metavar="PATH")
    remove.add_argument(
        "--also-in-chats",
        action="store_true",
        help="also remove answers that were made from them, and what was sent of them",
    )

    ask = _add(found, "ask", "answer a question from the library", commands.ask)
    _add_questions(ask, "QUESTION")
    ask.add_argument("--model", metavar="ID", help="the model that answers")
    ask.add_argument(
        "--document", type=_path, metavar="FILE", help="the one document that it is about"
    )
    ask.add_argument("-k", type=_passages, metavar="N", help="how many passages it reads")

    search = _add(found, "search", "find passages", commands.search)
    _add_questions(search, "QUERY")
    search.add_argument("-k", type=_passages, default=10, metavar="N", help="how many")

    _add(found, "status", "show what the library holds", commands.status)
    doctor = _add(found, "doctor", "check this machine and the data folder", commands.doctor)
    doctor.add_argument("--repair", action="store_true", help="mend what is damaged; loses nothing")

    where = _add(
        found, "paths", "show what lies where, and what uninstalling leaves", locations.show
    )
    where.set_defaults(only_looks=True)

    backup = _add(
        found, "backup", "copy library, chats and settings to one file", backup_commands.backup
    )
    backup.add_argument("file", type=_path, metavar="FILE")
    backup.add_argument("--force", action="store_true", help="write over a file that is no backup")
    restore = _add(found, "restore", "put a backup in their place", backup_commands.restore)
    restore.add_argument("file", type=_path, metavar="FILE")
    restore.add_argument(
        "--accept-settings",
        action="store_true",
        help="take over what lowers the protection that holds here, too",
    )

    # These need the library: the window runs them while it is open.
    for name in BESIDE_THE_WINDOW:
        found.choices[name].set_defaults(beside=True)

    models = found.add_parser("models", help="list, add, get or remove models")
    _add_common(models, default=False)
    actions = models.add_subparsers(metavar="ACTION", required=True)
    _add(actions, "list", "models here, and those that can be had", commands.models_list)
    add = _add(actions, "add", "add a GGUF file that you have", commands.models_add)
    add.add_argument("path", type=_path, metavar="PATH")
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
    parser.set_defaults(command=command, word=name)
    return parser


def _add_privacy(found: _Subparsers[argparse.ArgumentParser]) -> None:
    privacy = _add(found, "privacy", "show what may leave this computer", privacy_commands.state)
    actions = privacy.add_subparsers(metavar="ACTION")
    _add(actions, "log", "show what left this computer", privacy_commands.log)
    export = _add(actions, "export", "write that to a file", privacy_commands.export)
    export.add_argument("file", type=_path, metavar="FILE")
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
        type=_path,
        metavar="FILE.jsonl",
        help='read {"id", "question"} from each line and write one result to a line',
    )


def _path(text: str) -> Path:
    path = Path(text)
    try:
        path.expanduser().absolute()
    except RuntimeError:
        raise argparse.ArgumentTypeError(f"{text}: there is no such home folder") from None
    except OSError:
        raise argparse.ArgumentTypeError(
            f"{text}: the folder that you are in is gone; give the whole path"
        ) from None
    return path


def _passages(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100:  # said in the message
        raise argparse.ArgumentTypeError("must be from 1 to 100")
    return number
