"""Computed answers about tables that are made up here, with the truth from the standard library.

Each seed makes other tables (other names, values, gaps) in CSV, Markdown and HTML, and asks about
them in four languages. The questions' wording is fixed; `bench.tables` measures on questions that
others wrote. Nothing is read from anywhere.

    python -m bench.figures [--seeds 3] [--model MODEL.gguf] [--show]
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.answering.kinds.table import computed_answer
from bench.tables import Files, holds
from models.chat import ChatModel

_NAMES = [
    "Aldo",
    "Bente",
    "Carla",
    "Dirk",
    "Edda",
    "Falk",
    "Greta",
    "Hanno",
    "Ilse",
    "Jonas",
    "Kaja",
    "Lorenz",
    "Mina",
    "Nils",
    "Olga",
]
_CITIES = ("Porto", "Bergen", "Ghent", "Turin")
_LEVELS = ("Junior", "Senior", "Lead")


@dataclass(frozen=True)
class Staff:
    """A row of the made-up table; None is a gap."""

    name: str
    city: str
    level: str
    salary: float | None
    hours: float
    projects: int
    started: str
    ended: str


@dataclass(frozen=True)
class Asked:
    """A question and what its answer has to say; () where it has to be declined or left."""

    text: str
    answers: tuple[str, ...]


def staff(seed: int) -> list[Staff]:
    """Returns twelve people, some without a salary, in an order of the seed's."""
    chance = random.Random(seed)
    names = chance.sample(_NAMES, 12)
    projects = chance.sample(range(1, 40), 11)
    projects.append(max(projects))  # a tie
    gaps = set(chance.sample(range(12), 2))
    return [
        Staff(
            name,
            _CITIES[at % 4],
            _LEVELS[at % 3],
            None if at in gaps else chance.randrange(2_400, 9_000, 10) + 0.5,
            chance.randrange(200, 400) / 10,
            projects[at],
            _a_day(chance, 2014, 2019),
            _a_day(chance, 2021, 2023),
        )
        for at, name in enumerate(names)
    ]


def _a_day(chance: random.Random, first: int, last: int) -> str:
    year = chance.randint(first, last)
    return f"{year}-{chance.randint(1, 12):02}-{chance.randint(1, 27):02}"


def questions(rows: Sequence[Staff]) -> Iterator[Asked]:
    """Yields questions about `staff` with their truth."""
    yield from _single(rows)
    yield from _grouped(rows)
    yield from _other_languages(rows)
    yield from _declined(rows)


def _single(rows: Sequence[Staff]) -> Iterator[Asked]:
    salaries = [row.salary for row in rows if row.salary is not None]
    hours = [row.hours for row in rows]
    low, _, high = statistics.quantiles(hours, n=4, method="inclusive")
    yield _is("What is the mean salary?", statistics.mean(salaries))
    yield _is("What is the average of the hours per week?", statistics.mean(hours))
    yield _is("Give me the median salary.", statistics.median(salaries))
    yield _is("What is the first quartile of the hours per week?", low)
    yield _is("Find the upper quartile of hours per week.", high)
    yield _is("What is the interquartile range of the hours per week?", high - low)
    yield _is("What is the sample standard deviation of salary?", statistics.stdev(salaries))
    yield _is("What is the population standard deviation of hours per week?",
              statistics.pstdev(hours))  # fmt: skip
    yield _is("What is the variance of the hours per week?", statistics.variance(hours))
    yield _is("What is the range of the salary?", max(salaries) - min(salaries))
    yield _is("What is the total number of projects?", sum(row.projects for row in rows))
    yield _is("How many salary values are missing?", 2)
    yield _is("How many different cities are there?", len({row.city for row in rows}))
    pairs = [(row.salary, row.hours) for row in rows if row.salary is not None]
    yield _is("What is the correlation between salary and hours per week?",
              statistics.correlation(*map(list, zip(*pairs, strict=True))))  # fmt: skip
    yield _is("What is the highest salary?", max(salaries))
    yield _is("What are the lowest hours per week?", min(hours))
    paid = [row for row in rows if row.salary is not None]
    top = max(paid, key=lambda row: row.salary or 0)
    yield Asked("Who has the highest salary?", (top.name,))
    yield Asked("Which employee has the lowest hours per week?",
                (min(rows, key=lambda row: row.hours).name,))  # fmt: skip
    most = max(row.projects for row in rows)
    yield Asked("Which employee has the most projects?",
                tuple(row.name for row in rows if row.projects == most))  # fmt: skip
    ranked = sorted(paid, key=lambda row: -(row.salary or 0))[:3]
    yield Asked("List the top 3 employees by salary.", tuple(row.name for row in ranked))
    row = rows[4]
    yield _is(f"How many projects does {row.name} have?", row.projects)
    yield Asked(f"In which city does {row.name} work?", (row.city,))
    yield _is(f"What are the hours per week of {rows[2].name}?", rows[2].hours)
    over = sum(row.hours > 30 for row in rows)
    yield _is("How many employees have more than 30 hours per week?", over)
    yield _is("How many employees have at most 20 projects?",
              sum(row.projects <= 20 for row in rows))  # fmt: skip
    yield _is("What is the average salary of employees with hours per week between 25 and 35?",
              _mean(r.salary for r in rows if 25 <= r.hours <= 35))  # fmt: skip
    yield _is("How many days are there between the first and the last started date?",
              _days(min(r.started for r in rows), max(r.started for r in rows)))  # fmt: skip
    yield _is(f"How many days lie between started and ended of {row.name}?",
              _days(row.started, row.ended))  # fmt: skip
    yield Asked("What is the earliest started date?", (min(r.started for r in rows),))
    yield _is("What is the skewness of the hours per week?", _skew(hours))


def _grouped(rows: Sequence[Staff]) -> Iterator[Asked]:
    city = rows[1].city
    of_city = [row for row in rows if row.city == city]
    yield _is(f"What is the mean of hours per week in {city}?",
              statistics.mean(row.hours for row in of_city))  # fmt: skip
    yield _is(f"How many employees work in {city}?", len(of_city))
    yield _is(f"What percentage of employees are in {city}?", 100 * len(of_city) / len(rows))
    by_city = {name: [r for r in rows if r.city == name] for name in _CITIES}
    means = {name: statistics.mean(r.hours for r in group) for name, group in by_city.items()}
    yield _are("What are the average hours per week for each city?", means.values())
    sums = {name: sum(r.projects for r in group) for name, group in by_city.items()}
    yield _are("What is the total of projects per city?", sums.values())
    yield Asked("Which city has the highest average hours per week?",
                (max(means, key=means.__getitem__),))  # fmt: skip
    yield _is("How many employees are seniors?", sum(r.level == "Senior" for r in rows))
    leads = [r for r in rows if r.level == "Lead" and r.city == city]
    yield _is(f"What is the total of projects of level Lead in {city}?",
              sum(r.projects for r in leads))  # fmt: skip
    one, other = _CITIES[:2]
    yield _yes(f"Is the average of hours per week in {one} higher than in {other}?",
               means[one] > means[other])  # fmt: skip
    yield _yes(f"Are the mean hours per week in {other} less than in {one}?",
               means[other] < means[one])  # fmt: skip
    yield _yes(f"Does {rows[0].name} have more projects than {rows[3].name}?",
               rows[0].projects > rows[3].projects)  # fmt: skip
    yield _yes("Is the median of hours per week above 30?",
               statistics.median(r.hours for r in rows) > 30)  # fmt: skip
    yield _is("What is the mean salary without the leads?",
              _mean(row.salary for row in rows if row.level != "Lead"))  # fmt: skip
    elsewhere = [row.salary for row in rows if row.salary is not None and row.city != "Turin"]
    yield _is("What is the median salary of employees who are not in Turin?",
              statistics.median(elsewhere))  # fmt: skip
    year = rows[0].started[:4]
    yield _is(f"How many employees started in {year}?",
              sum(r.started.startswith(year) for r in rows))  # fmt: skip
    yield _is(f"How many employees have started after {year}?",
              sum(r.started[:4] > year for r in rows))  # fmt: skip


def _other_languages(rows: Sequence[Staff]) -> Iterator[Asked]:
    """Asks with the columns' own (English) names, as they stand in the file."""
    hours = [row.hours for row in rows]
    salaries = [row.salary for row in rows if row.salary is not None]
    city = rows[2].city
    in_city = [row.hours for row in rows if row.city == city]
    yield _is("Wie hoch ist der Mittelwert von Salary?", statistics.mean(salaries))
    yield _is(f"Was ist der Durchschnitt von Hours per week in {city}?", statistics.mean(in_city))
    yield _is("Wie viele Zeilen haben Projects von mindestens 20?",
              sum(row.projects >= 20 for row in rows))  # fmt: skip
    yield _is("Was ist die Standardabweichung der Stichprobe von Salary?",
              statistics.stdev(salaries))  # fmt: skip
    yield _is("Quelle est la moyenne de Hours per week ?", statistics.mean(hours))
    yield _is("Quelle est la médiane de Salary ?", statistics.median(salaries))
    yield _is("Quelle est la somme de Projects ?", sum(row.projects for row in rows))
    yield _is("¿Cuál es la media de Salary?", statistics.mean(salaries))
    yield _is("¿Cuál es la mediana de Hours per week?", statistics.median(hours))
    yield _is(f"¿Cuál es la suma de Projects en {city}?",
              sum(row.projects for row in rows if row.city == city))  # fmt: skip


def _declined(rows: Sequence[Staff]) -> Iterator[Asked]:
    """Asks for what the table does not hold, or what is not computed: no figure may come."""
    name = rows[0].name
    for text in (
        "What is the average age of the employees?",
        "What is the mean salary in Lisbon?",
        "Is the salary normally distributed?",
        "What will the mean salary be next year?",
        f"What is the salary of {name} divided by the mean salary?",
        "What is the average bonus?",
        "What is the p-value of the correlation between salary and projects?",
        "What is the mean salary of people with a degree in Physics?",
    ):
        yield Asked(text, ())


def _is(text: str, value: float | None) -> Asked:
    return _are(text, [] if value is None else [value])


def _are(text: str, values: object) -> Asked:
    return Asked(text, tuple(f"{value:.2f}".removesuffix(".00") for value in list(values)))  # type: ignore[call-overload]


def _yes(text: str, yes: bool) -> Asked:
    return Asked(text, ("Yes." if yes else "No",))


def _mean(values: Iterator[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return statistics.mean(there) if there else None


def _days(first: str, last: str) -> int:
    from datetime import date

    return (date.fromisoformat(last) - date.fromisoformat(first)).days


def _skew(values: Sequence[float]) -> float:
    count, mean, spread = len(values), statistics.mean(values), statistics.stdev(values)
    cubes = sum(((value - mean) / spread) ** 3 for value in values)
    return count / ((count - 1) * (count - 2)) * cubes


_HEAD = ("Employee", "City", "Level", "Salary", "Hours per week", "Projects", "Started", "Ended")


def _cells(row: Staff) -> list[str]:
    salary = "n/a" if row.salary is None else f"{row.salary:,.2f}"
    return [row.name, row.city, row.level, salary, f"{row.hours}", f"{row.projects}", row.started,
            row.ended]  # fmt: skip


def _csv(rows: Sequence[Staff]) -> str:
    return "\n".join(";".join(cells) for cells in (_HEAD, *map(_cells, rows)))


def _markdown(rows: Sequence[Staff]) -> str:
    lines = [" | ".join(cells) for cells in (_HEAD, ["---"] * len(_HEAD), *map(_cells, rows))]
    return "# People\n\n" + "\n".join(f"| {line} |" for line in lines)


def _html(rows: Sequence[Staff]) -> str:
    head = "".join(f"<th>{name}</th>" for name in _HEAD)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in _cells(row)) + "</tr>" for row in rows
    )
    return f"<html><body><h1>People</h1><table><tr>{head}</tr>{body}</table></body></html>"


FORMATS: dict[str, Callable[[Sequence[Staff]], str]] = {
    "csv": _csv, "md": _markdown, "html": _html,
}  # fmt: skip


def outcome(files: Files, path: str, asked: Asked, model: ChatModel | None) -> tuple[str, str]:
    """Returns "right", "wrong", "left" or, of what has no answer, "declined"; and the answer."""
    answer = computed_answer(asked.text, files.hits([path]), files, model)
    text = "" if answer is None or answer.abstained else answer.text
    if not asked.answers:
        return ("wrong" if text else "declined"), text
    if not text:
        return "left", ""
    return ("right" if holds(text, asked.answers) else "wrong"), text


def main(arguments: Sequence[str] | None = None) -> None:
    """Asks all questions about each table, and prints what became of them."""
    parser = argparse.ArgumentParser(prog="bench.figures")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--show", action="store_true", help="print what is not right")
    options = parser.parse_args(arguments)
    model: ChatModel | None = None
    if options.model:
        from models.llama import LlamaChatModel

        model = LlamaChatModel(options.model, options.model.stem)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(options.seeds):
            rows = staff(seed)
            ending = list(FORMATS)[seed % len(FORMATS)]
            path = Path(folder) / f"staff{seed}.{ending}"
            path.write_text(FORMATS[ending](rows), encoding="utf-8")
            files = Files()
            for asked in questions(rows):
                result, text = outcome(files, str(path), asked, model)
                counts[result] += 1
                if options.show and result in ("wrong", "left"):
                    print(f"{result:5} {ending} {asked.text}\n      {asked.answers} {text[:300]!r}")
    print(dict(counts))


if __name__ == "__main__":
    main()
