"""Pairs of a source and a sentence that says the same, or something else in one respect.

Some are written here, in eleven languages; more are made from the texts of the packs, which are
read and not copied. Half "a" may choose rules, half "b" only measures: texts are divided by their
document, sentences written here by their place in the list.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.jsonl import read_lines
from rag.text.calendar_names import months
from rag.text.logic_words import logic_words
from rag.text.sentences import sentences

RIGHT = "right"


@dataclass(frozen=True, slots=True)
class ClaimPair:
    """A source, a sentence, and what was changed in it; `RIGHT` if it says the same."""

    source: str
    sentence: str
    change: str
    half: str
    language: str = "en"
    question: str = ""


# Source, then sentences that say the same, then changed ones with the kind of their change.
_WRITTEN = """
en: Either party may end the lease with a notice period of six months.
= The notice period is six months. | The notice period is 6 months. | 6 months | Both parties may end it with a notice period of six months.
number: The notice period is three months. | The notice period is 3 months. | 3 months
unit: The notice period is six weeks. | 6 days
en: The deposit of 1,450 euros is due within fourteen days after signing.
= The deposit is 1450 euros. | The deposit is €1,450. | It is due within 14 days after signing. | €1,450 | A deposit of EUR 1450 is due.
number: The deposit is 1,540 euros. | It is due within fifteen days after signing. | It is due within 40 days.
unit: The deposit is 1,450 dollars. | It is due within 14 weeks after signing.
direction: It is due within fourteen days before signing.
en: The tenant may not sublet the flat without written consent.
= The tenant may not sublet the flat. | Subletting the flat without written consent is not allowed. | The tenant must not sublet the flat without consent. | He may not sublet it without written consent.
negation: The tenant may sublet the flat without written consent. | The tenant may sublet the flat. | Subletting the flat is allowed.
modal: The tenant must sublet the flat. | The tenant need not sublet the flat.
who: The landlord may not sublet the flat without written consent.
en: The tenant pays for heating; the landlord pays only for water.
= The tenant pays for heating. | The landlord pays only for water. | Heating is paid for by the tenant. | The tenant
who: The landlord pays for heating. | The tenant pays only for water. | Heating is paid for by the landlord.
quantifier: The tenant pays only for heating.
en: All members must pay the fee of ten euros by 31 January 2026.
= All members must pay ten euros. | The fee is 10 euros. | Members must pay the fee by January 31, 2026. | They must pay by 31.01.2026. | 31 January
quantifier: Some members must pay the fee of ten euros. | Only members must pay the fee of ten euros.
modal: All members may pay the fee of ten euros. | All members need not pay the fee.
date: Members must pay the fee by 31 January 2025. | They must pay by 30 January 2026. | They must pay by 31.10.2026.
direction: Members must pay the fee after 31 January 2026.
en: The company moved from Bonn to Oslo in May 2019, before the merger with Nordlicht.
= The company moved to Oslo in May 2019. | It moved from Bonn to Oslo. | In May 2019 it moved to Oslo. | May 2019
direction: The company moved from Oslo to Bonn in May 2019. | It moved to Oslo after the merger with Nordlicht.
date: The company moved to Oslo in March 2019. | It moved to Oslo in May 2018.
name: The company moved to Bergen in May 2019. | It moved before the merger with Sonnenwind.
en: Ada Kowalski inspected the bridge on Monday and Ben Fischer repaired it on Thursday.
= Ada Kowalski inspected the bridge on Monday. | Ben Fischer repaired it on Thursday. | The bridge was inspected by Ada Kowalski. | Ada Kowalski
who: Ben Fischer inspected the bridge on Monday. | Ada Kowalski repaired it on Thursday. | The bridge was inspected by Ben Fischer.
date: Ada Kowalski inspected the bridge on Tuesday. | Ben Fischer repaired it on Monday.
name: Carla Weber inspected the bridge on Monday.
en: The price rose by 12.5 % to 45 dollars, while the cost of storage fell.
= The price rose by 12.5 percent. | The price rose to 45 dollars. | The cost of storage fell. | It rose by 12.5 % to $45.
number: The price rose by 15.2 %. | The price rose to 54 dollars.
unit: The price rose to 45 euros. | The price rose by 12.5 dollars.
direction: The price fell by 12.5 %. | The cost of storage rose.
en: At least two thirds of the votes are needed to change the statutes.
= At least two thirds of the votes are needed. | To change the statutes, at least 2/3 of the votes are needed. | At least two thirds
number: At least three quarters of the votes are needed. | At least one third of the votes are needed.
quantifier: At most two thirds of the votes are needed to change the statutes. | Exactly half of the votes are needed.
negation: Two thirds of the votes are not needed to change the statutes.
en: The pump runs for up to 90 minutes and must be cleaned every 2 weeks.
= The pump runs for up to 90 minutes. | It must be cleaned every two weeks. | Up to ninety minutes.
number: The pump runs for up to 60 minutes. | It must be cleaned every 3 weeks.
unit: The pump runs for up to 90 hours. | It must be cleaned every two days.
quantifier: The pump runs for at least 90 minutes.
modal: It may be cleaned every two weeks.
en: The insurer does not cover damage that is caused by war.
= Damage caused by war is not covered. | The insurer does not cover damage caused by war. | It does not cover damage that is caused by war.
negation: Damage caused by war is covered. | The insurer covers damage that is caused by war.
en: Visitors need not register, but drivers must show a licence.
= Visitors need not register. | Drivers must show a licence. | Visitors do not have to register.
modal: Visitors must not register. | Visitors must register. | Drivers may show a licence. | Drivers need not show a licence.
en: The museum opens at 10:30 am and closes at 6 pm, except on Sundays.
= The museum opens at 10:30. | It closes at 18:00. | The museum closes at 6 pm.
time: The museum opens at 9:30 am. | It closes at 7 pm. | It opens at 10:30 pm.
en: The contractor must indemnify the client for losses of more than 5,000 pounds.
= The contractor must indemnify the client. | The client must be indemnified by the contractor. | The contractor must indemnify the client for losses of more than £5,000.
who: The client must indemnify the contractor. | The contractor must be indemnified by the client.
quantifier: The contractor must indemnify the client for losses of less than 5,000 pounds.
number: The contractor must indemnify the client for losses of more than 50,000 pounds.
en: The north wing is older than the south wing and has 24 rooms.
= The north wing is older than the south wing. | The north wing has 24 rooms. | It has twenty-four rooms.
who: The south wing is older than the north wing.
comparative: The north wing is newer than the south wing.
number: The north wing has 42 rooms. | It has twenty-two rooms.
de: Der Mieter darf die Wohnung nicht ohne Zustimmung untervermieten.
= Der Mieter darf die Wohnung nicht untervermieten. | Er darf sie nicht ohne Zustimmung untervermieten.
negation: Der Mieter darf die Wohnung untervermieten. | Der Mieter darf die Wohnung ohne Zustimmung untervermieten.
modal: Der Mieter muss die Wohnung untervermieten.
who: Der Vermieter darf die Wohnung nicht untervermieten.
de: Die Kündigungsfrist beträgt drei Monate und die Kaution 1.450 Euro.
= Die Kündigungsfrist beträgt 3 Monate. | Die Kaution beträgt 1450 Euro. | drei Monate | Die Kaution beträgt 1.450 €.
number: Die Kündigungsfrist beträgt sechs Monate. | Die Kaution beträgt 1.540 Euro.
unit: Die Kündigungsfrist beträgt drei Wochen. | Die Kaution beträgt 1.450 Dollar.
de: Alle Mitglieder müssen bis zum 31. März 2026 mindestens zwanzig Euro zahlen.
= Alle Mitglieder müssen mindestens 20 Euro zahlen. | Bis zum 31.03.2026 müssen alle Mitglieder zahlen. | mindestens zwanzig Euro
quantifier: Einige Mitglieder müssen mindestens 20 Euro zahlen. | Alle Mitglieder müssen höchstens 20 Euro zahlen.
date: Alle Mitglieder müssen bis zum 31. Mai 2026 zahlen.
modal: Alle Mitglieder dürfen mindestens 20 Euro zahlen.
de: Der Vermieter zahlt das Wasser, der Mieter zahlt die Heizung.
= Der Vermieter zahlt das Wasser. | Der Mieter zahlt die Heizung. | Die Heizung zahlt der Mieter.
who: Der Mieter zahlt das Wasser. | Der Vermieter zahlt die Heizung.
fr: Le locataire ne peut pas sous-louer le logement pendant les six premiers mois.
= Le locataire ne peut pas sous-louer le logement. | Il ne peut pas sous-louer pendant les 6 premiers mois.
negation: Le locataire peut sous-louer le logement.
number: Il ne peut pas sous-louer pendant les trois premiers mois.
who: Le propriétaire ne peut pas sous-louer le logement.
fr: La caution est de 900 euros et doit être payée avant le 12 mars 2025.
= La caution est de 900 €. | La caution doit être payée avant le 12 mars 2025. | 900 euros
number: La caution est de 800 euros.
unit: La caution est de 900 dollars.
date: La caution doit être payée avant le 12 mai 2025.
direction: La caution doit être payée après le 12 mars 2025.
es: El inquilino no puede subarrendar el piso y paga una fianza de dos meses.
= El inquilino no puede subarrendar el piso. | El inquilino paga una fianza de 2 meses. | dos meses
negation: El inquilino puede subarrendar el piso.
number: El inquilino paga una fianza de tres meses.
unit: El inquilino paga una fianza de dos semanas.
who: El propietario no puede subarrendar el piso.
es: Todos los socios deben pagar al menos 20 euros antes del 5 de abril de 2024.
= Todos los socios deben pagar al menos veinte euros. | Los socios deben pagar antes del 5 de abril. | al menos 20 €
quantifier: Algunos socios deben pagar al menos 20 euros. | Todos los socios deben pagar como máximo 20 euros.
date: Los socios deben pagar antes del 5 de agosto.
modal: Todos los socios pueden pagar 20 euros.
it: L'inquilino non può subaffittare la casa e versa una cauzione di tre mesi.
= L'inquilino non può subaffittare la casa. | L'inquilino versa una cauzione di 3 mesi.
negation: L'inquilino può subaffittare la casa.
number: L'inquilino versa una cauzione di cinque mesi.
pt: O inquilino não pode sublocar a casa e paga dois meses de caução.
= O inquilino não pode sublocar a casa. | O inquilino paga 2 meses de caução.
negation: O inquilino pode sublocar a casa.
number: O inquilino paga três meses de caução.
nl: De huurder mag de woning niet onderverhuren en betaalt twee maanden borg.
= De huurder mag de woning niet onderverhuren. | De huurder betaalt 2 maanden borg.
negation: De huurder mag de woning onderverhuren.
number: De huurder betaalt vier maanden borg.
pl: Najemca nie może podnająć mieszkania i płaci kaucję za dwa miesiące.
= Najemca nie może podnająć mieszkania. | Najemca płaci kaucję za 2 miesiące.
negation: Najemca może podnająć mieszkania.
number: Najemca płaci kaucję za trzy miesiące.
ro: Chiriașul nu poate subînchiria locuința și plătește o garanție de două luni.
= Chiriașul nu poate subînchiria locuința. | Chiriașul plătește o garanție de 2 luni.
negation: Chiriașul poate subînchiria locuința.
number: Chiriașul plătește o garanție de trei luni.
tr: Kiracı evi başkasına kiralayamaz ve iki ay depozito öder.
= Kiracı iki ay depozito öder. | Kiracı 2 ay depozito öder.
number: Kiracı üç ay depozito öder.
who: Ev sahibi iki ay depozito öder.
ru: Арендатор не может сдавать квартиру и платит залог за два месяца.
= Арендатор не может сдавать квартиру. | Арендатор платит залог за 2 месяца.
negation: Арендатор может сдавать квартиру.
number: Арендатор платит залог за три месяца.
who: Арендодатель платит залог за два месяца.
zh: 承租人不得转租房屋，并应支付三个月的押金。
= 承租人不得转租房屋。 | 承租人应支付三个月的押金。 | 三个月
negation: 承租人可以转租房屋。
number: 承租人应支付五个月的押金。
"""


def written() -> Iterator[ClaimPair]:
    """Yields the pairs that are written here."""
    source, language, count = "", "", 0
    for line in _WRITTEN.strip().splitlines():
        mark, _, rest = line.partition(" ") if line.startswith("=") else line.partition(": ")
        if len(mark) == 2:
            source, language = rest, mark
            count += 1
            continue
        for sentence in rest.split(" | "):
            change = RIGHT if mark == "=" else mark
            yield ClaimPair(source, sentence.strip(), change, "ab"[count % 2], language)


def read(packs: Path, most: int = 60) -> Iterator[ClaimPair]:
    """Yields pairs made from the packs, at most `most` of each set and half.

    Args:
        packs: folder of the development packs.
        most: sentences taken of each set and half.
    """
    for name, language, document, text in _texts(packs):
        _COUNT.setdefault((name, _half(document)), []).append((language, document, text))
    for (name, half), rows in sorted(_COUNT.items()):
        chance = random.Random(f"{name} {half}")
        chance.shuffle(rows)
        taken = 0
        for language, _, text in rows:
            spans = [text[a:b].strip() for a, b in sentences(text)]
            usable = [s for s in spans if 40 <= len(s) <= 240 and s[-1] in ".!?。।" and s[0] == s[0].upper()]
            if not usable:
                continue
            taken += 1
            if taken > most:
                break
            sentence = chance.choice(usable)
            for change, changed in _changes(sentence, language, text, chance):
                if changed != sentence:
                    yield ClaimPair(sentence, changed, change, half, language)
    _COUNT.clear()
    yield from _spans(packs, most)


def _spans(packs: Path, most: int) -> Iterator[ClaimPair]:
    """Yields answers of a few words to questions, beside the sentence that holds them."""
    folder = packs / "B_docqa" / "squad2"
    texts = {row["doc_id"]: row for row in read_lines(folder / "docs.jsonl")}
    rows = [row for row in read_lines(folder / "questions.jsonl") if row["answerable"]]
    random.Random(5).shuffle(rows)
    for row in rows[: 4 * most]:
        document, answer = texts[row["gold_doc"]], str(row["answers"][0])
        text = str(document["text"])
        source = next((text[a:b].strip() for a, b in sentences(text) if answer in text[a:b]), "")
        if source:
            half = _half(str(document["article"]))
            yield ClaimPair(source, answer, RIGHT, half, "en", str(row["question"]))


_COUNT: dict[tuple[str, str], list[tuple[str, str, str]]] = {}


def _half(document: str) -> str:
    return "ab"[zlib.crc32(document.encode()) % 2]


def _texts(packs: Path) -> Iterator[tuple[str, str, str, str]]:
    """Yields set, language, document and text."""
    for name in ("squad2", "policyqa"):
        for row in read_lines(packs / "B_docqa" / name / "docs.jsonl"):
            yield name, "en", str(row["article"]), str(row["text"])
    for row in read_lines(packs / "D_specialists/contracts/cuad_clauses.jsonl"):
        yield "cuad", "en", str(row["id"]), str(row["text"])
    for language in ("de", "es", "ro", "tr", "ru", "zh", "ar", "el", "hi", "th", "vi"):
        folder = packs / "A_retrieval" / "xquad" / language
        for row in read_lines(folder / "corpus.jsonl"):
            yield f"xquad-{language}", language, str(row["_id"]), str(row["text"])


_SWAPS = {
    "modal": [("may", "must"), ("must", "may"), ("shall", "may"), ("can", "must"), ("will", "may")],
    "quantifier": [
        ("all", "some"), ("some", "all"), ("at least", "at most"), ("up to", "at least"),
        ("more than", "less than"), ("only", "also"), ("most", "all"), ("no more than", "at least"),
    ],
    "direction": [
        ("before", "after"), ("after", "before"), ("increased", "decreased"), ("won", "lost"),
        ("increase", "decrease"), ("first", "last"), ("north", "south"), ("east", "west"),
        ("higher", "lower"), ("larger", "smaller"), ("began", "ended"), ("until", "after"),
    ],
    "who": [
        ("we", "you"), ("licensee", "licensor"), ("buyer", "seller"), ("user", "company"),
        ("party", "customer"), ("customer", "company"), ("students", "teachers"),
    ],
    "negation": [
        ("is", "is not"), ("are", "are not"), ("was", "was not"), ("were", "were not"),
        ("will", "will not"), ("shall", "shall not"), ("has", "has not"), ("had", "had not"),
        ("do not", "do"), ("is not", "is"), ("was not", "was"), ("not", ""), ("no", ""),
    ],
}  # fmt: skip
_NEGATED = {
    "de": [("ist", "ist nicht"), ("wurde", "wurde nicht"), ("war", "war nicht"), ("nicht", ""), ("hat", "hat nicht"), ("sind", "sind nicht")],
    "es": [("es", "no es"), ("fue", "no fue"), ("no", ""), ("son", "no son"), ("se", "no se")],
    "ro": [("este", "nu este"), ("a fost", "nu a fost"), ("nu", ""), ("sunt", "nu sunt")],
    "ru": [("не", ""), ("был", "не был"), ("была", "не была"), ("были", "не были")],
    "zh": [("是", "不是"), ("不", ""), ("没有", "有")],
    "el": [("είναι", "δεν είναι"), ("δεν", ""), ("ήταν", "δεν ήταν")],
    "vi": [("là", "không là"), ("không", ""), ("được", "không được")],
    "ar": [("لا", ""), ("لم", ""), ("كان", "لم يكن")],
    "hi": [("नहीं", ""), ("है", "नहीं है"), ("था", "नहीं था")],
    "tr": [("değil", ""), ("vardır", "yoktur")],
    "th": [("ไม่", ""), ("เป็น", "ไม่เป็น")],
}  # fmt: skip
_WORD_NUMBERS = "two three four five six seven eight nine ten eleven twelve twenty thirty".split()
_NUMBER = re.compile(r"(?<![\w.,-])\d{1,4}(?![\w.,-]|\s?[.,]\d)|(?<![\w.,-])\d{1,4}(?=[.,]?\s)")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}(?![\w-])")


def _changes(
    sentence: str, language: str, text: str, chance: random.Random
) -> Iterator[tuple[str, str]]:
    """Yields changed sentences with what was changed, `RIGHT` for those that say the same."""
    numbers = list(_NUMBER.finditer(sentence))
    if numbers:
        match = chance.choice(numbers)
        other = str(int(match[0]) + chance.choice((1, 2, 7, 10)))
        yield "number", sentence[: match.start()] + other + sentence[match.end() :]
    if len({match[0] for match in numbers}) > 1:
        first, second = numbers[0], next(m for m in numbers if m[0] != numbers[0][0])
        yield "number swapped", _exchanged(sentence, first, second)
    yield from _shorter(sentence)
    swaps = {**_SWAPS} if language == "en" else {"negation": _NEGATED.get(language, [])}
    for change, pairs in swaps.items():
        is_denied = re.search(r"\b(?:not|no|nor|neither|never|nothing|cannot|none)\b", sentence, re.I)
        for old, new in chance.sample(pairs, len(pairs)):
            if is_denied and (change == "modal" or "not" in new):
                continue  # "shall not" and "may not" are one; "not not" is not written
            edge = "" if language in ("zh", "th") else r"\b"
            changed = re.sub(rf"{edge}{re.escape(old)}{edge}", new, sentence, count=1)
            if changed != sentence:
                yield change, changed.replace("  ", " ")
                break
    if language == "en":
        yield from _in_english(sentence, text, chance)
    if language not in ("de", "en", "zh", "th", "ar", "hi"):
        names = list(_NAME.finditer(sentence))
        if len({m[0] for m in names}) > 1:
            yield "name swapped", _exchanged(sentence, names[0], next(m for m in names if m[0] != names[0][0]))


def _shorter(sentence: str) -> Iterator[tuple[str, str]]:
    """Drops a clause at the end, or an aside in brackets or commas."""
    cut = re.sub(r"\s?\([^()]*\)", "", sentence)
    if cut != sentence:
        yield RIGHT, cut
    head, comma, _ = sentence.rpartition(", ")
    if comma and len(head) > 40 and "," not in head and "not" not in sentence[len(head) :]:
        yield RIGHT, head + "."


def _in_english(sentence: str, text: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    table = logic_words("en")
    assert table is not None
    spelled = {" ".join(word): value for word, value in table.numbers.items() if value > 1}
    for match in re.finditer(r"(?<![\w.,$€£-])\d{1,2}(?![\w.,-]|\s?[%.,:]\d)(?=\s[a-z])", sentence):
        word = next((word for word, value in spelled.items() if value == int(match[0])), "")
        if word:
            yield RIGHT, sentence[: match.start()] + word.replace(" ", "-") + sentence[match.end() :]
        break
    for match in re.finditer(rf"\b({'|'.join(_WORD_NUMBERS)})\b(?=\s[a-z])", sentence):
        value = spelled[match[0]]
        yield RIGHT, f"{sentence[: match.start()]}{value}{sentence[match.end() :]}"
        other = chance.choice([word for word in _WORD_NUMBERS if word != match[0]])
        yield "number word", sentence[: match.start()] + other + sentence[match.end() :]
        break
    for match in re.finditer(r"(\d)(?:\s?%| percent)", sentence):
        yield RIGHT, sentence[: match.start()] + f"{match[1]} percent" + sentence[match.end() :]
        yield "unit", sentence[: match.start()] + f"{match[1]} euros" + sentence[match.end() :]
        break
    names = [m for m in _NAME.finditer(sentence) if m[0].lower() not in table.function]
    month_names = {name for name in months("en")}
    in_text = sorted({m[0] for m in _NAME.finditer(text)} - set(re.findall(r"\w+", sentence)) - month_names)
    for match in names:
        if match[0] in month_names:
            other = chance.choice(sorted(month_names - {match[0]}))
            yield "date", sentence[: match.start()] + other + sentence[match.end() :]
        elif in_text:
            other = chance.choice(in_text)
            yield "name", sentence[: match.start()] + other + sentence[match.end() :]
        break
    plain = [m for m in names if m[0] not in month_names]
    if len({m[0] for m in plain}) > 1:
        first, second = plain[0], next(m for m in plain if m[0] != plain[0][0])
        if ", " not in sentence[first.end() : second.start()] and " and " not in sentence[first.end() : second.start()]:
            yield "name swapped", _exchanged(sentence, first, second)
    if match := re.match(r"(?:The )?([A-Z][\w-]+(?: [A-Z][\w-]+)*) (was|is|has|had|founded|became)\b", sentence):
        yield RIGHT, f"It {sentence[match.start(2) :]}"
    if match := re.search(r"\b(\d{1,2}) (January|February|March|April|June|July|August) (\d{4})", sentence):
        yield RIGHT, sentence.replace(match[0], f"{match[2]} {match[1]}, {match[3]}")


def _exchanged(sentence: str, first: re.Match[str], second: re.Match[str]) -> str:
    between = sentence[first.end() : second.start()]
    return sentence[: first.start()] + second[0] + between + first[0] + sentence[second.end() :]
