"""Writes formulas of XLS workbooks (BIFF8) as text: [MS-XLS], sections 2.5.97.89 and 2.5.198.

Only what can be told for certain: references, numbers, words, operators and common functions.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from rag.parse.table import column_name

_HEAD_BYTES = 22  # of a FORMULA record, before its tokens
_RESULT = slice(6, 14)
_MOST_TOKENS = 2_000
_LONGEST = 8_000  # characters
_OPERATORS = dict(
    enumerate(("+", "-", "*", "/", "^", "&", "<", "<=", "=", ">=", ">", "<>"), start=0x03)
)
_SIGNS = {0x12: "+{}", 0x13: "-{}", 0x14: "{}%", 0x15: "({})"}
# Functions by the numbers that the format gives them, with the number of their arguments.
# Those below take as many as there are.
_FUNCTIONS = (
    "2:ISNA:1 3:ISERROR:1 10:NA:0 15:SIN:1 16:COS:1 17:TAN:1 18:ATAN:1 19:PI:0 20:SQRT:1 "
    "21:EXP:1 22:LN:1 23:LOG10:1 24:ABS:1 25:INT:1 26:SIGN:1 27:ROUND:2 30:REPT:2 31:MID:3 "
    "32:LEN:1 33:VALUE:1 34:TRUE:0 35:FALSE:0 38:NOT:1 39:MOD:2 48:TEXT:2 63:RAND:0 65:DATE:3 "
    "66:TIME:3 67:DAY:1 68:MONTH:1 69:YEAR:1 71:HOUR:1 72:MINUTE:1 73:SECOND:1 74:NOW:0 "
    "112:LOWER:1 113:UPPER:1 114:PROPER:1 118:TRIM:1 127:ISTEXT:1 128:ISNUMBER:1 "
    "129:ISBLANK:1 212:ROUNDUP:2 213:ROUNDDOWN:2 221:TODAY:0 325:LARGE:2 326:SMALL:2 "
    "337:POWER:2 346:COUNTIF:2 347:COUNTBLANK:1 "
)
_OPEN_FUNCTIONS = (
    "0:COUNT 1:IF 4:SUM 5:AVERAGE 6:MIN 7:MAX 12:STDEV 29:INDEX 36:AND 37:OR 56:PV 57:FV "
    "59:PMT 64:MATCH 70:WEEKDAY 100:CHOOSE 101:HLOOKUP 102:VLOOKUP 115:LEFT 116:RIGHT "
    "169:COUNTA 183:PRODUCT 216:RANK 227:MEDIAN 228:SUMPRODUCT 336:CONCATENATE 344:SUBTOTAL "
    "345:SUMIF 359:HYPERLINK "
)
_FIXED = {
    int(number): (name, int(count))
    for number, name, count in (entry.split(":") for entry in _FUNCTIONS.split())
}
_OPEN = {
    int(number): name for number, name in (entry.split(":") for entry in _OPEN_FUNCTIONS.split())
}


class _Unknown(Exception):
    """A token that cannot be told."""


def lacks_result(body: bytes) -> bool:
    """Tells whether a FORMULA record holds no result: empty words, as of what never was computed.

    An empty text is the result of some formulas, too; so is 0, which other programs store.
    """
    return body[12:14] == b"\xff\xff" and body[6:7] == b"\x03"


def is_zero(body: bytes) -> bool:
    """Tells whether a FORMULA record holds the number 0."""
    return len(body) >= _HEAD_BYTES and not any(body[_RESULT])


def formula_text(body: bytes, sheet: Callable[[int], str]) -> str:
    """Returns the formula of a FORMULA record, without the equals sign; "" if it cannot be told.

    Args:
        body: of the record.
        sheet: returns the name of a sheet by the index that a reference has; "" if unknown.
    """
    if len(body) < _HEAD_BYTES:
        return ""
    (length,) = struct.unpack_from("<H", body, 20)
    try:
        return _Tokens(body[_HEAD_BYTES : _HEAD_BYTES + length], sheet).text()
    except (_Unknown, struct.error, IndexError):
        return ""


class _Tokens:
    def __init__(self, data: bytes, sheet: Callable[[int], str]) -> None:
        self._data = data
        self._sheet = sheet
        self._at = 0
        self._stack: list[str] = []

    def text(self) -> str:
        for _ in range(_MOST_TOKENS):
            if self._at >= len(self._data):
                break
            self._token()
            if len(self._stack[-1] if self._stack else "") > _LONGEST:
                raise _Unknown
        if len(self._stack) != 1:
            raise _Unknown
        return self._stack[0]

    def _read(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from(f"<{layout}", self._data, self._at)
        self._at += struct.calcsize(f"<{layout}")
        return values

    def _token(self) -> None:
        (token,) = self._read("B")
        if token >= 0x20:
            self._reference(0x20 | token & 0x1F)
        elif token in _OPERATORS:
            right, left = self._stack.pop(), self._stack.pop()
            self._stack.append(f"{left}{_OPERATORS[token]}{right}")
        elif token in _SIGNS:
            self._stack.append(_SIGNS[token].replace("{}", self._stack.pop()))
        elif token == 0x16:
            self._stack.append("")
        elif token == 0x17:
            self._stack.append(self._string())
        elif token == 0x19:
            self._attribute()
        elif token == 0x1D:
            self._stack.append("TRUE" if self._read("B")[0] else "FALSE")
        elif token == 0x1E:
            self._stack.append(str(self._read("H")[0]))
        elif token == 0x1F:
            self._stack.append(f"{self._read('d')[0]:.15g}")
        else:
            raise _Unknown

    def _string(self) -> str:
        count, wide = self._read("BB")
        size = count * (2 if wide & 1 else 1)
        data = self._data[self._at : self._at + size]
        self._at += size
        words = data.decode("utf-16-le" if wide & 1 else "latin-1", "replace")
        return '"' + words.replace('"', '""') + '"'

    def _attribute(self) -> None:
        kind, count = self._read("BH")
        if kind & 0x04:  # the jumps of CHOOSE
            self._at += 2 * (count + 1)
        elif kind & 0x10:
            self._stack.append(f"SUM({self._stack.pop()})")

    def _reference(self, token: int) -> None:
        if token == 0x21:
            (number,) = self._read("H")
            self._call(*_FIXED.get(number, ("", 0)))
        elif token == 0x22:
            count, number = self._read("BH")
            self._call(_OPEN.get(number, ""), count & 0x7F)
        elif token == 0x24:
            self._stack.append(_cell(*self._read("HH")))
        elif token == 0x25:
            self._stack.append(_area(self._read("HHHH")))
        elif token == 0x3A:
            index, *place = self._read("HHH")
            self._stack.append(f"{self._named(index)}!{_cell(*place)}")
        elif token == 0x3B:
            index, *places = self._read("HHHHH")
            self._stack.append(f"{self._named(index)}!{_area(places)}")
        else:
            raise _Unknown

    def _call(self, name: str, count: int) -> None:
        if not name or count > len(self._stack):
            raise _Unknown
        begin = len(self._stack) - count
        self._stack[begin:] = [f"{name}({','.join(self._stack[begin:])})"]

    def _named(self, index: int) -> str:
        name = self._sheet(index)
        if not name:
            raise _Unknown
        return "'" + name.replace("'", "''") + "'"


def _cell(row: int, column: int) -> str:
    """Returns a reference, of which the highest bits of the column say what is relative."""
    across, down = ("" if column & bit else "$" for bit in (0x4000, 0x8000))
    return f"{across}{column_name((column & 0x3FFF) + 1)}{down}{row + 1}"


def _area(places: Sequence[int]) -> str:
    top, bottom, left, right = places
    return f"{_cell(top, left)}:{_cell(bottom, right)}"
