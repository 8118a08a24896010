"""The schema, step by step; a step that has been released is never edited, only followed by another."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlite_utils import Database, Migrations

from bot.domain.audit.chain import GENESIS
from bot.errors import StoreUnusable
from bot.store.auditor_views import VIEW_NAMES
from bot.store.sqlite.auditor_views import VIEWS
from bot.store.sqlite.dialect import BEHALF, SUBJECT
from bot.store.sqlite.errors import check_private
from bot.store.sqlite.transactions import READING, WRITING, transaction
from bot.store.tables.index_conditions import (
    NOT_APPLIED,
    ON_CONTRADICTION,
    ON_IDS,
    ON_POLICY,
    ON_QUESTIONS,
    ON_ROLES,
)

SCHEMA = Migrations("continuity")


def migrate(db: Database, path: Path) -> tuple[str, ...]:
    """Bring the schema up to date, under the write lock, so that any number may open at once.

    Returns the names of the steps that this call applied. Raises StoreUnusable where the file belongs to a newer version or to another program, or is
    open to others than its owner; nothing is written to it then.
    """
    with transaction(db.conn, READING):
        check_ours(db, path)
        check_private(path)
        if not SCHEMA.pending(db):
            return ()
    with transaction(db.conn, WRITING):
        check_ours(db, path)  # another process may have been first
        missing = tuple(step.name for step in SCHEMA.pending(db))
        SCHEMA.apply(db)
    return missing


def check_ours(db: Database, path: Path) -> None:
    """Raise StoreUnusable where the file belongs to a newer version or to another program."""
    applied = {migration.name for migration in SCHEMA.applied(db)}
    unknown = sorted(applied - _known())
    if unknown:
        raise StoreUnusable(
            f"The database {path} was written by a newer version ({', '.join(unknown)}); "
            "start that version."
        )
    if not applied and db.table_names():
        raise StoreUnusable(
            f"The database {path} belongs to another program; set DATABASE to another file."
        )


@cache
def _known() -> frozenset[str]:
    nothing_applied = Database(memory=True)
    try:
        return frozenset(migration.name for migration in SCHEMA.pending(nothing_applied))
    finally:
        nothing_applied.close()


@SCHEMA(name="0001_roles_policy_customers")
def _roles(db: Database) -> None:
    db.table("roles").create(
        {
            "subject_kind": str,
            "subject_id": str,
            "role": str,
            "customer": str,
            "granted_by": str,
            "granted_at": str,
            "expires_at": str,
        },
        pk=("subject_kind", "subject_id", "role", "customer"),
        not_null={"granted_by", "granted_at"},
        strict=True,
    )
    db.table("policy").create(
        {
            "customer": str,
            "flag": str,
            "scope_kind": str,
            "approvals": int,
            "set_by": str,
            "set_at": str,
        },
        pk=("customer", "flag", "scope_kind"),
        not_null={"approvals", "set_by", "set_at"},
        strict=True,
    )
    db.table("customers").create(
        {"number": str, "name": str}, pk="number", not_null={"name"}, strict=True
    )


@SCHEMA(name="0002_changes")
def _changes(db: Database) -> None:
    changes = db.table("changes").create(
        {
            "id": str,
            "revision": int,
            "customer": str,
            "flag": str,
            "state": str,
            "requester": str,
            "created_at": str,
            "deadline": str,
            "scope_kind": str,
            "users": int,  # how many are named; NULL where the scope names none
            "body": str,  # the whole change as JSON; the other columns are for searching
        },
        pk="id",
        not_null={"revision", "customer", "flag", "state", "requester", "created_at", "body"},
        strict=True,
    )
    changes.create_index(["state", "created_at"])
    changes.create_index(["customer", "created_at"])
    changes.create_index(["requester", "created_at"])
    changes.create_index(["created_at"])
    db.table("user_outcomes").create(
        {
            "change_id": str,
            "address": str,
            "status": str,
            "reason": str,
            "api_id": str,
            "api_timestamp": str,
        },
        pk=("change_id", "address"),
        not_null={"status", "reason"},
        foreign_keys=[("change_id", "changes", "id")],
        strict=True,
    )


@SCHEMA(name="0003_audit")
def _audit(db: Database) -> None:
    audit = db.table("audit").create(
        {
            "seq": int,
            "at": str,
            "kind": str,
            "actor": str,
            "actor_name": str,
            "customer": str,
            "change_id": str,
            "channel": str,
            "detail": str,
            "previous": str,
            "hash": str,
        },
        pk="seq",
        not_null={
            "at",
            "kind",
            "actor",
            "actor_name",
            "customer",
            "change_id",
            "channel",
            "detail",
            "previous",
            "hash",
        },
        strict=True,
    )
    audit.create_index(["customer"])
    audit.create_index(["change_id"])
    # No other UNIQUE here: INSERT OR REPLACE would delete the row that it collides with, and SQLite
    # fires no DELETE trigger for that (unless recursive_triggers is on). The rule for INSERT stands
    # in its way as well: https://www.sqlite.org/lang_conflict.html
    for verb in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
            f"BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only: no {verb}'); END"
        )
    db.execute(
        "CREATE TRIGGER audit_follows BEFORE INSERT ON audit "  # noqa: S608  # only a constant
        "WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit) "
        "OR NEW.previous IS NOT "
        f"COALESCE((SELECT hash FROM audit ORDER BY seq DESC LIMIT 1), '{GENESIS}') "
        "BEGIN SELECT RAISE(ABORT, 'an audit entry must follow the last one'); END"
    )


@SCHEMA(name="0004_inbox_and_messages")
def _edges(db: Database) -> None:
    inbox = db.table("inbox").create(
        {"key": str, "kind": str, "payload": str, "received_at": str, "finished_at": str},
        pk="key",
        not_null={"kind", "payload", "received_at"},
        strict=True,
    )
    inbox.create_index(["finished_at", "received_at"])
    messages = db.table("messages").create(
        {
            "key": str,
            "kind": str,
            "change_id": str,
            "channel": str,
            "wanted": int,
            "shown": int,
            "ts": str,
            "due_at": str,  # NULL is at once
            "tries": int,
            "error": str,
            "asked": int,  # the order in which the rows fell behind
            "after_card": int,  # an outcome waits until the card shows this revision
        },
        pk="key",
        not_null={"kind", "change_id", "channel", "wanted", "shown", "tries", "error", "asked"},
        foreign_keys=[("change_id", "changes", "id")],
        strict=True,
    )
    messages.create_index(["asked"])
    db.execute("CREATE INDEX messages_behind ON messages (asked) WHERE shown < wanted")


@SCHEMA(name="0005_ambiguous_changes")
def _ambiguous(db: Database) -> None:
    db.execute("ALTER TABLE changes ADD COLUMN ambiguous_at TEXT")
    db.execute(
        "UPDATE changes SET ambiguous_at = json_extract(body, '$.ambiguous_at') "
        "WHERE json_extract(body, '$.ambiguous_at') IS NOT NULL"
    )
    db.execute(
        "CREATE INDEX changes_ambiguous ON changes (customer, ambiguous_at) "
        "WHERE ambiguous_at IS NOT NULL"
    )


@SCHEMA(name="0006_begun_changes")
def _begun(db: Database) -> None:
    db.execute("ALTER TABLE changes ADD COLUMN begun_at TEXT")
    db.execute(
        "CREATE INDEX changes_begun ON changes (customer, begun_at) WHERE begun_at IS NOT NULL"
    )
    db.execute(  # of an older change the last attempt is known, which is late enough
        "UPDATE changes SET begun_at = replace(json_extract(body, '$.started_at'), 'Z', '+00:00'), "
        "body = json_set(body, '$.begun_at', json_extract(body, '$.started_at')) "
        "WHERE json_valid(body) AND json_extract(body, '$.started_at') IS NOT NULL"
    )


@SCHEMA(name="0007_messages_asked_at")
def _asked_at(db: Database) -> None:
    db.execute("ALTER TABLE messages ADD COLUMN asked_at TEXT")  # when the row fell behind
    db.execute(
        "UPDATE messages SET asked_at = "
        "(SELECT created_at FROM changes WHERE changes.id = messages.change_id)"
    )


@SCHEMA(name="0008_looked_up_every_second")
def _looked_up(db: Database) -> None:
    # Measured with 100,000 grants and 10,000 open changes: 15 ms, 8 ms and 32 ms without these.
    db.table("roles").create_index(["customer"])
    db.table("changes").create_index(["state", "deadline"])
    db.execute("ALTER TABLE changes ADD COLUMN previewed INTEGER NOT NULL DEFAULT 0")
    db.execute(
        "UPDATE changes SET previewed = 1 "
        "WHERE json_valid(body) AND json_extract(body, '$.preview') IS NOT NULL"
    )
    db.execute(
        "CREATE INDEX changes_unpreviewed ON changes (state, created_at) WHERE previewed = 0"
    )


@SCHEMA(name="0009_import_rows")
def _import_rows(db: Database) -> None:
    db.table("imports").create(
        {
            "change_id": str,
            "skipped": int,  # wrong rows of the file that were left out
            "added_at": str,
            "look": int,  # the number of the last comparison with the API
            "looked_at": str,  # when it was complete; NULL while it is not
        },
        pk="change_id",
        not_null={"skipped", "added_at", "look"},
        foreign_keys=[("change_id", "changes", "id")],
        strict=True,
    )
    rows = db.table("import_rows").create(
        {
            "change_id": str,
            "line": int,
            "address": str,
            "key": str,  # the address in small letters
            "fields": str,  # what the file tells, JSON
            "told": str,  # what the API told, JSON
            "standing": str,
            "look": int,  # the comparison in which the API told it
        },
        pk=("change_id", "line"),
        not_null={"address", "key", "fields", "look"},
        foreign_keys=[("change_id", "changes", "id")],
        strict=True,
    )
    rows.create_index(["change_id", "key"], unique=True)


@SCHEMA(name="0010_person_ids")
def _person_ids(db: Database) -> None:
    # In Enterprise Grid one person may have a U... and a W... id.
    ids = db.table("person_ids").create(
        {"id": str, "person": str}, pk="id", not_null={"person"}, strict=True
    )
    ids.create_index(["person"])


@SCHEMA(name="0011_started_changes")
def _started(db: Database) -> None:
    db.execute("ALTER TABLE changes ADD COLUMN started_at TEXT")  # of the last attempt
    db.execute(
        "UPDATE changes SET started_at = replace(json_extract(body, '$.started_at'), 'Z', '+00:00') "
        "WHERE json_valid(body) AND json_extract(body, '$.started_at') IS NOT NULL"
    )
    # What a requester had sent within the hour, or has open, is looked up at every step of a change.
    db.execute(
        "CREATE INDEX changes_named ON changes (requester, started_at, state, users) "
        "WHERE users IS NOT NULL"
    )


@SCHEMA(name="0012_slack_contact")
def _slack_contact(db: Database) -> None:
    db.table("slack_contact").create(
        {"id": int, "heard_at": str, "ops_channel": str},
        pk="id",
        not_null={"heard_at", "ops_channel"},
        strict=True,
    )


@SCHEMA(name="0013_entries_looked_up")
def _entries_looked_up(db: Database) -> None:
    # Before each execution: the entries behind its role and policy rows, among a million others.
    db.execute(f"CREATE INDEX audit_roles ON audit ({SUBJECT}, customer) WHERE {ON_ROLES}")
    db.execute(f"CREATE INDEX audit_policy ON audit (customer) WHERE {ON_POLICY}")
    db.execute(f"CREATE INDEX audit_ids ON audit (seq) WHERE {ON_IDS}")
    db.execute(f"CREATE INDEX audit_contradictions ON audit (seq) WHERE {ON_CONTRADICTION}")


@SCHEMA(name="0014_causes")
def _causes(db: Database) -> None:
    # Why a user is in a status, where a later step depends on it. Until here the reason told it alone.
    db.execute("ALTER TABLE user_outcomes ADD COLUMN cause TEXT")
    db.conn.executemany(
        "UPDATE user_outcomes SET cause = ? WHERE status = ? AND reason = ?",
        (
            ("stopped", "not_sent", "stopped before it was sent"),
            ("stopped", "not_sent", "not deleted: it was stopped before"),
            (
                "user_unknown",
                "accepted",
                "accepted, and then the API does not know this user (404)",
            ),
            ("flag_not_told", "accepted", "accepted; this API does not tell the flag"),
        ),
    )


@SCHEMA(name="0015_failures_by_reason")
def _failures_by_reason(db: Database) -> None:
    # The card of an import with 100,000 failures counts them by reason, and names the first ones of each.
    db.execute(
        "CREATE INDEX user_outcomes_not_applied ON user_outcomes (change_id, reason, status, address) "
        f"WHERE {NOT_APPLIED}"
    )


@SCHEMA(name="0016_views_for_auditors")
def _views_for_auditors(db: Database) -> None:
    for view in VIEWS:
        db.execute(view)


@SCHEMA(name="0017_outages_and_removed_messages")
def _outages(db: Database) -> None:
    # The state of the change whose buttons the posted message shows; '' for none.
    db.execute("ALTER TABLE messages ADD COLUMN offers TEXT NOT NULL DEFAULT ''")
    # When Slack first did not answer to this message, while it does not.
    db.execute("ALTER TABLE messages ADD COLUMN unanswered_since TEXT")
    # An outcome of an outage, after which the channel was not told yet what holds now.
    db.execute("ALTER TABLE messages ADD COLUMN late INTEGER NOT NULL DEFAULT 0")
    # To be deleted instead of shown.
    db.execute("ALTER TABLE messages ADD COLUMN removed INTEGER NOT NULL DEFAULT 0")
    # Which buttons a card shows that is behind is not known: it is taken for one that misleads.
    db.execute(
        "UPDATE messages SET offers = CASE WHEN shown < wanted THEN '?' ELSE COALESCE("
        "(SELECT state FROM changes WHERE changes.id = messages.change_id), '') END "
        "WHERE kind = 'card' AND ts IS NOT NULL"
    )
    db.execute("CREATE INDEX messages_late ON messages (channel) WHERE late = 1")
    # The last time without contact to Slack, and whether the bot was not running then.
    db.execute("ALTER TABLE slack_contact ADD COLUMN gap_from TEXT")
    db.execute("ALTER TABLE slack_contact ADD COLUMN gap_to TEXT")
    db.execute("ALTER TABLE slack_contact ADD COLUMN gap_stopped INTEGER NOT NULL DEFAULT 0")


@SCHEMA(name="0018_questions")
def _questions(db: Database) -> None:
    # Somebody who was refused asks others in the channel, once in ten minutes.
    db.execute(f"CREATE INDEX audit_questions ON audit (actor, customer, at) WHERE {ON_QUESTIONS}")


@SCHEMA(name="0019_actors")
def _actors(db: Database) -> None:
    # The entries of one person, and the last name of each, without reading every entry.
    db.table("audit").create_index(["actor", "seq", "actor_name"], "audit_actors")
    db.execute(f"CREATE INDEX audit_behalf ON audit ({BEHALF}) WHERE {BEHALF} IS NOT NULL")


@SCHEMA(name="0020_replicas")
def _replicas(db: Database) -> None:
    db.table("replicas").create(
        {"id": str, "name": str, "started_at": str, "lease_until": str},
        pk="id",
        not_null={"name", "started_at", "lease_until"},
        strict=True,
    )
    db.table("leader").create(
        {"id": int, "holder": str, "name": str, "epoch": int, "lease_until": str},
        pk="id",
        not_null={"holder", "name", "epoch", "lease_until"},
        strict=True,
    )
    # What use cases of a replica work on, beside the executor.
    db.table("claims").create(
        {"change_id": str, "holder": str}, pk="change_id", not_null={"holder"}, strict=True
    )
    db.execute("ALTER TABLE inbox ADD COLUMN claimed_by TEXT NOT NULL DEFAULT ''")


@SCHEMA(name="0021_people")
def _people(db: Database) -> None:
    # What falls due once.
    db.table("deadlines").create(
        {"key": str, "kind": str, "change_id": str, "due_at": str},
        pk="key",
        not_null={"kind", "change_id", "due_at"},
        strict=True,
    )
    db.table("deadlines").create_index(["due_at"], "deadlines_due_at")
    # Who is told of a change, and who looked.
    db.table("recipients").create(
        {"change_id": str, "person": str, "circle": int, "told_at": str, "looked_at": str},
        pk=("change_id", "person"),
        foreign_keys=[("change_id", "changes")],
        not_null={"circle", "told_at"},
        strict=True,
    )
    # Who is told first of a customer's changes, and after how long whom.
    db.table("notify_rules").create(
        {"customer": str, "terms": str, "set_by": str, "set_at": str},
        pk="customer",
        not_null={"terms", "set_by", "set_at"},
        strict=True,
    )
    # What each pager has to show of a change, and what it shows.
    db.table("pages").create(
        {
            "change_id": str,
            "pager": str,
            "wanted": str,
            "shown": str,
            "due_at": str,
            "tries": int,
            "error": str,
            "asked_at": str,
        },
        pk=("change_id", "pager"),
        foreign_keys=[("change_id", "changes")],
        not_null={"wanted", "shown", "tries", "error", "asked_at"},
        strict=True,
    )
    db.execute("CREATE INDEX pages_behind ON pages (asked_at) WHERE shown <> wanted")
    # Somebody said that what a change switched on is still needed.
    db.table("still_needed").create(
        {"change_id": str, "person": str, "reason": str, "said_at": str, "until": str},
        pk="change_id",
        foreign_keys=[("change_id", "changes")],
        not_null={"person", "reason", "said_at", "until"},
        strict=True,
    )
    # What is on, without reading the other changes.
    db.execute(
        "CREATE INDEX changes_switched ON changes (customer, flag, scope_kind, started_at) "
        "WHERE started_at IS NOT NULL"
    )


@SCHEMA(name="0022_views")
def _views_of_people(db: Database) -> None:
    # With the words for what there is since 0021.
    _make_views_anew(db)


@SCHEMA(name="0023_incident")
def _incident(db: Database) -> None:
    # What admins configure by name: rules of customers, sets of customers, texts for users.
    db.table("configuration").create(
        {"kind": str, "name": str, "terms": str, "set_by": str, "set_at": str},
        pk=("kind", "name"),
        not_null={"terms", "set_by", "set_at"},
        strict=True,
    )
    # The first of the changes that are decided together; where the review of a change stands.
    for column in ("batch", "review"):
        db.execute(f"ALTER TABLE changes ADD COLUMN {column} TEXT")
    db.execute("CREATE INDEX changes_batch ON changes (batch) WHERE batch IS NOT NULL")
    db.execute("CREATE INDEX changes_review ON changes (customer) WHERE review = 'owed'")
    # Rehearsals, and the score of each that has ended.
    db.table("drills").create(
        {
            "id": str,
            "customer": str,
            "scenario": str,
            "channel": str,
            "started_by": str,
            "started_at": str,
            "ended_at": str,
            "score": str,
        },
        pk="id",
        not_null={"customer", "scenario", "channel", "started_by", "started_at", "score"},
        strict=True,
    )
    db.execute("CREATE INDEX drills_open ON drills (customer) WHERE ended_at IS NULL")
    # Messages of a channel that people added to the report of an incident.
    db.table("report_messages").create(
        {
            "channel": str,
            "ts": str,
            "change_id": str,
            "customer": str,
            "author": str,
            "text": str,
            "permalink": str,
            "posted_at": str,
            "added_by": str,
            "added_at": str,
        },
        pk=("channel", "ts"),
        not_null={
            *("change_id", "customer", "author", "text", "permalink", "posted_at"),
            *("added_by", "added_at"),
        },
        strict=True,
    )


@SCHEMA(name="0024_views")
def _views_of_incidents(db: Database) -> None:
    # With the words for what there is since 0023.
    _make_views_anew(db)


def _make_views_anew(db: Database) -> None:
    for name in reversed(VIEW_NAMES):
        db.execute(f"DROP VIEW {name}")
    for view in VIEWS:
        db.execute(view)
