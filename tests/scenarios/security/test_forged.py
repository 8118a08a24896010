"""What no card and no Slack ever sent: forged clicks, forged modals, signed and unsigned garbage."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from bot.domain.roles import Role
from sandbox.slack import Message
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    HTTP_ONLY,
    INCIDENT,
    OPERATOR,
    SHARED,
    SOCKET_ONLY,
    STRANGER,
    Scenario,
    said,
)
from tests.scenarios.security.test_bad_input import (
    answer,
    assert_untouched,
    faults,
    grant,
    refusals,
)

Click = tuple[str, str, str, str, str]
USER = "user0001@example.com"


async def forged(scenario: Scenario, card: Message, click: Click, patience: float = 30.0) -> str:
    """Click what is not there, and return what the person alone is told."""
    action, value, user, channel, _ = click
    before = len(scenario.slack.ephemerals)
    delivery = await scenario.slack.click(user, channel, card.ts, action, value=value)
    assert (delivery.status, delivery.timed_out) == (200, False)
    told = await scenario.slack.wait_for(lambda slack: slack.ephemerals[before:], timeout=patience)
    assert told[0].user == user
    return told[0].text


async def assert_refused(scenario: Scenario, card: Message, clicks: list[Click]) -> None:
    """Each click gets its sentence and one audit entry; the card stays as it was."""
    shown = said(card)
    for click in clicks:
        before = len(await refusals(scenario))
        told = await forged(scenario, card, click)
        assert faults(told, click[4]) == [], click
        assert [actor for actor, _ in await refusals(scenario)][before:] == [click[2]], click
    assert said(card) == shown
    assert len(scenario.slack.channel_messages(INCIDENT)) == 1
    assert scenario.slack.views == {}
    assert scenario.writes() == []


async def a_card(scenario: Scenario) -> tuple[Message, str, str]:
    """Propose; return the card, the id of the change and the value of its buttons."""
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    value = str(scenario.slack.buttons(card)["change_approve"]["value"])
    return card, value.partition(" ")[0], value


async def test_a_forged_value_action_person_or_channel_is_refused_and_recorded(
    scenario: Scenario,
) -> None:
    card, change_id, value = await a_card(scenario)
    there, no_change = "belongs to another channel", "There is no change of that name"
    not_known = "I do not know the change C-AAAAA"
    clicks: list[Click] = [
        *((action, "C-AAAAA 1", APPROVER, INCIDENT, not_known)
          for action in ("change_approve", "change_confirm", "change_deny", "change_cancel", "change_stop")),
        *(("change_approve", garbage, APPROVER, INCIDENT, no_change)
          for garbage in ("", " ", "1", f"{change_id}\u00a01", f"{change_id.lower()} 1", "' OR 1=1 --", "🙂 <!channel> 1", "null")),
        *((action, value, user, ELSEWHERE, there)
          for action, user in (("change_approve", APPROVER), ("change_deny", APPROVER), ("change_cancel", OPERATOR), ("change_confirm", OPERATOR))),
        ("change_approve", value, APPROVER, SHARED, "shared with another company"),
        ("change_approve", value, APPROVER, "C0UNSEEN", "I cannot see this channel"),
        *((action, value, APPROVER, INCIDENT, "button is not known")
          for action in ("change_frob", "change_approve ", "CHANGE_APPROVE", "é<!channel>", "x" * 255)),
        ("change_confirm", value, APPROVER, INCIDENT, "Only the requester confirms"),
        ("change_approve", value, OPERATOR, INCIDENT, "Nobody approves their own change"),
        *((action, value, STRANGER, INCIDENT, "it needs the role")
          for action in ("change_approve", "change_deny", "change_cancel", "change_stop", "change_again")),
    ]  # fmt: skip
    await assert_refused(scenario, card, clicks)


async def test_a_click_by_whoever_slack_bars_is_refused_whatever_the_rows_say(
    scenario: Scenario,
) -> None:
    barred: dict[str, dict[str, Any]] = {
        "U0DELETED": {"deleted": True},
        "U0GUEST": {"is_restricted": True},
        "U0ROBOT": {"is_bot": True},
        "U0PARTNER": {"is_stranger": True},
    }
    for user, flags in barred.items():
        scenario.slack.add_person(user, user.lower(), **flags)
    await grant(scenario, CUSTOMER, *((user, Role.ADMIN) for user in [*barred, "U0NOBODY"]))
    card, _, value = await a_card(scenario)
    clicks: list[Click] = [
        (action, value, user, INCIDENT, "You may not use this here")
        for user in [*barred, "U0NOBODY"]
        for action in ("change_approve", "change_deny", "change_cancel")
    ]
    scenario.slack.add_person("U0ABROAD", "abroad", team_id="T0OTHER")
    clicks.append(("change_approve", value, "U0ABROAD", INCIDENT, "another workspace"))
    await assert_refused(scenario, card, clicks)


async def test_a_click_of_another_workspace_or_app_is_refused_and_recorded(
    scenario: Scenario,
) -> None:
    card, _, _ = await a_card(scenario)
    for where in ({"team_id": "T0OTHER"}, {"api_app_id": "A0OTHER"}):
        await scenario.slack.click(APPROVER, INCIDENT, card.ts, "change_approve", **where)
    told = await scenario.slack.wait_for(lambda slack: slack.ephemerals[1:] and slack.ephemerals)
    assert [one.user for one in told if "another workspace or app" in one.text] == [APPROVER] * 2
    assert [actor for actor, _ in await refusals(scenario)] == [APPROVER] * 2
    assert scenario.writes() == []


async def test_whoever_may_not_know_of_a_change_rewrites_no_message_by_its_id(
    scenario: Scenario,
) -> None:
    """The buttons of a card that is not the right one are taken off, and that names the change."""
    _, change_id, value = await a_card(scenario)
    other = scenario.slack.post(ELSEWHERE, scenario.slack.bot_user_id, "of something else")
    await scenario.slack.click(STRANGER, ELSEWHERE, other.ts, "change_approve", value=value)
    await scenario.told(f"I do not know the change {change_id}", user=STRANGER)
    assert (other.text, other.edited) == ("of something else", False)


async def test_a_modal_sent_by_somebody_else_denies_nothing(scenario: Scenario) -> None:
    card, _, _ = await a_card(scenario)
    await scenario.press("change_deny", user=APPROVER, card=card)
    view = await scenario.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    reason = {"reason": {"reason": "no"}}
    await scenario.slack.submit(STRANGER, view.id, reason, forged=True)
    await scenario.told("it needs the role", user=STRANGER)
    assert [actor for actor, _ in await refusals(scenario)] == [STRANGER]
    assert "WAITING" in said(card)
    await scenario.press("change_deny", user=APPROVER, card=card)
    await scenario.slack.wait_for(lambda slack: len(slack.views) == 2)
    await scenario.slack.submit(APPROVER, list(scenario.slack.views)[-1], reason)
    await scenario.outcome("DENIED")


async def test_a_form_that_is_not_ours_is_refused_and_recorded(scenario: Scenario) -> None:
    text = {"type": "plain_text", "text": "Approve"}
    view = {"type": "modal", "callback_id": "change_approve", "title": text, "blocks": []}
    forged = scenario.slack.modals.open(scenario.slack.modals.new_trigger(APPROVER), view)
    await scenario.slack.submit(APPROVER, forged, {"reason": "<!channel>"}, forged=True)
    [told] = await scenario.slack.wait_for(lambda slack: slack.direct_messages(APPROVER))
    assert told.text == "This form is not known here."
    assert await refusals(scenario) == [(APPROVER, "This form is not known here.")]
    assert scenario.writes() == []


async def test_metadata_of_another_form_does_not_get_round_what_that_one_asks_for(
    scenario: Scenario,
) -> None:
    """The form of an edit asks nobody to type the address once more."""
    about = {"type": "section", "block_id": "who", "text": {"type": "plain_text", "text": USER}}
    name = {
        "type": "input",
        "block_id": "displayName",
        "label": {"type": "plain_text", "text": "Display name"},
        "element": {"type": "plain_text_input", "action_id": "displayName"},
    }
    view = {
        "type": "modal",
        "callback_id": "edit_user",
        "private_metadata": f"delete_user {CUSTOMER} {INCIDENT}",
        "title": {"type": "plain_text", "text": "Edit user"},
        "submit": {"type": "plain_text", "text": "Propose"},
        "blocks": [about, name],
    }
    forged = scenario.slack.modals.open(scenario.slack.modals.new_trigger(ADMIN), view)
    await scenario.slack.submit(ADMIN, forged, {"displayName": "Jo B"}, forged=True)
    await scenario.told("This form is not known here.", user=ADMIN)
    assert scenario.slack.channel_messages(INCIDENT) == []
    assert await refusals(scenario) == [(ADMIN, "This form is not known here.")]


async def test_another_revision_of_the_preview_decides_nothing(scenario: Scenario) -> None:
    card, change_id, _ = await a_card(scenario)
    for revision in ("0", "2", "99", "-1", "1.0", "١", "9" * 400, ""):
        click = ("change_approve", f"{change_id} {revision}", APPROVER, INCIDENT, "has changed")
        assert faults(await forged(scenario, card, click), "has changed. Read it again") == []
    assert "WAITING" in said(card)
    assert scenario.writes() == []


# --- what the lead's files still owe --------------------------------------------------------------


async def test_a_forged_preview_revision_is_recorded(scenario: Scenario) -> None:
    card, change_id, _ = await a_card(scenario)
    click = ("change_approve", f"{change_id} 99", APPROVER, INCIDENT, "has changed")
    await assert_refused(scenario, card, [click])


@pytest.mark.parametrize("where", [INCIDENT, ELSEWHERE])
async def test_proposing_again_what_is_not_of_this_channel_is_recorded(
    scenario: Scenario, where: str
) -> None:
    card, _, value = await a_card(scenario)
    asked = "C-AAAAA 1" if where == INCIDENT else value
    click = ("change_again", asked, OPERATOR, where, "")
    await assert_refused(scenario, card, [click])


async def test_proposing_again_what_waits_already_is_answered(scenario: Scenario) -> None:
    card, change_id, value = await a_card(scenario)
    click = ("change_again", value, OPERATOR, INCIDENT, "")
    assert change_id in await forged(scenario, card, click)


@pytest.mark.parametrize("value", ["x" * 2000, "C-\u0000\n\u202e 1"])
async def test_a_forged_value_is_not_repeated_at_length_or_unseen(
    scenario: Scenario, value: str
) -> None:
    card, _, _ = await a_card(scenario)
    click = ("change_approve", value, APPROVER, INCIDENT, "There is no change")
    await assert_refused(scenario, card, [click])


# --- requests ------------------------------------------------------------------------------------

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
TYPED = {"command": "/continuity", "user_id": OPERATOR, "team_id": "T0HOME", "api_app_id": "A0CONTINUITY",
         "channel_id": INCIDENT}  # fmt: skip
CLICKED: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": APPROVER, "team_id": "T0HOME"},
    "team": {"id": "T0HOME"},
    "api_app_id": "A0CONTINUITY",
    "container": {"channel_id": INCIDENT},
    "actions": [{"type": "button", "action_id": "change_approve", "value": "C-1", "action_ts": "1", "block_id": "b"}],
    "trigger_id": "1",
}  # fmt: skip
VIEWED = {"type": "view_submission", "user": {"id": APPROVER}, "api_app_id": "A0CONTINUITY"}
EVENT = {"type": "event_callback", "team_id": "T0HOME", "api_app_id": "A0CONTINUITY"}


def typed(**fields: str) -> bytes:
    return urlencode({**TYPED, **fields}).encode()


def payload(shape: object) -> bytes:
    text = shape if isinstance(shape, str) else json.dumps(shape)
    return urlencode({"payload": text}).encode()


def clicked(**fields: object) -> bytes:
    return payload({**CLICKED, **fields})


def acted(**fields: object) -> bytes:
    return clicked(actions=[{**CLICKED["actions"][0], **fields}])


def event(**fields: object) -> bytes:
    return json.dumps({**EVENT, **fields}).encode()


ODD: list[Any] = [None, 5, "x", [], {}]
PAYLOADS: list[Any] = ["", "null", "5", "[[]]", '"x"', "{", '{"type":NaN}', {}, {"type": None}, {"type": []}]  # fmt: skip
SIGNED: list[tuple[bytes, str | None]] = [
    *((body, kind) for body in (b"\xff", b"{}", b"5", b'"type"', b"type", b"=&=&", b"\x00", b"%") for kind in (FORM, JSON, "text/plain", None)),
    *((body, FORM) for body in (typed(), typed(trigger_id="1", command="/other"), typed(text="x", trigger_id="")[:60])),
    *((payload(shape), FORM) for shape in PAYLOADS),
    *((clicked(**{key: None}), FORM) for key in ("user", "team", "container", "actions", "type")),
    *((clicked(**{key: "x"}), FORM) for key in ("user", "team", "container", "actions", "type")),
    *((clicked(actions=actions), FORM) for actions in [*ODD, [None], ["x"], [[]], [{}]]),
    *((acted(**{key: bad}), FORM) for key in ("action_id", "value", "action_ts", "block_id", "type") for bad in ODD),
    (acted(value="\ud800 1"), FORM),
    (clicked(user={"id": "\ud800"}), FORM),
    *((payload({**VIEWED, "view": view}), FORM) for view in [*ODD, {"callback_id": "change_reason"}, {"type": "modal", "id": "V", "callback_id": "change_reason", "private_metadata": None, "state": []}]),
    *((payload({"type": kind, "callback_id": "x"}), FORM) for kind in ("shortcut", "message_action", "view_closed", "block_suggestion", "interactive_message", "workflow_step_edit", "dialog_submission")),
    *((event(event=shape), JSON) for shape in [*ODD, {"type": "app_mention"}, {"type": "function_executed"}, {"type": "message", "text": None}]),
    (b'{"type":"url_verification"}', JSON),
    (b'\xef\xbb\xbf{"type":"x"}', JSON),
    ('{"type":"x"}'.encode("utf-16"), f"{JSON}; charset=utf-16"),
    (b'{"type":"x","n":' + b"1" * 10_000 + b"}", JSON),
    (b"--x\r\nContent-Disposition: form-data; name=payload\r\n\r\n{}\r\n--x--", "multipart/form-data; boundary=x"),
    (b"payload=%7B%22type%22%3A%22x%22%7D", "application/"),
]  # fmt: skip


async def statuses(
    scenario: Scenario, bodies: Iterable[tuple[bytes, str | None]], **headers: str
) -> list[tuple[int, bytes]]:
    """Post signed bytes, one after the other, and return what was answered to each."""
    told = []
    async with httpx.AsyncClient(trust_env=False) as http:
        for body, kind in bodies:
            sent = {**scenario.slack.signed_headers(body), **headers}
            sent |= {} if kind is None else {"Content-Type": kind}
            answered = await http.post(scenario.events, content=body, headers=sent)
            told.append((answered.status_code, body[:90]))
    return told


@HTTP_ONLY
async def test_signed_garbage_is_400_or_not_ours_and_never_500(scenario: Scenario) -> None:
    wrong = [told for told in await statuses(scenario, SIGNED) if told[0] not in (200, 400)]
    assert wrong == []
    await scenario.type("help failover")
    await scenario.told("/continuity failover on")
    await assert_untouched(scenario)


@SOCKET_ONLY
async def test_garbage_over_socket_mode_leaves_the_bot_at_work(scenario: Scenario) -> None:
    odd: list[dict[str, Any]] = [{"actions": []}, {"user": None}, {"team": 5}, {"enterprise": 5}]
    pressed: list[Any] = [{}, *(CLICKED | part for part in odd), {"type": "view_submission"}, VIEWED | {"view": {}}]  # fmt: skip
    shapes: list[tuple[str, Any]] = [
        *(("slash_commands", shape) for shape in ({}, TYPED, {**TYPED, "trigger_id": None}, {**TYPED, "trigger_id": "1", "text": 5})),
        *(("interactive", shape) for shape in pressed),
        *(("events_api", shape) for shape in ({}, EVENT, EVENT | {"event": None}, EVENT | {"event": {"type": "app_mention"}}, EVENT | {"authorizations": [5]})),
        *((kind, None) for kind in ("nothing", "hello")),
    ]  # fmt: skip
    sent = [
        asyncio.create_task(scenario.slack.sockets.deliver(kind, shape, 0))
        for kind, shape in shapes
    ]
    await scenario.type("help failover")
    await scenario.told("/continuity failover on")
    assert scenario.slack.connected
    for task in sent:
        task.cancel()
    await asyncio.gather(*sent, return_exceptions=True)
    await assert_untouched(scenario)


TRIPS: dict[str, tuple[bytes, str | None]] = {
    "a form that starts as JSON": (b'{"x":"&command=/continuity&trigger_id=1&user_id=U1', FORM),
    "payload twice, the last null": (b"payload=%7B%22type%22%3A%22x%22%7D&payload=null", FORM),
    "payload twice, the last cut": (b"payload=%7B%22type%22%3A%22x%22%7D&payload=%5B", FORM),
    "deep JSON": (b'{"type":' + b"[" * 50_000, JSON),
    "deep payload": (b"payload=%7B%22type%22%3A" + b"[" * 50_000, FORM),
    "team 5": (clicked(team=5, user={"id": APPROVER}), FORM),
    "enterprise 5": (clicked(enterprise=5), FORM),
    "authorizations 5": (event(authorizations=5, event={"type": "app_mention"}), JSON),
    "authorizations [5]": (event(authorizations=[5], event={"type": "app_mention"}), JSON),
    "a channel and a user of other types": (event(event={"type": "app_mention", "channel": 5, "user": {}}), JSON),
}  # fmt: skip


@HTTP_ONLY
async def test_signed_garbage_that_bolt_trips_over_is_not_a_500(scenario: Scenario) -> None:
    told = zip(TRIPS, await statuses(scenario, TRIPS.values()), strict=True)
    assert [(name, status) for name, (status, _) in told if status not in (200, 400)] == []


@HTTP_ONLY
async def test_a_body_that_is_not_in_the_encoding_it_names_is_not_a_500(scenario: Scenario) -> None:
    body, header = (typed(trigger_id="1"), FORM), {"Content-Encoding": "deflate"}
    ((status, _),) = await statuses(scenario, [body], **header)
    assert status in (200, 400)


@HTTP_ONLY
async def test_a_command_that_holds_the_word_payload_is_not_lost(scenario: Scenario) -> None:
    """Bolt's parse_body returns {} for it: acknowledged, and silence."""
    await scenario.type(f"failover on {CUSTOMER} --reason payload of the queue is lost")
    await scenario.card("change_approve")
    before = len(scenario.slack.ephemerals)
    await answer(scenario, "pending")
    assert "FAILOVER ON" in scenario.slack.ephemerals[before].text


async def unsigned(scenario: Scenario, *lines: bytes) -> bytes:
    """Send raw header lines with an empty JSON object, and return the status line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", scenario.port)
    head = [b"POST /slack/events HTTP/1.1", b"Host: x", b"Content-Type: application/json", *lines]
    sent = b"\r\n".join([*head, b"Content-Length: 2", b"Connection: close", b"", b"{}"])
    writer.write(sent.replace(NOW, str(int(time.time())).encode()))
    answered = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answered.partition(b"\r\n")[0]


NOW = b"NOW"
STAMP, SIGNATURE = b"X-Slack-Request-Timestamp: ", b"X-Slack-Signature: "


UNSIGNED: list[tuple[bytes, ...]] = [
    (),
    (STAMP + NOW,),
    (SIGNATURE + b"v0=" + b"0" * 64,),
    (STAMP + NOW, SIGNATURE + b"v0=\xc3\xa9"),
    (STAMP + NOW, SIGNATURE),
    *((STAMP + stamp, SIGNATURE + b"v0=1") for stamp in (b"-1", b"9" * 40, b"\xd9\xa3", b"nan", b"1e9")),
    (STAMP + NOW, SIGNATURE + b"v0=\xff"),
]  # fmt: skip


@HTTP_ONLY
async def test_whatever_is_not_signed_is_401(scenario: Scenario) -> None:
    told = {lines: await unsigned(scenario, *lines) for lines in UNSIGNED}
    assert {lines: line for lines, line in told.items() if b" 401 " not in line} == {}
