"""The composition root: builds the workers, stores and services. Starts nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path

from msgspec import structs

from app.answering.kinds.across import AcrossAnswerer
from app.answering.kinds.compare import ComparisonAnswerer
from app.answering.kinds.finding import FindingAnswerer
from app.answering.kinds.kept_summaries import KeptSummaries
from app.answering.kinds.listing import FilesAnswerer
from app.answering.kinds.passages import PassagesAnswerer
from app.answering.kinds.place import PlaceAnswerer
from app.answering.kinds.summary import SummaryAnswerer
from app.answering.kinds.table import TableAnswerer
from app.answering.kinds.things import ThingsAnswerer
from app.answering.marker import Marker
from app.answering.packing import Packer
from app.answering.pinned import PinnedDocuments
from app.answering.place_reader import PlaceReader
from app.answering.service import AnswerService
from app.answering.talks import Talks
from app.chats.chat_settings import USUAL, ChatSettings
from app.chats.opening import OpenedChats, close_chats, open_chats
from app.chats.store import ChatStore, Turn
from app.data_folder.exchange import finish_cut_off
from app.errors import KNOWN_ERRORS, WorkerDied
from app.escalation.service import EscalationService
from app.library.forgetting import Forgetting
from app.library.local_only import Provenance
from app.library.reader import ReaderService
from app.library.service import LibraryService
from app.model_library.elsewhere import found_elsewhere
from app.model_library.faults import LoadFaults
from app.model_library.roles import ModelRoles
from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.privacy import selftest
from app.privacy.egress.client import Launcher
from app.privacy.egress.gate import Gate
from app.privacy.egress.port import EgressGate
from app.privacy.egress.record import EgressRecord
from app.privacy.escape_probes import ProbeResult, ProbeTargets
from app.secrets import KeyringSecrets, SecretStore
from app.settings.store import SettingsStore
from app.specialists.extractor import ColumnExtractor
from app.specialists.service import Specialists
from app.updates.service import Updates
from app.workers.channel import WorkerClient
from app.workers.clients import IndexClient
from app.workers.configs import IndexConfig, InferConfig
from app.workers.idle import IDLE_SECONDS, IdleUnloader
from app.workers.infer_client import InferClient
from app.workers.learner import LearnClient
from app.workers.model_of_chat import ModelOfChat
from app.workers.model_pool import ModelPool
from app.workers.model_trial import ModelTrial
from app.workers.parser import ParseClient
from app.workers.role_models import RoleModels
from app.workers.trying import TryEscape
from rag.store.private_files import make_private

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Workers:
    """The clients of the worker processes. Each process starts when it is first needed.

    Attributes:
        pool: holds all language models that are loaded; `infer` is that of the answers.
    """

    index: IndexClient
    infer: InferClient
    pages: ParseClient
    learn: LearnClient
    pool: ModelPool


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the window and the shell work with. Close it at the end."""

    paths: Paths
    settings: SettingsStore
    library: LibraryService
    forgetting: Forgetting
    answers: AnswerService
    opened_chats: OpenedChats
    models: ModelLibrary
    reader: ReaderService
    escalation: EscalationService
    specialists: Specialists
    gate: Gate
    updates: Updates
    workers: Workers
    idle: IdleUnloader
    answers_of: Callable[[InferClient], AnswerService]
    role_models: RoleModels

    @property
    def chats(self) -> ChatStore:
        """The chats; a new, empty store if the person's cannot be used (`opened_chats`)."""
        return self.opened_chats.store

    def warm(self) -> None:
        """Starts the workers, so that the first question does not wait. Takes a moment.

        The language model loads in the background; its errors surface when it is first used.

        Raises:
            AlreadyOpen: another Studiolo has this data folder open.
            DataFolderUnusable: the data folder cannot be used.
            StoreError: the store cannot be opened.
        """
        _in_background("warm-infer", self._warm_infer)
        self.idle.start()
        self.workers.index.warm()
        if folders := self.settings.current.never_leave:
            # Reads the collections that never leave now, so that no answer waits for it.
            _in_background("warm-limits", lambda: self.workers.index.find_sources((), folders))

    def start(self, document: str = "") -> None:
        """Starts the workers in parallel and has them load what an answer needs.

        Returns at once; a worker's error surfaces at its next use.

        Args:
            document: path of the one document that the answer will be about.

        Raises:
            ModelError: there is no such model.
        """
        self.workers.index.worker.start()
        self.workers.infer.worker.start()
        self.read_ahead(document=document)

    def read_ahead(
        self,
        history: Sequence[Turn] = (),
        document: str = "",
        collection: str = "",
        own: ChatSettings = USUAL,
    ) -> None:
        """Prefills the start of a chat's next prompt, in the background. `own`: holds for it."""

        def read() -> None:
            self.answers.read_ahead(history, document, collection=collection, own=own)

        _in_background("read-ahead", read)

    def _warm_infer(self) -> None:
        self.answers.read_ahead()
        self.workers.infer.tune()
        self.workers.infer.measure()
        self.answers.read_ahead()  # what was read before is discarded by both

    @contextmanager
    def answering_with(self, model: str) -> Iterator[AnswerService]:
        """Yields a service that answers with another chat model, loaded for that only.

        Args:
            model: its id; "" means the current one.

        Raises:
            ModelError: there is no such model.
        """
        if not model or model == self.workers.infer.id:
            yield self.answers
            return
        config = _infer_config(self.paths, self.settings, self.models, model, None)
        with self.workers.pool.lent(config) as infer:
            yield self.answers_of(infer)

    def restart_inference(self) -> None:
        """Restarts the language model's process and loads the model. Blocks until it is ready.

        Raises:
            ModelError: the model cannot be found or loaded.
            WorkerDied: the process ended again while loading.
        """
        self.workers.infer.restart()
        self.workers.infer.warm()

    def on_inference_died(self, callback: Callable[[WorkerDied], None]) -> None:
        """Calls back, on a background thread, when the language model's process dies."""
        self.workers.infer.on_died(callback)

    def probed_workers(self) -> tuple[selftest.Worker, ...]:
        """Returns the workers for `app.privacy.selftest.check`; they start if needed."""

        def probing(
            worker: WorkerClient, *, given_only: bool = False
        ) -> Callable[[ProbeTargets], tuple[ProbeResult, ...]]:
            data = str(self.paths.data)

            def probe(targets: ProbeTargets) -> tuple[ProbeResult, ...]:
                targets = structs.replace(targets, data=data, given_only=given_only)
                return worker.call(TryEscape(targets))

            return probe

        return (
            ("index", probing(self.workers.index.worker)),
            ("parse", probing(self.workers.pages.worker, given_only=True)),
            ("infer", probing(self.workers.infer.worker)),
        )

    def close(self, *, launcher: bool = True) -> None:
        """Ends all workers, within 2 seconds, and the launcher, and closes the chats.

        Args:
            launcher: False keeps the launcher for the next services of this process.
        """
        self.idle.close()
        ending = [
            _in_background(f"close-{number}", end)
            for number, end in enumerate(
                (
                    self.workers.index.close,
                    self.workers.pool.close,
                    self.workers.pages.close,
                    self.workers.learn.close,
                )
            )
        ]
        for thread in ending:
            thread.join()
        self.gate.close(launcher=launcher)
        self.specialists.close()
        close_chats(self.opened_chats, self.paths)


def build_services(
    paths: Paths,
    model: str | None = None,
    *,
    launcher: Launcher | None = None,
    index_config: IndexConfig | None = None,
    chat_model: str | None = None,
    gate: EgressGate | None = None,
    secrets: SecretStore | None = None,
) -> Services:
    """Builds everything. Starts no process and loads no model.

    Args:
        paths: the data folder and the models folder.
        model: id of the chat model; None means the one in the settings.
        launcher: the egress launcher, started before this process sealed itself.
        index_config: replaces the index worker's usual configuration.
        chat_model: ``module:function`` that creates another chat model, for tests.
        gate: replaces the egress gate, for tests.
        secrets: replaces the system's keyring, for tests.

    Raises:
        AlreadyOpen: a backup is being restored into the data folder.
        DataFolderUnusable: the data folder cannot be created or written.
        DataTooNew: the settings were written by a later version.
    """
    paths.ensure()
    if paths.store.exists():
        make_private(paths.store)  # the index worker's sandbox does not allow chmod
    finish_cut_off(paths)
    settings = SettingsStore(paths.settings)
    own_gate = Gate(launcher or Launcher(), EgressRecord(paths.egress), lambda: settings.current)
    models = ModelLibrary(
        paths.models, gate=gate or own_gate, trial=ModelTrial(paths), elsewhere=found_elsewhere
    )
    index = IndexClient(paths, index_config, reranker=lambda: settings.current.reranker)
    pages = ParseClient(paths, name="reader")

    def config_of(model_id: str, adapter: str = "") -> Callable[[], InferConfig]:
        wanted = model_id or model
        return _infer_config(paths, settings, models, wanted, chat_model, adapter)

    roles = ModelRoles(models, settings, LoadFaults(paths.load_faults))
    pool = ModelPool(paths, config_of(""), roles.memory_budget)
    infer = pool.answers
    role_models = RoleModels(pool, roles, models, config_of)
    library = LibraryService(index, settings)
    reader = ReaderService(index, pages)
    marker = Marker(paths.data / "marker.key")
    summaries = KeptSummaries(paths.summaries, index.keep_summaries)
    chats = open_chats(paths)
    escalation = EscalationService(
        settings, chats.store, secrets or KeyringSecrets(), gate or own_gate, index.find_sources
    )

    learn = LearnClient(paths)

    def idle_seconds(client: InferClient) -> float:
        minutes = settings.current.for_model(client.running_id or "-").idle_minutes
        return IDLE_SECONDS if minutes is None else minutes * 60.0

    def unload_idle(seconds: float) -> bool:
        return pool.unload_idle(lambda client: min(seconds, idle_seconds(client)))

    extractor = ColumnExtractor(index, learn, role_models)
    specialists = Specialists(paths, index, learn, pages, extractor)

    def answers_of(model: InferClient) -> AnswerService:
        packer = Packer(
            index.search,
            pinned=PinnedDocuments(index.whole, marker, index.keep_states),
            likeness=index.likeness,
            marker=marker,
            talks=Talks(library.present),
            reader=PlaceReader(index),
        )
        # Asked in this order. A new kind of answer is one more line here.
        answerers = (
            PlaceAnswerer(index, index.likeness, reader.labels),
            FindingAnswerer(index, index.likeness),
            FilesAnswerer(index, lambda folders: library.preview(folders or None)),
            SummaryAnswerer(index.whole, summaries, marker),
            ComparisonAnswerer(index, index.whole, marker),
            ThingsAnswerer(index),
            TableAnswerer(index, role_models.understanding),
            AcrossAnswerer(index, index.likeness),
            PassagesAnswerer(packer),
        )
        provenance = Provenance(settings, index.find_sources)
        return AnswerService(
            settings,
            model,
            packer,
            answerers,
            files=index,
            provenance=provenance,
            model_of=lambda own: ModelOfChat(model, own),
        )

    return Services(
        paths=paths,
        settings=settings,
        library=library,
        forgetting=Forgetting(
            library,
            index,
            chats.store,
            own_gate.record,
            settings,
            paths.data,
            unread=chats.fault is not None,
            specialists=specialists,
        ),
        answers=answers_of(infer),
        opened_chats=chats,
        models=models,
        reader=reader,
        escalation=escalation,
        specialists=specialists,
        gate=own_gate,
        updates=Updates(gate or own_gate, settings, paths.updates),
        workers=Workers(index, infer, pages, learn, pool),
        idle=IdleUnloader(unload_idle, lambda: inf),
        answers_of=answers_of,
        role_models=role_models,
    )


def _infer_config(
    paths: Paths,
    settings: SettingsStore,
    models: ModelLibrary,
    model: str | None,
    chat_model: str | None,
    adapter: str = "",
) -> Callable[[], InferConfig]:
    """Returns a function that gives the current configuration of an infer worker."""

    def config() -> InferConfig:
        current = settings.current
        if chat_model is not None:
            config = InferConfig("", model or "fake", factory=chat_model)
        else:
            chosen = models.resolve(model or current.model)
            config = InferConfig(str(chosen.path), chosen.id, sha256=chosen.sha256)
        own = current.for_model(config.model_id)
        limits = {
            name: getattr(current if getattr(own, name) is None else own, name)
            for name in ("context_tokens", "threads", "gpu_layers")
        }
        if adapter:
            config = structs.replace(
                config, adapter=adapter, model_id=f"{config.model_id} + {Path(adapter).stem}"
            )
        return structs.replace(
            config,
            **limits,
            states=str(paths.states),
            tunings=str(paths.tunings),
            temperature=own.temperature or 0.0,
            rules=own.rules,
        )

    return config


def _in_background(name: str, work: Callable[[], object]) -> threading.Thread:
    def run() -> None:
        try:
            work()
        except KNOWN_ERRORS as error:
            log.info("%s: %s", name, type(error).__name__)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    return thread
