"""Views: stacks of modals, the Home tab, and clicks in both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxError, Shortcut, SlackSandbox
from tests.sandbox.slack.http_app import HttpApp, http_app
from tests.sandbox.slack.view_json import (
    Json,
    actions,
    button,
    entry,
    home,
    modal,
    opened,
    option,
    plain,
    select,
)

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.home_tab = True
        sandbox.add_person("U0OPERATOR", "operator")
        sandbox.add_channel("C0INCIDENT", "incident", members=["U0OPERATOR"])
        yield sandbox


@pytest.fixture
async def app(slack: SlackSandbox) -> AsyncIterator[HttpApp]:
    async with http_app(slack) as app:
        yield app


@pytest.fixture
def client(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient("xoxb-sandbox", base_url=slack.api_url)


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_a_click_in_a_modal_carries_the_view_with_what_was_typed(
    slack: SlackSandbox, app: HttpApp
) -> None:
    view = opened(slack, modal(entry(), actions(button(), select(initial_option=option("b")))))
    typed = {"reason": {"text": "Exchange is down"}}
    delivery = await slack.view_click("U0OPERATOR", view.id, "buttons", "more", values=typed)
    payload = app.seen[0]
    assert (payload["type"], payload["container"]) == (
        "block_actions",
        {"type": "view", "view_id": view.id},
    )
    assert payload["actions"][0] | {"action_ts": ""} == {
        "action_id": "more",
        "block_id": "buttons",
        "type": "button",
        "value": "1",
        "text": plain("More"),
        "action_ts": "",
    }
    assert payload["view"]["state"]["values"] == {
        "reason": {"text": {"type": "plain_text_input", "value": "Exchange is down"}},
        "buttons": {"pick": {"type": "static_select", "selected_option": option("b")}},
    }
    assert {"message", "channel", "response_url", "state"} & payload.keys() == set()
    assert (delivery.kind, delivery.channel, delivery.trigger_id) == (
        "click",
        "",
        payload["trigger_id"],
    )


async def test_what_is_chosen_in_a_modal_stays_for_the_next_click_and_the_submission(
    slack: SlackSandbox, app: HttpApp
) -> None:
    view = opened(slack, modal(actions(button(), select())))
    await slack.view_click("U0OPERATOR", view.id, "buttons", "pick", "a")
    await slack.view_click("U0OPERATOR", view.id, "buttons", "more")
    await slack.submit("U0OPERATOR", view, {})
    held = {"buttons": {"pick": {"type": "static_select", "selected_option": option("a")}}}
    assert [payload["view"]["state"]["values"] for payload in app.seen] == [held] * 3
    assert app.seen[0]["actions"][0]["selected_option"] == option("a")


async def test_an_update_keeps_what_was_typed_in_an_input_of_the_same_ids(
    slack: SlackSandbox, app: HttpApp, client: AsyncWebClient
) -> None:
    view = opened(slack, modal(entry(), entry("other", action_id="other"), actions(button())))
    typed = {"reason": "kept", "other": "lost"}
    await slack.view_click("U0OPERATOR", view.id, "buttons", "more", values=typed)
    await client.views_update(
        view_id=view.id, view=modal(entry(), entry("new", optional=True, action_id="new"))
    )
    typed_text = {"type": "plain_text_input"}
    assert view.values == {
        "reason": {"text": {**typed_text, "value": "kept"}},
        "new": {"new": {**typed_text, "value": None}},
    }
    await slack.submit("U0OPERATOR", view, {})
    assert app.seen[-1]["view"]["state"]["values"]["reason"]["text"]["value"] == "kept"


@pytest.mark.parametrize(
    ("block_id", "action_id"), [("reason", "text"), ("buttons", "less"), ("none", "more")]
)
async def test_a_click_on_what_is_not_there_is_no_click(
    slack: SlackSandbox, block_id: str, action_id: str
) -> None:
    view = opened(slack, modal(entry(), actions(button())))
    with pytest.raises(SandboxError):
        await slack.view_click("U0OPERATOR", view.id, block_id, action_id)
    with pytest.raises(SandboxError, match="no open view"):
        await slack.view_click("U0OTHER", view.id, "buttons", "more")
    assert slack.deliveries == []


async def test_an_input_dispatches_an_action_if_its_block_says_so(
    slack: SlackSandbox, app: HttpApp
) -> None:
    view = opened(slack, modal(entry(dispatch_action=True)))
    await slack.view_click("U0OPERATOR", view.id, "reason", "text", "now")
    assert app.seen[0]["actions"][0]["value"] == "now"
    assert app.seen[0]["view"]["state"]["values"]["reason"]["text"]["value"] == "now"


async def test_a_button_is_pressed_before_a_required_input_is_filled_in(
    slack: SlackSandbox, app: HttpApp
) -> None:
    view = opened(slack, modal(entry(), actions(button())))
    await slack.view_click("U0OPERATOR", view.id, "buttons", "more")
    assert app.seen[0]["view"]["state"]["values"]["reason"]["text"]["value"] is None


async def test_a_click_that_fails_is_shown_in_the_view_until_one_succeeds(
    slack: SlackSandbox, app: HttpApp
) -> None:
    view = opened(slack, modal())
    told: list[dict[str, str]] = []
    slack.on_change.append(lambda _, item: told.append(dict(item.errors)))  # type: ignore[union-attr] # only views change here
    app.replies = [500]
    await slack.view_click("U0OPERATOR", view.id, "buttons", "more")
    await slack.view_click("U0OPERATOR", view.id, "buttons", "more")
    assert told == [{"": "dispatch_failed"}, {}]
    assert slack.ephemerals == []


async def test_views_are_pushed_up_to_three_and_come_back_when_closed(
    slack: SlackSandbox, app: HttpApp, client: AsyncWebClient
) -> None:
    first = opened(slack, modal())
    ids = [first.id]
    for _ in range(2):
        delivery = await slack.view_click("U0OPERATOR", ids[-1], "buttons", "more")
        answer = await client.views_push(trigger_id=delivery.trigger_id, view=modal())
        assert (answer["view"]["root_view_id"], answer["view"]["previous_view_id"]) == (
            first.id,
            ids[-1],
        )
        ids.append(answer["view"]["id"])
    delivery = await slack.view_click("U0OPERATOR", ids[-1], "buttons", "more")
    pushing = client.views_push(trigger_id=delivery.trigger_id, view=modal())
    assert await error_of(pushing) == "push_limit_reached"
    await slack.close_view("U0OPERATOR", ids[-1])
    assert [view.state for view in slack.views.values()] == ["open", "open", "closed"]
    pushing = client.views_push(trigger_id=delivery.trigger_id, view=modal())
    assert await error_of(pushing) == "not_found"  # that modal is closed
    delivery = await slack.view_click("U0OPERATOR", ids[1], "buttons", "more")
    await client.views_push(trigger_id=delivery.trigger_id, view=modal())


async def test_the_view_on_top_alone_can_be_used(slack: SlackSandbox, app: HttpApp) -> None:
    first = opened(slack, modal())
    app.replies = [{"response_action": "push", "view": modal()}]
    await slack.submit("U0OPERATOR", first, {})
    second = list(slack.views.values())[1]
    with pytest.raises(SandboxError, match="another view is above"):
        await slack.view_click("U0OPERATOR", first.id, "buttons", "more")
    await slack.close_view("U0OPERATOR", second.id)
    await slack.view_click("U0OPERATOR", first.id, "buttons", "more")


async def test_closing_clears_the_stack_if_the_view_says_so(
    slack: SlackSandbox, app: HttpApp
) -> None:
    top = modal(clear_on_close=True, notify_on_close=True)
    first = opened(slack, modal())
    app.replies = [{"response_action": "push", "view": top}]
    await slack.submit("U0OPERATOR", first, {})
    second = list(slack.views.values())[1]
    await slack.close_view("U0OPERATOR", second.id)
    assert [view.state for view in slack.views.values()] == ["closed", "closed"]
    assert (app.seen[-1]["type"], app.seen[-1]["is_cleared"]) == ("view_closed", True)


async def test_a_response_pushes_up_to_three_views_too(slack: SlackSandbox, app: HttpApp) -> None:
    app.reply = {"response_action": "push", "view": modal()}
    for _ in range(3):
        top = [view for view in slack.views.values() if view.state == "open"] or [
            opened(slack, modal())
        ]
        await slack.submit("U0OPERATOR", top[-1], {})
    assert [view.errors for view in slack.views.values()] == [{}, {}, {"": "push_limit_reached"}]


async def test_a_view_is_pushed_with_a_trigger_of_an_open_modal_only(
    slack: SlackSandbox, app: HttpApp, client: AsyncWebClient
) -> None:
    command = await slack.command("U0OPERATOR", "C0INCIDENT", "status")
    pushing = client.views_push(trigger_id=command.trigger_id, view=modal())
    assert await error_of(pushing) == "not_found"
    assert await error_of(client.views_push(trigger_id="1.2.x", view=modal())) == (
        "invalid_trigger_id"
    )
    view = opened(slack, modal())
    click = await slack.view_click("U0OPERATOR", view.id, "buttons", "more")
    await client.views_push(trigger_id=click.trigger_id, view=modal())
    again = client.views_push(trigger_id=click.trigger_id, view=modal())
    assert await error_of(again) == "exchanged_trigger_id"


async def test_an_external_id_is_once_among_the_open_views(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    view = opened(slack, modal(external_id="one"))
    trigger = slack.modals.new_trigger("U0OPERATOR")
    opening = client.views_open(trigger_id=trigger, view=modal(external_id="one"))
    assert await error_of(opening) == "duplicate_external_id"
    await client.views_update(external_id="one", view=modal(external_id="one"))
    await slack.close_view("U0OPERATOR", view.id)
    await client.views_open(trigger_id=trigger, view=modal(external_id="one"))


async def test_a_home_is_published_and_changed_for_one_person(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    told: list[tuple[str, Any]] = []
    slack.on_change.append(lambda kind, item: told.append((kind, item)))
    first = (await client.views_publish(user_id="U0OPERATOR", view=home(callback_id="a")))["view"]
    second = (await client.views_publish(user_id="U0OPERATOR", view=home(), hash=first["hash"]))[
        "view"
    ]
    shown = slack.homes["U0OPERATOR"]
    assert told == [("home_published", shown)] * 2
    assert (first["type"], first["id"], second["id"]) == ("home", shown.id, shown.id)
    assert (shown.type, shown.user, shown.callback_id) == ("home", "U0OPERATOR", "")
    assert slack.views == {}
    publishing = client.views_publish(user_id="U0OPERATOR", view=home(), hash=first["hash"])
    assert await error_of(publishing) == "hash_conflict"


async def test_a_home_needs_the_tab_a_person_and_a_view_of_its_type(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    publishing = client.views_publish(user_id="U0NOBODY", view=home())
    assert await error_of(publishing) == "invalid_arguments"
    assert slack.refused[-1].messages == ["invalid `user_id`"]
    publishing = client.views_publish(user_id="U0OPERATOR", view=modal())
    assert await error_of(publishing) == "invalid_arguments"
    opening = client.views_open(trigger_id=slack.modals.new_trigger("U0OPERATOR"), view=home())
    assert await error_of(opening) == "invalid_arguments"
    slack.home_tab = False
    assert await error_of(client.views_publish(user_id="U0OPERATOR", view=home())) == "not_enabled"
    assert slack.homes == {}


async def test_a_click_in_the_home_of_a_person(
    slack: SlackSandbox, app: HttpApp, client: AsyncWebClient
) -> None:
    await client.views_publish(user_id="U0OPERATOR", view=home(actions(button(), select())))
    view = slack.homes["U0OPERATOR"]
    delivery = await slack.view_click("U0OPERATOR", view.id, "buttons", "pick", "b")
    payload = app.seen[0]
    assert (payload["view"]["type"], payload["container"]["view_id"]) == ("home", view.id)
    assert payload["view"]["state"]["values"]["buttons"]["pick"]["selected_option"] == option("b")
    await client.views_open(trigger_id=delivery.trigger_id, view=modal())
    with pytest.raises(SandboxError, match="no open view"):
        await slack.view_click("U0OTHER", view.id, "buttons", "more")


async def test_the_app_is_told_that_its_home_is_opened_if_it_subscribes(
    slack: SlackSandbox, app: HttpApp, client: AsyncWebClient
) -> None:
    await client.views_publish(user_id="U0OPERATOR", view=home(callback_id="start"))
    slack.events = {"app_mention"}
    delivery = await slack.open_home("U0OPERATOR")
    assert (delivery.kind, delivery.status, app.seen) == ("event", 0, [])
    slack.events.add("app_home_opened")
    await slack.open_home("U0OPERATOR")
    event = app.seen[0]["event"]
    assert (event["type"], event["tab"], event["user"], event["channel"]) == (
        "app_home_opened",
        "home",
        "U0OPERATOR",
        "DU0OPERATOR",
    )
    assert event["view"]["callback_id"] == "start"
    slack.home_tab = False
    await slack.open_home("U0OPERATOR")
    assert len(app.seen) == 1


async def test_the_app_is_told_of_its_messages_tab_too_without_a_view(
    slack: SlackSandbox, app: HttpApp, client: AsyncWebClient
) -> None:
    await client.views_publish(user_id="U0OPERATOR", view=home())
    slack.events.add("app_home_opened")
    await slack.open_home("U0OPERATOR", "messages")
    event = app.seen[0]["event"]
    assert (event["tab"], event["channel"], "view" in event) == ("messages", "DU0OPERATOR", False)
    slack.messages_tab = False
    await slack.open_home("U0OPERATOR", "messages")
    assert len(app.seen) == 1


async def test_a_home_holds_100_blocks_and_is_published_against_its_hash(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    lines = [{"type": "divider"}] * 100
    first = await client.views_publish(user_id="U0OPERATOR", view=home(*lines))
    too_many = client.views_publish(user_id="U0OPERATOR", view=home(*lines, {"type": "divider"}))
    assert await error_of(too_many) == "invalid_arguments"
    given = {"user_id": "U0OPERATOR", "hash": first["view"]["hash"]}
    second = await client.views_publish(**given, view=home())
    assert second["view"]["hash"] != first["view"]["hash"]
    assert await error_of(client.views_publish(**given, view=home())) == "hash_conflict"


def test_the_workspace_is_that_of_the_manifest() -> None:
    manifest = yaml.safe_load((ROOT / "manifest.yml").read_text())
    sandbox, features = SlackSandbox(), manifest["features"]["app_home"]
    assert sandbox.home_tab == features["home_tab_enabled"]
    assert sandbox.messages_tab == features["messages_tab_enabled"]
    assert sandbox.messages_tab_read_only == features["messages_tab_read_only_enabled"]
    assert sandbox.events == {*manifest["settings"]["event_subscriptions"]["bot_events"]}
    shortcuts = [Shortcut(**one) for one in manifest["features"].get("shortcuts", [])]
    assert list(sandbox.shortcuts.values()) == shortcuts


HELD: list[tuple[Json, str, Any]] = [
    (entry(kind="datepicker"), "2026-11-27", {"type": "datepicker", "selected_date": "2026-11-27"}),
    (entry(kind="timepicker", timezone="Europe/Berlin"), "22:25", {"type": "timepicker", "selected_time": "22:25", "timezone": "Europe/Berlin"}),
    (entry(kind="datetimepicker"), "1628633820", {"type": "datetimepicker", "selected_date_time": 1628633820}),
    (entry(kind="number_input", is_decimal_allowed=True), "-0.5", {"type": "number_input", "value": "-0.5"}),
    (entry(kind="email_text_input"), "jo@example.com", {"type": "email_text_input", "value": "jo@example.com"}),
    (entry(kind="url_text_input"), "https://x.y/z", {"type": "url_text_input", "value": "https://x.y/z"}),
    (entry(kind="rich_text_input"), "x", {"type": "rich_text_input", "rich_text_value": {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}}),
    (entry(kind="users_select"), "U1", {"type": "users_select", "selected_user": "U1"}),
    (entry(kind="multi_channels_select"), "C1,C2", {"type": "multi_channels_select", "selected_channels": ["C1", "C2"]}),
    (entry(kind="static_select", option_groups=[{"label": plain("x"), "options": [option("a")]}]), "a", {"type": "static_select", "selected_option": option("a")}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "value", "held"), HELD, ids=[r[0]["element"]["type"] for r in HELD]
)
async def test_what_an_input_holds(
    slack: SlackSandbox, app: HttpApp, block: Json, value: str, held: Json
) -> None:
    view = opened(slack, modal(block))
    with pytest.raises(SandboxError, match="is required"):
        await slack.submit("U0OPERATOR", view, {})
    await slack.submit("U0OPERATOR", view, {"reason": value})
    assert app.seen[0]["view"]["state"]["values"] == {"reason": {"text": held}}


EMPTY: list[tuple[Json, Any]] = [
    (entry(kind="datepicker"), {"selected_date": None}),
    (entry(kind="users_select"), {"selected_user": None}),
    (entry(kind="multi_users_select"), {"selected_users": []}),
    (entry(kind="checkboxes", options=[option("a")]), {"selected_options": []}),
    (entry(kind="email_text_input"), {"value": None}),
    (entry(kind="rich_text_input"), {"rich_text_value": None}),
]


@pytest.mark.parametrize("cleared", [{}, {"reason": ""}], ids=["untouched", "cleared"])
@pytest.mark.parametrize(("block", "held"), EMPTY, ids=[row[0]["element"]["type"] for row in EMPTY])
async def test_what_an_empty_input_holds(
    slack: SlackSandbox, app: HttpApp, block: Json, held: Json, cleared: dict[str, str]
) -> None:
    view = opened(slack, modal({**block, "optional": True}))
    await slack.submit("U0OPERATOR", view, cleared)
    values = app.seen[0]["view"]["state"]["values"]
    assert values == {"reason": {"text": {"type": block["element"]["type"], **held}}}


WRONG: list[tuple[Json, str, str]] = [
    (entry(kind="datepicker"), "tomorrow", "a date as YYYY-MM-DD"),
    (entry(kind="timepicker"), "7pm", "a time as HH:mm"),
    (entry(kind="datetimepicker"), "tomorrow", "a UNIX time"),
    (entry(kind="number_input", is_decimal_allowed=False), "1.5", "a whole number"),
    (entry(kind="number_input", is_decimal_allowed=True, max_value="2"), "2.5", "a number from 2.5 to 2"),
    (entry(kind="email_text_input"), "jo", "a mail address"),
    (entry(kind="url_text_input"), "x.y", "a URL"),
    (entry(kind="multi_users_select", max_selected_items=1), "U1,U2", "1 choices"),
]  # fmt: skip


@pytest.mark.parametrize(("block", "value", "sentence"), WRONG, ids=[row[2] for row in WRONG])
async def test_slack_does_not_let_a_person_send_something_else(
    slack: SlackSandbox, block: Json, value: str, sentence: str
) -> None:
    view = opened(slack, modal(block))
    with pytest.raises(SandboxError, match=sentence):
        await slack.submit("U0OPERATOR", view, {"reason": value})
    assert slack.deliveries == []


async def test_an_answer_that_updates_the_view_keeps_what_was_submitted(
    slack: SlackSandbox, app: HttpApp
) -> None:
    view = opened(slack, modal(entry()))
    app.reply = {"response_action": "update", "view": modal(entry())}
    await slack.submit("U0OPERATOR", view, {"reason": "no"})
    assert view.values["reason"]["text"]["value"] == "no"


async def test_after_errors_the_view_is_filled_in_anew(slack: SlackSandbox, app: HttpApp) -> None:
    view = opened(slack, modal(entry(initial_value="first")))
    app.replies = [{"response_action": "errors", "errors": {"reason": "say more"}}]
    await slack.submit("U0OPERATOR", view, {"reason": "no"})
    await slack.submit("U0OPERATOR", view, {})
    values = [payload["view"]["state"]["values"]["reason"]["text"] for payload in app.seen]
    assert [held["value"] for held in values] == ["no", "first"]


async def test_a_click_in_a_message_tells_what_its_elements_hold(
    slack: SlackSandbox, app: HttpApp
) -> None:
    blocks = [actions(select(), button()), actions(button(), block_id="again")]
    blocks[1]["elements"][0]["value"] = "2"
    message = slack.post("C0INCIDENT", "U0BOT", "x", blocks)
    await slack.click("U0OPERATOR", "C0INCIDENT", message.ts, "pick", value="b")
    await slack.click("U0OPERATOR", "C0INCIDENT", message.ts, "more", block_id="buttons")
    await slack.click("U0OPERATOR", "C0INCIDENT", message.ts, "more", block_id="again")
    held = [
        payload["state"]["values"]["buttons"]["pick"]["selected_option"] for payload in app.seen
    ]
    assert held == [option("b"), None, None]
    assert [payload["actions"][0].get("value") for payload in app.seen] == [None, "1", "2"]
