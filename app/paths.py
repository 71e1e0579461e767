"""The paths of the person's data, models and settings."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from app.errors import DataFolderUnusable
from app.private_data import tighten
from rag.store.environment_faults import EnvironmentFault, environment_fault_of, probe_folder

DATA_DIR_VARIABLE = "STUDIOLO_DATA_DIR"
MODELS_DIR_VARIABLE = "STUDIOLO_MODELS_DIR"


@dataclass(frozen=True, slots=True)
class Paths:
    """The folders and files of one data folder. Data folders share the models."""

    data: Path
    models: Path

    @classmethod
    def resolve(cls, data_dir: str | Path | None = None) -> Paths:
        """Resolves the folders: the argument, else the environment, else the system's default.

        Without a home folder, models lie in the data folder, if that was given.

        Raises:
            DataFolderUnusable: a given folder, or the default one, cannot be resolved.
        """
        data = _located(data_dir or os.environ.get(DATA_DIR_VARIABLE) or _usual())
        models_dir = os.environ.get(MODELS_DIR_VARIABLE)
        if models_dir is not None and models_dir != "":
            return cls(data, _located(models_dir))
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
    def specialists(self) -> Path:
        """The person's specialists, a TOML file each."""
        return self.data / "specialists"

    @property
    def tables(self) -> Path:
        """What specialists were taught, and their tables (SQLite)."""
        return self.data / "specialists.sqlite"

    @property
    def settings(self) -> Path:
        """The settings (JSON)."""
        return self.data / "settings.json"

    @property
    def lock(self) -> Path:
        """Held by the one process tree that may write to this data folder."""
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
    def examples(self) -> Path:
        """The copy of the example archive, if the person tries it."""
        return self.data / "example archive"

    @property
    def updates(self) -> Path:
        """The newest manifest of new versions that was seen: nothing older counts."""
        return self.data / "updates.json"

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
        """Prefill states of language models, kept so as not to compute them again; a cache."""
        return self.data / "states"

    @property
    def summaries(self) -> Path:
        """What language models have written of documents for summaries; a cache."""
        return self.data / "summaries"

    @property
    def tunings(self) -> Path:
        """The fastest settings of this machine for each language model; a cache."""
        return self.states / "tunings.json"

    @property
    def devices(self) -> Path:
        """What computes fastest on this machine, for each language model; a cache."""
        return self.states / "devices.json"

    @property
    def load_faults(self) -> Path:
        """Which language models could not be loaded lately, and why; a cache."""
        return self.states / "load_faults.json"

    @property
    def reranker_trial(self) -> Path:
        """Exists while a reranker is tried; remains if the trial crashes the process."""
        return self.states / "reranker.trying"

    def ensure(self) -> None:
        """Creates the data folder, readable by its owner only; tightens an existing one.

        Raises:
            DataFolderUnusable: it cannot be created or written.
        """
        try:
            self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
            for folder in (self.logs, self.scratch):
                folder.mkdir(exist_ok=True, mode=0o700)
        except OSError as error:
            raise unusable(self.data, environment_fault_of(error, self.data)) from error
        if not os.access(self.data, os.W_OK) and (fault := probe_folder(self.data)) is not None:
            raise unusable(self.data, fault)
        tighten(self.data)


def unusable(data: Path, fault: EnvironmentFault) -> DataFolderUnusable:
    """Returns the error for a data folder that a fault makes unusable."""
    words = f"The data folder {data} cannot be used: {fault.words}."
    return DataFolderUnusable(words, f"{fault.advice} Or choose another one.")


def _usual() -> Path:
    """Returns the system's default data folder for this account."""
    try:
        return platformdirs.user_data_path("studiolo", appauthor=False)
    except RuntimeError as error:
        raise _no_home("the usual data folder") from error


def _no_home(folder: str) -> DataFolderUnusable:
    return DataFolderUnusable(
        f"There is no home folder to find {folder} in.", "Give the full path of a data folder."
    )


def _located(folder: str | Path) -> Path:
    """Returns a given folder's absolute path."""
    try:
        return Path(folder).expanduser().absolute()
    except RuntimeError as error:
        raise _no_home(str(folder)) from error
    except OSError as error:
        raise DataFolderUnusable(
            f"The folder that Studiolo was started in is gone, so {folder} cannot be found.",
            "Change to another folder, or give the full path of a data folder.",
        ) from error


def leave_lost_folder(safe: Path) -> None:
    """Changes to the folder `safe` if the working directory is gone or inaccessible.

    No relative path works there any more, so nothing is lost; without this, no process can be
    started.

    Raises:
        OSError: `safe` cannot be entered either.
    """
    try:
        os.chdir(Path.cwd())
    except OSError:
        os.chdir(safe)
