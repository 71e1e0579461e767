"""Computed answers to forty questions that people have about fourteen small tables.

Every second question may choose words and rules (`choosing`), the others only measure
(`measuring`). All tables are made up here; `bench.figures_domains` writes their files. Truth is
worked out by hand or with Python's statistics.

    python -m bench.figures_people [--half choosing|measuring] [--show] [--model MODEL.gguf]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bench.figures import Asked
from bench.figures_domains import Domain, ask_all, table

PEOPLE = (
    Domain(
        "household-budget.csv",
        "Household budget",
        ("Date", "Category", "Shop", "Amount", "Paid by"),
        table("""
            2024-01-04 | Groceries | Farmfoods | 84.20 | Anna
            2024-01-15 | Utilities | City Power | 132.50 | Ben
            2024-02-02 | Groceries | Farmfoods | 91.75 | Ben
            2024-02-14 | Restaurant | La Piazza | 58.00 | Anna
            2024-03-09 | Groceries | Green Corner | 47.30 | Anna
            2024-03-28 | Clothing | Harper's | 119.99 | Ben
            2024-04-11 | Utilities | City Power | 98.40 | Ben
            2024-05-06 | Restaurant | Noodle Bar | 36.50 | Anna
            2024-05-20 | Groceries | Farmfoods | 102.10 |
        """),
        (
            Asked("How much did we spend on groceries in the first quarter of 2024?",
                  ("223.25",)),
            Asked("How many rows have no entry under Paid by?", ("1",)),
            Asked("What does a restaurant visit cost on average?", ("47.25",)),
        ),
    ),
    Domain(
        "class-7b.xlsx",
        "Class 7B",
        ("Pupil", "House", "Date of birth", "Maths", "Art", "Days absent"),
        table("""
            Amir Khan | Oak | 2011-03-14 | 72 | 65 | 3
            Beth Lowe | Elm | 2011-09-30 | 88 | 91 | 0
            Carl Dunn | Oak | 2010-12-05 | 54 | 70 | 7
            Dana Price | Ash | 2011-06-21 | 91 | 58 | 1
            Eoin Walsh | Elm | 2011-01-17 | 66 | | 4
            Faye Grant | Ash | 2011-05-02 | 91 | 77 | 2
            Gita Rao | Oak | 2010-11-23 | 79 | 83 | 0
        """),
        (
            Asked("Which pupils got the best mark in maths?", ("Dana Price", "Faye Grant")),
            Asked("How many pupils in Oak were absent for at least 3 days?", ("2",)),
            Asked("What is the correlation between the maths and the art marks?", ("0.18",)),
        ),
    ),
    Domain(
        "bestellungen.csv",
        "Bestellungen",
        ("Bestellung", "Kunde", "Land", "Artikel", "Menge", "Betrag", "Bestelldatum", "Status"),
        table("""
            B-101 | Holzmann GmbH | Österreich | Schrauben | 1.200 | 384,00 € | 08.01.2024 | geliefert
            B-102 | Café Linde | Deutschland | Tassen | 48 | 263,52 € | 22.01.2024 | geliefert
            B-103 | Holzmann GmbH | Österreich | Dübel | 2.500 | 1.125,50 € | 05.02.2024 | offen
            B-104 | Weber & Sohn | Deutschland | Schrauben | 800 | 256,00 € | 19.03.2024 | storniert
            B-105 | Café Linde | Deutschland | Teller | 36 | 410,40 € | 02.04.2024 | offen
            B-106 | Alpina AG | Schweiz | Tassen | 120 | 658,80 € | 27.05.2024 | geliefert
        """),  # noqa: E501
        (
            Asked("Wie hoch ist der Gesamtbetrag der offenen Bestellungen?", ("1535.9",)),
            Asked("Wie viele Bestellungen kamen nicht aus Deutschland?", ("3",)),
            Asked("Welcher Kunde hat den höchsten Gesamtbetrag?", ("Holzmann GmbH",)),
        ),
    ),
    Domain(
        "tennis-club.docx",
        "Tennis club",
        ("Name", "Membership", "Member since", "Yearly fee", "Age", "Email"),
        table("""
            Olga Brandt | Senior | 12 May 2009 | 240 | 61 | olga@example.org
            Peter Shaw | Adult | 3 April 2018 | 310 | 38 |
            Rita Gomez | Student | 15 October 2022 | 150 | 21 | rita@example.org
            Stan Kowal | Adult | 20 June 2015 | 310 | 45 | stan@example.org
            Tess Young | Junior | 8 September 2023 | 90 | 13 |
            Uma Patel | Student | 1 March 2023 | 150 | 24 | uma@example.org
            Vic Stone | Adult | 27 June 2021 | 310 | 33 |
        """),
        (
            Asked("What do the yearly fees of the adults add up to?", ("930",)),
            Asked("How many members are between 20 and 40 years old?", ("4",)),
            Asked("How many members play in the league team?", ()),
        ),
    ),
    Domain(
        "lab-values.md",
        "Lab values",
        ("Test", "Taken on", "Value", "Unit", "Reference low", "Reference high"),
        table("""
            Potassium | 2024-02-05 | 4.1 | mmol/L | 3.5 | 5.1
            Sodium | 2024-02-05 | 146 | mmol/L | 136 | 145
            TSH | 2024-02-05 | 0.31 | mU/L | 0.40 | 4.00
            Cholesterol | 2024-02-05 | 212 | mg/dL | 0 | 200
            Potassium | 2024-08-19 | 3.4 | mmol/L | 3.5 | 5.1
            Sodium | 2024-08-19 | 141 | mmol/L | 136 | 145
            TSH | 2024-08-19 | 1.85 | mU/L | 0.40 | 4.00
            Cholesterol | 2024-08-19 | 187 | mg/dL | 0 | 200
        """),
        (
            Asked("What was the TSH value in August?", ("1.85",)),
            Asked("By how much did the cholesterol fall between February and August?", ("25",)),
            Asked("Which values were above the reference high?", ("Sodium", "Cholesterol")),
        ),
    ),
    Domain(
        "time-sheet.csv",
        "Time sheet",
        ("Day", "Employee", "Project", "Start", "End", "Hours"),
        table("""
            2024-09-02 | Kim | Website | 08:30 | 12:00 | 3.5
            2024-09-02 | Lars | Audit | 09:00 | 17:30 | 8.5
            2024-09-03 | Kim | Audit | 09:15 | 16:45 | 7.5
            2024-09-04 | Lars | Website | 10:00 | 14:00 | 4
            2024-09-05 | Kim | Website | 08:00 | 16:00 | 8
            2024-09-09 | Mona | Support | 07:45 | 13:00 | 5.25
            2024-09-10 | Mona | Audit | 08:00 | 12:30 | 4.5
        """),
        (
            Asked("How many hours were worked on Mondays?", ("17.25",)),
            Asked("How long did Mona work on 9 September 2024?", ("5.25",)),
            Asked("What are the total hours per project?", ("15.5", "20.5", "5.25")),
        ),
    ),
    Domain(
        "stock-list.xlsx",
        "Stock list",
        ("Item", "Warehouse", "Quantity", "Unit price", "Reorder level", "Discontinued"),
        table("""
            Hammer | North | 40 | 12.5 | 15 | no
            Screwdriver | North | 8 | 4.75 | 20 | no
            Ladder | South | 3 | 89 | 5 | no
            Paint brush | South | 120 | 2.2 | 50 | yes
            Tape measure | East | 25 | 6.3 | 25 | no
            Spirit level | East | 11 | 18.9 | 10 | yes
        """),
        (
            Asked("Which items are below their reorder level?", ("Screwdriver", "Ladder")),
            Asked("How many items are kept in the southern warehouse?", ("2",)),
            Asked("What is the total weight of the hammers?", ()),
        ),
    ),
    Domain(
        "energie.csv",
        "Relevé d'énergie",
        ("Mois", "Électricité (kWh)", "Gaz (kWh)", "Eau (m³)", "Coût"),
        table("""
            janvier | 412 | 1 850 | 11,2 | 286,40 €
            février | 389 | 1 640 | 10,8 | 259,10 €
            mars | 342 | 1 215 | 11,9 | 214,75 €
            avril | 298 | 720 | 12,4 | 163,20 €
            mai | 265 | 310 | 13,0 | 118,95 €
            juin | 251 | 95 | 14,6 | 97,60 €
        """),
        (
            Asked("Quel mois a eu la plus faible consommation de gaz ?", ("juin",)),
            Asked("Quel est le coût médian ?", ("188.98",)),
            Asked("Combien a coûté le gaz en janvier ?", ()),
        ),
    ),
    Domain(
        "survey.csv",
        "Customer survey",
        ("Respondent", "Age group", "City", "Satisfied", "Rating", "Comments"),
        table("""
            R1 | 18-29 | Leeds | Yes | 4 | Friendly staff
            R2 | 30-44 | York | No | 2 | Too slow
            R3 | 18-29 | York | Yes | 5 |
            R4 | 45-59 | Leeds | Yes | 4 |
            R5 | 60+ | Hull | No | 1 | Long queue
            R6 | 30-44 | Leeds | Yes | 3 |
            R7 | 45-59 | York | No | 2 | Hard to park
            R8 | 30-44 | Hull | Yes | 5 | Great
        """),
        (
            Asked("What share of the respondents are satisfied?", ("62.5",)),
            Asked("How many respondents left no comment?", ("3",)),
            Asked("What is the average rating of those who are not satisfied?", ("1.67",)),
        ),
    ),
    Domain(
        "liga.md",
        "Liga de invierno",
        ("Equipo", "Ciudad", "Victorias", "Empates", "Derrotas", "Goles", "Puntos"),
        table("""
            Atlético Norte | Bilbao | 12 | 4 | 3 | 38 | 40
            Deportivo Sol | Málaga | 10 | 6 | 3 | 31 | 36
            Unión Vega | Granada | 10 | 3 | 6 | 35 | 33
            Real Costa | Málaga | 7 | 5 | 7 | 24 | 26
            Racing Sierra | Granada | 4 | 6 | 9 | 19 | 18
        """),
        (
            Asked("¿Qué equipo tiene menos derrotas?", ("Atlético Norte", "Deportivo Sol")),
            Asked("¿Cuántos espectadores vieron los partidos de Real Costa?", ()),
            Asked("¿Cuántos goles marcaron los equipos de Málaga en total?", ("55",)),
        ),
    ),
    Domain(
        "rent-ledger.xlsx",
        "Rent ledger",
        ("Tenant", "Flat", "Due date", "Rent due", "Paid on", "Amount paid"),
        table("""
            Hughes | 1A | 2024-01-01 | 850 | 2024-01-03 | 850
            Hughes | 1A | 2024-02-01 | 850 | 2024-02-12 | 850
            Ibarra | 1B | 2024-01-01 | 920 | 2024-01-01 | 920
            Ibarra | 1B | 2024-02-01 | 920 | |
            Jansen | 2A | 2024-01-01 | 780 | 2024-01-08 | 700
            Jansen | 2A | 2024-02-01 | 780 | 2024-02-05 | 780
        """),
        (
            Asked("How many days late did Hughes pay the February rent?", ("11",)),
            Asked("Who has not paid the February rent?", ("Ibarra",)),
            Asked("What is the difference between rent due and amount paid for Jansen in January?",
                  ("80",)),
        ),
    ),
    Domain(
        "travel-expenses.docx",
        "Travel expenses",
        ("Traveller", "Destination", "Type", "Date", "Amount", "Receipt"),
        table("""
            Novak | Lisbon | Flight | 11/03/2024 | €214.60 | yes
            Novak | Lisbon | Hotel | 14/03/2024 | €366.00 | yes
            Novak | Lisbon | Taxi | 14/03/2024 | €23.40 | no
            Okafor | Vienna | Train | 18/04/2024 | €129.90 | yes
            Okafor | Vienna | Hotel | 20/04/2024 | €288.00 | yes
            Quinn | Lisbon | Flight | 02/05/2024 | €187.25 | no
            Quinn | Lisbon | Meals | 03/05/2024 | €54.80 | yes
        """),
        (
            Asked("What were the three largest expenses?", ("366", "288", "214.6")),
            Asked("How much was spent on trips to Madrid?", ()),
            Asked("Did Novak spend more than Okafor?", ("Yes",)),
        ),
    ),
    Domain(
        "staff.csv",
        "Staff",
        ("Name", "Position", "Site", "Salary", "Hired"),
        table("""
            Ada Finn | Driver | Cork | 31,200 | 2019-04-01
            Bo Lind | Mechanic | Cork | 36,900 | 2016-09-12
            Cy Marsh | Driver | Galway | 29,800 | 2022-01-10
            Di Nolan | Accountant | Galway | 44,500 | 2018-06-18
            Ed Quirke | Mechanic | Galway | 35,100 | 2020-11-02
            Flo Ryan | Driver | Cork | 30,500 | 2021-03-22
        """),
        (Asked("What do the drivers earn on average?", ("30500",)),),
    ),
    Domain(
        "kurse.docx",
        "Kurse der Volkshochschule",
        ("Kurs", "Leitung", "Wochentag", "Teilnehmer", "Gebühr"),
        table("""
            Töpfern | Maria Senn | Montag | 12 | 85,00 €
            Aquarell | Jonas Frey | Mittwoch | 9 | 70,00 €
            Italienisch I | Carla Neri | Montag | 16 | 110,00 €
            Italienisch II | Carla Neri | Donnerstag | 11 | 110,00 €
            Nähen | Maria Senn | Samstag | 7 | 95,50 €
        """),
        (
            Asked("Wie viele Kurse finden montags statt?", ("2",)),
            Asked("Wie viele Teilnehmer haben die Kurse von Carla Neri im Durchschnitt?",
                  ("13.5",)),
            Asked("Wie lange dauert der Kurs Aquarell?", ()),
        ),
    ),
)  # fmt: skip


def halves() -> dict[str, tuple[Domain, ...]]:
    """Returns the tables with every second of all questions, and with the others."""
    order = [(domain.file, asked) for domain in PEOPLE for asked in domain.questions]
    return {
        name: tuple(
            replace(
                domain,
                questions=[asked for file, asked in order[first::2] if file == domain.file],
            )
            for domain in PEOPLE
        )
        for first, name in enumerate(("choosing", "measuring"))
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Asks the questions of one half, and prints what became of them."""
    ask_all("bench.figures_people", halves(), arguments)


if __name__ == "__main__":
    main()
