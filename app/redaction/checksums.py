"""Check digits: whether a number can be what it looks like."""

from __future__ import annotations

# Lengths from the IBAN registry of SWIFT, ISO 13616.
IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28,
    "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
    "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30,
    "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23,
    "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"  # Real Decreto 1553/2005: the number modulo 23
_NHS_DIGITS = 10
_NIR_DIGITS = 15
_TAX_ID_DIGITS = 11


def luhn(digits: str) -> bool:
    """Whether a card number's last digit fits (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def iban(code: str) -> bool:
    """Whether an IBAN without spaces has the length of its country and fits modulo 97."""
    code = code.upper()
    if IBAN_LENGTHS.get(code[:2]) != len(code):
        return False
    return int("".join(str(int(letter, 36)) for letter in code[4:] + code[:4])) % 97 == 1


def dni(code: str) -> bool:
    """Whether the letter of a Spanish DNI or NIE fits; without spaces and hyphens."""
    code = code.upper()
    number = code[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdigit() and _DNI_LETTERS[int(number) % 23] == code[-1]


def nir(code: str) -> bool:
    """Whether a French social security number of 15 characters fits modulo 97."""
    number = code.upper().replace("2A", "19").replace("2B", "18")
    if len(number) != _NIR_DIGITS or not number.isdigit():
        return False
    return 97 - int(number[:13]) % 97 == int(number[13:])


def german_tax_id(digits: str) -> bool:
    """Whether a German Steuer-ID of eleven digits fits (ISO 7064, MOD 11,10)."""
    if len(digits) != _TAX_ID_DIGITS or digits[0] == "0":
        return False
    product = 10
    for digit in digits[:10]:
        rest = (int(digit) + product) % 10 or 10
        product = rest * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def nhs(digits: str) -> bool:
    """Whether a British NHS number of ten digits fits modulo 11."""
    if len(digits) != _NHS_DIGITS:
        return False
    return (11 - _weighted(digits[:9], range(10, 1, -1)) % 11) % 11 == int(digits[9])


def ahv(digits: str) -> bool:
    """Whether a Swiss AHV number of 13 digits fits, as an EAN-13."""
    return len(digits) == 13 and _weighted(digits, (1, 3) * 6 + (1,)) % 10 == 0


def _weighted(digits: str, weights: range | tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
