"""Slack's codes in words: the code, what it means and what to do, whoever reads it."""

from __future__ import annotations

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InstallationFault, SlackRefused
from bot.slack.api.client import call_slack
from bot.slack.api.error_codes import (
    CHANNEL_REFUSALS,
    EXPIRED_TRIGGERS,
    INSTALLATION_FAULTS,
    TEMPORARY,
    describe,
    refusal,
)
from sandbox.slack import SlackSandbox


def _codes(text: str) -> list[str]:
    return text.split()


NAMED = _codes(
    """access_denied account_inactive ekm_access_denied invalid_auth missing_scope no_permission
    not_authed org_login_required team_access_not_granted token_expired token_revoked"""
)
OF_A_PLACE = _codes(
    """as_user_not_supported cannot_reply_to_message channel_not_found ekm_access_denied
    invalid_blocks is_archived messages_tab_disabled msg_blocks_too_long no_text not_in_channel
    posting_to_general_channel_denied restricted_action restricted_action_non_threadable_channel
    restricted_action_read_only_channel restricted_action_thread_locked
    restricted_action_thread_only_channel slack_connect_canvas_sharing_blocked
    team_access_not_granted"""
)
OF_A_FORM = _codes(
    """duplicate_external_id exchanged_trigger_id expired_trigger_id hash_conflict
    invalid_trigger_id not_found push_limit_reached trigger_expired view_too_large"""
)
UNKNOWN = describe("no_such_code")


def test_the_table_has_the_codes_that_slack_documents() -> None:
    assert set(NAMED) <= INSTALLATION_FAULTS.keys()
    assert set(OF_A_PLACE) <= CHANNEL_REFUSALS.keys()
    assert not TEMPORARY & (INSTALLATION_FAULTS.keys() | CHANNEL_REFUSALS.keys())
    assert all(
        describe(code) != UNKNOWN for code in (*OF_A_FORM, *EXPIRED_TRIGGERS, *CHANNEL_REFUSALS)
    )


@pytest.mark.parametrize("code", sorted(INSTALLATION_FAULTS))
@pytest.mark.parametrize("method", ["users.info", "chat.postMessage", "views.open"])
async def test_a_fault_of_the_installation_is_told_as_one_for_every_method(
    slack: SlackSandbox, client: AsyncWebClient, method: str, code: str
) -> None:
    slack.fail(method, error=code)
    with pytest.raises(InstallationFault) as caught:
        await call_slack(client.api_call(method))
    assert caught.value.code == code
    assert str(caught.value).startswith(
        f"Slack refused {method} ({code}): a fault of the bot's installation. "
    )
    assert "{" not in str(caught.value)


async def test_the_scope_that_is_missing_is_named_with_the_cure(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    slack.scopes = "chat:write"
    with pytest.raises(InstallationFault) as caught:
        await call_slack(client.users_info(user="U0OPERATOR"))
    assert str(caught.value) == (
        "Slack refused users.info (missing_scope, needed: users:read): a fault of the bot's "
        "installation. The token lacks a scope. Take over manifest.yml in the app's settings and "
        "install the app again."
    )


async def test_what_is_provided_already_is_not_called_missing(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    scopes = ("channels:read,groups:read,<!channel>", "channels:read")
    slack.fail("users.info", error="missing_scope", scopes=scopes)
    with pytest.raises(InstallationFault) as caught:
        await call_slack(client.users_info(user="U0OPERATOR"))
    assert "(missing_scope, needed: groups:read)" in str(caught.value)


def test_the_socket_has_the_other_token() -> None:
    for code in ("missing_scope", "token_revoked", "not_allowed_token_type"):
        told = str(refusal("apps.connections.open", code))
        assert "Make an app-level token with connections:write, set SLACK_APP_TOKEN to it" in told
        assert "SLACK_BOT_TOKEN" not in told


@pytest.mark.parametrize(
    ("method", "code", "needed"),
    [
        ("conversations.info", "missing_scope", "im:read"),
        ("conversations.info", "missing_scope", "mpim:read,im:read"),
        ("files.info", "access_denied", ""),
        ("users.info", "user_not_found", ""),
        ("chat.postMessage", "restricted_action", ""),
    ],
)
def test_what_the_manifest_does_not_ask_for_is_no_fault_of_the_installation(
    method: str, code: str, needed: str
) -> None:
    found = refusal(method, code, needed, "chat:write")
    assert type(found) is SlackRefused
    assert found.code == code


def test_a_code_that_nobody_knows_is_told_with_what_to_do() -> None:
    told = str(refusal("chat.postMessage", "brand_new"))
    assert told.startswith("Slack refused chat.postMessage (brand_new): ")
    assert "report it" in told
