"""Columns that are proposed for documents, and the specialist that they make."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from msgspec import Struct

from app.errors import SpecialistUnreadable
from app.specialists.definition import Column, Specialist

ProposalSource = Literal["label", "words", "table head"]
"""What the documents share: a label, words before a value, or the head of a table's column."""


class Proposal(Struct, frozen=True):
    """A proposed column.

    Attributes:
        source: what it was made from.
        documents: how many of the documents have it.
        examples: its values in them, as written.
    """

    column: Column
    source: ProposalSource
    documents: int
    examples: tuple[str, ...]


class Proposals(Struct, frozen=True):
    """Proposed columns, and the documents that they were made from."""

    proposals: tuple[Proposal, ...]
    paths: tuple[str, ...]


def specialist_of(name: str, proposals: Sequence[Proposal]) -> Specialist:
    """Returns a specialist of all proposed columns.

    Columns of tables make a row for each line; they are used where there is nothing else.

    Raises:
        SpecialistUnreadable: nothing is proposed.
    """
    of_document = _columns(each for each in proposals if each.source != "table head")
    if of_document:
        return Specialist(name, "extract", columns=of_document)
    of_tables = _columns(proposals)
    if not of_tables:
        raise SpecialistUnreadable(
            "The documents share nothing that could be a column.",
            "Choose documents of one kind, such as invoices.",
        )
    return Specialist(name, "extract", columns=of_tables, rows="items")


def _columns(proposals: Iterable[Proposal]) -> tuple[Column, ...]:
    return tuple(each.column for each in proposals)
