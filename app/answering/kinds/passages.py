"""Answers any question from passages: the model quotes them, then answers, and both are checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.answering import judgement
from app.answering.chat_messages import messages_of
from app.answering.context import AnswerContext
from app.answering.kinds.fixed import name_shared
from app.answering.packing import Found, Packer
from app.answering.run import AnswerRun
from app.events import Answer, Timings
from app.presentation import NOT_SAID
from models.chat import Finished, FinishReason, GenerationOptions, Opening, TextPiece
from models.errors import WroteNothing
from models.grammar import gbnf
from rag.answer.agreement import can_be_judged
from rag.answer.citations import headings
from rag.answer.cite import AnswerReader, DraftAnswer
from rag.answer.prompt import ContextPack, without_markers
from rag.answer.question_details import QuestionDetails
from rag.answer.support import is_about, is_plausible, only_repeats, shared_words
from rag.text.question_kind import asks_whether
from rag.types import Citation, Hit

# Below this, what the model wrote has next to nothing to do with what it read.
_LEAST_SUPPORT = 0.25
# Where the closest sentence is no closer to a question that wants yes or no, nothing is about it.
# Chosen on 57 questions about 19 short texts of the project's own writing: of 38 with an answer
# none is below, of 19 without one 13 are.
_LEAST_CLOSENESS = 0.5


@dataclass(frozen=True, slots=True)
class _Reply:
    """What came of a prompt.

    Attributes:
        draft: what the model wrote, checked against its sources.
        finished: how it ended.
        first_token_s: seconds from the question to the first word.
        sure: the source does not contradict the details of the question.
    """

    draft: DraftAnswer
    finished: Finished
    first_token_s: float
    sure: bool


class PassagesAnswerer:
    """Answers every question, if only by saying that the passages do not.

    Args:
        packer: finds passages, and makes prompts of them.
    """

    def __init__(self, packer: Packer) -> None:
        self._packer = packer

    def answer(self, context: AnswerContext, run: AnswerRun) -> Answer:
        """Answers, see `app.answering.run.Answerer`. Leaves the chat and reply in `run.talk`."""
        found = run.found(context)
        particulars = QuestionDetails(context.question)
        missing = _unmentioned(particulars, found)
        if missing:
            return _nothing_said(found.longest.hits, run, unmentioned=missing)
        if found.pinned is not None:
            beginning, drawer = messages_of(found.pinned.alone), found.pinned.drawer
            context.model.prime(beginning, lambda: run.token.cancelled, drawer=drawer)
        pack = self._packer.pack(found, context.budget)
        if not _may_answer(pack, context, run):
            nearest, shared = _about_the_same(context.question, pack.hits)
            return _nothing_said(nearest, run, model=context.model.id, shared=shared)
        reply = _generate(pack, context, particulars, run)
        return self._answer(reply, pack, context, run)

    def _answer(
        self, reply: _Reply, pack: ContextPack, context: AnswerContext, run: AnswerRun
    ) -> Answer:
        draft, finished = reply.draft, reply.finished
        chunks = {citation.chunk_id for citation in draft.citations}
        cited = [hit for hit in pack.hits if hit.chunk_id in chunks]
        stopped = finished.reason is FinishReason.STOPPED
        answered = (
            draft.answered
            and reply.sure
            and draft.support >= _LEAST_SUPPORT
            and is_plausible(context.meant, draft.text, cited)
            and not only_repeats(context.question, without_markers(draft.written))
            and not _guesses(pack, context, draft)
        )
        abstained = not answered and not stopped
        is_told = answered or (stopped and reply.sure)  # what was not shown when it came is not now
        text = draft.text if is_told else ""
        if answered and (remark := name_shared(context.documents)):
            text = f"{text}\n\n{remark}"
        nearest, shared = (
            _about_the_same(context.question, pack.hits) if abstained else (pack.hits, "")
        )
        return Answer(
            text=NOT_SAID if abstained else text,
            citations=draft.citations if is_told else (),
            abstained=abstained,
            nearest=nearest,
            model=context.model.id,
            timings=Timings(
                run.retrieve_s,
                reply.first_token_s,
                run.now(),
                finished.prompt_tokens,
                finished.completion_tokens,
            ),
            stopped=stopped,
            dropped_markers=draft.dropped,
            cut=answered and finished.reason is FinishReason.LENGTH,
            shared=shared,
        )


def _may_answer(pack: ContextPack, context: AnswerContext, run: AnswerRun) -> bool:
    """Tells whether the model may answer: whether it judges that the passages do.

    Where two sides are compared, there is no sentence that answers, and it is not asked. Nor where
    its "no" can mean something else (`rag.answer.agreement.can_be_judged`); of a question that
    wants yes or no, it may if any sentence is close to it.
    """
    if pack.closeness is not None and pack.closeness < _LEAST_CLOSENESS:
        return False
    least = context.profile.least_answerable
    if not least or pack.compares or run.token.cancelled or not can_be_judged(context.meant):
        return True
    return judgement.chance_of_an_answer(pack, context.model, lambda: run.token.cancelled) >= least


def _nothing_said(
    nearest: Sequence[Hit],
    run: AnswerRun,
    *,
    model: str = "",
    unmentioned: str = "",
    shared: str = "",
) -> Answer:
    """Returns the answer that the documents hold none, before anything is written."""
    return Answer(
        NOT_SAID,
        citations=(),
        abstained=True,
        nearest=tuple(nearest),
        model=model,
        timings=Timings(run.retrieve_s, total_s=run.now()),
        unmentioned=unmentioned,
        shared=shared,
    )


def _about_the_same(question: str, hits: Sequence[Hit]) -> tuple[tuple[Hit, ...], str]:
    """Returns passages, the one that is about the same first, and the question's words in it."""
    shared = {hit: shared_words(question, f"{hit.context} {hit.text}") for hit in hits}
    best = max(hits, key=lambda hit: len(shared[hit]), default=None)
    if best is None or not shared[best]:
        return tuple(hits), ""
    return (best, *(hit for hit in hits if hit is not best)), ", ".join(shared[best])


def _unmentioned(particulars: QuestionDetails, found: Found) -> str:
    """Returns what the question names and nothing that was found mentions; "" if all is there."""
    # The names of files and folders mention it, too.
    return particulars.unheard_of(
        f"{hit.path} {hit.context} {hit.text}" for hit in (*found.hits, *found.longest.hits)
    )


def _generate(
    pack: ContextPack, context: AnswerContext, particulars: QuestionDetails, run: AnswerRun
) -> _Reply:
    """Generates the reply, and reports it as it arrives.

    Once it is known that there will be no answer, it is neither shown nor written to its end.
    """
    reader = AnswerReader(
        pack.hits,
        context.meant,
        compares=pack.compares,
        demands=pack.demands,
        run_around=pack.run_around,
    )
    options = GenerationOptions(
        context.answer_tokens,
        temperature=None,
        grammar=gbnf(pack.grammar),
        own_rules=True,
        openings=tuple(Opening(text, weight) for text, weight in pack.openings),
    )
    finished = Finished(FinishReason.STOPPED, 0, 0)
    written = ""
    first_token_s = 0.0
    cited: list[Citation] = []
    sure: bool | None = None  # until the answer begins

    def should_stop() -> bool:
        return run.token.cancelled or sure is False

    for event in context.model.generate(messages_of(pack), options, should_stop):
        if isinstance(event, TextPiece):
            first_token_s = first_token_s or run.now()
            written += event.text
            citations, text = reader.push(event.text)
            cited += citations
            if text and sure is None:
                sure = not _contradicted(particulars, cited, pack)
            run.tell(citations, text if sure else "")
        else:
            finished = event
    if not written.strip() and finished.reason is not FinishReason.STOPPED:
        raise WroteNothing(
            "The language model wrote nothing. This says nothing about your documents.",
            "Ask again, or choose another model in Settings.",
        )
    if sure is False and not run.token.cancelled:
        finished = replace(finished, reason=FinishReason.COMPLETE)
    run.talk = pack.answered(written)
    draft = reader.finish()
    if sure is None and draft.answered:  # nothing was shown before its end: quotes replace it
        sure = not _contradicted(particulars, cited, pack)
    return _Reply(draft, finished, first_token_s, bool(sure))


def _guesses(pack: ContextPack, context: AnswerContext, draft: DraftAnswer) -> bool:
    """Tells whether a yes or no rests on a quote about something else.

    Where it is known how close the closest sentence is, that was judged before.
    """
    if pack.closeness is not None or not asks_whether(context.meant):
        return False
    return not is_about(context.meant, [citation.quote for citation in draft.citations])


def _contradicted(
    particulars: QuestionDetails, cited: Sequence[Citation], pack: ContextPack
) -> bool:
    """Tells whether the quotes contradict what the question names."""
    quotes = " ".join(citation.quote for citation in cited)
    return particulars.contradicted_by(quotes, " ".join(headings(cited, pack.hits)))
