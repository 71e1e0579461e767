"""The fields of `Settings`: what a person can set, with types, ranges and defaults."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.chats.chat_settings import (
    HIGHEST_TEMPERATURE,
    LEAST_CONTEXT,
    LONGEST_RULES,
    MOST_CONTEXT,
)
from app.settings.hosts import host_of
from rag.indexing.rules import FollowedLink, Rules

VERSION = 1


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


class ModelSettings(BaseModel):
    """What holds for one language model only. None, or "", means as for all models.

    Attributes:
        model: its id.
        rules: added to the instructions that the model gets with each question.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", str_strip_whitespace=True)

    model: str = Field(min_length=1, max_length=4096)
    temperature: float | None = Field(
        None,
        ge=0,
        le=HIGHEST_TEMPERATURE,
        title="Temperature",
        description="0 always writes the likeliest word; more varies the wording.",
    )
    context_tokens: int | None = Field(
        None,
        ge=LEAST_CONTEXT,
        le=MOST_CONTEXT,
        title="Context window",
        description="Tokens that question, passages and answer may have together.",
    )
    threads: int | None = Field(
        None,
        ge=0,
        le=256,
        title="Processor threads",
        description="0 means as many as suit here.",
    )
    gpu_layers: int | None = Field(
        None,
        ge=-1,
        le=999,
        title="Layers on the graphics card",
        description="-1 means as many as fit; 0 means the processor only.",
    )
    idle_minutes: int | None = Field(
        None,
        ge=1,
        le=1440,
        title="Minutes without a question",
        description="After so long the model's memory is given back.",
    )
    rules: str = Field(
        "",
        max_length=LONGEST_RULES,
        title="Instructions of your own",
        description="Added to those that the model gets with each question.",
    )

    @property
    def is_usual(self) -> bool:
        """Whether nothing of it differs from all models."""
        return self == ModelSettings(model=self.model)


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
    understand_model: str = Field(
        "",
        title="Understanding questions",
        description="Puts a question into a query where a table is asked and its words leave a "
        "doubt.",
    )
    extract_model: str = Field(
        "",
        title="Filling tables",
        description="Chooses among what a document says for a cell. A larger model is slower and "
        "errs less.",
    )
    model_memory_mb: int = Field(
        0,
        ge=0,
        le=10_000_000,
        title="Memory for models",
        description="Megabytes that all loaded models may take. 0 means six tenths of the "
        "memory of this computer. What does not fit is unloaded, the least recently used first.",
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
        ge=LEAST_CONTEXT,
        le=MOST_CONTEXT,
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
    per_model: tuple[ModelSettings, ...] = Field(
        (), title="Settings of single models", description="What holds for one model only."
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

    look_for_updates: bool = Field(
        False,
        title="Look for new versions",
        description="Once a day, ask whether there is one. Nothing about you, this computer or "
        "the version is sent; nothing is installed.",
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

    def for_model(self, model_id: str) -> ModelSettings:
        """Returns what holds for a model only."""
        own = (entry for entry in self.per_model if entry.model == model_id)
        return next(own, ModelSettings(model=model_id))

    def with_model(self, changed: ModelSettings) -> tuple[ModelSettings, ...]:
        """Returns `per_model` with the settings of one model replaced, or taken out if usual."""
        others = tuple(entry for entry in self.per_model if entry.model != changed.model)
        return others if changed.is_usual else (*others, changed)

    @property
    def never_leave(self) -> tuple[str, ...]:
        """The folders whose files never leave this computer."""
        return tuple(f for c in self.collections if c.local_only for f in c.folders)

    def folders_of(self, collection: str) -> tuple[str, ...]:
        """Returns the folders of a collection; none for "" and for one that is no longer there."""
        return next((c.folders for c in self.collections if c.name == collection), ())
