"""Saves what can be saved of settings that were damaged, and never lets them protect less.

Settings are kept twice: the file, and a copy of what it was after the last change. A checksum in
both tells a file that is as Studiolo wrote it from one that is not. Of one that is not, each field
is looked at by itself; what cannot be read comes from the copy, and of what protects, the safer of
both is taken. Without a good copy nobody knows what the protections were: then nothing leaves and
nothing new is read until the person has looked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from app.errors import DataTooNew
from app.settings.fields import VERSION, Collection, Settings
from app.settings.file import SettingsUnreadable, is_plain, object_of, read_settings, vouched
from app.settings.protections import PROTECTIONS, merged
from app.user_messages import UserMessage

_LOST_PROTECTIONS = frozenset(("collections", "own_words", "left_out", "proxy"))
"""Protections of which the usual value is not the strictest one."""
_UNNAMED = "Unnamed"
_FIGURES = frozenset(("input_price", "output_price", "context_tokens"))
"""Fields of a provider that a table has as well, and that decide nothing about what may leave."""
_ALL = tuple(name for name in Settings.model_fields if name != "version")


@dataclass(frozen=True, slots=True)
class Recovered:
    """What holds after a file of settings was damaged, or changed by somebody else.

    Attributes:
        settings: what holds now.
        unread: fields that could not be read; all of them where the file holds no settings.
        held: fields that are stricter than the file has them, since the copy has them so.
        from_copy: there was a good copy, so that what could not be read is not lost.
        shut: asking outside is off and indexing paused, since protections may be lost.
        kept: the name of the file that holds the bytes that were found; "" for none.
    """

    settings: Settings
    unread: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    from_copy: bool = False
    shut: bool = False
    kept: str = ""

    @property
    def needs_a_word(self) -> bool:
        """Whether the settings are not simply what the file says."""
        return bool(self.unread or self.held or self.shut)

    @property
    def message(self) -> UserMessage:
        """What happened and what to do, for the person."""
        sentences, advice = [], []
        if self.unread:
            sentences.append(self._about_unread())
        if self.held:
            sentences.append(
                "The settings were changed outside Studiolo. What would protect less was not taken "
                f"over: {_titles(self.held)}."
            )
            advice.append(
                "Change that in Settings; or in the file, where you delete its checksum as well."
            )
        if self.shut:
            sentences.append(
                "What protects your documents may be lost: asking larger models outside is "
                "switched off, and indexing is paused."
            )
            advice.append("Look at all settings, and switch on again what you want.")
        if self.kept:
            advice.append(f"The file as it was is kept as {self.kept}.")
        return UserMessage(" ".join(sentences), " ".join(advice))

    def _about_unread(self) -> str:
        if self.unread == _ALL:
            now = "they are as they were before" if self.from_copy else "the usual ones hold now"
            return f"The settings could not be read; {now}."
        now = "are as they were before" if self.from_copy else "were set back"
        return f"Some settings could not be read and {now}: {_titles(self.unread)}."


def recover(raw: bytes | None, copy: bytes | None) -> Recovered:
    """Makes settings from the bytes of a file that is not sound, and those of the copy.

    Args:
        raw: of the file; None if it is missing.
        copy: of the copy; None if it is missing.
    """
    last = _last(copy)
    values = None if raw is None else _object(raw)
    if values is None:
        return Recovered(last, _ALL, from_copy=True) if last else _shut(Settings(), _ALL)
    mark = vouched(values)
    meant = mark is None  # somebody took it out, or the file is from before there was one
    read, unread = _read(values)
    if last is None:
        settings = Settings.model_validate(read)
        if mark is False or not _LOST_PROTECTIONS.isdisjoint(unread):
            return _shut(settings, unread)
        return Recovered(settings, unread)
    whole = {name: value for name, value in read.items() if name not in unread}
    theirs = Settings.model_validate({**last.model_dump(), **whole})
    settings = theirs if meant else merged(last, theirs)
    held = tuple(n for n in PROTECTIONS if getattr(settings, n) != getattr(theirs, n))
    return Recovered(settings, unread, held, from_copy=True)


def _shut(settings: Settings, unread: tuple[str, ...]) -> Recovered:
    """Lets nothing leave and nothing new be read: nobody knows what the protections were."""
    shut = settings.model_copy(update={"cloud_enabled": False, "indexing_paused": True})
    return Recovered(shut, unread, shut=True)


def _last(copy: bytes | None) -> Settings | None:
    """Returns the settings of the copy; None where it is not as it was written."""
    values = None if copy is None else _object(copy)
    if copy is None or values is None or not vouched(values):
        return None
    try:
        return read_settings(copy)
    except (SettingsUnreadable, DataTooNew):
        return None


def _object(raw: bytes) -> dict[str, Any] | None:
    for errors in ("strict", "surrogateescape"):  # of another encoding: what is ASCII can be read
        try:
            return object_of(raw, errors)
        except SettingsUnreadable:
            continue
    return None


def _read(values: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Returns what can be read of each field, and the fields that are bad in part or whole."""
    read: dict[str, Any] = {"version": VERSION}
    unread = []
    for name in _ALL:
        if name not in values:
            continue
        value = values[name]
        if _is_valid(name, value):
            read[name] = value
            continue
        unread.append(name)
        if isinstance(value, list):
            parts = [part for entry in value for part in _part(name, entry)]
            if _is_valid(name, parts):
                read[name] = parts
    return read, tuple(unread)


def _part(name: str, value: object) -> list[object]:
    """Reads an entry of a list as far as it goes; returns no entry or one."""
    if _is_valid(name, [value]):
        return [value]
    if name == "collections" and isinstance(value, dict):
        return [_collection(value).model_dump()]
    if name == "cloud_providers" and isinstance(value, dict):
        rest = {field: entry for field, entry in value.items() if field not in _FIGURES}
        return [rest] if _is_valid(name, [rest]) else []
    if name == "per_model" and isinstance(value, dict):
        model = {"model": value.get("model")}
        sound = {
            field: entry
            for field, entry in value.items()
            if _is_valid(name, [{**model, field: entry}])
        }
        return [sound] if _is_valid(name, [sound]) else []
    return []


def _collection(values: Mapping[str, Any]) -> Collection:
    """Reads what it can of a collection, which never leaves unless it clearly says it may."""
    name, folders = values.get("name"), values.get("folders")
    return Collection(
        name=name if _is_valid("collections", [{"name": name}]) else _UNNAMED,
        folders=_plain_texts(folders) if isinstance(folders, list) else (),
        local_only=values.get("local_only", False) is not False,
    )


def _plain_texts(values: Iterable[object]) -> tuple[str, ...]:
    return tuple(value for value in values if isinstance(value, str) and is_plain(value))


def _is_valid(name: str, value: object) -> bool:
    if not is_plain(value):
        return False
    try:
        Settings.model_validate({name: value})
    except (ValidationError, RecursionError):
        return False
    return True


def _titles(names: Iterable[str]) -> str:
    return ", ".join(str(Settings.model_fields[name].title) for name in names)
