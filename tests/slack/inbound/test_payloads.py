"""In Enterprise Grid the workspace of a payload is where it happened, not where the person is from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.slack.payloads import (
    ActionPayload,
    CommandPayload,
    MentionPayload,
    Payload,
    ShortcutPayload,
    SuggestionPayload,
    ViewPayload,
    from_json,
)

HOME = {"id": "T0HOME", "domain": "home"}


def body(**over: Any) -> dict[str, Any]:
    told = {
        "user": {"id": "W0GRID", "team_id": "T0OTHER"},
        "team": HOME,
        "enterprise": {"id": "E0GROUP", "name": "Group"},
        "api_app_id": "A0CONTINUITY",
        "actions": [{"action_id": "change_approve", "value": "C-7K3MX 1", "action_ts": "1.2"}],
        "view": {"id": "V1", "app_installed_team_id": "T0HOME"},
    }
    return told | over


@pytest.mark.parametrize("users_team", ["T0OTHER", "E0GROUP", "", None])
@pytest.mark.parametrize("team", [HOME, None])
def test_a_click_and_a_form(users_team: str | None, team: dict[str, Any] | None) -> None:
    told = body(user={"id": "W0GRID", "team_id": users_team}, team=team)
    read = [ActionPayload.from_body(told), ViewPayload.from_body(told)]
    assert [(one.team, one.user) for one in read] == [("T0HOME", "W0GRID")] * 2


def test_a_click_in_another_workspace_is_of_that_one() -> None:
    told = body(user={"id": "U0GRID", "team_id": "T0HOME"}, team={"id": "T0OTHER"})
    assert ActionPayload.from_body(told).team == "T0OTHER"
    del told["view"], told["team"]
    assert ActionPayload.from_body(told).team == "T0HOME"


def test_a_mention_is_for_the_workspace_whose_installation_it_was_sent_to() -> None:
    event = {
        "type": "app_mention",
        "user": "W0GRID",
        "channel": "C0INCIDENT",
        "text": "<@U0BOT> help",
    }
    told = {"team_id": "T0OTHER", "api_app_id": "A0", "event_id": "Ev1", "event": event}
    assert MentionPayload.from_body(told).team == "T0OTHER"
    home = {"team_id": "T0HOME", "enterprise_id": "E0GROUP"}
    assert MentionPayload.from_body(told | {"authorizations": [home]}).team == "T0HOME"
    alone = {"team_id": None, "enterprise_id": "E0GROUP"}
    assert MentionPayload.from_body(told | {"authorizations": [alone]}).team == "T0OTHER"


# docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload
SHORTCUT = {
    "type": "shortcut",
    "action_ts": "1581106241.371594",
    "team": HOME,
    "user": {"id": "U0OPERATOR", "username": "operator", "team_id": "T0HOME"},
    "api_app_id": "A0CONTINUITY",
    "callback_id": "continuity_change",
    "trigger_id": "944799105734.773906753841.38b5894552bdd4a780554ee59d1f3638",
}


def test_a_global_shortcut_has_no_channel_and_no_message() -> None:
    read = ShortcutPayload.from_body(SHORTCUT)
    assert (read.callback, read.user, read.team) == ("continuity_change", "U0OPERATOR", "T0HOME")
    assert (read.channel, read.text, read.response_url) == ("", "", "")
    assert read.actor.clicked
    assert read.actor.command == ""


@pytest.mark.parametrize(
    ("message", "author"),
    [
        ({"type": "message", "user": "U0APPROVER", "ts": "2.5", "text": "a", "thread_ts": "2.1"}, "U0APPROVER"),
        ({"type": "message", "bot_id": "B0MONITOR", "ts": "2.5", "text": "a", "thread_ts": "2.1"}, "B0MONITOR"),
    ],
)  # fmt: skip
def test_a_message_shortcut_has_the_message(message: dict[str, Any], author: str) -> None:
    told = SHORTCUT | {
        "type": "message_action",
        "callback_id": "report_add",
        "message_ts": "2.5",
        "channel": {"id": "C0INCIDENT", "name": "incident"},
        "message": message,
        "response_url": "https://hooks.example.com/app/T/1/x",
    }
    read = ShortcutPayload.from_body(told)
    assert (read.channel, read.message_ts, read.thread_ts) == ("C0INCIDENT", "2.5", "2.1")
    assert (read.author, read.text) == (author, "a")
    assert read.reply_target.response_url == told["response_url"]


def test_a_suggestion_has_what_was_typed() -> None:
    told = body(type="block_suggestion", action_id="change_customer", block_id="c", value="acm")
    read = SuggestionPayload.from_body(told)
    assert (read.action, read.typed, read.team) == ("change_customer", "acm", "T0HOME")


WHO = {"user": "U1", "team": "T1", "app": "A1", "channel": "C1"}
SAVED: list[Payload] = [
    CommandPayload(key="command:1", text="help", trigger_id="1", response_url="https://x/1", **WHO),
    ActionPayload(key="click:1", action="change_stop", value="C-7K3MX 2", message_ts="1.2", **WHO),
    ViewPayload(key="view:1", form="edit_user", action="edit_user", values={"a": ["b"]}, **WHO),
    MentionPayload(key="event:1", text="help", thread_ts="1.2", **WHO),
    ShortcutPayload(key="shortcut:1", callback="report_add", message_ts="1.2", text="a", **WHO),
]


@pytest.mark.parametrize("payload", SAVED, ids=lambda payload: payload.kind)
def test_a_row_of_the_inbox_is_read_as_it_was_saved(payload: Payload) -> None:
    assert from_json(payload.model_dump_json()) == payload


# As the version before saved it: one model with all fields, "" where a kind has none.
OLD = {
    "key": "", "kind": "", "user": "U1", "team": "T1", "app": "A1", "channel": "C1", "text": "",
    "action": "", "value": "", "trigger_id": "", "response_url": "", "thread_ts": "",
    "message_ts": "", "form": "", "values": {},
}  # fmt: skip


@pytest.mark.parametrize("payload", SAVED, ids=lambda payload: payload.kind)
def test_a_row_that_the_version_before_saved_is_read(payload: Payload) -> None:
    assert from_json(json.dumps(OLD | payload.model_dump())) == payload


def test_the_answer_to_a_reason_that_an_old_version_saved_has_no_callback_id() -> None:
    row = OLD | {"key": "view:1", "kind": "view", "action": "change_deny", "text": "no"}
    read = from_json(json.dumps(row))
    assert isinstance(read, ViewPayload)
    assert (read.form, read.action, read.text) == ("change_reason", "change_deny", "no")


@pytest.mark.parametrize(
    "row", ["", "{}", '{"kind": "dance"}', '{"kind": "shortcut"}', '{"kind": "click"}']
)
def test_a_row_of_no_kind_is_not_read(row: str) -> None:
    with pytest.raises(ValueError, match="validation error"):
        from_json(row)


def test_each_kind_has_its_own_ways_to_reply_to() -> None:
    told = [payload.reply_target for payload in SAVED]
    assert [(one.response_url, one.thread_ts) for one in told] == [
        ("https://x/1", ""),
        ("", ""),
        ("", ""),
        ("", "1.2"),
        ("", ""),
    ]
    assert [payload.actor.clicked for payload in SAVED] == [False, True, True, False, True]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Failover ON 44444 --reason off", "failover on"),
        ("access off 44444", "access off"),
        ("role grant U0A operator 44444", "role grant"),
        ("status 44444", "status"),
        ("<!channel> there", "unreadable"),
        ("", ""),
    ],
)
def test_the_actor_names_the_command_and_nothing_else_that_was_typed(
    text: str, command: str
) -> None:
    typed = CommandPayload(key="k", user="U0A", team="T", app="A", text=text)
    assert typed.actor.command == command
    assert ActionPayload(key="k", user="U0A", team="T", app="A", action="x").actor.command == ""
