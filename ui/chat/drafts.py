"""The unsent text of each chat, in memory only, as long as the program runs."""

from __future__ import annotations

from collections.abc import Iterable


class ChatDrafts:
    """Texts by chat id; None is the chat that has not begun yet."""

    def __init__(self) -> None:
        self._texts: dict[int | None, str] = {}

    def keep(self, chat_id: int | None, text: str, unsaved: Iterable[str] = ()) -> None:
        """Keeps the text of the field, with questions that could not be saved with their chat.

        Args:
            chat_id: the chat the user leaves.
            text: the text of the field.
            unsaved: such questions; those already in the field are not repeated.
        """
        for question in unsaved:
            text = joined(text, question)
        self._texts[chat_id] = text

    def add(self, chat_id: int | None, question: str) -> None:
        """Adds a question to a chat's draft."""
        self._texts[chat_id] = joined(self.of(chat_id), question)

    def of(self, chat_id: int | None) -> str:
        """Returns a chat's draft; "" for none."""
        return self._texts.get(chat_id, "")

    def forget(self, chat_id: int | None) -> None:
        """Drops the draft of a deleted chat."""
        self._texts.pop(chat_id, None)


def joined(text: str, question: str) -> str:
    """Joins two texts, one below the other; returns one alone if it contains the other."""
    if question.strip() in text:
        return text
    return f"{text.rstrip()}\n\n{question}" if text.strip() else question
