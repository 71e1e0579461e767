"""Computed answers about ten small tables of different trades, each with six questions.

Half of the tables may choose words and rules (`CHOOSING`), the other half only measures
(`MEASURING`). All of them are made up here, in CSV, Markdown, HTML, Word, Excel and PDF, and asked
about in the language of their columns. Truth is worked out in Python beside each question.

    python -m bench.figures_domains [--half choosing|measuring] [--show] [--model MODEL.gguf]
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Asked, outcome
from bench.tables import Files
from models.chat import ChatModel

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True)
class Domain:
    """A table in a file, and questions about it.

    Attributes:
        file: its name; the ending says in which format it is written.
        title: stands above the table, where the format has a place for it.
        head: the names of the columns.
        rows: the cells.
        questions: with what their answers have to say; () where there must be no figure.
    """

    file: str
    title: str
    head: Sequence[str]
    rows: Rows
    questions: Sequence[Asked]


def table(text: str) -> list[list[str]]:
    """Returns the cells of a table whose rows are lines, and whose cells `|` separates."""
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


MEASURING = (
    Domain(
        "ferry-crossings.csv",
        "Ferry crossings",
        ("Route", "Month", "Passengers", "Vehicles", "Delay minutes", "Cancelled"),
        table("""
            Ardrossan | May | 4,120 | 610 | 35 | 2
            Ardrossan | June | 5,340 | 742 | 20 | 0
            Ardrossan | July | 6,905 | 801 | 48 | 1
            Mallaig | May | 1,980 | 402 | 12 | 3
            Mallaig | June | 2,405 | 455 | 9 | 1
            Mallaig | July | 3,110 | 530 | 20 | 0
            Oban | May | 3,015 | 520 | 27 | 1
            Oban | June | 3,960 | 588 | 31 | 0
            Oban | July | 4,870 | 655 | 15 | 2
        """),
        (
            Asked("How many more passengers than vehicles were there on the Oban route in June?",
                  ("3372",)),
            Asked("By how many percent did the passengers of Mallaig rise from May to July?",
                  ("57.07",)),
            Asked("Which route has the most vehicles in total?", ("Ardrossan",)),
            Asked("How many passengers per vehicle were there in Ardrossan in July?", ("8.62",)),
            Asked("How many rows have more than 3000 passengers and fewer than 600 vehicles?",
                  ("3",)),
            Asked("What is the average ticket price on the Oban route?", ()),
        ),
    ),
    Domain(
        "wohnungen-lindenhof.xlsx",
        "Wohnungen Lindenhof",
        ("Wohnung", "Etage", "Fläche", "Kaltmiete", "Nebenkosten", "Mieter seit"),
        table("""
            W01 | EG | 54 | 612.50 | 140 | 2015-04-01
            W02 | EG | 71 | 790 | 175 | 2019-10-01
            W03 | 1. OG | 48 | 580 | 128.40 | 2021-02-15
            W04 | 1. OG | 88 | 955 | 210 | 2012-07-01
            W05 | 2. OG | 71 | 815 | 175 | 2023-01-01
            W06 | 2. OG | 39 | 505 | 101.60 | 2020-06-01
            W07 | DG | 62 | 700 | 150 | 2018-03-15
        """),
        (
            Asked("Wie hoch ist die Differenz zwischen Kaltmiete und Nebenkosten bei W04?",
                  ("745",)),
            Asked("Welche Wohnung hat die zweithöchste Kaltmiete?", ("W05",)),
            Asked("Wie hoch ist die durchschnittliche Fläche?", ("61.86",)),
            Asked("Wie viel Prozent der gesamten Kaltmiete entfallen auf W02?", ("15.94",)),
            Asked("Ist die Kaltmiete von W07 höher als die von W05?", ("No",)),
            Asked("Wie hoch ist die durchschnittliche Kaution?", ()),
        ),
    ),
    Domain(
        "vendanges.html",
        "Vendanges du domaine",
        ("Parcelle", "Cépage", "Surface", "Récolte", "Prix"),
        table("""
            Les Hauts | Syrah | 1,8 ha | 7 420 kg | 2,10 €
            La Combe | Grenache | 2,4 ha | 10 150 kg | 1,75 €
            Clos Noir | Syrah | 0,9 ha | 3 880 kg | 2,60 €
            Vieux Puits | Cinsault | 1,2 ha | 6 300 kg | 1,40 €
            Bel Air | Grenache | 3,1 ha | 10 150 kg | 1,75 €
        """),
        (
            Asked("Quelle parcelle a la récolte la plus élevée ?", ("La Combe", "Bel Air")),
            Asked("Quelle est la surface moyenne ?", ("1.88",)),
            Asked("Quelle est la différence de récolte entre Les Hauts et Clos Noir ?",
                  ("3540",)),
            Asked("Quelle est la somme de la récolte par cépage ?", ("11300", "20300", "6300")),
            Asked("Quel est le prix de Vieux Puits ?", ("1.4",)),
            Asked("Quelle est la température moyenne ?", ()),
        ),
    ),
    Domain(
        "blood-drives.docx",
        "Blood drives 2025",
        ("Town", "Held on", "Donors", "First-time donors", "Units", "Refused"),
        table("""
            Kells | 2025-01-14 | 84 | 11 | 79 | 5
            Trim | 2025-02-03 | 61 | 9 | 58 | 3
            Navan | 2025-02-27 | 132 | 30 | 121 | 11
            Slane | 2025-03-19 | 45 | 4 | | 2
            Athboy | 2025-04-08 | 61 | 12 | 55 | 6
            Duleek | 2025-05-22 | 73 | 8 | 70 | 3
        """),
        (
            Asked("What share of all donors came to Navan?", ("28.95",)),
            Asked("What is the ratio of first-time donors to donors in Athboy?", ("0.2",)),
            Asked("How many drives were held between 2025-02-01 and 2025-03-31?", ("3",)),
            Asked("What is the median number of donors?", ("67",)),
            Asked("How many values are missing in Units?", ("1",)),
            Asked("How many donors were women?", ()),
        ),
    ),
    Domain(
        "biblioteca.md",
        "Biblioteca del barrio",
        ("Libro", "Género", "Páginas", "Préstamos", "Ejemplares"),
        table("""
            El faro | novela | 312 | 48 | 4
            Mapas | ensayo | 190 | 12 | 1
            La ribera | novela | 254 | 31 | 2
            Versos | poesía | 96 | 9 | 2
            Trenes | ensayo | 428 | 12 | 3
            Nieve | novela | 275 | 40 | 3
        """),
        (
            Asked("¿Cuántos préstamos más que ejemplares tiene Nieve?", ("37",)),
            Asked("¿Cuáles son los tres libros con más préstamos?",
                  ("El faro", "Nieve", "La ribera")),
            Asked("¿Cuál es la correlación entre páginas y préstamos?", ("0.29",)),
            Asked("¿Cuántos géneros diferentes hay?", ("3",)),
            Asked("¿Tiene El faro más préstamos que La ribera?", ("Yes",)),
            Asked("¿Cuál es la media de páginas por género?", ("280.33", "309", "96")),
        ),
    ),
)  # fmt: skip
"""Five tables that chose nothing."""

CHOOSING = (
    Domain(
        "museum.csv",
        "Town museum",
        ("Month", "Visitors", "Tickets", "Guided tours", "Shop revenue"),
        table("""
            June | 702 | 655 | 14 | $1,204.50
            July | 810 | 744 | 22 | $1,580.00
            August | 872 | 787 | 25 | $1,790.20
            September | 640 | 611 | 14 | $(85.00)
            October | 455 | 430 | 9 | $610.75
        """),
        (
            Asked("How many more visitors than tickets were there in August?", ("85",)),
            Asked("How many fewer visitors came in October than in July?", ("355",)),
            Asked("What percentage of the total shop revenue was made in July?", ("30.98",)),
            Asked("By what percentage did the tickets grow from June to August?", ("20.15",)),
            Asked("Which month has the second highest number of visitors?", ("July",)),
            Asked("How many visitors came by bus in August?", ()),
        ),
    ),
    Domain(
        "sportverein.md",
        "Sportverein Abteilungen",
        ("Abteilung", "Mitglieder", "Jugendliche", "Beitrag", "Gegründet"),
        table("""
            Turnen | 214 | 121 | 9,50 | 12.03.1921
            Fußball | 388 | 190 | 14,00 | 01.06.1948
            Judo | 96 | 71 | 12,00 | 15.09.1972
            Tennis | 143 | 38 | 22,50 | 30.04.1980
            Schach | 27 | 6 | 5,00 | 11.11.1999
        """),
        (
            Asked("Wie viele Mitglieder mehr als Jugendliche hat Judo?", ("25",)),
            Asked("Wie hoch ist der Anteil von Fußball an allen Mitgliedern?", ("44.7",)),
            Asked("Was ist der Unterschied der Mitglieder zwischen Tennis und Schach?", ("116",)),
            Asked("Welche Abteilung hat die wenigsten Jugendlichen?", ("Schach",)),
            Asked("Hat Tennis mehr Mitglieder als Turnen?", ("No",)),
            Asked("Wie viele Trainer hat Judo?", ()),
        ),
    ),
    Domain(
        "boulangerie.html",
        "Ventes de la boulangerie",
        ("Produit", "Rayon", "Ventes lundi", "Ventes samedi", "Marge"),
        table("""
            Baguette | pain | 310 | 540 | 12,5 %
            Seigle | pain | 45 | 88 | 18 %
            Croissant | viennoiserie | 120 | 360 | 22 %
            Brioche | viennoiserie | 30 | 95 | 24,5 %
            Tarte | pâtisserie | 18 | 95 | 31 %
        """),
        (
            Asked("Quelle est la différence entre ventes samedi et ventes lundi pour Croissant ?",
                  ("240",)),
            Asked("Quelle est la moyenne des ventes lundi par rayon ?", ("177.5", "75", "18")),
            Asked("Quel est le rapport entre ventes samedi et ventes lundi pour Tarte ?",
                  ("5.28",)),
            Asked("Quelle est la marge de Seigle ?", ("18",)),
            Asked("Combien de produits ont des ventes samedi de plus de 90 ?", ("4",)),
            Asked("Quel est le prix de la Brioche ?", ()),
        ),
    ),
    Domain(
        "water-samples.docx",
        "Water samples",
        ("Site", "Taken on", "Nitrate", "Chloride", "Depth", "Lab"),
        table("""
            Mill weir | 2024-03-02 | 12.4 mg/l | 30 mg/l | 0.5 m | North
            Alder bend | 2024-03-18 | 8.1 mg/l | 22 mg/l | 1.2 m | South
            Old bridge | 2024-04-05 | 15.0 mg/l | | 0.8 m | North
            Ford | 2024-04-29 | 15.0 mg/l | 41 mg/l | 0.4 m | North
            Sluice | 2024-06-11 | 6.6 mg/l | 19 mg/l | 2.0 m | South
        """),
        (
            Asked("Which site has the highest nitrate?", ("Old bridge", "Ford")),
            Asked("What is the difference in nitrate between Mill weir and Sluice?", ("5.8",)),
            Asked("What is the sum of nitrate and chloride at Alder bend?", ("30.1",)),
            Asked("How many sites have nitrate above 10 and depth below 0.6?", ("2",)),
            Asked("What is the mean nitrate by lab?", ("14.13", "7.35")),
            Asked("What is the mean phosphate?", ()),
        ),
    ),
    Domain(
        "gimnasio.pdf",
        "Clases del gimnasio",
        ("Clase", "Inscritos", "Asistentes", "Cuota", "Sala"),
        table("""
            Yoga | 34 | 29 | 25 | Norte
            Boxeo | 18 | 18 | 32 | Sur
            Pilates | 41 | 30 | 28 | Norte
            Baile | 25 | 21 | 20 | Este
            Remo | 12 | 7 | 30 | Sur
        """),
        (
            Asked("¿Cuántos inscritos más que asistentes tiene Pilates?", ("11",)),
            Asked("¿Qué porcentaje del total de inscritos tiene Yoga?", ("26.15",)),
            Asked("¿Cuál es la mediana de asistentes?", ("21",)),
            Asked("¿Qué clase tiene la segunda cuota más alta?", ("Remo",)),
            Asked("¿Cuál es el total de inscritos por sala?", ("75", "30", "25")),
            Asked("¿Cuál es la edad media?", ()),
        ),
    ),
)  # fmt: skip
"""Five tables that words and rules may be chosen with."""


def write(domain: Domain, folder: Path) -> Path:
    """Writes a table's file, and returns its path."""
    path = folder / domain.file
    _WRITERS[path.suffix](domain, path)
    return path


def _write_csv(domain: Domain, path: Path) -> None:
    lines = (";".join(cells) for cells in (domain.head, *domain.rows))
    path.write_text("\n".join(lines), encoding="utf-8")


def _write_md(domain: Domain, path: Path) -> None:
    lines = [" | ".join(cells) for cells in (domain.head, ["---"] * len(domain.head), *domain.rows)]
    table = "\n".join(f"| {line} |" for line in lines)
    path.write_text(f"# {domain.title}\n\n{table}\n", encoding="utf-8")


def _write_html(domain: Domain, path: Path) -> None:
    head = "".join(f"<th>{name}</th>" for name in domain.head)
    body = "".join(
        "<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in domain.rows
    )
    table = f"<table><tr>{head}</tr>{body}</table>"
    path.write_text(
        f'<html><head><meta charset="utf-8"></head><body><h1>{domain.title}</h1>{table}</body>'
        "</html>",
        encoding="utf-8",
    )


def _write_docx(domain: Domain, path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading(domain.title, 1)
    table = document.add_table(rows=0, cols=len(domain.head))
    for cells in (domain.head, *domain.rows):
        for cell, text in zip(table.add_row().cells, cells, strict=True):
            cell.text = text
    document.save(str(path))


def _write_xlsx(domain: Domain, path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = domain.title[:31]
    sheet.append(list(domain.head))
    for row in domain.rows:
        sheet.append([_as_number(cell) for cell in row])
    book.save(path)


def _as_number(cell: str) -> str | float:
    try:
        return float(cell)
    except ValueError:
        return cell


def _write_pdf(domain: Domain, path: Path) -> None:
    from reportlab.lib import colors
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

    grid = Table([list(domain.head), *map(list, domain.rows)])
    grid.setStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    title = Paragraph(domain.title, getSampleStyleSheet()["Heading1"])
    SimpleDocTemplate(str(path)).build([title, grid])


_WRITERS: dict[str, Callable[[Domain, Path], None]] = {
    ".csv": _write_csv,
    ".md": _write_md,
    ".html": _write_html,
    ".docx": _write_docx,
    ".xlsx": _write_xlsx,
    ".pdf": _write_pdf,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Asks the questions of one half, and prints what became of them."""
    halves = {"choosing": CHOOSING, "measuring": MEASURING}
    ask_all("bench.figures_domains", halves, arguments)


def ask_all(
    program: str, halves: Mapping[str, Sequence[Domain]], arguments: Sequence[str] | None
) -> None:
    """Asks the questions about tables, and prints what became of them.

    Args:
        program: the name of the module.
        halves: the tables by the name of their half.
        arguments: of the command line.
    """
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--half", choices=tuple(halves), default=next(iter(halves)))
    parser.add_argument("--model", type=Path)
    parser.add_argument("--show", action="store_true", help="print what is not right")
    options = parser.parse_args(arguments)
    model: ChatModel | None = None
    if options.model:
        from models.llama import LlamaChatModel

        model = LlamaChatModel(options.model, options.model.stem)
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for domain in halves[options.half]:
            path, files = str(write(domain, Path(folder))), Files()
            for asked in domain.questions:
                result, text = outcome(files, path, asked, model)
                counts[result] += 1
                if options.show and result in ("wrong", "left"):
                    print(f"{result:5} {domain.file} {asked.text}")
                    print(f"      {asked.answers} {text[:300]!r}")
    print(dict(counts))


if __name__ == "__main__":
    main()
