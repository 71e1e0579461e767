"""Decodes bytes of any encoding to text.

In this order: a byte order mark, the spacing of zero bytes (UTF-16 and UTF-32 without a mark),
escape sequences, UTF-8, the encoding that the file declares, and last a guess.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import unicodedata
from collections import Counter

_SAMPLE_BYTES = 1 << 17
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_ESCAPED = (
    (b"\x1b$)C", "iso2022_kr"),
    (b"\x1b$B", "iso2022_jp_2"),
    (b"\x1b$@", "iso2022_jp_2"),
    (b"\x1b$(D", "iso2022_jp_2"),
)
WIDER = {
    "iso8859_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "ascii": "cp1252",
    "iso8859_8": "cp1255",
}
"""What programs write under the name of a standard, both as `codec_of` names them; it holds the
characters of the standard, for all but a few signs."""
# Names that files and mails have for encodings, and Python has not.
_ALIASES = {"x-sjis": "shift_jis", "x-gbk": "gbk", "iso-8859-8-i": "iso8859_8"}
# Python's own inventions, which no document means.
_NOT_OF_DOCUMENTS = ("idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape")
_C1 = re.compile(r"[\x80-\x84\x86-\x9f]")
_WIDE_SAMPLE = 4096
_LEADING_SHARE = 0.7  # of the high bytes of UTF-16 text, for the three commonest
_CLASH_WEIGHT = 4.0  # of a text of which each character beyond ASCII has an odd neighbour
_COMMON_WEIGHT = 0.5  # of the encodings that most old files of the West have
_UNSURE = 0.04  # a confidence below it says little
_COMMONEST = "cp1252"
_WESTERN = frozenset(("cp1252", "iso8859_1", "iso8859_15"))
_SIGNS_IN_WORDS = frozenset("\xb0\xb5\xaa\xba\xa9\u2019")  # as in 20 °C, 5 µm, 1º
# Signs that may stand between letters, but there are as likely a letter of an old Macintosh.
_SIGN_IN_WORD = re.compile(r"[^\W\d_][–—†‡‰][^\W\d_]")
_DAMAGED = 4  # valid characters beyond ASCII for each damaged byte of a text that is UTF-8


def decode_bytes(data: bytes, declared: str = "") -> str:
    """Decodes bytes; those that fit no encoding become replacement characters.

    Args:
        data: the bytes of a text file.
        declared: the encoding that the file names, as web pages do; may be wrong or unknown.
    """
    certain = marked_encoding(data) or wide_encoding(data) or escaped_encoding(data)
    if certain:
        return data.decode(certain, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    return _declared(data, declared) or _damaged_utf8(data) or _guessed(data)


def marked_encoding(data: bytes) -> str:
    """Returns the encoding of a byte order mark; "" without one."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")


def wide_encoding(data: bytes) -> str:
    """Returns UTF-16 or UTF-32 if the zero bytes show it, without a byte order mark; else ""."""
    sample = data[: min(len(data), _WIDE_SAMPLE) // 4 * 4]
    if sample and b"\x00" in sample:
        for encoding, top, plane in (("utf-32-be", 0, 1), ("utf-32-le", 3, 2)):
            if not any(sample[top::4]) and max(sample[plane::4]) <= 16:  # planes
                return encoding if _decodes(sample, encoding) else ""
    sample = data[: min(len(data), _WIDE_SAMPLE) // 2 * 2]
    if b"\x00" not in sample:
        return ""
    for encoding, high, low in (("utf-16-be", 0, 1), ("utf-16-le", 1, 0)):
        highs = sample[high::2]
        if 0 not in highs or 0 in sample[low::2] or not _decodes(sample, encoding):
            continue
        counts = sorted((highs.count(value) for value in set(highs)), reverse=True)
        few = sum(counts[:3]) >= len(highs) * _LEADING_SHARE and len(counts) < len(highs)
        if few or (
            not _decodes(sample, "utf-8") and _is_east_asian(sample.decode(encoding, "ignore"))
        ):
            return encoding
    return ""


def _is_east_asian(text: str) -> bool:
    """Tells whether most characters are Chinese, Japanese or Korean."""
    count = sum(
        "\u3000" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" or c > "\uff00" for c in text
    )
    return count >= len(text) * _LEADING_SHARE


def escaped_encoding(data: bytes) -> str:
    """Returns a Japanese or Korean encoding by its escape sequences; "" without them."""
    if b"\x1b" not in data:
        return ""
    return next((encoding for escape, encoding in _ESCAPED if escape in data), "")


def _decodes(sample: bytes, encoding: str) -> bool:
    """Tells whether a sample, which may end within a character, is text in an encoding."""
    try:
        text = (
            sample[:-4].decode(encoding) if len(sample) == _WIDE_SAMPLE else sample.decode(encoding)
        )
    except UnicodeDecodeError:
        return False
    odd = sum(not (c.isprintable() or c in "\t\r\n\f\u3000\xa0\ufeff") for c in text)
    return odd * 20 <= len(text)


def _declared(data: bytes, name: str) -> str:
    """Returns the text in the declared encoding, if it is valid in it; else ""."""
    if not name:
        return ""
    try:
        encoding = codec_of(name)
        if encoding.startswith("utf"):
            return ""  # what calls itself UTF-8 and is not is left to the guess
        text = data.decode(encoding)
        if not _C1.search(text):
            return text
        return data.decode(WIDER.get(encoding, encoding))
    except UnicodeDecodeError:
        try:
            return data.decode(WIDER.get(encoding, ""))
        except (UnicodeDecodeError, LookupError):
            return ""
    except (LookupError, ValueError):
        return ""


def codec_of(name: str) -> str:
    """Returns Python's name, with low lines, of an encoding that a document names.

    Raises:
        LookupError: there is none of that name, or it is no encoding of text.
        ValueError: the name cannot be one.
    """
    import codecs

    name = name.strip().lower()
    info = codecs.lookup(_ALIASES.get(name, name))
    codec = info.name.replace("-", "_")
    if not getattr(info, "_is_text_encoding", True) or codec in _NOT_OF_DOCUMENTS:
        raise LookupError(name)
    return codec


def _damaged_utf8(data: bytes) -> str:
    """Returns UTF-8 with a few broken bytes in it; "" when it is more likely something else."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    beyond = sum(1 for character in text if character > "\x7f") - damaged
    return text if beyond >= damaged * _DAMAGED else ""


def _guessed(data: bytes) -> str:
    from chardet import EncodingEra, detect, detect_all

    windows = data.decode(_COMMONEST, "replace")
    if _has_signs_only(windows[:_WIDE_SAMPLE]):
        return windows
    eras = EncodingEra.ALL & ~EncodingEra.MAINFRAME  # no text file has EBCDIC
    sample = _sample(data)
    best = detect(sample, encoding_era=eras, compat_names=False)
    text = data.decode(best["encoding"] or _COMMONEST, "replace")
    if best["confidence"] >= _UNSURE and not _clashes(text[:_WIDE_SAMPLE]):
        return text
    # Statistics cannot tell a few characters apart; how they stand in words often can.
    guesses = detect_all(sample, encoding_era=eras, compat_names=False, ignore_threshold=True)
    named = [(guess["encoding"], guess["confidence"]) for guess in (best, *guesses)]
    readings = [(name, certainty) for name, certainty in named if name and certainty > 0]
    if readings:
        text = data.decode(max(readings, key=lambda it: _likelihood(data, *it))[0], "replace")
    return text


def _likelihood(data: bytes, encoding: str, confidence: float) -> float:
    """Returns the logarithm of a guess's confidence, less the weight of its odd neighbours."""
    text = data[:_WIDE_SAMPLE].decode(encoding, "replace")
    beyond = sum(not character.isascii() for character in text)
    common = _COMMON_WEIGHT if codec_of(encoding) in _WESTERN else 0.0
    return math.log(confidence) - _CLASH_WEIGHT * _clashes(text) / max(1, beyond) + common


def _has_signs_only(text: str) -> bool:
    """Tells whether all characters beyond ASCII are quotation marks, dashes and other signs.

    English text is like that; in another encoding those bytes would be letters in odd places.
    """
    beyond = [character for character in text if not character.isascii()]
    signs = (not c.isalpha() or c in _SIGNS_IN_WORDS for c in beyond)
    if not all(signs) or "\ufffd" in beyond or _clashes(text):
        return False
    return _SIGN_IN_WORD.search(text) is None


def _clashes(text: str) -> int:
    """Counts the pairs of neighbours that no word has."""
    pairs = Counter(itertools.pairwise(f" {text} "))
    return sum(count for pair, count in pairs.items() if _clash(*pair))


@functools.lru_cache(maxsize=1 << 14)
def _clash(left: str, right: str) -> bool:
    """Tells whether no word has two characters side by side.

    Such are letters of two scripts (mixed scripts, as Unicode's rules for names call it), a capital
    behind a small letter, a sign or a part of a frame beside a letter, what opens behind a letter
    or closes before one, such as quotation marks, and control characters.
    """
    if (left.isascii() and right.isascii()) or left in _SIGNS_IN_WORDS or right in _SIGNS_IN_WORDS:
        return False
    kinds = (unicodedata.category(left), unicodedata.category(right))
    if "Cc" in kinds:
        return any(not c.isascii() and unicodedata.category(c) == "Cc" for c in (left, right))
    if left.isalpha() and right.isalpha():
        return _script(left) != _script(right) or (left.islower() and right.isupper())
    if left.isalpha() and (kinds[1] in ("Ps", "Pi", "Sc") or right in "¡¿"):
        return True
    if right.isalpha() and (kinds[0] in ("Pe", "Pf") or left in "…™®"):
        return True
    if left in "™®" or right in "™®":
        return False
    return any(kind in ("So", "Sm", "Sk") for kind in kinds) and (left.isalpha() or right.isalpha())


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _sample(data: bytes) -> bytes:
    """Returns the beginning, to the end of a line: a cut character would look like an error."""
    if len(data) <= _SAMPLE_BYTES:
        return data
    end = data.rfind(b"\n", _SAMPLE_BYTES // 2, _SAMPLE_BYTES)
    return data[: end if end > 0 else _SAMPLE_BYTES]
