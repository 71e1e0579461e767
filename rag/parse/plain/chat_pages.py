"""Reads chats that programs export as web pages or XML: each message with its sender and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree
    from selectolax.lexbor import LexborHTMLParser, LexborNode

    from rag.parse.plain.chat import Message

_FEWEST = 2
_MOST_MEDIA = 20  # of a message


@dataclass(frozen=True, slots=True)
class _Layout:
    """CSS selectors of a program's export.

    Attributes:
        message: of each message, in order.
        sender, time, text: within it; a message without a sender has that of the one before.
        time_from: attributes of the time that say it in full, the first that is there.
        media: within it, elements whose words name an attached file.
    """

    message: str
    sender: str
    time: str
    text: str
    time_from: tuple[str, ...] = ()
    media: str = ""


_LAYOUTS = (
    # Telegram Desktop.
    _Layout(
        "div.message.default",
        ".body > .from_name",
        ".body > .date",
        ".body > .text",
        ("title",),
        ".media_wrap .title, .media_wrap .status",
    ),
    # Skype and Teams, by the schema that their exports name.
    _Layout(
        "[itemtype*='Message']",
        "[itemprop=sender], [itemprop=author], [itemprop=from]",
        "[itemprop=sent], [itemprop=dateSent], [itemprop=datePublished], time",
        "[itemprop=content], [itemprop=text], [itemprop=articleBody]",
        ("datetime", "title"),
    ),
    # DiscordChatExporter.
    _Layout(
        "div.chatlog__message",
        ".chatlog__author",
        ".chatlog__timestamp, .chatlog__short-timestamp",
        ".chatlog__content",
        ("title",),
        ".chatlog__attachment-generic-name",
    ),
    # Facebook, Messenger and Instagram: their classes have no names that mean anything.
    _Layout("div._a6-g", "._a6-h", "._a6-o", "._a6-p"),
)


def messages_in_page(tree: LexborHTMLParser) -> list[Message]:
    """Returns the messages of a chat exported as a web page; none if it is no chat."""
    for layout in _LAYOUTS:
        nodes = tree.css(layout.message)
        if len(nodes) < _FEWEST:
            continue
        from rag.parse.plain.chat import Message

        messages: list[Message] = []
        sender = ""
        for node in nodes:
            sender = _words(node, layout.sender) or sender
            text = " ".join(filter(None, (_words(node, layout.text), _media(node, layout))))
            if text:
                messages.append(Message(_time(node, layout), sender, text))
        told = [message for message in messages if message.sender and message.time]
        if len(told) >= _FEWEST and len(told) * 2 >= len(messages):
            return messages
    return []


def chat_name(tree: LexborHTMLParser) -> str:
    """Returns the name of an exported chat; "" if the page does not tell it."""
    element = tree.css_first(".page_header .text, .preamble__entry, h1")
    return " ".join(element.text(separator=" ").split()) if element is not None else ""


def _words(node: LexborNode, selector: str) -> str:
    element = node.css_first(selector)
    return " ".join(element.text(separator=" ").split()) if element is not None else ""


def _time(node: LexborNode, layout: _Layout) -> str:
    element = node.css_first(layout.time)
    if element is None:
        return ""
    for name in layout.time_from:
        if value := element.attributes.get(name):
            from rag.parse.plain.chat import moment

            return moment(value)
    return " ".join(element.text(separator=" ").split())


def _media(node: LexborNode, layout: _Layout) -> str:
    if not layout.media:
        return ""
    names = [" ".join(item.text().split()) for item in node.css(layout.media)[:_MOST_MEDIA]]
    return f"({', '.join(names)})" if names else ""


_SENT = ("2", "4", "5", "6")  # type of an SMS: sent, or on its way; box of an MMS: sent


def short_messages(root: etree._Element) -> list[Message]:
    """Returns the messages in a file of SMS Backup & Restore; none if it is none."""
    from rag.parse.safe_xml import local

    if local(root) != "smses":
        return []
    from rag.parse.plain.chat import Message, moment

    messages: list[Message] = []
    for item in root:
        name = local(item)
        if name not in ("sms", "mms"):
            continue
        other = _known(item, "contact_name") or _known(item, "address")
        sent = item.get("type" if name == "sms" else "msg_box") in _SENT
        sender = f"Me to {other}" if sent else other
        text = _known(item, "body") or " ".join(_parts(item))
        if text:
            messages.append(Message(moment(_known(item, "date")), sender, text))
    return messages


def _parts(item: etree._Element) -> list[str]:
    """Returns the texts of a message with media, and the names of its files."""
    from rag.parse.safe_xml import local

    words: list[str] = []
    for part in item.iter():
        if local(part) == "part" and part.get("ct") != "application/smil":
            name = _known(part, "name") or _known(part, "cl") or _known(part, "ct")
            words.append(_known(part, "text") or f"({name})")
    return words


def _known(item: etree._Element, name: str) -> str:
    value = str(item.get(name, ""))
    return "" if value in ("null", "(Unknown)") else value
