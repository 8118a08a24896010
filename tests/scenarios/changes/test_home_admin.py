"""What admins change in the Home tab: by forms, with the checks and entries of the terminal, told to others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.domain.admin_commands import RevokeRoleCommand
from bot.domain.configuration import Kind
from bot.domain.roles import Role, parse_subject
from sandbox.slack import View
from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    ADMIN,
    CUSTOMER,
    ELSEWHERE,
    OPERATOR,
    STRANGER,
    Scenario,
    at_work,
)

OTHER_ADMIN = "U0OTHERADMIN"


@pytest.fixture
async def scenario(tmp_path: Path) -> AsyncIterator[Scenario]:
    """A bot with an operations channel and a second admin."""
    async with at_work(tmp_path, ops_channel=ELSEWHERE) as made:
        made.slack.add_person(OTHER_ADMIN, "other admin")
        await direct_store.grant(made.settings.database, CUSTOMER, [(OTHER_ADMIN, Role.ADMIN)])
        yield made


async def opened(scenario: Scenario, form: str, user: str = ADMIN) -> View:
    """Open the Home tab, and the form of a button in it."""
    slack = scenario.slack
    await slack.open_home(user)
    home = await slack.wait_for(lambda space: space.homes.get(user))
    [block] = [
        one["block_id"]
        for one in home.view["blocks"]
        if form in [part.get("action_id") for part in one.get("elements", [])]
    ]
    await slack.view_click(user, home.id, block, form)

    def there(space: Any) -> View | None:
        return next(
            (v for v in space.views.values() if v.callback_id == form and v.state == "open"), None
        )

    return await slack.wait_for(there)


async def sent(scenario: Scenario, view: View, values: dict[str, Any]) -> None:
    """Choose the customer among those offered, and send the form in."""
    await scenario.slack.suggest(ADMIN, view.id, "customer", "admin_customer", "acm")
    await scenario.slack.submit(ADMIN, view, {"customer": CUSTOMER, **values})
    assert view.errors == {}


async def told(scenario: Scenario, where: str, words: str) -> str:
    """Wait for a message in a channel, or to a person."""
    slack = scenario.slack
    place = slack.direct_channel(where).id if where.startswith("U") else where
    return await slack.wait_for(
        lambda space: next((m.text for m in space.channel_messages(place) if words in m.text), None)
    )


def rows(view: View) -> list[str]:
    """The rows that can be removed."""
    return [one["text"]["text"] for one in view.view["blocks"] if "accessory" in one]


async def removed(scenario: Scenario, view: View) -> None:
    """Press the button of the first row."""
    [first, *_] = [one for one in view.view["blocks"] if "accessory" in one]
    action = first["accessory"]["action_id"]
    before = rows(view)
    await scenario.slack.view_click(ADMIN, view.id, first["block_id"], action)
    await scenario.slack.wait_for(lambda _: len(rows(view)) < len(before))


async def test_fewer_approvals_are_told_to_the_channel_and_to_the_other_admins(
    scenario: Scenario,
) -> None:
    view = await opened(scenario, "admin_policy")
    values = {"topic": "failover", "scope": "*", "approvals": "0"}
    await sent(scenario, view, values)
    words = f"<@{ADMIN}> set the approvals for failover, any scope, of Acme GmbH (44444) to 0"
    for where in (ELSEWHERE, OTHER_ADMIN):
        assert "Before: no row" in await told(scenario, where, words)
    said = await told(scenario, ADMIN, "Done.")
    assert said == f"Done. It was told in <#{ELSEWHERE}>. 1 other admin was told."
    view = await opened(scenario, "admin_policy")
    assert rows(view) == [f"Acme GmbH (44444) · failover, any scope: *0*, set by <@{ADMIN}>"]
    await removed(scenario, view)
    await told(scenario, OTHER_ADMIN, f"<@{ADMIN}> removed the approvals for failover")


async def test_what_holds_for_all_customers_is_told_to_the_admins_of_each(
    scenario: Scenario,
) -> None:
    await direct_store.grant(scenario.settings.database, "*", [(ADMIN, Role.ADMIN)])
    view = await opened(scenario, "admin_policy")
    answer = await scenario.slack.suggest(ADMIN, view.id, "customer", "admin_customer", "all")
    assert isinstance(answer.body, dict)
    assert [one["value"] for one in answer.body["options"]] == ["*"]
    values = {"customer": "*", "topic": "*", "scope": "users", "approvals": "1"}
    await scenario.slack.submit(ADMIN, view, values)
    await told(
        scenario, OTHER_ADMIN, "the approvals for every change, users, of all customers to 1"
    )


async def test_a_role_is_granted_and_revoked_and_those_of_the_terminal_have_no_button(
    scenario: Scenario,
) -> None:
    view = await opened(scenario, "admin_roles")
    shown = [one["text"]["text"] for one in view.view["blocks"] if one["type"] == "section"]
    assert any("is approver for" in one and "on the terminal" in one for one in shown)
    assert rows(view) != []
    assert not any("approver" in one or "admin" in one for one in rows(view))
    wrong = {"role": "incident", "person": STRANGER, "customer": CUSTOMER}
    await scenario.slack.suggest(ADMIN, view.id, "customer", "admin_customer", "")
    await scenario.slack.submit(ADMIN, view, wrong)
    assert "A channel can only be given the role incident" in view.errors["person"]
    await sent(scenario, view, {"role": "viewer", "person": STRANGER})
    await told(scenario, STRANGER, "gave you the role viewer")
    await told(scenario, ELSEWHERE, f"<@{ADMIN}> granted <@{STRANGER}> the role viewer")
    view = await opened(scenario, "admin_roles")
    here = [
        one for one in view.view["blocks"] if "accessory" in one and STRANGER in one["text"]["text"]
    ]
    [row] = here
    action = row["accessory"]["action_id"]
    await scenario.slack.view_click(ADMIN, view.id, row["block_id"], action)
    await told(scenario, STRANGER, "took the role viewer")


async def test_rules_are_set_and_removed(scenario: Scenario) -> None:
    view = await opened(scenario, "admin_rules")
    await sent(scenario, view, {"access_after": "3d", "emergency": "forbidden"})
    await told(scenario, OTHER_ADMIN, "access off 3 days after a restore, break-glass forbidden")
    view = await opened(scenario, "admin_rules")
    await removed(scenario, view)
    await told(scenario, ELSEWHERE, "removed the rule of Acme GmbH (44444)")
    view = await opened(scenario, "admin_notify")
    await scenario.slack.suggest(ADMIN, view.id, "customer", "admin_customer", "")
    await scenario.slack.submit(ADMIN, view, {"customer": CUSTOMER, "steps": "nobody:0m"})
    assert "is no step" in view.errors["steps"]
    await sent(scenario, view, {"steps": "admins:0m, pager:5m", "reminders": "none"})
    await told(scenario, ELSEWHERE, "admins after 0m, pager after 5m; no reminders")
    view = await opened(scenario, "admin_notify")
    await removed(scenario, view)
    await told(scenario, ELSEWHERE, "removed who is told for Acme GmbH (44444)")
    async with direct_store.opened(scenario.settings.database) as store:
        assert await store.read(lambda tx: tx.configured(Kind.CUSTOMER_RULE)) == []
        assert await store.read(lambda tx: tx.notify_rules()) == []


async def test_a_set_is_written_for_customers_that_they_administer(scenario: Scenario) -> None:
    view = await opened(scenario, "admin_sets")
    await scenario.slack.submit(ADMIN, view, {"name": "emea", "customers": "4444, 55555DE"})
    assert "is not a customer number" in view.errors["customers"]
    await scenario.slack.submit(ADMIN, view, {"name": "emea", "customers": "44444, 55555DE"})
    await told(scenario, ADMIN, "You may not administer for")
    view = await opened(scenario, "admin_sets")
    await scenario.slack.submit(ADMIN, view, {"name": "@emea", "customers": CUSTOMER})
    await told(scenario, OTHER_ADMIN, f"<@{ADMIN}> made the set emea in the Home tab: 44444.")
    view = await opened(scenario, "admin_sets")
    assert rows(view) == [f"*emea*: 44444, set by <@{ADMIN}>"]
    await removed(scenario, view)
    await told(scenario, ELSEWHERE, f"<@{ADMIN}> deleted the set emea")


async def test_a_text_for_users_and_what_it_tells(scenario: Scenario) -> None:
    view = await opened(scenario, "admin_texts")
    await scenario.slack.suggest(ADMIN, view.id, "customer", "admin_customer", "")
    wrong = {"customer": CUSTOMER, "language": "de", "text": "Read {it} there."}
    await scenario.slack.submit(ADMIN, view, wrong)
    assert "the placeholder {it}" in view.errors["text"]
    await sent(scenario, view, {"language": "de", "text": "Lesen Sie hier: {portal_url}"})
    await told(scenario, OTHER_ADMIN, "set the text for users of Acme GmbH (44444) in de")
    view = await opened(scenario, "admin_texts")
    await removed(scenario, view)
    await told(scenario, ELSEWHERE, "removed the text for users of Acme GmbH (44444) in de")
    view = await opened(scenario, "admin_webmail")
    await sent(scenario, view, {"url": "https://webmail.example.com/"})
    await told(scenario, ELSEWHERE, "webmail https://webmail.example.com/, contact not set")
    view = await opened(scenario, "admin_webmail")
    await removed(scenario, view)
    await told(scenario, ELSEWHERE, "removed webmail and contact of Acme GmbH (44444)")


async def test_what_was_filled_in_is_kept_when_the_right_is_gone(scenario: Scenario) -> None:
    view = await opened(scenario, "admin_policy")
    await scenario.slack.suggest(ADMIN, view.id, "customer", "admin_customer", "acm")
    async with direct_store.admin(scenario.settings.database) as admin:
        await admin.revoke(RevokeRoleCommand(parse_subject(ADMIN), Role.ADMIN, CUSTOMER))
    values = {"topic": "failover", "scope": "*", "approvals": "0", "customer": CUSTOMER}
    await scenario.slack.submit(ADMIN, view, values)
    await told(scenario, ADMIN, "You may not administer for customer 44444")


async def test_others_see_no_buttons_and_cannot_press_them(scenario: Scenario) -> None:
    await scenario.slack.open_home(OPERATOR)
    home = await scenario.slack.wait_for(lambda space: space.homes.get(OPERATOR))
    actions = [e.get("action_id") for b in home.view["blocks"] for e in b.get("elements", [])]
    assert not [one for one in actions if one and one.startswith("admin_")]
    await scenario.slack.click(OPERATOR, "C0INCIDENT", "1.2", "admin_policy", value="home")
    await scenario.told("You may not administer any customer")
