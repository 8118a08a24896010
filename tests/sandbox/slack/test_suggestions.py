"""Menus of a view whose options come from the app or from the workspace."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxError, SlackSandbox
from tests.sandbox.slack.http_app import HttpApp, http_app
from tests.sandbox.slack.view_json import Json, actions, entry, home, modal, opened, option, plain

USER = "U0OPERATOR"


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        sandbox.add_person(USER, "operator")
        sandbox.add_channel("C0INCIDENT", "incident", members=[USER])
        yield sandbox


@pytest.fixture
async def app(slack: SlackSandbox) -> AsyncIterator[HttpApp]:
    async with http_app(slack) as app:
        slack.options_url = slack.request_url
        yield app


def external(kind: str = "external_select", **fields: Any) -> Json:
    return entry("customer", kind, action_id="who", **fields)


async def asked(slack: SlackSandbox, view_id: str, text: str = "acme") -> str:
    return (await slack.suggest(USER, view_id, "customer", "who", text)).problem


async def test_the_app_is_asked_with_the_view_and_without_what_was_typed(
    slack: SlackSandbox, app: HttpApp
) -> None:
    view = opened(slack, modal(external(), entry(), private_metadata="kept", callback_id="form"))
    app.reply = {"options": [option("44444")]}
    delivery = await slack.suggest(USER, view.id, "customer", "who", "acme")
    payload = app.seen[0]
    assert (payload["type"], payload["value"]) == ("block_suggestion", "acme")
    assert (payload["block_id"], payload["action_id"]) == ("customer", "who")
    assert payload["container"] == {"type": "view", "view_id": view.id}
    shown = payload["view"]
    assert (shown["private_metadata"], shown["callback_id"]) == ("kept", "form")
    assert shown["state"] == {"values": {}}
    assert payload.keys() & {"trigger_id", "response_url", "channel", "actions"} == set()
    assert (payload["user"]["id"], payload["team"]["id"]) == (USER, "T0HOME")
    assert delivery.body == {"options": [option("44444")]}


async def test_what_was_offered_is_chosen_and_nothing_else(
    slack: SlackSandbox, app: HttpApp
) -> None:
    view = opened(slack, modal(external(initial_option=option("10101"), dispatch_action=True)))
    app.replies = [{"options": [option("44444")]}, {"options": [option("55555")]}]
    with pytest.raises(SandboxError, match="no option 44444"):
        await slack.submit(USER, view, {"customer": "44444"})
    assert await asked(slack, view.id) == ""
    assert await asked(slack, view.id, "five") == ""
    await slack.view_click(USER, view.id, "customer", "who", "44444")
    assert app.seen[-1]["actions"][0]["selected_option"] == option("44444")
    await slack.submit(USER, view, {})
    held = app.seen[-1]["view"]["state"]["values"]["customer"]["who"]
    assert held == {"type": "external_select", "selected_option": option("44444")}


async def test_several_are_chosen_from_groups_of_several_answers(
    slack: SlackSandbox, app: HttpApp
) -> None:
    view = opened(slack, modal(external("multi_external_select", max_selected_items=2)))
    groups = [{"label": plain("Acme"), "options": [option("1"), option("2")]}]
    app.replies = [{"option_groups": groups}, {"options": [option("3")]}]
    await asked(slack, view.id)
    await asked(slack, view.id, "other")
    with pytest.raises(SandboxError, match="2 choices"):
        await slack.submit(USER, view, {"customer": "1,2,3"})
    await slack.submit(USER, view, {"customer": "1,3"})
    held = app.seen[-1]["view"]["state"]["values"]["customer"]["who"]["selected_options"]
    assert held == [option("1"), option("3")]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"options": [option("x")], "option_groups": []},
        {"options": [option(str(number)) for number in range(101)]},
        {"options": [{"text": plain("x" * 76), "value": "1"}]},
        {"options": [{"text": plain("x"), "value": "1" * 151}]},
        {"options": [{"text": {"type": "mrkdwn", "text": "x"}, "value": "1"}]},
        {"option_groups": [{"label": plain("x" * 76), "options": [option("1")]}]},
    ],
)
async def test_an_answer_that_slack_does_not_take_offers_nothing(
    slack: SlackSandbox, app: HttpApp, answer: Json
) -> None:
    view = opened(slack, modal(external()))
    app.reply = answer
    assert await asked(slack, view.id) == "invalid_arguments"
    assert view.offered == {}
    assert [one.method for one in slack.refused] == ["ack"]


async def test_no_option_is_an_answer_too(slack: SlackSandbox, app: HttpApp) -> None:
    view = opened(slack, modal(external()))
    app.reply = {"options": []}
    assert await asked(slack, view.id) == ""


async def test_an_app_that_is_late_offers_nothing(slack: SlackSandbox, app: HttpApp) -> None:
    view = opened(slack, modal(external()))
    slack.ack_limit = 0.05
    app.may_answer.clear()
    assert await asked(slack, view.id) == "operation_timeout"


@pytest.mark.parametrize(("fields", "least"), [({}, 3), ({"min_query_length": 1}, 1)])
async def test_slack_asks_from_the_given_number_of_characters_on(
    slack: SlackSandbox, app: HttpApp, fields: Json, least: int
) -> None:
    view = opened(slack, modal(external(**fields)))
    app.reply = {"options": []}
    with pytest.raises(SandboxError, match="from more characters on"):
        await asked(slack, view.id, "x" * (least - 1))
    assert await asked(slack, view.id, "x" * least) == ""


async def test_without_an_options_load_url_nobody_is_asked(
    slack: SlackSandbox, app: HttpApp
) -> None:
    slack.options_url = None
    view = opened(slack, modal(external()))
    assert await asked(slack, view.id) == "dispatch_failed"
    assert app.seen == []


async def test_the_select_may_stand_in_the_home_of_a_person(
    slack: SlackSandbox, app: HttpApp
) -> None:
    element = {"type": "external_select", "action_id": "who", "min_query_length": 0}
    client = AsyncWebClient("xoxb-sandbox", base_url=slack.api_url)
    view = home(actions(element, block_id="customer"))
    home_id = (await client.views_publish(user_id=USER, view=view))["view"]["id"]
    app.reply = {"options": [option("44444")]}
    assert await asked(slack, home_id, "") == ""
    app.reply = {}
    await slack.view_click(USER, home_id, "customer", "who", "44444")
    assert app.seen[-1]["actions"][0]["selected_option"] == option("44444")


@pytest.mark.parametrize(("block_id", "action_id"), [("customer", "other"), ("reason", "text")])
async def test_nothing_is_typed_in_what_is_no_external_select(
    slack: SlackSandbox, block_id: str, action_id: str
) -> None:
    view = opened(slack, modal(external(), entry()))
    with pytest.raises(SandboxError, match="no external select"):
        await slack.suggest(USER, view.id, block_id, action_id, "acme")


def conversation(**fields: Any) -> Json:
    return entry("where", "conversations_select", action_id="where", **fields)


def channels(slack: SlackSandbox) -> None:
    slack.add_channel("C0PRIVATE", "private", members=[USER], is_private=True)
    slack.add_channel("C0SHARED", "shared", members=[USER], is_ext_shared=True)
    slack.add_channel("C0OTHER", "other")


@pytest.mark.parametrize(
    ("fields", "there"),
    [
        ({}, "C0INCIDENT C0PRIVATE C0SHARED U0OPERATOR U0BOT"),
        ({"filter": {"include": ["public"]}}, "C0INCIDENT C0SHARED"),
        ({"filter": {"include": ["private", "im"]}}, "C0PRIVATE U0OPERATOR U0BOT"),
        ({"filter": {"exclude_bot_users": True}}, "C0INCIDENT C0PRIVATE C0SHARED U0OPERATOR"),
        (
            {"filter": {"include": ["public"], "exclude_external_shared_channels": True}},
            "C0INCIDENT",
        ),
    ],
)
async def test_a_menu_of_conversations_has_what_its_filter_lets_through(
    slack: SlackSandbox, app: HttpApp, fields: Json, there: str
) -> None:
    channels(slack)
    for one in ["C0INCIDENT", "C0PRIVATE", "C0SHARED", "C0OTHER", "U0OPERATOR", "U0BOT"]:
        view = opened(slack, modal(conversation(**fields)))
        if one in there.split():
            await slack.submit(USER, view, {"where": one})
            held = app.seen[-1]["view"]["state"]["values"]["where"]["where"]
            assert held == {"type": "conversations_select", "selected_conversation": one}
        else:
            with pytest.raises(SandboxError, match="no conversation"):
                await slack.submit(USER, view, {"where": one})


@pytest.mark.parametrize(
    ("fields", "chosen"),
    [
        ({}, "C0INCIDENT"),
        ({"filter": {"include": ["private"]}}, None),
        ({"initial_conversation": "C0PRIVATE"}, "C0PRIVATE"),
    ],
)
async def test_a_menu_begins_with_the_conversation_that_the_person_looks_at(
    slack: SlackSandbox, fields: Json, chosen: str | None
) -> None:
    channels(slack)
    trigger = slack.modals.new_trigger(USER, channel="C0INCIDENT")
    block = conversation(default_to_current_conversation=True, **fields)
    view = slack.modals.open(trigger, modal(block))
    held = view.values["where"]["where"]["selected_conversation"]
    assert held == chosen
    slack.modals.update({"view_id": view.id, "view": modal(block, entry())})
    assert view.values["where"]["where"]["selected_conversation"] == chosen
