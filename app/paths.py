"""Where Studiolo keeps what belongs to the person."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from app.errors import DataFolderUnusable
from app.private_data import tighten
from rag.store.surroundings import Hindrance, hindrance_of, tried

DATA_DIR_VARIABLE = "STUDIOLO_DATA_DIR"
MODELS_DIR_VARIABLE = "STUDIOLO_MODELS_DIR"


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders and files of one data folder. Models are shared between data folders."""

    data: Path
    models: Path

    @classmethod
    def resolve(cls, data_dir: str | Path | None = None) -> Paths:
        """Finds the folders: the argument, else the environment, else the system's place.

        Without a home folder, models lie in the data folder, if that was given.

        Raises:
            DataFolderUnusable: a folder that was named, or that of the system, cannot be found.
        """
        data = _located(data_dir or os.environ.get(DATA_DIR_VARIABLE) or _usual())
        models = os.environ.get(MODELS_DIR_VARIABLE)
        if models is not None and models != "":
            return cls(data, _located(models))
        try:
            return cls(data, _located(_usual() / "models"))
        except DataFolderUnusable:
            return cls(data, data / "models")

    @property
    def store(self) -> Path:
        """The documents, chunks and embeddings (SQLite)."""
        return self.data / "library.sqlite"

    @property
    def vectors(self) -> Path:
        """The generations of the vector index (Chroma), rebuildable from the store."""
        return self.data / "vectors"

    @property
    def chats(self) -> Path:
        """The chats (SQLite)."""
        return self.data / "chats.sqlite"

    @property
    def settings(self) -> Path:
        """The settings (JSON)."""
        return self.data / "settings.json"

    @property
    def lock(self) -> Path:
        """Held by the one process tree that may write here."""
        return self.data / "studiolo.lock"

    @property
    def turn(self) -> Path:
        """Held by the one shell command that has the library open."""
        return self.data / "studiolo.turn"

    @property
    def egress(self) -> Path:
        """The record of what left this computer."""
        return self.data / "egress"

    @property
    def logs(self) -> Path:
        """Logs: never the content of documents, questions or answers."""
        return self.data / "logs"

    @property
    def scratch(self) -> Path:
        """Scratch space of workers and of backups; emptied when the index worker starts."""
        return self.data / "scratch"

    @property
    def states(self) -> Path:
        """What language models have read, kept so that it need not be read again; a cache."""
        return self.data / "states"

    @property
    def summaries(self) -> Path:
        """What language models have written of documents for summaries; a cache."""
        return self.data / "summaries"

    @property
    def tunings(self) -> Path:
        """How this machine computes fastest with each language model; a cache."""
        return self.states / "tunings.json"

    @property
    def reranker_trial(self) -> Path:
        """Is there while a reranker is tried; stays if that ends the process."""
        return self.states / "reranker.trying"

    def ensure(self) -> None:
        """Creates the data folder, readable by its owner only; takes one that is there from others.

        Raises:
            DataFolderUnusable: it cannot be created or written.
        """
        try:
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            for folder in (self.logs, self.scratch):
                folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise unusable(self.data, hindrance_of(error, self.data)) from error
        if not os.access(self.data, os.W_OK) and (hindrance := tried(self.data)) is not None:
            raise unusable(self.data, hindrance)
        tighten(self.data)


def unusable(data: Path, hindrance: Hindrance) -> DataFolderUnusable:
    """The error for a data folder that something keeps from being used."""
    words = f"The data folder {data} cannot be used: {hindrance.words}."
    return DataFolderUnusable(words, f"{hindrance.advice} Or choose another one.")


def _usual() -> Path:
    """The system's place for this account's data."""
    try:
        return platformdirs.user_data_path("studiolo", appauthor=False)
    except RuntimeError as error:
        raise _no_home("the usual data folder") from error


def _no_home(what: str) -> DataFolderUnusable:
    return DataFolderUnusable(
        f"There is no home folder to find {what} in.", "Give the whole path of a data folder."
    )


def _located(folder: str | Path) -> Path:
    """The absolute path of a folder that was named."""
    try:
        return Path(folder).expanduser().absolute()
    except RuntimeError as error:
        raise _no_home(str(folder)) from error
    except OSError as error:
        raise DataFolderUnusable(
            f"The folder that Studiolo was started in is gone, so {folder} cannot be found.",
            "Go to another folder, or give the whole path of a data folder.",
        ) from error


def leave_lost_folder(safe: Path) -> None:
    """Moves this process to `safe` where the folder that it works in was deleted or shut to it.

    Nothing relative can be opened there any more, so nothing is lost by it; without it, no other
    process can be started.

    Raises:
        OSError: `safe` cannot be entered either.
    """
    try:
        os.chdir(Path.cwd())
    except OSError:
        os.chdir(safe)
