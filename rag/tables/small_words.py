"""Words that join or narrow what a question says, of all languages together, without accents."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEYS = _words("id no nr number code key index")
"""In names of columns whose numbers stand for rows."""
YEARS = _words("year years yr time season modelyear jahr jahre annee annees ano anos anno jaar")
"""Names of columns that hold years."""
MONTHS_OR_YEARS = {
    7: _words("month months monat monate mois mes"),
    4: _words("year years jahr annee ano an"),
}
"""Periods that rows are grouped by, and how many letters of an ISO date tell them."""
IN_NAMES = _words("number no per in de von pro par por")
"""In names of columns, where they tell nothing."""
A_COLUMN = _words("column columns spalte colonne columna")
"""Behind a column's name."""
NOUN_FOLLOWS = _words(
    "the a an of for in by at with from on per our their its der die das den dem des ein eine einen"
    " von vom fur mit bei im in aus pro el la los las un una de del para con en le les du des une"
    " pour avec par dans il lo gli di dei della per con het een van voor met bij"
)
"""Articles and prepositions: a noun follows, not a verb."""
LINKS = _words("of de del di the th st nd rd er ere eme o a")
"""Between the parts of a date, such as "14th of July" and "1st quarter of 2024"."""
IN_TIME = _words("in since from to until between and before after im seit en desde of for during")
"""Before a time."""
AND_OR = _words("and und et y e en or oder with mit con avec")
"""Between things that are named side by side."""
OR_MORE = _words("or and onwards oder o ou")
"""Begin what follows a number or time: "30 or more"."""
IS = _words("is of was ist est es")
"""Between a column and a number that is its value."""
ALL = _words("all alle aller allen todos todas tous toutes tutti tutte")
"""Before what the rows are."""
HAVE = _words("are were have had has is was do did")
"""Behind the subject of a question."""
OFTEN = _words("often oft times veces fois volte vaak")
"""Count rows, whatever they are."""
REFLEXIVE = _words("se si")
"""Before a verb: "¿cuántas unidades se vendieron?"."""
BY = _words("by nach par por")
"""May group rows or not: "paid by the passengers" does not."""
PER = _words("per pro par por")
"""Divide an amount by another; "each" and "by" group rows."""
FROM_OR_BETWEEN = _words("from between zwischen entre after")
"""Compare, and say other things as well."""
MORE = _words("more fewer less mehr weniger mas menos plus moins piu meno")
"""Compare amounts."""
MOST = _words("most fewest least meisten wenigsten mas menos plus moins piu meno meeste minste")
"""Rank amounts."""
NOT_ROWS = _words("what wat each")
"""Ask for a value, where "which" and "who" ask for a row."""
DO = _words("do does did")
"""Before a subject and its verb."""
NOUN_IS_NEXT = _words("the a this that its their each")
"""Directly before a noun."""
SAMPLE = _words("sample stichprobe echantillon muestra muestral")
"""A part of a population."""
POPULATION = _words("population grundgesamtheit poblacion poblacional")
"""All of which a sample is a part."""
