"""What a view of an answer has drawn."""

from __future__ import annotations

from typing import Any

from ui.chat.answer_text import AnswerSection, AnswerView


def drawn(browser: AnswerSection | AnswerView) -> str:
    """What is drawn, character by character, with each marker as it is written."""
    if isinstance(browser, AnswerView):
        return "\n".join(map(drawn, browser._sections))
    lines: list[str] = []
    block: Any = browser.document().begin()
    while block.isValid():
        line = ""
        for part in block:
            fragment = part.fragment()
            link = fragment.charFormat().anchorHref()
            line += f"[{link.partition(':')[2]}]" if link else fragment.text()
        lines.append(line)
        block = block.next()
    return "\n".join(lines)
