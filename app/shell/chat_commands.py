"""`studiolo chats`: lists the chats, and shows or changes what holds for one chat only."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeAlias

from msgspec import Struct, structs

from app.chats.chat_settings import USUAL, ChatSettings
from app.chats.store import ChatStore
from app.errors import NoSuchChat
from app.paths import Paths
from app.services import Services
from app.settings.fields import ModelSettings
from app.shell.console import Console
from app.shell.model_commands import changed
from app.shell.session import opened

NAMES = ChatSettings.__struct_fields__
# argparse does not name its type.
_Subparsers: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001


class ChatOutput(Struct, frozen=True):
    """A chat in the output of `studiolo chats list`. `used` in ISO 8601, local time."""

    id: int
    title: str
    turns: int
    used: str
    collection: str


class ChatsOutput(Struct, frozen=True):
    """The output of `studiolo chats list`, the newest first."""

    chats: tuple[ChatOutput, ...]


class ChatSettingsOutput(Struct, frozen=True):
    """The output of `studiolo chats settings`. `settings` has those that hold for it only."""

    id: int
    settings: Mapping[str, int | float | str]


def add_chats(subparsers: _Subparsers, add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds `chats` and its actions; `add` adds a parser: of an action, name, summary, command."""
    root = add(subparsers, "chats", "list the chats, and set what holds for one", list_all)
    actions = root.add_subparsers(metavar="ACTION")
    listed = add(actions, "list", "list the chats with their ids", list_all)
    own = add(actions, "settings", "show or change what holds for one chat", settings)
    own.add_argument("id", type=int, metavar="ID", help="as the list of chats shows it")
    own.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"change one of {', '.join(NAMES)}; NAME= takes a change back",
    )
    own.add_argument("--reset", action="store_true", help="take all changes back")
    for parser in (root, listed, own):
        parser.set_defaults(in_window=True, word="chats")


def list_all(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Lists the chats, the newest first."""
    with opened(options, paths) as services:
        chats = _chats(services).chats()
    rows = [
        ChatOutput(
            chat.id,
            chat.title,
            chat.turns,
            datetime.fromtimestamp(chat.updated_at).astimezone().isoformat(timespec="minutes"),
            chat.collection,
        )
        for chat in chats
    ]
    if console.as_json:
        console.result(ChatsOutput(tuple(rows)))
        return 0
    for row in rows:
        console.say(f"{row.id:>5}  {row.used[:16].replace('T', ' ')}  {row.title}")
    return 0


def settings(options: argparse.Namespace, paths: Paths, console: Console) -> int:
    """Shows, changes or resets what holds for one chat only."""
    with opened(options, paths) as services:
        own = _settings_of(_chats(services), options.id)
        if options.reset:
            own = USUAL
        if options.set:
            # One set of ranges and messages for models and chats.
            as_model = ModelSettings(model="-", **structs.asdict(own))
            values = changed(as_model, options.set, NAMES).model_dump(include=set(NAMES))
            own = ChatSettings(**values)
        if options.reset or options.set:
            services.chats.set_settings(options.id, own)
    values = {name: value for name, value in structs.asdict(own).items() if value not in (None, "")}
    if console.as_json:
        console.result(ChatSettingsOutput(options.id, values))
        return 0
    for name in NAMES:
        console.say(f"{name:<16}{values.get(name, 'as for the model')}")
    return 0


def _chats(services: Services) -> ChatStore:
    """Returns the chats; raises why they could not be opened."""
    if services.opened_chats.fault is not None:
        raise services.opened_chats.fault
    return services.chats


def _settings_of(chats: ChatStore, chat_id: int) -> ChatSettings:
    if all(chat.id != chat_id for chat in chats.chats()):
        raise NoSuchChat(
            f"There is no chat with the id {chat_id}.", "Its id is in the list of chats."
        )
    return chats.settings(chat_id)
