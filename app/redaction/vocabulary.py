"""Short words by which names and places are told, in the languages of the larger lists.

All are folded: no capitals, no accents.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from rag.text.calendar_names import months, weekdays
from rag.text.fold import without_accents

Phrases = Mapping[str, tuple[tuple[str, ...], ...]]  # by their first word


def _words(written: str) -> frozenset[str]:
    return frozenset(written.split())


def _phrases(written: str) -> Phrases:
    by_first: dict[str, tuple[tuple[str, ...], ...]] = {}
    for phrase in written.split("|"):
        words = tuple(phrase.split())
        by_first[words[0]] = (*by_first.get(words[0], ()), words)
    return by_first


# Before a name, whatever the name looks like.
TITLES = _words(
    """mr mrs ms miss mx dr prof professor sir madam lord lady captain capt sgt officer
    herr herrn frau hr fr
    monsieur madame mademoiselle mme mlle maitre
    senor senora senorita sr sra srta don dona
    signor signora signorina sig dott dottor dottoressa avv ing geom
    dhr mevr mevrouw meneer heer drs mw
    uncle aunt auntie brother sister cousin onkel tante oncle tia tio zia zio oom"""
)
GREETINGS = _words(
    """dear hi hello hey liebe lieber hallo bonjour salut cher chere hola estimado estimada querido
    querida ciao caro cara gentile egregio beste geachte thanks regards sincerely cheers yours
    gruss grusse cordialement saludos saluti groet groeten"""
)
# Phrases that end right before a name.
INTRODUCTIONS = _phrases(
    "name is|names are|name was|name to|name s|called|named|i am|i m|this is|it to|by name of|"
    "signed by|signed|author is|speaking with|spoke to|talk to|talked to|met with|married to|"
    "married|directed by|written by|sung by|starring|heisse|name ist|unterzeichnet von|"
    "appelle|nom est|signe par|llamo|nombre es|firmado por|chiamo|nome e|firmato da|"
    "heet|naam is"
)
# Phrases that end right before an organisation.
EMPLOYERS = _phrases(
    "work for|works for|worked for|working for|employed by|employed at|works at|work at|"
    "arbeite bei|arbeitet bei|beschaftigt bei|travaille chez|employe chez|trabajo en|"
    "trabaja en|lavoro per|lavora per|werk bij|werkt bij"
)
# Labels of a form, before a colon.
NAME_LABELS = _words(
    """name surname forename firstname lastname fullname patient tenant landlord customer client
    employee applicant holder cardholder beneficiary insured contact recipient sender from to cc
    attn author signatory lessee lessor buyer seller guest
    vorname nachname familienname mieter mieterin vermieter vermieterin kunde kundin patientin
    inhaber kontoinhaber versicherter ansprechpartner an von absender empfanger
    nom prenom locataire bailleur titulaire client patient destinataire expediteur
    nombre apellido apellidos inquilino arrendador titular cliente paciente destinatario remitente
    nome cognome inquilino locatore titolare intestatario paziente destinatario mittente
    naam voornaam achternaam huurder verhuurder klant patient ontvanger afzender"""
)
# Small words inside a name: the first of them, and what may follow it.
PARTICLES = _words("von van de del della di da dos du af al el bin ibn ben ter ten")
MORE_PARTICLES = _words("der den het la le los las t zu und")
# Before a place.
PLACE_CUES = _words(
    """in at from near to towards into visit visiting outside around via
    nach aus bei bis uber ab
    a au aux dans vers chez
    en desde hacia
    da nel nella
    te naar uit vanuit bij"""
)
PLACE_NOUNS = _words(
    """town city village county state district province region island river lake mount port capital
    suburb stadt gemeinde dorf landkreis ville commune village ciudad pueblo provincia citta comune
    stad dorp gemeente"""
)
# After these a word with a capital is a thing, not a person.
DETERMINERS = _words(
    """the a an this that these those each every any no some all such per under of our your his her
    their its my and or"""
)
# After these, a word of no list is a term, as in contracts: "the Licensor".
ARTICLES = _words("the a an each any such every")
# After a word, these make it an organisation.
LEGAL_FORMS = _words(
    """inc incorporated ltd limited llc llp plc corp corporation co company gmbh ag kg ohg ug ev
    mbh se sa sas sarl sasu eurl sci spa srl sl bv nv vof oy oyj ab as asa aps kft sro zrt group
    holding holdings foundation university college institute bank"""
)
# Ends of the names of streets that have their number behind.
STREET_ENDINGS = _words(
    """straße strasse str str. weg platz allee gasse ring damm ufer steig markt
    straat laan plein gracht kade dijk singel
    gatan gata vägen väg vej gade veien vei stræde katu tie kuja polku vegur tänav
    út útja utca u. tér ulica ulice trg"""
)
_NEVER_NAMES = _words(
    """mondays tuesdays wednesdays thursdays fridays saturdays sundays sept tues thur thurs
    i me my you your he him his she her it its we us our they them their this that these those
    english german french spanish italian dutch european american british
    ok yes no pdf html iban bic swift visa mastercard internet web email mail god lord christmas
    easter"""
)
# The commonest small words; the most of them say what language a text is in.
SMALL_WORDS = {
    "en": _words("the and of to is are was it that for with you this on not be have my"),
    "de": _words(
        "der das und ist nicht ein eine mit fur auf ich sie wir zu den dem von im sich auch"
    ),
    "fr": _words("le les des est et une dans pour pas que vous je nous sur avec du au"),
    "es": _words("el los las y es una con para por que se del lo su mi no como"),
    "it": _words("il di che e un una per con del della non sono si gli le mi al"),
    "nl": _words("het een en van niet ik je dat op te voor met zijn wij aan ook de"),
}


@cache
def no_names() -> frozenset[str]:
    """Returns words that are never part of a name, though they have a capital or are in the lists.

    Among them are the months and weekdays of the languages above; of English their abbreviations,
    too. Those of other languages, such as "Dom", are names.
    """
    named = [table(language) for language in SMALL_WORDS for table in (months, weekdays)]
    named += [months("en", "abbreviated"), weekdays("en", "abbreviated")]
    return _NEVER_NAMES | {without_accents(name) for names in named for name in names}
