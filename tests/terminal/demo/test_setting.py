"""The world of the demo: its role rows give each person what their title says."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from bot.domain.roles import Right, decide
from bot.store.sqlite.store import SqliteStore
from bot.terminal.demo import setting
from bot.terminal.demo.setting import CHANNEL, CUSTOMER, GENERAL, PROVIDER_CHANNEL
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox

PEOPLE = {
    setting.ADMIN: set(Right) - {Right.COMMAND},
    setting.OPERATOR: {Right.VIEW, Right.PROPOSE},
    setting.APPROVER: {Right.VIEW, Right.APPROVE},
    setting.SECOND_APPROVER: {Right.VIEW, Right.APPROVE},
    setting.COMMANDER: {Right.VIEW, Right.PROPOSE, Right.COMMAND},
    setting.VIEWER: {Right.VIEW},
    setting.GUEST: {Right.VIEW},  # which Slack's answer takes away
    setting.PARTNER: set(),
    setting.PROVIDER: set(),
}


async def rights(database: Path, person: str, channel: str, customer: str) -> set[Right]:
    async with await SqliteStore.open_async(database) as store:
        rows = await store.read(lambda tx: tx.grants())
    now = datetime.now(UTC)
    return {
        right
        for right in Right
        if decide(right, customer, rows, person=person, channel=channel, now=now).allowed
    }


async def test_each_person_may_what_their_role_says_in_the_incident_channel_alone(
    tmp_path: Path,
) -> None:
    database = tmp_path / "demo.db"
    await setting.grant(database)
    for person, expected in PEOPLE.items():
        assert await rights(database, person, CHANNEL, CUSTOMER) == expected
        assert await rights(database, person, GENERAL, CUSTOMER) == set()
        assert await rights(database, person, CHANNEL, "50001") == set()
    here = (setting.PROVIDER, PROVIDER_CHANNEL)
    assert await rights(database, *here, "50001") == {Right.VIEW, Right.PROPOSE}
    assert await rights(database, *here, CUSTOMER) == set()
    assert await rights(database, setting.ADMIN, PROVIDER_CHANNEL, "50040") == set(Right) - {
        Right.COMMAND
    }


async def test_the_services_refuse_the_secrets_that_everybody_knows() -> None:
    slack, continuity = setting.new_services(SandboxClock())
    known = {"token": SlackSandbox().bot_token, "channel": CHANNEL, "text": "hello"}
    async with slack, continuity, httpx.AsyncClient(trust_env=False) as client:
        # As a form of another page in the browser sends it.
        answer = await client.post(f"{slack.api_url}chat.postMessage", data=known)
        assert answer.json() == {"ok": False, "error": "invalid_auth"}
        own = await client.post(f"{slack.api_url}auth.test", data={"token": slack.bot_token})
        assert own.json()["ok"]
        auth = (continuity.username, ContinuitySandbox().password)
        assert (await client.head(f"{continuity.url}/{CUSTOMER}", auth=auth)).status_code == 401
    other, _ = setting.new_services(SandboxClock())
    assert len({slack.bot_token, slack.app_token, other.bot_token, other.app_token}) == 4


async def test_names_and_rows_are_in_the_audit_trail_of_the_terminal(tmp_path: Path) -> None:
    database = tmp_path / "demo.db"
    await setting.grant(database)
    async with await SqliteStore.open_async(database) as store:
        entries = await store.read(lambda tx: tx.entries(limit=1000))
        names = await store.read(lambda tx: tx.customer_names())
    assert names[CUSTOMER] == "Acme GmbH"
    assert names["50001"] == "Acacia Example GmbH"
    assert len(names) == 42
    kinds = Counter(entry.record.kind for entry in entries)
    assert kinds == {
        "role.granted": len(setting.ROLES),
        "customer.named": 42,
        "configuration.set": 1,
    }


def test_people_and_channels_are_what_the_page_shows() -> None:
    slack = SlackSandbox()
    setting.add_people(slack)
    people = [person for person in slack.people.values() if not person.is_bot]
    assert {person.id for person in people} == set(PEOPLE)
    assert all(person.real_name and person.title for person in people)
    assert slack.people[setting.GUEST].is_restricted
    assert slack.people[setting.PARTNER].is_stranger
    assert slack.people[setting.PARTNER].team_id != slack.team_id
    shared = [channel.name for channel in slack.channels.values() if channel.is_ext_shared]
    assert shared == ["partner-mail"]
    inside = [c.name for c in slack.channels.values() if setting.PARTNER in c.members]
    assert inside == ["partner-mail"]
    assert all(slack.bot_user_id in channel.members for channel in slack.channels.values())


@pytest.mark.parametrize(
    ("flag", "number"), [("access", 240), ("activation", 31), ("failover", 1284)]
)
def test_before_the_failover_some_users_could_not_read_mail(flag: str, number: int) -> None:
    continuity = ContinuitySandbox()
    setting.add_customers(continuity)
    users = continuity.customers[CUSTOMER].values()
    assert len(users) == 1284
    assert sum(not getattr(user, flag) for user in users) == number
    assert {group for user in users for group in user.groups} == {"emea", "germany", "us"}
    assert len(continuity.customers) == 41
    assert all(len(users) >= 8 for users in continuity.customers.values())
