"""A session in which a larger model is asked, as the program does it: shut off, with a keyring.

python -m tests.e2e.keys_program DATA_FOLDER FOLDER BASE_URL CA_FILE END

The key comes on standard input. END says how it ends: "well"; "native", by a crash in native code
while the reply comes; "bug", by a mistake of Python while it comes. Prints each step.
"""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

from app import logs
from app.chats.outside_reply import EscalationEvent, OutsideText
from app.escalation.draft import tick
from app.escalation.session import Click, Session
from app.paths import Paths
from app.privacy.egress.client import Launcher
from app.privacy.seal import seal
from app.services import build_services
from app.settings.fields import CloudProvider
from app.workers.configs import IndexConfig


def main() -> None:
    """Runs the session."""
    data, folder, base_url, ca_file, end = sys.argv[1:]
    launcher = Launcher()
    launcher.start()
    seal()
    paths = Paths(Path(data), Path(data) / "models")
    paths.ensure()
    logs.start(paths.logs)
    services = build_services(
        paths,
        launcher=launcher,
        index_config=IndexConfig(data, data, "tests.sample_models:hash_embedder"),
        chat_model="tests.sample_models:fake_chat",
    )
    provider = CloudProvider(name="Team", base_url=base_url, model="big", ca_file=ca_file)
    services.settings.change(cloud_enabled=True, cloud_providers=(provider,), keep_payloads=True)
    services.library.add([folder])
    chat = services.chats.create()
    turn = services.chats.add_turn(chat.id, "How long?", services.answers.ask("How long is it?"))
    services.escalation.set_key(provider, sys.stdin.readline().strip())
    draft = services.escalation.draft(turn)
    draft = tick(draft, draft.excerpts[0].key)
    prepared = services.escalation.prepare(draft)
    assert prepared.payload is not None
    session = Session()
    session.show(prepared.payload)
    session.confirm(Click(), prepared.payload.seal)

    def on_event(event: EscalationEvent) -> None:
        if isinstance(event, OutsideText):
            print("streaming", flush=True)
            sys.stdin.readline()  # the test has looked around
            if end == "native":
                ctypes.string_at(0)
            if end == "bug":
                raise ValueError(f"no good: {services.escalation} {prepared} {provider}")

    services.escalation.send(session, turn.id, on_event)
    services.close()
    print("done", flush=True)


if __name__ == "__main__":
    main()
