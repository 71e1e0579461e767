"""Splits a document into chunks at its natural boundaries, measured in the embedder's tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag.chunking.row_groups import RowGroups
from rag.chunking.split import Span, Tokens, split_lines, split_prose
from rag.parse.document import Block, BlockKind, ParsedDocument
from rag.text.cell_ranges import narrow_rows
from rag.types import Locator


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage that is embedded and searched as one.

    Attributes:
        id: hash of the document's content hash and the position; stable over moves and renames.
        content_hash: the document that it is part of.
        position: 0-based, in reading order.
        locator: where it stands; it never spans two pages.
        text: exactly ``document.text[start:end]``.
        context: title, path of sheet and headings, table header and group of the first row, a line
            each: searched with the text, never quoted. The line of the header is there if the
            passage holds rows, that of the group if the table has rows that name groups.
    """

    id: str
    content_hash: str
    position: int
    locator: Locator
    text: str
    context: str = ""


# Version of the reading and chunking: raise it when the readers give another text or the chunks
# change. All files are then read once more, those that failed before as well.
VERSION = 8
_SEPARATOR = " | "  # between the cells of a row
SPECIAL_TOKENS = 2  # [CLS] and [SEP]


def embedding_text(chunk: Chunk) -> str:
    """Returns the text that is embedded, and limited in tokens: the context, then the passage.

    Without a header and a group that the passage itself begins with, which would count twice.
    """
    title, path, header, group = (*chunk.context.split("\n"), "", "", "")[:4]
    if header in chunk.text:
        header = ""
    if group in chunk.text:
        group = ""
    return "\n".join(line for line in (title, path, header, group, chunk.text) if line)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block, or a part of one that is too long for a chunk."""

    block: Block
    locator: Locator
    tokens: int


class Chunker:
    """Splits documents into chunks of at most `max_tokens`, context and special tokens included.

    Args:
        tokenizer_file: the embedder's ``tokenizer.json``; None counts words instead.
        max_tokens: tokens that the embedder reads of one text.
    """

    def __init__(self, tokenizer_file: Path | None, max_tokens: int) -> None:
        self._tokens = Tokens(tokenizer_file)
        self._max_tokens = max_tokens
        self.recipe = f"chunk-{VERSION}-{max_tokens}"

    def chunk(self, document: ParsedDocument, content_hash: str) -> list[Chunk]:
        """Splits `document`. Chunks are in reading order and never span two pages or sheets.

        Args:
            document: with its text and blocks.
            content_hash: identifies the content; with the position it makes a chunk's id.
        """
        contexts = _Contexts(document.title, self._tokens, self._max_tokens - SPECIAL_TOKENS)
        chunks: list[Chunk] = []
        for group in self._groups(document, contexts):
            locator = _cover(group)
            text = document.text[locator.start : locator.end]
            if not text.strip():
                continue
            position = len(chunks)
            chunks.append(
                Chunk(
                    id=chunk_id(content_hash, self.recipe, position),
                    content_hash=content_hash,
                    position=position,
                    locator=locator,
                    text=text,
                    context=contexts.of(
                        group[0].block,
                        _header(group),
                        _cells_before(document.text, group[0]),
                        contexts.row_group(document.text, group),
                    ).text,
                )
            )
        return chunks

    def _groups(self, document: ParsedDocument, contexts: _Contexts) -> Iterator[list[_Piece]]:
        group: list[_Piece] = []
        used = room = 0
        for piece in self._pieces(document, contexts):
            if group and (used + piece.tokens > room or not _belongs(group, piece)):
                yield group
                group = []
            if not group:
                used, room = 0, contexts.room(document.text, piece.block)
            group.append(piece)
            used += piece.tokens
        if group:
            yield group

    def _pieces(self, document: ParsedDocument, contexts: _Contexts) -> Iterator[_Piece]:
        texts = [document.text[b.locator.start : b.locator.end] for b in document.blocks]
        for block, text, tokens in zip(
            document.blocks, texts, self._tokens.counts(texts), strict=True
        ):
            room = contexts.room(document.text, block)
            if tokens <= room:
                yield _Piece(block, block.locator, tokens)
            else:
                yield from self._parts(block, text, room)

    def _parts(self, block: Block, text: str, room: int) -> Iterator[_Piece]:
        by_line = block.kind in (BlockKind.TABLE, BlockKind.CODE)
        spans = (split_lines if by_line else split_prose)(text, room, self._tokens)
        for span in spans:
            yield _Piece(block, _locate(block, text, span), span.tokens)


def chunk_id(content_hash: str, recipe: str, position: int) -> str:
    """Returns 32 hex digits that survive a move of the file, but not another way of chunking."""
    key = f"{content_hash}:{recipe}:{position}"
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class _Context:
    text: str
    room: int


class _Contexts:
    """The context of blocks, clipped so that at least half of the tokens stay for the passage."""

    def __init__(self, title: str, tokens: Tokens, limit: int) -> None:
        self._tokens = tokens
        self._limit = limit
        self._title = tokens.clip(" ".join(title.split()), limit // 8)
        self._cache: dict[tuple[tuple[str, ...], str, str], _Context] = {}
        self._groups: tuple[int, RowGroups] | None = None  # of the last table, by its place

    def groups(self, text: str, block: Block) -> RowGroups:
        """Returns the groups of a table's rows; chunks ask for one table after the other."""
        if self._groups is None or self._groups[0] != block.locator.start:
            self._groups = (block.locator.start, RowGroups(text, block))
        return self._groups[1]

    def row_group(self, text: str, pieces: Sequence[_Piece]) -> str:
        """Returns the group of the first row in a chunk; "" for none."""
        table = next((p for p in pieces if p.block.kind is BlockKind.TABLE), None)
        return self.groups(text, table.block).of(table.locator.start) if table else ""

    def room(self, text: str, block: Block) -> int:
        """Returns the tokens of a passage of `block`, without those for the label of a group."""
        room = self.of(block).room
        return room - self._limit // 8 if self.groups(text, block) else room

    def of(
        self, block: Block, header: str | None = None, cells: int = 0, group: str = ""
    ) -> _Context:
        """Returns the context of a chunk that begins with `block`.

        Args:
            block: the first of the chunk.
            header: of the chunk's rows; None for the block's own.
            cells: of its first row that stand in earlier chunks; their names are left out.
            group: of its first row; "" for none.
        """
        header = block.header if header is None else header
        header = _SEPARATOR.join(header.split(_SEPARATOR)[cells:])
        sheet = block.locator.sheet
        path = (sheet, *block.locator.headings) if sheet else block.locator.headings
        key = (path, header, group)
        if key not in self._cache:
            self._cache[key] = self._make(*key)
        return self._cache[key]

    def _make(self, headings: tuple[str, ...], header: str, group: str) -> _Context:
        path = " > ".join(h for h in (" ".join(h.split()) for h in headings) if h != self._title)
        lines = [
            self._title,
            self._tokens.clip(path, self._limit // 8, from_end=True),
            self._tokens.clip(header, self._limit // 4),
            self._tokens.clip(group, self._limit // 8, from_end=True),
        ]
        room = self._limit - self._tokens.count("\n".join(line for line in lines if line))
        while lines and not lines[-1]:
            lines.pop()
        return _Context("\n".join(lines), room)


def _header(group: Sequence[_Piece]) -> str | None:
    """Returns the header of a chunk's rows, "" for a table without one; None without rows."""
    tables = (piece.block for piece in group if piece.block.kind is BlockKind.TABLE)
    return next((block.header for block in tables), None)


def _cells_before(text: str, piece: _Piece) -> int:
    """Returns how many cells of a row stand before a piece that begins inside it."""
    start, table = piece.locator.start, piece.block.locator.start
    if not piece.block.header or start == table:
        return 0
    return text.count(_SEPARATOR, max(text.rfind("\n", table, start), table), start)


def _belongs(group: list[_Piece], piece: _Piece) -> bool:
    """Tells whether `piece` continues `group`: same page and sheet, under the same heading."""
    last = group[-1]
    if (last.locator.page, last.locator.sheet) != (piece.locator.page, piece.locator.sheet):
        return False
    if last.block is piece.block or last.locator.cells or piece.locator.cells:
        return False
    if piece.block.kind is BlockKind.TABLE and _header(group) not in (None, piece.block.header):
        return False  # rows of two tables would have no header in common
    if last.block.kind is BlockKind.HEADING:
        return True
    return piece.block.kind is not BlockKind.HEADING and (
        last.locator.headings == piece.locator.headings
    )


def _cover(group: Sequence[_Piece]) -> Locator:
    """Returns the locator of a whole group. If it begins with a heading, it stands under that."""
    last = group[-1].locator
    return replace(group[0].locator, end=last.end, headings=last.headings)


def _locate(block: Block, text: str, span: Span) -> Locator:
    """Returns the locator of a part of a block: its offsets and, for whole rows, its cells."""
    whole = block.locator
    return replace(
        whole,
        start=whole.start + span.start,
        end=whole.start + span.end,
        cells=narrow_rows(whole.cells, text, span.start, span.end) if whole.cells else None,
    )
