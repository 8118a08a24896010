"""Views for auditors: changes, role rows and audit entries in plain English, without our JSON.

They hold what the tables hold already, no secret among it. The SQL is part of a migration of each
backend: once it is released it is not edited, but made anew by another one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# What each kind of audit entry says that somebody did; the change, if there is one, follows.
VERBS = {
    "change.proposed": "proposed",
    "change.previewed": "counted the users of",
    "change.confirmed": "confirmed",
    "change.approved": "approved",
    "change.more_asked": "asked for more approvals of",
    "change.asked_again": "asked for a new decision on",
    "change.denied": "denied",
    "change.cancelled": "withdrew",
    "change.stopped": "stopped before anything was sent",
    "change.stop_asked": "asked to stop",
    "change.expired": "closed, because its time was over,",
    "change.executing": "began to execute",
    "change.postponed": "put off, because nothing could be sent,",
    "change.accepted": "was told that the API accepted",
    "change.unknown": "does not know the effect of",
    "change.lost": "was interrupted while it executed",
    "change.needs_operator": "left to a person",
    "change.applied": "applied",
    "change.partial": "partly applied",
    "change.failed": "failed to apply",
    "change.given_up": "gave up",
    "change.marked_applied": "marked as applied",
    "change.retry_asked": "asked to try again",
    "change.look_asked": "asked to read back",
    "change.read_back": "read back",
    "change.exported": "exported the users before the deletion of",
    "change.file_posted": "posted a file of",
    "change.looked_at": "looks at",
    "change.back_made": "made the way back of",
    "change.back_not_made": "gave up the way back of",
    "change.end_moved": "moved the end of",
    "change.kept": "dropped, as decided, the way back of",
    "trail.contradicted": "found rows in the database that contradict the audit trail, of",
    "refused": "was refused",
    "slack.silent": "found no answer from Slack",
    "role.granted": "granted",
    "role.revoked": "revoked",
    "policy.set": "set the policy",
    "notify.set": "set who is told of the changes",
    "notify.removed": "removed the rule on who is told of the changes",
    "customer.named": "named the customer",
    "person.ids_told": "learned that these ids are one person:",
    "users.listed": "listed users",
    "users.exported": "exported users",
    "users.export_ended": "ended an export of users",
    "user.shown": "looked at the user",
    "password.asked": "asked to set the password of",
    "password.set": "set the password of",
    "password.failed": "failed to set the password of",
    "password.unknown": "does not know whether the password was set of",
    "backup.made": "made a backup",
    "audit.exported": "exported audit entries",
    "others.asked": "asked others who may do it",
    "change.step_done": "did a step of",
    "change.emergency": "decided in an emergency",
    "change.reviewed": "reviewed",
    "configuration.set": "configured",
    "configuration.removed": "removed a configuration",
    "drill.started": "began a drill",
    "drill.ended": "ended a drill",
    "report.made": "made a report",
    "report.message_added": "added a message to the report",
    "report.message_removed": "removed a message from the report",
    "notice.made": "made the text for the users of",
    "on.still_needed": "said that it is still needed:",
}


def _time(column: str) -> str:
    """Return SQL for a time as `2026-03-14 03:04:05 UTC`; stored times are ISO 8601 in UTC."""
    return f"replace(substr({column}, 1, 19), 'T', ' ') || ' UTC'"


def _customer(number: str, name: str) -> str:
    return (
        f"CASE WHEN {number} = '*' THEN 'every customer' "
        f"WHEN COALESCE({name}, '') = '' THEN 'customer ' || {number} "
        f"ELSE {name} || ' (' || {number} || ')' END"
    )


@dataclass(frozen=True, slots=True)
class Words:
    """How the views say on one backend what SQL has no common words for.

    ``member`` is SQL for what a JSON document has at a path (names with dots between them) as a text,
    NULL where it has nothing; ``number`` the same for a number. ``joined`` is SQL for the texts of a
    list at a path with commas between them, or for a member of each of its objects; NULL where there
    are none. ``yes`` and ``no`` are what ``member`` makes of true and false. ``valid`` is SQL for a
    column as a document; an empty one where it holds no JSON. ``now`` is the present as the tables
    have times.
    """

    member: Callable[[str, str], str]
    number: Callable[[str, str], str]
    joined: Callable[[str, str, str | None], str]
    yes: str
    no: str
    valid: Callable[[str], str]
    now: str


VIEW_NAMES = ("changes_plain", "audit_sentences", "roles_now")


def views(words: Words) -> tuple[str, ...]:
    """Return the statements that make the views, in the order of VIEW_NAMES."""
    return _changes_plain(words), _audit_sentences(words), _roles_now(words)


def _on_off(words: Words, path: str, name: str) -> str:
    return (
        f"CASE {words.member('row', path)} WHEN {words.yes} THEN ', {name} on' "
        f"WHEN {words.no} THEN ', {name} off' ELSE '' END"
    )


def _for_how_long(words: Words) -> str:
    return (
        f"COALESCE(' until ' || {_time(words.member('row', 'time_limit.until'))}, CASE WHEN "
        f"{words.member('row', 'time_limit.lasts')} IS NULL THEN '' ELSE ' for a time' END) "
        f"|| {_way_back(words)}"
    )


def _way_back(words: Words) -> str:
    return f"COALESCE(' as the way back of ' || {words.member('row', 'back_of')}, '')"


def _what(words: Words) -> str:
    # A change from before there were other kinds has no action, but the flag itself.
    return f"""
    CASE COALESCE({words.member("row", "action.kind")}, 'switch')
      WHEN 'switch' THEN
        COALESCE({words.member("row", "action.flag")}, {words.member("row", "flag")}, flag) || CASE
        COALESCE({words.member("row", "action.on")}, {words.member("row", "on")})
        WHEN {words.yes} THEN ' on' ELSE ' off' END || {_for_how_long(words)}
      WHEN 'activate' THEN 'access on, then failover on' || {_for_how_long(words)}
      WHEN 'restore' THEN 'failover off' || CASE WHEN {words.member("row", "time_limit.lasts")} IS NULL
        THEN '' ELSE ', later access off' END || {_way_back(words)}
      WHEN 'end' THEN CASE WHEN {words.member("row", "action.until")} IS NULL THEN 'keeping ' ELSE
        'more time for ' END || {words.member("row", "action.flag")} || CASE
        {words.member("row", "action.on")} WHEN {words.yes} THEN ' on' ELSE ' off' END || ' by '
        || {words.member("row", "action.change")}
      WHEN 'edit' THEN 'edit of ' || COALESCE(
        {words.joined("row", "action.fields", "name")}, 'fields')
      WHEN 'delete' THEN 'deletion'
      WHEN 'import' THEN 'import of ' || {words.member("row", "action.file")}
      WHEN 'purge' THEN 'deletion in bulk'
      WHEN 'token' THEN 'activation token'
      ELSE flag END
"""


def _for_whom(words: Words) -> str:
    return f"""
    CASE scope_kind
      WHEN 'everyone' THEN 'every user'
      WHEN 'users' THEN CASE users WHEN 1 THEN {words.member("row", "scope.addresses.0")}
        ELSE users || ' named users' END
      WHEN 'groups' THEN 'the users in any of the groups ' || {words.joined("row", "scope.names", None)}
      WHEN 'file' THEN {words.member("row", "scope.users")} || ' users of a file'
      ELSE 'every user' || {_on_off(words, "scope.failover", "failover")}
        || {_on_off(words, "scope.access", "access")} || {_on_off(words, "scope.activation", "activation")}
        || COALESCE(', in any of the groups ' || {words.joined("row", "scope.groups", None)}, '') END
"""


def _changes_plain(words: Words) -> str:
    return f"""
CREATE VIEW changes_plain AS
WITH
  valid AS (SELECT *, {words.valid("body")} AS row FROM changes),
  plain AS (
    SELECT id, customer, requester, state, row, created_at, started_at,
      {_what(words)} AS what, {_for_whom(words)} AS for_whom,
      COALESCE((SELECT name FROM customers WHERE number = customer), '') AS customer_name
    FROM valid)
SELECT id, customer, customer_name, what, for_whom, replace(state, '_', ' ') AS state,
  requester AS proposed_by, {_time("created_at")} AS proposed_at,
  COALESCE({words.member("row", "reason")}, '') AS reason,
  COALESCE({words.joined("row", "approvals", "approver")}, '') AS approved_by,
  COALESCE({words.member("row", "settled_by")}, {words.member("row", "decided_by")}, '') AS decided_by,
  COALESCE({words.member("row", "decision_reason")}, '') AS decision_reason,
  COALESCE({_time("started_at")}, '') AS last_attempt_at,
  COALESCE({_time(words.member("row", "finished_at"))}, '') AS ended_at,
  COALESCE({words.member("row", "outcome.api_id")}, '') AS api_id,
  COALESCE({words.member("row", "outcome.api_timestamp")}, '') AS api_timestamp,
  {words.number("row", "outcome.affected")} AS users_affected,
  {words.number("row", "outcome.in_state")} AS users_read_back,
  COALESCE({words.member("row", "outcome.sentence")}, '') AS outcome,
  requester || ' proposed ' || what || ' for ' || for_whom || ' of '
    || {_customer("customer", "customer_name")} || ': ' || replace(state, '_', ' ') || '.' AS sentence,
  COALESCE({words.member("row", "emergency.commander")}, '') AS decided_alone_by,
  COALESCE({words.member("row", "review.state")}, '') AS review,
  COALESCE({words.member("row", "review.reviewer")}, '') AS reviewed_by,
  COALESCE({words.member("row", "batch")}, '') AS batch,
  CASE {words.member("row", "drill")} WHEN {words.yes} THEN 'drill' ELSE '' END AS drill
FROM plain
"""  # noqa: S608  # constants


_VERB_ROWS = ", ".join(f"('{kind}', '{words}')" for kind, words in VERBS.items())


def _about(words: Words) -> str:
    return f"""
    CASE
      WHEN kind IN ('role.granted', 'role.revoked') THEN
        'the role ' || {words.member("told", "role")} || CASE kind WHEN 'role.granted' THEN ' to '
        ELSE ' of ' END || {words.member("told", "subject")} || ' for '
        || {_customer("customer", "customer_name")}
        || COALESCE(' until ' || {_time(words.member("told", "expires_at"))}, '')
      WHEN kind = 'policy.set' THEN
        'for ' || {words.member("told", "flag")} || ' of ' || {words.member("told", "scope")} || ' for '
        || {_customer("customer", "customer_name")} || ': approvals needed '
        || {words.member("told", "approvals")}
      WHEN kind = 'customer.named' THEN customer || ': ' || {words.member("told", "name")}
      WHEN kind = 'person.ids_told' THEN {words.member("told", "person")} || ', '
        || COALESCE({words.joined("told", "others", None)}, '')
      WHEN kind = 'backup.made' THEN {words.member("told", "file")}
      ELSE TRIM(
        COALESCE({words.member("told", "user")} || ' ', '') || CASE
        WHEN change_id = '' THEN COALESCE(
          CASE kind WHEN 'refused' THEN 'for ' ELSE 'of ' END
          || NULLIF({_customer("customer", "customer_name")}, 'customer '), '')
        WHEN what IS NULL THEN change_id
        ELSE change_id || ' (' || what || ' for ' || for_whom || ' of '
        || {_customer("customer", "customer_name")} || ')' END)
      END
"""


def _audit_sentences(words: Words) -> str:
    return f"""
CREATE VIEW audit_sentences AS
WITH
  verbs (kind, words) AS (VALUES {_VERB_ROWS}),
  valid AS (
    SELECT *, {words.valid("detail")} AS told FROM audit),
  plain AS (
    SELECT entry.seq, entry.at, entry.kind, entry.actor, entry.actor_name, entry.customer,
      entry.change_id, entry.channel, entry.told, entry.hash, change.what, change.for_whom,
      COALESCE(named.name, '') AS customer_name,
      COALESCE(verbs.words, replace(replace(entry.kind, '.', ' '), '_', ' ')) AS words
    FROM valid AS entry
    LEFT JOIN verbs ON verbs.kind = entry.kind
    LEFT JOIN customers AS named ON named.number = entry.customer
    LEFT JOIN changes_plain AS change ON change.id = entry.change_id),
  sentences AS (
    SELECT *, CASE actor WHEN 'bot' THEN 'The bot' ELSE actor END
      || CASE WHEN actor_name IN ('', actor) THEN '' ELSE ' (' || actor_name || ')' END
      || COALESCE(', for ' || {words.member("told", "on_behalf_of")} || ',', '') AS who,
      {_about(words)} AS about,
      COALESCE(NULLIF({words.member("told", "why")}, ''), NULLIF({words.member("told", "reason")}, ''),
        NULLIF({words.member("told", "sentence")}, ''), NULLIF({words.member("told", "problem")}, ''), '')
        AS why
    FROM plain)
SELECT seq, {_time("at")} AS at, who, customer, customer_name, change_id, channel,
  who || ' ' || words || CASE COALESCE(about, '') WHEN '' THEN '' ELSE ' ' || about END || '.'
    || CASE why WHEN '' THEN '' ELSE ' ' || why END AS sentence,
  COALESCE({words.member("told", "api_id")}, '') AS api_id,
  COALESCE({words.member("told", "api_timestamp")}, '') AS api_timestamp, hash
FROM sentences
"""  # noqa: S608  # constants


def _roles_now(words: Words) -> str:
    return f"""
CREATE VIEW roles_now AS
SELECT subject_id AS subject,
  CASE subject_kind WHEN 'user' THEN 'person' WHEN 'usergroup' THEN 'user group' ELSE subject_kind END
    AS subject_is,
  role, customer,
  COALESCE((SELECT name FROM customers WHERE number = customer), '') AS customer_name,
  granted_by, {_time("granted_at")} AS granted_at, COALESCE({_time("expires_at")}, '') AS expires_at,
  subject_id || ' is ' || role || ' for '
    || {_customer("customer", "(SELECT name FROM customers WHERE number = customer)")}
    || ', granted by ' || granted_by || ' at ' || {_time("granted_at")}
    || COALESCE(', until ' || {_time("expires_at")}, '') || '.' AS sentence
FROM roles
WHERE expires_at IS NULL OR expires_at > {words.now}
"""  # noqa: S608  # constants
