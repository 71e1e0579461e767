"""What was typed and not sent, of each chat, as long as the program runs; only in memory."""

from __future__ import annotations

from collections.abc import Iterable


class Drafts:
    """Texts by the id of their chat; None is the chat that is still to begin."""

    def __init__(self) -> None:
        self._texts: dict[int | None, str] = {}

    def keep(self, chat_id: int | None, text: str, unkept: Iterable[str] = ()) -> None:
        """Keeps what stands in the field, with questions that could not be saved with their chat.

        Args:
            chat_id: the chat that is left.
            text: what stands in the field.
            unkept: such questions; those that stand in the field already are not repeated.
        """
        for question in unkept:
            text = joined(text, question)
        self._texts[chat_id] = text

    def add(self, chat_id: int | None, question: str) -> None:
        """Keeps a question beside what is kept of its chat."""
        self._texts[chat_id] = joined(self.of(chat_id), question)

    def of(self, chat_id: int | None) -> str:
        """What is kept of a chat; "" for nothing."""
        return self._texts.get(chat_id, "")

    def forget(self, chat_id: int | None) -> None:
        """The chat is deleted."""
        self._texts.pop(chat_id, None)


def joined(text: str, question: str) -> str:
    """Both, one below the other; once, if the one holds the other."""
    if question.strip() in text:
        return text
    return f"{text.rstrip()}\n\n{question}" if text.strip() else question
