"""Recognises the kind of answer that a question wants, by its question words."""

from __future__ import annotations

import re

_WHETHER = re.compile(
    r"^\W*(is|are|was|were|do|does|did|has|have|had|can|could|may|must|should|shall|will|would)\b",
    re.IGNORECASE,
)
# Questions that neither "yes" nor one of their own words answers.
_FACT = re.compile(
    r"^\W*(who|whom|whose|what|when|where|how (many|much|long|often|old|far))\b(?!.*\bor\b)",
    re.IGNORECASE | re.DOTALL,
)
_HOW_MUCH = "many|much|long|often|old|far|big|large|tall|high|deep|fast|heavy|wide|soon"
# How and why, what with a plural, and requests for a text.
_OPEN_WORDS = (
    # English
    rf"why|how(?!\s+(?:{_HOW_MUCH})\b)|in what ways?",
    r"what (?:are|were|should|can|must|happens)",
    r"(?:what|which)(?:\s+\w+){0,4}?\s+\w+[^\Ws]s\s+(?:are|were|do|does|should|can|must|have|has)",
    r"what is the (?:process|procedure|purpose|policy|role|difference|meaning|impact|effect)",
    r"explain|describe|discuss|outline|analy[sz]e|tell me|list",
    # German
    r"warum|weshalb|wieso",
    r"wie(?!\s+(?:viele?|lange|oft|alt|hoch|groß|weit|heiß\w*|hieß\w*|laute\w*)\b)",
    r"was (?:sind|muss|kann|soll\w*|passiert)|welche\s+\w+\s+(?:sind|hat|haben|gibt)",
    r"erklär\w*|beschreib\w*",
    # French, Spanish, Italian, Portuguese
    r"pourquoi|comment(?!\s+s\W?appel)|quels|quelles|explique\w*|décri\w+",
    r"por qué|cómo(?!\s+se\s+llam)|cuáles|explica\w*|describ\w+",
    r"perché|come|quali|spiega\w*|descrivi\w*",
    r"por qu[eê]|como|quais|expli\w+|descrev\w+",
    # Russian
    r"почему|как(?!\s+(?:зовут|назва|называ|фамилия|имя|будет))|какие|объясн\w*|опиш\w*",
)
# These begin a question or a clause: "In March, how …", "…, and how is it paid?"
_OPEN = re.compile(
    r"(?:^\W*|[,;:.?!]\s+(?:\w+\s+){0,2}?|\b(?:and|und|et|y|e|и)\s+)"
    rf"(?:{'|'.join(_OPEN_WORDS)})\b",
    re.IGNORECASE,
)
# In Chinese and Japanese they can stand anywhere.
_OPEN_DENSE = re.compile("如何|怎么|怎样|为什么|为何|哪些|说明|描述|解释|なぜ|どのよう")


def asks_whether(question: str) -> bool:
    """Tells whether a question wants yes or no."""
    return _WHETHER.search(question) is not None


def asks_for_fact(question: str) -> bool:
    """Tells whether neither "yes" nor a word of the question can answer: "Who holds the keys?"."""
    return _FACT.search(question) is not None


def asks_openly(question: str) -> bool:
    """Tells whether the answer is more than one fact: "What should I do?", "How does it work?"."""
    return (_OPEN.search(question) or _OPEN_DENSE.search(question)) is not None
