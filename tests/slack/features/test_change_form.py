"""What the form for a change tells to somebody who sends it what it never offered."""

from __future__ import annotations

import json
from typing import Any, ClassVar, cast

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.roles import Grant, Role, Subject, SubjectKind
from bot.ports import Transaction
from bot.service.context import Context
from bot.slack.button_values import FormButton
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import BackgroundJob
from bot.slack.inbound.router import Router
from bot.slack.payloads import ActionPayload
from bot.slack.views.form_again import again_action
from bot.store.sqlite.store import SqliteStore
from tests.builders import CHANNEL, CUSTOMER, NOW
from tests.fakes import FakeApi, FakeClock, FakeDirectory

PERSON, HIDDEN = "U0PERSON", "10101"
WHO = {"user": PERSON, "team": "T0HOME", "app": "A0CONTINUITY"}
ASKED = {"what": "failover:on", "customer": HIDDEN, "whom": "everyone", "time": "good"}


class Answer(dict[str, Any]):
    """An answer of Slack."""

    headers: ClassVar[dict[str, str]] = {}
    data = property(dict)


class Views:
    """Slack's API as far as forms need it; keeps the last view."""

    def __init__(self) -> None:
        self.view: dict[str, Any] = {}

    async def views_open(self, *, trigger_id: str, view: dict[str, Any]) -> Answer:
        self.view = view
        return Answer(ok=True, view={"id": "V1"})

    async def views_update(self, *, view_id: str, view: dict[str, Any]) -> Answer:
        self.view = view
        return Answer(ok=True)


@pytest.fixture
def views() -> Views:
    return Views()


@pytest.fixture
async def router(store: SqliteStore, views: Views) -> Router:
    def step(tx: Transaction) -> None:
        for kind, one, role in (
            (SubjectKind.USER, PERSON, Role.OPERATOR),
            (SubjectKind.CHANNEL, CHANNEL, Role.INCIDENT),
        ):
            tx.put_grant(Grant(Subject(kind, one), role, CUSTOMER, "test", NOW))
        tx.name_customer(CUSTOMER, "Acme GmbH")
        tx.name_customer(HIDDEN, "Hidden GmbH")

    await store.write(step)
    ctx = Context(store, FakeApi(), FakeDirectory(), FakeClock())
    client = cast("AsyncWebClient", views)
    return Router(FeatureContext(ctx, client, ""), team="T0HOME", app="A0CONTINUITY")


async def test_a_count_for_a_customer_that_was_not_offered_tells_no_name(
    router: Router, views: Views
) -> None:
    click = ActionPayload(
        key="1", channel=CHANNEL, action="form_count", form="change_form", view_id="V1",
        about=HIDDEN, values=ASKED, **WHO,
    )  # fmt: skip
    job = await router.dispatch(click)
    assert isinstance(job, BackgroundJob)
    await job.work()
    assert "You may not propose for customer 10101" in json.dumps(views.view)
    assert "Hidden" not in json.dumps(views.view)


async def test_nor_does_the_form_that_is_opened_again(router: Router, views: Views) -> None:
    kept = FormButton(form="change_form", action="change_form", about=HIDDEN, values=ASKED)
    press = ActionPayload(
        key="2",
        channel=CHANNEL,
        action=again_action("change_form"),
        value=str(kept),
        trigger_id="t",
        **WHO,
    )
    await router.dispatch(press)
    assert views.view
    assert "Hidden" not in json.dumps(views.view)


async def test_values_that_are_changed_while_it_counts_are_counted_too(
    router: Router, views: Views
) -> None:
    jobs = []
    for number, what in enumerate(("failover:on", "access:off")):
        values = ASKED | {"customer": CUSTOMER, "what": what}
        click = ActionPayload(
            key=f"5{number}", channel=CHANNEL, action="form_count", form="change_form",
            view_id="V1", about=CUSTOMER, values=values, **WHO,
        )  # fmt: skip
        jobs.append(await router.dispatch(click))
    first, second = jobs
    assert isinstance(first, BackgroundJob)
    assert second == ""
    await first.work()
    told = json.dumps(views.view, ensure_ascii=False)
    assert '"initial_option": {"text": {"type": "plain_text", "text": "Access off' in told, told
