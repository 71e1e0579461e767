"""From a question to a cited answer: search, pack, generate, verify."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from app.answering import hint
from app.answering.chat_messages import fits, messages_of
from app.answering.kinds.answerer import KindAnswerer
from app.answering.kinds.table import TableAnswerer
from app.answering.model_profiles import Profile, profile_of
from app.answering.packing import Packed, Packer, Scope, Search
from app.answering.pinned import PinnedDocuments
from app.answering.talks import Talks
from app.chats.store import Turn
from app.errors import QuestionEmpty, QuestionTooLong
from app.events import (
    Answer,
    AnswerDone,
    AnswerEvent,
    AnswerText,
    EvidenceFound,
    PassagesFound,
    Searching,
    Timings,
)
from app.jobs import CancelToken
from app.library.local_only import Provenance
from app.settings.store import SettingsStore
from app.told import NOT_SAID
from models.chat import (
    ChatModel,
    Finished,
    FinishReason,
    GenerationOptions,
    TextPiece,
    TokenChance,
)
from models.errors import WroteNothing
from models.states import SHARED
from rag.answer import prompt
from rag.answer.cite import AnswerReader, Draft
from rag.answer.excerpt import Likeness
from rag.answer.ground import headed
from rag.answer.particulars import Particulars
from rag.answer.prompt import ContextPack, PastTurn
from rag.answer.support import is_plausible, only_repeats
from rag.types import Citation, Hit

MAX_QUESTION_CHARACTERS = 8_000
ABSTENTION = NOT_SAID
# Below this, what the model wrote has next to nothing to do with what it read.
_LEAST_SUPPORT = 0.25


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it was written; with what it refers back to; what a source has to share."""

    question: str
    meant: str
    particulars: Particulars


@dataclass(slots=True)
class _Clock:
    """When things happened, in seconds since the question."""

    started: float
    retrieve_s: float = 0.0
    first_token_s: float = 0.0

    def now(self) -> float:
        return time.perf_counter() - self.started


class AnswerService:
    """Answers questions from the library.

    Args:
        search: gives the best passages for a text.
        model: writes the answer.
        settings: how many passages, and how long an answer may be.
        tables: computes what is asked of a table; None leaves all questions to the passages.
        pinned: prompts about one document; None searches for every question.
        doubt: makes `Answer.doubt` of what is known about an answer.
        kinds: answers what passages alone cannot; None leaves all questions to them.
        likeness: helps to choose sentences; None goes by their words.
        marker: what passages begin with in prompts; no document may know it.
        talks: remembers chats as the model knows them; None begins anew with each question.
        provenance: notes what answers rest on; None cannot ask the library about it.
    """

    def __init__(
        self,
        search: Search,
        model: ChatModel,
        settings: SettingsStore,
        tables: TableAnswerer | None = None,
        pinned: PinnedDocuments | None = None,
        doubt: Callable[[hint.Signs], float] = hint.doubt,
        kinds: KindAnswerer | None = None,
        likeness: Likeness | None = None,
        marker: Callable[[], str] = lambda: secrets.token_hex(3),
        talks: Talks | None = None,
        provenance: Provenance | None = None,
    ) -> None:
        self._provenance = provenance or Provenance(settings)
        self._packer = Packer(
            search,
            self._fits,
            pinned,
            kinds,
            likeness,
            marker,
            talks,
            lambda: self._profile.demands,
        )
        self._model = model
        self._settings = settings
        self._tables = tables
        self._doubt = doubt
        self._kinds = kinds

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

        Raises:
            QuestionEmpty: there is no question.
            QuestionTooLong: it has more characters than a question may have.
            NothingIndexed: the library holds no passage.
            RagError: the library cannot be searched.
            ModelError: the model cannot answer.
            WorkerDied: a worker ended on the way.
        """
        token = token or CancelToken()
        question = _checked(question)
        clock = _Clock(time.perf_counter())
        past = _past(history)
        never_left = self._provenance.folders
        on_event(Searching(question))
        special = self._special(question, collection, document, on_event, token, clock)
        if special is not None:
            special = self._provenance.noted(special, (), never_left)
            on_event(AnswerDone(special))
            return special
        scope = Scope(collection, document)
        most = passages or self._settings.current.passages
        packed = self._packer.pack(question, past, scope, most)
        pack = packed.pack
        asked = _Asked(question, packed.meant, Particulars(question))
        clock.retrieve_s = clock.now()
        on_event(PassagesFound(pack.hits))  # before the model is asked for anything: it may load
        answer = self._computed(question, asked.meant, packed.found, on_event, token, clock)
        if answer is None:
            answer = _unheard(asked.particulars, packed, clock)
        if answer is None:
            if packed.pinned is not None:
                self._read(packed.pinned.alone, token, packed.pinned.drawer)
            elif not self._fits(pack):
                pack = packed.shorten(self._fits)
            answer, reply = self._generate(pack, asked, on_event, token, clock)
            turn = _answered(question, answer)
            if turn is not None and not answer.stopped:
                self._packer.answered(past, turn, scope, pack, reply)
        answer = self._provenance.noted(answer, history, never_left)
        on_event(AnswerDone(answer))
        return answer

    def read_ahead(
        self,
        history: Sequence[Turn] = (),
        document: str = "",
        token: CancelToken | None = None,
        *,
        collection: str = "",
    ) -> None:
        """Reads what the next prompt of a chat begins with, while the person reads or types.

        A question that arrives meanwhile goes first. Takes what `ask` takes, and raises as it does.
        """
        token = token or CancelToken()
        past = _past(history)
        beginning, pinned = self._packer.beginning(past, Scope(collection, document))
        if pinned is None:
            self._read(beginning, token, "" if past else SHARED)
            return
        self._read(pinned.alone, token, pinned.drawer)
        if past:
            self._read(beginning, token)

    def _read(self, pack: ContextPack, token: CancelToken, drawer: str = "") -> None:
        self._model.prime(messages_of(pack), lambda: token.cancelled, drawer=drawer)

    def _special(
        self,
        question: str,
        collection: str,
        document: str,
        on_event: Callable[[AnswerEvent], None],
        token: CancelToken,
        clock: _Clock,
    ) -> Answer | None:
        """What is answered without a search; None for an ordinary question."""
        if self._kinds is None:
            return None
        answer = self._kinds.try_answer(question, collection, document, on_event, token)
        if answer is None:
            return None
        _tell(answer.citations, answer.text, on_event)
        return replace(answer, timings=replace(answer.timings, total_s=clock.now()))

    def _computed(
        self,
        question: str,
        meant: str,
        hits: Sequence[Hit],
        on_event: Callable[[AnswerEvent], None],
        token: CancelToken,
        clock: _Clock,
    ) -> Answer | None:
        """What a table answers; None where none does."""
        begun = clock.now()
        if self._tables is None:
            return None
        answer = self._tables.try_answer(question, hits, token, meant=meant)
        if answer is None:
            return None
        _tell(answer.citations, answer.text, on_event)
        timings = replace(
            answer.timings,
            retrieve_s=clock.retrieve_s,
            first_token_s=begun + answer.timings.first_token_s,
            total_s=clock.now(),
        )
        return replace(answer, timings=timings)

    def _generate(
        self,
        pack: ContextPack,
        asked: _Asked,
        on_event: Callable[[AnswerEvent], None],
        token: CancelToken,
        clock: _Clock,
    ) -> tuple[Answer, str]:
        """The answer, and what the model wrote word for word.

        Once it is known that there will be none, it is neither shown nor written to its end.
        """
        reader = AnswerReader(pack.hits, asked.meant, compares=pack.compares, demands=pack.demands)
        options = GenerationOptions(
            max_tokens=self._settings.current.answer_tokens, grammar=pack.grammar
        )
        finished = Finished(FinishReason.STOPPED, 0, 0)
        reply = ""
        chances: list[TokenChance] = []
        cited: list[Citation] = []
        sure: bool | None = None  # until the answer begins

        def should_stop() -> bool:
            return token.cancelled or sure is False

        for event in self._model.generate(messages_of(pack), options, should_stop):
            if isinstance(event, TextPiece):
                clock.first_token_s = clock.first_token_s or clock.now()
                reply += event.text
                chances += event.chances
                citations, text = reader.push(event.text)
                cited += citations
                if text and sure is None:
                    sure = self._is_sure(chances) and not asked.particulars.contradicted_by(
                        " ".join(headed(cited, pack.hits))
                    )
                _tell(citations, text if sure else "", on_event)
            else:
                finished = event
        if not reply.strip() and finished.reason is not FinishReason.STOPPED:
            raise WroteNothing(
                "The language model wrote nothing. This says nothing about your documents.",
                "Ask again, or choose another model in Settings.",
            )
        if sure is False and not token.cancelled:
            finished = replace(finished, reason=FinishReason.COMPLETE)
        return self._answer(reader.finish(), finished, pack, asked, clock, bool(sure)), reply

    def _is_sure(self, chances: Sequence[TokenChance]) -> bool:
        return hint.answerable(chances) >= self._profile.least_answerable

    @property
    def _profile(self) -> Profile:
        return profile_of(self._model.sha256)

    def _answer(
        self,
        draft: Draft,
        finished: Finished,
        pack: ContextPack,
        asked: _Asked,
        clock: _Clock,
        sure: bool,
    ) -> Answer:
        chunks = {citation.chunk_id for citation in draft.citations}
        cited = [hit for hit in pack.hits if hit.chunk_id in chunks]
        stopped = finished.reason is FinishReason.STOPPED
        signs = hint.signs(finished.chances)
        doubt = self._doubt(signs)
        answered = (
            draft.answered
            and sure
            and draft.support >= _LEAST_SUPPORT
            and is_plausible(asked.meant, draft.text, cited, pack.hits)
            and not only_repeats(asked.question, prompt.without_markers(draft.text))
        )
        abstained = not answered and not stopped
        is_told = answered or (stopped and sure)  # what was not shown when it came is not now
        text = draft.text if is_told else ""
        return Answer(
            text=ABSTENTION if abstained else text,
            citations=draft.citations if is_told else (),
            abstained=abstained,
            nearest=pack.hits,
            model=self._model.id,
            timings=Timings(
                clock.retrieve_s,
                clock.first_token_s,
                clock.now(),
                finished.prompt_tokens,
                finished.completion_tokens,
            ),
            stopped=stopped,
            dropped_markers=draft.dropped,
            doubt=0.0 if stopped or abstained else doubt,
            cut=answered and finished.reason is FinishReason.LENGTH,
        )

    def _fits(self, pack: ContextPack) -> bool:
        return fits(pack, self._model, self._settings.current.answer_tokens)


def _tell(
    citations: Sequence[Citation], text: str, on_event: Callable[[AnswerEvent], None]
) -> None:
    for citation in citations:
        on_event(EvidenceFound(citation))
    if text:
        on_event(AnswerText(text))


def _unheard(particulars: Particulars, packed: Packed, clock: _Clock) -> Answer | None:
    """What there is to say where the question names what nothing found mentions."""
    hits = packed.pack.hits
    # The names of files and folders mention it, too.
    missing = particulars.unheard_of(
        f"{hit.path} {hit.context} {hit.text}" for hit in (*packed.found, *hits)
    )
    if not missing:
        return None
    return Answer(
        ABSTENTION,
        citations=(),
        abstained=True,
        nearest=hits,
        model="",
        timings=Timings(clock.retrieve_s, total_s=clock.now()),
        unmentioned=missing,
    )


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


def _past(history: Sequence[Turn]) -> tuple[PastTurn, ...]:
    """Earlier turns that were answered; markers name other passages now, so they go."""
    told = (_answered(turn.question, turn.answer) for turn in history)
    return tuple(turn for turn in told if turn is not None)


def _answered(question: str, answer: Answer | None) -> PastTurn | None:
    if answer is None or not answer.text or answer.abstained:
        return None
    return PastTurn(question, prompt.without_markers(answer.text))
