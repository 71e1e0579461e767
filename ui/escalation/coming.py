"""A reply on its way. It goes on when its chat is left, and is shown when one comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import shiboken6

from app.chats.outside_reply import EscalationEvent, OutsideDone, OutsideReply, OutsideText, Reached
from app.user_messages import UserMessage

if TYPE_CHECKING:
    from app.chats.store import Turn
    from app.escalation.draft import EscalationDraft
    from ui.escalation.reply_view import ReplyView


class Coming:
    """What is known of one reply so far, and the view that shows it now. GUI thread only.

    Attributes:
        stop: ends it.
        reply: once it has ended, if anything came.

    Args:
        draft: what was sent.
        earlier: the turns before its own; for the sheet, when the person looks at it again.
        untold: told of an error that no view could show.
    """

    def __init__(
        self,
        draft: EscalationDraft,
        earlier: Sequence[Turn],
        untold: Callable[[UserMessage], None],
    ) -> None:
        self.draft = draft
        self.earlier = tuple(earlier)
        self.reply: OutsideReply | None = None
        self.stop: Callable[[], None] = lambda: None
        self._untold = untold
        self._reached = False
        self._text = ""
        self._error: UserMessage | None = None
        self._stopped = False
        self._view: ReplyView | None = None

    def show_in(self, view: ReplyView) -> None:
        """From now on this view shows it; all that came before is shown at once."""
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
        """More came."""
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
        """It is whole, or as much of it as will come."""
        if self.reply is None:
            self.reply = reply
            self._tell(lambda view: view.finish(reply))

    def on_error(self, message: UserMessage) -> None:
        """It went wrong."""
        self._error = message
        if not self._tell(lambda view: view.fail(message)):
            self._untold(message)

    def on_cancelled(self) -> None:
        """It was stopped before anything came."""
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
