r"""Writes quantities of LaTeX's package siunitx as they are printed: ``\SI{1.5}{\kilo\euro}``.

Names and signs as in the manual of siunitx, version 3, and of its versions 1 and 2.
"""

from __future__ import annotations

import re

_GROUP = r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+)\}"
_OPTION = r"\s*(?:\[[^\]\n]{0,500}\])?\s*"
_BEFORE = r"(?:\[([^\]\n]{0,100})\])?\s*"
_ONE = re.compile(rf"\\(num|ang|si|unit|complexnum|tablenum)(?![A-Za-z]){_OPTION}{_GROUP}")
_TWO = re.compile(
    rf"\\(SI|qty|numrange|SIlist|qtylist|complexqty)(?![A-Za-z]){_OPTION}{_GROUP}\s*{_BEFORE}{_GROUP}"
)
_THREE = re.compile(
    rf"\\(SIrange|qtyrange)(?![A-Za-z]){_OPTION}{_GROUP}\s*{_GROUP}\s*{_BEFORE}{_GROUP}"
)
_LIST = re.compile(rf"\\(numlist|numproduct)(?![A-Za-z]){_OPTION}{_GROUP}")
_EXPONENT = re.compile(r"(?<=[\d.,)])\s*[eEdD]\s*([+-]?\d+)|^[eE]([+-]?\d+)")
_MACRO = re.compile(r"\\([A-Za-z]+)\s*(?:\{([^{}]*)\})?|[^\\]+|\\.")
_POWER = re.compile(r"\^\{?([+-]?\d+)\}?")
_RAISED = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


def _table(pairs: str) -> dict[str, str]:
    """Returns names with their signs, written "kilo:k mega:M"."""
    return dict(pair.split(":") for pair in pairs.split())


_PREFIXES = _table(
    "quecto:q ronto:r yocto:y zepto:z atto:a femto:f pico:p nano:n micro:µ milli:m centi:c "
    "deci:d deca:da deka:da hecto:h kilo:k mega:M giga:G tera:T peta:P exa:E zetta:Z yotta:Y "
    "ronna:R quetta:Q kibi:Ki mebi:Mi gibi:Gi tebi:Ti pebi:Pi "
)
_UNITS = _table(
    "ampere:A candela:cd kelvin:K kilogram:kg metre:m meter:m mole:mol second:s becquerel:Bq "
    "degreeCelsius:°C celsius:°C coulomb:C farad:F gray:Gy hertz:Hz henry:H joule:J katal:kat "
    "lumen:lm lux:lx newton:N ohm:Ω pascal:Pa radian:rad siemens:S sievert:Sv steradian:sr "
    "tesla:T volt:V watt:W weber:Wb astronomicalunit:au bel:B decibel:dB dalton:Da day:d "
    "electronvolt:eV hectare:ha hour:h litre:L liter:L minute:min neper:Np tonne:t "
    "arcminute:′ arcsecond:″ degree:° percent:% gram:g bit:bit byte:B bar:bar angstrom:Å "  # noqa: RUF001  # prime
    "knot:kn mmHg:mmHg nauticalmile:M barn:b euro:€ EUR:€ pounds:£ clight:c electronmass:mₑ "
    "planckbar:ħ elementarycharge:e atomicmassunit:u hartree:Eh bohr:a₀ micron:µm rpm:rpm $:$ "
    "%:% textdegree:° permille:‰ "
)
# Short forms whose name is not their sign, as that of \km is.
_SHORT = _table(
    "um:µm us:µs ug:µg uA:µA uV:µV uW:µW uL:µL ul:µl umol:µmol uF:µF uH:µH uC:µC uJ:µJ uN:µN "
    "kohm:kΩ Mohm:MΩ "
)
_SEVERAL = re.compile(r"\s*;\s*")
_DEGREES = "°′″"  # noqa: RUF001  # prime


def quantities(latex: str) -> str:
    """Returns LaTeX in which siunitx's numbers, units and angles are plain text."""
    if "\\" not in latex:
        return latex
    latex = _THREE.sub(lambda m: f"{_with_unit(m[2], m)} to {_with_unit(m[3], m)}", latex)
    latex = _TWO.sub(_two, latex)
    latex = _LIST.sub(
        lambda m: (" × " if m[1] == "numproduct" else ", ").join(
            number(part) for part in _SEVERAL.split(m[2])
        ),
        latex,
    )
    return _ONE.sub(_one, latex)


def _with_unit(figure: str, match: re.Match[str]) -> str:
    return _quantity(figure, match[5], match[4] or "")


def _two(match: re.Match[str]) -> str:
    name, first, before, second = match.groups()
    if name == "numrange":
        return f"{number(first)} to {number(second)}"
    if name in ("SIlist", "qtylist"):
        return ", ".join(_quantity(part, second, before or "") for part in _SEVERAL.split(first))
    return _quantity(first, second, before or "")


def _one(match: re.Match[str]) -> str:
    name, content = match.groups()
    if name in ("si", "unit"):
        return _escaped(unit(content))
    if name == "ang":
        parts = content.split(";")
        return "".join(
            f"{number(part)}{sign}"
            for part, sign in zip(parts, _DEGREES, strict=False)
            if part.strip()
        )
    return number(content)


def _quantity(figure: str, of: str, before: str) -> str:
    sign = unit(of)
    space = "" if sign[:1] in _DEGREES and sign != "°C" else " "
    prefix = f"{_escaped(unit(before))} " if before.strip() else ""
    return f"{prefix}{number(figure)}{space}{_escaped(sign)}".strip()


def number(figure: str) -> str:
    """Returns a number such as ``1.5e-3`` as it is printed: ``1.5×10⁻³``."""
    text = re.sub(r"\\pm|\+-|\+\s*/?\s*-", "±", figure.strip())
    text = re.sub(r"\\(?:times|cdot)\s*|(?<=\d)\s*x\s*(?=\d)", "×", text)
    text = _EXPONENT.sub(_power_of_ten, text)
    return " ".join(re.sub(r"[{}]|\\[,;:! ]", "", text).split())


def _power_of_ten(match: re.Match[str]) -> str:
    exponent = (match[1] or match[2]).removeprefix("+").translate(_RAISED)
    return f"{'×' if match[1] else ''}10{exponent}"


def unit(macros: str) -> str:
    r"""Returns a unit such as ``\kilo\metre\per\hour`` as a sign: ``km/h``."""
    signs: list[str] = []
    lead, power, divides = "", "", False
    for part in _MACRO.finditer(macros.strip()):
        name, argument = part[1] or "", part[2] or ""
        if name == "per":
            divides = True
        elif name in _PREFIXES:
            lead += _PREFIXES[name]
        elif name in ("square", "cubic", "raiseto"):
            power = _exponent(name, argument)
        elif name in ("squared", "cubed", "tothe", "of"):
            if signs:
                signs[-1] += f" {argument}" if name == "of" else _exponent(name, argument)
        elif sign := _sign(name, argument, part[0]):
            joint = "/" if divides else "·" if signs else ""
            signs.append(f"{joint}{lead}{sign}{power}")
            lead, power, divides = "", "", False
    text = "".join(signs)
    return f"1{text}" if text.startswith("/") else text


def _exponent(name: str, argument: str) -> str:
    if name.startswith("square"):
        return "²"
    return "³" if name.startswith("cub") else argument.strip().translate(_RAISED)


def _sign(name: str, argument: str, written: str) -> str:
    """Returns the sign of a unit's macro, or of a unit that is written out."""
    if not name:
        literal = re.sub(r"\\([%$#&])", r"\1", written).strip("{} ")
        literal = re.sub(r"\s*[.~]\s*", "·", literal)
        return _POWER.sub(lambda match: match[1].translate(_RAISED), literal)
    if name in ("text", "mathrm"):
        return argument
    if name in ("cancel", "highlight", "color", "textcolor"):
        return ""
    # Else its name, as of a short form such as \km, or one that the author defined.
    return _UNITS.get(name) or _SHORT.get(name) or name


def _escaped(sign: str) -> str:
    """Returns a sign in LaTeX, in which a per cent or dollar sign means something else."""
    return re.sub(r"(?<!\\)([%$&#])", r"\\\1", sign)
