"""A streaming reply. It continues when its chat is left, and is shown when the user comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import shiboken6

from app.chats.outside_reply import EscalationEvent, OutsideDone, OutsideReply, OutsideText, Reached
from app.user_messages import UserMessage

if TYPE_CHECKING:
    from app.chats.store import Turn
    from app.escalation.draft import Draft
    from ui.escalation.reply_view import ReplyView


class Coming:
    """One reply so far, and the view that shows it now. GUI thread only.

    Attributes:
        stop: stops the reply.
        reply: the reply once it has ended, if anything arrived.

    Args:
        draft: what was sent.
        earlier: the turns before its own, for the sheet when the user opens it again.
        on_unshown: gets an error that no view could show.
    """

    def __init__(
        self,
        draft: Draft,
        earlier: Sequence[Turn],
        on_unshown: Callable[[UserMessage], None],
    ) -> None:
        self.draft = draft
        self.earlier = tuple(earlier)
        self.reply: OutsideReply | None = None
        self.stop: Callable[[], None] = lambda: None
        self._on_unshown = on_unshown
        self._reached = False
        self._text = ""
        self._error: UserMessage | None = None
        self._stopped = False
        self._view: ReplyView | None = None

    def show_in(self, view: ReplyView) -> None:
        """Shows the reply in this view from now on, starting with what has arrived."""
        self._view = view
        view.stopped.connect(self._on_stop)
        view.start(self.draft.provider)
        if self._reached:
            view.show_reached()
        if self.reply is not None:
            view.finish(self.reply)
        elif self._text:
            view.add_text(self._text)
        if self._error is not None:
            view.fail(self._error)
        elif self._stopped:
            view.show_stopped()

    def on_event(self, event: EscalationEvent) -> None:
        """Passes an event to the view, and keeps it."""
        match event:
            case Reached():
                self._reached = True
                self._tell(lambda view: view.show_reached())
            case OutsideText(text=more):
                self._text += more
                self._tell(lambda view: view.add_text(more))
            case OutsideDone(reply=reply):
                self.on_done(reply)

    def on_done(self, reply: OutsideReply) -> None:
        """Shows the reply, complete or as far as it came."""
        if self.reply is None:
            self.reply = reply
            self._tell(lambda view: view.finish(reply))

    def on_error(self, message: UserMessage) -> None:
        """Shows the error."""
        self._error = message
        if not self._tell(lambda view: view.fail(message)):
            self._on_unshown(message)

    def on_cancelled(self) -> None:
        """Shows that it was stopped before anything arrived."""
        self._stopped = True
        self._tell(lambda view: view.show_stopped())

    def _on_stop(self) -> None:
        self.stop()

    def _tell(self, say: Callable[[ReplyView], None]) -> bool:
        view = self._view
        if view is None or not shiboken6.isValid(view):
            return False
        say(view)
        return True
