"""Computed answers about eight small tables of everyday life, each with six questions.

Both halves may choose words and rules: the second half was measured once before it did (see
BENCHMARKS.md). All tables are made up here; `bench.figures_domains` writes their files.

    python -m bench.figures_everyday [--show] [--model MODEL.gguf]
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.figures import Asked
from bench.figures_domains import Domain, ask_all, table

EVERYDAY = (
    Domain(
        "swimming-club.xlsx",
        "Swimming club",
        ("Member", "Section", "Joined", "Annual fee", "Age", "Paid"),
        table("""
            Nora Field | Masters | 2016-09-01 | 180 | 44 | yes
            Tom Hale | Juniors | 2021-03-15 | 95 | 12 | yes
            Ines Roth | Juniors | 2022-10-01 | 95 | 14 | no
            Paul Okoro | Water polo | 2019-01-10 | 210 | 27 | yes
            Grace Lim | Masters | 2023-05-20 | 180 | 39 | no
            Sam Duff | Water polo | 2020-07-05 | 210 | 31 | yes
            Ella Moss | Juniors | 2023-02-11 | 95 | 10 | yes
            Total |  |  | 1065 |  |
        """),
        (
            Asked("What is the average annual fee?", ("152.14",)),
            Asked("How many members joined in 2023?", ("2",)),
            Asked("Who is the oldest member of the Juniors?", ("Ines Roth",)),
            Asked("How much do the members who have not paid owe in total?", ("275",)),
            Asked("Which section has the most members?", ("Juniors",)),
            Asked("What is the average swimming time?", ()),
        ),
    ),
    Domain(
        "haushalt-maerz.csv",
        "Haushalt",
        ("Datum", "Kategorie", "Händler", "Betrag", "Bezahlart"),
        table("""
            01.03.2024 | Miete | Hausverwaltung Kern | 845,00 € | Lastschrift
            03.03.2024 | Lebensmittel | Markthalle | 62,35 € | Karte
            07.03.2024 | Strom | Stadtwerke | 71,90 € | Lastschrift
            09.03.2024 | Lebensmittel | Bioladen | 38,20 € | bar
            15.03.2024 | Kleidung | Modehaus Lenz | 119,00 € | Karte
            19.03.2024 | Lebensmittel | Markthalle | 54,10 € | Karte
            26.03.2024 | Internet | Fernnetz | 29,99 € | Lastschrift
            02.04.2024 | Miete | Hausverwaltung Kern | 845,00 € | Lastschrift
            05.04.2024 | Lebensmittel | Markthalle | 47,85 € | bar
        """),
        (
            Asked("Wie viel haben wir im März insgesamt für Lebensmittel ausgegeben?",
                  ("154.65",)),
            Asked("Wie viele Zahlungen erfolgten per Lastschrift?", ("4",)),
            Asked("Was war der höchste Betrag in der Kategorie Lebensmittel?", ("62.35",)),
            Asked("Bei wie vielen verschiedenen Händlern haben wir eingekauft?", ("6",)),
            Asked("Welche Kategorie hat den niedrigsten Gesamtbetrag?", ("Internet",)),
            Asked("Wie hoch war der durchschnittliche Betrag der Kartenzahlungen über 60 Euro?",
                  ("90.67",)),
        ),
    ),
    Domain(
        "blood-results.docx",
        "Blood results",
        ("Test", "Date", "Result", "Unit", "Lower limit", "Upper limit"),
        table("""
            Ferritin | 12/01/2023 | 18 | ng/mL | 30 | 300
            Ferritin | 14/07/2023 | 41 | ng/mL | 30 | 300
            Glucose | 12/01/2023 | 5.4 | mmol/L | 3.9 | 5.6
            Glucose | 14/07/2023 | 5.9 | mmol/L | 3.9 | 5.6
            Haemoglobin | 12/01/2023 | 12.9 | g/dL | 12.0 | 15.5
            Haemoglobin | 14/07/2023 | 13.6 | g/dL | 12.0 | 15.5
            Vitamin D | 12/01/2023 | 19 | ng/mL | 20 | 50
            Vitamin D | 14/07/2023 | 33 | ng/mL | 20 | 50
        """),
        (
            Asked("What was the glucose result on 14 July 2023?", ("5.9",)),
            Asked("By how much did the ferritin result rise between January and July?", ("23",)),
            Asked("Which results are below the lower limit?", ("Ferritin", "Vitamin D")),
            Asked("By what percentage did vitamin D change from January to July 2023?", ("73.7",)),
            Asked("Was the haemoglobin result in July higher than in January?", ("Yes",)),
            Asked("What is the average cholesterol result?", ()),
        ),
    ),
    Domain(
        "huerto.csv",
        "Huerto",
        ("Cultivo", "Parcela", "Siembra", "Cosecha", "Kilos", "Riegos"),
        table("""
            Tomate | Norte | 10/04/2023 | 22/07/2023 | 38,5 | 24
            Calabacín | Norte | 15/04/2023 | 30/06/2023 | 52,0 | 19
            Judía | Sur | 02/05/2023 | 18/07/2023 | 14,2 | 15
            Pimiento | Sur | 20/04/2023 | 11/08/2023 | 21,7 | 22
            Lechuga | Este | 05/03/2023 | 12/05/2023 | 9,8 | 11
            Cebolla | Este | 18/02/2023 | 25/07/2023 | 27,4 | 16
            Patata | Sur | 12/03/2023 | 04/07/2023 | 61,3 | 16
        """),
        (
            Asked("¿Cuántos kilos se cosecharon en total en la parcela Sur?", ("97.2",)),
            Asked("¿Cuántos cultivos dieron más de 25 kilos?", ("4",)),
            Asked("¿Qué cultivo tiene la mayor cantidad de riegos?", ("Tomate",)),
            Asked("¿Cuántos días pasaron entre la siembra y la cosecha del pimiento?", ("113",)),
            Asked("¿Cuál es la mediana de los riegos?", ("16",)),
            Asked("¿Cuál es el precio medio por kilo?", ()),
        ),
    ),
    Domain(
        "car-log.csv",
        "Car log",
        ("Date", "Station", "Odometer", "Litres", "Price per litre", "Cost"),
        table("""
            2023-01-08 | Harbour Fuels | 48,210 | 38.4 | 1.629 | 62.55
            2023-01-27 | Northgate | 48,765 | 41.2 | 1.589 | 65.47
            2023-02-14 | Harbour Fuels | 49,302 | 39.9 | 1.645 | 65.64
            2023-03-03 | Mill Road | 49,880 | 43.1 | 1.599 | 68.92
            2023-03-21 | Northgate | 50,415 | 40.3 | 1.615 | 65.08
            2023-04-09 | Harbour Fuels | 51,002 | 42.7 | 1.659 | 70.84
            2023-04-28 | Mill Road | 51,540 | 37.6 | 1.579 | 59.37
        """),
        (
            Asked("How many litres did I buy in March 2023?", ("83.4",)),
            Asked("How far did the odometer go between 8 January and 28 April 2023?", ("3330",)),
            Asked("At which station was the price per litre lowest on average?", ("Mill Road",)),
            Asked("How much more did I spend at Harbour Fuels than at Northgate?", ("68.48",)),
            Asked("How often did I fill up with more than 40 litres?", ("4",)),
            Asked("What was the average tyre pressure?", ()),
        ),
    ),
    Domain(
        "mieter-sonnenhof.html",
        "Mieter im Sonnenhof",
        ("Mieter", "Haus", "Zimmer", "Wohnfläche", "Warmmiete", "Eingezogen am"),
        table("""
            Familie Adler | A | 4 | 98,5 m² | 1.245,00 € | 01.06.2014
            Herr Bode | A | 2 | 54,0 m² | 720,50 € | 15.09.2019
            Frau Celik | B | 3 | 76,2 m² | 980,00 € | 01.02.2021
            Herr Dorn | B | 1 | 33,8 m² | 495,00 € | 01.10.2022
            Familie Ehlers | B | 4 | 101,0 m² | 1.310,00 € | 01.06.2018
            Frau Fink | C | 2 | 58,4 m² | 765,00 € | 01.04.2020
        """),
        (
            Asked("Wie hoch ist die Warmmiete aller Wohnungen in Haus B zusammen?", ("2785",)),
            Asked("Wer wohnt am längsten im Sonnenhof?", ("Familie Adler",)),
            Asked("Wie viele Mieter zahlen weniger als 800 Euro Warmmiete?", ("3",)),
            Asked("Wie viele Mieter sind nach 2019 eingezogen?", ("3",)),
            Asked("Zahlt Frau Fink mehr Warmmiete als Herr Bode?", ("Yes",)),
            Asked("Wie hoch ist die Warmmiete pro Quadratmeter bei Frau Celik?", ("12.86",)),
        ),
    ),
    Domain(
        "biblioteca.xlsx",
        "Biblioteca del barrio",
        ("Título", "Autora", "Género", "Páginas", "Préstamos", "Adquirido"),
        table("""
            La casa del faro | Lucía Ferrer | Novela | 312 | 41 | 2018-03-12
            Ríos de arena | Marta Solís | Poesía | 96 | 12 | 2020-11-02
            El último tren | Carmen Vidal | Novela | 428 | 57 | 2019-05-23
            Cocina de invierno | Rosa Prat | Cocina | 204 | 33 | 2021-01-15
            Mapas perdidos | Lucía Ferrer | Ensayo | 268 | 19 | 2022-06-30
            Noche en Cádiz | Carmen Vidal | Novela | 351 | 48 | 2023-09-08
            Pan y sal | Rosa Prat | Cocina | 180 | 26 | 2017-10-19
        """),
        (
            Asked("¿Cuál es el promedio de páginas de las novelas?", ("363.67",)),
            Asked("¿Cuántos libros tienen más de 250 páginas?", ("4",)),
            Asked("¿Qué autora suma más préstamos?", ("Carmen Vidal",)),
            Asked("¿Cuántos géneros distintos hay?", ("4",)),
            Asked("¿Cuántos libros se adquirieron antes de 2020?", ("3",)),
            Asked("¿Qué libro de cocina tiene menos páginas?", ("Pan y sal",)),
        ),
    ),
    Domain(
        "school-trip.docx",
        "School trip budget",
        ("Item", "Category", "Planned", "Actual", "Supplier"),
        table("""
            Coach hire | Transport | 640 | 695 | Redline
            Train tickets | Transport | 210 | 188 | RailCo
            Hostel | Lodging | 1,450 | 1,450 | Seaview
            Packed lunches | Food | 275 | 312 | Greens
            Dinner | Food | 520 | 489 | Seaview
            Museum entry | Activities | 180 | 162 | City Museum
            Surf lesson | Activities | 360 | 405 | Blue Bay
            Total |  | 3,635 | 3,701 |
        """),
        (
            Asked("How much was actually spent on food?", ("801",)),
            Asked("Which item went over its planned cost by the most?", ("Coach hire",)),
            Asked("How many items cost more than planned?", ("3",)),
            Asked("What is the average planned cost per item?", ("519.29",)),
            Asked("What percentage of the actual spending went to transport?", ("23.9",)),
            Asked("Which suppliers were paid more than 600 in total?", ("Redline", "Seaview")),
        ),
    ),
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> None:
    """Asks all questions, and prints what became of them."""
    ask_all("bench.figures_everyday", {"all": EVERYDAY}, arguments)


if __name__ == "__main__":
    main()
