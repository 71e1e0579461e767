"""Sets up the writing connection of a SQLite file of ours, and brings the file up to date."""

from __future__ import annotations

from collections.abc import Sequence

import apsw

from rag.store.transaction import transaction


def migrate(db: apsw.Connection, application_id: int, migrations: Sequence[str]) -> None:
    """Makes writes durable and deletions real, and runs the migrations that are still to come.

    The caller has refused files of later versions, and set the journal mode.

    Args:
        db: a connection that may write.
        application_id: marks the file as ours (SQLite's ``application_id``).
        migrations: SQL scripts; number n brings version n to n + 1. Each runs in a transaction.
    """
    db.pragma("synchronous", "full")
    db.pragma("foreign_keys", True)
    db.pragma("secure_delete", True)
    version: int = db.pragma("user_version")
    for number, script in enumerate(migrations[version:], start=version + 1):
        with transaction(db):
            db.execute(script)
            db.pragma("application_id", application_id)
            db.pragma("user_version", number)
