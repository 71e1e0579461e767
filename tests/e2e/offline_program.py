"""Indexes a folder, searches, asks and asks again, as the program does; prints what came out.

python -m tests.e2e.offline_program DATA_FOLDER MODELS_FOLDER FOLDER QUESTION...
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from app.jobs import CancelToken
from app.paths import Paths
from app.privacy.audit import refuse_network
from app.privacy.environment import harden
from app.services import build_services


def main() -> None:
    """Runs the main job from end to end."""
    harden()
    refuse_network()
    data, models, folder, *questions = sys.argv[1:]
    services = build_services(Paths(Path(data), Path(models)), "smollm2-135m-instruct-q4_1")
    services.settings.change(answer_tokens=64)
    seconds: dict[str, float] = {}
    started = time.monotonic()
    report = services.library.add([folder])
    seconds["index"] = time.monotonic() - started
    started = time.monotonic()
    hits = services.library.search(questions[0], 3)
    seconds["search"] = time.monotonic() - started
    chat = services.chats.create("offline")
    answers = []
    for question in questions:
        started = time.monotonic()
        history = services.chats.turns(chat.id)
        answer = services.answers.ask(question, history, lambda _event: None, CancelToken())
        services.chats.add_turn(chat.id, question, answer)
        answers.append(answer.text)
        seconds["ask"] = time.monotonic() - started
    started = time.monotonic()
    services.close()
    seconds["close"] = time.monotonic() - started
    print(
        json.dumps(
            {
                "added": report.added,
                "failed": len(report.failed),
                "hits": len(hits),
                "answers": answers,
                "seconds": seconds,
            }
        )
    )


if __name__ == "__main__":
    main()
