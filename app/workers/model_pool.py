"""Holds the language models that are loaded, each in its process, within one budget of memory.

A model is loaded when it is first asked. Where it does not fit beside the others, those that nobody
uses go first, the least recently used before the others; one that is answering never goes, and is
waited for. A model that is larger than the budget is loaded alone.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import Cancelled
from app.paths import Paths
from app.workers.configs import InferConfig
from app.workers.devices import Devices
from app.workers.infer_client import InferClient
from models.errors import ModelError
from models.fit import need_of
from models.memory import memory

_WAKE_SECONDS = 0.05  # between two looks at whether somebody still waits
_Key = tuple[str, str, str, str]


class ModelPool:
    """Makes the clients of models, and decides which of them stay loaded.

    Threads may share it. It starts no process itself: a client does at its first call.

    Args:
        paths: the data folder.
        config: of the model that answers, asked before each use.
        budget: returns the bytes of memory that all models may take together.
        need: returns the bytes that a model takes; another one for tests.
        available: returns the bytes of memory that are free; another one for tests.

    Attributes:
        answers: the client of the model that answers.
    """

    def __init__(
        self,
        paths: Paths,
        config: Callable[[], InferConfig],
        budget: Callable[[], int],
        need: Callable[[InferConfig], int] | None = None,
        available: Callable[[], int] = lambda: memory().available,
    ) -> None:
        self._paths = paths
        self._budget = budget
        self._need = need or _need
        self._available = available
        self._changed = threading.Condition()
        self._users: Counter[InferClient] = Counter()
        self._order: list[InferClient] = []  # the least recently used first
        self._held: dict[InferClient, tuple[InferConfig, int]] = {}  # what each has room for
        self._others: dict[_Key, InferClient] = {}
        self._closed = False
        self.devices = Devices(paths)
        self.answers = InferClient(paths, config, self.devices, self._using)

    @property
    def clients(self) -> tuple[InferClient, ...]:
        """All clients, loaded or not, that of the answers first."""
        with self._changed:
            return (self.answers, *self._others.values())

    @property
    def loaded(self) -> tuple[InferClient, ...]:
        """The clients whose model is loaded or being loaded."""
        return tuple(client for client in self.clients if client.worker.alive)

    @property
    def budget(self) -> int:
        """The bytes of memory that all models may take together."""
        return self._budget()

    def get(self, config: Callable[[], InferConfig]) -> InferClient:
        """Returns the client of a model: that of the answers if it is the same one.

        Args:
            config: which model, and how it is loaded; asked before each use.

        Raises:
            ModelError: there is no such model.
            Cancelled: the pool is closed.
        """
        key = _key(config())
        try:
            if key == _key(self.answers.wanted):
                return self.answers
        except ModelError:
            pass  # nothing answers; this one may all the same
        with self._changed:
            if self._closed:
                raise Cancelled
            if key not in self._others:
                self._others[key] = InferClient(self._paths, config, self.devices, self._using)
            return self._others[key]

    @contextmanager
    def lent(self, config: Callable[[], InferConfig]) -> Iterator[InferClient]:
        """Yields the client of a model, and unloads it afterwards if it was not loaded before.

        Raises as `get` does.
        """
        client = self.get(config)
        was_loaded = client.worker.alive or client is self.answers
        try:
            yield client
        finally:
            if not was_loaded and not self._users[client]:
                client.unload()

    def unload_idle(self, patience: Callable[[InferClient], float]) -> bool:
        """Unloads the models that nobody asked for long enough; returns whether there was one.

        Args:
            patience: returns how many seconds a model may be idle.
        """
        unloaded = [client.unload_if_idle(patience(client)) for client in self.loaded]
        return any(unloaded)

    def close(self) -> None:
        """Ends all processes; calls that wait for room raise `Cancelled`."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        ending = [threading.Thread(target=client.close) for client in self.clients]
        for thread in ending:
            thread.start()
        for thread in ending:
            thread.join()

    @contextmanager
    def _using(self, client: InferClient, should_stop: Callable[[], bool]) -> Iterator[bool]:
        """Keeps a model in memory while the block runs; yields False if it was stopped before."""
        config = client.wanted
        with self._changed:
            self._users[client] += 1
            if client in self._order:
                self._order.remove(client)
            self._order.append(client)
        try:
            yield self._wait_for_room(client, config, should_stop)
        finally:
            with self._changed:
                self._users[client] -= 1
                self._changed.notify_all()

    def _wait_for_room(
        self, client: InferClient, config: InferConfig, should_stop: Callable[[], bool]
    ) -> bool:
        """Returns True once there is room; False if nobody waits for it any more."""
        held = self._held.get(client)
        if held is not None and held[0] == config and client.worker.alive:
            return True
        need = self._need(config)
        with self._changed:
            while not self._make_room(client, config, need):
                if self._closed:
                    raise Cancelled
                if should_stop():
                    return False
                self._changed.wait(_WAKE_SECONDS)
        return True

    def _make_room(self, client: InferClient, config: InferConfig, need: int) -> bool:
        """Unloads what has to go; False while a model has to go that is in use."""
        for idle in [c for c in self._order if c is not client and not self._users[c]]:
            if self._taken(client) + need <= self._budget() and need <= self._available():
                break
            idle.unload_if_idle(0)
        taken = self._taken(client)
        if taken and taken + need > self._budget():
            return False
        self._held[client] = config, need
        return True

    def _taken(self, client: InferClient) -> int:
        """Returns the bytes of all models but one, as far as they are loaded or will be."""
        for other in [c for c in self._held if not self._users[c] and not c.worker.alive]:
            del self._held[other]
        return sum(need for other, (_, need) in self._held.items() if other is not client)


def _key(config: InferConfig) -> _Key:
    """Returns what tells a model from others, however it is loaded."""
    return config.path, config.model_id, config.factory, config.adapter


def _need(config: InferConfig) -> int:
    """Returns the bytes that a model takes, its adapter included; 0 where there is no file."""
    if not config.path:
        return 0
    need = need_of(Path(config.path), config.context_tokens).resident
    return need + (Path(config.adapter).stat().st_size if config.adapter else 0)
