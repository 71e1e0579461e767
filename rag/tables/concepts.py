"""Words that mean a column without naming it: "oldest" an age, "spent" a cost, "women" a gender.

One table for each language; the columns that a word may mean are the same in all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from rag.tables.forms import folded, same
from rag.tables.table import ColumnKind, ColumnSketch
from rag.tables.vocabulary import Meaning

# Words in the names of columns, of each kind, in all languages.
_KINDS = {
    "age": "age alter edad eta leeftijd",
    "birth": "birth born birthday geboren geburtstag geburtsdatum nacimiento naissance nascita",
    "cost": "cost price amount fee fare rent betrag preis kosten miete gebuhr importe precio coste"
    " costo montant prix cout loyer tarif importo prezzo bedrag prijs huur",
    "weight": "weight gewicht peso poids",
    "height": "height hohe altura hauteur altezza hoogte",
    "length": "length lange longitud largo longueur lunghezza lengte",
    "wage": "wage wages salary pay income earnings lohn gehalt verdienst stundenlohn sueldo salario"
    " ingresos salaire stipendio loon salaris",
    "time": "duration minutes hours time dauer zeit minuten stunden duracion tiempo duree temps"
    " durata tempo duur tijd",
    "distance": "distance distanz entfernung strecke distancia distanza afstand km",
    "speed": "speed geschwindigkeit velocidad vitesse velocita snelheid",
    "date": "date datum fecha data",
}
# A word, and what it means: * the sum, + the highest, - the lowest, > more, < less, of the first
# kind that the table has. "day" alone names a column.
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "oldest": "+age -birth", "youngest": "-age +birth", "older": ">age", "younger": "<age",
        "cheapest": "-cost", "dearest": "+cost", "expensive": "cost", "cheaper": "<cost",
        "spent": "*cost", "spend": "*cost", "pay": "cost", "paid": "cost", "owe": "cost",
        "owes": "cost", "owed": "cost", "cost": "cost", "costs": "cost", "expenses": "*cost",
        "spending": "*cost", "euro": "cost", "euros": "cost", "dollars": "cost", "pounds": "cost",
        "old": "age", "earn": "wage", "earns": "wage", "earned": "wage", "time": "time",
        "heaviest": "+weight", "lightest": "-weight", "heavier": ">weight", "lighter": "<weight",
        "weigh": "weight", "weighs": "weight", "weighed": "weight",
        "tallest": "+height", "taller": ">height", "shortest": "-length -height -time -distance",
        "longest": "+length +time +distance", "longer": ">length >time >distance",
        "shorter": "<length <height <time <distance", "fastest": "+speed -time",
        "slowest": "-speed +time", "day": "date", "date": "date", "when": "date",
    },
    "de": {
        "alteste*": "+age -birth", "jungste*": "-age +birth", "alter": ">age", "junger": "<age",
        "teuerste*": "+cost", "billigste*": "-cost", "gunstigste*": "-cost", "teurer": ">cost",
        "billiger": "<cost", "gunstiger": "<cost", "ausgegeben": "*cost", "bezahlt": "cost",
        "gezahlt": "cost", "ausgabe": "cost", "ausgaben": "*cost", "euro": "cost", "alt": "age",
        "verdient": "wage", "verdienen": "wage",
        "kostet": "cost", "kosten": "cost", "kostete*": "cost", "zahlt": "cost",
        "schwerste*": "+weight", "leichteste*": "-weight", "schwerer": ">weight",
        "leichter": "<weight", "wiegt": "weight", "wiegen": "weight",
        "langste*": "+length +time +distance", "kurzeste*": "-length -time -distance",
        "schnellste*": "+speed -time", "langsamste*": "-speed +time",
        "tag": "date", "wann": "date", "datum": "date",
    },
    "fr": {
        "depense*": "*cost", "paye*": "cost", "coute*": "cost", "pese*": "weight",
        "cher*": "cost", "gagne*": "wage", "jour": "date", "quand": "date",
    },
    "es": {
        "gastado": "*cost", "gastamos": "*cost", "gasto": "cost", "gastos": "*cost",
        "euros": "cost", "pagado": "cost", "pago": "cost",
        "cuesta*": "cost", "costo": "cost", "pesa*": "weight", "caro": "cost", "cara": "cost",
        "gana*": "wage", "viejo": "age", "pesado": "weight", "dia": "date", "cuando": "date",
    },
    "it": {"speso": "*cost", "pagato": "cost", "costa": "cost", "caro": "cost",
           "cara": "cost", "giorno": "date", "quando": "date"},
    "nl": {
        "oudste": "+age -birth", "jongste": "-age +birth", "duurste": "+cost",
        "goedkoopste": "-cost", "uitgegeven": "*cost", "betaald": "cost", "dag": "date",
        "wanneer": "date",
    },
}  # fmt: skip
_SIGNS = {
    "*": Meaning.SUM, "+": Meaning.HIGHEST, "-": Meaning.LOWEST, ">": Meaning.ABOVE,
    "<": Meaning.BELOW,
}  # fmt: skip
_GENDERS = (
    (
        "f w female females woman women girl girls lady ladies weiblich frau frauen madchen"
        " femenino mujer mujeres femme femmes feminin donna donne femminile vrouw vrouwen"
    ),
    (
        "m male males man men boy boys gentleman gentlemen mannlich mann manner masculino hombre"
        " hombres homme hommes masculin uomo uomini maschile"
    ),
)
_MOST_GENDERS = 4  # values of a column of genders, "other" or "infant" among them
_YES = "yes y true 1 ja wahr si oui vrai vero x"
_NO = "no n false 0 nein falsch non faux falso nee"


@dataclass(frozen=True, slots=True)
class Concept:
    """A column that a word means, and what the word asks of it, if anything."""

    column: ColumnSketch
    meaning: Meaning | None


def concept(language: str, word: str, columns: Sequence[ColumnSketch]) -> Concept | None:
    """Returns the column that a word means; None where the table has none, or several."""
    for kind in _kinds(language, word):
        name = kind.lstrip("*+-><")
        wanted = ColumnKind.DATE if name in ("date", "birth") else ColumnKind.NUMBER
        fitting = [c for c in columns if c.kind is wanted and _is_of(c, name)]
        if not fitting and name == "date":
            fitting = [c for c in columns if c.kind is wanted]
        if len(fitting) > 1:  # "Cost" rather than "Price per litre"
            fitting = [c for c in fitting if len(folded(c.name)) == 1] or fitting
        if fitting:
            return Concept(fitting[0], _SIGNS.get(kind[0])) if len(fitting) == 1 else None
    return None


def amounts_of(kind: str, columns: Sequence[ColumnSketch]) -> list[ColumnSketch]:
    """Returns the columns of numbers of a kind, such as "time" for durations."""
    return [c for c in columns if c.kind is ColumnKind.NUMBER and _is_of(c, kind)]


def is_concept(language: str, word: str) -> bool:
    """Tells whether a word means some kind of column, which a table may not have."""
    return bool(_kinds(language, word))


def asks_nothing(language: str, word: str) -> bool:
    """Tells whether a word means a kind of amounts, and asks nothing of it: "euro", "cost"."""
    kinds = _kinds(language, word)
    return bool(kinds) and kinds[0] in ("cost", "*cost", "wage", "age", "weight")


@cache
def _kinds(language: str, word: str) -> tuple[str, ...]:
    for pattern, kinds in _WORDS.get(language, {}).items():
        if word == pattern or (pattern.endswith("*") and word.startswith(pattern[:-1])):
            return tuple(kinds.split())
    return ()


def _is_of(column: ColumnSketch, kind: str) -> bool:
    stems = _KINDS[kind].split()
    return any(same(word, stem) for word in folded(column.name) for stem in stems)


def gender(word: str) -> int | None:
    """Returns the index of the gender that a word means; None for other words."""
    return next((at for at, words in enumerate(_GENDERS) if word in words.split()), None)


def of_gender(column: ColumnSketch, index: int) -> str | None:
    """Returns the value of a column that stands for a gender; None for a column of other values."""
    if column.kind is not ColumnKind.TEXT or not 2 <= len(column.values) <= _MOST_GENDERS:
        return None
    genders = [gender(" ".join(folded(value))) for value in column.values]
    of = [value for value, at in zip(column.values, genders, strict=True) if at == index]
    return of[0] if column.complete and {0, 1} <= set(genders) and len(of) == 1 else None


def flag(column: ColumnSketch) -> tuple[str, str] | None:
    """Returns the two values of a column that says yes or no, yes first; None for others."""
    values = {"".join(folded(value)): value for value in column.values}
    if not column.complete or len(values) != 2 or len(column.values) != 2:
        return None
    yes = [value for word, value in values.items() if word in _YES.split()]
    no = [value for word, value in values.items() if word in _NO.split()]
    return (yes[0], no[0]) if len(yes) == len(no) == 1 else None
