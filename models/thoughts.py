"""What a model thinks aloud before it answers: left out, and switched off where that is possible.

Models that were trained to reason put their thoughts between two marks at the beginning of a
reply. A thought is no answer: it weighs what is wrong, too.
"""

from __future__ import annotations

# What opens and closes thoughts: Qwen, DeepSeek, SmolLM and most others; Magistral; Gemma 4
# (in the chat templates of these models); and OpenAI's gpt-oss (its "harmony" format).
MARKS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("[THINK]", "[/THINK]"),
    ("<|channel>thought", "<channel|>"),
    ("<|channel|>analysis<|message|>", "<|start|>assistant<|channel|>final<|message|>"),
)
_LONGEST_OPENING = max(len(opening) for opening, _ in MARKS)


def without_open_thought(prompt: str) -> str:
    """Closes the thought that a chat template has opened at the end of a prompt.

    Some templates begin the reply with the opening mark. An empty thought is what the templates
    that can switch thinking off write there (``enable_thinking=False``).
    """
    bare = prompt.rstrip()
    for opening, closing in MARKS:
        if bare.endswith(opening):
            return f"{bare}\n\n{closing}\n\n"
    return prompt


class Thoughts:
    """Takes the thoughts at the beginning of a reply out of it, as it comes in pieces.

    Marks further on are left alone: they may be words of a document.
    """

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""  # the mark that is waited for
        self._thought = False
        self._done = False

    @property
    def unfinished(self) -> bool:
        """Whether there was nothing but thoughts so far."""
        return bool(self._closing)

    def push(self, text: str, *, final: bool = False) -> str:
        """Adds text of the reply; returns what of it is answer. With `final`, nothing follows."""
        if self._done:
            return text
        self._held += text
        if not self._closing:
            self._look_for_opening()
        if self._closing:
            _, closed, rest = self._held.partition(self._closing)
            if not closed:
                # Only an end that may be the beginning of the mark is still needed.
                self._held = self._held[-len(self._closing) :]
                return ""
            self._closing, self._held, self._thought = "", rest, True
            return self.push("", final=final)
        if final or self._is_answer():
            self._done = True
            answer, self._held = self._held, ""
            return answer.lstrip() if self._thought else answer
        return ""

    def _look_for_opening(self) -> None:
        start = self._held.lstrip()
        for opening, closing in MARKS:
            if start.startswith(opening):
                self._closing, self._held = closing, start[len(opening) :]
                return

    def _is_answer(self) -> bool:
        """Tells whether what is held can no longer become an opening mark."""
        start = self._held.lstrip()
        return bool(start) and not any(
            opening.startswith(start[:_LONGEST_OPENING]) for opening, _ in MARKS
        )
