"""Six more invoices and receipts in other layouts; they measure, and no rule was fitted to them."""

from __future__ import annotations

from tests.unit.app.specialists.invoices_a import Paper

SUBSCRIPTION = Paper(
    "brightdesk.md",
    """# Invoice

**Brightdesk Software Inc.**
500 Howard Street, San Francisco, CA 94105, United States

| Invoice number | Date of issue | Date due |
|---|---|---|
| BD-7741-0003 | February 1, 2024 | March 2, 2024 |

**Bill to**

Quillon Research LLC
81 Prospect Street
Brooklyn, NY 11201

## $1,306.50 due March 2, 2024

| Description | Qty | Unit price | Amount |
|---|---|---|---|
| Team plan, Feb 2024 | 12 | $90.00 | $1,080.00 |
| Extra storage | 3 | $40.00 | $120.00 |

| | |
|---|---|
| Subtotal | $1,200.00 |
| Sales tax (8.875%) | $106.50 |
| Total | $1,306.50 |
| Amount due | $1,306.50 |
""",
    {
        "number": "BD-7741-0003",
        "date": "2024-02-01",
        "due": "2024-03-02",
        "seller": "Brightdesk Software Inc.",
        "buyer": "Quillon Research LLC",
        "net": "1200.00",
        "tax": "106.50",
        "total": "1306.50",
    },
)

WITHOUT_TAX = Paper(
    "malerin-krause.txt",
    """Malerin Petra Krause
Gartenweg 5
04177 Leipzig
Tel. 0341 555 0172

An
Hausverwaltung Lindner
Käthe-Kollwitz-Str. 60
04109 Leipzig

                                             Leipzig, 19.08.2024

RECHNUNG

Rechnungs-Nr.: 24-058
Bitte bei Zahlung angeben.

Treppenhaus gestrichen, Material          640,00 EUR
Türen lackiert                            280,00 EUR
                                      ---------------
Gesamtbetrag                              920,00 EUR

Kein Ausweis von Umsatzsteuer nach § 19 UStG.
Bitte überweisen Sie den Betrag bis 02.09.2024 auf
IBAN DE02 1203 0000 0000 2020 51.
""",
    {
        "number": "24-058",
        "date": "2024-08-19",
        "due": "2024-09-02",
        "seller": "Petra Krause",
        "buyer": "Hausverwaltung Lindner",
        "total": "920.00",
        "iban": "DE02120300000000202051",
    },
)

RESTAURANT = Paper(
    "chez-mireille.txt",
    """        CHEZ MIREILLE
    4 place du Marché
     37000 TOURS
  SIRET 804 221 973 00015

Ticket n° 001842
Le 14/07/2024 à 13:26      Table 6

2 Menu du jour        37,80
1 Dessert maison       7,50
1 Vin de Loire 50cl   18,00
2 Café                 5,20

Taux     HT      TVA     TTC
10,00%  45,91    4,59   50,50
20,00%  15,00    3,00   18,00

Total HT              60,91
Total TVA              7,59
TOTAL TTC             68,50 €

CB                    68,50
Merci de votre visite !
""",
    {
        "number": "001842",
        "date": "2024-07-14",
        "seller": "CHEZ MIREILLE",
        "net": "60.91",
        "tax": "7.59",
        "total": "68.50",
    },
)

WITHHELD = Paper(
    "traduccion-soler.html",
    """<html><body>
<h2>FACTURA</h2>
<table>
<tr><td>Factura nº</td><td>2024/017</td></tr>
<tr><td>Fecha de emisión</td><td>5 de abril de 2024</td></tr>
<tr><td>Vencimiento</td><td>5 de mayo de 2024</td></tr>
</table>
<p>Emisor: Marta Soler Vidal<br>NIF 47123456K<br>Calle Aribau 112, 08036 Barcelona</p>
<p>Cliente: Editorial Tramontana S.L.<br>CIF B-61234567<br>Av. Diagonal 401, 08008 Barcelona</p>
<table>
<tr><th>Concepto</th><th>Palabras</th><th>Tarifa</th><th>Importe</th></tr>
<tr><td>Traducción EN-ES, catálogo</td><td>12.000</td><td>0,09 €</td><td>1.080,00 €</td></tr>
</table>
<table>
<tr><td>Base imponible</td><td>1.080,00 €</td></tr>
<tr><td>IVA (21%)</td><td>226,80 €</td></tr>
<tr><td>Total factura</td><td>1.306,80 €</td></tr>
</table>
<p>Forma de pago: transferencia, IBAN ES91 2100 0418 4502 0005 1332</p>
</body></html>
""",
    {
        "number": "2024/017",
        "date": "2024-04-05",
        "due": "2024-05-05",
        "seller": "Marta Soler Vidal",
        "buyer": "Editorial Tramontana S.L.",
        "net": "1080.00",
        "tax": "226.80",
        "total": "1306.80",
        "iban": "ES9121000418450200051332",
    },
)

UTILITY = Paper(
    "northmoor-water.txt",
    """Northmoor Water plc                                   Your bill

Mr D Okafor
17 Beech Lane
Harrogate
HG1 4PT

Account number      Bill number       Bill date         Pay by
8830 1172           NW-55120934       2 October 2023    23 October 2023

Your charges for 1 April 2023 to 30 September 2023

Water supplied, 48 cubic metres ................ £92.16
Waste water .................................... £71.34
Standing charge ................................ £24.50

Total excluding VAT ............................ £188.00
VAT at 5% ...................................... £9.40
Total to pay ................................... £197.40

Pay by bank transfer to IBAN GB29 NWBK 6016 1331 9268 19
""",
    {
        "number": "NW-55120934",
        "date": "2023-10-02",
        "due": "2023-10-23",
        "seller": "Northmoor Water plc",
        "buyer": "D Okafor",
        "net": "188.00",
        "tax": "9.40",
        "total": "197.40",
        "iban": "GB29NWBK60161331926819",
    },
)

LETTER = Paper(
    "kanzlei-brandt.txt",
    """Brandt & Partner Rechtsanwälte mbB, Königsallee 30, 40212 Düsseldorf

Herrn
Thomas Reuter
Bachstraße 14
40217 Düsseldorf

Düsseldorf, 3. Juni 2024

Kostenrechnung Nr. 318/24
Unser Zeichen: 0452/24

Sehr geehrter Herr Reuter,

für unsere Tätigkeit im Zeitraum vom 02.04.2024 bis 28.05.2024 erlauben wir uns zu berechnen:

Gebühr nach Stundenaufwand (6,5 Std. zu 240,00 €)       1.560,00 €
Auslagenpauschale                                          20,00 €
Nettobetrag                                             1.580,00 €
Umsatzsteuer 19 %                                         300,20 €
Zu zahlender Betrag                                     1.880,20 €

Bitte überweisen Sie den Betrag innerhalb von 14 Tagen auf unser Konto
IBAN DE75 5121 0800 1245 1261 99.
""",
    {
        "number": "318/24",
        "date": "2024-06-03",
        "seller": "Brandt & Partner Rechtsanwälte mbB",
        "buyer": "Thomas Reuter",
        "net": "1580.00",
        "tax": "300.20",
        "total": "1880.20",
        "iban": "DE75512108001245126199",
    },
)

PAPERS = (SUBSCRIPTION, WITHOUT_TAX, RESTAURANT, WITHHELD, UTILITY, LETTER)
