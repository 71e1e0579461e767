"""What can be asked of each worker. A request names its reply's type and its events' type."""

from __future__ import annotations

from msgspec import Struct, field

from app.chats.chat_settings import USUAL, ChatSettings
from app.specialists.classify.types import (
    Choice,
    Fitted,
    LabelFeatures,
    Prediction,
    TextFeatures,
)
from app.specialists.definition import Column
from app.specialists.extract.types import LearnedColumn, TaughtCell
from app.workers.wire import Request
from models.backends import Found
from models.chat import Finished, GenerationOptions, Message, Primed, Speed, TextPiece
from rag.indexing.cited_passages import CitedPassage, PassagePlace
from rag.indexing.preview import Preview
from rag.indexing.report import IndexProgress, IndexReport
from rag.indexing.rules import Rules
from rag.pages.page_image import PageImage
from rag.parse.document import ParsedDocument, ParseOptions, RecognisedPage, TextLine
from rag.parse.failures import FailureReason, ParseFailure
from rag.store.files import FileRecord, LibraryStatus, StoredDocument
from rag.store.inventory import FileFilter, FileListing, FileOrder
from rag.tables.table import Computed, TableSketch
from rag.types import Hit, WholeDocument

# Parse worker


class Parsed(Struct, frozen=True, tag=True):
    """A file as text."""

    document: ParsedDocument


class NotParsed(Struct, frozen=True, tag=True):
    """Why a file gave no text."""

    failure: ParseFailure


OUT_OF_MEMORY = ParseFailure(
    FailureReason.OUT_OF_MEMORY,
    "Reading this file takes more memory than a file may have. "
    "Split it, or save it in another format.",
)


class ParseFile(Request[Parsed | NotParsed, None], frozen=True):
    """Reads the file at `path`."""

    path: str
    options: ParseOptions = ParseOptions()


class Recognised(Struct, frozen=True, tag=True):
    """What stands in the picture of a page."""

    page: RecognisedPage


class RecognisePage(Request[Recognised | NotParsed, None], frozen=True):
    """Reads the picture of a page (1-based) of a PDF, or an image (page 1)."""

    path: str
    page: int
    password: str = ""


class RenderPage(Request[PageImage, None], frozen=True):
    """Draws a page (1-based) of a PDF or an image, `width_px` wide, and finds `quote` on it.

    `lines` are those of the page if it is a picture that was read before.
    """

    path: str
    page: int
    width_px: int
    quote: str
    lines: tuple[TextLine, ...] = ()


class ReadMailSigns(Request[tuple[str, ...], None], frozen=True):
    """What a mail is like beside its words (`rag.parse.mail.signs`); none of another file."""

    path: str


class ReadLabels(Request[tuple[str, ...], None], frozen=True):
    """Reads the printed page numbers of a PDF file; none of any other file."""

    path: str


# Index worker


class OpenLibrary(Request[None, None], frozen=True):
    """Answered as soon as the library is open; it gets ready for searching by itself."""


class IndexPaths(Request[IndexReport, IndexProgress], frozen=True):
    """Brings the library up to date with these files and folders.

    `rules` say what is left out; `passwords` open protected files, by absolute path. `embedder` is
    the id of the embedding model that the library should have afterwards, "" the usual one; None
    leaves it as it is.
    """

    paths: tuple[str, ...]
    rules: Rules = Rules()
    passwords: dict[str, str] = field(default_factory=dict)
    embedder: str | None = None


class PreviewPaths(Request[Preview, None], frozen=True):
    """What indexing these files and folders would take and leave out. Opens no file."""

    paths: tuple[str, ...]
    rules: Rules = Rules()


class WatchRoots(Request[None, tuple[str, ...]], frozen=True):
    """Watches every root until it is cancelled; the events are folders in which files changed."""

    rules: Rules = Rules()


class RemovePaths(Request[IndexReport, None], frozen=True):
    """Takes files and folders out of the library. The files themselves stay."""

    paths: tuple[str, ...]


class Search(Request[tuple[Hit, ...], None], frozen=True):
    """The `k` best passages for `query`, of files in `folders` only if there are any.

    `reranker` is the choice of the settings, see `app.model_library.service.ModelLibrary.reranker`.
    """

    query: str
    k: int
    folders: tuple[str, ...] = ()
    reranker: str = ""


class Likeness(Request[tuple[float, ...], None], frozen=True):
    """How near a few texts are to a question in meaning, 0 to 1 each."""

    question: str
    texts: tuple[str, ...]


class Embeddings(Struct, frozen=True):
    """The embeddings of texts, and the id of the embedder that made them.

    Attributes:
        vectors: float32 in the machine's byte order, one for each text.
    """

    embedder: str
    vectors: tuple[bytes, ...]


class EmbedTexts(Request[Embeddings, None], frozen=True):
    """Embeds texts; a long one is embedded in parts, whose mean counts."""

    texts: tuple[str, ...]


class PassagesHeld(Request[tuple[str, ...], None], frozen=True):
    """Those of `passages` (ids) that are still in the library."""

    passages: tuple[str, ...]


class PassagesUnder(Request[tuple[str, ...], None], frozen=True):
    """Those of `passages` (ids) that the library finds in one of `folders`."""

    passages: tuple[str, ...]
    folders: tuple[str, ...]


class FindSources(Request[tuple[PassagePlace, ...], None], frozen=True):
    """Asks where the words of passages are, seen from folders (`rag.indexing.passage_finder`)."""

    sources: tuple[CitedPassage, ...]
    folders: tuple[str, ...]


class ListFiles(Request[tuple[FileRecord, ...], None], frozen=True):
    """Every file of the library."""


class ListSome(Request[FileListing, None], frozen=True):
    """Files by what is known of them: how many, and the first `most` of them."""

    which: FileFilter
    order: FileOrder
    most: int


class GetStatus(Request[LibraryStatus, None], frozen=True):
    """The library in numbers."""


class GetLines(Request[tuple[TextLine, ...], None], frozen=True):
    """What was recognised in the picture of a page (1-based); empty if it is none."""

    path: str
    page: int


class Backup(Request[int, None], frozen=True):
    """Copies the library to a new file, also while it is written. Replies with its bytes."""

    path: str


class OpenWhole(Request[WholeDocument, None], frozen=True):
    """All passages of a document."""

    path: str


class KeepStates(Request[None, None], frozen=True):
    """Makes the drawer for what models read of a document that is in the library."""

    content_hash: str


class KeepSummaries(Request[None, None], frozen=True):
    """Makes the drawer for what models write of a document that is in the library."""

    content_hash: str


class GetDocument(Request[StoredDocument, None], frozen=True):
    """A document as it was indexed."""

    path: str


class GetTables(Request[tuple[TableSketch, ...], None], frozen=True):
    """The tables of a document, with what `question` needs to know of them."""

    path: str
    question: str


class ComputeTable(Request[Computed | None, None], frozen=True):
    """The result of `query` over a table of a document (0-based); None when it gives none."""

    path: str
    number: int
    query: str


# Infer worker


class ModelInfo(Struct, frozen=True):
    """The model that is loaded. `context_window` in tokens."""

    id: str
    context_window: int


class LoadModel(Request[ModelInfo, None], frozen=True):
    """Loads the model unless it is loaded, with the context window of `chat`."""

    chat: ChatSettings = USUAL


class TryOut(Request[str, None], frozen=True):
    """Loads the model, and finds out whether it is fit for answering; "" or a note about it."""


class CountTokens(Request[int, None], frozen=True):
    """Tokens of the prompt that these messages make. `chat`: what holds for the chat only."""

    messages: tuple[Message, ...]
    chat: ChatSettings = USUAL


class Prime(Request[Primed, None], frozen=True):
    """Reads the beginning of prompts to come, until a question arrives; keeps it in `drawer`."""

    messages: tuple[Message, ...]
    drawer: str = ""
    chat: ChatSettings = USUAL


class Tune(Request[None, None], frozen=True):
    """Finds out how this machine computes fastest with the model, unless that is known."""


class FindDevices(Request[Found, None], frozen=True):
    """What models can be computed with here. Does not load the model. `cards`: graphics cards, too.

    A bad graphics driver ends the process.
    """

    cards: bool = True


class MeasureSpeed(Request[Speed | None, None], frozen=True):
    """Loads the model, and measures how fast it computes; None if it cannot be measured."""


class Generate(Request[Finished, TextPiece], frozen=True):
    """Continues a conversation; the events are new text."""

    messages: tuple[Message, ...]
    options: GenerationOptions
    chat: ChatSettings = USUAL


# Learn worker


class LearnLabels(Request[Fitted, None], frozen=True):
    """Learns to sort texts by labels.

    Attributes:
        like: takes this choice instead of choosing.
    """

    examples: tuple[TextFeatures, ...]
    labels: tuple[LabelFeatures, ...]
    like: Choice | None = None


class LearnColumns(Request[tuple[LearnedColumn | None, ...], None], frozen=True):
    """Learns columns of a table from corrected cells, each unless it is worse than before.

    Attributes:
        columns: what is learned.
        cells: of each column, one for each document, oldest first.
        before: of each column, what is in use.
    """

    columns: tuple[Column, ...]
    cells: tuple[tuple[TaughtCell, ...], ...]
    before: tuple[LearnedColumn | None, ...]


class SortTexts(Request[tuple[Prediction, ...], None], frozen=True):
    """Sorts texts with what was learned; `strictness` is 0 to 1."""

    blob: bytes
    texts: tuple[TextFeatures, ...]
    strictness: float
