"""From a question to a cited answer: check it, understand it, answer it, keep what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.answering.chat_messages import messages_of
from app.answering.context import AnswerContext, Scope
from app.answering.kinds.listing import Files
from app.answering.packing import Packer
from app.answering.run import Answerer, AnswerRun
from app.answering.understand import understand
from app.chats.chat_settings import USUAL, ChatSettings
from app.chats.store import Turn, past_turn
from app.errors import QuestionEmpty, QuestionTooLong
from app.events import Answer, AnswerDone, AnswerEvent, Searching
from app.jobs import CancelToken
from app.library.local_only import Provenance
from app.settings.store import SettingsStore
from models.chat import ChatModel
from models.states import SHARED
from rag.answer.prompt import ContextPack

MAX_QUESTION_CHARACTERS = 8_000


class AnswerService:
    """Answers questions from the library.

    Args:
        settings: name the collections, how many passages are read, and how long an answer may be.
        model: writes, and reads ahead.
        packer: finds passages, and makes prompts of them.
        answerers: tried in this order; the last one answers every question.
        files: knows the files that questions name; None leaves all questions to the passages.
        provenance: notes what answers rest on; None cannot ask the library about it.
        model_of: returns the model as a chat wants it; None has all chats answered alike.

    Attributes:
        answerers: those, in their order.
    """

    def __init__(
        self,
        settings: SettingsStore,
        model: ChatModel,
        packer: Packer,
        answerers: Sequence[Answerer],
        *,
        files: Files | None = None,
        provenance: Provenance | None = None,
        model_of: Callable[[ChatSettings], ChatModel] | None = None,
    ) -> None:
        self._settings = settings
        self._model_of = model_of or (lambda _own: model)
        self._packer = packer
        self.answerers = tuple(answerers)
        self._files = files
        self._provenance = provenance or Provenance(settings)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        on_event: Callable[[AnswerEvent], None] = lambda _event: None,
        token: CancelToken | None = None,
        *,
        passages: int | None = None,
        collection: str = "",
        document: str = "",
        own: ChatSettings = USUAL,
    ) -> Answer:
        """Answers a question. Blocks; events tell how far it is.

        Args:
            question: as the person wrote it.
            history: earlier turns of the chat, oldest first.
            on_event: gets what happens, on this thread.
            token: once cancelled, what has arrived is returned, with `stopped` set.
            passages: how many the model reads; None means as in the settings.
            collection: holds the search to its folders; "" searches everything.
            document: path of the one document that the question is about; a short one is read
                whole, and only once.
            own: what holds for its chat only.

        Raises:
            QuestionEmpty: there is no question.
            QuestionTooLong: it has more characters than a question may have.
            NothingIndexed: the library holds no passage.
            RagError: the library cannot be searched.
            ModelError: the model cannot answer.
            WorkerDied: a worker ended on the way.
        """
        question = _checked(question)
        never_left = self._provenance.folders
        run = AnswerRun(self._packer.find, on_event, token or CancelToken())
        on_event(Searching(question))

        scope = Scope(collection, document)
        context = self._context(question, history, scope, own, passages)
        if self._files is not None:
            context = understand(context, self._files)
        answer = self._answered(context, run)
        self._remember(context, run, answer)
        # What needed no search was told nothing of earlier turns.
        past_turns = history if run.has_searched else ()
        answer = self._provenance.noted(answer, past_turns, never_left)

        on_event(AnswerDone(answer))
        return answer

    def read_ahead(
        self,
        history: Sequence[Turn] = (),
        document: str = "",
        token: CancelToken | None = None,
        *,
        collection: str = "",
        own: ChatSettings = USUAL,
    ) -> None:
        """Reads what the next prompt of a chat begins with, while the person reads or types.

        A question that arrives meanwhile goes first. Takes what `ask` takes, and raises as it does.
        """
        token = token or CancelToken()
        context = self._context("", history, Scope(collection, document), own)
        beginning, pinned = self._packer.beginning(context)
        if pinned is not None:
            self._read(context, pinned.alone, token, pinned.drawer)
        if pinned is None or context.history:
            self._read(context, beginning, token, "" if context.history else SHARED)

    def _read(
        self, context: AnswerContext, pack: ContextPack, token: CancelToken, drawer: str
    ) -> None:
        context.model.prime(messages_of(pack), lambda: token.cancelled, drawer=drawer)

    def _context(
        self,
        question: str,
        history: Sequence[Turn],
        scope: Scope,
        own: ChatSettings,
        passages: int | None = None,
    ) -> AnswerContext:
        settings = self._settings.current
        past = (past_turn(turn.question, turn.answer) for turn in history)
        return AnswerContext(
            question,
            self._model_of(own),
            history=tuple(turn for turn in past if turn is not None),
            scope=scope,
            folders=settings.folders_of(scope.collection),
            passages=passages or settings.passages,
            answer_tokens=settings.answer_tokens,
        )

    def _answered(self, context: AnswerContext, run: AnswerRun) -> Answer:
        answers = (answerer.answer(context, run) for answerer in self.answerers)
        return next(answer for answer in answers if answer is not None)

    def _remember(self, context: AnswerContext, run: AnswerRun, answer: Answer) -> None:
        """Keeps the chat word for word, so that the model need not read it again."""
        turn = past_turn(context.question, answer)
        if run.talk is not None and turn is not None and not answer.stopped:
            self._packer.remember(context, turn, run.talk)


def _checked(question: str) -> str:
    question = question.strip()
    if not question:
        raise QuestionEmpty("There is no question.", "Write one and ask again.")
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise QuestionTooLong(
            f"The question has {len(question):,} characters; "
            f"at most {MAX_QUESTION_CHARACTERS:,} can be read.",
            "Ask a shorter one. A long text can be added to the library as a file.",
        )
    return question
