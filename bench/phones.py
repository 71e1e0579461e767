"""How well telephone numbers are found, beside the package phonenumbers, and what else is taken.

    python -m bench.phones [PACK.jsonl]

Writes the package's example numbers of every region, fixed and mobile, into sentences: some have a
word such as "call" in front, others none. Then numbers that are none: of invoices, dates, amounts,
books, accounts, articles. A pack as for `bench.redaction` has numbers that neither chose. The
package looks for numbers of `HOME` regions, those of the languages that redaction knows; it has to
be installed by hand (Apache-2.0), for the product does not use it.
"""

from __future__ import annotations

import importlib
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from app.redaction.accounts import find_accounts
from app.redaction.finding import Kind

Span: TypeAlias = tuple[int, int]
Finder: TypeAlias = Callable[[str], list[Span]]

HOME = ("US", "GB", "DE", "AT", "CH", "FR", "BE", "ES", "MX", "IT", "NL", "PT", "PL")
_SENTENCES = {
    "after a word": ("Please call {} tomorrow.", "Phone: {}", "Tel. {}"),
    "alone": ("Anna Meier, {}, will open the door.", "{}", "He wrote {} on the card."),
}
_EACH = 300  # numbers of each kind that are no telephone's
_chance = random.Random(7)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    packs = sys.argv[1:] if arguments is None else arguments
    package = importlib.import_module("phonenumbers")
    levels = package.Leniency
    finders: dict[str, Finder] = {
        "ours": _ours,
        "valid": _of_package(package, levels.VALID),
        "strict grouping": _of_package(package, levels.STRICT_GROUPING),
        "possible": _of_package(package, levels.POSSIBLE),
    }
    print(f"{'found of':44}" + "".join(f"{name:>17}" for name in finders))
    by_kind: dict[str, list[tuple[str, Span]]] = defaultdict(list)
    for kind, text, span in _examples(package):
        by_kind[kind].append((text, span))
    for pack in packs:
        by_kind[Path(pack).name] = list(_labelled(Path(pack)))
    for kind, cases in sorted(by_kind.items()):
        shares = [sum(_covers(find(t), t, s) for t, s in cases) for find in finders.values()]
        _print(f"{kind} ({len(cases):,})", [share / len(cases) for share in shares])
    print("taken that is none")
    for kind, make in _OTHERS.items():
        texts = [make() for _ in range(_EACH)]
        taken = [sum(map(bool, map(find, texts))) / _EACH for find in finders.values()]
        _print(f"{kind} ({_EACH})", taken)
    text = " ".join(text for cases in by_kind.values() for text, _ in cases[:200])
    _print("milliseconds for 1,000 characters", [_cost(find, text) for find in finders.values()])
    return 0


def _print(name: str, figures: Sequence[float]) -> None:
    print(f"{name:44}" + "".join(f"{figure:>17.3f}" for figure in figures))


def _ours(text: str) -> list[Span]:
    return [(one.start, one.end) for one in find_accounts(text) if one.kind is Kind.PHONE]


def _of_package(package: Any, leniency: int) -> Finder:
    def find(text: str) -> list[Span]:
        return [
            (match.start, match.end)
            for region in HOME
            for match in package.PhoneNumberMatcher(text, region, leniency)
        ]

    return find


def _covers(spans: Sequence[Span], text: str, wanted: Span) -> bool:
    """Tells whether no digit of a number is left over."""
    digits = {at for at in range(*wanted) if text[at].isdigit()}
    return digits <= {at for span in spans for at in range(*span)}


def _examples(package: Any) -> Iterator[tuple[str, str, Span]]:
    """Gives kind, text and place of each example number in each form and sentence."""
    forms, kinds = package.PhoneNumberFormat, package.PhoneNumberType
    for region in sorted(package.SUPPORTED_REGIONS):
        where = "home" if region in HOME else "elsewhere"
        for kind in (kinds.FIXED_LINE, kinds.MOBILE):
            number = package.example_number_for_type(region, kind)
            for form in ("INTERNATIONAL", "NATIONAL") if number else ():
                written = package.format_number(number, getattr(forms, form))
                for cue, sentences in _SENTENCES.items():
                    for sentence in sentences:
                        at = sentence.index("{}")
                        name = f"{form.lower()}, {where}, {cue}"
                        yield name, sentence.format(written), (at, at + len(written))


def _labelled(pack: Path) -> Iterator[tuple[str, Span]]:
    for line in pack.read_bytes().splitlines():
        row = json.loads(line)
        for span in row["spans"]:
            if span["type"] == "PHONE_NUMBER":
                yield row["text"], (span["start"], span["end"])


def _cost(find: Finder, text: str) -> float:
    begin = time.process_time()
    find(text)
    return (time.process_time() - begin) * 1e6 / len(text)


def _digits(form: str) -> str:
    """A form with a digit for each "#"."""
    return "".join(_chance.choice("0123456789") if sign == "#" else sign for sign in form)


def _one_of(*forms: str) -> Callable[[], str]:
    return lambda: _digits(_chance.choice(forms))


def _date() -> str:
    year, month, day = _chance.randint(1950, 2030), _chance.randint(1, 12), _chance.randint(1, 28)
    forms = (
        f"{day:02}.{month:02}.{year}",
        f"{year}-{month:02}-{day:02}",
        f"{month}/{day}/{year}",
        f"{year}{month:02}{day:02}",
        f"{year}-{month:02}-{day:02} 10:{day:02}:07",
    )
    return f"Due {_chance.choice(forms)}"


_OTHERS: dict[str, Callable[[], str]] = {
    "invoice numbers": _one_of(
        *("Invoice 2024-####", "Rechnung Nr. RE-######", "facture n° ########"),
        *(
            "order INV#######",
            "Invoice ####/#####",
            "order ##########",
            "order ###-#######-#######",
        ),
    ),
    "dates": _date,
    "amounts": _one_of("Total ##,###.##", "Betrag: #.###.###,00", "paid ## ###,##", "$###,###"),
    "books": _one_of("ISBN 978-#-####-####-#", "ISBN 978##########", "ISBN 978-##-###-####-#"),
    "measures": _one_of(
        *("0.## 0.## 0.## 0.## 0.##", "### ### ### ###", "##.######, ##.######"),
        *("pages ###-###", "### x ### x ### mm", "version #.#.##.####"),
    ),
    "accounts": _one_of("IBAN DE## #### #### #### #### ##"),
    "articles": _one_of(
        *("EAN #############", "Artikel #########", "SKU ####-####", "Serial no. ###-###-###"),
        *("ticket #######", "case ############"),
    ),
}

if __name__ == "__main__":
    raise SystemExit(main())
