"""Which of the two models that answering needs are here, and which are missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.jobs import CancelToken
from app.model_library.service import ModelLibrary
from app.settings.fields import Settings
from models.catalog import CatalogEntry
from models.errors import ModelDamaged, ModelError


@dataclass(frozen=True, slots=True)
class NeededModels:
    """The models that answering needs.

    Attributes:
        answers: the name of the chat model that answers; "" when there is none.
        searches: whether the embedding model is here.
        missing: the models to download.
        damaged: why a model that is here cannot be used, if no other can replace it.
    """

    answers: str
    searches: bool
    missing: tuple[CatalogEntry, ...] = ()
    damaged: ModelDamaged | None = None

    @property
    def all_here(self) -> bool:
        """Whether a question can be answered."""
        return bool(self.answers) and self.searches


def needed_models(models: ModelLibrary, settings: Settings) -> NeededModels:
    """Checks which needed models are in the models folder."""
    missing: list[CatalogEntry] = []
    damaged: ModelDamaged | None = None
    searches = bool(settings.embedder) and models.is_installed(settings.embedder)
    if not searches:
        try:
            models.embedder_folder()
            searches = True
        except ModelDamaged as error:
            damaged = error
        except ModelError:
            missing.append(models.catalog.embedder)
    answers = ""
    try:
        answers = _answering(models, settings)
    except ModelDamaged as error:
        damaged = damaged or error
    except ModelError:
        missing.append(models.catalog.starter)
    return NeededModels(answers, searches, tuple(missing), damaged)


def _answering(models: ModelLibrary, settings: Settings) -> str:
    """Returns the name of the model that answers: the chosen one, else any usable one."""
    try:
        return models.resolve(settings.model).name
    except ModelError:
        if not settings.model:
            raise
        return models.resolve("").name


def fetch_missing(
    models: ModelLibrary,
    settings: Settings,
    on_progress: Callable[[int, int], None],
    token: CancelToken,
) -> None:
    """Downloads the missing models, the smaller first. Resumes interrupted downloads.

    Args:
        models: the models folder.
        settings: names the chosen models.
        on_progress: called with the bytes that have arrived and the bytes in total.
        token: stops it.

    Raises:
        DownloadFailed: a model could not be downloaded.
        Cancelled: `token` was cancelled.
    """
    missing = sorted(needed_models(models, settings).missing, key=lambda entry: entry.bytes)
    total = sum(entry.bytes for entry in missing)
    finished = 0
    for entry in missing:
        offset = finished

        def report(done: int, _total: int, offset: int = offset) -> None:
            on_progress(offset + done, total)

        models.fetch(entry.id, report, token)
        finished += entry.bytes
