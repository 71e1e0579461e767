"""Writes the target of a link behind its words, where the words do not tell it."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

MOST_LINKS = 500
"""Most links of a document whose targets are written."""
_LONGEST_TARGET = 120  # characters; longer ones are made for machines


def target_in_words(words: str, address: str, own_site: str = "") -> str:
    """Returns what is written behind a link's words: " (tel. or address)"; "" where nothing is.

    Args:
        words: of the link.
        address: that it leads to.
        own_site: whose addresses are left out: see `site_of`.
    """
    target = _target(address.strip(), own_site)
    words = " ".join(words.split())
    return f" ({target})" if words and target and not _tells(words, target) else ""


def site_of(address: str) -> str:
    """Returns the host of an address, without "www."; "" if it has none."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _target(address: str, own: str) -> str:
    """Returns what a reader would write down of a link; "" for one within the page or its site."""
    scheme, _, rest = address.partition(":")
    scheme = scheme.casefold()
    if scheme in ("mailto", "tel", "sms"):
        target = unquote(rest.partition("?")[0]).strip()
    elif scheme in ("http", "https") and site_of(address) not in ("", own):
        target = address if len(address) <= _LONGEST_TARGET else address.partition("?")[0]
    else:
        return ""
    return target if len(target) <= _LONGEST_TARGET and target.isprintable() else ""


def _tells(words: str, target: str) -> bool:
    """Tells whether the words of a link hold its target."""
    if not any(sign.isalpha() for sign in target):
        digits = "".join(filter(str.isdigit, target))
        return digits[-6:] in "".join(filter(str.isdigit, words))
    bare = target.casefold().partition("://")[2] or target.casefold()
    bare = bare.removeprefix("www.").split("?")[0].rstrip("/")
    return bare in words.casefold()
