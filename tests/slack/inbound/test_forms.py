"""Forms by callback id: kept open where wrong, saved where right, and a secret one saved nowhere."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.errors import InvalidInput, StoreUnusable
from bot.service.context import Context
from bot.slack import payloads
from bot.slack.api.client import call_slack
from bot.slack.api.modals import fill, loading
from bot.slack.features import FEATURES
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.inbound.bolt_app import build_app
from bot.slack.inbound.delivery_worker import DeliveryWorker
from bot.slack.inbound.http_server import HttpServer
from bot.slack.inbound.router import Router
from bot.slack.payloads import Values, ViewPayload
from bot.slack.views.modals.modal import Modal, carried, typed
from bot.store.sqlite.store import SqliteStore
from sandbox.slack import SlackSandbox, View
from sandbox.slack.blocks.limits import check_view
from tests.builders import CHANNEL, REQUESTER
from tests.fakes import FakeApi, FakeDirectory, WatchedStore
from tests.store.clock import FixedClock

SECRET = "correct-horse-7!"
ELEMENTS: dict[str, dict[str, Any]] = {
    "name": {"type": "plain_text_input"},
    "skip": {"type": "checkboxes"},
    "language": {"type": "static_select"},
    "file": {"type": "file_input"},
}
OPTIONS = [{"text": {"type": "plain_text", "text": one}, "value": one} for one in ("a", "b")]


def plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


def build(callback_id: str = "some_edit") -> dict[str, Any]:
    blocks = []
    for name, element in ELEMENTS.items():
        options = {"options": OPTIONS} if element["type"] in ("checkboxes", "static_select") else {}
        blocks.append(
            {
                "type": "input",
                "block_id": name,
                "label": plain(name),
                "optional": True,
                "element": {"action_id": name, **element, **options},
            }
        )
    return {
        "type": "modal",
        "callback_id": callback_id,
        "private_metadata": carried("some_edit", "C-7K3MX", CHANNEL),
        "title": plain("Edit"),
        "submit": plain("Edit"),
        "blocks": blocks,
    }


def wrong(view: Any) -> dict[str, str]:
    return {} if typed(view)["name"] else {"name": "It needs a name."}


class SomeEdit(Modal):
    callback_id = "some_edit"

    def build(self) -> dict[str, Any]:
        return build(self.callback_id)

    @classmethod
    def errors(cls, view: Any) -> dict[str, str]:
        return wrong(view)


class SomePassword(SomeEdit):
    callback_id = "some_password"
    secret = True


Handler = Callable[[ViewPayload, Values], Awaitable[str]]


def features(handler: Handler | None) -> Feature:
    """All features, one with a modal, and one with a secret modal where there is a handler for it."""
    made = Feature()
    made.include(FEATURES)

    @made.view(SomeEdit)
    async def edit(_: FeatureContext, payload: ViewPayload) -> str:
        raise NotImplementedError(payload.key)

    if handler is not None:

        @made.view(SomePassword)
        async def password(_: FeatureContext, payload: ViewPayload, values: Values) -> str:
            return await handler(payload, values)

    return made


def a_worker(ctx: Context, client: AsyncWebClient, handler: Handler | None) -> DeliveryWorker:
    deps = FeatureContext(ctx, client, "")
    router = Router(deps, team="T0HOME", app="A0CONTINUITY", features=features(handler))
    return DeliveryWorker(ctx, client, router, drain=5.0)


def files_under(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()]


@dataclass
class Edge:
    """The edge of the bot over HTTP; ``confided`` is what the confidant was handed."""

    slack: SlackSandbox
    store: SqliteStore
    confided: list[tuple[ViewPayload, Values]] = field(default_factory=list)
    answer: Callable[[ViewPayload, Values], Awaitable[str]] | None = None

    async def confidant(self, inbound: ViewPayload, values: Values) -> str:
        self.confided.append((inbound, values))
        return await self.answer(inbound, values) if self.answer else "The password is set."

    def opened(self, callback_id: str = "some_edit") -> View:
        trigger = self.slack.modals.new_trigger(REQUESTER)
        return self.slack.modals.open(trigger, build(callback_id))

    async def saved(self) -> list[ViewPayload]:
        rows = await self.store.read(lambda tx: tx.waiting_deliveries())
        read = [payloads.from_json(row.payload) for row in rows]
        return [one for one in read if isinstance(one, ViewPayload)]

    async def refused(self) -> list[str]:
        entries = await self.store.read(lambda tx: tx.entries())
        return [str(e.record.detail["why"]) for e in entries if e.record.kind == "refused"]

    async def told(self, words: str) -> None:
        """Wait until the person alone is told this."""
        await self.slack.wait_for(lambda slack: any(words in one.text for one in slack.ephemerals))


@pytest.fixture
async def edge(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore, clock: FixedClock
) -> AsyncIterator[Edge]:
    ctx = Context(store=store, api=FakeApi(), directory=FakeDirectory(), clock=clock)
    edge = Edge(slack, store)
    worker = a_worker(ctx, client, edge.confidant)
    me = await call_slack(client.auth_test())
    async with HttpServer(slack.signing_secret, lambda: True) as server:
        server.app = build_app(client, worker, me, features(edge.confidant))
        slack.request_url = f"http://127.0.0.1:{server.port}/slack/events"
        yield edge
        await worker.stop()


async def test_what_is_filled_in_is_saved_by_block(edge: Edge) -> None:
    view = edge.opened()
    given: dict[str, Any] = {"name": "Jo", "skip": "a,b", "language": "b"}
    given["file"] = [("users.csv", b"a")]
    assert (await edge.slack.submit(REQUESTER, view, given)).status == 200
    [inbound] = await edge.saved()
    assert (inbound.form, inbound.action, inbound.value) == ("some_edit", "some_edit", "C-7K3MX")
    assert (inbound.channel, inbound.actor.clicked) == (CHANNEL, True)
    file_id = next(iter(edge.slack.files))
    assert inbound.values == {"name": "Jo", "skip": ["a", "b"], "language": "b", "file": [file_id]}


async def test_what_is_left_empty_is_empty(edge: Edge) -> None:
    await edge.slack.submit(REQUESTER, edge.opened(), {"name": "Jo"})
    [inbound] = await edge.saved()
    assert inbound.values == {"name": "Jo", "skip": [], "language": "", "file": []}


@pytest.mark.parametrize("callback_id", ["some_edit", "some_password"])
async def test_a_form_that_is_wrong_stays_open_with_the_sentence_at_its_field(
    edge: Edge, callback_id: str
) -> None:
    view = edge.opened(callback_id)
    await edge.slack.submit(REQUESTER, view, {"name": ""})
    assert (view.state, view.errors) == ("open", {"name": "It needs a name."})
    assert (await edge.saved(), edge.confided) == ([], [])


async def test_a_form_that_is_not_known_is_saved_without_what_it_holds(edge: Edge) -> None:
    view = edge.opened("user_nuke")
    await edge.slack.submit(REQUESTER, view, {"name": SECRET})
    [inbound] = await edge.saved()
    assert (inbound.form, inbound.user, inbound.values) == ("unknown_form", REQUESTER, {})
    assert SECRET not in inbound.model_dump_json()


async def test_a_form_that_cannot_be_read_is_acknowledged_and_dropped(edge: Edge) -> None:
    view = edge.opened()
    view.private_metadata = "only-one"
    delivery = await edge.slack.submit(REQUESTER, view, {"name": "Jo"})
    assert (delivery.status, await edge.saved()) == (200, [])


async def test_a_secret_form_is_handed_on_and_saved_nowhere(edge: Edge, tmp_path: Path) -> None:
    view = edge.opened("some_password")
    with capture_logs() as logs:
        await edge.slack.submit(REQUESTER, view, {"name": SECRET})
        await edge.told("The password is set.")
    [(inbound, values)] = edge.confided
    assert values["name"] == SECRET
    assert (inbound.form, inbound.value, inbound.values) == ("some_password", "C-7K3MX", {})
    assert await edge.saved() == []
    assert not [path for path in files_under(tmp_path) if SECRET.encode() in path.read_bytes()]
    assert SECRET not in json.dumps(logs) + repr(inbound)


async def test_a_secret_form_delivered_twice_is_carried_out_once(edge: Edge) -> None:
    delivery = await edge.slack.submit(REQUESTER, edge.opened("some_password"), {"name": SECRET})
    await edge.told("The password is set.")
    await edge.slack.redeliver(delivery)
    await edge.told("not carried out a second time")
    assert len(edge.confided) == 1
    assert await edge.saved() == []


async def test_a_secret_form_delivered_twice_at_once_is_carried_out_once(edge: Edge) -> None:
    view = edge.opened("some_password")
    delivery = await edge.slack.submit(REQUESTER, view, {"name": SECRET})
    await asyncio.gather(*(edge.slack.redeliver(delivery) for _ in range(5)))
    await edge.told("The password is set.")
    await edge.told("not carried out a second time")
    assert len(edge.confided) == 1


async def test_a_secret_form_whose_identity_cannot_be_saved_is_not_carried_out(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore, clock: FixedClock
) -> None:
    watched = WatchedStore(store)
    watched.errors.append(StoreUnusable("The disk is full."))
    ctx = Context(store=watched, api=FakeApi(), directory=FakeDirectory(), clock=clock)
    confided: list[ViewPayload] = []

    async def confidant(inbound: ViewPayload, _: Values) -> str:
        confided.append(inbound)
        return "done"

    inbound = ViewPayload(
        key="view:1", user=REQUESTER, team="T0HOME", app="A0CONTINUITY", form="some_password"
    )
    worker = a_worker(ctx, client, confidant)
    worker.accept_secret(inbound, {"name": SECRET})
    await worker.stop()
    [told] = slack.direct_messages(REQUESTER)
    assert told.text == "Nothing was sent to the API. The disk is full."
    assert confided == []


async def test_what_a_confidant_refuses_is_told_and_what_breaks_is_not_logged(edge: Edge) -> None:
    async def refuses(_: ViewPayload, __: Values) -> str:
        raise InvalidInput("It needs <8> characters.")

    async def breaks(_: ViewPayload, values: Values) -> str:
        raise ValueError(f"bad password {values['name']}")

    edge.answer = refuses
    with capture_logs() as logs:
        await edge.slack.submit(REQUESTER, edge.opened("some_password"), {"name": SECRET})
        await edge.told("It needs &lt;8&gt; characters.")
        edge.answer = breaks
        await edge.slack.submit(REQUESTER, edge.opened("some_password"), {"name": SECRET})
        await edge.told("Something went wrong here.")
    assert [log["result"] for log in logs if "result" in log] == ["refused", "failed"]
    assert SECRET not in repr(logs)
    assert not any("exc_info" in log for log in logs)


@pytest.mark.parametrize("foreign", [{"api_app_id": "A0OTHER"}, {"team": {"id": "T0OTHER"}}])
async def test_a_secret_form_of_another_workspace_or_app_is_refused_and_recorded(
    edge: Edge, foreign: dict[str, Any]
) -> None:
    delivery = await edge.slack.submit(
        REQUESTER, edge.opened("some_password"), {"name": ""}, forged=True
    )
    assert edge.confided == []
    delivery.payload |= foreign
    delivery.payload["user"] |= {"team_id": foreign.get("team", {}).get("id", "T0HOME")}
    delivery.payload["view"]["state"]["values"]["name"]["name"]["value"] = SECRET
    await edge.slack.redeliver(delivery)
    await edge.told("another workspace or app")
    assert edge.confided == []
    assert await edge.refused() == ["This bot serves another workspace or app."]


async def test_without_its_confidant_a_secret_form_is_refused(
    slack: SlackSandbox, client: AsyncWebClient, store: SqliteStore, clock: FixedClock
) -> None:
    ctx = Context(store=store, api=FakeApi(), directory=FakeDirectory(), clock=clock)
    inbound = ViewPayload(
        key="view:1", user=REQUESTER, team="T0HOME", app="A0CONTINUITY", form="some_password"
    )
    worker = a_worker(ctx, client, None)
    worker.accept_secret(inbound, {"name": SECRET})
    await worker.stop()
    [told] = slack.direct_messages(REQUESTER)
    assert told.text == "This form is not known here."


@pytest.mark.parametrize("part", ["", "jo@example.com", "two words", "<!channel>", "é", "x" * 256])
def test_private_metadata_carries_ids_only(part: str) -> None:
    with pytest.raises(ValueError, match="ids only"):
        carried("some_edit", part, CHANNEL)


def test_what_was_saved_before_there_were_forms_is_still_read() -> None:
    old = (
        '{"key":"view:V1","kind":"view","user":"U1","team":"T1","app":"A1","action":"change_deny"}'
    )
    read = payloads.from_json(old)
    assert isinstance(read, ViewPayload)
    assert (read.form, read.action, read.values) == ("change_reason", "change_deny", {})


async def test_a_window_is_filled_unless_it_was_closed(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    view = slack.modals.open(slack.modals.new_trigger(REQUESTER), check_view(loading("T" * 30)))
    assert await fill(client, view.id, loading("Token", "Here it is"))
    assert "Here it is" in json.dumps(view.view)
    slack.modals.close(view)
    assert not await fill(client, view.id, loading("Token"))
