"""Which model does which job: the one that the person chose for it, or the one that answers.

Search has models of its own kinds (embedder, reranker), in the process that searches. Other jobs
are done by the model that answers, unless another one is chosen for them that is here and fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.model_library.faults import LoadFaults
from app.model_library.recommended import SHARE_OF_MEMORY
from app.model_library.service import NO_RERANKER, ModelLibrary
from app.settings.fields import Settings
from app.settings.store import SettingsStore
from models.errors import ModelError, ModelMissing
from models.hardware import detect

_MB = 10**6
_INSTEAD = "The model that answers is used instead."


class ModelRole(StrEnum):
    """A job that a model does."""

    ANSWER = "answer"
    UNDERSTAND = "understand"
    EXTRACT = "extract"
    EMBED = "embed"
    RERANK = "rerank"


SETTING = {
    ModelRole.ANSWER: "model",
    ModelRole.UNDERSTAND: "understand_model",
    ModelRole.EXTRACT: "extract_model",
    ModelRole.EMBED: "embedder",
    ModelRole.RERANK: "reranker",
}
"""The field of `Settings` that names the model of a role."""
LIKE_ANSWERS = (ModelRole.UNDERSTAND, ModelRole.EXTRACT)
"""Roles that the model that answers has unless another one is chosen."""


@dataclass(frozen=True, slots=True)
class RoleModel:
    """The model of a role.

    Attributes:
        chosen: the id that the person chose; "" for the usual one.
        id: of the model that does it; "" for that of the answers, or where there is none.
        note: why the chosen model does not do it, in sentences; "" if it does.
    """

    role: ModelRole
    chosen: str
    id: str
    note: str = ""


class ModelRoles:
    """Says which model does which job.

    Args:
        models: the models on this machine.
        settings: name those that the person chose.
        faults: of models that could not be loaded.
    """

    def __init__(self, models: ModelLibrary, settings: SettingsStore, faults: LoadFaults) -> None:
        self._models = models
        self._settings = settings
        self.faults = faults

    def chosen(self, role: ModelRole) -> str:
        """Returns the id of the model that the person chose for a role; "" for the usual one."""
        return str(getattr(self._settings.current, SETTING[role]))

    def of(self, role: ModelRole) -> RoleModel:
        """Returns the model that does the job of one of `LIKE_ANSWERS`."""
        chosen = self.chosen(role)
        return self.checked(role, chosen) if chosen else RoleModel(role, "", "")

    def all(self) -> tuple[RoleModel, ...]:
        """Returns the model of each role; of those that cannot be had, the id is empty."""
        return tuple(self._any(role) for role in ModelRole)

    def checked(self, role: ModelRole, model_id: str) -> RoleModel:
        """Returns a model for a role if it is here, fits, and can be loaded; else says why not.

        Args:
            role: the job.
            model_id: of a chat model.
        """
        try:
            model = self._models.resolve(model_id)
        except ModelError as error:
            return RoleModel(role, model_id, "", f"{error.message} {_INSTEAD}")
        budget = self.memory_budget()
        if model.memory_mb * _MB > budget:
            return RoleModel(
                role,
                model_id,
                "",
                f"{model.name} needs about {model.memory_mb / 1000:.1f} GB of memory, and models "
                f"may take {budget / 1e9:.1f} GB together. {_INSTEAD}",
            )
        if fault := self.faults.of([model.path]):
            return RoleModel(
                role, model_id, "", f"{model.name} could not be loaded. {fault} {_INSTEAD}"
            )
        return RoleModel(role, model_id, model.id)

    def choose(self, role: ModelRole, model_id: str) -> RoleModel:
        """Chooses the model of a role, and returns what comes of it.

        Args:
            role: the job.
            model_id: of a model for it; "" for the usual one.

        Raises:
            ModelError: there is no such model, or it is not for this job.
            SettingsNotSaved: nothing was changed.
        """
        if model_id and role in (ModelRole.EMBED, ModelRole.RERANK):
            self._check_search_model(role, model_id)
        elif model_id:
            model = self._models.resolve(model_id)
            model_id = model.id
            self.faults.forget(model.path)
        self._settings.change(**{SETTING[role]: model_id})
        return self._any(role)

    def _any(self, role: ModelRole) -> RoleModel:
        if role in LIKE_ANSWERS:
            return self.of(role)
        chosen = self.chosen(role)
        if role is ModelRole.EMBED:
            return RoleModel(role, chosen, chosen or self._models.catalog.embedder.id)
        if role is ModelRole.RERANK:
            reranker = self._models.reranker(chosen)
            return RoleModel(role, chosen, reranker.id if reranker is not None else "")
        try:
            return RoleModel(role, chosen, self._models.resolve(chosen).id)
        except ModelError as error:
            return RoleModel(role, chosen, "", error.message)

    def _check_search_model(self, role: ModelRole, model_id: str) -> None:
        models = self._models
        if role is ModelRole.RERANK and model_id == NO_RERANKER:
            return
        embeds = role is ModelRole.EMBED
        here = models.installed_embedders() if embeds else models.installed_rerankers()
        if model_id not in {entry.id for entry in here}:
            kind = "embedding model" if embeds else "reranker"
            raise ModelMissing(
                f"There is no {kind} '{model_id}' on this machine.",
                f"Those that are here: {', '.join(entry.id for entry in here) or 'none'}.",
            )

    def memory_budget(self) -> int:
        """Returns the bytes of memory that language models may take together.

        Those that search, in another process, are taken off what all models may take.
        """
        settings = self._settings.current
        whole = settings.model_memory_mb * _MB or round(detect().ram_bytes * SHARE_OF_MEMORY)
        return max(0, whole - self._memory_of_search(settings))

    def _memory_of_search(self, settings: Settings) -> int:
        catalog = self._models.catalog
        entries = [catalog.find(settings.embedder) or catalog.embedder]
        if (reranker := self._models.reranker(settings.reranker)) is not None:
            entries.append(reranker)
        return sum(entry.memory_mb for entry in entries) * _MB
