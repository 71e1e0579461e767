"""What a mail is like beside its words: who it says it is from, how it came, how it is made.

Each sign is a short word about the structure of a mail (RFC 5322, 2045, 2369), not about its topic.
Whether a sign speaks for or against a label is for a classifier to learn.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

from rag.formats import DocumentKind
from rag.parse.at_rest import read_at_rest
from rag.parse.failures import ParseFailure
from rag.parse.identify import identify
from rag.parse.mail import mime
from rag.parse.mail.parts import part_bytes
from rag.parse.parse_problem import ParseProblem

_LINK = re.compile(r"(?i)\bhttps?://([^/\s\"'<>]{1,255})")
_NUMBERS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?")
_PICTURE = re.compile(r"(?i)<img\b[^>]{0,500}\bsrc\s*=\s*[\"']?https?:")
_FORM = re.compile(r"(?i)<(form|script|iframe)\b")
_COUNTS = ((0, "no"), (1, "one"), (5, "few"), (20, "many"))
_MOST_CHARACTERS = 200_000
_SHOUTED = 0.6


def read_signs(path: Path, descriptor: int | None = None) -> tuple[str, ...]:
    """Returns the signs of a mail; none of a file that is no mail, or cannot be read.

    A mailbox counts as its first mail, with the rest as its text.

    Args:
        path: a file, untrusted, or a part of one.
        descriptor: of the file, if it is open already; it stays open.
    """

    def read() -> tuple[str, ...]:
        source = part_bytes(str(path), "", descriptor)
        if identify(source) not in (DocumentKind.EMAIL, DocumentKind.MAILBOX):
            return ()
        return signs(mime.read(source.read()))

    try:
        outcome = read_at_rest(path, descriptor, read)
    except (ParseProblem, OSError, ValueError):
        return ()
    return () if isinstance(outcome, ParseFailure) else outcome


def signs(message: Message) -> tuple[str, ...]:
    """Returns the signs of a mail, each once, in a fixed order."""
    return tuple(dict.fromkeys((*_of_sender(message), *_of_way(message), *_of_body(message))))


def _of_sender(message: Message) -> Iterator[str]:
    name, address = email.utils.parseaddr(mime.header(message, "From"))
    sender = _domain(address)
    if not sender:
        yield "sender-without-address"
    if "@" in name:
        yield "sender-named-as-address"
    if not name:
        yield "sender-without-name"
    if re.search(r"\d{3}", address.partition("@")[0]):
        yield "sender-with-digits"
    for header, sign in (
        ("Reply-To", "reply"),
        ("Return-Path", "return"),
        ("Message-ID", "message-id"),
    ):
        written = mime.header(message, header)
        domain = _domain(email.utils.parseaddr(written)[1] or written.strip("<> "))
        if not written:
            yield f"{sign}-missing"
        elif domain and sender and not _related(domain, sender):
            yield f"{sign}-elsewhere"
    to = [address for _, address in email.utils.getaddresses([mime.header(message, "To")])]
    yield f"recipients-{_count(len([address for address in to if '@' in address]))}"
    if address and address in to:
        yield "sent-to-itself"


def _of_way(message: Message) -> Iterator[str]:
    headers = {key.lower() for key in message}
    if headers & {"list-id", "list-post", "list-help"}:
        yield "list"
    if "list-unsubscribe" in headers:
        yield "list-unsubscribe"
    if headers & {"in-reply-to", "references"}:
        yield "in-reply"
    if headers & {"x-mailer", "user-agent"}:
        yield "mail-program-named"
    if mime.header(message, "Precedence").lower() in ("bulk", "list", "junk"):
        yield "sent-in-bulk"
    if mime.header(message, "X-Priority")[:1] in ("1", "2"):
        yield "urgent"
    if mime.date(mime.header(message, "Date")) is None:
        yield "date-missing"
    subject = mime.header(message, "Subject")
    letters = [character for character in subject if character.isalpha()]
    if not subject:
        yield "subject-missing"
    elif letters and sum(map(str.isupper, letters)) > _SHOUTED * len(letters):
        yield "subject-shouted"
    if subject.lower().startswith(("re:", "aw:", "sv:", "fw:", "fwd:")):
        yield "subject-of-reply"
    if "!" in subject:
        yield "subject-exclaims"


def _of_body(message: Message) -> Iterator[str]:
    contents = mime.contents(message)
    kinds = {part.get_content_type() for part in message.walk()}
    if "text/html" in kinds:
        yield "html-and-plain" if "text/plain" in kinds else "html-only"
    yield f"attached-{_count(len(contents.attached))}"
    text = ""
    for body in contents.bodies:
        if mime.header(body, "Content-Transfer-Encoding").lower() == "base64":
            yield "text-in-base64"
        text += mime.text_of(body)[:_MOST_CHARACTERS]
        if len(text) > _MOST_CHARACTERS:
            break
    hosts = [match.group(1).lower() for match in _LINK.finditer(text)]
    yield f"links-{_count(len(hosts))}"
    yield f"hosts-{_count(len(set(hosts)))}"
    if any(_NUMBERS.fullmatch(host.rpartition("@")[2]) for host in hosts):
        yield "link-to-number"
    if any("@" in host or "%" in host for host in hosts):
        yield "link-disguised"
    sender = _domain(email.utils.parseaddr(mime.header(message, "From"))[1])
    if hosts and sender:
        own = any(_related(host.partition(":")[0], sender) for host in hosts)
        yield "links-to-sender" if own else "links-elsewhere"
    if _PICTURE.search(text):
        yield "picture-from-network"
    if _FORM.search(text):
        yield "form-or-script"


def _domain(address: str) -> str:
    return address.rpartition("@")[2].strip("<>. ").lower() if "@" in address else ""


def _related(one: str, other: str) -> bool:
    """Tells whether two host names have the same last two labels."""
    return one.split(".")[-2:] == other.split(".")[-2:]


def _count(number: int) -> str:
    """Returns a rough word for a number."""
    return next((word for most, word in _COUNTS if number <= most), "crowds-of")
