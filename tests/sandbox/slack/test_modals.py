"""Modals: trigger ids, what a person can submit, what the app may answer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SandboxError, SlackSandbox, View
from tests.sandbox.conftest import Clock

ELEMENT = {"type": "plain_text_input", "action_id": "text", "min_length": 3, "max_length": 10}
CHOICES = [{"text": {"type": "plain_text", "text": key}, "value": key} for key in ("a", "b")]


def label(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def entry(block_id: str, element: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": label("Label"),
        "element": {"action_id": "text", **element},
        **fields,
    }


def modal(*blocks: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "deny",
        "private_metadata": "C-1",
        "title": label("Deny"),
        "submit": label("Deny"),
        "blocks": list(blocks) or [entry("reason", ELEMENT)],
        **fields,
    }


class App:
    """Answers every payload with ``answer``."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] | None = None
        self.status = 200
        self.seen: list[dict[str, Any]] = []

    async def take(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.seen.append(json.loads(str(form["payload"])) if "payload" in form else dict(form))
        if self.answer is None:
            return web.Response(status=self.status)
        return web.json_response(self.answer, status=self.status)


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(clock=clock) as sandbox:
        sandbox.add_person("U0APPROVER", "approver")
        sandbox.add_channel("C0INCIDENT", "incident", members=["U0APPROVER"])
        yield sandbox


@pytest.fixture
async def app(slack: SlackSandbox) -> AsyncIterator[App]:
    taker = App()
    server = web.Application()
    server.router.add_post("/", taker.take)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    yield taker
    await runner.cleanup()


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(
            "xoxb-sandbox", base_url=slack.api_url, session=session, retry_handlers=[]
        )


async def opened(slack: SlackSandbox, view: dict[str, Any] | None = None) -> View:
    return slack.modals.open(slack.modals.new_trigger("U0APPROVER"), view or modal())


async def test_a_command_opens_a_modal_for_the_person_who_gave_it(
    slack: SlackSandbox, app: App, client: AsyncWebClient
) -> None:
    delivery = await slack.command("U0APPROVER", "C0INCIDENT", "deny")
    answer = await client.views_open(trigger_id=delivery.trigger_id, view=modal())
    view = slack.views[answer["view"]["id"]]
    assert (view.user, view.callback_id, view.private_metadata, view.state) == (
        "U0APPROVER",
        "deny",
        "C-1",
        "open",
    )
    assert answer["view"]["state"] == {"values": {}}


async def test_a_trigger_works_once_and_for_three_seconds(
    slack: SlackSandbox, client: AsyncWebClient, clock: Clock
) -> None:
    used, late, made_up = slack.modals.new_trigger("U1"), slack.modals.new_trigger("U1"), "1.2.x"
    clock.now += 3
    await client.views_open(trigger_id=used, view=modal())
    clock.now += 0.1
    for trigger, code in (
        (used, "exchanged_trigger_id"),
        (late, "expired_trigger_id"),
        (made_up, "invalid_trigger_id"),
    ):
        with pytest.raises(SlackApiError) as caught:
            await client.views_open(trigger_id=trigger, view=modal())
        assert caught.value.response["error"] == code


async def test_a_bad_view_is_refused_with_its_pointer_and_keeps_the_trigger(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    trigger = slack.modals.new_trigger("U0APPROVER")
    with pytest.raises(SlackApiError) as caught:
        await client.views_open(trigger_id=trigger, view=modal(title=label("x" * 25)))
    assert caught.value.response["error"] == "invalid_arguments"
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
    await client.views_open(trigger_id=trigger, view=modal())


async def test_an_open_view_is_updated_by_id_external_id_and_hash(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    view = await opened(slack, modal(external_id="x-1"))
    await client.views_update(
        view_id=view.id, hash=view.hash, view=modal(private_metadata="2", external_id="x-1")
    )
    assert view.private_metadata == "2"
    await client.views_update(external_id="x-1", view=modal(private_metadata="3"))
    assert view.private_metadata == "3"
    slack.modals.close(view)
    for arguments, code in (
        ({"view_id": view.id}, "not_found"),
        ({"view_id": "V0NONE"}, "not_found"),
        ({"external_id": "x-2"}, "not_found"),
        ({"view_id": (await opened(slack)).id, "hash": "old"}, "hash_conflict"),
    ):
        with pytest.raises(SlackApiError) as caught:
            await client.views_update(view=modal(), **arguments)
        assert caught.value.response["error"] == code


async def test_a_submission_carries_what_was_typed_and_closes_the_view(
    slack: SlackSandbox, app: App
) -> None:
    view = await opened(slack)
    delivery = await slack.submit("U0APPROVER", view.id, {"reason": {"text": "not now"}})
    assert delivery.status == 200
    [payload] = app.seen
    assert payload["view"]["state"]["values"] == {
        "reason": {"text": {"type": "plain_text_input", "value": "not now"}}
    }
    assert payload["view"]["private_metadata"] == "C-1"
    assert view.state == "closed"
    with pytest.raises(SandboxError, match="no open view"):
        await slack.submit("U0APPROVER", view.id, {})


@pytest.mark.parametrize(
    ("element", "typed", "held"),
    [
        ({"type": "static_select", "options": CHOICES}, "a", ("selected_option", CHOICES[0])),
        ({"type": "radio_buttons", "options": CHOICES}, "b", ("selected_option", CHOICES[1])),
        ({"type": "checkboxes", "options": CHOICES}, "a,b", ("selected_options", CHOICES)),
        ({"type": "users_select"}, "U1", ("selected_user", "U1")),
        ({"type": "multi_users_select"}, "U1,U2", ("selected_users", ["U1", "U2"])),
        ({"type": "plain_text_input", "initial_value": "was"}, None, ("value", "was")),
        (
            {"type": "static_select", "options": CHOICES, "initial_option": CHOICES[1]},
            None,
            ("selected_option", CHOICES[1]),
        ),
        (
            {"type": "checkboxes", "options": CHOICES, "initial_options": CHOICES},
            None,
            ("selected_options", CHOICES),
        ),
    ],
)
async def test_every_kind_of_input_is_filled_in(
    slack: SlackSandbox, app: App, element: dict[str, Any], typed: str | None, held: tuple[str, Any]
) -> None:
    view = await opened(slack, modal(entry("one", element)))
    await slack.submit("U0APPROVER", view.id, {"one": {"text": typed}} if typed else {})
    values = app.seen[0]["view"]["state"]["values"]
    assert values == {"one": {"text": {"type": element["type"], held[0]: held[1]}}}


async def test_what_is_optional_may_stay_empty(slack: SlackSandbox, app: App) -> None:
    kinds = ("static_select", "radio_buttons", "checkboxes", "multi_static_select", "file_input")
    entries = []
    for kind in kinds:
        options = {} if kind == "file_input" else {"options": CHOICES}
        element = {"type": kind, "action_id": kind, **options}
        entries.append(entry(kind, element, optional=True))
    view = await opened(slack, modal(*entries))
    await slack.submit("U0APPROVER", view, {})
    values = app.seen[0]["view"]["state"]["values"]
    assert [list(values[kind][kind].values())[1:] for kind in kinds] == [
        [None],
        [None],
        [[]],
        [[]],
        [[]],
    ]


async def test_an_input_is_named_by_its_block_alone(slack: SlackSandbox, app: App) -> None:
    view = await opened(slack)
    await slack.submit("U0APPROVER", view, {"reason": "not now"})
    assert app.seen[0]["view"]["state"]["values"]["reason"]["text"]["value"] == "not now"


@pytest.mark.parametrize("typed", ["", "no", "much too long"])
async def test_slack_does_not_submit_what_the_input_does_not_take(
    slack: SlackSandbox, app: App, typed: str
) -> None:
    view = await opened(slack)
    with pytest.raises(SandboxError, match="the input reason"):
        await slack.submit("U0APPROVER", view.id, {"reason": {"text": typed}})
    assert app.seen == []
    await slack.submit("U0APPROVER", view.id, {"reason": {"text": typed}}, forged=True)
    assert len(app.seen) == 1


async def test_inputs_and_options_that_are_not_there_are_mistakes_unless_forged(
    slack: SlackSandbox, app: App
) -> None:
    optional = entry("reason", ELEMENT, optional=True)
    choice = entry(
        "choice", {"type": "static_select", "action_id": "pick", "options": CHOICES}, optional=True
    )
    view = await opened(slack, modal(optional, choice))
    with pytest.raises(SandboxError, match="no option c"):
        await slack.submit("U0APPROVER", view.id, {"choice": {"pick": "c"}})
    with pytest.raises(SandboxError, match="no such inputs"):
        await slack.submit("U0APPROVER", view.id, {"choice": {"pick": "a"}, "other": {"text": "x"}})
    values = {"choice": {"pick": "a"}, "other": {"text": "x"}}
    await slack.submit("U0FORGER", view.id, values, forged=True)
    state = app.seen[0]["view"]["state"]["values"]
    assert state["choice"]["pick"]["selected_option"] == CHOICES[0]
    assert state["other"] == {"text": {"type": "plain_text_input", "value": "x"}}
    assert state["reason"] == {"text": {"type": "plain_text_input", "value": None}}


async def test_errors_keep_the_view_open(slack: SlackSandbox, app: App) -> None:
    view = await opened(slack)
    app.answer = {"response_action": "errors", "errors": {"reason": "say more"}}
    await slack.submit("U0APPROVER", view.id, {"reason": {"text": "because"}})
    assert (view.state, view.errors) == ("open", {"reason": "say more"})
    app.answer = None
    await slack.submit("U0APPROVER", view.id, {"reason": {"text": "because"}})
    assert (view.state, view.errors) == ("closed", {})


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"response_action": "errors", "errors": {"other": "x"}}, "invalid_errors"),
        ({"response_action": "errors"}, "invalid_errors"),
        ({"response_action": "dance"}, "invalid_response_action"),
        ({"response_action": "update", "view": {}}, "invalid_arguments"),
    ],
)
async def test_a_bad_answer_is_trouble_that_the_person_sees(
    slack: SlackSandbox, app: App, answer: dict[str, Any], code: str
) -> None:
    view = await opened(slack)
    app.answer = answer
    await slack.submit("U0APPROVER", view.id, {"reason": {"text": "because"}})
    assert (view.state, view.errors) == ("open", {"": code})
    assert [(s.text, s.via, s.user) for s in slack.ephemerals] == [(code, "slack", "U0APPROVER")]
    assert [(r.method, r.error, r.arguments) for r in slack.refused] == [("ack", code, answer)]


async def test_no_answer_keeps_the_view_open_with_trouble(slack: SlackSandbox, app: App) -> None:
    view = await opened(slack)
    app.status = 500
    await slack.submit("U0APPROVER", view.id, {"reason": {"text": "because"}})
    assert (view.state, view.errors) == ("open", {"": "dispatch_failed"})


async def test_an_answer_updates_pushes_and_clears(slack: SlackSandbox, app: App) -> None:
    view = await opened(slack)
    typed = {"reason": {"text": "because"}}
    app.answer = {"response_action": "update", "view": modal(private_metadata="2")}
    await slack.submit("U0APPROVER", view.id, typed)
    app.answer = {"response_action": "push", "view": modal(private_metadata="3")}
    await slack.submit("U0APPROVER", view.id, typed)
    pushed = list(slack.views.values())[-1]
    assert [(v.private_metadata, v.state) for v in slack.views.values()] == [
        ("2", "open"),
        ("3", "open"),
    ]
    assert (pushed.previous_id, pushed.root_id) == (view.id, view.id)
    app.answer = {"response_action": "clear"}
    await slack.submit("U0APPROVER", pushed.id, typed)
    assert {v.state for v in slack.views.values()} == {"closed"}


@pytest.mark.parametrize("notify", [True, False])
async def test_closing_is_told_where_the_view_asks_for_it(
    slack: SlackSandbox, app: App, notify: bool
) -> None:
    view = await opened(slack, modal(notify_on_close=notify))
    await slack.close_view("U0APPROVER", view.id)
    assert view.state == "closed"
    assert [payload["type"] for payload in app.seen] == ["view_closed"] * notify
