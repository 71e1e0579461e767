"""Escalation in the chat: offers it, opens the sheet, sends, and shows the reply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from app.jobs import CancelToken
from app.told import words_of
from ui.escalation.coming import Coming
from ui.escalation.reply_view import ReplyView

if TYPE_CHECKING:
    from app.chats.outside_reply import OutsideReply
    from app.chats.store import Turn
    from app.escalation.draft import Draft
    from app.escalation.session import Session
    from app.services import Services
    from app.settings.store import Settings
    from ui.bridge import Bridge
    from ui.chat.turn_view import TurnView

LANE = "outside"
"""Replies have their own lane: the sheet can be used while one streams."""


class EscalationControl(QObject):
    """The chat page's escalation. Nothing is sent but by the user's click in the sheet.

    Args:
        services: know whether it is allowed, and send.
        bridge: runs that in the background.
        page: widget whose window the sheet belongs to.
    """

    _settings_changed = Signal()

    def __init__(self, services: Services, bridge: Bridge, page: QWidget) -> None:
        super().__init__(page)
        self._service = services.escalation
        self._bridge = bridge
        self._page = page
        self._views: list[TurnView] = []
        self._coming: dict[int, list[Coming]] = {}  # by turn id
        services.settings.on_change(self._on_settings)
        self._settings_changed.connect(self._offer, Qt.ConnectionType.QueuedConnection)

    def follow(self, view: TurnView, earlier: Callable[[], Sequence[Turn]]) -> None:
        """Offers escalation at a turn, and shows the turn's replies.

        Args:
            view: shows the turn.
            earlier: returns the answered turns before it.
        """
        self._views = [open_view for open_view in self._views if shiboken6.isValid(open_view)]
        self._views.append(view)
        view.outside_wanted.connect(lambda: self.open_sheet(view, earlier()))
        view.offer_outside(self._service.allowed)
        if view.turn is None:
            return
        for reply in view.turn.replies:
            self._add(view).finish(reply)
        for coming in self._coming.get(view.turn.id, ()):
            if coming.reply is None or coming.reply not in view.turn.replies:
                self._show(coming, view)

    def open_sheet(
        self, view: TurnView, earlier: Sequence[Turn], draft: Draft | None = None
    ) -> None:
        """Opens the sheet for a saved turn, if escalation is allowed."""
        from ui.escalation.sheet import EscalationSheet  # imported on first use

        if view.turn is None or not self._service.allowed:
            return
        window = self._page.window()
        sheet = EscalationSheet(window, self._service, self._bridge, view.turn, earlier, draft)
        sheet.confirmed.connect(lambda session, sent: self._send(view, earlier, session, sent))
        sheet.open()

    def _send(
        self, view: TurnView, earlier: Sequence[Turn], session: Session, draft: Draft
    ) -> None:
        assert view.turn is not None
        turn_id = view.turn.id
        coming = Coming(draft, earlier, self._bridge.messages.error)
        self._coming.setdefault(turn_id, []).append(coming)
        self._show(coming, view)

        def work(token: CancelToken, send: Callable[[object], None]) -> OutsideReply:
            return self._service.send(session, turn_id, send, token)

        job = self._bridge.run(
            LANE,
            work,
            coming.on_done,
            coming.on_error,
            coming.on_event,
            on_cancelled=coming.on_cancelled,
        )
        coming.stop = job.cancel

    def _show(self, coming: Coming, view: TurnView) -> None:
        reply_view = self._add(view)
        reply_view.again.connect(lambda: self.open_sheet(view, coming.earlier, coming.draft))
        coming.show_in(reply_view)

    def _add(self, view: TurnView) -> ReplyView:
        answer = view.turn.answer if view.turn is not None else None
        reply_view = ReplyView(words_of(answer)) if answer is not None else ReplyView()
        view.add_reply(reply_view)
        return reply_view

    def _on_settings(self, _settings: Settings) -> None:
        """Runs on whatever thread changed a setting."""
        if shiboken6.isValid(self):
            self._settings_changed.emit()

    def _offer(self) -> None:
        for view in self._views:
            if shiboken6.isValid(view):
                view.offer_outside(self._service.allowed)
