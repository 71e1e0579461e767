"""Turns bytes of any encoding into text.

In this order: a byte order mark, the spacing of zero bytes (UTF-16 and UTF-32 without a mark),
escape sequences, UTF-8, what the file says of itself, and last what its bytes look like.
"""

from __future__ import annotations

import re

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
# What programs write under the name of the standard on the left.
_WIDER = {
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
_C1 = re.compile(r"[\x80-\x84\x86-\x9f]")
_EAST_ASIAN = re.compile("[\\u3000-\\u9fff\\uac00-\\ud7a3\\uff00-\\uffee]")
_WIDE_SAMPLE = 4096
_LEADING_SHARE = 0.7  # of the high bytes of UTF-16 text, for the three commonest
_DAMAGED = 4  # valid characters beyond ASCII for each damaged byte of a text that is UTF-8


def decode_bytes(data: bytes, declared: str = "") -> str:
    """Text from bytes; what fits no encoding becomes a replacement character.

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
    """The encoding that a byte order mark tells; "" without one."""
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), "")


def wide_encoding(data: bytes) -> str:
    """UTF-16 or UTF-32 without a byte order mark, known by where zero bytes stand; else ""."""
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
    """Whether most characters are Chinese, Japanese or Korean."""
    found = sum(
        "\u3000" <= c <= "\u9fff" or "\uac00" <= c <= "\ud7a3" or c > "\uff00" for c in text
    )
    return found >= len(text) * _LEADING_SHARE


def escaped_encoding(data: bytes) -> str:
    """A Japanese or Korean encoding that escape sequences tell; "" without them."""
    if b"\x1b" not in data:
        return ""
    return next((encoding for escape, encoding in _ESCAPED if escape in data), "")


def _decodes(sample: bytes, encoding: str) -> bool:
    """Whether a sample, which may end within a character, is text in an encoding."""
    try:
        text = (
            sample[:-4].decode(encoding) if len(sample) == _WIDE_SAMPLE else sample.decode(encoding)
        )
    except UnicodeDecodeError:
        return False
    odd = sum(not (c.isprintable() or c in "\t\r\n\f\u3000\xa0\ufeff") for c in text)
    return odd * 20 <= len(text)


def _declared(data: bytes, name: str) -> str:
    """The text in the encoding that the file names, when it is text in it; else ""."""
    if not name:
        return ""
    try:
        encoding = _codec(name)
        text = data.decode(encoding)
        if not _C1.search(text):
            return text
        return data.decode(_WIDER.get(encoding, encoding))
    except UnicodeDecodeError:
        try:
            return data.decode(_WIDER.get(encoding, ""))
        except (UnicodeDecodeError, LookupError):
            return ""
    except (LookupError, ValueError):
        return ""


def _codec(name: str) -> str:
    """Python's name of a text encoding; raises LookupError for what is none."""
    import codecs

    info = codecs.lookup(name.strip().lower().replace("x-sjis", "shift_jis"))
    if not getattr(info, "_is_text_encoding", True) or info.name.startswith("utf"):
        raise LookupError(name)  # what calls itself UTF-8 and is not is left to the guess
    return info.name.replace("-", "_")


def _damaged_utf8(data: bytes) -> str:
    """UTF-8 with a few broken bytes in it; "" when it is more likely something else."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    beyond = sum(1 for character in text if character > "\x7f") - damaged
    return text if beyond >= damaged * _DAMAGED else ""


def _guessed(data: bytes) -> str:
    from chardet import EncodingEra, detect

    eras = EncodingEra.ALL & ~EncodingEra.MAINFRAME  # no text file has EBCDIC
    guess = detect(_sample(data), encoding_era=eras, compat_names=False)
    return data.decode(guess["encoding"] or "cp1252", "replace")


def _sample(data: bytes) -> bytes:
    """The beginning, to the end of a line: a cut character would look like an error."""
    if len(data) <= _SAMPLE_BYTES:
        return data
    end = data.rfind(b"\n", _SAMPLE_BYTES // 2, _SAMPLE_BYTES)
    return data[: end if end > 0 else _SAMPLE_BYTES]
