"""The person's settings: typed, versioned, saved atomically and twice, never lost in silence."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from app.errors import DataFolderUnusable, DataTooNew, SettingsNotSaved
from app.private_data import write_private
from app.settings.file import (
    CHECKSUM,
    SettingsUnreadable,
    bytes_of,
    checksum_of,
    copy_of,
    is_plain,
    object_of,
)
from app.settings.hosts import host_of
from rag.indexing.rules import FollowedLink, Rules

if TYPE_CHECKING:
    from app.settings.recovery import Recovered

log = logging.getLogger(__name__)

VERSION = 1
_LIKE_A_CHECKSUM = 32  # characters


class ThemeChoice(StrEnum):
    """Light, dark, or what the system says."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Collection(BaseModel):
    """A named group of folders: a chat can be held to one. `folders` are absolute paths.

    What is in a `local_only` one never leaves this computer, whatever else is allowed.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(min_length=1, max_length=80)
    folders: tuple[str, ...] = ()
    local_only: bool = False


class ProviderKind(StrEnum):
    """The protocol that a provider of models speaks."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"


class CloudProvider(BaseModel):
    """Somebody outside who runs larger models; a server in the same house counts as outside.

    Attributes:
        name: what the person calls it; tells it from the others.
        base_url: where its API begins, such as ``https://api.openai.com/v1``.
        input_price, output_price: US dollars for a million tokens; None: as in the table of
            well-known models, if it is there.
        context_tokens: what fits into the model; 0: as in that table.
        ca_file: certificates (PEM) of a server of one's own; "" for the usual authorities.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    name: str = Field(min_length=1, max_length=80)
    kind: ProviderKind = ProviderKind.OPENAI
    base_url: str = Field(max_length=500)
    model: str = Field(min_length=1, max_length=200)
    input_price: float | None = Field(None, ge=0, le=1e6)
    output_price: float | None = Field(None, ge=0, le=1e6)
    context_tokens: int = Field(0, ge=0, le=100_000_000)
    ca_file: str = ""

    @field_validator("base_url")
    @classmethod
    def _is_an_https_address(cls, url: str) -> str:
        parts = urlsplit(url)
        plain = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>^`{|}')
        if not plain or parts.scheme != "https" or not parts.hostname:
            raise ValueError("The address must begin with https:// and name a server.")
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError("The address may hold no user name, '?' or '#'.")
        _ = parts.port  # raises where it is no number
        return url.rstrip("/")

    @property
    def host(self) -> str:
        """The server, with its port if the address names one."""
        return host_of(self.base_url)


class Settings(BaseModel):
    """Everything a person can set. `title` and `description` are shown on the settings page."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: int = VERSION
    theme: ThemeChoice = Field(
        ThemeChoice.SYSTEM, title="Appearance", description="Light, dark, or as the system."
    )
    model: str = Field(
        "",
        title="Language model",
        description="The model that writes answers. Empty means the best one on this machine.",
    )
    embedder: str = Field(
        "",
        title="Search model",
        description="The model that finds passages by their meaning. Empty means the usual one. "
        "With another one, the library is embedded anew in the background.",
    )
    reranker: str = Field(
        "",
        title="Reorder passages with",
        description="A model that reads the best passages again, together with the question. "
        "A search takes up to a second longer. Get one under More models.",
    )
    passages: int = Field(
        4,
        ge=1,
        le=20,
        title="Passages per answer",
        description="How many passages the model reads. More is slower and not always better.",
    )
    context_tokens: int = Field(
        4096,
        ge=1024,
        le=32768,
        title="Context window",
        description="Tokens that question, passages and answer may have together.",
    )
    answer_tokens: int = Field(
        512,
        ge=64,
        le=4096,
        title="Longest answer",
        description="Tokens after which an answer ends.",
    )
    threads: int = Field(
        0, ge=0, le=256, title="Processor threads", description="0 means as many as suit here."
    )
    gpu_layers: int = Field(
        -1,
        ge=-1,
        le=999,
        title="Layers on the graphics card",
        description="-1 means as many as fit; 0 means the processor only.",
    )
    watch_folders: bool = Field(
        True,
        title="Keep in step",
        description="Watch the folders of the library, and read what is new or changed.",
    )
    read_pictures: bool = Field(
        True,
        title="Read scans and images",
        description="Recognise the text in scanned pages and images. Takes seconds a page.",
    )
    hidden_files: bool = Field(
        False, title="Hidden files", description="Read hidden files and folders as well."
    )
    left_out: tuple[str, ...] = Field(
        (),
        title="Leave out",
        description="Patterns of files and folders to leave out, one a line, as in .gitignore.",
    )
    largest_mb: int = Field(
        0,
        ge=0,
        le=100_000,
        title="Largest file",
        description="Files above so many megabytes are left out. 0 means no limit of your own.",
    )
    followed_links: tuple[FollowedLink, ...] = Field(
        (),
        title="Links that are followed",
        description="Links that are read although they lead out of their folder.",
    )
    collections: tuple[Collection, ...] = Field(
        (), title="Collections", description="Named groups of folders; a chat can be held to one."
    )
    cloud_enabled: bool = Field(
        False,
        title="Ask larger models outside",
        description="Off: never. On: an answer offers it, and you see and decide all that is sent.",
    )
    cloud_providers: tuple[CloudProvider, ...] = Field(
        (), title="Providers", description="Who may be asked, and which model of theirs."
    )
    own_words: tuple[str, ...] = Field(
        (),
        title="Words to hide",
        description="Names and words of your own that are hidden before anything is sent.",
    )
    indexing_paused: bool = Field(
        False,
        title="Indexing paused",
        description="Indexing waits until it is resumed, also after a restart.",
    )
    proxy: str = Field(
        "",
        pattern=r"^(https?://\S+)?$",
        title="Proxy",
        description="Such as http://proxy.example:3128. Proxies of the system are not used.",
    )
    ca_file: str = Field(
        "",
        title="Certificates",
        description="A PEM file to trust, where a network or a server has certificates of its own.",
    )
    keep_payloads: bool = Field(
        False,
        title="Keep what was sent",
        description="Keep the full text of what you send in the record on this computer.",
    )

    @property
    def rules(self) -> Rules:
        """What is left out of folders."""
        return Rules(
            hidden=self.hidden_files,
            patterns=self.left_out,
            largest_bytes=self.largest_mb << 20,
            pictures=self.read_pictures,
            followed=self.followed_links,
        )

    @property
    def never_leave(self) -> tuple[str, ...]:
        """The folders whose files never leave this computer."""
        return tuple(f for c in self.collections if c.local_only for f in c.folders)

    def folders_of(self, collection: str) -> tuple[str, ...]:
        """The folders of a collection; none for "" and for one that is not there any more."""
        return next((c.folders for c in self.collections if c.name == collection), ())


def read_settings(raw: bytes) -> Settings:
    """Settings from the bytes of a file.

    Raises:
        SettingsUnreadable: they are damaged.
        DataTooNew: a later version wrote them.
    """
    values = object_of(raw)
    version = values.get("version", VERSION)
    if type(version) is not int or not is_plain(values):
        raise SettingsUnreadable
    if version > VERSION:
        raise DataTooNew(
            "The settings were written by a later version of Studiolo.",
            "Update Studiolo, or choose another data folder.",
        )
    try:
        return Settings.model_validate({**values, "version": VERSION})
    except (ValidationError, RecursionError) as error:
        raise SettingsUnreadable from error


def load_settings(path: Path) -> Settings | None:
    """The settings of a file; None when there is none.

    Raises:
        SettingsUnreadable: they are damaged.
        DataTooNew: a later version wrote them.
        DataFolderUnusable: the file cannot be read.
    """
    raw = bytes_of(path)
    return None if raw is None else read_settings(raw)


def read_or_recover(path: Path) -> tuple[Settings, Recovered | None]:
    """The settings that hold, and how they were recovered where the file is not sound.

    Writes nothing.

    Raises:
        DataTooNew: a later version wrote the file.
        DataFolderUnusable: the file cannot be read.
    """
    raw, copy = bytes_of(path), None
    with contextlib.suppress(SettingsUnreadable):
        if raw is not None and vouched(object_of(raw)) is not False:
            return read_settings(raw), None
    with contextlib.suppress(DataFolderUnusable):
        copy = bytes_of(copy_of(path))
    if raw is None and copy is None:
        return Settings(), None
    from app.settings.recovery import recover  # seldom needed, and it needs this module

    recovered = recover(raw, copy)
    return recovered.settings, recovered


def vouched(values: Mapping[str, Any]) -> bool | None:
    """Whether the values of a file are as they were written; None where it has no checksum.

    It is looked for under any name: its own may be what was damaged.
    """
    marks = [
        value
        for name, value in values.items()
        if name not in Settings.model_fields
        and (name == CHECKSUM or (isinstance(value, str) and len(value) >= _LIKE_A_CHECKSUM))
        and value is not None
    ]
    return marks == [checksum_of(values)] if marks else None


def write_settings(path: Path, settings: Settings) -> None:
    """Replaces a file of settings, so that a crash leaves either the old one or the new one.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    values = json.loads(settings.model_dump_json())
    values[CHECKSUM] = checksum_of(values)
    write_private(path, json.dumps(values, indent=2, ensure_ascii=False).encode())


class SettingsStore:
    """Reads and saves `Settings`, twice; what cannot be read is kept, never overwritten.

    Args:
        path: the JSON file; it need not exist.

    Attributes:
        recovered: what was done, where the file was not sound and the person should know; it is
            told by whoever opens the store first.

    Raises:
        DataTooNew: the file was written by a later version.
        DataFolderUnusable: the file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._listeners: list[Callable[[Settings], None]] = []
        self.recovered: Recovered | None = None
        self._current = self._load()

    @property
    def current(self) -> Settings:
        """The settings in force."""
        return self._current

    def change(self, **values: Any) -> Settings:
        """Checks, saves and announces new values.

        Raises:
            pydantic.ValidationError: a value is out of its range.
            SettingsNotSaved: the disk is full, or cannot be written; nothing was changed.
        """
        with self._lock:
            changed = Settings.model_validate({**self._current.model_dump(), **values})
            if changed != self._current:
                self._save(changed)
                self._copy()
                self._current = changed
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(changed)
        return changed

    def on_change(self, listener: Callable[[Settings], None]) -> None:
        """Calls back with the new settings after each change."""
        self._listeners.append(listener)

    def _save(self, settings: Settings) -> None:
        try:
            write_settings(self._path, settings)
        except OSError as error:
            raise SettingsNotSaved(
                f"The settings could not be saved: {error.strerror or 'disk error'}.",
                "Free some space, or see that you may write to the data folder.",
            ) from error

    def _load(self) -> Settings:
        settings, recovered = read_or_recover(self._path)
        if recovered is not None:
            return self._take(recovered)
        self._copy()
        return settings

    def _take(self, recovered: Recovered) -> Settings:
        """Saves what was recovered, once the file that was found is kept."""
        if recovered.needs_a_word:
            recovered = self.recovered = self._set_aside(recovered)
            log.info("settings: %s fields not read", len(recovered.unread))
            if self._path.exists() and not recovered.kept:
                return recovered.settings  # the disk is full: the next start tries it again
        with contextlib.suppress(OSError):
            write_settings(self._path, recovered.settings)
            self._copy()
        return recovered.settings

    def _set_aside(self, recovered: Recovered) -> Recovered:
        """Keeps the file as it is, byte for byte, beside those that were kept before."""
        kept = ""
        with contextlib.suppress(OSError):
            raw = self._path.read_bytes()
            for number in itertools.count(1):
                ending = ".unreadable.json" if number == 1 else f".unreadable-{number}.json"
                aside = self._path.with_suffix(ending)
                if not aside.exists():
                    write_private(aside, raw)
                elif aside.read_bytes() != raw:
                    continue
                kept = aside.name
                break
        return replace(recovered, kept=kept)

    def _copy(self) -> None:
        """Brings the copy to what the file is; where the disk is full, it stays as it was."""
        with contextlib.suppress(OSError):
            raw, copy = self._path.read_bytes(), copy_of(self._path)
            if not copy.exists() or copy.read_bytes() != raw:
                write_private(copy, raw)
