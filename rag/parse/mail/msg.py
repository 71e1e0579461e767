"""Converts mail as Outlook stores it (MSG) to MIME mail."""

from __future__ import annotations

import hashlib
import io
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email import encoders
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime

from oxmsg.domain import constants as c
from oxmsg.domain.encodings import encoding_from_codepage
from oxmsg.storage import Storage

from rag.parse.builder import clean
from rag.parse.failures import FailureReason
from rag.parse.mail import mime
from rag.parse.office.compressed_rtf import unpacked
from rag.parse.parse_problem import ParseProblem, broken

_DEEPEST = 4  # mails within mails
_ENTRY = struct.Struct("<HH4x8s")  # type of a value, its id, the value itself if it is short
# Length of the header before the entries, in a mail, in a nested one, and in parts of a mail.
_TOP, _INNER, _PART = 32, 24, 8
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_INNER_MAIL = "__substg1.0_3701000D"
_ROLES = {1: "To", 2: "Cc"}


def read(data: bytes) -> Message:
    """Reads the mail in an MSG file.

    Raises:
        ParseProblem: the file is damaged, or another kind of Outlook item.
    """
    import olefile  # type: ignore[import-untyped]

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            storage = Storage.from_ole(container)
    except Exception as error:  # olefile raises its own errors and those of a bad index
        raise broken("a mail") from error
    mail = _Record(storage, _TOP)
    kind = mail.text(c.PID_MESSAGE_CLASS).lower()
    if kind.startswith(("ipm.contact", "ipm.distlist")):
        raise ParseProblem(
            FailureReason.UNSUPPORTED,
            "Studiolo cannot read contacts in Outlook's format. Save it as .vcf and add that.",
        )
    return _mail(mail, 1)


class _Record:
    """The properties that Outlook stores of a mail, a recipient or an attached file."""

    def __init__(self, storage: Storage, header: int, encoding: str = "") -> None:
        self.storage = storage
        self._streams = {stream.name.upper(): stream.bytes_ for stream in storage.streams}
        entries = self._streams.get("__PROPERTIES_VERSION1.0", b"")[header:]
        self._short: dict[int, bytes] = {
            pid: value for _, pid, value in _ENTRY.iter_unpack(entries[: len(entries) // 16 * 16])
        }
        self.encoding = encoding or self._encoding(c.PID_MESSAGE_CODEPAGE)

    def text(self, pid: int) -> str:
        """Returns a text in either of the two ways in which it is stored; "" when there is none."""
        wide = self._streams.get(f"__SUBSTG1.0_{pid:04X}001F")
        if wide is not None:
            return clean(wide.decode("utf-16-le", "replace"))
        narrow = self._streams.get(f"__SUBSTG1.0_{pid:04X}001E", b"")
        own = self._encoding(c.PID_INTERNET_CODEPAGE) if pid == c.PID_BODY else ""
        return clean(mime.decoded(narrow, own or self.encoding)) if narrow else ""

    def data(self, pid: int) -> bytes:
        """Returns bytes; empty when there are none."""
        return self._streams.get(f"__SUBSTG1.0_{pid:04X}0102", b"")

    def html(self) -> str:
        """Returns the text as HTML."""
        data = self.data(c.PID_HTML)
        if data:
            return clean(mime.decoded(data, self._encoding(c.PID_INTERNET_CODEPAGE)))
        return self.text(c.PID_BODY_HTML)

    def number(self, pid: int) -> int | None:
        """Returns a whole number."""
        value = self._short.get(pid)
        return int.from_bytes(value[:4], "little") if value is not None else None

    def time(self, pid: int) -> datetime | None:
        """Returns a time, stored in tenths of microseconds since 1601."""
        ticks = int.from_bytes(self._short.get(pid, b""), "little")
        try:
            return _EPOCH + timedelta(microseconds=ticks // 10) if ticks else None
        except OverflowError:
            return None

    def _encoding(self, pid: int) -> str:
        page = self.number(pid)
        try:
            return encoding_from_codepage(page) if page is not None else ""
        except Exception:  # noqa: BLE001  # it has errors of its own for pages it does not know
            return ""


def _mail(record: _Record, depth: int) -> Message:
    bodies = [_body(record)]
    files = list(_attached(record, depth))
    # The result must be deterministic: a nested mail is identified by its hash.
    mark = hashlib.blake2b(repr(record.storage.path).encode(), digest_size=8).hexdigest()
    mail = MIMEMultipart(boundary=f"=={mark}-{depth}==", _subparts=[*bodies, *files])
    for name, value in _headers(record).items():
        if flat := " ".join(value.split()):
            mail[name] = flat
    return mail


def _headers(record: _Record) -> dict[str, str]:
    sent = mime.read(record.text(c.PID_TRANSPORT_MESSAGE_HEADERS).encode())
    moment = record.time(c.PID_CLIENT_SUBMIT_TIME) or record.time(c.PID_MESSAGE_DELIVERY_TIME)
    recipients: dict[str, list[str]] = {}
    for storage in record.storage.iter_recipient_storages():
        person = _Record(storage, _PART, record.encoding)
        address = person.text(c.PID_SMTP_ADDRESS) or person.text(c.PID_EMAIL_ADDRESS)
        role = _ROLES.get(person.number(c.PID_RECIPIENT_TYPE) or 1)
        if role:
            recipients.setdefault(role, []).append(
                _person(person.text(c.PID_DISPLAY_NAME), address)
            )
    sender = _person(
        record.text(c.PID_SENDER_NAME) or record.text(c.PID_SENT_REPRESENTING_NAME),
        record.text(c.PID_SENDER_SMTP_ADDRESS) or record.text(c.PID_SENDER_EMAIL_ADDRESS),
    )
    return {
        "From": mime.header(sent, "From") or sender,
        "To": ", ".join(recipients.get("To", ())) or record.text(c.PID_DISPLAY_TO),
        "Cc": ", ".join(recipients.get("Cc", ())) or record.text(c.PID_DISPLAY_CC),
        "Date": mime.header(sent, "Date") or (format_datetime(moment) if moment else ""),
        "Subject": record.text(c.PID_SUBJECT) or mime.header(sent, "Subject"),
    }


def _person(name: str, address: str) -> str:
    if "@" not in address or address == name:  # inside a firm, Outlook writes a path instead
        return name or address
    return f"{name} <{address}>" if name else address


def _body(record: _Record) -> Message:
    plain = record.text(c.PID_BODY)
    html = "" if plain.strip() else record.html()
    if html:
        return MIMEText(html, "html", "utf-8")
    if not plain.strip():
        plain = clean(_rich(record.data(c.PID_RTF_COMPRESSED)))
    return MIMEText(plain, "plain", "utf-8")


def _rich(packed: bytes) -> str:
    from striprtf.striprtf import rtf_to_text

    to_text: Callable[..., str] = rtf_to_text
    try:
        return to_text(unpacked(packed).decode("latin-1"), errors="replace")
    except Exception:  # noqa: BLE001  # a body that cannot be read does not cost the attachments
        return ""


def _attached(record: _Record, depth: int) -> Iterator[Message]:
    for storage in record.storage.iter_attachment_storages():
        part = _Record(storage, _PART, record.encoding)
        name = (
            part.text(c.PID_ATTACH_LONG_FILENAME)
            or part.text(c.PID_ATTACH_FILENAME)
            or part.text(c.PID_DISPLAY_NAME)
        )
        inner = next((s for s in storage.storages if s.name.upper() == _INNER_MAIL.upper()), None)
        if inner is not None and depth < _DEEPEST:
            yield MIMEMessage(_mail(_Record(inner, _INNER), depth + 1))
            continue
        kind = part.text(c.PID_ATTACH_MIME_TAG).lower()
        hidden = part.number(c.PID_ATTACHMENT_HIDDEN)
        if inner is not None or (hidden and kind.startswith("image/")):
            continue  # images of the HTML text, such as logos
        file = MIMEBase("application", "octet-stream")
        file.set_payload(part.data(c.PID_ATTACH_DATA_BINARY))
        encoders.encode_base64(file)
        file.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
        yield file
