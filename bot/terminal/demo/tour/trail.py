"""The audit trail as an auditor reads it, a change of it as an attacker makes it, and the proof of that."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.errors import BotError
from bot.ports import Store
from bot.store.sqlite.sqlite_library import sqlite3
from bot.store.sqlite.store import BUSY_TIMEOUT
from bot.terminal.audit.verify import verify_against, verify_trail

MAX_LINES = 200
# Who has approved after the tampering.
SOMEBODY_ELSE = ("U0VIEWER", "viewer")
# The view that docs/operations.md gives to auditors; entries on changes and refusals alone.
_SENTENCES = """
    SELECT seq, audit.at, audit.kind, sentence, api_id, api_timestamp
    FROM audit_sentences JOIN audit USING (seq)
    WHERE audit.change_id <> '' OR audit.kind = 'refused' ORDER BY seq DESC LIMIT ?
"""
# An approval is what somebody would hide first.
_TARGET = """
    SELECT seq, actor, actor_name FROM audit WHERE change_id <> ''
    ORDER BY kind = 'change.approved' DESC, seq DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the trail as a sentence, with what the API answered."""

    number: int
    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Tampering:
    """An entry that was changed: its number, and who acted by it before and after."""

    seq: int
    before: tuple[str, str]
    after: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Verified:
    """What `audit verify` prints, and the number of the entry that it names, or None."""

    ok: bool
    text: str
    wrong: int | None


class Auditor:
    """What an auditor sees, after they looked: the trail, and what its verification said."""

    def __init__(self, database: Path) -> None:
        self.has_found = False
        self._database = database
        self._lines: Sequence[Line] | None = None
        self._tampering: Tampering | None = None
        self._verified: Verified | None = None

    @property
    def has_looked(self) -> bool:
        """Whether the trail was looked at."""
        return self._lines is not None

    @property
    def has_tampered(self) -> bool:
        """Whether an entry is changed now."""
        return self._tampering is not None

    @property
    def text(self) -> str:
        """What the last verification said, or ``""``."""
        return self._verified.text if self._verified else ""

    def trail(self) -> list[dict[str, Any]] | None:
        """Return the part `trail`; None before somebody looked."""
        if self._lines is None:
            return None
        wrong = self._verified.wrong if self._verified else None
        return [
            {
                "number": line.number,
                "at": line.at.timestamp(),
                "text": line.text,
                "kind": line.kind,
                "wrong": line.number == wrong,
            }
            for line in self._lines
        ]

    def verification(self) -> dict[str, Any] | None:
        """Return the part `verification`; None before it was verified."""
        return {"ok": self._verified.ok, "text": self._verified.text} if self._verified else None

    async def look(self) -> None:
        """Read the trail."""
        self._lines = await asyncio.to_thread(sentences, self._database)

    async def tamper(self) -> None:
        """Change an approval. Raises BotError if one is changed already, or there is no change."""
        if self._tampering is not None:
            raise BotError("An entry is changed already. Undo that first.")
        self._tampering = await asyncio.to_thread(tamper, self._database, *SOMEBODY_ELSE)
        self._verified = None
        await self.look()

    async def undo(self) -> None:
        """Change it back. Raises BotError where nothing is changed."""
        if self._tampering is None:
            raise BotError("No entry is changed.")
        await asyncio.to_thread(undo, self._database, self._tampering)
        self._tampering = None
        await self.look()

    async def verify(self, store: Store) -> None:
        """Verify the trail as it is now, and read it again."""
        self._verified = await verified(store, self._database)
        self.has_found = self.has_found or self._verified.wrong is not None
        await self.look()

    async def forget(self) -> None:
        """Change back what was changed, and be as before the first look."""
        if self._tampering is not None:
            await self.undo()
        self._lines, self._verified, self.has_found = None, None, False


def sentences(database: Path) -> list[Line]:
    """Return the last entries on changes as sentences, oldest first."""
    with closing(_connected(database)) as connection:
        rows = connection.execute(_SENTENCES, (MAX_LINES,)).fetchall()
    return [
        Line(seq, datetime.fromisoformat(at), kind, _with_answer(sentence, api_id, api_timestamp))
        for seq, at, kind, sentence, api_id, api_timestamp in reversed(rows)
    ]


def tamper(database: Path, actor: str, actor_name: str) -> Tampering:
    """Let somebody else have acted by the last approval, as who has the file could do it.

    Raises BotError where there is no change yet.
    """
    with closing(_connected(database)) as connection:
        target = connection.execute(_TARGET).fetchone()
    if target is None:
        raise BotError("There is no change in the audit trail yet.")
    tampering = Tampering(target[0], (target[1], target[2]), (actor, actor_name))
    _overwrite(database, tampering.seq, *tampering.after)
    return tampering


def undo(database: Path, tampering: Tampering) -> None:
    """Write the entry as it was before."""
    _overwrite(database, tampering.seq, *tampering.before)


async def verified(store: Store, database: Path) -> Verified:
    """Verify the trail as `audit verify` does."""
    try:
        lines, wrong = await verify_against(store, None, database)
    except BotError as broken:
        report = (await verify_trail(store)).report
        return Verified(ok=False, text=str(broken), wrong=report.entries + 1)
    return Verified(ok=not wrong, text=" ".join([*lines, wrong]).strip(), wrong=None)


def _overwrite(database: Path, seq: int, actor: str, actor_name: str) -> None:
    """Change an entry around the triggers that refuse it, and leave the schema as it was."""
    with closing(_connected(database)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'audit'"
        ).fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(
            "UPDATE audit SET actor = ?, actor_name = ? WHERE seq = ?", (actor, actor_name, seq)
        )
        for _, sql in triggers:
            connection.execute(sql)
        connection.execute("COMMIT")


def _connected(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(database, timeout=BUSY_TIMEOUT, isolation_level=None)


def _with_answer(sentence: str, api_id: str, api_timestamp: str) -> str:
    return f"{sentence} The API answered {api_id} at {api_timestamp}." if api_id else sentence
