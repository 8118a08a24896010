"""The schema, step by step; a step that has been released is never edited, only followed by another.

Texts compare by their bytes (`COLLATE "C"`), as SQLite compares them, whatever the database's collation.
"""

from __future__ import annotations

from bot.domain.audit.chain import GENESIS
from bot.store.postgresql.auditor_views import DOCUMENT, VIEWS
from bot.store.postgresql.dialect import BEHALF, SUBJECT
from bot.store.tables.index_conditions import (
    NOT_APPLIED,
    ON_CONTRADICTION,
    ON_IDS,
    ON_POLICY,
    ON_QUESTIONS,
    ON_ROLES,
)

_TEXT = 'text COLLATE "C"'
_MUST = f"{_TEXT} NOT NULL"
_NUMBER = "bigint NOT NULL"
_FLAG = "bigint NOT NULL DEFAULT 0"
_OF_CHANGE = f"change_id {_MUST} REFERENCES changes"

_TABLES = f"""
CREATE TABLE roles (subject_kind {_MUST}, subject_id {_MUST}, role {_MUST}, customer {_MUST},
  granted_by {_MUST}, granted_at {_MUST}, expires_at {_TEXT},
  PRIMARY KEY (subject_kind, subject_id, role, customer));
CREATE TABLE policy (customer {_MUST}, flag {_MUST}, scope_kind {_MUST}, approvals {_NUMBER},
  set_by {_MUST}, set_at {_MUST}, PRIMARY KEY (customer, flag, scope_kind));
CREATE TABLE customers (number {_TEXT} PRIMARY KEY, name {_MUST});
CREATE TABLE person_ids (id {_TEXT} PRIMARY KEY, person {_MUST});
CREATE TABLE changes (rowid bigint GENERATED ALWAYS AS IDENTITY UNIQUE, id {_TEXT} PRIMARY KEY,
  revision {_NUMBER}, customer {_MUST}, flag {_MUST}, state {_MUST}, requester {_MUST},
  created_at {_MUST}, deadline {_TEXT}, scope_kind {_TEXT}, users bigint, body {_MUST},
  ambiguous_at {_TEXT}, begun_at {_TEXT}, previewed {_FLAG}, started_at {_TEXT});
CREATE TABLE user_outcomes ({_OF_CHANGE}, address {_MUST}, status {_MUST}, reason {_MUST},
  api_id {_TEXT}, api_timestamp {_TEXT}, cause {_TEXT}, PRIMARY KEY (change_id, address));
CREATE TABLE imports (change_id {_TEXT} PRIMARY KEY REFERENCES changes, skipped {_NUMBER},
  added_at {_MUST}, look {_NUMBER}, looked_at {_TEXT});
CREATE TABLE import_rows ({_OF_CHANGE}, line {_NUMBER}, address {_MUST}, key {_MUST}, fields {_MUST},
  told {_TEXT}, standing {_TEXT}, look {_NUMBER}, PRIMARY KEY (change_id, line));
CREATE TABLE audit (seq bigint PRIMARY KEY, at {_MUST}, kind {_MUST}, actor {_MUST},
  actor_name {_MUST}, customer {_MUST}, change_id {_MUST}, channel {_MUST}, detail {_MUST},
  previous {_MUST}, hash {_MUST});
CREATE TABLE inbox (rowid bigint GENERATED ALWAYS AS IDENTITY, key {_TEXT} PRIMARY KEY,
  kind {_MUST}, payload {_MUST}, received_at {_MUST}, finished_at {_TEXT},
  claimed_by {_MUST} DEFAULT '');
CREATE TABLE messages (key {_TEXT} PRIMARY KEY, kind {_MUST}, {_OF_CHANGE}, channel {_MUST},
  wanted {_NUMBER}, shown {_NUMBER}, ts {_TEXT}, due_at {_TEXT}, tries {_NUMBER}, error {_MUST},
  asked {_NUMBER}, after_card bigint, asked_at {_TEXT}, offers {_MUST} DEFAULT '',
  unanswered_since {_TEXT}, late {_FLAG}, removed {_FLAG});
CREATE TABLE slack_contact (id bigint PRIMARY KEY, heard_at {_MUST}, ops_channel {_MUST},
  gap_from {_TEXT}, gap_to {_TEXT}, gap_stopped {_FLAG});
CREATE TABLE replicas (id {_TEXT} PRIMARY KEY, name {_MUST}, started_at {_MUST}, lease_until {_MUST});
CREATE TABLE leader (id bigint PRIMARY KEY, holder {_MUST}, name {_MUST}, epoch {_NUMBER},
  lease_until {_MUST});
CREATE TABLE claims (change_id {_TEXT} PRIMARY KEY, holder {_MUST});
CREATE TABLE commits (writer {_TEXT} PRIMARY KEY, token {_NUMBER}, at timestamptz NOT NULL)
"""

# A text that is no JSON has nothing in it.
_FUNCTIONS = """
CREATE FUNCTION json_member(document text, member text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN document::json ->> member;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
  RETURN NULL;
END $$;
CREATE FUNCTION json_elements(document text, path text) RETURNS TABLE (value text)
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  list json;
  found text[];
BEGIN
  list := document::json #> string_to_array(path, '.');
  IF json_typeof(list) = 'array' THEN
    found := ARRAY(SELECT json_array_elements_text(list));
    RETURN QUERY SELECT unnest(found);
  END IF;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
  RETURN;
END $$;
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail is append-only: no %', TG_OP;
END $$
"""
_CHECK = """
CREATE FUNCTION audit_check() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last_seq bigint;
  last_hash text;
BEGIN
  SELECT seq, hash INTO last_seq, last_hash FROM audit ORDER BY seq DESC LIMIT 1;
  IF NEW.seq IS DISTINCT FROM COALESCE(last_seq, 0) + 1
    OR NEW.previous IS DISTINCT FROM COALESCE(last_hash, 'GENESIS') THEN
    RAISE EXCEPTION 'an audit entry must follow the last one';
  END IF;
  RETURN NEW;
END $$
""".replace("GENESIS", GENESIS)
_TRIGGERS = """
CREATE TRIGGER audit_follows BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_check();
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_refuse()
"""

_INDEXES = f"""
CREATE INDEX roles_customer ON roles (customer);
CREATE INDEX person_ids_person ON person_ids (person);
CREATE INDEX changes_state_created_at ON changes (state, created_at);
CREATE INDEX changes_customer_created_at ON changes (customer, created_at);
CREATE INDEX changes_requester_created_at ON changes (requester, created_at);
CREATE INDEX changes_created_at ON changes (created_at);
CREATE INDEX changes_state_deadline ON changes (state, deadline);
CREATE INDEX changes_ambiguous ON changes (customer, ambiguous_at) WHERE ambiguous_at IS NOT NULL;
CREATE INDEX changes_begun ON changes (customer, begun_at) WHERE begun_at IS NOT NULL;
CREATE INDEX changes_unpreviewed ON changes (state, created_at) WHERE previewed = 0;
CREATE INDEX changes_named ON changes (requester, started_at, state, users) WHERE users IS NOT NULL;
CREATE INDEX user_outcomes_not_applied ON user_outcomes (change_id, reason, status, address)
  WHERE {NOT_APPLIED};
CREATE UNIQUE INDEX import_rows_key ON import_rows (change_id, key);
CREATE INDEX audit_customer ON audit (customer);
CREATE INDEX audit_change_id ON audit (change_id);
CREATE INDEX audit_roles ON audit ({SUBJECT}, customer) WHERE {ON_ROLES};
CREATE INDEX audit_policy ON audit (customer) WHERE {ON_POLICY};
CREATE INDEX audit_ids ON audit (seq) WHERE {ON_IDS};
CREATE INDEX audit_contradictions ON audit (seq) WHERE {ON_CONTRADICTION};
CREATE INDEX audit_questions ON audit (actor, customer, at) WHERE {ON_QUESTIONS};
CREATE INDEX audit_actors ON audit (actor, seq, actor_name);
CREATE INDEX audit_behalf ON audit (({BEHALF})) WHERE {BEHALF} IS NOT NULL;
CREATE INDEX inbox_finished_at ON inbox (finished_at, received_at);
CREATE INDEX messages_asked ON messages (asked);
CREATE INDEX messages_behind ON messages (asked) WHERE shown < wanted;
CREATE INDEX messages_late ON messages (channel) WHERE late = 1
"""

_PEOPLE = f"""
CREATE TABLE deadlines (key {_TEXT} PRIMARY KEY, kind {_MUST}, change_id {_MUST}, due_at {_MUST});
CREATE INDEX deadlines_due_at ON deadlines (due_at);
CREATE TABLE recipients ({_OF_CHANGE}, person {_MUST}, circle {_NUMBER}, told_at {_MUST},
  looked_at {_TEXT}, PRIMARY KEY (change_id, person));
CREATE TABLE notify_rules (customer {_TEXT} PRIMARY KEY, terms {_MUST}, set_by {_MUST},
  set_at {_MUST});
CREATE TABLE pages ({_OF_CHANGE}, pager {_MUST}, wanted {_MUST}, shown {_MUST}, due_at {_TEXT},
  tries {_NUMBER}, error {_MUST}, asked_at {_MUST}, PRIMARY KEY (change_id, pager));
CREATE INDEX pages_behind ON pages (asked_at) WHERE shown <> wanted;
CREATE TABLE still_needed (change_id {_TEXT} PRIMARY KEY REFERENCES changes, person {_MUST},
  reason {_MUST}, said_at {_MUST}, until {_MUST});
CREATE INDEX changes_switched ON changes (customer, flag, scope_kind, started_at)
  WHERE started_at IS NOT NULL
"""

_INCIDENT = f"""
CREATE TABLE configuration (kind {_MUST}, name {_MUST}, terms {_MUST}, set_by {_MUST},
  set_at {_MUST}, PRIMARY KEY (kind, name));
ALTER TABLE changes ADD COLUMN batch {_TEXT}, ADD COLUMN review {_TEXT};
CREATE INDEX changes_batch ON changes (batch) WHERE batch IS NOT NULL;
CREATE INDEX changes_review ON changes (customer) WHERE review = 'owed';
CREATE TABLE drills (id {_TEXT} PRIMARY KEY, customer {_MUST}, scenario {_MUST}, channel {_MUST},
  started_by {_MUST}, started_at {_MUST}, ended_at {_TEXT}, score {_MUST});
CREATE INDEX drills_open ON drills (customer) WHERE ended_at IS NULL;
CREATE TABLE report_messages (channel {_MUST}, ts {_MUST}, change_id {_MUST}, customer {_MUST},
  author {_MUST}, text {_MUST}, permalink {_MUST}, posted_at {_MUST}, added_by {_MUST},
  added_at {_MUST}, PRIMARY KEY (channel, ts))
"""
# Who was given a right to read the views keeps it.
_VIEWS_ANEW = tuple(view.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1) for view in VIEWS)

# Name and statements of each step, in their order.
STEPS = {
    "0001_all_until_replicas": (_FUNCTIONS, _TABLES, _CHECK, _TRIGGERS, _INDEXES, DOCUMENT, *VIEWS),
    "0002_people": (_PEOPLE,),
    # With the words for what there is since 0002.
    "0003_views": _VIEWS_ANEW,
    "0004_incident": (_INCIDENT,),
    # With the words for what there is since 0004.
    "0005_views": _VIEWS_ANEW,
}
