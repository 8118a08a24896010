"""What a person does on the page arrives in Slack as theirs; what they cannot do is a sentence."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any

import pytest

from sandbox.browser import ActionError, BrowserServer
from sandbox.browser.actions import HOME_ZONE, next_monday
from sandbox.clock import SandboxClock
from sandbox.slack import Delivery, Message, Shortcut, SlackSandbox
from tests.sandbox.browser.window import Window

BUTTON = {
    "type": "button",
    "action_id": "approve",
    "value": "C-1",
    "text": {"type": "plain_text", "text": "Approve"},
}
SELECT: dict[str, Any] = {
    "type": "static_select",
    "action_id": "pick",
    "options": [{"text": {"type": "plain_text", "text": "One"}, "value": "1"}],
}
NO_COMMAND = (
    "{command} is not a valid command. In Slack, all messages that start with the “/” character are "
    "interpreted as commands. If you are trying to send a message and not run a command, try "
    "preceding the “/” with an empty space."
)
MODAL: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Import"},
    "submit": {"type": "plain_text", "text": "Import"},
    "notify_on_close": True,
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Reason"},
            "element": {"type": "plain_text_input", "action_id": "text"},
        },
        {
            "type": "input",
            "block_id": "file",
            "optional": True,
            "label": {"type": "plain_text", "text": "File"},
            "element": {"type": "file_input", "action_id": "files"},
        },
    ],
}


def card(slack: SlackSandbox) -> Message:
    blocks = [{"type": "actions", "block_id": "decide", "elements": [BUTTON, SELECT]}]
    return slack.post("C1", "U0BOT", "card", blocks)


async def delivered(slack: SlackSandbox) -> Delivery:
    return await slack.wait_for(lambda s: s.deliveries[-1] if s.deliveries else None)


async def test_a_message_is_posted_as_the_person(slack: SlackSandbox, window: Window) -> None:
    assert await window.do("send", person="U1", channel="C1", text=" hi @ada ") == {"ok": True}
    sent = await window.event("message")
    assert (sent["user"], sent["text"], sent["thread_ts"]) == ("U1", "hi <@U2>", None)
    answer = await window.do(
        "send", person="U2", channel="C1", text="in the thread", thread_ts=sent["ts"]
    )
    assert answer == {"ok": True}
    assert [one.text for one in slack.thread("C1", sent["ts"])] == ["in the thread"]
    assert slack.deliveries == []


async def test_a_mention_of_the_bot_reaches_the_app(slack: SlackSandbox, window: Window) -> None:
    await window.do("send", person="U1", channel="C1", text="@continuity status 44444")
    delivery = await delivered(slack)
    event = delivery.payload["event"]
    assert (event["type"], event["user"]) == ("app_mention", "U1")
    assert event["text"] == "<@U0BOT> status 44444"
    assert [one.text for one in slack.channel_messages("C1")] == ["<@U0BOT> status 44444"]


async def test_a_mention_where_the_bot_is_not_is_a_message_only(
    slack: SlackSandbox, window: Window
) -> None:
    slack.channels["C2"].members.discard("U0BOT")
    await window.do("send", person="U2", channel="C2", text="@continuity status")
    assert [one.text for one in slack.channel_messages("C2")] == ["<@U0BOT> status"]
    assert slack.deliveries == []


async def test_a_slash_command_is_delivered_and_not_posted(
    slack: SlackSandbox, window: Window
) -> None:
    text = "/continuity  grant @ada operator --reason A & B"
    assert await window.do("send", person="U1", channel="C1", text=text) == {"ok": True}
    payload = (await delivered(slack)).payload
    assert payload["command"] == "/continuity"
    assert payload["text"] == "grant <@U2|ada> operator --reason A &amp; B"
    assert (payload["user_id"], payload["channel_id"]) == ("U1", "C1")
    assert slack.messages == []


async def test_a_space_before_a_slash_makes_it_a_message(
    slack: SlackSandbox, window: Window
) -> None:
    assert await window.do("send", person="U1", channel="C1", text=" /etc/hosts") == {"ok": True}
    assert [one.text for one in slack.channel_messages("C1")] == ["/etc/hosts"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"person": "U9"}, "There is no such person in the workspace."),
        ({"person": "U0BOT"}, "There is no such person in the workspace."),
        ({"person": 1}, "Person must be a text."),
        ({"channel": "C2"}, "Olga Ops is not in this channel."),
        ({"channel": "C9"}, "Olga Ops is not in this channel."),
        ({"text": "  "}, "Type a message first."),
        ({"text": "x" * 12_001}, "A message has at most 12,000 characters."),
        ({"channel": "DU1"}, "Sending messages to this app has been turned off."),
        ({"channel": "C3"}, "#old is archived."),
        ({"thread_ts": "1.000000"}, "This thread is no longer there."),
        (
            {"thread_ts": "1.000000", "text": "/continuity status"},
            "/continuity is not supported in threads. Sorry!",
        ),
        (
            {"text": "/other status"},
            NO_COMMAND.format(command="/other"),
        ),
        (
            {"person": "U3", "text": "/continuity status"},
            NO_COMMAND.format(command="/continuity"),
        ),
    ],
)
async def test_what_cannot_be_sent(
    slack: SlackSandbox, window: Window, body: dict[str, Any], error: str
) -> None:
    slack.add_person("U3", "partner", is_stranger=True)
    slack.channels["C1"].members.add("U3")
    slack.add_channel("C3", "old", members=["U1"], is_archived=True)
    answer = await window.do("send", **({"person": "U1", "channel": "C1", "text": "hi"} | body))
    assert answer == {"ok": False, "error": error}
    assert (slack.messages, slack.deliveries) == ([], [])


async def test_a_direct_message_where_the_app_takes_them(
    slack: SlackSandbox, window: Window
) -> None:
    slack.messages_tab_read_only = False
    assert (await window.do("send", person="U1", channel="DU1", text="hello"))["ok"]
    assert [one.text for one in slack.direct_messages("U1")] == ["hello"]


async def test_a_delivery_is_made_again(slack: SlackSandbox, window: Window) -> None:
    await window.do("send", person="U1", channel="C1", text="@continuity status")
    first = await window.event("delivery", lambda d: not d["pending"])
    assert await window.do("redeliver", number=first["number"]) == {"ok": True}
    again = await window.event("delivery", lambda d: d["number"] != first["number"])
    assert (again["attempt"], again["payload"]) == (1, first["payload"])
    refused = {"ok": False, "error": "There is no such delivery."}
    assert await window.do("redeliver", number=99) == refused
    assert await window.do("redeliver") == refused


async def test_a_button_and_a_select_are_clicked(slack: SlackSandbox, window: Window) -> None:
    message = card(slack)
    place = {"person": "U2", "channel": "C1", "ts": message.ts, "block_id": "decide"}
    assert await window.do("click", action_id="approve", **place) == {"ok": True}
    payload = (await delivered(slack)).payload
    action = payload["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == (
        *("approve", "decide", "C-1"),
    )
    assert payload["user"]["id"] == "U2"
    await window.do("click", action_id="pick", value="1", **place)
    delivery = await slack.wait_for(lambda s: len(s.deliveries) == 2 and s.deliveries[1])
    assert delivery.payload["actions"][0]["selected_option"]["value"] == "1"


async def test_an_element_is_that_of_its_block(slack: SlackSandbox, window: Window) -> None:
    other = {**BUTTON, "value": "C-2"}
    blocks = [
        {"type": "actions", "block_id": block, "elements": [element]}
        for block, element in (("first", BUTTON), ("second", other))
    ]
    message = slack.post("C1", "U0BOT", "cards", blocks)
    place = {"person": "U2", "channel": "C1", "ts": message.ts, "action_id": "approve"}
    await window.do("click", block_id="first", **place)
    action = (await delivered(slack)).payload["actions"][0]
    assert (action["block_id"], action["value"]) == ("first", "C-1")


async def test_what_cannot_be_clicked(slack: SlackSandbox, window: Window) -> None:
    message = card(slack)
    hidden = slack.post_ephemeral("C1", "U1", "", message.blocks, via="ack")
    gone = card(slack)
    slack.delete(gone)
    for ts, action in (
        (message.ts, "deny"),
        (hidden.ts, "approve"),
        (gone.ts, "approve"),
        ("1.0", "approve"),
    ):
        answer = await window.do(
            "click",
            person="U2",
            channel="C1",
            ts=ts,
            action_id=action,
            block_id="decide",
            value="1",
        )
        assert answer == {"ok": False, "error": "This button is no longer there."}
    assert slack.deliveries == []
    own = {"person": "U1", "channel": "C1", "ts": hidden.ts, "block_id": "decide"}
    assert (await window.do("click", action_id="approve", **own))["ok"]
    bad = await window.do("click", action_id="pick", value="7", **own)
    assert (bad["ok"], bad["error"][:27]) == (False, "There is no option 7: [{'te")


async def test_a_modal_is_submitted_with_files_and_closed(
    slack: SlackSandbox, window: Window
) -> None:
    view = slack.modals.open(slack.modals.new_trigger("U1"), MODAL)
    opened = await window.event("view")
    assert (opened["id"], opened["user"], opened["state"]) == (view.id, "U1", "open")
    assert (opened["type"], opened["root_id"], opened["previous_id"]) == ("modal", view.id, None)
    assert (opened["view"]["title"]["text"], opened["errors"]) == ("Import", {})
    files = [{"name": "users.csv", "content": b64encode(b"a;b").decode()}]
    values = {"reason": {"text": "outage"}, "file": {"files": files}}
    assert (await window.do("submit", person="U1", view_id=view.id, values=values))["ok"]
    state = (await delivered(slack)).payload["view"]["state"]["values"]
    assert state["reason"]["text"]["value"] == "outage"
    [file] = state["file"]["files"]["files"]
    assert slack.files[file["id"]].content == b"a;b"
    assert (await window.do("close_view", person="U1", view_id=view.id))["ok"]
    await window.event("view", lambda v: v["state"] == "closed")
    assert (await slack.wait_for(lambda s: len(s.deliveries) == 2 and s.deliveries[1])).kind == (
        "view_closed"
    )


async def test_an_element_of_a_modal_is_used_with_what_was_typed_meanwhile(
    slack: SlackSandbox, window: Window
) -> None:
    blocks = [
        *MODAL["blocks"],
        {"type": "actions", "block_id": "decide", "elements": [BUTTON, SELECT]},
    ]
    view = slack.modals.open(slack.modals.new_trigger("U1"), {**MODAL, "blocks": blocks})
    place = {"person": "U1", "view_id": view.id, "block_id": "decide"}
    values = {"reason": {"text": "out"}}
    assert (await window.do("view_click", action_id="approve", values=values, **place))["ok"]
    payload = (await delivered(slack)).payload
    assert payload["actions"][0]["value"] == "C-1"
    assert payload["view"]["state"]["values"]["reason"]["text"]["value"] == "out"
    assert (await window.do("view_click", action_id="pick", value="1", **place))["ok"]
    delivery = await slack.wait_for(lambda s: len(s.deliveries) == 2 and s.deliveries[1])
    assert delivery.payload["actions"][0]["selected_option"]["value"] == "1"
    failed = await window.event("view", lambda v: v["errors"])
    assert failed["errors"] == {"": "dispatch_failed"}
    for wrong in ({"action_id": "gone"}, {"action_id": "approve", "person": "U2"}):
        answer = await window.do("view_click", **(place | wrong))
        assert not answer["ok"]
    assert len(slack.deliveries) == 2


async def test_the_home_tab_is_opened_published_and_used(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    slack.home_tab, slack.events = False, {"app_mention"}
    assert await window.do("open_home", person="U1", tab="home") == {"ok": True}
    assert slack.deliveries == []
    slack.home_tab = True
    slack.events.add("app_home_opened")
    assert await window.do("open_home", person="U1", tab="home") == {"ok": True}
    event = (await delivered(slack)).payload["event"]
    assert (event["type"], event["user"]) == ("app_home_opened", "U1")
    content = {
        "type": "home",
        "blocks": [{"type": "actions", "block_id": "b", "elements": [BUTTON]}],
    }
    home = slack.modals.publish("U1", content, "")
    sent = await window.event("home")
    assert (sent["id"], sent["user"], sent["type"], sent["hash"]) == (
        *(home.id, "U1", "home", home.hash),
    )
    assert sent["view"]["blocks"][0]["elements"][0]["action_id"] == "approve"
    async with Window(server.url) as other:
        assert (other.snapshot["homes"], other.snapshot["views"]) == ([sent], [])
    place = {"person": "U1", "view_id": home.id, "block_id": "b", "action_id": "approve"}
    assert (await window.do("view_click", **place))["ok"]
    failed = await window.event("home", lambda one: one["errors"])
    assert failed["errors"] == {"": "dispatch_failed"}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"person": "U2"}, "U2 has no open view "),
        ({"values": []}, "Values is an object of objects: block, action, value."),
        ({"values": {"reason": "x"}}, "Values is an object of objects: block, action, value."),
        ({"values": {"reason": {"text": 7}}}, "A value is a text or a list of files."),
        ({"values": {}}, "The input reason is required: Slack does not submit the view."),
        (
            {"values": {"file": {"files": [{"name": "a", "content": "%"}]}}},
            "The content of a file must be base64.",
        ),
    ],
)
async def test_what_cannot_be_submitted(
    slack: SlackSandbox, window: Window, body: dict[str, Any], error: str
) -> None:
    view = slack.modals.open(slack.modals.new_trigger("U1"), MODAL)
    answer = await window.do(
        "submit", **({"person": "U1", "view_id": view.id, "values": {}} | body)
    )
    assert answer["error"].startswith(error)
    assert slack.deliveries == []


@pytest.mark.parametrize("content", [b"[]", b"{", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(
    server: BrowserServer, window: Window, content: bytes
) -> None:
    headers = {"Origin": window.origin, "Content-Type": "application/json"}
    url = f"{server.url}do/send"
    async with window.session.post(url, data=content, headers=headers) as response:
        answer = await response.json()
        assert (response.status, answer["ok"]) == (200, False)
        assert answer["error"].startswith("The body")


async def test_an_action_that_was_added_answers_or_refuses(
    server: BrowserServer, window: Window
) -> None:
    async def complete(body: dict[str, Any]) -> dict[str, Any]:
        if body["text"] == "no":
            raise ActionError("It cannot be completed.")
        return {"items": [body["text"]]}

    server.add_action("complete", complete)
    assert await window.do("complete", text="fail") == {"ok": True, "items": ["fail"]}
    refused = {"ok": False, "error": "It cannot be completed."}
    assert await window.do("complete", text="no") == refused


async def test_a_person_is_set_away_and_every_window_is_told(
    slack: SlackSandbox, window: Window
) -> None:
    assert (await window.do("presence", person="U2", presence="away"))["ok"]
    assert slack.people["U2"].presence == "away"
    people = await window.event("people")
    assert [(one["id"], one["presence"]) for one in people if not one["is_bot"]] == [
        ("U1", "active"),
        ("U2", "away"),
    ]
    refused = await window.do("presence", person="U2", presence="busy")
    assert refused == {"ok": False, "error": "U2 cannot be 'busy': one of active, away."}
    assert not (await window.do("presence", person="U0BOT", presence="away"))["ok"]


async def test_the_clock_is_set_forward(clock: SandboxClock, window: Window) -> None:
    assert (await window.do("skip", seconds=1800))["ok"]
    assert clock.offset == 1800
    assert (await window.do("skip", to="monday"))["ok"]
    moment = datetime.fromtimestamp(clock(), HOME_ZONE)
    assert (moment.weekday(), moment.hour, moment.minute) == (0, 8, 0)
    for seconds in (0, -1, 32 * 24 * 3600, "60", None):
        refused = await window.do("skip", seconds=seconds)
        assert refused["error"] == "The clock is set forward only, by at most 31 days."
    assert clock() == moment.timestamp()


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        ("2026-03-28 12:00", "2026-03-30 08:00"),  # over the change to summer time
        ("2026-03-30 07:59", "2026-03-30 08:00"),
        ("2026-03-30 08:00", "2026-04-06 08:00"),
        ("2026-10-25 23:00", "2026-10-26 08:00"),
    ],
)
def test_the_next_monday_is_at_eight_in_berlin(now: str, monday: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=HOME_ZONE).timestamp()
    wanted = datetime.fromisoformat(monday).replace(tzinfo=HOME_ZONE).timestamp()
    assert next_monday(moment) == wanted


async def test_a_file_is_downloaded_or_looked_at_as_text(
    slack: SlackSandbox, server: BrowserServer, window: Window
) -> None:
    view = slack.modals.open(slack.modals.new_trigger("U1"), MODAL)
    content = "<script>Jörg".encode()
    files = [{"name": 'us"ers ä.html', "content": b64encode(content).decode()}]
    values = {"reason": {"text": "x"}, "file": {"files": files}}
    await window.do("submit", person="U1", view_id=view.id, values=values)
    [file] = slack.files
    async with window.session.get(f"{server.url}files/{file}") as response:
        assert (await response.read(), response.content_type) == (
            content,
            "application/octet-stream",
        )
        disposition = response.headers["Content-Disposition"]
        assert disposition == "attachment; filename*=UTF-8''us%22ers%20%C3%A4.html"
    async with window.session.get(f"{server.url}files/{file}?show") as response:
        assert (await response.read(), response.content_type) == (content, "text/plain")
        assert "Content-Disposition" not in response.headers
    slack.files[file].name = "report.pdf"
    async with window.session.get(f"{server.url}files/{file}?show") as response:
        assert response.content_type == "application/pdf"
        disposition = response.headers["Content-Disposition"]
        assert disposition == "inline; filename*=UTF-8''report.pdf"
    slack.files[file].state = "deleted"
    async with window.session.get(f"{server.url}files/{file}") as response:
        assert response.status == 404


async def test_a_shared_file_is_whole_when_its_message_is_sent_and_gone_when_it_is_deleted(
    slack: SlackSandbox, window: Window
) -> None:
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    begin = {"filename": "users.csv", "length": "3"}
    base = slack.api_url
    async with window.session.post(
        f"{base}files.getUploadURLExternal", data=begin, headers=headers
    ) as response:
        made = await response.json()
    async with window.session.post(made["upload_url"], data=b"a;b") as response:
        assert response.status == 200
    body = {"files": [{"id": made["file_id"], "title": "All users"}], "channel_id": "C1"}
    async with window.session.post(
        f"{base}files.completeUploadExternal", json=body, headers=headers
    ) as response:
        assert (await response.json())["ok"]
    [file] = (await window.event("message"))["files"]
    assert file == {
        "id": made["file_id"],
        "name": "users.csv",
        "title": "All users",
        "size": 3,
        "mimetype": "text/csv",
        "state": "complete",
        "user": "U0BOT",
    }
    async with window.session.post(
        f"{base}files.delete", data={"file": made["file_id"]}, headers=headers
    ) as response:
        assert (await response.json())["ok"]
    await window.event("message", lambda one: one["files"][0]["state"] == "deleted")


SHORTCUTS = (Shortcut("propose", "global", "Propose"), Shortcut("keep", "message", "Keep"))


async def test_shortcuts_are_those_of_the_person(slack: SlackSandbox, window: Window) -> None:
    slack.shortcuts = {one.callback_id: one for one in SHORTCUTS}
    slack.add_person("U3", "sam", is_stranger=True)
    message = slack.post("C1", "U2", "Mail is down")
    chosen = {"channel": "C1", "callback_id": "propose"}
    assert await window.do("shortcut", person="U1", **chosen) == {"ok": True}
    kept = {"channel": "C1", "callback_id": "keep", "ts": message.ts}
    assert await window.do("message_shortcut", person="U1", **kept) == {"ok": True}
    types = [(one.payload["type"], one.user) for one in slack.deliveries]
    assert types == [("shortcut", "U1"), ("message_action", "U1")]
    error = "People of another company do not have the shortcuts of this app."
    for name, body in (("shortcut", chosen), ("message_shortcut", kept)):
        assert (await window.do(name, person="U3", **body))["error"] == error
    answer = await window.do("shortcut", person="U1", channel="C1", callback_id="keep")
    assert "no global shortcut" in answer["error"]


async def test_options_are_asked_for_and_an_app_that_is_away_has_none(
    slack: SlackSandbox, window: Window
) -> None:
    select = {"type": "external_select", "action_id": "who", "min_query_length": 0}
    view = slack.modals.open(
        slack.modals.new_trigger("U1"),
        MODAL | {"blocks": [{"type": "actions", "block_id": "customer", "elements": [select]}]},
    )
    where = {"person": "U1", "view_id": view.id, "block_id": "customer", "action_id": "who"}
    answer = await window.do("suggest", value="acme", **where)
    nothing = [{"label": "", "options": []}]
    assert answer == {"ok": True, "groups": nothing, "problem": "dispatch_failed"}
    assert slack.deliveries[-1].payload["value"] == "acme"
    assert "must be a text" in (await window.do("suggest", value=1, **where))["error"]
