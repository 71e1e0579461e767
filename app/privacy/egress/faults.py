"""Messages for tickets that could not be served."""

from __future__ import annotations

from app.privacy.egress.tickets import EgressFault

_WORDS = {
    EgressFault.HASH: ("it differs from what was shown", "Review it again, and press Send."),
    EgressFault.HOST: ("{host} is not a valid https address", "Correct the address in Settings."),
    EgressFault.USED: ("it was sent before; nothing is sent twice", "Ask again."),
    EgressFault.UNRECORDED: (
        "it could not be recorded first, as everything that leaves this computer is",
        "Free some space, or make sure that you can write to the data folder.",
    ),
    EgressFault.SEALED: (
        "the process that makes connections could not be started",
        "Start Studiolo again.",
    ),
    EgressFault.OFFLINE: ("this computer has no network connection", "Connect, and try again."),
    EgressFault.NAME: ("there is no host called {host}", "Check the address in Settings."),
    EgressFault.REFUSED: ("{host} refuses connections", "Check the address, or try again later."),
    EgressFault.TLS: (
        "the certificate of {host} is not valid",
        "Check the address. If your network inspects connections, set its certificate in Settings.",
    ),
    EgressFault.PROXY: ("the proxy refused the connection", "Check the proxy in Settings."),
    EgressFault.TIMEOUT: ("{host} did not answer in time", "Try again later."),
    EgressFault.CUT: ("the connection to {host} broke off", "Try again."),
    EgressFault.REDIRECT: (
        "{host} redirects to another address, which is not followed",
        "Set the right address in Settings.",
    ),
    EgressFault.RANGE: ("{host} did not send the part that was asked for", "Try again."),
    EgressFault.PACKAGE: ("the package could not be downloaded", "Try again later."),
    EgressFault.DISK: ("the download could not be saved", "Free some space, and try again."),
}


def explain(fault: EgressFault, host: str) -> tuple[str, str]:
    """Returns the reason, as a clause to follow a colon, and what to do next."""
    reason, advice = _WORDS[fault]
    return reason.format(host=host or "the address"), advice
