"""Views for auditors: changes, role rows and audit entries in plain English, without our JSON.

They hold what the tables hold already, no secret among it. The SQL is part of a migration: once it is
released it is not edited, but made anew by another one.
"""

from __future__ import annotations

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
    "trail.contradicted": "found rows in the database that contradict the audit trail, of",
    "refused": "was refused",
    "slack.silent": "found no answer from Slack",
    "role.granted": "granted",
    "role.revoked": "revoked",
    "policy.set": "set the policy",
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


def _on_off(path: str, name: str) -> str:
    return (
        f"CASE json_extract(row, '{path}') WHEN 1 THEN ', {name} on' WHEN 0 THEN ', {name} off' "
        "ELSE '' END"
    )


def _names(path: str) -> str:
    return f"(SELECT group_concat(value, ', ') FROM json_each(row, '{path}'))"


# A change from before there were other kinds has no action, but the flag itself.
_WHAT = """
    CASE COALESCE(json_extract(row, '$.action.kind'), 'switch')
      WHEN 'switch' THEN
        COALESCE(json_extract(row, '$.action.flag'), json_extract(row, '$.flag'), flag) || CASE
        COALESCE(json_extract(row, '$.action.on'), json_extract(row, '$.on'))
        WHEN 1 THEN ' on' ELSE ' off' END
      WHEN 'edit' THEN 'edit of ' || COALESCE(
        (SELECT group_concat(json_extract(value, '$.name'), ', ')
        FROM json_each(row, '$.action.fields')), 'fields')
      WHEN 'delete' THEN 'deletion'
      WHEN 'import' THEN 'import of ' || json_extract(row, '$.action.file')
      WHEN 'purge' THEN 'deletion in bulk'
      WHEN 'token' THEN 'activation token'
      ELSE flag END
"""
_FOR_WHOM = f"""
    CASE scope_kind
      WHEN 'everyone' THEN 'every user'
      WHEN 'users' THEN CASE users WHEN 1 THEN json_extract(row, '$.scope.addresses[0]')
        ELSE users || ' named users' END
      WHEN 'groups' THEN 'the users in any of the groups ' || {_names("$.scope.names")}
      WHEN 'file' THEN json_extract(row, '$.scope.users') || ' users of a file'
      ELSE 'every user' || {_on_off("$.scope.failover", "failover")}
        || {_on_off("$.scope.access", "access")} || {_on_off("$.scope.activation", "activation")}
        || COALESCE(', in any of the groups ' || {_names("$.scope.groups")}, '') END
"""

CHANGES_PLAIN = f"""
CREATE VIEW changes_plain AS
WITH
  valid AS (SELECT *, CASE WHEN json_valid(body) THEN body ELSE '{{}}' END AS row FROM changes),
  plain AS (
    SELECT id, customer, requester, state, row, created_at, started_at,
      {_WHAT} AS what, {_FOR_WHOM} AS for_whom,
      COALESCE((SELECT name FROM customers WHERE number = customer), '') AS customer_name
    FROM valid)
SELECT id, customer, customer_name, what, for_whom, replace(state, '_', ' ') AS state,
  requester AS proposed_by, {_time("created_at")} AS proposed_at,
  COALESCE(json_extract(row, '$.reason'), '') AS reason,
  COALESCE((SELECT group_concat(json_extract(value, '$.approver'), ', ')
    FROM json_each(row, '$.approvals')), '') AS approved_by,
  COALESCE(json_extract(row, '$.settled_by'), json_extract(row, '$.decided_by'), '') AS decided_by,
  COALESCE(json_extract(row, '$.decision_reason'), '') AS decision_reason,
  COALESCE({_time("started_at")}, '') AS last_attempt_at,
  COALESCE({_time("json_extract(row, '$.finished_at')")}, '') AS ended_at,
  COALESCE(json_extract(row, '$.outcome.api_id'), '') AS api_id,
  COALESCE(json_extract(row, '$.outcome.api_timestamp'), '') AS api_timestamp,
  json_extract(row, '$.outcome.affected') AS users_affected,
  json_extract(row, '$.outcome.in_state') AS users_read_back,
  COALESCE(json_extract(row, '$.outcome.sentence'), '') AS outcome,
  requester || ' proposed ' || what || ' for ' || for_whom || ' of '
    || {_customer("customer", "customer_name")} || ': ' || replace(state, '_', ' ') || '.' AS sentence
FROM plain
"""

_VERB_ROWS = ", ".join(f"('{kind}', '{words}')" for kind, words in VERBS.items())
_ABOUT = f"""
    CASE
      WHEN kind IN ('role.granted', 'role.revoked') THEN
        'the role ' || json_extract(told, '$.role') || CASE kind WHEN 'role.granted' THEN ' to '
        ELSE ' of ' END || json_extract(told, '$.subject') || ' for '
        || {_customer("customer", "customer_name")}
        || COALESCE(' until ' || {_time("json_extract(told, '$.expires_at')")}, '')
      WHEN kind = 'policy.set' THEN
        'for ' || json_extract(told, '$.flag') || ' of ' || json_extract(told, '$.scope') || ' for '
        || {_customer("customer", "customer_name")} || ': approvals needed '
        || json_extract(told, '$.approvals')
      WHEN kind = 'customer.named' THEN customer || ': ' || json_extract(told, '$.name')
      WHEN kind = 'person.ids_told' THEN json_extract(told, '$.person') || ', '
        || COALESCE((SELECT group_concat(value, ', ') FROM json_each(told, '$.others')), '')
      WHEN kind = 'backup.made' THEN json_extract(told, '$.file')
      ELSE TRIM(
        COALESCE(json_extract(told, '$.user') || ' ', '') || CASE
        WHEN change_id = '' THEN COALESCE(
          CASE kind WHEN 'refused' THEN 'for ' ELSE 'of ' END
          || NULLIF({_customer("customer", "customer_name")}, 'customer '), '')
        WHEN what IS NULL THEN change_id
        ELSE change_id || ' (' || what || ' for ' || for_whom || ' of '
        || {_customer("customer", "customer_name")} || ')' END)
      END
"""

AUDIT_SENTENCES = f"""
CREATE VIEW audit_sentences AS
WITH
  verbs (kind, words) AS (VALUES {_VERB_ROWS}),
  valid AS (
    SELECT *, CASE WHEN json_valid(detail) THEN detail ELSE '{{}}' END AS told FROM audit),
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
      || COALESCE(', for ' || json_extract(told, '$.on_behalf_of') || ',', '') AS who,
      {_ABOUT} AS about,
      COALESCE(NULLIF(json_extract(told, '$.why'), ''), NULLIF(json_extract(told, '$.reason'), ''),
        NULLIF(json_extract(told, '$.sentence'), ''), NULLIF(json_extract(told, '$.problem'), ''), '')
        AS why
    FROM plain)
SELECT seq, {_time("at")} AS at, who, customer, customer_name, change_id, channel,
  who || ' ' || words || CASE COALESCE(about, '') WHEN '' THEN '' ELSE ' ' || about END || '.'
    || CASE why WHEN '' THEN '' ELSE ' ' || why END AS sentence,
  COALESCE(json_extract(told, '$.api_id'), '') AS api_id,
  COALESCE(json_extract(told, '$.api_timestamp'), '') AS api_timestamp, hash
FROM sentences
"""

ROLES_NOW = f"""
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
WHERE expires_at IS NULL OR expires_at > strftime('%Y-%m-%dT%H:%M:%f', 'now')
"""

VIEWS = (CHANGES_PLAIN, AUDIT_SENTENCES, ROLES_NOW)
