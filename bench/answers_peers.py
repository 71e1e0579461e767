"""Two programs to compare with, rebuilt from the parameters that they publish.

- `dense`: as AnythingLLM does it: the 4 chunks of 1,000 characters (overlap 20) that are nearest by
  meaning, in the system message.
- `hybrid`: as GPT4All does it: the 3 chunks of 512 characters that are best by meaning (dense) and
  by words (FTS5) in reciprocal rank fusion with 60, before the question.

Both ask for free text, as those programs do. They read the text that Studiolo's parsers got out of
the same files, and use the same embedder, language model and KV cache reuse, so what differs is the
cutting, the finding and the asking.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw
import numpy as np
from numpy.typing import NDArray

from bench.answers_score import Result, Source
from models.chat import ChatModel, Finished, GenerationOptions, Message, Role, TextPiece
from rag.ports import Embedder
from rag.store.files import StoredDocument
from rag.store.store import Store
from rag.text.words import Term, match_expression

VERSION = "1"
_ANSWER_TOKENS = 200
_RRF = 60
_CANDIDATES = 30
_DENSE_SYSTEM = (
    "Given the conversation and the context, answer the question that the user asks. Give only "
    "the answer, from the information below."
)


@dataclass(frozen=True)
class _Piece:
    file: str
    page: int | None
    text: str


class Peer:
    """One of the two programs over the documents of one library.

    Args:
        name: "dense" or "hybrid".
        library: the library that Studiolo made of the files.
        embedder: makes vectors.
        cache: where the vectors are kept.
    """

    def __init__(self, name: str, library: Path, embedder: Embedder, cache: Path) -> None:
        self._name = name
        self._embedder = embedder
        size, overlap = (1000, 20) if name == "dense" else (512, 0)
        with Store(library) as store:
            stored = [store.document(record.path) for record in store.files()]
        self._pieces = [
            piece
            for document in stored
            if document is not None
            for piece in _cut(document, size, overlap)
        ]
        self._vectors = self._embed(cache)
        self._words = _index(self._pieces) if name == "hybrid" else None

    def messages(self, question: str, past: Sequence[tuple[str, str]] = ()) -> list[Message]:
        """Builds the prompt for a question; `past` holds the questions and answers so far."""
        *earlier, last = _messages(self._name, question, self._find(question))
        turns = [
            message
            for earlier_question, earlier_answer in past
            for message in (
                Message(Role.USER, earlier_question),
                Message(Role.ASSISTANT, earlier_answer),
            )
        ]
        return [*earlier, *turns, last]

    def ask(self, key: str, question: str, model: ChatModel) -> Result:
        """Answers one question."""
        started = time.perf_counter()
        pieces = self._find(question)
        messages = _messages(self._name, question, pieces)
        first, text, finished = 0.0, "", None
        options = GenerationOptions(max_tokens=_ANSWER_TOKENS)
        for event in model.generate(messages, options):
            if isinstance(event, TextPiece):
                first = first or time.perf_counter() - started
                text += event.text
            elif isinstance(event, Finished):
                finished = event
        assert finished is not None
        return Result(
            system=self._name,
            version=VERSION,
            key=key,
            answer=text.strip(),
            abstained=None,
            sources=tuple(Source(piece.file, piece.page, piece.text) for piece in pieces),
            first_token_s=first,
            total_s=time.perf_counter() - started,
            prompt_tokens=finished.prompt_tokens,
        )

    def _find(self, question: str) -> list[_Piece]:
        near = self._vectors @ self._embedder.embed([question])[0]
        by_meaning = [int(i) for i in np.argsort(-near)[:_CANDIDATES]]
        if self._words is None:
            return [self._pieces[i] for i in by_meaning[:4]]
        terms = [Term(word, word, 1) for word in question.split()]
        rows = self._words.execute(
            "SELECT rowid FROM pieces WHERE pieces MATCH ? ORDER BY bm25(pieces) LIMIT ?",
            (match_expression(terms), _CANDIDATES),
        )
        by_words = [int(str(row[0])) for row in rows]
        fused: dict[int, float] = {}
        for ranking in (by_meaning, by_words):
            for rank, piece in enumerate(ranking, start=1):
                fused[piece] = fused.get(piece, 0.0) + 1 / (_RRF + rank)
        best = sorted(fused, key=lambda piece: (-fused[piece], piece))
        return [self._pieces[i] for i in best[:3]]

    def _embed(self, cache: Path) -> NDArray[np.float32]:
        if cache.exists():
            vectors: NDArray[np.float32] = np.load(cache)
            if len(vectors) == len(self._pieces):
                return vectors
        vectors = self._embedder.embed([piece.text for piece in self._pieces])
        np.save(cache, vectors)
        return vectors


def _cut(stored: StoredDocument, size: int, overlap: int) -> list[_Piece]:
    """Cuts at white space, as both programs do."""
    text = stored.document.text
    pieces: list[_Piece] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + size)
        if end < len(text):
            blank = max(text.rfind(" ", start, end), text.rfind("\n", start, end))
            end = blank if blank > start + size // 2 else end
        page = _page_at(stored, (start + end) // 2)
        if text[start:end].strip():
            pieces.append(_Piece(Path(stored.path).name, page, text[start:end].strip()))
        start = end if end == len(text) else max(start + 1, end - overlap)
    return pieces


def _page_at(stored: StoredDocument, offset: int) -> int | None:
    page = None
    for block in stored.document.blocks:
        if block.locator.start > offset:
            break
        page = block.locator.page
    return page


def _index(pieces: Sequence[_Piece]) -> apsw.Connection:
    database = apsw.Connection(":memory:")
    database.execute("CREATE VIRTUAL TABLE pieces USING fts5(text, tokenize='porter')")
    database.executemany(
        "INSERT INTO pieces (rowid, text) VALUES (?, ?)",
        [(number, piece.text) for number, piece in enumerate(pieces)],
    )
    return database


def _messages(name: str, question: str, pieces: Sequence[_Piece]) -> list[Message]:
    if name == "dense":
        context = "\n".join(
            f"[CONTEXT {number}]:\n{piece.text}\n[END CONTEXT {number}]\n"
            for number, piece in enumerate(pieces)
        )
        system = f"{_DENSE_SYSTEM}\nContext:\n{context}"
        return [Message(Role.SYSTEM, system), Message(Role.USER, question)]
    context = "\n".join(f"Path: {piece.file}\nExcerpt: {piece.text}\n" for piece in pieces)
    return [Message(Role.USER, f"### Context:\n{context}\n{question}")]
