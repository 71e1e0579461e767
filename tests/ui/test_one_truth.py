"""Window, shell, JSON and the kept chat say the same of an answer, however it ends.

The figure for 500: ``pytest -m slow tests/ui/test_one_truth.py -s``.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.chats.store import ChatStore, Turn
from app.conversation import Conversation, Question
from app.errors import Cancelled
from app.jobs import CancelToken
from app.paths import Paths
from app.shell import commands
from app.shell.cli import _failed
from app.shell.console import Console
from app.user_messages import describe
from tests.endings import Play, World, plays
from tests.ui.drawings import drawn
from ui.chat.answer_text import AnswerSection
from ui.chat.source_card import QuoteText, SourceCard
from ui.chat.turn_view import TurnView
from ui.elided import ElidedLabel

pytestmark = pytest.mark.on_one_thread

# What gives an answer its form, and what is left of it when it is drawn.
_FORMS = tuple(
    (re.compile(form, re.MULTILINE), shown)
    for form, shown in (
        (r"^```sql\n(.*)\n```$", r"\1"),
        (r"^\|(?: --- \|)+$", ""),
        (r"^\| (.*) \|$", lambda row: row[1].replace(" | ", " ")),
        (r"^((?:- |  )?)\*([^*\n]+)\*(?=:|$)", r"\1\2"),
        (r"^- ", ""),
        (r"\*\*(\S[^*\n]*?(?<=\S))\*\*", r"\1"),
        (r"`([^`\n]+)`(?=[:,])", r"\1"),
    )
)
_ENDS = (
    *("quoted", "quoted cut", "quoted dropped_markers", "computed", "listed"),
    *("abstained", "unmentioned", "stopped with text", "stopped without text", "no answer"),
)
_ENDED = ("It was stopped.", "Stopped.")


@dataclass(frozen=True)
class Said:
    """What someone is told in the end.

    Attributes:
        text: the words of the answer, without what only makes its form.
        sources: number, place and quote of each.
        nearest: the places of passages that come closest.
        sentences: of the program's own.
        error: that there is no answer at all, and why.
    """

    text: str = ""
    sources: tuple[tuple[int, str, str], ...] = ()
    nearest: tuple[str, ...] = ()
    sentences: str = ""
    error: str = ""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("world"))
    yield made
    made.close()


def words(text: str) -> str:
    """A printed text without what gives it its form, which the window shows as form."""
    for form, shown in _FORMS:
        text = form.sub(shown, text)
    return " ".join(text.split())


def _shell(
    world: World, play: Play, folder: Path, monkeypatch: pytest.MonkeyPatch, *, as_json: bool
) -> tuple[str, str]:
    """What `studiolo ask` prints on standard output and standard error."""
    token = CancelToken()
    services = world.services(play, token, folder)

    @contextlib.contextmanager
    def given(*_: object) -> Iterator[Any]:
        yield services.answers

    def stopping(_: object) -> contextlib.nullcontext[CancelToken]:
        return contextlib.nullcontext(token)

    monkeypatch.setattr(commands, "_answers", given)
    monkeypatch.setattr(commands, "stopping", stopping)
    options = argparse.Namespace(document=None, model=None, k=None, batch=None, text=play.question)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        console = Console(as_json=as_json)
        try:
            commands.ask(options, Paths(folder, folder), console)
        except Exception as error:  # noqa: BLE001  # told as `app.shell.cli` tells it
            with contextlib.suppress(KeyboardInterrupt):
                _failed(error, console)
    return out.getvalue(), err.getvalue()


def of_shell(out: str, err: str) -> Said:
    """Reads what the shell printed."""
    if not out:
        return Said(error=err.strip().splitlines()[-1] if err.strip() else "stopped")
    head, _, rest = out.partition("\n\nSources\n")
    rest, _, near = (rest or head).partition("\nThe nearest passages\n")
    sources = re.findall(r"^\[(\d+)\] (.*)\n    “(.*)”$", rest, re.MULTILINE)
    told = rest.rsplit("”\n", 1)[-1] if sources else ""
    if not sources:
        head, told = _parted(head.partition("\nThe nearest passages\n")[0])
    places = re.findall(r"^  · (.*?): ", near, re.MULTILINE)
    return Said(
        words(head),
        tuple((int(n), place, quote) for n, place, quote in sources),
        tuple(places),
        " ".join(told.split()),
    )


def _parted(out: str) -> tuple[str, str]:
    """Text and sentences of an answer without sources."""
    lines = out.strip("\n").split("\n")
    if lines[0].startswith("Your documents do not say."):
        return "", "\n".join(lines)
    sentences = [line for line in lines if line in _ENDED or "unfounded" in line]
    return "\n".join(line for line in lines if line not in sentences), "\n".join(sentences)


def of_json(out: str) -> Said:
    """Reads what `--json` printed."""
    told = json.loads(out)
    if "error" in told:
        return Said(error=f"{told['error']['message']} {told['error']['advice']}".strip())
    named = [_place(one) for one in told["citations"]]
    return Said(
        "" if told["abstained"] else words(told["answer"]),
        tuple(
            (one["n"], place, " ".join(one["quote"].split()))
            for one, place in zip(told["citations"], named, strict=True)
        ),
        tuple(map(_place, told.get("nearest", ()))),
        " ".join(told.get("sentences", ())),
    )


def _place(source: dict[str, Any]) -> str:
    return ", ".join(part for part in (Path(source["path"]).name, source["locator"]) if part)


def of_window(view: TurnView) -> Said:
    """Reads what stands on the screen."""
    cards = _seen(view, SourceCard)
    cited = [card for card in cards if card.accessibleName().startswith("Source ")]
    near = [card for card in cards if card not in cited]
    sentences = [label.text() for label in _seen(view, QLabel) if _tells(label)]
    footers = [label for label in _seen(view, ElidedLabel) if " · " in label.whole]
    sentences += [one for label in footers for one in [label.accessibleDescription()] if one]
    errors = [box for box in _seen(view, QWidget) if box.property("kind") == "error"]
    if errors:
        assert not cards
        assert not any(map(drawn, _seen(view, AnswerSection)))
        return Said(error=errors[0].accessibleName())
    return Said(
        " ".join(" ".join(map(drawn, _seen(view, AnswerSection))).split()),
        tuple(
            (int(name.split()[1][:-1]), name.partition(": ")[2], _quote(card))
            for card in cited
            for name in [card.accessibleName()]
        ),
        tuple(card.accessibleName().partition(": ")[2] for card in near),
        " ".join(sentences),
    )


def _seen(view: TurnView, kind: type[Any]) -> list[Any]:
    return [one for one in view.findChildren(kind) if one.isVisibleTo(view)]


def _tells(label: QLabel) -> bool:
    """Whether a label holds a sentence about the answer."""
    inside = label.parentWidget()
    is_info = inside is not None and inside.property("kind") == "info"
    is_doubt = inside is not None and label is _view_of(label)._doubt_words
    return bool(label.text()) and (is_info or is_doubt)


def _view_of(widget: QWidget) -> TurnView:
    above: QWidget | None = widget
    while not isinstance(above, TurnView):
        assert above is not None
        above = above.parentWidget()
    return above


def _quote(card: SourceCard) -> str:
    (excerpt,) = card.findChildren(QuoteText)
    return str(excerpt._words).removeprefix("“").removesuffix("”")


def _window(world: World, play: Play, folder: Path, chats: ChatStore, view: TurnView) -> Turn:
    """Asks as the window does; returns the turn as it is kept."""
    token = CancelToken()
    services = world.services(play, token, folder)
    services.chats = chats
    chat = chats.create("Chat")
    view.start()
    try:
        conversation, question = Conversation(services), Question(play.question)
        asked = conversation.keep(question, chat.id).turn
        view.keep(conversation.answer(question, asked, view.on_event, token))
    except Cancelled:
        view.show_stopped()
    except Exception as error:  # noqa: BLE001  # told as the bridge tells it
        view.fail(describe(error))
    (turn,) = chats.turns(chat.id)
    return turn


def _kept(turn: Turn) -> TurnView:
    view = TurnView(turn.question)
    if turn.answer is None:
        view.show_unanswered()
    else:
        view.finish(turn.answer)
    return view


def differences(
    world: World, play: Play, folder: Path, chats: ChatStore, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, dict[str, Said]]:
    """How the answer ended; and what each of them says, if they do not all say the same."""
    for name in ("shell", "json", "window"):
        (folder / name).mkdir(parents=True)
    view = TurnView(play.question)
    turn = _window(world, play, folder / "window", chats, view)
    kept = _kept(turn)
    out, err = _shell(world, play, folder / "shell", monkeypatch, as_json=False)
    shell = of_shell(out, err)
    as_json = of_json(_shell(world, play, folder / "json", monkeypatch, as_json=True)[0])
    window, again = of_window(view), of_window(kept)
    for one in (view, kept):
        one.deleteLater()
    said = {"shell": shell, "json": as_json, "window": window, "kept chat": again}
    if shell.error and turn.answer is None:  # why there is none is told once, and not kept
        assert again == Said()
        del said["kept chat"]
    return _end(turn), {} if len(set(said.values())) == 1 else said


def _end(turn: Turn) -> str:
    """How an answer really ended, whatever the play wanted."""
    answer = turn.answer
    if answer is None:
        return "no answer"
    if answer.stopped:
        return "stopped with text" if answer.text else "stopped without text"
    if answer.abstained:
        return "unmentioned" if answer.unmentioned else "abstained"
    special = [name for name in ("cut", "dropped_markers") if getattr(answer, name)]
    kind = "quoted" if answer.model else "listed"
    return " ".join(["computed" if "```sql" in answer.text else kind, *special])


def _compare(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> tuple[Counter[str], list[tuple[Play, dict[str, Said]]]]:
    chats = ChatStore(folder / "chats.sqlite")
    ends: Counter[str] = Counter()
    wrong: list[tuple[Play, dict[str, Said]]] = []
    try:
        for number, play in enumerate(plays(count)):
            end, said = differences(world, play, folder / str(number), chats, monkeypatch)
            ends[end] += 1
            if said:
                wrong.append((play, said))
    finally:
        chats.close()
    return ends, wrong


def _check(world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    ends, wrong = _compare(world, folder, monkeypatch, count)
    print(f"\nanswers that differ: {len(wrong)} of {count}; ends: {dict(ends)}")
    assert set(ends) >= set(_ENDS)
    assert not wrong, "\n".join(
        f"{play}\n" + "\n".join(f"  {who}: {what}" for who, what in said.items())
        for play, said in wrong[:3]
    )


def test_window_shell_json_and_kept_chat_say_the_same(
    qtbot: QtBot, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _check(world, tmp_path, monkeypatch, 54)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_they_say_the_same_of_500(
    qtbot: QtBot, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _check(world, tmp_path, monkeypatch, 500)
