"""Time for a cell: ten columns of one document at once, against ten separate questions.

    python -m bench.cells --model ID [--pages N] [--columns N] [--rounds N]

Fills the columns of a made-up lease of N pages twice: as a table does it, all columns on one
reading of the document's best passages, and each column by itself as if it were a table of its
own, so that the passages are read for each. Both ask the same model about the same columns, held
to the same choices; the order of the two alternates from round to round. The beginnings of all
prompts differ but for the instructions, so that nothing is left over from the other way.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from msgspec.structs import replace

from app.model_library.service import ModelLibrary
from app.paths import Paths
from app.specialists.definition import Column, Specialist
from app.specialists.extract.engine import fill
from app.specialists.extract.ports import Tools
from models.chat import GenerationEvent, GenerationOptions, Message
from models.llama import LlamaChatModel
from rag.fakes import plain_document
from rag.parse.document import ParsedDocument

_PAGE = 3_000
"""Characters of a printed page."""
COLUMNS = (
    Column("Rent", "How much is the rent for each month?", "money"),
    Column("Deposit", "How much is the security deposit?", "money"),
    Column("Start date", "When does the lease begin?", "date"),
    Column("End date", "When does the lease end?", "date"),
    Column("Notice period", "How long is the notice period?", "number"),
    Column("Late fee", "What is the fee for a late payment?", "money"),
    Column("Area", "How many square metres has the flat?", "number"),
    Column("Keys", "How many keys does the tenant get?", "number"),
    Column("Inspection date", "On which day is the flat handed over?", "date"),
    Column("Cleaning", "How much is the final cleaning?", "money"),
)
_FACTS = (
    "The tenant pays a rent of GBP 1,140.00 each month, and GBP 95.00 for heating.",
    "The tenant leaves a deposit of GBP 2,280.00, of which GBP 80.00 is for the keys.",
    "The lease starts on 1 May 2024; the contract was signed on 12 April 2024.",
    "It ends on 30 April 2027, unless it is renewed before 31 January 2027.",
    "The notice period is 3 months, for the landlord 6 months.",
    "A payment that is more than 10 days late costs GBP 25.00, a second one GBP 40.00.",
    "The flat has 64 square metres, the cellar 6 square metres.",
    "The tenant receives 4 keys to the flat and 2 keys to the cellar.",
    "The flat is handed over on 29 April 2024, after the inspection of 26 April 2024.",
    "Final cleaning costs GBP 150.00, or GBP 90.00 without the windows.",
)
_FILLING = (
    "The parties will treat each other fairly, and settle what is not written here in good faith."
    " Nothing in section {number} limits what the law gives to either of them. What is agreed by"
    " word of mouth binds nobody until it is written down and signed."
)


def made_up(pages: int) -> ParsedDocument:
    """Returns a lease of some pages, with its facts spread over them."""
    sections: list[str] = []
    length, number = 0, 0
    every = max(1, pages * _PAGE // (len(_FACTS) * 320))
    while length < pages * _PAGE or number < every * len(_FACTS):
        fact = _FACTS[number // every] if number % every == 0 and number // every < 10 else ""
        section = f"{number + 1}. {_FILLING.format(number=number + 1)} {fact}".strip()
        sections.append(section)
        length += len(section) + 2
        number += 1
    return plain_document("lease", "\n\n".join(sections))


class _Counting(LlamaChatModel):
    """Counts how often it is asked."""

    asked = 0

    def generate(
        self,
        messages: Sequence[Message],
        options: GenerationOptions,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[GenerationEvent]:
        """Yields the reply; see `LlamaChatModel.generate`."""
        self.asked += 1
        return super().generate(messages, options, should_stop)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures and prints. Returns 0."""
    parser = argparse.ArgumentParser(prog="python -m bench.cells", description=__doc__)
    parser.add_argument("--model", required=True, metavar="ID")
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--columns", type=int, default=len(COLUMNS))
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args(arguments)
    path = ModelLibrary(Paths.resolve().models).resolve(options.model).path
    model = _Counting(path, options.model)
    document = made_up(options.pages)
    specialist = Specialist("Lease", "extract", columns=COLUMNS[: options.columns])
    print(f"{len(document.text):,} characters, {len(specialist.columns)} columns, {options.model}")
    model.compute_once()  # loads it
    shares: list[float] = []
    for number in range(options.rounds):
        seconds: dict[str, float] = {}
        ways = ["at once", "apart"] if number % 2 == 0 else ["apart", "at once"]
        for way in ways:
            tables = [specialist]
            if way == "apart":
                tables = [replace(specialist, columns=(each,)) for each in specialist.columns]
            began = time.perf_counter()
            model.asked = 0
            for table, own in enumerate(tables):
                marker = f"{number:x}{way[0]}{table:x}"
                for _ in fill(document, own, Tools(model=model), marker=marker):
                    pass
            seconds[way] = (time.perf_counter() - began) / len(specialist.columns)
            print(f"  {way:8}{seconds[way]:8.2f} s for a cell; asked {model.asked} times")
        shares.append(seconds["at once"] / seconds["apart"])
    print(f"share of the time apart: {statistics.median(shares):.2f} (median of {len(shares)})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
