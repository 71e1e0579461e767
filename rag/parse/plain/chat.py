"""Recognises exported chats, and tells each message with its sender and time on one line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_DAY = (
    r"(?:\d{1,4}[./-](?:\d{1,2}|[A-Z][a-z]{2})[./-]\d{1,4}\.?"
    r"|\d{4}\. ?\d{1,2}\. ?\d{1,2}\.?|\d{4}[年년] ?\d{1,2}[月월] ?\d{1,2}[日일])"
)
# Before or after noon stands before the time in Korea, China and Japan.
_NOON = r"(?:(?:오전|오후|上午|下午|午前|午後)[ \u00a0\u202f]?)?"
_CLOCK = (
    rf"(?:{_NOON}"
    r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[ \u00a0\u202f]?[AaPp]\.?[ \u00a0\u202f]?[Mm]\.?)?)"
)
_WHEN = rf"{_DAY},?[ \u00a0\u202f]+{_CLOCK}"
_SENDER = r"[^:\n]{1,80}"
# WhatsApp on Android and iPhones, Signal's exporter, messages copied from Telegram, and KakaoTalk.
_LAYOUTS = (
    re.compile(rf"(?P<time>{_WHEN}) [-–] (?:(?P<sender>{_SENDER}): )?(?P<text>.*)"),
    re.compile(rf"\[(?P<time>{_WHEN})\] (?:(?P<sender>{_SENDER}): )?(?P<text>.*)"),
    re.compile(rf"(?P<sender>{_SENDER}), \[(?P<time>{_WHEN})\]:?(?P<text>.*)"),
    re.compile(rf"(?P<time>{_WHEN}), (?:(?P<sender>{_SENDER}) : )?(?P<text>.*)"),
)
# iMessage as its exporter writes it: the time, who wrote, and what, each on lines of their own.
_IMESSAGE = re.compile(
    r"(?P<time>[A-Z][a-z]{2} \d{2}, \d{4} +\d{1,2}:\d{2}:\d{2} [AP]M)(?: \(.*\))?"
)
# Discord as its exporter writes it: time and sender, and what was written on the lines below.
_DISCORD = re.compile(rf"\[(?P<time>{_WHEN})\] (?P<sender>[^:\n]{{1,80}})")
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\ufeff]")
_FEWEST = 2
_SHARE = 0.5  # of the first lines that begin a message, if it is a chat
_LOOKED_AT = 40  # lines
_HEAD = 10_000  # characters that show whether a text is a chat


class Message(NamedTuple):
    """A message of a chat.

    Attributes:
        time: as the export writes it, or ISO form where it has numbers only.
        sender: "" for what the program itself says.
    """

    time: str
    sender: str
    text: str

    def line(self) -> str:
        """Returns the message on one line."""
        words = " ".join(self.text.split())
        return (
            f"{self.time} {self.sender}: {words}" if self.sender else f"{self.time} {words}".strip()
        )


def messages_in_text(text: str) -> list[Message]:
    """Returns the messages of a chat exported as text; none if the text is no chat."""
    beginning = [line for line in _lines(text[:_HEAD]) if line.strip()][:_LOOKED_AT]
    if beginning and _IMESSAGE.fullmatch(beginning[0].strip()):
        return _imessages(_lines(text))
    for layout in _LAYOUTS:
        begins = [match for line in beginning if (match := layout.match(line))]
        senders = [match["sender"] for match in begins if match["sender"]]
        if (
            beginning
            and layout.match(beginning[0])
            and len(senders) >= _FEWEST
            and (len(begins) >= _SHARE * len(beginning) or len(set(senders)) < len(senders))
        ):
            return list(_messages(layout, _lines(text)))
    if sum(_DISCORD.fullmatch(line) is not None for line in beginning) >= _FEWEST:
        return _discord(_lines(text))
    return []


def _lines(text: str) -> list[str]:
    return _MARKS.sub("", text).split("\n")


def _messages(layout: re.Pattern[str], lines: Sequence[str]) -> Iterator[Message]:
    time = sender = ""
    text: list[str] = []
    for line in lines:
        match = layout.match(line)
        if match is None:
            text.append(line)
            continue
        if time:
            yield Message(time, sender, "\n".join(text))
        time, sender, text = (
            match["time"],
            (match["sender"] or "").strip("~ \u202f"),
            [match["text"]],
        )
    if time:
        yield Message(time, sender, "\n".join(text))


def _imessages(lines: Sequence[str]) -> list[Message]:
    begins = [at for at, line in enumerate(lines) if _IMESSAGE.fullmatch(line.strip())]
    messages: list[Message] = []
    for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        sender = lines[begin + 1].strip() if begin + 1 < end else ""
        text = "\n".join(lines[begin + 2 : end])
        if sender and text.strip():
            messages.append(Message(" ".join(lines[begin].split()), sender, text))
    return messages


def _discord(lines: Sequence[str]) -> list[Message]:
    begins = [at for at, line in enumerate(lines) if _DISCORD.fullmatch(line)]
    head = " ".join(line for line in lines[: begins[0]] if line.strip("= "))
    messages = [Message("", "", head)] if head else []
    for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        match = _DISCORD.fullmatch(lines[begin])
        text = "\n".join(lines[begin + 1 : end])
        if match is not None and text.strip():
            messages.append(Message(match["time"], match["sender"], text))
    return messages


# Names under which programs store who wrote a message, when, and what, in the order of preference.
_SENDERS = (
    "from",
    "creator",
    "sender_name",
    "sender",
    "author",
    "user_profile",
    "user",
    "username",
    "actor",
)
_TIMES = (
    *("date", "timestamp_ms", "timestamp", "sent_at", "sentAt", "ts", "time", "created_at"),
    *("created_date", "createdDateTime", "originalarrivaltime", "origin_server_ts"),
)
_TEXTS = ("text", "content", "body", "message", "action")
_NAMES = ("nickname", "display_name", "displayName", "real_name", "name", "username", "title")
_RECORDS = ("messages", "MessageList", "value")  # the last as Teams answers programs
_CHAT_NAMES = ("name", "title", "displayName", "room_name")
_ATTACHED = ("file_name", "file", "photo", "media_type", "sticker_emoji")
_LISTS = ("photos", "videos", "files", "audio_files", "gifs", "attachments")
_FILE_NAMES = ("name", "fileName", "filename", "title", "uri", "url")
_MOST_ATTACHED = 20
_ISO = re.compile(r"(\d)T(\d)")
_MILLISECONDS = 1e11  # numbers above are milliseconds since 1970
_MICROSECONDS = 1e14


def conversations(
    value: Any, names: Mapping[str, str] | None = None
) -> list[tuple[str, list[Message]]]:
    """Returns the chats in a JSON value, each with its name; none if it holds no chat.

    A chat is a list of records of which each has a time, and most have a sender and a text.

    Args:
        value: as `json` reads it, numbers as text or as numbers.
        names: of people, by their ids, where they stand in a file beside the chat.
    """
    names = names or {}
    if isinstance(value, list):
        messages = _records(value, names)
        return [("", messages)] if messages else []
    if not isinstance(value, dict):
        return []
    chats = value.get("chats")  # all chats of a Telegram account
    chats = chats.get("list") if isinstance(chats, dict) else value.get("conversations")  # Skype
    if isinstance(chats, list) and all(isinstance(inner, dict) for inner in chats):
        return [chat for inner in chats for chat in conversations(inner, names)]
    records = next((value[key] for key in _RECORDS if isinstance(value.get(key), list)), None)
    messages = _records(records, names) if isinstance(records, list) else []
    if not messages:
        return []
    channel = value.get("channel")
    title = next((value[n] for n in _CHAT_NAMES if isinstance(value.get(n), str)), "")
    title = title or (str(channel.get("name") or "") if isinstance(channel, dict) else "")
    return [(title, messages)]


def _records(records: list[Any], names: Mapping[str, str]) -> list[Message]:
    people = {**names, **_people(records)}
    messages = [_message(record, people) for record in records if isinstance(record, dict)]
    told = [message for message in messages if message.time and message.sender and message.text]
    timed = sum(bool(message.time) for message in messages)
    if not told or timed < len(records) or len(told) * 2 < len(records):
        return []
    times = [_moment(record) for record in records]
    if all(times[:2]) and len(times) > 1 and times[0] > times[-1]:  # the newest came first
        messages.reverse()
    return [message for message in messages if message.text]


def _people(records: list[Any]) -> dict[str, str]:
    """Returns the names of Slack's members by their ids, as far as the messages tell them."""
    names: dict[str, str] = {}
    for record in records:
        user = record.get("user") if isinstance(record, dict) else None
        if isinstance(user, str) and (name := _name(record.get("user_profile"))):
            names[user] = name
    return names


def _message(record: dict[str, Any], people: Mapping[str, str]) -> Message:
    sender = next((name for key in _SENDERS if (name := _name(record.get(key)))), "")
    from rag.parse.plain import slack

    is_slack = slack.is_record(record)
    sender = slack.person(sender, people) if is_slack else sender
    text = next((words for key in _TEXTS if (words := _words(record.get(key)))), "")
    if is_slack:
        text = slack.in_words(text, people)
    attached = [str(record[key]) for key in _ATTACHED if isinstance(record.get(key), str)]
    attached += _attached(record)
    if attached:
        text = f"{text} ({', '.join(attached)})".strip()
    return Message(_moment(record), sender, text)


def _attached(record: dict[str, Any]) -> list[str]:
    """Returns the names of files in lists, as Slack, Discord and Facebook store them."""
    names: list[str] = []
    for key in _LISTS:
        files = record.get(key)
        for file in files[:_MOST_ATTACHED] if isinstance(files, list) else ():
            if isinstance(file, dict):
                found = (str(file[name]) for name in _FILE_NAMES if file.get(name))
                names.append(next(found, "").rpartition("/")[2])
    return [name for name in names if name]


def _moment(record: dict[str, Any]) -> str:
    for key in _TIMES:
        value = record.get(key)
        if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value):
            return moment(str(value))
    return ""


def moment(value: str) -> str:
    """Returns a time as a person reads it, or as it is.

    Args:
        value: seconds, thousandths or millionths of a second since 1970, or a written time.
    """
    from datetime import UTC, datetime  # few texts are chats

    try:
        number = float(value)
    except ValueError:
        return _ISO.sub(r"\1 \2", value)
    seconds = number / 1000 if number > _MILLISECONDS else number
    seconds = number / 1_000_000 if number > _MICROSECONDS else seconds
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return value


def _name(value: Any) -> str:
    if isinstance(value, dict):
        inner = value.get("user") or value.get("application")  # as in Teams
        if isinstance(inner, dict):
            return _name(inner)
        return next((str(value[key]) for key in _NAMES if value.get(key)), "")
    return value if isinstance(value, str) else ""


def _words(value: Any) -> str:
    """Returns a text that is stored whole, or in pieces of which some are marked."""
    if isinstance(value, list):
        return "".join(_words(piece) for piece in value)
    if isinstance(value, dict):
        content = next((value[key] for key in ("text", "content", "body") if value.get(key)), "")
        is_page = value.get("contentType") == "html" and isinstance(content, str)
        return _words_of_page(content) if is_page else _words(content)
    return value if isinstance(value, str) else ""


def _words_of_page(html: str) -> str:
    """Returns the text of a message that is stored as HTML."""
    from selectolax.lexbor import LexborHTMLParser

    return " ".join(LexborHTMLParser(html).text().split())
