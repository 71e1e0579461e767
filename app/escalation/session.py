"""One escalation as a state machine: only what was shown and confirmed is sent, and only once.

    Editing ── confirm(click, seal) ─→ Confirmed ── begin() ─→ Sending ── arrive() ─→ Streaming
       │ show(payload), edit()             │                      │                      │
       └──────────── cancel() ─────────────┴──────────────────────┴───────────→ Done | Failed |
                                                                                Cancelled
There is no way back: asking again takes a new session, preview and click.
"""

from __future__ import annotations

import threading
from enum import StrEnum

from app.errors import NotConfirmed
from app.escalation.payload import Payload


class SessionState(StrEnum):
    """The state of an escalation."""

    EDITING = "editing"
    CONFIRMED = "confirmed"
    SENDING = "sending"
    STREAMING = "streaming"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


_ENDS = frozenset({SessionState.DONE, SessionState.FAILED, SessionState.CANCELLED})


class WrongState(Exception):
    """A step that the state does not allow: a bug, never the person's mistake."""


class Click:
    """A person's click on Send, created only by the handler of a real input event.

    It is good for one confirmation, and spent by it whether that succeeds or not.
    """

    __slots__ = ("_lock", "_spent")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spent = False

    def spend(self) -> bool:
        """Uses the click up. Returns whether it was still good."""
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
        """The current state."""
        return self._state

    @property
    def shown(self) -> Payload | None:
        """The payload on the screen; None after an edit, until the next `show`."""
        return self._shown

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._state in _ENDS

    def edit(self) -> None:
        """Records a change of the draft: what was shown can no longer be sent.

        Raises:
            WrongState: it was confirmed already.
        """
        with self._lock:
            self._require(SessionState.EDITING)
            self._shown = None

    def show(self, payload: Payload) -> None:
        """Records the payload that is on the screen now, replacing the previous one.

        Raises:
            WrongState: it was confirmed already.
        """
        with self._lock:
            self._require(SessionState.EDITING)
            self._shown = payload

    def confirm(self, click: Click, seal: str) -> None:
        """Confirms the shown payload after a click on Send.

        Args:
            click: the click; this spends it.
            seal: `Payload.seal` of what was shown above the button.

        Raises:
            NotConfirmed: the click was spent before, or the shown payload has changed.
            WrongState: it was confirmed already.
        """
        good = click.spend()
        with self._lock:
            self._require(SessionState.EDITING)
            if not good or self._shown is None or seal != self._shown.seal:
                raise NotConfirmed(
                    "Nothing was sent: what would be sent has changed since it was shown.",
                    "Review it again, and press Send.",
                )
            self._state = SessionState.CONFIRMED

    def begin(self) -> Payload:
        """Hands out the confirmed payload for sending, once.

        Raises:
            WrongState: it was not confirmed, or was begun or cancelled already.
        """
        with self._lock:
            self._require(SessionState.CONFIRMED)
            assert self._shown is not None
            self._state = SessionState.SENDING
            return self._shown

    def arrive(self) -> None:
        """Records that the reply has begun to arrive. Does nothing once ended."""
        with self._lock:
            if self._state is SessionState.SENDING:
                self._state = SessionState.STREAMING

    def end(self, state: SessionState) -> None:
        """Ends the session in one of the three final states; the first one counts."""
        if state not in _ENDS:
            raise WrongState(state)
        with self._lock:
            if self._state not in _ENDS:
                self._state = state

    def cancel(self) -> None:
        """Ends the session because the person cancelled it."""
        self.end(SessionState.CANCELLED)

    def _require(self, state: SessionState) -> None:
        if self._state is not state:
            raise WrongState(f"{self._state} is not {state}")
