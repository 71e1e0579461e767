"""What a shell command prints: for people, or JSON for programs.

Names of files, documents and models can hold anything, also what a terminal would obey. All that is
printed goes through `rag.text.visible.visible`.
"""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Protocol

import msgspec

from app.user_messages import UserMessage
from rag.text.visible import JOINERS, UNSEEN, visible

_TERMINAL_SECONDS = 0.1
_PIPE_SECONDS = 5.0
_CLEAR = "\r\x1b[K"
_REACH = 16  # characters before a joiner that can matter to it


class ErrorText(msgspec.Struct, frozen=True):
    """A known error for programs."""

    message: str
    advice: str


class ErrorOutput(msgspec.Struct, frozen=True):
    """What `--json` prints instead of a result."""

    error: ErrorText


class Printer(Protocol):
    """A stream of text. `sys.stdout` is one."""

    def write(self, text: str, /) -> object:
        """Takes text."""
        ...

    def flush(self) -> None:
        """Passes on what it has."""
        ...

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        ...


class Console:
    """Standard output for results, standard error for everything else.

    Args:
        as_json: results are JSON, and people's words are left out of standard output.
        output: where results go; standard output if not given.
        notes: where everything else goes; standard error if not given.
        has_keyboard: whether answers can be read from standard input.
    """

    def __init__(
        self,
        *,
        as_json: bool,
        output: Printer | None = None,
        notes: Printer | None = None,
        has_keyboard: bool = True,
    ) -> None:
        self.as_json = as_json
        self._output: Printer = output or sys.stdout
        self._notes: Printer = notes or sys.stderr
        self._has_keyboard = has_keyboard
        self._terminal = self._notes.isatty()
        self._told = 0.0
        self._open_line = False
        self._shown = ""  # the end of the running text that was shown last
        self._before = ""  # the same, with what waits for what comes next

    def result(self, value: object) -> None:
        """Prints a result as one line of JSON; in its strings, what cannot be seen is escaped."""
        self._end_line()
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
        self._write(UNSEEN.sub(_escaped, text) + "\n")

    def say(self, line: str = "") -> None:
        """Prints a line for people; not with `--json`."""
        self.tell(visible(line) + "\n")

    def tell(self, text: str) -> None:
        """Prints running text, as it comes, with its own line breaks; not with `--json`."""
        if self.as_json:
            return
        self._end_line()
        running = self._before + text
        ready = running.rstrip(JOINERS)  # what one of these does is known when the next one is here
        shown = visible(ready, lines=True)[len(visible(self._shown, lines=True)) :]
        self._shown = ready[-_REACH:]
        self._before = self._shown + running[len(ready) :]
        self._write(shown)

    def note(self, text: str) -> None:
        """Prints a sentence on standard error."""
        self._end_line()
        self._notes.write(visible(text) + "\n")
        self._notes.flush()

    @property
    def can_ask(self) -> bool:
        """Whether there is a person in front of the terminal."""
        if self.as_json or not self._has_keyboard:
            return False
        return sys.stdin is not None and sys.stdin.isatty()

    def ask(self, question: str) -> str:
        """The line that the person types as an answer; "" for none."""
        self._end_line()
        self._write(f"{question} ")
        return sys.stdin.readline().strip()

    def progress(self, text: str) -> None:
        """Shows how far it is: in a terminal a line that changes, else a line now and then."""
        now = time.monotonic()
        if now - self._told < (_TERMINAL_SECONDS if self._terminal else _PIPE_SECONDS):
            return
        self._told = now
        text = visible(text)
        self._notes.write(f"{_CLEAR}{text[:100]}" if self._terminal else f"{text}\n")
        self._notes.flush()
        self._open_line = self._terminal

    def error(self, message: UserMessage) -> None:
        """Says what went wrong and what to do next."""
        if self.as_json:
            self.result(ErrorOutput(ErrorText(message.message, message.shell_advice)))
        self.note(message.shell_words)

    def _write(self, text: str) -> None:
        self._output.write(text)
        self._output.flush()

    def _end_line(self) -> None:
        if self._open_line:
            self._notes.write(_CLEAR)
            self._notes.flush()
            self._open_line = False


def _escaped(found: re.Match[str]) -> str:
    """A character as JSON spells it in ASCII."""
    return json.dumps(found.group())[1:-1]
