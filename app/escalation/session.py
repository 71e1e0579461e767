"""One escalation, as a small state machine: nothing is sent but what was shown and clicked, once.

    Editing ── confirm(click, seal) ─→ Confirmed ── begin() ─→ Sending ── arrive() ─→ Streaming
       │ show(payload), edit()             │                      │                      │
       └──────────── cancel() ─────────────┴──────────────────────┴───────────→ Done | Failed |
                                                                                Cancelled
There is no way back: whoever wants to ask again makes another session, shows again, clicks again.
"""

from __future__ import annotations

import threading
from enum import StrEnum

from app.errors import NotConfirmed
from app.escalation.payload import Payload


class SessionState(StrEnum):
    """Where an escalation is."""

    EDITING = "editing"
    CONFIRMED = "confirmed"
    SENDING = "sending"
    STREAMING = "streaming"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_ENDS = frozenset({SessionState.DONE, SessionState.FAILED, SessionState.CANCELLED})


class WrongState(Exception):
    """A step that the state does not allow: a mistake of the program, never of the person."""


class Click:
    """A person's click on Send, made where a real input event arrives, and nowhere else.

    It serves one confirmation, and is spent by it whether that succeeds or not.
    """

    __slots__ = ("_lock", "_spent")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spent = False

    def spend(self) -> bool:
        """Uses it up. Returns whether it was still good."""
        with self._lock:
            good, self._spent = not self._spent, True
        return good


class Session:
    """One escalation. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = SessionState.EDITING
        self._shown: Payload | None = None

    @property
    def state(self) -> SessionState:
        """Where it is."""
        return self._state

    @property
    def shown(self) -> Payload | None:
        """What is shown now, and could be sent; None after an edit, until it is shown again."""
        return self._shown

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self._state in _ENDS

    def edit(self) -> None:
        """Something of the draft has changed: what was shown cannot be sent any more.

        Raises:
            WrongState: it was confirmed already.
        """
        with self._lock:
            self._require(SessionState.EDITING)
            self._shown = None

    def show(self, payload: Payload) -> None:
        """These bytes are on the screen now, in the place of any before.

        Raises:
            WrongState: it was confirmed already.
        """
        with self._lock:
            self._require(SessionState.EDITING)
            self._shown = payload

    def confirm(self, click: Click, seal: str) -> None:
        """The person clicked on Send under what is shown.

        Args:
            click: that click; it is spent by this.
            seal: `Payload.seal` of what stood above it.

        Raises:
            NotConfirmed: the click was spent before, or what was shown has changed since.
            WrongState: it was confirmed already.
        """
        good = click.spend()
        with self._lock:
            self._require(SessionState.EDITING)
            if not good or self._shown is None or seal != self._shown.seal:
                raise NotConfirmed(
                    "Nothing was sent: what would be sent has changed since it was shown.",
                    "Look at it once more, and press Send.",
                )
            self._state = SessionState.CONFIRMED

    def begin(self) -> Payload:
        """Hands out what was confirmed, to be sent. Does so once.

        Raises:
            WrongState: it was not confirmed, or was begun or cancelled already.
        """
        with self._lock:
            self._require(SessionState.CONFIRMED)
            assert self._shown is not None
            self._state = SessionState.SENDING
            return self._shown

    def arrive(self) -> None:
        """The first of the reply is here. Does nothing once it is over."""
        with self._lock:
            if self._state is SessionState.SENDING:
                self._state = SessionState.STREAMING

    def end(self, state: SessionState) -> None:
        """It is over, in one of the three ways; the first one counts."""
        if state not in _ENDS:
            raise WrongState(state)
        with self._lock:
            if self._state not in _ENDS:
                self._state = state

    def cancel(self) -> None:
        """The person does not want it any more."""
        self.end(SessionState.CANCELLED)

    def _require(self, state: SessionState) -> None:
        if self._state is not state:
            raise WrongState(f"{self._state} is not {state}")
