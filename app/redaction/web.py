"""Mail addresses, links, IP and MAC addresses."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from app.redaction.finding import Finding, Kind

_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+'-]{1,64} ?@ ?[\w-]{1,63}(?:(?:\.[\w-]{1,63}){1,8}|\. [a-z]{2,6}\b)"
)
_URL = re.compile(
    r"(?<!\w)(?:[a-z][a-z+]{1,15}://[^\s<>\"'`]{1,2000}"
    r"|www\.[^\s<>\"'`]{1,2000}"
    r"|(?<![@.-])(?:[a-z0-9-]{1,63}\.){1,6}(?:com|org|net|edu|gov|info|biz)\b(?:/[^\s<>\"'`]{0,2000})?)",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\w)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.IGNORECASE)
_MAC = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])", re.IGNORECASE)
_VERSION = re.compile(r"(?:version|release|v\.?)\s{0,3}$", re.IGNORECASE)
_LEAST_OF_IPV6 = 5  # characters: the shortest addresses look like a time of day


def find_web(text: str) -> Iterator[Finding]:
    """Finds mail addresses, links with or without a scheme, IP and MAC addresses."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield Finding(*match.span(), Kind.EMAIL)
    for match in _URL.finditer(text):
        words = match.group().rstrip(".,;:!?)]}")
        yield Finding(match.start(), match.start() + len(words), Kind.URL)
    for match in _IPV4.finditer(text):
        if _is_ip(match.group()) and not _VERSION.search(
            text, max(0, match.start() - 12), match.start()
        ):
            yield Finding(*match.span(), Kind.IP_ADDRESS)
    for match in _IPV6.finditer(text):
        if len(match.group()) >= _LEAST_OF_IPV6 and _is_ip(match.group()):
            yield Finding(*match.span(), Kind.IP_ADDRESS)
    for match in _MAC.finditer(text):
        yield Finding(*match.span(), Kind.IP_ADDRESS)


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
