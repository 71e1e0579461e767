"""Which of the two models that an answer needs are here, and which are still to be had."""

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
    """What is here, and what is not.

    Attributes:
        answers: the name of the chat model that answers; "" when there is none.
        searches: whether the embedder, which finds passages, is here.
        missing: what a download would bring.
        damaged: a model that is here and cannot be used, where no other can take its place.
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
    """Looks at the models folder."""
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
    """The name of the model that answers. Where the chosen one cannot, whoever asks is told so."""
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
    """Downloads what is missing, the smaller first. What arrived before is not fetched again.

    Args:
        models: the models folder.
        settings: name the models that were chosen.
        on_progress: called with the bytes that are here and the bytes in all.
        token: stops it.

    Raises:
        DownloadFailed: something did not arrive.
        Cancelled: `token` was cancelled.
    """
    missing = sorted(needed_models(models, settings).missing, key=lambda entry: entry.bytes)
    total = sum(entry.bytes for entry in missing)
    before = 0
    for entry in missing:
        begun = before

        def tell(done: int, _total: int, begun: int = begun) -> None:
            on_progress(begun + done, total)

        models.fetch(entry.id, tell, token)
        before += entry.bytes
