"""Typed faces of the workers: what the services call. All calls block; none needs the GUI thread.

Nothing heavy is imported here: this module is part of the window's process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from app.errors import WorkerDied
from app.jobs import CancelToken
from app.paths import Paths
from app.workers import messages as ask
from app.workers.channel import WorkerClient
from app.workers.configs import IndexConfig, InferConfig
from app.workers.process import Replied, Said, WorkerSpec
from models.chat import (
    Finished,
    FinishReason,
    GenerationEvent,
    GenerationOptions,
    Message,
    Primed,
)
from rag.indexing.cited_passages import CitedPassage, PassagePlace
from rag.indexing.preview import Preview
from rag.indexing.report import IndexProgress, IndexReport
from rag.indexing.rules import Rules
from rag.parse.document import TextLine
from rag.store.files import FileRecord, LibraryStatus, StoredDocument
from rag.store.inventory import FileFilter, FileListing, FileOrder
from rag.tables.table import Computed, TableSketch
from rag.types import Hit, WholeDocument

_POLL_SECONDS = 0.02
_STOP_SECONDS = 0.15


class IndexClient:
    """The index worker: the one process that writes the library.

    Args:
        paths: the data folder.
        config: how the worker does its work; by default with the embedding model of `paths`.
        on_died: called on a background thread when the worker ends unexpectedly.
        reranker: which one reorders what is found, asked before each search; "" means the one
            that is here, if any.
    """

    def __init__(
        self,
        paths: Paths,
        config: IndexConfig | None = None,
        on_died: Callable[[WorkerDied], None] = lambda _error: None,
        reranker: Callable[[], str] = lambda: "",
    ) -> None:
        self._reranker = reranker
        chosen = config or IndexConfig(data=str(paths.data), models=str(paths.models))
        self.worker = WorkerClient(
            WorkerSpec(
                name="index",
                title="The process that keeps your library",
                factory="app.workers.index_start:create",
                config=lambda: chosen,
                folder=paths.data,
                logs=paths.logs,
            ),
            on_died,
        )

    def warm(self) -> None:
        """Starts the worker and waits until the library is open, which takes a moment.

        It then loads what searching needs, by itself. Raises as `index` does.
        """
        self.worker.call(ask.OpenLibrary())

    def index(
        self,
        paths: Sequence[str | Path],
        on_progress: Callable[[IndexProgress], None] | None = None,
        token: CancelToken | None = None,
        *,
        rules: Rules | None = None,
        passwords: Mapping[str, str] | None = None,
        embedder: str | None = None,
    ) -> IndexReport:
        """Brings the library up to date with files and folders. `token` pauses and stops it.

        Then embeds all of it again if `embedder` names another embedding model than before.

        Raises:
            AlreadyOpen: another Studiolo works on this data folder.
            RagError: the store cannot be used, or a rule cannot be understood.
            ModelError: the embedding model cannot be used.
        """
        request = ask.IndexPaths(
            _absolute(paths), rules or Rules(), dict(passwords or {}), embedder
        )
        return self.worker.call(request, on_progress, token)

    def preview(
        self, paths: Sequence[str | Path], rules: Rules, token: CancelToken | None = None
    ) -> Preview:
        """Returns what indexing would take and leave out. Raises as `index` does."""
        return self.worker.call(ask.PreviewPaths(_absolute(paths), rules), token=token)

    def watch(
        self, rules: Rules, on_change: Callable[[tuple[str, ...]], None], token: CancelToken
    ) -> None:
        """Tells of folders in which files changed, until `token` is cancelled.

        Raises:
            Cancelled: `token` was cancelled, or the program ends.
            WorkerDied: the worker ended; watching can begin again.
        """
        self.worker.call(ask.WatchRoots(rules), on_change, token)

    def remove(self, paths: Sequence[str | Path]) -> IndexReport:
        """Takes files and folders out of the library. Raises as `index` does."""
        return self.worker.call(ask.RemovePaths(_absolute(paths)))

    def search(self, query: str, k: int, folders: Sequence[str] = ()) -> tuple[Hit, ...]:
        """Returns the `k` best passages, even while indexing runs; of `folders` if there are any.

        Raises as `index` does.
        """
        request = ask.Search(_sendable(query), k, tuple(folders), self._reranker())
        return self.worker.call(request)

    def likeness(self, question: str, texts: Sequence[str]) -> tuple[float, ...]:
        """Scores how near texts are to a question in meaning, 0 to 1. Raises as `index` does."""
        return self.worker.call(ask.Likeness(_sendable(question), tuple(map(_sendable, texts))))

    def passages_held(self, passages: Sequence[str]) -> tuple[str, ...]:
        """Returns those of `passages` (ids) still in the library. Raises as `index` does."""
        return self.worker.call(ask.PassagesHeld(tuple(passages)))

    def passages_under(self, passages: Sequence[str], folders: Sequence[str]) -> tuple[str, ...]:
        """Returns those of `passages` (ids) whose text is also in a file in one of `folders`.

        Raises as `index` does.
        """
        return self.worker.call(ask.PassagesUnder(tuple(passages), tuple(folders)))

    def find_sources(
        self, sources: Sequence[CitedPassage], folders: Sequence[str]
    ) -> tuple[PassagePlace, ...]:
        """Finds where the words of sources are now, as seen from folders.

        Raises as `index` does.
        """
        asked = tuple(
            CitedPassage(_sendable(s.path), _sendable(s.passage), _sendable(s.text))
            for s in sources
        )
        return self.worker.call(ask.FindSources(asked, tuple(map(_sendable, folders))))

    def files(self) -> tuple[FileRecord, ...]:
        """Returns every file of the library, failed ones included. Raises as `index` does."""
        return self.worker.call(ask.ListFiles())

    def list_files(self, which: FileFilter, order: FileOrder, most: int) -> FileListing:
        """Counts the files that `which` lets through, and returns the first `most` of them.

        Raises as `index` does.
        """
        return self.worker.call(ask.ListSome(which, order, most))

    def status(self) -> LibraryStatus:
        """Returns the library in numbers. Raises as `index` does."""
        return self.worker.call(ask.GetStatus())

    def document(self, path: str | Path) -> StoredDocument:
        """Returns a document as it was indexed. Raises as `index` does."""
        return self.worker.call(ask.GetDocument(_sendable(path)))

    def whole(self, path: str | Path) -> WholeDocument:
        """Returns all passages of a document, for a chat about it alone. Raises as `index` does."""
        return self.worker.call(ask.OpenWhole(_sendable(path)))

    def keep_states(self, content_hash: str) -> None:
        """Makes the drawer for what models read of a document (`models.states`).

        Makes none unless the library holds the document. Raises as `index` does.
        """
        self.worker.call(ask.KeepStates(content_hash))

    def keep_summaries(self, content_hash: str) -> None:
        """Makes the drawer for what models write of a document. Takes what `keep_states` takes."""
        self.worker.call(ask.KeepSummaries(content_hash))

    def tables(self, path: str, question: str) -> tuple[TableSketch, ...]:
        """Returns the tables of a document, with what `question` needs of them.

        Raises as `index` does.
        """
        return self.worker.call(ask.GetTables(_sendable(path), _sendable(question)))

    def compute(self, path: str, number: int, query: str) -> Computed | None:
        """Computes `query` over a table of a document; None where it gives nothing.

        Raises as `index` does.
        """
        return self.worker.call(ask.ComputeTable(_sendable(path), number, _sendable(query)))

    def lines(self, path: str | Path, page: int) -> tuple[TextLine, ...]:
        """Returns the text that was recognised on a page (1-based). Raises as `index` does."""
        return self.worker.call(ask.GetLines(_sendable(path), page))

    def back_up(self, path: Path, token: CancelToken | None = None) -> int:
        """Copies the library to a new file; returns its bytes. Raises as `index` does."""
        return self.worker.call(ask.Backup(_sendable(path.absolute())), token=token)

    def close(self) -> None:
        """Ends the process and those that it started."""
        self.worker.close()


def _absolute(paths: Sequence[str | Path]) -> tuple[str, ...]:
    return tuple(_sendable(Path(path).absolute()) for path in paths)


def _sendable(text: str | Path) -> str:
    """Makes text that UTF-8 can carry: file names and pasted text may hold half characters."""
    return str(text).encode("utf-8", "replace").decode()


class InferClient:
    """The infer worker: fits `models.chat.ChatModel`.

    Args:
        paths: the data folder.
        config: which model, asked before each use; when it changes, the worker starts again.
    """

    def __init__(self, paths: Paths, config: Callable[[], InferConfig]) -> None:
        self._wanted = config
        self._lock = threading.Lock()
        self._running: InferConfig | None = None
        self._info: ask.ModelInfo | None = None
        self._listeners: list[Callable[[WorkerDied], None]] = []
        self.worker = WorkerClient(
            WorkerSpec(
                name="infer",
                title="The language model",
                factory="app.workers.infer:create",
                config=self._config,
                folder=paths.data,
                logs=paths.logs,
            ),
            self._died,
        )

    @property
    def id(self) -> str:
        """The model's id. Does not load it."""
        return self._wanted().model_id

    @property
    def sha256(self) -> str:
        """What the model's file is known by, whatever it is called. Does not load it."""
        return self._wanted().sha256

    @property
    def context_window(self) -> int:
        """Tokens that prompt and completion may have together. Loads the model if need be."""
        return self.load().context_window

    def on_died(self, callback: Callable[[WorkerDied], None]) -> None:
        """Calls back, on a background thread, when the worker ends unexpectedly."""
        self._listeners.append(callback)

    def load(self) -> ask.ModelInfo:
        """Loads the model unless it is loaded, and waits for it.

        Raises:
            ModelError: it cannot be found or loaded.
            WorkerDied: the worker ended while it was loading.
        """
        self._refresh()
        info = self._info
        if info is None:
            info = self.worker.call(ask.LoadModel())
            self._info = info
        return info

    warm = load

    def restart(self) -> None:
        """Ends the worker if it runs, and starts it again with the model that is wanted now."""
        self.worker.stop()
        self._info = None
        self.worker.start()

    def unload_if_idle(self, seconds: float) -> bool:
        """Gives the model's memory back if nobody needed it for so long; the next call loads it."""
        with self._lock:
            stopped = self.worker.stop_if_idle(seconds)
            if stopped:
                self._info = None
            return stopped

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the prompt that the messages make, chat template included."""
        self._refresh()
        return self.worker.call(ask.CountTokens(tuple(messages)))

    def prime(
        self,
        messages: Sequence[Message],
        should_stop: Callable[[], bool] = lambda: False,
        *,
        drawer: str = "",
    ) -> Primed:
        """Reads the beginning of prompts to come, until a question arrives. Blocks.

        Raises:
            PromptTooLong: it leaves no room in the context window.
            ModelError: the model cannot be loaded, or stopped with an error.
            WorkerDied: the worker ended in the middle.
        """
        self._refresh()
        with self.worker.open(ask.Prime(tuple(messages), drawer)) as exchange:
            stopping = False
            while True:
                match exchange.receive(_POLL_SECONDS):
                    case Replied(primed):
                        return primed
                if not stopping and should_stop():
                    stopping = True
                    exchange.control(cancelled=True, paused=False)

    def tune(self) -> None:
        """Measures the fastest settings for the model on this machine; a question stops it.

        Raises as `load` does.
        """
        self._refresh()
        self.worker.call(ask.Tune())

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        """Yields `TextPiece`s as they are decoded and one `Finished` at the end.

        Raises:
            PromptTooLong: the prompt leaves no room in the context window.
            InferenceFailed: the model stopped with an error.
            WorkerDied: the worker ended in the middle.
        """
        if should_stop():
            yield Finished(FinishReason.STOPPED, 0, 0)
            return
        self._refresh()
        give_up = float("inf")
        with self.worker.open(ask.Generate(tuple(messages), options)) as exchange:
            while time.monotonic() < give_up:
                match exchange.receive(_POLL_SECONDS):
                    case Said(piece):
                        yield piece
                    case Replied(finished):
                        yield finished
                        return
                if give_up == float("inf") and should_stop():
                    give_up = time.monotonic() + _STOP_SECONDS
                    exchange.control(cancelled=True, paused=False)
        # It is still loading the model; leaving the exchange has told it to stop.
        yield Finished(FinishReason.STOPPED, 0, 0)

    def close(self) -> None:
        """Ends the process."""
        self.worker.close()

    def _config(self) -> msgspec.Struct:
        self._running = self._wanted()
        return self._running

    def _refresh(self) -> None:
        """Ends a worker that has another model than the one that is wanted now."""
        with self._lock:
            if self.worker.alive and self._running != self._wanted():
                self.worker.stop()
                self._info = None

    def _died(self, error: WorkerDied) -> None:
        self._info = None
        for listener in self._listeners:
            listener(error)
