"""Looks for a later version when the person says so, and once a day if they have turned that on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
from msgspec import Struct

from app import __version__
from app.errors import NoUpdatePlace
from app.jobs import CancelToken
from app.privacy.egress.port import EgressGate
from app.private_data import write_private
from app.settings.store import SettingsStore
from app.updates import minisign
from app.updates.manifest import LARGEST, Manifest, Seen, check, is_later, read
from app.updates.place import Place

log = logging.getLogger(__name__)

PAUSE = timedelta(days=1)
"""Between two looks that nobody asked for."""


class State(Struct, frozen=True):
    """What is kept of earlier looks, in the data folder. `looked`: when the last one began."""

    seen: Seen = Seen()
    looked: datetime | None = None


class Updates:
    """Asks one fixed address, through the gate, for signed news of the newest version.

    Args:
        gate: the way out; it records the request.
        settings: whether looking by itself is turned on.
        path: where the newest manifest that was seen is remembered.
        place: whom to ask, and whose signature counts.
        version: of this program; it is compared here, and never sent.
        now: the clock.
    """

    def __init__(
        self,
        gate: EgressGate,
        settings: SettingsStore,
        path: Path,
        place: Place | None = None,
        version: str = __version__,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._gate = gate
        self._settings = settings
        self._path = path
        self.place = place or Place()
        self.version = version
        self._now = now

    def is_due(self) -> bool:
        """Tells whether to look now although nobody pressed a button."""
        if not (self._settings.current.look_for_updates and self.place.is_set):
            return False
        looked, now = self._state().looked, self._now()
        return looked is None or not looked <= now < looked + PAUSE

    def look(self, token: CancelToken) -> Manifest | None:
        """Asks for the newest version. Returns its news; None if this one is the newest.

        Raises:
            NoUpdatePlace: this copy of Studiolo knows nobody to ask; nothing was sent.
            UpdateNotReached: the news did not come.
            UpdateRefused: the news are not signed by the makers, damaged, or out of date.
            EgressNotRecorded: the request could not be recorded; nothing was sent.
            Cancelled: `token` was cancelled.
        """
        if not self.place.is_set:
            raise NoUpdatePlace(
                "No place for new versions is set in this copy of Studiolo; nothing was sent.",
                "Get new versions from where you got this one.",
            )
        key = minisign.public_key(self.place.public_key)
        seen = self._state().seen
        self._keep(State(seen, self._now()))
        manifest = read(self._gate.news(self.place.address, LARGEST, token), key)
        check(manifest, seen, self._now())
        self._keep(State(Seen(manifest.number, manifest.version), self._now()))
        return manifest if is_later(manifest.version, self.version) else None

    def _state(self) -> State:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=State)
        except FileNotFoundError:
            return State()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            log.info("what was seen of new versions cannot be read")
            return State()

    def _keep(self, state: State) -> None:
        try:
            write_private(self._path, msgspec.json.encode(state))
        except OSError:
            log.info("what was seen of new versions cannot be kept")
