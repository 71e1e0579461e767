"""Finds the language of a question by its function words."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

# Function words of questions, whatever their subject.
_WORDS = {
    "en": "a about and are at by can did do does for from had has have how i in is it many much "
    "my of on that the this to was were what when where which who whose why will with",
    "de": "auf bei das dem den der des die ein eine einem einen einer für gibt haben hat ich im "
    "in ist kann mein meine mit nicht sind und viel viele von wann war warum was welche "
    "welchem welchen welcher welches wem wen wer werden wie wird wo wurde wurden zu zum "
    "zur",
    "fr": "a au aux avec combien comment dans de des du elle en est et il je la le les ma mes "
    "mon ne ont où par pas pour pourquoi quand que quel quelle quelles quels qui quoi "
    "sont sur un une",
    "es": "al cómo con cuál cuáles cuándo cuánta cuántas cuánto cuántos de del dónde el en es "
    "está fue ha la las los mi mis no para por qué quién quiénes se son su un una y",
    "it": "a che chi come con cosa da dei del della delle di dove e è gli ha i il in la le lo "
    "mia mio nel non per perché qual quale quali quando quanta quante quanti quanto si "
    "sono un una",
    "pt": "a as com como da das de do dos é em foi há mais meu minha na não no o onde os para "
    "por qual quais quando quantas quanto quantos quem são se um uma",
    "nl": "aan bij dat de deze die een en er heeft het hoe hoeveel hebben ik in is kan met mijn "
    "niet op van voor waar waarom wanneer wat welke werd wie zijn",
    "pl": "co czy dla do gdzie ile jak jaka jaki jakie jest kiedy kto który która które ma moja "
    "mój na nie o od po się są w z za że dlaczego",
    "ro": "a ale al au ca care ce cine cu cum când cât câte câți de din este fost în îl îmi la lui "
    "mea meu nu pe pentru se si sunt și un unde unei unui",
    "tr": "bir bu da daha de hangi için ile kaç kim kimdir mi mı mu mü ne neden nedir nerede "  # noqa: RUF001  # the dotless i
    "nereye nasıl var ve zaman",  # noqa: RUF001
}
# Languages not listed share a word or two with these.
_LEAST_SHARE = 0.15
SMALL_WORDS = {language: frozenset(words.split()) for language, words in _WORDS.items()}
"""Function words of questions in each language."""
_WORD = re.compile(r"[^\W\d_]+")


def function_words(language: str) -> frozenset[str]:
    """Returns the function words of a language in small letters; none for one not known here."""
    return SMALL_WORDS.get(language, frozenset())


def small_words(
    words: Collection[str], function_words: Mapping[str, frozenset[str]]
) -> dict[str, int]:
    """Counts the members of `words` among the function words of each language."""
    return {
        language: sum(word in small for word in words) for language, small in function_words.items()
    }


def language_of(question: str) -> str:
    """Returns the language of a question as its ISO 639-1 code, or "" where its words do not tell.

    It knows ten languages with Latin letters. For others, callers can go by the script.
    """
    words = [word.casefold() for word in _WORD.findall(question)]
    counts = small_words(words, SMALL_WORDS)
    best = max(counts, key=counts.__getitem__)
    most = counts[best]
    is_clear = most >= _LEAST_SHARE * len(words) and list(counts.values()).count(most) == 1
    return best if most and is_clear else ""


def in_one_language(question: str, text: str) -> bool:
    """Tells whether a question and a text are known to be in one language."""
    language = language_of(question)
    return bool(language) and language == language_of(text)


def differ_in_language(question: str, text: str) -> bool:
    """Tells whether a question and a text are known to be in two languages."""
    language, other = language_of(question), language_of(text)
    return bool(language and other) and language != other
