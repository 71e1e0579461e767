"""A specialist: what it looks for, as its file says. Data only; no code and no patterns.

A file needs no more than `name`, `kind` and `labels` or `columns`:

    name = "Leases"
    kind = "extract"

    [[columns]]
    name = "Rent"
    question = "What is the monthly rent?"
    type = "money"

    name = "Sort mail"
    kind = "classify"
    labels = ["invoice", "question", "other"]

Everything in it is data: names, questions and notes are shown and put into prompts as text.
"""

from __future__ import annotations

import tomllib
from typing import Literal

import msgspec

from app.errors import SpecialistTooNew, SpecialistUnreadable

VERSION = 1
"""The version of the format that this program writes."""
MOST_BYTES = 1 << 20
MOST_COLUMNS = 64
MOST_LABELS = 200
MOST_CHARACTERS = 2_000
"""The longest text of one field, in characters; a question is rarely longer than 200."""
UNSURE = "unsure"
"""The bucket of texts that no label fits well enough; no label may have this name."""

Kind = Literal["extract", "classify", "clauses"]
ColumnType = Literal[
    "text", "verbatim", "date", "money", "number", "yes/no", "one of", "several of", "party"
]


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A class of texts, or a kind of clause.

    Attributes:
        description: what belongs to it, in a sentence.
    """

    name: str
    description: str = ""


class CellExample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An example of a column: a quote and the value that is taken from it."""

    quote: str
    value: str


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of a table.

    Attributes:
        question: what the cell answers; "" asks for the name.
        unit: of a number, for instance "months"; "" takes the unit of the text.
        choices: for the types "one of" and "several of".
        required: whether a document without it is worth a look.
    """

    name: str
    question: str = ""
    type: ColumnType = "text"
    unit: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    examples: tuple[CellExample, ...] = ()


class Specialist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A specialist.

    Attributes:
        kind: "extract" fills columns, "classify" chooses a label, "clauses" finds each label.
        notes: what holds for the whole table, as text for the model.
        rows: "document" makes one row for each document; "items" makes several, for instance the
            lines of an invoice.
        strictness: 0 never misses a text of a label, 1 never gives a false alarm; only for
            "classify".
        model: id of the language model to use; "" for that of the settings.
        adapter: name of a LoRA adapter that was added like a model, loaded for a run only.
        adapter_sha256: the hash that the adapter's file has to have, in hex; "" for any.
    """

    name: str
    kind: Kind
    version: int = VERSION
    description: str = ""
    notes: str = ""
    labels: tuple[Label, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: Literal["document", "items"] = "document"
    strictness: float = 0.5
    model: str = ""
    adapter: str = ""
    adapter_sha256: str = ""


def read_specialist(data: bytes) -> Specialist:
    """Returns the specialist of a file's content.

    Args:
        data: TOML in UTF-8.

    Raises:
        SpecialistTooNew: it was written by a later version.
        SpecialistUnreadable: it is no specialist; the message says what is wrong.
    """
    if len(data) > MOST_BYTES:
        raise SpecialistUnreadable("The file is too large for a specialist.", _ADVICE)
    try:
        fields = tomllib.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SpecialistUnreadable("The file is damaged, or is no specialist.", _ADVICE) from error
    version = fields.get("version", VERSION)
    if isinstance(version, int) and version > VERSION:
        raise SpecialistTooNew(
            "This specialist was written by a later version of Studiolo.",
            "Update Studiolo to use it.",
        )
    if isinstance(labels := fields.get("labels"), list):
        # A label may be its name alone.
        fields["labels"] = [{"name": each} if isinstance(each, str) else each for each in labels]
    try:
        specialist = msgspec.convert(fields, Specialist)
    except msgspec.ValidationError as error:
        raise SpecialistUnreadable(f"The specialist cannot be used: {error}.", _ADVICE) from error
    check(specialist)
    return specialist


def write_specialist(specialist: Specialist) -> bytes:
    """Returns the file of a specialist: TOML in UTF-8, without fields that have their default."""
    import tomli_w  # not needed to read one

    fields = msgspec.to_builtins(specialist)
    defaults = msgspec.to_builtins(Specialist("", "extract"))
    kept = {
        name: value
        for name, value in fields.items()
        if name in ("name", "kind", "version") or value != defaults[name]
    }
    for list_name, default in (("labels", Label("")), ("columns", Column(""))):
        if list_name in kept:
            empty = msgspec.to_builtins(default)
            kept[list_name] = [
                {key: value for key, value in each.items() if key == "name" or value != empty[key]}
                for each in kept[list_name]
            ]
    return tomli_w.dumps(kept).encode()


def check(specialist: Specialist) -> None:
    """Checks what the types alone do not say.

    Raises:
        SpecialistUnreadable: for instance two columns have one name; the message says so.
    """
    if not specialist.name.strip():
        raise SpecialistUnreadable("The specialist has no name.", _ADVICE)
    if specialist.kind == "extract":
        _check_names("columns", [column.name for column in specialist.columns], MOST_COLUMNS)
    else:
        _check_names("labels", [label.name for label in specialist.labels], MOST_LABELS)
        if any(_folded(label.name) == UNSURE for label in specialist.labels):
            raise SpecialistUnreadable(f"No label can be called “{UNSURE}”.", _ADVICE)
    for column in specialist.columns:
        if column.type in ("one of", "several of") and not column.choices:
            raise SpecialistUnreadable(f"The column “{column.name}” has no choices.", _ADVICE)
    if not 0 <= specialist.strictness <= 1:
        raise SpecialistUnreadable("The strictness must be from 0 to 1.", _ADVICE)
    if any(len(text) > MOST_CHARACTERS for text in _texts(msgspec.to_builtins(specialist))):
        message = f"A text of the specialist is longer than {MOST_CHARACTERS} characters."
        raise SpecialistUnreadable(message, _ADVICE)


def _check_names(entries: str, names: list[str], most: int) -> None:
    """Checks the names of the columns or labels.

    Args:
        entries: "columns" or "labels", for the message.
        names: the names, in order.
        most: how many there may be.

    Raises:
        SpecialistUnreadable: there are none or too many, or two have one name.
    """
    if not names:
        raise SpecialistUnreadable(f"The specialist has no {entries}.", _ADVICE)
    if len(names) > most:
        message = f"The specialist has {len(names)} {entries}; it may have {most}."
        raise SpecialistUnreadable(message, _ADVICE)
    seen = set[str]()
    for name in names:
        if not _folded(name):
            raise SpecialistUnreadable(f"One of the {entries} has no name.", _ADVICE)
        if _folded(name) in seen:
            raise SpecialistUnreadable(f"Two {entries} are called “{name}”.", _ADVICE)
        seen.add(_folded(name))


def _folded(name: str) -> str:
    """Returns a name as names are compared: without case and outer blanks."""
    return name.strip().casefold()


def _texts(value: object) -> list[str]:
    """Returns all strings in a value of dicts, lists and tuples."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in _texts(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in _texts(each)]
    return []


_ADVICE = "Mend the file, or ask for it again."
