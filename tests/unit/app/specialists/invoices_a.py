"""Six invoices and receipts in four languages, written before their rules were looked at.

Each has the values that a person would type into a table by hand.
"""

from __future__ import annotations

from typing import NamedTuple


class Paper(NamedTuple):
    """One invoice: the name of its file, its text, and the values a person reads in it."""

    name: str
    text: str
    values: dict[str, str]


ENGLISH_INVOICE = Paper(
    "harrow-joinery.txt",
    """HARROW & SONS JOINERY LTD
Unit 4, Canal Yard, Leeds LS10 1AB
VAT Reg No GB 482 9913 02

INVOICE

Bill to:                                  Invoice No.:   HJ-2024-0187
Marlow Dental Practice                    Invoice date:  14 March 2024
22 Station Road                           Due date:      13 April 2024
Marlow SL7 1NW                            Your ref:      PO 7731

Description                        Qty    Unit price      Amount
Oak reception counter                1      2,450.00    2,450.00
Wall shelving, fitted                6        185.00    1,110.00
Delivery and waste removal           1        120.00      120.00

                                            Subtotal    3,680.00
                                            VAT 20%       736.00
                                            TOTAL DUE  £4,416.00

Please pay by bank transfer: sort code 20-45-77, account 33018842.
IBAN GB33 BUKB 2020 1555 5555 55
""",
    {
        "number": "HJ-2024-0187",
        "date": "2024-03-14",
        "due": "2024-04-13",
        "seller": "HARROW & SONS JOINERY LTD",
        "buyer": "Marlow Dental Practice",
        "net": "3680.00",
        "tax": "736.00",
        "total": "4416.00",
        "iban": "GB33BUKB20201555555555",
    },
)

GERMAN_INVOICE = Paper(
    "rechnung-weber.txt",
    """Elektro Weber GmbH · Lindenstraße 8 · 70182 Stuttgart

Frau
Katrin Vogel
Am Hang 17
73728 Esslingen

Rechnung Nr. 2023/1145
Stuttgart, den 7. November 2023
Kundennummer: 40218
Leistungszeitraum: 23.10.2023 bis 27.10.2023

Sehr geehrte Frau Vogel,

für die ausgeführten Arbeiten berechnen wir Ihnen:

Pos.  Bezeichnung                        Menge   Einzelpreis   Gesamtpreis
1     Unterverteilung erneuert             1 St     890,00 €      890,00 €
2     Steckdosen gesetzt                  12 St      38,50 €      462,00 €
3     Arbeitszeit Monteur                 14 h       62,00 €      868,00 €

Zwischensumme                                                 2.220,00 €
zzgl. 19 % MwSt.                                                421,80 €
Rechnungsbetrag                                               2.641,80 €

Zahlbar bis zum 21.11.2023 ohne Abzug auf das Konto
IBAN: DE89 3704 0044 0532 0130 00, BIC COBADEFFXXX.
Steuernummer 99015/28716
""",
    {
        "number": "2023/1145",
        "date": "2023-11-07",
        "due": "2023-11-21",
        "seller": "Elektro Weber GmbH",
        "buyer": "Katrin Vogel",
        "net": "2220.00",
        "tax": "421.80",
        "total": "2641.80",
        "iban": "DE89370400440532013000",
    },
)

FRENCH_INVOICE = Paper(
    "facture-atelier.html",
    """<html><head><title>Facture</title></head><body>
<h1>Atelier Morel SARL</h1>
<p>12 rue des Tanneurs, 69005 Lyon — SIRET 512 345 678 00021</p>
<h2>Facture n° F-0932</h2>
<p>Date d'émission : 03/06/2024<br>Date d'échéance : 03/07/2024</p>
<p>Client : Société Bellerive SAS<br>40 quai Perrache, 69002 Lyon</p>
<table>
<tr><th>Désignation</th><th>Quantité</th><th>Prix unitaire HT</th><th>Montant HT</th></tr>
<tr><td>Reliure de registres</td><td>25</td><td>48,00 €</td><td>1 200,00 €</td></tr>
<tr><td>Dorure à la feuille</td><td>10</td><td>35,00 €</td><td>350,00 €</td></tr>
</table>
<table>
<tr><td>Total HT</td><td>1 550,00 €</td></tr>
<tr><td>TVA 20 %</td><td>310,00 €</td></tr>
<tr><td>Total TTC</td><td>1 860,00 €</td></tr>
<tr><td>Acompte versé</td><td>500,00 €</td></tr>
<tr><td>Reste à payer</td><td>1 360,00 €</td></tr>
</table>
<p>Règlement par virement : IBAN FR14 2004 1010 0505 0001 3M02 606</p>
</body></html>
""",
    {
        "number": "F-0932",
        "date": "2024-06-03",
        "due": "2024-07-03",
        "seller": "Atelier Morel SARL",
        "buyer": "Société Bellerive SAS",
        "net": "1550.00",
        "tax": "310.00",
        "total": "1860.00",
        "iban": "FR1420041010050500013M02606",
    },
)

SPANISH_RECEIPT = Paper(
    "ticket-ferreteria.txt",
    """FERRETERÍA LOS ARCOS S.L.
C/ Mayor 31, 28013 Madrid
CIF B-81234567

FACTURA SIMPLIFICADA
Nº ticket: T24-00871
Fecha: 18/01/2024  11:42

2 x Taladro broca 8mm      7,98
1 x Pintura blanca 15 l   39,90
3 x Lija grano 120         4,50

Base imponible            43,29
IVA 21%                    9,09
TOTAL EUR                 52,38

Efectivo                  60,00
Cambio                     7,62
Gracias por su compra
""",
    {
        "number": "T24-00871",
        "date": "2024-01-18",
        "seller": "FERRETERÍA LOS ARCOS S.L.",
        "net": "43.29",
        "tax": "9.09",
        "total": "52.38",
    },
)

ENGLISH_RECEIPT = Paper(
    "corner-market.txt",
    """Corner Market #114
880 Alder St, Portland OR 97205
(503) 555-0133

Receipt # 55210-7
09/21/2023 5:14 PM   Cashier: Dee

ORGANIC OATS 2LB          6.49
COFFEE BEANS 12OZ        13.99
PAPER TOWELS 6PK          9.79
SUBTOTAL                 30.27
SALES TAX 8.25%           2.50
TOTAL                   $32.77
VISA ****4417            32.77
CHANGE                    0.00

THANK YOU FOR SHOPPING
""",
    {
        "number": "55210-7",
        "date": "2023-09-21",
        "seller": "Corner Market #114",
        "net": "30.27",
        "tax": "2.50",
        "total": "32.77",
    },
)

GERMAN_TWO_RATES = Paper(
    "hotel-seeblick.md",
    """# Hotel Seeblick KG

Uferweg 3, 88131 Lindau

**Rechnungsempfänger:** Nordlicht Verlag AG, Speicherstr. 9, 20457 Hamburg

| | |
|---|---|
| Rechnungsnummer | HS-24-3310 |
| Rechnungsdatum | 12.05.2024 |
| Anreise | 09.05.2024 |
| Abreise | 12.05.2024 |

| Leistung | Anzahl | Preis | Summe |
|---|---|---|---|
| Übernachtung Doppelzimmer | 3 | 128,40 | 385,20 |
| Frühstück | 6 | 17,85 | 107,10 |

| MwSt.-Satz | Netto | Steuer | Brutto |
|---|---|---|---|
| 7 % | 360,00 | 25,20 | 385,20 |
| 19 % | 90,00 | 17,10 | 107,10 |
| Summe | 450,00 | 42,30 | 492,30 |

**Gesamtbetrag: 492,30 EUR**

Betrag dankend erhalten. Bankverbindung: IBAN AT61 1904 3002 3457 3201
""",
    {
        "number": "HS-24-3310",
        "date": "2024-05-12",
        "seller": "Hotel Seeblick KG",
        "buyer": "Nordlicht Verlag AG",
        "net": "450.00",
        "tax": "42.30",
        "total": "492.30",
        "iban": "AT611904300234573201",
    },
)

PAPERS = (
    ENGLISH_INVOICE,
    GERMAN_INVOICE,
    FRENCH_INVOICE,
    SPANISH_RECEIPT,
    ENGLISH_RECEIPT,
    GERMAN_TWO_RATES,
)
