"""Gives each job its language model out of the pool, and says where another one does it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from app.errors import WorkerDied
from app.model_library.roles import ModelRole, ModelRoles
from app.model_library.service import ModelLibrary
from app.specialists.definition import Specialist
from app.workers.configs import InferConfig
from app.workers.model_pool import ModelPool
from app.workers.substitute import SubstitutedModel
from models.adapter import check_fits
from models.chat import ChatModel
from models.errors import ModelError
from models.size import is_small

log = logging.getLogger(__name__)

ConfigOf = Callable[[str, str], Callable[[], InferConfig]]
"""Returns how a model is loaded, given its id ("" for that of the answers) and the file of a LoRA
adapter ("" for none)."""


class RoleModels:
    """The models of jobs beside answering. Fits `app.specialists.ports.SpecialistModels`.

    Args:
        pool: holds the models.
        roles: says which model does which job.
        models: the models and adapters on this machine.
        config_of: returns how a model is loaded.

    Attributes:
        roles: those.
    """

    def __init__(
        self, pool: ModelPool, roles: ModelRoles, models: ModelLibrary, config_of: ConfigOf
    ) -> None:
        self._pool = pool
        self.roles = roles
        self._models = models
        self._config_of = config_of

    def understanding(self) -> ChatModel | None:
        """Returns the model that understands questions; None for the one that answers."""
        model_id = self.roles.of(ModelRole.UNDERSTAND).id
        if not model_id:
            return None
        try:
            return self._client(model_id)
        except ModelError:  # its file was removed at this moment
            return None

    def model_for(self, specialist: Specialist) -> ChatModel | None:
        """Returns the model that fills the cells of a specialist; None where there is none."""
        model_id, adapter, _ = self._chosen(specialist)
        try:
            client = self._client(model_id, adapter)
            client.id  # noqa: B018  # fails where there is no model
        except ModelError:
            return None
        return client

    def is_small(self, specialist: Specialist) -> bool:
        """Tells whether that model is too small; one that the specialist names is not."""
        if specialist.model or specialist.adapter:
            return False
        try:
            path = self._config_of(self.roles.of(ModelRole.EXTRACT).id, "")().path
        except ModelError:
            return False
        return bool(path) and is_small(Path(path))

    def note(self, specialist: Specialist) -> str:
        """Says why another model fills the cells than the one that is wanted; "" if none does."""
        return self._chosen(specialist)[2]

    @contextmanager
    def running(self, specialist: Specialist) -> Iterator[None]:
        """Keeps the model that only this specialist names loaded while the block runs."""
        model_id, adapter, _ = self._chosen(specialist)
        if not adapter and not (specialist.model and model_id):
            yield
            return
        with self._pool.lent(self._config_of(model_id, adapter)):
            yield

    def _client(self, model_id: str, adapter: str = "") -> ChatModel:
        """Returns a model that gives way where it cannot be loaded.

        One with an adapter gives way to the same without it, and that to the one that answers.
        """
        answers = self._pool.answers
        if not model_id and not adapter:
            return answers
        config = self._config_of(model_id, adapter)
        client = self._pool.get(config)
        if client is answers:
            return answers

        def failed(error: ModelError | WorkerDied) -> None:
            log.warning("a model for a job cannot be loaded: %s", type(error).__name__)
            self.roles.faults.note(_files(config()), error.message)

        return SubstitutedModel(client, self._client(model_id) if adapter else answers, failed)

    def _chosen(self, specialist: Specialist) -> tuple[str, str, str]:
        """Returns the id of the model, the file of its adapter, and a note, each "" for none."""
        if specialist.model:
            role = self.roles.checked(ModelRole.EXTRACT, specialist.model)
        else:
            role = self.roles.of(ModelRole.EXTRACT)
        if not specialist.adapter:
            return role.id, "", role.note
        try:
            adapter = self._models.adapters.find(specialist.adapter, specialist.adapter_sha256).path
            config = self._config_of(role.id, str(adapter))()
            fault = ""
            if config.path:
                fault = _fault(adapter, adapter.stat().st_mtime_ns, Path(config.path))
                fault = fault or self.roles.faults.of(_files(config))
        except ModelError as error:
            fault = error.message
        if fault:
            note = f"{role.note} {fault} The table is filled without the adapter."
            return role.id, "", note.strip()
        return role.id, str(adapter), role.note


def _files(config: InferConfig) -> list[Path]:
    """Returns the files that a model is loaded from."""
    return [Path(file) for file in (config.path, config.adapter) if file]


@lru_cache(maxsize=8)
def _fault(adapter: Path, _changed: int, model: Path) -> str:
    """Returns why an adapter is not for a model, as a sentence; "" if it is."""
    try:
        check_fits(adapter, model)
    except ModelError as error:
        return error.message
    return ""
