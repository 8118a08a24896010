"""The admins' forms: within Slack's limits however many rows there are, inert whatever they hold."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain import notify
from bot.domain.configuration import Entry, Kind
from bot.domain.customer_rule import CustomerRule
from bot.domain.roles import Role
from bot.errors import InvalidInput
from bot.service.queries.administered import Administered
from bot.slack.payloads import Values
from bot.slack.views.modals.admin import ADMIN_FORMS
from bot.slack.views.modals.admin.admin_modal import NEXT, PREVIOUS, ROWS_PER_PAGE, AdminModal
from bot.slack.views.modals.admin.policy import PolicyModal, rule_of
from bot.slack.views.modals.admin.roles import RolesModal, command_of
from bot.slack.views.modals.modal import problems_of
from bot.slack.views.texts import admin as texts
from sandbox.slack.blocks.limits import check_view
from tests.builders import ADMIN, CUSTOMER, NOW, REQUESTER, a_grant, a_policy_rule
from tests.slack.extreme_values import NAME
from tests.slack.message_checks import inert
from tests.slack.message_checks import texts as texts_of

MANY = 3 * ROWS_PER_PAGE


def found(rows: int = 1, **over: Any) -> Administered:
    numbers = [f"{number:05}" for number in range(1, rows + 1)]
    fields: dict[str, Any] = {
        "person": frozenset({ADMIN}),
        "customers": None,
        "names": dict.fromkeys(numbers, NAME),
        "grants": tuple(a_grant(customer=one) for one in numbers),
        "policy": tuple(a_policy_rule(customer=one, set_by="<!channel>@x") for one in numbers),
        "notify": tuple(replace(notify.DEFAULT, customer=one, set_by="a@b") for one in numbers),
        "configured": tuple(
            entry
            for one in numbers
            for entry in (
                Entry(Kind.CUSTOMER_RULE, one, CustomerRule().terms(), ADMIN, NOW),
                Entry(Kind.SET, f"set-{one}", {"customers": [one]}, ADMIN, NOW),
                Entry(Kind.TEMPLATE, f"{one} de", {"text": NAME}, ADMIN, NOW),
                Entry(Kind.TEMPLATE, one, {"portal_url": NAME, "contact": NAME}, ADMIN, NOW),
            )
        ),
        "at": NOW,
    }
    return Administered(**(fields | over))


def buttons(view: dict[str, Any]) -> list[str]:
    parts = [one for block in view["blocks"] for one in block.get("elements", [])]
    parts += [block["accessory"] for block in view["blocks"] if "accessory" in block]
    return [part["action_id"] for part in parts if part.get("type") == "button"]


@pytest.mark.parametrize("form", ADMIN_FORMS, ids=lambda form: form.callback_id)
@pytest.mark.parametrize("rows", [0, 1, MANY])
def test_slack_takes_each_page(form: type[AdminModal], rows: int) -> None:
    for page in (0, 1, 2, 99):
        view = form.of(found(rows), page).build()
        check_view(view, "modal")
        for one in texts_of(view["blocks"]):
            if one["type"] == "mrkdwn":
                inert(one["text"])
    if not rows:
        assert view["blocks"][-1]["text"]["text"] == texts.NONE


def test_pages_are_turned_within_the_rows() -> None:
    first, middle, last = (buttons(PolicyModal.of(found(MANY), page).build()) for page in range(3))
    assert (NEXT in first, PREVIOUS in first) == (True, False)
    assert (NEXT in middle, PREVIOUS in middle) == (True, True)
    assert (NEXT in last, PREVIOUS in last) == (False, True)


def test_a_row_of_the_terminal_and_ones_own_have_no_button() -> None:
    rows = (
        a_grant(REQUESTER, Role.OPERATOR),
        a_grant(ADMIN, Role.ADMIN),
        a_grant(REQUESTER, Role.APPROVER),
        a_grant(ADMIN, Role.VIEWER),
    )
    shown = RolesModal.of(found(grants=rows)).rows
    assert [bool(row.value) for row in shown] == [True, False, False, False]
    assert shown[2].text.endswith("on the terminal")
    assert shown[3].text.endswith("your own")


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"person": "U0A"}, ""),
        ({"place": "C0A"}, "A channel can only be given the role incident"),
        ({"usergroup": "S0A"}, ""),
        ({"usergroup": "on-call"}, "is not a Slack id"),
        ({}, texts.WHO_MISSING),
        ({"person": "U0A", "place": "C0A"}, texts.ONE_HOLDER),
        ({"person": "U0A", "hours": "never"}, "is not a number of hours"),
    ],
)
def test_a_role_has_one_holder_of_its_kind(given: dict[str, Any], wrong: str) -> None:
    values = {"role": "viewer", "customer": "*", **given}
    told = problems_of(values, RolesModal.parts)
    assert all(wrong in one for one in told.values())
    assert bool(told) == bool(wrong)
    if not wrong:
        assert command_of(values).customer == "*"


@pytest.mark.parametrize("missing", ["customer", "topic", "scope", "approvals"])
def test_a_policy_row_needs_all_of_it(missing: str) -> None:
    values: Values = {"customer": CUSTOMER, "topic": "*", "scope": "users", "approvals": "0"}
    assert rule_of(values, ADMIN, NOW).approvals == 0
    with pytest.raises(InvalidInput):
        rule_of({name: value for name, value in values.items() if name != missing}, ADMIN, NOW)
    with pytest.raises(InvalidInput):
        rule_of({**values, missing: "6 or so"}, ADMIN, NOW)


def test_a_phone_shows_who_changed_what_for_whom() -> None:
    """A lock screen has about a hundred characters of a message."""
    whom = {"who": "Jo Doe", "customer": "Acme GmbH (44444)"}
    said = [
        texts.POLICY_SET.format(
            topic="failover", scope="any scope", approvals=0, before="", **whom
        ),
        texts.POLICY_REMOVED.format(topic="failover", scope="any scope", approvals=2, **whom),
        texts.RULE_SET.format(rule="access off 2 days after a restore", **whom),
        texts.NOTIFY_SET.format(rule="admins after 0m", **whom),
        texts.GRANTED.format(holder="Sam", role="operator", **whom),
    ]
    for one in said:
        assert one[:100].startswith("Jo Doe ")
        assert "Acme GmbH (44444)" in one[:100]
