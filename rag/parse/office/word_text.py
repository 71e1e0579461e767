"""Text of Word's paragraphs: runs, symbols of fonts, form fields, struck-out words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from rag.parse.builder import DocumentBuilder
from rag.parse.office.word_names import W, is_on, number
from rag.parse.state_words import choice, field
from rag.parse.text_marks import Mark, Marks, hidden_places, in_words, is_highlighting, marked
from rag.text.tick_marks import signs_in_words

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
        builder: of the document; it counts hidden text.
    """

    def __init__(self, styles: Mapping[str, Any], builder: DocumentBuilder) -> None:
        self._styles = styles
        self._builder = builder
        self._looks: dict[str, dict[Mark, bool]] = {}

    def of(self, paragraph: Any) -> str:
        """Returns the text, with its state in words and without what is hidden."""
        text = "".join(self._parts(paragraph))
        self._builder.hidden += hidden_places(text)
        return signs_in_words(in_words(text))

    def _parts(self, paragraph: Any) -> Iterator[str]:
        name = paragraph.find(f"{W}pPr/{W}pStyle")
        usual = self._look_of_style(name.get(f"{W}val", "")) if name is not None else {}
        runs = list(_runs(paragraph))
        fields = _Fields(_in_codes(runs))
        for run in runs:
            text = fields.read(run)
            if text:
                yield marked(text, self._marks(run, usual))

    def _marks(self, run: Any, usual: Mapping[Mark, bool]) -> Marks:
        properties = run.find(f"{W}rPr")
        look = dict(usual)
        if properties is not None:
            name = properties.find(f"{W}rStyle")
            if name is not None:
                look.update(self._look_of_style(name.get(f"{W}val", "")))
            look.update(_look(properties))
        return frozenset(mark for mark, is_set in look.items() if is_set)

    def _look_of_style(self, name: str) -> dict[Mark, bool]:
        if name not in self._looks:
            self._looks[name] = self._look_up(name)
        return self._looks[name]

    def _look_up(self, name: str) -> dict[Mark, bool]:
        look: dict[Mark, bool] = {}
        for _ in range(_STEPS):
            style = self._styles.get(name)
            if style is None:
                break
            properties = style.find(f"{W}rPr")
            if properties is not None:
                look = _look(properties) | look
            based_on = style.find(f"{W}basedOn")
            if based_on is None:
                break
            name = based_on.get(f"{W}val", "")
        return look


def _look(properties: Any) -> dict[Mark, bool]:
    """Returns which marks the properties of a run or style set, and which they take away."""
    look: dict[Mark, bool] = {}
    strikes = [properties.find(f"{W}{name}") for name in ("strike", "dstrike")]
    if any(mark is not None for mark in strikes):
        look[Mark.STRUCK] = any(is_on(mark) for mark in strikes)
    hidden = properties.find(f"{W}vanish")
    if hidden is not None:
        look[Mark.HIDDEN] = is_on(hidden)
    aligned, position = (properties.find(f"{W}{name}") for name in ("vertAlign", "position"))
    if aligned is not None:
        kind = aligned.get(f"{W}val", "")
        look[Mark.RAISED], look[Mark.LOWERED] = kind == "superscript", kind == "subscript"
    elif position is not None:
        half_points = position.get(f"{W}val", "").strip()
        look[Mark.RAISED] = half_points.lstrip("+0")[:1].isdigit()
        look[Mark.LOWERED] = half_points.startswith("-")
    highlight, shading = (properties.find(f"{W}{name}") for name in ("highlight", "shd"))
    if highlight is not None:
        look[Mark.HIGHLIGHTED] = highlight.get(f"{W}val", "none") not in ("none", "white")
    elif shading is not None:
        look[Mark.HIGHLIGHTED] = is_highlighting(shading.get(f"{W}fill", ""))
    border = properties.find(f"{W}bdr")
    if border is not None:
        look[Mark.BOXED] = border.get(f"{W}val", "none") not in ("none", "nil")
    return look


class _Fields:
    """Reads runs in their order, and puts old form fields into words.

    Args:
        unseen: texts in the codes of fields.
    """

    def __init__(self, unseen: Collection[Any]) -> None:
        self._unseen = unseen
        self._filled: list[bool] = []  # of each open field: whether its result has text
        self._is_form: list[bool] = []

    def read(self, run: Any) -> str:
        parts: list[str] = []
        font = ""
        for child in self._seen(run):
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

    def _seen(self, run: Any) -> Iterable[Any]:
        return [child for child in run if child not in self._unseen] if self._unseen else run

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


def _in_codes(runs: Iterable[Any]) -> set[Any]:
    """Returns the texts in the codes of fields, such as the result of a field within another's.

    A field that does not end in the paragraph hides nothing.
    """
    unseen: set[Any] = set()
    codes: list[list[Any] | None] = []  # texts in the code of each open field; None in its result
    for item in (child for run in runs for child in run):
        if item.tag == f"{W}t":
            inner = next((code for code in reversed(codes) if code is not None), None)
            if inner is not None:
                inner.append(item)
        elif item.tag == f"{W}fldChar":
            kind = item.get(f"{W}fldCharType")
            if kind == "begin":
                codes.append([])
            elif codes and kind in ("separate", "end"):
                unseen.update(codes[-1] or ())
                codes[-1] = None
                if kind == "end":
                    codes.pop()
    return unseen


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
