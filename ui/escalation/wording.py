"""Wording of escalation: kinds of personal data, tokens, prices, how a reply ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from ui import text
from ui.legible import named
from ui.text import tr

if TYPE_CHECKING:
    from app.chats.outside_reply import OutsideReply
    from app.escalation.payload import Payload, Route
    from app.library.local_only import Bar


def price(dollars: float) -> str:
    """Formats an estimate in US dollars with two significant digits: "$0.0042", "$1.30"."""
    if 0 < dollars < 0.0001:
        return tr("less than {0}").format(_dollars(0.0001, 4))
    return _dollars(dollars, 4 if dollars < 0.01 else 3 if dollars < 0.1 else 2)


def _dollars(value: float, decimals: int) -> str:
    return "$" + f"{value:.{decimals}f}".replace(".", QLocale().decimalPoint())


def estimate(payload: Payload) -> str:
    """Describes what sending will cost."""
    tokens = tr("About {0} tokens").format(text.number(payload.tokens))
    size = text.size(len(payload.body))
    if payload.cost is None or payload.most is None:
        return tr("{0}, {1}. The price of this model is not known.").format(tokens, size)
    return tr("{0}, {1}. Estimated price: {2}, at most {3} with a long reply.").format(
        tokens, size, price(payload.cost), price(payload.most)
    )


def why_not(bar: Bar) -> str:
    """Says why something cannot be sent; "" if it can."""
    return {
        "is": tr("In a collection that never leaves this computer: it cannot be sent."),
        "was": tr("Was in a collection that never leaves this computer: it cannot be sent."),
        "unknown": tr(
            "It cannot be sent: its file or your library has changed, so Studiolo cannot tell "
            "whether it is in a collection that never leaves this computer."
        ),
    }.get(bar.value, "")


def way(route: Route) -> str:
    """Names the proxy and the extra certificates of a connection; "" if there are none."""
    sentences: list[str] = []
    if route.proxy:
        sentences.append(
            tr("Goes through the proxy {0}.").format(named(_without_password(route.proxy)))
        )
    if route.certificates:
        sentences.append(
            tr("Trusts the certificates in {0} as well (SHA-256 {1}…).").format(
                named(route.ca_file), route.certificates[:16]
            )
        )
    elif route.ca_file:
        sentences.append(tr("Trusts the certificates in {0} as well.").format(named(route.ca_file)))
    return " ".join(sentences)


def _without_password(address: str) -> str:
    scheme, slashes, authority = address.partition("//")
    name, separator, host = authority.rpartition("@")
    user, colon, _ = name.partition(":")
    return f"{scheme}{slashes}{user}{':••••' if colon else ''}{separator}{host}"


def summary(reply: OutsideReply) -> str:
    """Describes a reply: time, tokens and price."""
    tokens = text.number(reply.input_tokens + reply.output_tokens)
    parts = [
        text.seconds(reply.seconds),
        (tr("{0} tokens") if reply.counted else tr("about {0} tokens")).format(tokens),
    ]
    if reply.cost is not None:
        parts.append(tr("{0}, estimated").format(price(reply.cost)))
    return "  ·  ".join(parts)


def ending(reply: OutsideReply) -> str:
    """Says how a reply ended if it is incomplete; "" otherwise."""
    return {
        "stopped": tr("You stopped this reply; it is incomplete."),
        "limit": tr("This reply reached the length limit; it may be incomplete."),
        "cut": tr("This reply was cut off; it is incomplete."),
    }.get(reply.end.value, "")
