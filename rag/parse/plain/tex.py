"""Parses LaTeX: headings, paragraphs, list items and tables; formulas stay as they are written.

Only short names for words, without parameters, are expanded, and only once; no file is included:
so nothing can grow or be read from elsewhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rag.formats import DocumentKind
from rag.parse.builder import DocumentBuilder, add_table
from rag.parse.document import BlockKind, ParsedDocument
from rag.parse.plain.siunitx import quantities
from rag.parse.plain.tex_table import table_rows
from rag.parse.plain.text import decode
from rag.parse.source import Source
from rag.parse.text_marks import Mark, in_words, marked, without_marks

_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*(?:\n[ \t]*)?")
_GROUP = (
    r"\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*+\})*+\})*+)\}"  # up to three levels deep, as people write
)
_OPTION = r"(?:\[[^\]\n]{0,500}\])?"
_FACTS = re.compile(rf"\\(title|author|date)\s*{_OPTION}\s*{_GROUP}")
_LEVELS = {
    "part": 1,
    "chapter": 1,
    "section": 2,
    "subsection": 3,
    "subsubsection": 4,
    "paragraph": 5,
    "subparagraph": 6,
}
# Where a paragraph ends: at headings, items, tables, listings and empty lines.
_SPLIT = re.compile(
    rf"\\(?P<level>{'|'.join(_LEVELS)})\*?\s*{_OPTION}\s*{_GROUP}"
    rf"|\\(?P<item>item)\b\s*{_OPTION}"
    r"|\\(?P<edge>begin|end)\{(?P<name>[^{}\n]{1,60})\}"
    r"|\\caption\b"
    r"|(?P<gap>\n[ \t]*\n\s*|\\par\b|\\maketitle\b|\\(?:new|clear)page\b)"
)
_TABLES = frozenset(("tabular", "tabular*", "tabularx", "tabulary", "longtable", "array"))
_LISTINGS = frozenset(("verbatim", "lstlisting", "minted", "alltt", "comment"))
_INCLUDED = re.compile(r"\\(?:input|include|subfile|import)\s*(?:\{([^{}\n]{1,300})\}\s*){1,2}")
_DEFINED = re.compile(
    rf"\\(?:(?:re)?newcommand\*?\s*\{{?|providecommand\*?\s*\{{?|def\s*)\\([A-Za-z]+)\}}?\s*{_GROUP}"
)
_USED = re.compile(r"\\([A-Za-z]+)(?![A-Za-z])(?:\{\}|(?=\W))")
_LONGEST_NAMED = 200  # characters of what a name stands for
_MOST_USES = 5_000
_MOST_NAMED = 20  # included files

_ACCENTS = {
    "`": "\u0300",
    "'": "\u0301",
    "^": "\u0302",
    "~": "\u0303",
    "=": "\u0304",
    "u": "\u0306",
    ".": "\u0307",
    '"': "\u0308",
    "r": "\u030a",
    "H": "\u030b",
    "v": "\u030c",
    "d": "\u0323",
    "c": "\u0327",
    "k": "\u0328",
}
_ACCENT = re.compile(
    r"\\(?:([`'^~=.\"])\s*|([uvHcdkr])(?:\s+|(?=\{)))(?:\{\s*\\?([A-Za-z\u0131\u0237])\s*\}|\\?([A-Za-z]))"
)
_LETTERS = {
    "ss": "ß",
    "ae": "æ",
    "AE": "Æ",
    "oe": "œ",
    "OE": "Œ",
    "o": "ø",
    "O": "Ø",
    "aa": "å",
    "AA": "Å",
    "l": "ł",
    "L": "Ł",
    "i": "i",
    "j": "j",
    "S": "§",
    "euro": "€",
    "pounds": "£",
    "copyright": "©",
    "textdegree": "°",
    "degree": "°",
    "dots": "…",
    "ldots": "…",
    "textendash": "–",
    "textemdash": "—",
    "LaTeX": "LaTeX",
    "TeX": "TeX",
}
_LETTER = re.compile(
    rf"\\({'|'.join(sorted(_LETTERS, key=len, reverse=True))})(?![A-Za-z])(?:\{{\}}|\s+)?"
)
_INNER = r"(?:[^\\$]|\\[^()\[\]]){0,5000}+"  # of a formula
_MATH = re.compile(rf"(\$\$?[^$]{{0,5000}}\$\$?|\\\({_INNER}\\\)|\\\[{_INNER}\\\])")
_NOTE = re.compile(rf"\\(?:foot|end)note(?:text)?\s*{_OPTION}\s*{_GROUP}")
_LINK = re.compile(rf"\\href\s*{_GROUP}\s*{_GROUP}")
_NAMED = re.compile(
    rf"\\(?:[Cc]ite\w*|[a-z]*ref|[cC]ref)\*?\s*{_OPTION}{_OPTION}\s*\{{([^{{}}]*)\}}"
)
_DROPPED = re.compile(
    r"\\(?:label|vspace|hspace|includegraphics|input|include|bibliographystyle|pagestyle|index"
    rf"|thispagestyle|setlength|setcounter|addtocounter|selectlanguage)\*?\s*{_OPTION}\s*"
    r"(?:\{[^{}]*\}\s*)?"
)
_WRAPPED = re.compile(rf"\\[A-Za-z]+\*?\s*{_OPTION}\s*{_GROUP}")
_LOOKS = {
    **dict.fromkeys(("sout", "xout", "st", "cancel"), Mark.STRUCK),
    "textsuperscript": Mark.RAISED,
    "textsubscript": Mark.LOWERED,
    "hl": Mark.HIGHLIGHTED,
}
_MARKED = re.compile(rf"\\({'|'.join(_LOOKS)})\s*{_GROUP}")
_COMMAND = re.compile(r"\\[A-Za-z]+\*?[ \t]*")
_DEEPEST = 4  # commands around words that are taken off


def parse(source: Source) -> ParsedDocument:
    """Parses a LaTeX file.

    Raises:
        ParseProblem: it holds no text.
    """
    text = _COMMENT.sub(r"\1", decode(source.read()))
    preamble, begins, body = text.partition("\\begin{document}")
    if not begins:
        preamble, body = "", text
    preamble, body = _with_names(preamble, body)
    facts = {match[1]: words(match[2]) for match in _FACTS.finditer(preamble or text)}
    builder = DocumentBuilder()
    title = facts.get("title", "")
    builder.heading(title, 1)
    builder.add(
        "\n".join(f"{n.capitalize()}: {facts[n]}" for n in ("author", "date") if facts.get(n))
    )
    for kind, content, level in _pieces(_FACTS.sub("", body).partition("\\end{document}")[0]):
        if kind is BlockKind.HEADING:
            builder.heading(words(content), level)
        elif kind is BlockKind.TABLE:
            add_table(builder, table_rows(content, words))
        elif kind is BlockKind.CODE:
            builder.add(content, kind)
        else:
            plain = words(content)
            builder.add(f"- {plain}" if kind is BlockKind.LIST_ITEM and plain else plain, kind)
    if included := list(dict.fromkeys(_INCLUDED.findall(body))):
        names = ", ".join(included[:_MOST_NAMED])
        more = " and others" if len(included) > _MOST_NAMED else ""
        builder.notes.append(
            f"Files that the document includes are not read with it: {names}{more}."
        )
    return builder.finish(DocumentKind.TEX, title, source)


def _with_names(preamble: str, body: str) -> tuple[str, str]:
    """Returns both parts with the words for which the author defined a name of their own."""
    names = {match[1]: match[2] for match in _DEFINED.finditer(preamble + body)}
    names = {name: latex for name, latex in names.items() if len(latex) <= _LONGEST_NAMED}
    body = _DEFINED.sub("", body)
    uses = [match[1] for match in _USED.finditer(body) if match[1] in names]
    if not uses or len(uses) > _MOST_USES:
        return preamble, body

    def meaning(match: re.Match[str]) -> str:
        return names.get(match[1], match[0])

    return _USED.sub(meaning, _DEFINED.sub("", preamble)), _USED.sub(meaning, body)


def _pieces(body: str) -> Iterator[tuple[BlockKind, str, int]]:
    """Yields the kind, the LaTeX and the heading level of each block."""
    kind, begin, inside = BlockKind.PARAGRAPH, 0, ""
    for mark in _SPLIT.finditer(body):
        name = mark["name"]
        if inside and not (mark["edge"] == "end" and name == inside):
            continue
        yield kind, body[begin : mark.start()], 0
        kind, begin, inside = BlockKind.PARAGRAPH, mark.end(), ""
        if mark["level"]:
            yield BlockKind.HEADING, mark[2] or "", _LEVELS[mark["level"]]
        elif mark["item"]:
            kind = BlockKind.LIST_ITEM
        elif mark["edge"] == "begin" and name in _TABLES:
            kind, inside = BlockKind.TABLE, name
        elif mark["edge"] == "begin" and name.rstrip("*") in _LISTINGS:
            kind, inside = BlockKind.CODE, name
    yield kind, body[begin:], 0


def words(latex: str) -> str:
    """Returns LaTeX as the words that a reader sees; formulas stay as they are written."""
    plain = "".join(
        piece if number % 2 else _plain(piece)
        for number, piece in enumerate(_MATH.split(quantities(latex)))
    )
    return " ".join(in_words(plain).split())


def _plain(latex: str) -> str:
    text = _ACCENT.sub(_accented, latex)
    text = _LETTER.sub(lambda match: _LETTERS[match[1]], text)
    text = _LINK.sub(r"\2 (\1)", _DROPPED.sub("", text))
    text = _NAMED.sub(r"[\1]", _NOTE.sub(r" (\1)", text))
    text = _MARKED.sub(lambda match: marked(match[2], [_LOOKS[match[1]]]), without_marks(text))
    for _ in range(_DEEPEST):
        text, count = _WRAPPED.subn(r"\1", text)
        if not count:
            break
    text = re.sub(r"\\\\(?:\[[^\]]*\])?", "\n", text)
    text = re.sub(r"\\[,;:! /-]", lambda match: "" if match[0][1] in "-/!" else " ", text)
    text = re.sub(r"\\([%&$#_{}])", "\ue000\\1", text)
    text = _COMMAND.sub("", text)
    text = re.sub("(?<!\ue000)[{}]", "", text).replace("\ue000", "")
    text = text.replace("~", "\u00a0").replace("---", "—").replace("--", "–")
    return text.replace("``", "“").replace("''", "”")


def _accented(match: re.Match[str]) -> str:
    letter = match[3] or match[4]
    letter = {"\u0131": "i", "\u0237": "j"}.get(letter, letter)
    return unicodedata.normalize("NFC", letter + _ACCENTS[match[1] or match[2]])
