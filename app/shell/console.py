"""Prints a shell command's output: text for people, or JSON for programs.

Names of files, documents and models can contain terminal control sequences, so all output goes
through `rag.text.plain.visible`.
"""

from __future__ import annotations

import json
import re
import sys
import time
from typing import Protocol

import msgspec

from app.user_messages import UserMessage
from rag.text.plain import JOINERS, UNSEEN, visible

_TERMINAL_SECONDS = 0.1
_PIPE_SECONDS = 5.0
_CLEAR = "\r\x1b[K"
_REACH = 16  # characters before a joiner that can affect how it is shown


class ErrorText(msgspec.Struct, frozen=True):
    """An error for programs."""

    message: str
    advice: str


class ErrorOutput(msgspec.Struct, frozen=True):
    """The output of `--json` if the command failed."""

    error: ErrorText


class Printer(Protocol):
    """A text stream. `sys.stdout` is one."""

    def write(self, text: str, /) -> object:
        """Writes text."""
        ...

    def flush(self) -> None:
        """Flushes written text."""
        ...

    def isatty(self) -> bool:
        """Tells whether the stream is a terminal."""
        ...


class Console:
    """Standard output for results, standard error for everything else.

    Args:
        as_json: results are JSON, and text for people is left out of standard output.
        output: replaces standard output.
        notes: replaces standard error.
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
        self._last_progress = 0.0
        self._open_line = False
        self._shown = ""  # the end of the running text that was printed
        self._before = ""  # the same, with joiners that wait for the next character

    def result(self, value: object) -> None:
        """Prints a result as one line of JSON, with invisible characters escaped."""
        self._end_line()
        text = json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"))
        self._write(UNSEEN.sub(_escaped, text) + "\n")

    def say(self, line: str = "") -> None:
        """Prints a line for people; nothing with `--json`."""
        self.tell(visible(line) + "\n")

    def tell(self, text: str) -> None:
        """Prints streamed text with its own line breaks; nothing with `--json`."""
        if self.as_json:
            return
        self._end_line()
        running = self._before + text
        ready = running.rstrip(JOINERS)  # a joiner's effect depends on the next character
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
        """Asks the person; returns the line that they type, "" for none."""
        self._end_line()
        self._write(f"{question} ")
        return sys.stdin.readline().strip()

    def progress(self, text: str) -> None:
        """Shows progress: in a terminal on a line that changes, else as a line now and then."""
        now = time.monotonic()
        if now - self._last_progress < (_TERMINAL_SECONDS if self._terminal else _PIPE_SECONDS):
            return
        self._last_progress = now
        text = visible(text)
        self._notes.write(f"{_CLEAR}{text[:100]}" if self._terminal else f"{text}\n")
        self._notes.flush()
        self._open_line = self._terminal

    def error(self, message: UserMessage) -> None:
        """Prints what went wrong and what to do next."""
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


def _escaped(match: re.Match[str]) -> str:
    """Returns a character as JSON spells it in ASCII."""
    return json.dumps(match.group())[1:-1]
