"""Text of Word's paragraphs: runs, symbols of fonts, form fields, struck-out words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rag.parse.office.word_names import W, is_on, number
from rag.parse.state_words import choice, field, signs_in_words, struck_out

_SYMBOLS = {  # Microsoft's symbol fonts: the characters that are boxes and ticks
    "wingdings": {
        0x6F: "☐",
        0x70: "☐",
        0x71: "☐",
        0x72: "☐",
        0xA8: "☐",
        0xFB: "✗",
        0xFC: "✓",
        0xFD: "☒",
        0xFE: "☑",
    },
    "wingdings 2": {
        0x4F: "✗",
        0x50: "✓",
        0x51: "☒",
        0x52: "☑",
        0x53: "☒",
        0x54: "☒",
        0xA3: "☐",
    },
    "webdings": {0x61: "✓", 0x63: "☐", 0x72: "✗"},
    "zapfdingbats": {0x33: "✓", 0x34: "✓", 0x38: "✗", 0x6F: "☐", 0x71: "☐"},
    "symbol": {0xA3: "≤", 0xB3: "≥", 0xB1: "±", 0xB7: "•", 0xB4: "×", 0xA5: "∞", 0xB9: "≠"},
}
_PRIVATE_USE = 0xF000  # to which the characters of symbol fonts are moved
_RUN, _LINK = f"{W}r", f"{W}hyperlink"
_STEPS = 20  # of styles that are based on each other
_PLAIN = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "-",
}


def symbol(font: str, code: int) -> str:
    """Returns the character that a code stands for in a symbol font; "" for an unknown one."""
    if code >= _PRIVATE_USE:
        code -= _PRIVATE_USE
    return _SYMBOLS.get(font.strip().lower(), {}).get(code, "")


class WordText:
    """Reads paragraphs whose tree is settled (`word_xml.settle`).

    Args:
        styles: the style elements by their id.
    """

    def __init__(self, styles: Mapping[str, Any]) -> None:
        self._styles = styles
        self._struck: dict[str, bool] = {}

    def of(self, paragraph: Any) -> str:
        """Returns the text, with its state in words."""
        return signs_in_words("".join(self._parts(paragraph)))

    def _parts(self, paragraph: Any) -> Iterator[str]:
        name = paragraph.find(f"{W}pPr/{W}pStyle")
        usual = self._is_struck_style(name.get(f"{W}val", "")) if name is not None else False
        struck: list[str] = []
        fields = _Fields()
        for run in _runs(paragraph):
            text = fields.read(run)
            if not text:
                continue
            if self._is_struck(run, usual=usual):
                struck.append(text)
                continue
            if struck:
                yield struck_out("".join(struck))
                struck = []
            yield text
        if struck:
            yield struck_out("".join(struck))

    def _is_struck(self, run: Any, *, usual: bool) -> bool:
        properties = run.find(f"{W}rPr")
        if properties is None:
            return usual
        marks = [properties.find(f"{W}{name}") for name in ("strike", "dstrike")]
        if any(mark is not None for mark in marks):
            return any(is_on(mark) for mark in marks)
        name = properties.find(f"{W}rStyle")
        if name is not None and self._is_struck_style(name.get(f"{W}val", "")):
            return True
        return usual

    def _is_struck_style(self, name: str) -> bool:
        if name not in self._struck:
            self._struck[name] = self._look_up(name)
        return self._struck[name]

    def _look_up(self, name: str) -> bool:
        for _ in range(_STEPS):
            style = self._styles.get(name)
            if style is None:
                return False
            for kind in ("strike", "dstrike"):
                mark = style.find(f"{W}rPr/{W}{kind}")
                if mark is not None:
                    return is_on(mark)
            based_on = style.find(f"{W}basedOn")
            if based_on is None:
                return False
            name = based_on.get(f"{W}val", "")
        return False


class _Fields:
    """Reads runs in their order, and puts old form fields into words."""

    def __init__(self) -> None:
        self._filled: list[bool] = []  # of each open field: whether its result has text
        self._is_form: list[bool] = []

    def read(self, run: Any) -> str:
        parts: list[str] = []
        font = ""
        for child in run:
            tag = child.tag
            if tag == f"{W}rPr":
                fonts = child.find(f"{W}rFonts")
                font = fonts.get(f"{W}ascii", "").lower() if fonts is not None else ""
            elif tag == f"{W}t":
                text = child.text or ""
                if font in _SYMBOLS:
                    text = "".join(symbol(font, ord(sign)) or sign for sign in text)
                if self._filled and text.strip():
                    self._filled = [True] * len(self._filled)
                parts.append(text)
            elif tag in _PLAIN:
                parts.append(_PLAIN[tag])
            elif tag == f"{W}br":
                parts.append(
                    "\n" if child.get(f"{W}type", "textWrapping") == "textWrapping" else ""
                )
            elif tag == f"{W}sym":
                parts.append(_symbol(child))
            elif tag == f"{W}fldChar":
                parts.append(self._field(child))
            elif tag == f"{W}ruby":
                parts += (t.text or "" for t in child.iterfind(f"{W}rubyBase/{W}r/{W}t"))
            elif isinstance(tag, str) and tag.endswith("}symEx"):
                parts.append(_character(next(iter(child.attrib.values()), "")))
        return "".join(parts)

    def _field(self, mark: Any) -> str:
        kind = mark.get(f"{W}fldCharType")
        if kind == "begin":
            data = mark.find(f"{W}ffData")
            self._filled.append(False)
            self._is_form.append(data is not None and data.find(f"{W}textInput") is not None)
            return _old_field(data) if data is not None else ""
        if kind == "end" and self._filled:
            filled, is_form = self._filled.pop(), self._is_form.pop()
            return field("") if is_form and not filled else ""
        return ""


def _runs(paragraph: Any) -> Iterator[Any]:
    for child in paragraph:
        if child.tag == _RUN:
            yield child
        elif child.tag == _LINK:
            yield from child.iterchildren(_RUN)


def _old_field(data: Any) -> str:
    """Returns the state of a check box or list among the old form fields."""
    tick = data.find(f"{W}checkBox")
    if tick is not None:
        mark = tick.find(f"{W}checked")
        if mark is None:
            mark = tick.find(f"{W}default")
        return "☒" if is_on(mark) else "☐"
    options = data.find(f"{W}ddList")
    if options is None:
        return ""
    entries = [entry.get(f"{W}val", "") for entry in options.iterchildren(f"{W}listEntry")]
    mark = options.find(f"{W}result")
    if mark is None:
        mark = options.find(f"{W}default")
    at = number(mark.get(f"{W}val", "")) if mark is not None else 0
    return choice(entries[at] if at < len(entries) else "")


def _symbol(element: Any) -> str:
    try:
        code = int(element.get(f"{W}char", ""), 16)
    except ValueError:
        return ""
    return symbol(element.get(f"{W}font", ""), code)


def _character(code: str) -> str:
    try:
        return chr(int(code, 16))
    except (ValueError, OverflowError):
        return ""
