"""Which column of a table of items is which, by what stands in it, whatever its head says.

Where two columns multiplied give a third in each row, they are the quantity, the price of one and
the amount; the column with most words says what the item is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import permutations

from app.specialists.definition import Column
from app.specialists.extract.field_words import field_words, label_likeness
from app.specialists.extract.figures import figures_in
from app.specialists.extract.reading import Conventions

_ROLES = ("item", "quantity", "unit price", "amount")
_LIKE = 0.6
_MOST_COLUMNS = 12
_MOST_LINES = 200
_ROUNDED = Fraction(1, 100)
"""By how much an amount may differ from the product for each unit: prices are rounded to cents."""
_Numbers = Sequence[Sequence[Fraction | None]]


def role_of(column: Column) -> str:
    """Returns which part of an item a column asks for; "" for none of them."""
    likes = {role: label_likeness(role, field_words(column)) for role in _ROLES}
    best = max(_ROLES, key=likes.__getitem__)
    return best if likes[best] >= _LIKE else ""


def number_in(text: str, conventions: Conventions) -> Fraction | None:
    """Returns the only number of a cell, whatever its unit or currency; None without one."""
    numbers = [figure.number for figure in figures_in(text, conventions.table)]
    return numbers[0] if len(numbers) == 1 else None


def by_content(
    lines: Sequence[Sequence[str]],
    columns: Sequence[Column],
    known: Mapping[str, int],
    conventions: Conventions,
) -> dict[str, int]:
    """Returns the number of the table's column for columns that its heads do not show.

    Args:
        lines: the cells of each row below the head.
        columns: of the specialist.
        known: those that the heads show.
        conventions: of the document.
    """
    width = min(_MOST_COLUMNS, max(map(len, lines), default=0))
    numbers = [
        [number_in(line[n], conventions) if n < len(line) else None for n in range(width)]
        for line in lines[:_MOST_LINES]
    ]
    roles = {role: column.name for column in columns if (role := role_of(column))}
    shown = {role: known[name] for role, name in roles.items() if name in known}
    found = _product(lines, numbers, width, shown)
    taken = {*known.values(), *found.values()}
    if (known or found) and "item" in roles:
        letters = {n: _letters(lines, n) for n in range(width) if n not in taken}
        most = max(letters, key=letters.__getitem__, default=-1)
        if most >= 0 and letters[most] > 0:
            found["item"] = most
    return {roles[role]: n for role, n in found.items() if roles.get(role, "") not in {"", *known}}


def _product(
    lines: Sequence[Sequence[str]], numbers: _Numbers, width: int, shown: Mapping[str, int]
) -> dict[str, int]:
    """Returns the columns of quantity, price and amount, if one set of three fits best."""
    best: dict[str, int] = {}
    most = 0.0
    numeric = [n for n in range(width) if any(row[n] is not None for row in numbers)]
    for places in permutations(numeric, 3):
        of_roles = dict(zip(("quantity", "unit price", "amount"), places, strict=True))
        if any(of_roles.get(role, n) != n for role, n in shown.items()):
            continue
        shared = {n for role, n in shown.items() if role == "item"}
        if shared & set(places) or not all(map(_fits, _complete(numbers, places))):
            continue
        rows = list(_complete(numbers, places))
        # 1 x 80 = 80 fits in more than one order.
        telling = sum(not {0, 1} & {quantity, price} for quantity, price, _ in rows)
        plain = not any(_is_amount(line[places[0]]) for line in lines if places[0] < len(line))
        priced = any(_is_amount(line[places[1]]) for line in lines if places[1] < len(line))
        score = telling + 0.25 * plain + 0.25 * priced
        if telling and score > most:
            best, most = of_roles, score
    return best


def _complete(
    numbers: _Numbers, places: tuple[int, ...]
) -> Iterator[tuple[Fraction, Fraction, Fraction]]:
    for row in numbers:
        quantity, price, amount = (row[place] for place in places)
        if quantity is not None and price is not None and amount is not None:
            yield quantity, price, amount


def _fits(row: tuple[Fraction, Fraction, Fraction]) -> bool:
    quantity, price, amount = row
    return abs(quantity * price - amount) <= _ROUNDED * max(Fraction(1), abs(quantity)) / 2


def _is_amount(text: str) -> bool:
    """Tells whether a cell is written as an amount: a currency, or two digits at its end."""
    digits = text.strip().rstrip("€$£ ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return digits != text.strip() or digits[-3:-2] in (",", ".")


def _letters(lines: Sequence[Sequence[str]], place: int) -> int:
    """Returns how many more letters than digits a column has."""
    words = "".join(line[place] for line in lines if place < len(line))
    return sum(c.isalpha() for c in words) - sum(c.isdigit() for c in words)
