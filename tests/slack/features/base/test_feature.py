"""What features declare is what Bolt listens to, each id once."""

from __future__ import annotations

from typing import Any, cast

import pytest
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.features import FEATURES
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import UNKNOWN_BUTTON, Feature
from bot.slack.inbound.bolt_app import build_app
from bot.slack.inbound.delivery_worker import DeliveryWorker
from bot.slack.payloads import UNKNOWN_FORM, ActionPayload, CommandPayload, ViewPayload
from bot.slack.views.modals.reason import ReasonModal

WHO = {"user": "U1", "team": "T1", "app": "A1"}


async def press(deps: FeatureContext, payload: ActionPayload) -> str:
    raise NotImplementedError


async def submit(deps: FeatureContext, payload: ViewPayload) -> str:
    raise NotImplementedError


def test_an_id_is_declared_once() -> None:
    feature = Feature()
    feature.action("change_approve")(press)
    feature.view(ReasonModal)(submit)
    with pytest.raises(ValueError, match="change_approve is declared twice"):
        feature.action("change_approve")(press)
    with pytest.raises(ValueError, match="change_reason is declared twice"):
        feature.view(ReasonModal)(submit)
    both = Feature()
    both.include(feature)
    with pytest.raises(ValueError, match="change_approve is declared twice"):
        both.include(feature)


def test_a_secret_modal_has_no_handler_that_is_called_without_its_content() -> None:
    secret = {one for one, modal in FEATURES.modals.items() if modal.secret}
    assert secret == FEATURES.secret_views.keys() == {"password_set"}
    assert FEATURES.modals.keys() - secret == FEATURES.views.keys()
    assert FEATURES.checks.keys() <= FEATURES.views.keys()


def test_what_is_not_declared_has_one_name_in_metrics() -> None:
    forged = ActionPayload(key="1", action="x" * 255, **WHO)
    assert FEATURES.name_of(forged) == UNKNOWN_BUTTON
    assert FEATURES.name_of(ActionPayload(key="1", action="token_show", **WHO)) == "token_show"
    assert FEATURES.name_of(ViewPayload(key="1", form="x", **WHO)) == UNKNOWN_FORM
    assert FEATURES.name_of(ViewPayload(key="1", **WHO)) == "reason"
    assert FEATURES.name_of(CommandPayload(key="1", text="user show 1", **WHO)) == "user show"
    assert FEATURES.name_of(CommandPayload(key="1", text="frob", **WHO)) == "unreadable"


async def test_bolt_has_a_listener_for_each_declared_id_and_one_for_all_others(
    client: AsyncWebClient,
) -> None:
    me = {"team_id": "T1", "user_id": "U0BOT", "bot_id": "B1"}
    app = build_app(client, cast("DeliveryWorker", None), me)
    matched = dict[str, int]()
    for action in (*FEATURES.actions, "change_frob"):
        pressed = {"type": "block_actions", "actions": [{"action_id": action}]}
        matched[action] = await listeners(app, pressed)
    for form in (*FEATURES.modals, "frob"):
        view = {"type": "modal", "callback_id": form}
        matched[form] = await listeners(app, {"type": "view_submission", "view": view})
    assert {one for one, number in matched.items() if number == 1} == {"change_frob", "frob"}
    assert set(matched.values()) == {1, 2}


async def listeners(app: AsyncApp, body: dict[str, Any]) -> int:
    """Return how many listeners match; Bolt runs the first one."""
    request = AsyncBoltRequest(body=body, mode="socket_mode")
    found = [
        await one.async_matches(req=request, resp=BoltResponse(status=200))
        for one in app._async_listeners
    ]
    return sum(found)
