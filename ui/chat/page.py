"""The conversation page: its heading, its turns or an empty state, and the question field."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.conversation import Conversation, Kept, Question
from app.errors import WorkerDied
from app.events import Answer
from app.jobs import CancelToken, Job
from app.library.examples import copy_examples
from app.user_messages import UserMessage, describe
from ui.chat.composer import Composer
from ui.chat.drafts import ChatDrafts, joined
from ui.chat.empty import NewChatView
from ui.chat.own_settings import ChatSettingsControl
from ui.chat.readiness import ReadinessWatcher
from ui.chat.reading import ReadingNotes
from ui.chat.scope import ScopeControl
from ui.chat.setup import SetUpController
from ui.chat.transcript import Transcript
from ui.chat.turn_view import TurnView
from ui.elided import ElidedLabel
from ui.legible import named
from ui.messages import Notice, Tone
from ui.theme.tokens import SPACE
from ui.theme.widgets import icon_button

if TYPE_CHECKING:
    from app.chats.store import ChatSummary, Turn
    from app.services import Services
    from ui.bridge import Bridge

LANE = "answers"
CHATS_LANE = "chats"


@dataclass(frozen=True, slots=True)
class WorkerLost:
    """The process that was working on the answer ended; it can be restarted."""

    message: UserMessage


class ChatPage(QWidget):
    """Shows one chat at a time; an answer continues while another chat is shown.

    Signals:
        turn_added: carries a `TurnView`, and a function that returns the answered turns before.
        chat_begun: a question began a new chat; carries its `ChatSummary`.
        chat_used: a turn was added to the chat of this id.
        source_opened: carries the `Citation` or `Hit`, and all sources of its answer.
        rename_wanted, delete_wanted: the buttons in the heading; carry the chat's id.
        add_folder, add_files: the user wants to choose documents for the library.
        add_paths: carries paths for the library.
        forget: carries a chosen file or folder that the user does not want read after all.
    """

    turn_added = Signal(object, object)
    chat_begun = Signal(object)
    chat_used = Signal(int)
    source_opened = Signal(object, object)
    rename_wanted = Signal(int)
    delete_wanted = Signal(int)
    add_folder = Signal()
    add_files = Signal()
    add_paths = Signal(object)
    forget = Signal(str)
    _model_died = Signal()

    def __init__(self, services: Services, bridge: Bridge, readiness: ReadinessWatcher) -> None:
        super().__init__()
        self._services = services
        self._conversation = Conversation(services)
        self._bridge = bridge
        self._readiness = readiness
        self._jobs: dict[Transcript, Job[Answer | WorkerLost]] = {}
        self._transcript: Transcript | None = None
        self._drafts = ChatDrafts()
        self._skipped = False  # the user left the first steps before they were done
        self._steps_wanted = False  # the user wants to see them although they are done
        self._examples = False  # the example archive was chosen

        self.set_up = SetUpController(services, bridge, readiness, self)
        self._new_chat = NewChatView()
        self.composer = Composer()
        self.own = ChatSettingsControl(services, bridge, self)
        self.scope = ScopeControl(services, bridge, self)
        self.scope.document_chosen.connect(lambda path: self.own.read_document(path, self.chat_id))
        self.composer.set_tool(self.scope.button)
        self.reading = ReadingNotes(services, bridge, self.composer, self)
        self._title = ElidedLabel("soft")
        self._heading = self._make_heading()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.set_up.view)
        self._stack.addWidget(self._new_chat)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._heading)
        column.addWidget(self._stack, 1)
        column.addWidget(self.composer)

        self.set_up.view.add_folder.connect(self.add_folder)
        self.set_up.view.add_files.connect(self.add_files)
        self.set_up.view.try_examples.connect(self._try_examples)
        self.set_up.view.forget.connect(self.forget)
        self.set_up.view.suggested.connect(self.composer.put)
        self.set_up.view.left.connect(self._leave_first_steps)
        self._new_chat.suggested.connect(self.composer.put)
        self._new_chat.set_up_wanted.connect(self.show_first_steps)
        self.composer.asked.connect(self._ask)
        self.composer.stopped.connect(self.stop)
        readiness.changed.connect(self._refresh)
        self._model_died.connect(self._on_model_died, Qt.ConnectionType.QueuedConnection)
        services.on_inference_died(lambda _error: self._model_died.emit())
        self._refresh()

    @property
    def chat_id(self) -> int | None:
        """The chat that is shown; None for a new one."""
        return self._transcript.chat_id if self._transcript else None

    @property
    def transcript(self) -> Transcript | None:
        """The turns that are shown, if there are any."""
        return self._transcript

    @property
    def answering(self) -> bool:
        """Whether an answer is being written in the chat that is shown."""
        return self._transcript in self._jobs

    def show_first_steps(self) -> None:
        """Shows the first page, also when all of its steps are done."""
        self._skipped = False
        self._show(None)
        self._steps_wanted = self._readiness.current.ready
        self._refresh()
        self.set_up.view.focusNextChild()

    def new_chat(self) -> None:
        """Leaves the current chat; the next question begins a new one."""
        self._steps_wanted = False
        self._show(None)
        self.scope.new_chat()
        self.own.new_chat()
        self.focus_question()

    def open_chat(self, chat: ChatSummary) -> None:
        """Shows a saved chat."""
        if self.chat_id == chat.id:
            return
        self.scope.open_chat(chat.id, chat.collection)
        for transcript in self._jobs:
            if transcript.chat_id == chat.id:
                self._show(transcript)
                self._title.show_words(named(chat.title))
                return
        transcript = self._make_transcript(chat.id)
        self._show(transcript)
        self._title.show_words(named(chat.title))
        self._bridge.run(
            CHATS_LANE,
            lambda _token, _send: self._services.chats.turns(chat.id),
            transcript.show_turns,
        )

    def read_again(self) -> None:
        """Reloads the chat: answers in it may have been removed elsewhere."""
        outdated, chat_id = self._transcript, self.chat_id
        if outdated is None or chat_id is None or outdated in self._jobs:
            return
        transcript = self._make_transcript(chat_id)
        self._show(transcript)
        self._bridge.run(
            CHATS_LANE,
            lambda _token, _send: self._services.chats.turns(chat_id),
            transcript.show_turns,
        )

    def set_title(self, chat_id: int, title: str) -> None:
        """Shows the new title of a renamed chat."""
        if chat_id == self.chat_id:
            self._title.show_words(named(title))

    def forget_chat(self, chat_id: int) -> None:
        """Stops the answer of a chat that is being deleted, and leaves the chat."""
        for transcript, job in self._jobs.items():
            if transcript.chat_id == chat_id:
                job.cancel()
        if self.chat_id == chat_id:
            self.new_chat()
        self._drafts.forget(chat_id)

    def stop(self) -> None:
        """Stops the answer in the current chat."""
        job = self._jobs.get(self._transcript) if self._transcript else None
        if job is not None:
            job.cancel()

    def show_settings(self) -> None:
        """Opens the dialog for what holds for this chat only."""
        if self._transcript is None or self.chat_id is not None:  # else it is just being kept
            self.own.edit(self.chat_id)

    def focus_question(self) -> None:
        """Puts the cursor in the question field, if a question can be asked."""
        if self.composer.field.isEnabled():
            self.composer.setFocus()
        else:
            self.setFocus()

    def _leave_first_steps(self) -> None:
        self._skipped, self._steps_wanted = not self._readiness.current.ready, False
        self._refresh()
        self.focus_question()

    def _try_examples(self) -> None:
        """Adds a copy of the example archive to the library."""

        def copied(folder: Path) -> None:
            self._examples = True
            self.add_paths.emit([str(folder)])

        self._bridge.run(
            "examples", lambda _token, _send: copy_examples(self._services.paths), copied
        )

    def _ask(self, question: str) -> None:
        self._steps_wanted = False
        if self._transcript is None:
            self._show(self._make_transcript(None))
            self._title.show_words(self.tr("New chat"))
        assert self._transcript is not None
        view = self._transcript.add(question)
        history = tuple(self._transcript.answered(before=view))
        own = self.own.of_new_chat
        asked = Question(question, history, self.scope.name, self.scope.document, own=own)
        self._run(asked, self._transcript, view)

    def _ask_again(self, view: TurnView, *, restart: bool = False) -> None:
        transcript = self._transcript
        if transcript is None or transcript in self._jobs:
            return
        if self.composer.draft.strip() == view.question.strip():
            self.composer.show_draft("")  # the draft is being asked now
        history = tuple(transcript.answered(before=view))
        asked = Question(view.question, history, self.scope.name, self.scope.document)
        self._run(asked, transcript, view, restart=restart)

    def _run(
        self, question: Question, transcript: Transcript, view: TurnView, *, restart: bool = False
    ) -> None:
        view.start()
        self.reading.look(view)

        kept_turn = self._keep(question, transcript, view)

        def work(token: CancelToken, send: Callable[[object], None]) -> Answer | WorkerLost:
            turn = kept_turn()
            if restart:
                self._services.restart_inference()
            try:
                return self._conversation.answer(question, turn, send, token)
            except WorkerDied as error:
                return WorkerLost(describe(error))

        def on_done(result: Answer | WorkerLost) -> None:
            self._ended(transcript)
            if isinstance(result, WorkerLost):
                view.fail(result.message, restartable=True)
            else:
                view.keep(result)

        def on_error(message: UserMessage) -> None:
            self._give_back(transcript, view)
            self._ended(transcript)
            view.fail(message)

        def on_cancelled() -> None:
            self._give_back(transcript, view)
            self._ended(transcript)
            view.show_stopped()

        self._jobs[transcript] = self._bridge.run(
            LANE, work, on_done, on_error, view.on_event, on_cancelled=on_cancelled
        )
        self._refresh()

    def _keep(
        self, question: Question, transcript: Transcript, view: TurnView
    ) -> Callable[[], Turn]:
        """Keeps a new question at once: answers before it may take minutes.

        Returns:
            A function that waits for its turn; it raises why the question could not be kept.
        """
        if (turn := view.turn) is not None:
            return lambda: turn
        chat_id = transcript.chat_id

        def on_kept(kept: Kept) -> None:
            view.turn = kept.turn
            if (chat := kept.chat) is not None:
                transcript.chat_id = chat.id
                self.set_title(chat.id, chat.title)
                shown = transcript is self._transcript
                self.scope.begun(chat, question.collection, shown=shown)
                self._refresh()
                self.chat_begun.emit(chat)
            self.chat_used.emit(transcript.chat_id)

        keeping = self._bridge.run(
            CHATS_LANE,
            lambda _token, _send: self._conversation.keep(question, chat_id),
            on_kept,
            lambda _message: None,  # told by the answer that waits for it
        )
        return lambda: keeping.result().turn

    def _on_model_died(self) -> None:
        """Reports a dead model while none is answering; an answering turn reports it itself."""
        if self._jobs:
            return
        self._bridge.messages.post(
            Notice(
                self.tr("The language model stopped."),
                self.tr("It starts again with your next question."),
                Tone.WARNING,
            )
        )

    def _give_back(self, transcript: Transcript, view: TurnView) -> None:
        """Puts a question back into the field if it could not be saved with its chat."""
        if view.turn is not None:
            return
        if transcript is not self._transcript:
            self._drafts.add(transcript.chat_id, view.question)
        elif not self.composer.draft.strip():
            self.composer.put(view.question)

    def _edit(self, view: TurnView) -> None:
        self.composer.put(joined(self.composer.draft, view.question))

    def _ended(self, transcript: Transcript) -> None:
        del self._jobs[transcript]
        if transcript is not self._transcript:
            self._discard(transcript)
        self._refresh()

    def _show(self, transcript: Transcript | None) -> None:
        previous, previous_id = self._transcript, self.chat_id
        unsaved = previous.unsaved() if previous is not None and previous not in self._jobs else []
        self._drafts.keep(previous_id, self.composer.draft, unsaved)
        self._transcript = transcript
        self.composer.show_draft(self._drafts.of(self.chat_id))
        if transcript is not None and self._stack.indexOf(transcript) < 0:
            self._stack.addWidget(transcript)
        if previous is not None and previous is not transcript and previous not in self._jobs:
            self._discard(previous)
        self._refresh()

    def _discard(self, transcript: Transcript) -> None:
        self._stack.removeWidget(transcript)
        transcript.deleteLater()

    def _make_transcript(self, chat_id: int | None) -> Transcript:
        transcript = Transcript(chat_id)
        transcript.added.connect(lambda view: self._connect_turn(transcript, view))
        return transcript

    def _connect_turn(self, transcript: Transcript, view: TurnView) -> None:
        self.turn_added.emit(view, lambda: transcript.answered(before=view))
        view.opened.connect(lambda source: self.source_opened.emit(source, view.citations))
        view.again.connect(lambda: self._ask_again(view))
        view.restart.connect(lambda: self._ask_again(view, restart=True))
        view.edit.connect(lambda: self._edit(view))
        view.remedy_wanted.connect(self._bridge.messages.do)

    def _make_heading(self) -> QWidget:
        heading = QWidget()
        row = QHBoxLayout(heading)
        row.setContentsMargins(SPACE.wide, SPACE.small, SPACE.normal, SPACE.tight)
        row.addWidget(self._title, 1)
        own = icon_button("settings", self.tr("Settings for this chat"), self.show_settings)
        rename = icon_button(
            "pencil", self.tr("Rename this chat"), lambda: self._emit(self.rename_wanted)
        )
        delete = icon_button(
            "trash", self.tr("Delete this chat"), lambda: self._emit(self.delete_wanted)
        )
        self._of_chat = (own, rename, delete)
        for tool in self._of_chat:
            row.addWidget(tool)
        return heading

    def _emit(self, signal: object) -> None:
        if self.chat_id is not None:
            signal.emit(self.chat_id)  # type: ignore[attr-defined]

    def _refresh(self) -> None:
        """Shows the turns, the first steps or the suggestions, whichever applies."""
        readiness, view = self._readiness.current, self.set_up.view
        steps = self._steps_wanted if readiness.ready else not self._skipped
        left = self._stack.currentWidget() is view and _holds_focus(view)
        if self._transcript is not None:
            self._stack.setCurrentWidget(self._transcript)
        elif steps:
            view.show_needs(readiness, examples=self._examples)
            self._stack.setCurrentWidget(view)
        else:
            self._new_chat.show_suggestions(readiness.suggested, ready=readiness.ready)
            self._stack.setCurrentWidget(self._new_chat)
        self._heading.setVisible(self._transcript is not None)
        for tool in self._of_chat:
            tool.setEnabled(self.chat_id is not None)
        self.composer.set_running(self.answering)
        self.composer.set_reason(self._reason())
        if left and self._stack.currentWidget() is not view:
            self.focus_question()  # what had the focus is gone

    def _reason(self) -> str:
        readiness = self._readiness.current
        if readiness.model is False:
            return self.tr("Get the models first.")
        if readiness.documents == 0:
            return self.tr("Add documents first, then ask about them.")
        return ""


def _holds_focus(widget: QWidget) -> bool:
    focus = QApplication.focusWidget()
    return focus is not None and widget.isAncestorOf(focus)
