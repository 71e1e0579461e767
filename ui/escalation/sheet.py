"""The sheet that shows the exact request, its recipient and its price; only Send sends it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from app.errors import AppError
from app.escalation import draft as drafts
from app.escalation.review import QUESTION
from app.escalation.session import Click, Session
from app.user_messages import UserMessage, describe
from ui.dialog import Dialog
from ui.escalation import wording
from ui.escalation.choices import Choices
from ui.escalation.hide_more import HideMore
from ui.escalation.payload_view import PayloadView
from ui.escalation.question import QuestionPart
from ui.escalation.recipient import Recipient
from ui.escalation.send_button import SendButton
from ui.remedies import RemedyRow
from ui.screens import room_for
from ui.theme.flow import FlowLayout
from ui.theme.scrolling import Scrolling
from ui.theme.tokens import SPACE
from ui.theme.widgets import button, label, line

if TYPE_CHECKING:
    from app.chats.store import Turn
    from app.escalation.draft import Draft
    from app.escalation.payload import Payload
    from app.escalation.service import EscalationService, Prepared
    from ui.bridge import Bridge

LANE = "escalation"
_WIDTH, _HEIGHT = 1080, 740  # pixels
_PARTS_HEIGHT = 260  # at least
_TYPING_MS = 250


class EscalationSheet(Dialog):
    """Edits a draft, and always shows the exact bytes of its request.

    Each change disables Send until the new bytes are on the screen.

    Signals:
        confirmed: the user clicked Send; carries the `Session` and the `Draft`.

    Args:
        parent: widget whose window the sheet belongs to.
        service: prepares the bytes.
        bridge: runs that in the background.
        turn: the turn whose question is sent.
        earlier: the turns before it, oldest first.
        draft: the draft of a failed attempt to start from.
    """

    confirmed = Signal(object, object)

    def __init__(
        self,
        parent: QWidget,
        service: EscalationService,
        bridge: Bridge,
        turn: Turn,
        earlier: Sequence[Turn] = (),
        draft: Draft | None = None,
    ) -> None:
        super().__init__(parent, self.tr("Ask a larger model"))
        self._service = service
        self._bridge = bridge
        self._session = Session()
        self._draft: Draft | None = None
        self._payload: Payload | None = None
        self._changes = 0
        self._typing = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._typing.timeout.connect(self._prepare)
        self._build()
        self.finished.connect(self._on_finished)
        if draft is not None:
            self._begin(draft)
        else:
            bridge.run(
                LANE,
                lambda _token, _send: service.draft(turn, earlier),
                self._begin,
                self._not_prepared,
            )

    @property
    def payload(self) -> Payload | None:
        """The payload that is shown and could be sent; None if there is none."""
        return self._payload

    # Changing

    def _begin(self, draft: Draft) -> None:
        self.recipient.show_providers(self._service.providers, draft.provider)
        self.question.show_question(draft.question)
        self.choices.show_draft(draft)
        self._change(draft)

    def _change(self, draft: Draft, *, typing: bool = False) -> None:
        """Replaces the draft; the payload on the screen is outdated and cannot be sent."""
        self._draft = draft
        self._changes += 1
        self._payload = None
        self._session.edit()
        self.send.arm(False)
        self._say(self.tr("Looking for personal details…"))
        if typing:
            self._typing.start()
        else:
            self._typing.stop()
            self._prepare()

    def _on_question(self, typed: str) -> None:
        if self._draft is not None:
            self._change(drafts.with_question(self._draft, typed), typing=True)

    def _on_recipient(self) -> None:
        provider = self.recipient.chosen
        if self._draft is not None and provider is not None:
            self._change(drafts.with_provider(self._draft, provider), typing=True)

    def _on_tick(self, key: str, on: bool) -> None:
        if self._draft is not None:
            self._change(drafts.tick(self._draft, key, on=on))

    def _on_mark(self, key: str, sent: bool) -> None:
        if self._draft is not None:
            self._change(drafts.keep(self._draft, key, on=sent))

    def _on_hide(self, words: str) -> None:
        """Saves the words to hide; the lane then checks all texts again."""
        if self._draft is not None:
            self._bridge.run(LANE, lambda _token, _send: self._service.hide(words))
            self._change(self._draft)

    # Showing

    def _prepare(self) -> None:
        draft, number = self._draft, self._changes
        if draft is None:
            return

        def prepared(result: Prepared) -> None:
            if number == self._changes:
                self._show(result)

        def failed(problem: UserMessage) -> None:
            if number == self._changes:
                self._not_prepared(problem)

        self._bridge.run(LANE, lambda _token, _send: self._service.prepare(draft), prepared, failed)

    def _show(self, prepared: Prepared) -> None:
        self._draft = prepared.draft
        self.recipient.destination.show_host(prepared.draft.provider.host)
        self.choices.show_state(prepared.draft, prepared.review)
        self.question.show_piece(prepared.review.pieces[QUESTION])
        if prepared.payload is None:
            assert prepared.problem is not None
            self._not_prepared(prepared.problem)
            return
        self._payload = prepared.payload
        self._show_way(wording.way(prepared.payload.route))
        self.exact.show_payload(prepared.payload)
        self._session.show(prepared.payload)
        self._say(wording.estimate(prepared.payload))
        self.send.arm(True)

    def _not_prepared(self, problem: UserMessage) -> None:
        self._say(problem.words, fault=True)
        self._remedies.show_for(problem)
        self._show_way("")
        self.exact.show_nothing(self.tr("Nothing can be sent now."))

    def _show_way(self, route: str) -> None:
        """Shows the proxy and the certificates in use."""
        self.way.setText(route)
        self.way.setVisible(bool(route))

    def _say(self, words: str, *, fault: bool = False) -> None:
        self._words.setText("" if fault else words)
        self._words.setVisible(not fault)
        self._remedies.show_for(None)
        self._fault.setText(words if fault else "")
        self._fault.setVisible(fault)

    # Sending

    def _on_send(self, click: Click) -> None:
        if self._payload is None or self._draft is None:
            return
        try:
            self._session.confirm(click, self._payload.seal)
        except AppError as error:
            self._not_prepared(describe(error))
            return
        self.confirmed.emit(self._session, self._draft)
        self.accept()

    def _on_finished(self, result: int) -> None:
        self._changes += 1  # drops the result still being prepared
        if result != QDialog.DialogCode.Accepted:
            self._session.cancel()

    # Building

    def fit(self) -> None:
        """Puts the payload below the choices when there is no room beside them."""
        self._turn(Qt.Orientation.Horizontal, _PARTS_HEIGHT)
        layout = self.layout()
        if layout is not None and layout.totalMinimumSize().width() > room_for(self).width():
            self._turn(Qt.Orientation.Vertical, 2 * _PARTS_HEIGHT)
        super().fit()

    def _turn(self, orientation: Qt.Orientation, height: int) -> None:
        self._parts.setOrientation(orientation)
        self._parts.setMinimumHeight(height)
        self.measure_again()

    def _build(self) -> None:
        explanation = self.tr(
            "Only the text under “Exactly what is sent” leaves your computer, and only when you "
            "press Send. Personal details that were found are replaced by placeholders; choose a "
            "mark to change that."
        )
        self.recipient = Recipient()
        self.recipient.changed.connect(self._on_recipient)
        self.exact = PayloadView()
        parts = self._parts = QSplitter(Qt.Orientation.Horizontal)
        parts.setChildrenCollapsible(False)
        parts.addWidget(self._build_choices())
        right = QWidget()
        inside = QVBoxLayout(right)
        inside.setContentsMargins(SPACE.normal, 0, 0, 0)
        inside.addWidget(self.exact)
        parts.addWidget(right)
        parts.setSizes([_WIDTH * 54 // 100, _WIDTH * 46 // 100])
        column = QVBoxLayout()
        column.setSpacing(SPACE.small)
        head = FlowLayout(first_grows=True)
        head.addWidget(label(self.windowTitle(), "title"))
        head.addWidget(self.recipient.destination)
        column.addLayout(head)
        self.way = label(role="outside", wrap=True)
        self.way.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.way.hide()
        column.addWidget(self.way)
        column.addWidget(label(explanation, "soft", wrap=True))
        column.addWidget(self.recipient)
        column.addWidget(line())
        column.addWidget(parts, 1)
        ends = QVBoxLayout()
        ends.setSpacing(SPACE.small)
        ends.addWidget(line())
        ends.addLayout(self._build_ends())
        self.lay_out(column, ends, width=_WIDTH, height=_HEIGHT)

    def _build_choices(self) -> QWidget:
        self.question = QuestionPart()
        self.question.edited.connect(self._on_question)
        self.question.toggled.connect(self._on_mark)
        self.hide_more = HideMore()
        self.hide_more.wanted.connect(self._on_hide)
        self.choices = Choices()
        self.choices.ticked.connect(self._on_tick)
        self.choices.toggled.connect(self._on_mark)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, SPACE.normal, 0)
        column.setSpacing(SPACE.normal)
        column.addWidget(self.question)
        column.addWidget(self.hide_more)
        column.addWidget(self.choices)
        column.addStretch(1)
        return Scrolling(page)

    def _build_ends(self) -> QHBoxLayout:
        self._words = label(role="soft", wrap=True)
        self._fault = label(role="danger", wrap=True)
        self._remedies = RemedyRow(self._bridge.messages.do)
        self._fault.hide()
        self.send = SendButton()
        self.send.setText(self.tr("Send"))
        self.send.setAccessibleName(self.tr("Send exactly this"))
        self.send.setAccessibleDescription(self.tr("Click, or press the space bar."))
        self.send.pressed_by_hand.connect(self._on_send)
        row = QHBoxLayout()
        row.setSpacing(SPACE.tight)
        row.addWidget(self._words, 1)
        row.addWidget(self._fault, 1)
        row.addWidget(self._remedies)
        row.addWidget(button(self.tr("Cancel"), on_click=self.reject))
        row.addWidget(self.send)
        return row
