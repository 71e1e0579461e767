"""A question with all that its answer depends on."""

from __future__ import annotations

from dataclasses import dataclass

from app.answering.chat_messages import Budget
from app.answering.model_profiles import Profile, profile_of
from app.answering.places import DatedAsked, EachAsked, FilesAsked, ThingsAsked, WhereAsked
from app.answering.recognise import ListAsked, PagesAsked, PresenceAsked
from models.chat import ChatModel
from rag.answer.prompt import PastTurn
from rag.answer.question import Question, read_question
from rag.parse.places import Place


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a question looks for its answer.

    Attributes:
        collection: its folders only; "" for everything.
        document: path of the one document that the chat is about, or "".
    """

    collection: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class ToSummarise:
    """Documents of the library that are to be summarised.

    Attributes:
        paths: of the documents that are read.
        left_out: how many more were asked for.
        places: the folders or files that the question names; () for the chat's one document.
    """

    paths: tuple[str, ...]
    left_out: int = 0
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToCompare:
    """Two sides, of files or folders of the library, that are to be compared.

    Attributes:
        first, second: paths of each side.
        about: what they are to be compared in; "" for everything.
    """

    first: tuple[str, ...]
    second: tuple[str, ...]
    about: str = ""


@dataclass(frozen=True, slots=True)
class ToReadAt:
    """A place of documents that is to be quoted, or asked about.

    Attributes:
        place: in each of them.
        paths: of the documents.
        subject: words of the question about what is asked of the place; "" for all that is there.
        likely: those of them that may belong to the name of the document, if it says them itself.
    """

    place: Place
    paths: tuple[str, ...]
    subject: str = ""
    likely: str = ""


@dataclass(frozen=True, slots=True)
class NoSuchFile:
    """A file that a question names, and that no answer can be from.

    Attributes:
        name: as the person wrote it.
        detail: why it could not be read; "" where the library does not know it.
    """

    name: str
    detail: str = ""


Wanted = (
    ListAsked
    | PagesAsked
    | PresenceAsked
    | ToSummarise
    | ToCompare
    | ToReadAt
    | WhereAsked
    | FilesAsked
    | ThingsAsked
    | EachAsked
    | DatedAsked
    | NoSuchFile
)


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a question is understood to ask.

    Attributes:
        question: its wording, language and kind, and what it refers back to.
        documents: paths of the files that it names: the answer is from these alone.
        wanted: what it asks for, where passages alone cannot answer it.
    """

    question: Question
    documents: tuple[str, ...] = ()
    wanted: Wanted | None = None


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """A question, and all that its answer depends on beside the library.

    Attributes:
        question: as the person wrote it.
        model: writes what has to be written.
        history: earlier exchanges of the chat, oldest first, without their markers.
        scope: where to look.
        folders: those of the scope's collection; () for the whole library.
        passages: how many the model reads.
        answer_tokens: how long the answer may be.
        understood: what the question asks (`app.answering.understand`); None goes by its words.
    """

    question: str
    model: ChatModel
    history: tuple[PastTurn, ...] = ()
    scope: Scope = Scope()
    folders: tuple[str, ...] = ()
    passages: int = 4
    answer_tokens: int = 512
    understood: Understanding | None = None

    @property
    def understanding(self) -> Understanding:
        """What the question asks."""
        return self.understood or Understanding(read_question(self.question, self.history))

    @property
    def documents(self) -> tuple[str, ...]:
        """Paths of the files that the question names: the answer is from these alone."""
        return self.understood.documents if self.understood is not None else ()

    @property
    def wanted(self) -> Wanted | None:
        """What the question asks for, where passages alone cannot answer it."""
        return self.understood.wanted if self.understood is not None else None

    @property
    def meant(self) -> str:
        """The question with what it refers back to."""
        return self.understanding.question.wording

    @property
    def places(self) -> tuple[str, ...]:
        """Paths of the files or folders to look in; () for the whole library."""
        if self.scope.document:
            return (self.scope.document,)
        return self.documents or self.folders

    @property
    def profile(self) -> Profile:
        """What was measured about the model; asked when needed, for not all answers need a model.

        Raises:
            ModelError: there is no model.
        """
        return profile_of(self.model.sha256)

    @property
    def budget(self) -> Budget:
        """The tokens that a prompt may have."""
        return Budget(self.model, self.answer_tokens)
