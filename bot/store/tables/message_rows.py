"""The outbox: which message of a change is behind the change, and when to try again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.change import Change
from bot.ports import Message, MessageKind, message_key
from bot.store.tables.rows import Row, Rows
from bot.store.times import as_optional_text, as_optional_time, as_text, as_time

# A row without a due_at has been due since ever.
_AT_ONCE = "1970-01-01T00:00:00.000000+00:00"

# An outcome waits until its card has lost the buttons: for the revision that was asked for with it,
# and for no later one, so that a card that keeps moving does not hold it back for good. A timeline
# and the files wait until their card is posted: they go into the card's thread. The card is looked up
# by its key for each row that is behind: of a NOT EXISTS PostgreSQL makes a join with all messages. A
# direct message links to the card, and waits for that until the card is posted or given up. The
# requester's notice of an end waits for the outcome: it links to it, or that was sent to them directly.
_FILES = "message.kind IN ('diff', 'results')"
_BEHIND = """
    FROM messages AS message
    WHERE message.shown < message.wanted
      AND NOT (message.kind = 'outcome' AND COALESCE((
        SELECT card.shown < card.wanted AND card.shown < message.after_card
        FROM messages AS card WHERE card.key = 'card:' || message.change_id), FALSE))
      AND NOT (message.kind IN ('timeline', 'diff', 'results') AND message.removed = 0 AND COALESCE((
        SELECT card.ts IS NULL
        FROM messages AS card WHERE card.key = 'card:' || message.change_id), FALSE))
      AND NOT (message.kind = 'direct' AND message.removed = 0 AND COALESCE((
        SELECT card.ts IS NULL AND card.shown < card.wanted
        FROM messages AS card WHERE card.key = 'card:' || message.change_id), FALSE))
      AND NOT (message.kind = 'notice'
        AND substr(message.key, 1, length(message.change_id) + 14)
          = 'notice:' || message.change_id || ':ended-'
        AND COALESCE((
        SELECT MAX(outcome.wanted) FROM messages AS outcome
        WHERE outcome.key >= 'outcome:' || message.change_id || ':'
          AND outcome.key < 'outcome:' || message.change_id || ';'
          AND outcome.shown < outcome.wanted AND outcome.due_at IS NULL), 0) > 0)
"""
# A card that offers what cannot be decided any more goes before every outcome. One whose buttons are
# right waits its turn: progress must not starve outcomes, nor must timelines. What holds now is told
# behind the outcomes.
_ORDER = """
    CASE WHEN message.removed = 1 AND message.kind = 'timeline' THEN 0
         WHEN message.removed = 1 THEN 1
         WHEN message.ts IS NOT NULL AND message.offers <> '' AND message.offers <> (
           SELECT state FROM changes WHERE changes.id = message.change_id) THEN 2
         WHEN message.kind = 'now' THEN 4
         WHEN message.kind = 'timeline' THEN 5
         ELSE 3 END, message.asked
"""


class MessageRows(Rows):
    """The table ``messages``."""

    def enqueue_message(
        self,
        kind: MessageKind,
        change: Change,
        *,
        person: str = "",
        name: str = "",
        not_before: datetime | None = None,
    ) -> None:
        """Ask for one of the change's messages to show the change's revision.

        ``person`` is told it directly: see the port. The change must be in the
        table. The row is due at once, a new one ``not_before`` a time; a wait after an error goes on. An
        outcome that was not posted yet is overtaken: it would tell the same as this one.
        """
        key = message_key(kind, change.id, change.revision, person, name)
        if kind is MessageKind.NOTICE and self.message(key) is not None:
            return
        if kind is MessageKind.OUTCOME:
            row = f"{kind}:{change.id}"
            self._run(
                "UPDATE messages SET shown = wanted "
                "WHERE key >= ? AND key < ? AND wanted < ? AND ts IS NULL",
                (f"{row}:", f"{row};", change.revision),
            )
        self._run(
            "INSERT INTO messages AS old (key, kind, change_id, channel, wanted, shown, tries, error, "
            "asked, asked_at, after_card, due_at) "
            "SELECT ?, ?, ?, ?, ?, 0, 0, '', COALESCE(MAX(asked), 0) + 1, ?, ?, ? FROM messages "
            "WHERE TRUE ON CONFLICT (key) DO UPDATE SET "
            "wanted = CASE WHEN old.wanted < excluded.wanted THEN excluded.wanted ELSE old.wanted END, "
            "channel = CASE WHEN old.ts IS NULL THEN excluded.channel ELSE old.channel END, "
            "asked = CASE WHEN old.shown < old.wanted THEN old.asked ELSE excluded.asked END, "
            "asked_at = CASE WHEN old.shown < old.wanted THEN old.asked_at "
            "ELSE excluded.asked_at END, "
            "due_at = CASE WHEN old.error <> '' THEN old.due_at END",
            (
                key,
                kind.value,
                change.id,
                person or change.channel,
                change.revision,
                as_text(self._clock.now()),
                change.revision,
                as_optional_text(not_before),
            ),
        )

    def refresh_outcome(self, change: Change) -> None:
        """Ask for the last outcome of a change to show the change's revision, too."""
        row = f"{MessageKind.OUTCOME}:{change.id}"
        self._run(
            "UPDATE messages SET wanted = CASE WHEN wanted < ? THEN ? ELSE wanted END, "
            "asked = CASE WHEN shown < wanted THEN asked "
            "ELSE (SELECT MAX(latest.asked) + 1 FROM messages AS latest) END, "
            "asked_at = CASE WHEN shown < wanted THEN asked_at ELSE ? END, "
            "due_at = CASE WHEN error <> '' THEN due_at END "
            "WHERE key = (SELECT last.key FROM messages AS last WHERE last.key >= ? AND last.key < ? "
            "ORDER BY last.after_card DESC LIMIT 1)",
            (
                change.revision,
                change.revision,
                as_text(self._clock.now()),
                f"{row}:",
                f"{row};",
            ),
        )

    def remove_card(self, change: Change) -> None:
        """Ask for card, timeline and direct messages to be deleted; no outcome is posted.

        One that is being posted now shows an earlier revision than is wanted then: it is deleted after
        that.
        """
        self._run(
            "UPDATE messages SET removed = 1, wanted = ?, due_at = NULL WHERE key IN (?, ?)",
            (
                change.revision + 1,
                message_key(MessageKind.CARD, change.id),
                message_key(MessageKind.TIMELINE, change.id),
            ),
        )
        self._run(
            "UPDATE messages SET removed = 1, wanted = ?, due_at = NULL WHERE key >= ? AND key < ?",
            (change.revision + 1, f"direct:{change.id}:", f"direct:{change.id};"),
        )
        self._run(
            "UPDATE messages SET shown = wanted WHERE key >= ? AND key < ? AND ts IS NULL",
            (f"outcome:{change.id}:", f"outcome:{change.id};"),
        )

    def note_outage(self, channel: str, late_since: datetime) -> None:
        """After an outage: a NOW message follows the outcomes that wait here since ``late_since``."""
        self._run(
            "UPDATE messages SET late = 1 WHERE channel = ? AND kind = 'outcome' "
            "AND shown < wanted AND asked_at <= ?",
            (channel, as_text(late_since)),
        )
        self._run(
            "INSERT INTO messages AS old (key, kind, change_id, channel, wanted, shown, tries, error, "
            "asked, asked_at) SELECT 'now:' || channel, 'now', change_id, channel, 1, 0, 0, '', "
            "(SELECT MAX(asked) + 1 FROM messages), ? FROM messages "
            "WHERE channel = ? AND late = 1 ORDER BY asked DESC LIMIT 1 "
            "ON CONFLICT (key) DO UPDATE SET change_id = excluded.change_id, ts = NULL, "
            "wanted = CASE WHEN old.shown < old.wanted THEN old.wanted ELSE old.wanted + 1 END, "
            "asked = excluded.asked, asked_at = excluded.asked_at, due_at = NULL",
            (as_text(self._clock.now()), channel),
        )

    def late_customers(self, channel: str) -> Sequence[str]:
        """Return the customers whose outcomes came late here since the last NOW message."""
        rows = self._all(
            "SELECT DISTINCT changes.customer FROM messages JOIN changes "
            "ON changes.id = messages.change_id WHERE messages.channel = ? AND messages.late = 1 "
            "ORDER BY changes.customer",
            (channel,),
        )
        return [row["customer"] for row in rows]

    def first_card_since(self, channel: str, since: datetime, change: Change) -> bool:
        """Whether no other card of the channel is of a change proposed since then and before."""
        row = self._first(
            f"SELECT 1 FROM changes {self._dialect.outer_first} messages "  # noqa: S608  # only constants
            "ON messages.key = ? || changes.id "
            "WHERE changes.created_at >= ? AND changes.created_at < ? "
            "AND messages.channel = ? AND messages.removed = 0",
            (
                message_key(MessageKind.CARD, ""),
                as_text(since),
                as_text(change.created_at),
                channel,
            ),
        )
        return row is None

    def message(self, key: str) -> Message | None:
        row = self._first("SELECT * FROM messages WHERE key = ?", (key,))
        return _message(row) if row else None

    def message_keys(self, change_id: str) -> frozenset[str]:
        rows = self._all(
            "SELECT key FROM messages WHERE change_id = :id "
            "AND substr(key, 1, length(kind) + 1) = kind || ':' "
            "AND (key IN ('card:' || :id, 'timeline:' || :id, 'diff:' || :id, 'results:' || :id) "
            "OR (key >= 'outcome:' || :id || ':' AND key < 'outcome:' || :id || ';') "
            "OR (key >= 'asserted:' || :id || ':' AND key < 'asserted:' || :id || ';') "
            "OR (key >= 'direct:' || :id || ':' AND key < 'direct:' || :id || ';') "
            "OR (key >= 'notice:' || :id || ':' AND key < 'notice:' || :id || ';'))",
            {"id": change_id},
        )
        return frozenset(row["key"] for row in rows)

    def due_channels(self, now: datetime) -> Sequence[str]:
        rows = self._all(
            f"SELECT DISTINCT message.channel {_BEHIND} "
            f"AND NOT {_FILES} AND (message.due_at IS NULL OR message.due_at <= ?)",
            (as_text(now),),
        )
        return [row["channel"] for row in rows]

    def due_messages(
        self, now: datetime, *, channel: str | None = None, limit: int = 100, files: bool = False
    ) -> Sequence[Message]:
        """Return rows with ``shown < wanted`` and ``due_at`` reached, in ``_ORDER``. An outcome is held
        back while its card is due, a timeline until its card is posted. Files are told of only where
        they are asked for, alone."""
        channels = [] if channel is None else [channel]
        rows = self._all(
            f"SELECT message.* {_BEHIND} AND (message.due_at IS NULL OR message.due_at <= ?) "
            f"AND {'' if files else 'NOT '}{_FILES} {'AND message.channel = ? ' if channels else ''}"
            f"ORDER BY {_ORDER} LIMIT ?",
            (as_text(now), *channels, limit),
        )
        return [_message(row) for row in rows]

    def next_due(self) -> datetime | None:
        """Return the earliest ``due_at`` of a row that is behind, or None.

        1970 stands for "at once". What is held back does not count: its card does.
        """
        row = self._first(f"SELECT MIN(COALESCE(message.due_at, '{_AT_ONCE}')) AS due_at {_BEHIND}")
        return as_time(row["due_at"]) if row and row["due_at"] else None

    def outbox_behind_since(self) -> datetime | None:
        """Return when the oldest row that is behind, and not held back, fell behind.

        Direct messages and notices do not count: many of them wait for minutes behind the others.
        """
        row = self._first(
            f"SELECT MIN(message.asked_at) AS since {_BEHIND} "
            "AND message.kind NOT IN ('direct', 'notice')"
        )
        return as_optional_time(row["since"]) if row else None

    def save_message(self, message: Message) -> None:
        self._run(
            "UPDATE messages SET channel = ?, ts = ?, "
            "shown = CASE WHEN shown < ? THEN ? ELSE shown END, due_at = ?, tries = ?, "
            "error = ?, offers = ?, unanswered_since = ? WHERE key = ?",
            (
                message.channel,
                message.ts,
                message.shown,
                message.shown,
                as_optional_text(message.due_at),
                message.tries,
                message.error,
                message.offers,
                as_optional_text(message.unanswered_since),
                message.key,
            ),
        )
        if message.kind is MessageKind.NOW and message.shown >= message.wanted:
            self._run(
                "UPDATE messages SET late = 0 WHERE channel = ? AND late = 1", (message.channel,)
            )


def _message(row: Row) -> Message:
    return Message(
        row["key"],
        MessageKind(row["kind"]),
        row["change_id"],
        row["channel"],
        row["wanted"],
        row["shown"],
        row["ts"],
        as_optional_time(row["due_at"]),
        row["tries"],
        row["error"],
        row["offers"],
        as_optional_time(row["unanswered_since"]),
        bool(row["removed"]),
    )
