"""Words that ask to compute, one table per language: what a question says, and what it means.

A phrase is written in small letters without accents; `*` at the end of a word stands for any
ending. The first letters of a long word are enough where a language has many endings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache

from rag.text.language import language_of


class Meaning(StrEnum):
    """The meaning of a phrase in a question about a table."""

    MEAN = "AVG"
    MEDIAN = "MEDIAN"
    LOWER_QUARTILE = "LOWER_QUARTILE"
    UPPER_QUARTILE = "UPPER_QUARTILE"
    QUARTILE_RANGE = "QUARTILE_RANGE"
    DEVIATION = "STDDEV"
    POPULATION = "STDDEV_POP"
    VARIANCE = "VARIANCE"
    PERCENTILE = "PERCENTILE"
    ONLY = "ONLY"
    SKEWNESS = "SKEWNESS"
    RANGE = "RANGE"
    SUM = "SUM"
    CORRELATION = "CORR"
    MISSING = "MISSING"
    DIFFERENT = "DISTINCT"
    HIGHEST = "MAX"
    LOWEST = "MIN"
    COUNT = "COUNT"
    SHARE = "SHARE"
    EACH = "each"
    WHICH = "which"
    FREQUENT = "frequent"
    DAYS = "DAYS"
    ABOVE = ">"
    FROM = ">="
    BELOW = "<"
    UP_TO = "<="
    BETWEEN = "between"
    EQUAL = "="
    YES_OR_NO = "yes or no"
    ENTRIES = "rows"
    ASKS = "asks"
    LISTING = "list"
    DIFFERENCE = "difference"
    RATIO = "ratio"
    CHANGE = "change"
    SECOND = "second"
    SECOND_HIGHEST = "second highest"
    SECOND_LOWEST = "second lowest"
    DIMENSION = "of which column"
    NOT = "not"
    BEYOND = "beyond"
    NOT_COMPUTED = "not computed"


M = Meaning


_EN = {
    M.MEAN: "mean|average|averages|averaged|avg|on average",
    M.MEDIAN: "median",
    M.LOWER_QUARTILE: "first quartile|lower quartile|25th percentile|1st quartile|q1",
    M.UPPER_QUARTILE: "third quartile|upper quartile|75th percentile|3rd quartile|q3",
    M.QUARTILE_RANGE: "interquartile range|iqr",
    M.DEVIATION: "standard deviation*|std dev|std|stdev|sample standard deviation",
    M.POPULATION: "population standard deviation|standard deviation of the population",
    M.VARIANCE: "variance|sample variance",
    M.PERCENTILE: "percentile|th percentile|st percentile|nd percentile|rd percentile",
    M.SKEWNESS: "skewness|skew",
    M.RANGE: "range|difference between the highest and the lowest|difference between the highest"
    " and lowest|difference between the maximum and the minimum|difference between maximum and"
    " minimum",
    M.SUM: "total|sum|summed|in total|altogether|together|combined|overall|add up|how much",
    M.CORRELATION: "correlation coefficient|correlation*|correlate*|correlated",
    M.MISSING: "missing|missing values|missing entries|null values|empty cells|no value|blank cells"
    "|empty|blank|missing value",
    M.DIFFERENT: "different|distinct|unique",
    M.HIGHEST: "highest|largest|biggest|maximum|max|greatest|most|latest|top",
    M.LOWEST: "lowest|smallest|minimum|min|least|fewest|earliest|bottom",
    M.COUNT: "how many|number of|count|how often|how many times",
    M.SHARE: "share of|percentage of|proportion of|fraction of|per cent of|percent of"
    "|what percent*|what share|percent|per cent|percentage",
    M.DIFFERENCE: "difference|differences|minus|gap",
    M.RATIO: "ratio|divided by|quotient",
    M.CHANGE: "change|changed|changes|growth|grow|grew|grown|rise|rose|risen|fall|fell|fallen|drop"
    "|dropped|decline*|increase*|decrease*",
    M.SECOND: "second|2nd",
    M.EACH: "per|for each|by|in each|of each|each|for every|every|grouped by|across each|across",
    M.WHICH: "which|who|whose|whom|what",
    M.FREQUENT: "most common|most frequent|most often|mode",
    M.DAYS: "how many days|number of days|how long",
    M.ABOVE: "more than|greater than|above|over|higher than|larger than|exceeds|exceed"
    "|exceeding|bigger than|after|later than|higher|greater|larger|more|bigger",
    M.FROM: "at least|since|from|not less than|or more|or later|or above|or over"
    "|or after|or older|or newer|and later|and above|onwards",
    M.BELOW: "less than|fewer than|below|under|lower than|smaller than|before|earlier than|lower"
    "|smaller|fewer|less",
    M.UP_TO: "at most|up to|no more than|not more than|until|or less|or fewer"
    "|or earlier|or below|or under|or before|or younger|and earlier|and below",
    M.BETWEEN: "between|between the first and the last|between the first and last"
    "|between first and last",
    M.EQUAL: "equal to|equals|exactly|is equal to",
    M.YES_OR_NO: "yes or no|is|are|was|were|does|do|did|has|have",
    M.ENTRIES: "rows|row|entries|entry|records|record|lines|people|persons|items",
    M.ASKS: "if yes|if so|if any|calculate|compute|find|determine|show|give|tell|report|identify"
    "|please|me|column|columns|value|values|table|file|csv|spreadsheet|sheet|data|dataset|using|recorded|"
    "there|all|also|their|its|had|have|has|than|that|those|these|then|among|amount|"
    "amounts|whole|given|figure|figures|number|case|cases|kind|kinds|much|result|variable|two|both|between|"
    "years|available|respective|according|out|named|called|where|with|or|on|was|were|is|are|as|at|of|it",
    M.LISTING: "list|list all|which of|each of",
    M.DIMENSION: "cheapest|dearest|oldest|youngest|best|worst|longest|shortest|heaviest|lightest"
    "|tallest|fastest|slowest|most expensive|least expensive|most popular|rank*|sort*|typical"
    "|highest first|lowest first",
    M.NOT: "not|without|no|non",
    M.BEYOND: "last year|last month|last week|last quarter|past year|past month|past week"
    "|over the last|in the last|over the past|in the past|current|currently|today|yesterday|recent"
    "|ago|this year|this month|except|excluding|exclude|unless|neither|nor|never|if"
    "|previous|divided|plus|times|multiplied|weighted|third|why|how do|how does|how can|should"
    "|other|others|else|relationship|next|trend|twice|half",
    M.NOT_COMPUTED: "normal|normality|normally distributed|normal distribution|distribution*"
    "|distributed|shapiro|kolmogorov|p value|p values|significan*|hypothesis|t test|anova|chi"
    "|regress*|predict*|forecast*|will|train|training|machine|model|cluster*|outlier*|z score"
    "|z scores|kurtosis|histogram|plot|chart|graph|impute*|preprocess*"
    "|encode*|encoding|moving average|pivot|new column|new feature|new|categorize*|create",
}
_DE = {
    M.MEAN: "durchschnitt*|mittelwert*|im schnitt|im mittel|mittlere*|arithmetisches mittel",
    M.MEDIAN: "median*|zentralwert",
    M.LOWER_QUARTILE: "erstes quartil|erste quartil|unteres quartil|untere quartil",
    M.UPPER_QUARTILE: "drittes quartil|dritte quartil|oberes quartil|obere quartil",
    M.QUARTILE_RANGE: "interquartilsabstand|quartilsabstand",
    M.DEVIATION: "standardabweichung*",
    M.POPULATION: "standardabweichung der grundgesamtheit",
    M.VARIANCE: "varianz",
    M.PERCENTILE: "perzentil",
    M.SKEWNESS: "schiefe",
    M.RANGE: "spannweite",
    M.SUM: "summe|gesamt*|insgesamt|zusammen|wie viel|wieviel",
    M.CORRELATION: "korrelation*|korrelier*",
    M.MISSING: "fehlende werte|fehlen|fehlt|fehlende*|leere zellen|leer",
    M.DIFFERENT: "verschiedene*|unterschiedliche*",
    M.HIGHEST: "hochste*|hoechste*|grosste*|groesste*|großte*|maximum|maximal*|meisten|meiste"
    "|spateste*",
    M.LOWEST: "niedrigste*|kleinste*|minimum|minimal*|wenigsten|geringste*|tiefste*|fruheste*",
    M.COUNT: "wie viele|wie vielen|wieviele|anzahl|wie oft|zahl der",
    M.SHARE: "anteil|wie viel prozent|prozentsatz|prozent|wieviel prozent",
    M.DIFFERENCE: "differenz|unterschied*",
    M.RATIO: "verhaltnis|quotient|geteilt durch",
    M.CHANGE: "gestiegen|stieg*|steig*|gesunken|sank*|gewachsen|wuchs*|zugenommen|abgenommen"
    "|verander*|anderung|zunahme|abnahme|anstieg|ruckgang",
    M.SECOND: "zweite*",
    M.SECOND_HIGHEST: "zweithochste*|zweitgrosste*|zweitgroßte*|zweitmeiste*",
    M.SECOND_LOWEST: "zweitniedrigste*|zweitkleinste*|zweitwenigste*|zweitgeringste*",
    M.EACH: "pro|je|fur jede*|jede*|nach",
    M.WHICH: "welche*|wer|wessen",
    M.FREQUENT: "haufigste*|am haufigsten",
    M.DAYS: "wie viele tage|wie lange|anzahl der tage",
    M.ABOVE: "mehr als|grosser als|großer als|uber|hoher als|nach dem|nach|hoher|grosser"
    "|großer|mehr",
    M.FROM: "mindestens|ab|seit|oder mehr|oder spater|oder alter",
    M.BELOW: "weniger als|kleiner als|unter|niedriger als|vor dem|vor|niedriger|kleiner|weniger",
    M.UP_TO: "hochstens|bis zu|bis|oder weniger|oder fruher|oder junger",
    M.BETWEEN: "zwischen|zwischen dem ersten und dem letzten|zwischen der ersten und der letzten"
    "|zwischen erstem und letztem",
    M.EQUAL: "gleich|genau",
    M.YES_OR_NO: "ja oder nein|ist|sind|war|waren|hat|haben",
    M.ENTRIES: "zeilen|zeile|eintrage|eintrag|datensatze",
    M.ASKS: "berechne*|bestimme|nenne|zeige|gib|liste|finde|spalte|wert|werte|tabelle|datei|betragt"
    "|mir|alle|aller|aus|es|gibt|als|hatte|hatten|wurden|wurde|vom|beim|zur|zum|an|dort|bitte"
    "|betrag|betrage|zahlen|entfallen|entfallt|allen|bei|per|hoch|wir|haben|gab|jahre",
    M.DIMENSION: "teuerste*|billigste*|gunstigste*|alteste*|jungste*|beste*|langste*|kurzeste*",
    M.NOT: "nicht|ohne|kein*",
    M.BEYOND: "ausser|wenn|warum|andere*|dritt*",
    M.NOT_COMPUTED: "neue|normalverteil*|signifikan*|regression*|vorhersage|ausreisser|wird|werden",
}
_FR = {
    M.MEAN: "moyen*|en moyenne",
    M.MEDIAN: "median*",
    M.LOWER_QUARTILE: "premier quartile",
    M.UPPER_QUARTILE: "troisieme quartile",
    M.QUARTILE_RANGE: "ecart interquartile",
    M.DEVIATION: "ecart type|ecart-type",
    M.POPULATION: "ecart type de la population",
    M.VARIANCE: "variance",
    M.RANGE: "etendue",
    M.SUM: "somme|total*|au total|en tout|ensemble",
    M.CORRELATION: "correl*",
    M.MISSING: "valeurs manquantes|manquant*|manquent|vides",
    M.DIFFERENT: "different*|distinct*",
    M.HIGHEST: "plus grand*|plus eleve*|plus haut*|maxim*|plus de",
    M.LOWEST: "plus petit*|plus bas*|plus faible*|minim*|moins eleve*|moins de",
    M.COUNT: "combien|nombre de|nombre d",
    M.SHARE: "part de|part du|pourcentage|proportion|pour cent",
    M.DIFFERENCE: "difference|ecart|combien de plus",
    M.RATIO: "rapport|ratio|quotient|divise* par",
    M.CHANGE: "augment*|diminu*|hausse|baisse*|progress*|croissance|evolution",
    M.SECOND: "deuxieme*|second|seconde",
    M.EACH: "par|pour chaque|chaque|de chaque",
    M.WHICH: "quel|quelle|quels|quelles|qui",
    M.FREQUENT: "plus frequent*|plus souvent",
    M.DAYS: "combien de jours|nombre de jours|combien de temps",
    M.ABOVE: "plus de|de plus que|superieur* a|au-dessus de|apres|plus elevee que|plus eleve que",
    M.FROM: "au moins|a partir de|depuis|ou plus|ou apres",
    M.BELOW: "moins de|de moins que|inferieur* a|en dessous de|avant",
    M.UP_TO: "au plus|jusqu|ou moins|ou avant",
    M.BETWEEN: "entre|entre la premiere et la derniere|entre le premier et le dernier",
    M.EQUAL: "egal a|exactement",
    M.YES_OR_NO: "est-ce que|est-il|est-elle",
    M.ENTRIES: "lignes|ligne|enregistrements|entrees",
    M.ASKS: "calcule*|trouve*|donne*|montre*|liste|colonne|valeur*|tableau|fichier|y|t|l|d|s|a|tous"
    "|toutes|ont|sont|leur|leurs|moi|dont|ce|cette|se|aux|selon"
    "|montant|montants|nombres",
    M.DIMENSION: "moins cher|moins chere|plus cher|plus chere|plus vieux|plus jeune|meilleur*",
    M.NOT: "pas|sans",
    M.BEYOND: "sauf|hors|si|pourquoi|autre*|troisieme",
    M.NOT_COMPUTED: "normale*|signific*|regress*|aberrant*|prevision*|sera",
}
_ES = {
    M.MEAN: "media|medio|medias|medios|promedio*|en promedio|de media",
    M.MEDIAN: "mediana",
    M.LOWER_QUARTILE: "primer cuartil",
    M.UPPER_QUARTILE: "tercer cuartil",
    M.QUARTILE_RANGE: "rango intercuartil*",
    M.DEVIATION: "desviacion estandar|desviacion tipica",
    M.POPULATION: "desviacion estandar de la poblacion|desviacion estandar poblacional",
    M.VARIANCE: "varianza",
    M.RANGE: "rango",
    M.SUM: "suma|total|en total|cuanto|cuanta",
    M.CORRELATION: "correlaci*",
    M.MISSING: "valores faltantes|faltan|faltantes|vacias|vacios|valores perdidos",
    M.DIFFERENT: "diferentes|distintos|distintas",
    M.HIGHEST: "mayor|mas alto|mas alta|maxim*|mas grande|mas",
    M.LOWEST: "menor|mas bajo|mas baja|minim*|mas pequen*|menos",
    M.COUNT: "cuantos|cuantas|numero de|cantidad de",
    M.SHARE: "porcentaje|proporcion|parte de|por ciento",
    M.DIFFERENCE: "diferencia|cuantos mas|cuantas mas|cuanto mas",
    M.RATIO: "razon|cociente|dividido por|dividido entre",
    M.CHANGE: "aument*|subio|crecio|crec*|disminu*|bajo|cayo|cambio|variacion",
    M.SECOND: "segundo|segunda",
    M.EACH: "por|por cada|para cada|cada|de cada",
    M.WHICH: "que|cual|cuales|quien|quienes",
    M.FREQUENT: "mas frecuente*|mas comun*",
    M.DAYS: "cuantos dias|numero de dias|cuanto tiempo",
    M.ABOVE: "mas de|mayor que|mayor a|superior a|por encima de|despues de|mas que",
    M.FROM: "al menos|desde|a partir de|como minimo|o mas|o despues",
    M.BELOW: "menos de|menor que|menor a|inferior a|por debajo de|antes de|menos que",
    M.UP_TO: "como maximo|hasta|a lo sumo|o menos|o antes",
    M.BETWEEN: "entre|entre la primera y la ultima|entre el primero y el ultimo",
    M.EQUAL: "igual a|exactamente",
    M.YES_OR_NO: "es|son|esta",
    M.ENTRIES: "filas|fila|registros|entradas",
    M.ASKS: "calcul*|encuentr*|muestra*|dime|da|columna|valor|valores|tabla|archivo|hay|tiene"
    "|tienen|todos|todas|los|las|me|lo|se|su|sus|entre|importes|montos"
    "|numeros",
    M.DIMENSION: "mas barato|mas barata|mas caro|mas cara|mas viejo|mas joven|mejor|peor",
    M.NOT: "no|sin",
    M.BEYOND: "excepto|salvo|si|por que|otro*|otra*|tercer*",
    M.NOT_COMPUTED: "normal*|signific*|regresi*|prevision|sera",
}
_IT = {
    M.MEAN: "media|in media",
    M.MEDIAN: "mediana",
    M.DEVIATION: "deviazione standard",
    M.SUM: "somma|totale|in totale|quanto|quanta",
    M.CORRELATION: "correlazione",
    M.DIFFERENT: "diversi|diverse|distinti|distinte",
    M.HIGHEST: "massimo|massima|maggior*|piu alto|piu alta|piu grande",
    M.LOWEST: "minimo|minima|minor*|piu basso|piu bassa|piu piccolo",
    M.COUNT: "quanti|quante|numero di",
    M.SHARE: "percentuale|quota di|per cento",
    M.DIFFERENCE: "differenza",
    M.RATIO: "rapporto|diviso per",
    M.CHANGE: "aument*|diminu*|crescita|variazione",
    M.SECOND: "secondo|seconda",
    M.EACH: "per ogni|per ciascun*|ogni",
    M.WHICH: "quale|quali|chi|che|qual",
    M.NOT: "non|senza",
    M.BEYOND: "tranne|eccetto|se|perche|altri|altre|terzo|terza",
    M.NOT_COMPUTED: "normale|regressione|previsione|sara",
}
_NL = {
    M.MEAN: "gemiddeld*",
    M.MEDIAN: "mediaan",
    M.DEVIATION: "standaardafwijking",
    M.SUM: "som|totaal|totale|in totaal|hoeveel geld",
    M.CORRELATION: "correlatie",
    M.DIFFERENT: "verschillende",
    M.HIGHEST: "hoogste|grootste|maximum|meeste",
    M.LOWEST: "laagste|kleinste|minimum|minste",
    M.COUNT: "hoeveel|aantal",
    M.SHARE: "percentage|aandeel|procent",
    M.DIFFERENCE: "verschil",
    M.RATIO: "verhouding|gedeeld door",
    M.CHANGE: "gestegen|steeg|gedaald|daalde|toename|afname|groei*",
    M.SECOND: "tweede",
    M.SECOND_HIGHEST: "op een na hoogste|op een na grootste",
    M.SECOND_LOWEST: "op een na laagste|op een na kleinste",
    M.EACH: "per|voor elke|elke",
    M.WHICH: "welke|wie|wat",
    M.NOT: "niet|zonder|geen",
    M.BEYOND: "behalve|als|waarom|andere|derde",
    M.NOT_COMPUTED: "normaal|regressie|voorspel*|zal",
}
_TABLES: Mapping[str, Mapping[Meaning, str]] = {
    "en": _EN,
    "de": _DE,
    "fr": _FR,
    "es": _ES,
    "it": _IT,
    "nl": _NL,
}
_NUMBERS: Mapping[str, tuple[str, ...]] = {
    "en": ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    "de": ("zwei", "drei", "vier", "funf", "sechs", "sieben", "acht", "neun", "zehn"),
    "fr": ("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"),
    "it": ("due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci"),
    "nl": ("twee", "drie", "vier", "vijf", "zes", "zeven", "acht", "negen", "tien"),
    "es": ("dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez"),
}
# Words that stand between two things that are compared, where "more" and "most" are one word.
_THAN = {"fr": frozenset({"que", "qu"}), "es": frozenset({"que"}), "it": frozenset({"che"})}
# First parts of compounds, and the word that they stand for.
_COMPOUNDS = {
    "de": {
        "gesamt": "gesamt", "durchschnitts": "durchschnitt", "hochst": "hochste",
        "mindest": "niedrigste", "maximal": "maximal", "minimal": "minimal",
    },
}  # fmt: skip
_LEAST_PART = 4  # letters of the second part of a compound
STATISTICS = frozenset(
    {
        M.MEAN, M.MEDIAN, M.LOWER_QUARTILE, M.UPPER_QUARTILE, M.QUARTILE_RANGE, M.DEVIATION,
        M.POPULATION, M.VARIANCE, M.SKEWNESS, M.RANGE, M.SUM, M.CORRELATION, M.PERCENTILE,
    }
)  # fmt: skip
"""Figures over numbers that one function computes."""
COMPUTED = STATISTICS | {
    M.MISSING, M.DIFFERENT, M.HIGHEST, M.LOWEST, M.COUNT, M.SHARE, M.EACH, M.FREQUENT, M.DAYS,
    M.ABOVE, M.FROM, M.BELOW, M.UP_TO, M.BETWEEN, M.LISTING, M.DIMENSION,
}  # fmt: skip
"""What a table may answer by a figure, or by a choice of its rows."""
_PART = re.compile(r"\d+|[^\W\d_]+\*?")
Phrase = tuple[tuple[str, ...], Meaning]


@cache
def phrases(language: str) -> tuple[Phrase, ...]:
    """Returns the phrases of a language and their meanings, long phrases first."""
    entries = [
        (tuple(_PART.findall(phrase)), meaning)
        for meaning, text in _TABLES[language].items()
        for phrase in text.split("|")
    ]
    return tuple(sorted(entries, key=lambda entry: -len(entry[0])))


def than(language: str) -> frozenset[str]:
    """Returns the words behind which the other of two things that are compared is named."""
    return _THAN.get(language, frozenset())


def parts_of(language: str, word: str) -> list[str]:
    """Returns the parts of a compound such as "Gesamtbetrag"; of other words, the word."""
    for first, stands_for in _COMPOUNDS.get(language, {}).items():
        if word.startswith(first) and len(word) - len(first) >= _LEAST_PART:
            return [stands_for, word.removeprefix(first)]
    return [word]


@cache
def counted(language: str) -> Mapping[str, int]:
    """Returns the number words of a language, from two to ten."""
    return {word: number for number, word in enumerate(_NUMBERS[language], start=2)}


def language_for(question: str, words: Sequence[str]) -> str:
    """Returns the language whose table reads a question.

    Where its function words do not tell, the table that has most of its words; else English.

    Args:
        question: as the person asked it.
        words: of it, without case and accents.
    """
    language = "es" if "¿" in question else language_of(question)
    if language in _TABLES:
        return language
    counts = {
        name: sum(any(fits(word, part) for part in _parts(name)) for word in words)
        for name in _TABLES
    }
    best = max(counts, key=counts.__getitem__)
    return best if list(counts.values()).count(counts[best]) == 1 else "en"


@cache
def _parts(language: str) -> frozenset[str]:
    return frozenset(part for pattern, _ in phrases(language) for part in pattern)


@cache
def meanings(language: str, *pattern: str) -> frozenset[Meaning]:
    """Returns what the words of a phrase mean together, as they stand in the vocabulary."""
    return frozenset(meaning for words, meaning in phrases(language) if words == pattern)


def fits(word: str, pattern: str) -> bool:
    """Tells whether a word is the one of a phrase: `pattern` may end in `*`."""
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern
