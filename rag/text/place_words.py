"""The words for places in documents, for files and for lists: one table for each language.

Rules that read questions take all words from here, so that another language is another entry. All
words are in small letters and without accents, as `without_accents` makes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from rag.text.fold import without_accents
from rag.text.language import function_words


class PlaceUnit(StrEnum):
    """The parts of a document that people count or name."""

    PAGE = "page"
    SLIDE = "slide"
    SHEET = "sheet"
    SECTION = "section"
    PARAGRAPH = "paragraph"
    LINE = "line"
    MESSAGE = "message"


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """The words of one language, separated by blanks.

    Attributes:
        page, slide, sheet, section, paragraph, line, message: names of the parts of documents. A
            row of a table is a `line`, too: some languages have one word for both.
        ordinals: "first" to "tenth", in order; forms of the same word between slashes.
        last: words for the last one.
        number: words between a unit and its number: "page no. 3".
        to: words between the ends of a range.
        which: question words before a unit: "on which page".
        at: prepositions before them.
        where: words that ask where something is.
        whether: words that ask whether there is something.
        file: names for files of any format.
        called: words between "file" and its name.
        about: words between a file and its subject.
        carrier: words that only ask for the text: "what does … say".
        many: words that ask for a number of things.
        every: words that ask for all things of a sort.
        listing: words that ask for a list, or say that something is in one.
        no: words that deny.
        who: words that ask for people.
        most: words before an adjective that make it a superlative.
        latest: words for what has the latest date; only those that cannot mean the last of a row.
        earliest: words for what has the earliest date.
    """

    page: str
    slide: str
    sheet: str
    section: str
    paragraph: str
    line: str
    message: str
    ordinals: str
    last: str
    number: str
    to: str
    which: str
    at: str
    where: str
    whether: str
    file: str
    called: str
    about: str
    carrier: str
    many: str
    every: str
    listing: str
    no: str
    who: str
    most: str
    latest: str
    earliest: str


_LANGUAGES = {
    "en": PlaceWords(
        page="page pages p pp pg",
        slide="slide slides",
        sheet="sheet sheets worksheet worksheets tab",
        section="section sections sec clause clauses article articles art chapter chapters point",
        paragraph="paragraph paragraphs para",
        line="line lines row rows",
        message="message messages",
        ordinals="first second third fourth fifth sixth seventh eighth ninth tenth",
        last="last final",
        number="number no nr",
        to="to and through",
        which="which what",
        at="on in at under",
        where="where",
        whether="do is are have",
        file="file files document documents doc docs pdf pdfs spreadsheet spreadsheets scan scans "
        "letter letters note notes presentation presentations csv xlsx docx excel",
        called="called named",
        about="about on with of for from regarding concerning mention mentions mentioning contain "
        "contains containing say says cover covers describe describes discuss discusses that talk "
        "talks deal deals",
        carrier="say says said show shows read reads quote quotes text content contents contain "
        "contains written stand stands stood tell give cite print display summarise summarize sum "
        "summary state states out please under there find word words mention mentioned mentions "
        "discussed described covered located named called full whole entire document file folder "
        "according it can could you",
        many="many number",
        every="all every each everyone everybody everything",
        listing="list lists listed name enumerate give show there",
        no="not no never without except unless neither nor cannot nt don doesn isn aren hasn",
        who="who",
        most="most",
        latest="latest newest recent",
        earliest="earliest oldest",
    ),
    "de": PlaceWords(
        page="seite seiten s",
        slide="folie folien",
        sheet="blatt tabellenblatt arbeitsblatt",
        section="abschnitt abschnitte ziffer ziff kapitel kap artikel art paragraph paragraf "
        "paragrafen paragraphen klausel klauseln punkt nummer",
        paragraph="absatz absatze abs",
        line="zeile zeilen",
        message="nachricht nachrichten",
        ordinals="erste/ersten/erster/erstes zweite/zweiten/zweiter/zweites "
        "dritte/dritten/dritter/drittes vierte/vierten/vierter funfte/funften/funfter "
        "sechste/sechsten/sechster siebte/siebten/siebter achte/achten/achter "
        "neunte/neunten/neunter zehnte/zehnten/zehnter",
        last="letzte letzten letzter letztes",
        number="nummer nr",
        to="bis und",
        which="welche welcher welchem welchen welches",
        at="auf in im unter",
        where="wo",
        whether="gibt habe haben ist",
        file="datei dateien dokument dokumente dokumenten tabelle brief unterlage unterlagen "
        "schreiben pdf pdfs",
        called="namens genannt",
        about="uber zu zum zur mit von vom betreffend erwahnen erwahnt enthalt enthalten nennt "
        "nennen steht stehen geht handelt handeln",
        carrier="steht stehen stand lautet lauten sagt besagt zeig zeige lies vorlesen zitiere "
        "inhalt text wortlaut geschrieben gib nenne fasse zusammen bitte mir da wird erwahnt "
        "erwahnen genannt finde findet ich kann es geht um handelt laut datei dokument ordner",
        many="viele anzahl",
        every="alle allen samtliche jede jeder jedes",
        listing="liste auflisten aufgelistet nenne zahle aufgefuhrt stehen es gibt",
        no="nicht kein keine keinen keiner ohne nie niemals ausser",
        who="wer",
        most="am",
        latest="neueste neuesten neuester neuestes jungste jungsten jungster jungstes aktuellste "
        "aktuellsten aktuellster aktuellstes",
        earliest="alteste altesten altester altestes fruheste fruhesten fruhester fruhestes",
    ),
    "fr": PlaceWords(
        page="page pages",
        slide="diapositive diapositives diapo",
        sheet="feuille feuilles onglet",
        section="section sections clause clauses article articles chapitre chapitres point",
        paragraph="paragraphe paragraphes alinea",
        line="ligne lignes rangee",
        message="message messages",
        ordinals="premier/premiere deuxieme/second/seconde troisieme quatrieme cinquieme sixieme "
        "septieme huitieme neuvieme dixieme",
        last="dernier derniere",
        number="numero no n",
        to="a et",
        which="quel quelle quels quelles",
        at="a dans sur en",
        where="ou",
        whether="ai avons existe est",
        file="fichier fichiers document documents courrier lettre tableau pdf pdfs",
        called="nomme nommee appele appelee intitule",
        about="sur de du des avec concernant mentionne mentionnent contient contiennent parle "
        "parlent au propos traite traitent",
        carrier="dit dire montre montrer lis lire cite citer texte contenu ecrit trouve resume "
        "resumer donne moi me t il y qu que l d c s n j se est mentionne mentionnee parle "
        "puis document fichier dossier selon",
        many="combien nombre",
        every="tous toutes tout chaque",
        listing="liste lister listes enumere cite donne figurent y",
        no="pas sans jamais aucun aucune sauf ni",
        who="qui",
        most="plus",
        latest="recent recente recents recentes",
        earliest="ancien ancienne anciens anciennes",
    ),
    "es": PlaceWords(
        page="pagina paginas pag",
        slide="diapositiva diapositivas",
        sheet="hoja hojas pestana",
        section="seccion secciones clausula clausulas articulo articulos art capitulo capitulos "
        "punto apartado",
        paragraph="parrafo parrafos",
        line="linea lineas fila filas renglon",
        message="mensaje mensajes",
        ordinals="primer/primera/primero segunda/segundo tercer/tercera/tercero cuarta/cuarto "
        "quinta/quinto sexta/sexto septima/septimo octava/octavo novena/noveno decima/decimo",
        last="ultimo ultima",
        number="numero num no",
        to="a y",
        which="que cual cuales",
        at="en sobre",
        where="donde",
        whether="tengo tenemos hay existe",
        file="archivo archivos fichero ficheros documento documentos carta tabla pdf pdfs",
        called="llamado llamada denominado",
        about="sobre de del con acerca menciona mencionan contiene contienen habla hablan trata",
        carrier="dice decir muestra mostrar lee leer cita texto contenido escrito pone resume "
        "resumen dame me encuentra aparece menciona mencionado habla esta puedo documento archivo "
        "fichero carpeta segun",
        many="cuantos cuantas numero",
        every="todos todas cada",
        listing="lista listar enumera listados nombra dame hay",
        no="no sin nunca ningun ninguna ninguno salvo excepto ni",
        who="quien quienes",
        most="mas",
        latest="reciente recientes",
        earliest="antiguo antigua antiguos antiguas",
    ),
}
_SIGNS = {"§": PlaceUnit.SECTION, "§§": PlaceUnit.SECTION, "¶": PlaceUnit.PARAGRAPH}
LAST = -1
"""The ordinal of "the last one"."""


@cache
def units(language: str = "en") -> dict[str, PlaceUnit]:
    """Returns the words and signs for units in any language.

    Args:
        language: decides about words that several languages have: "paragraph", which is "§" in
            German.
    """
    own = _LANGUAGES.get(language, _LANGUAGES["en"])
    return _SIGNS | {
        word: unit
        for words in (*_LANGUAGES.values(), own)
        for unit in PlaceUnit
        for word in getattr(words, unit.value).split()
    }


@cache
def ordinals() -> dict[str, int]:
    """Returns the words for "first" to "tenth" with their numbers, and those for `LAST`."""
    numbers = {
        form: number
        for words in _LANGUAGES.values()
        for number, forms in enumerate(words.ordinals.split(), 1)
        for form in forms.split("/")
    }
    return numbers | dict.fromkeys(words_for("last"), LAST)


@cache
def words_for(role: str) -> frozenset[str]:
    """Returns the words of all languages with a role: the name of a field of `PlaceWords`."""
    return frozenset(word for words in _LANGUAGES.values() for word in getattr(words, role).split())


@cache
def empty_words(language: str) -> frozenset[str]:
    """Returns the words that name no subject in a question about a place.

    Args:
        language: of the question, as its ISO 639-1 code; one without a table counts as English.
    """
    known = language if language in _LANGUAGES else "en"
    small = map(without_accents, function_words(known))
    return frozenset((*small, *_asking(_LANGUAGES[known])))


def _asking(words: PlaceWords) -> Iterator[str]:
    for role in ("carrier", "which", "at", "where", "called"):
        yield from getattr(words, role).split()
