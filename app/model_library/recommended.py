"""Which models are offered on this machine, by its memory and its processor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from models.catalog import Catalog, CatalogEntry
from models.hardware import Hardware

SHARE_OF_MEMORY = 0.6
"""Of the machine's memory that a recommended model may take: the system and others need some."""
GOOD_SECONDS = 20.0
"""Until the first word, as estimated, for a model that runs well here."""
LONGEST_SECONDS = 60.0
"""Until the first word, as estimated, for a model that is offered at all."""
_QUICKER = 0.4  # of the recommended model's time, for one to be offered as quick
# Tokens of a question's prompt that were not read before it: its passages.
_PROMPT_TOKENS = 1000
# Operations a core-second when reading a prompt, two for each parameter and token: Qwen2.5 Coder
# 1.5B (Q4_K_M) reads 768 tokens in 20.5 core-seconds with AVX2 on the machine that it was measured
# on. Other processors differ by factors, so all seconds that follow from it are estimates.
_OPERATIONS = 2 * 1.54e9 * 768 / 20.5


class Rank(StrEnum):
    """How an offer compares with the others."""

    QUICK = "quick"
    BETTER = "better"
    BEST = "best"


@dataclass(frozen=True, slots=True)
class Offer:
    """A chat model that can be had and runs on this machine.

    Attributes:
        seconds: until the first word of an answer, as estimated.
        recommended: whether it is the one to choose when in doubt.
    """

    entry: CatalogEntry
    rank: Rank
    seconds: float
    recommended: bool


def seconds_to_first_word(entry: CatalogEntry, hardware: Hardware) -> float:
    """Estimates how long a question waits for its answer to begin, on the processor alone."""
    operations = 2 * entry.active * 1e9 * _PROMPT_TOKENS
    return operations / (_OPERATIONS * max(hardware.physical_cpus, 1))


def offers(catalog: Catalog, hardware: Hardware) -> tuple[Offer, ...]:
    """Returns up to three models to choose from, the quickest first; one is recommended.

    The recommended one is the best (the last of the catalogue) that takes at most
    `SHARE_OF_MEMORY` and `GOOD_SECONDS`; where there is none, the smallest.
    """
    fitting = [
        entry for entry in catalog.chat_models if entry.for_anyone and _fits(entry, hardware)
    ]
    times = {entry.id: seconds_to_first_word(entry, hardware) for entry in fitting}
    best = _last(entry for entry in fitting if times[entry.id] <= GOOD_SECONDS)
    if best is None:
        best = min(fitting, key=lambda entry: entry.memory_mb, default=catalog.starter)
        seconds = times.get(best.id, seconds_to_first_word(best, hardware))
        return (Offer(best, Rank.BEST, seconds, recommended=True),)
    quick = _last(entry for entry in fitting if times[entry.id] <= times[best.id] * _QUICKER)
    slower = _last(entry for entry in fitting if times[entry.id] <= LONGEST_SECONDS)
    slower = None if slower is best else slower
    chosen = [
        (quick, Rank.QUICK),
        (best, Rank.BETTER if slower else Rank.BEST),
        (slower, Rank.BEST),
    ]
    return tuple(
        Offer(entry, rank, times[entry.id], entry is best) for entry, rank in chosen if entry
    )


def _fits(entry: CatalogEntry, hardware: Hardware) -> bool:
    return entry.memory_mb * 10**6 <= hardware.ram_bytes * SHARE_OF_MEMORY


def _last(entries: Iterable[CatalogEntry]) -> CatalogEntry | None:
    return next(iter(reversed(list(entries))), None)
