"""A command needs one right: its help names it, its use case demands it, its registration has it."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.change_commands import (
    BatchCommand,
    DeleteUserCommand,
    EditUserCommand,
    FlagCommand,
    ImportUsersCommand,
    PurgeUsersCommand,
)
from bot.domain.commands import Command
from bot.domain.identifiers import NUMBER
from bot.domain.roles import ROLES_WITH, Grant, Right, Role, Subject, SubjectKind
from bot.errors import BotError, NotAllowed
from bot.grammar import COMMANDS, help_for
from bot.grammar.tree import leaves
from bot.ports import Transaction, UserState
from bot.service.context import Context
from bot.service.queries.show_user import ShownUser
from bot.slack.button_values import UserButton
from bot.slack.features import FEATURES
from bot.slack.features.admin import TOPICS
from bot.slack.features.base.context import FeatureContext
from bot.slack.inbound.router import Router
from bot.slack.payloads import ActionPayload, CommandPayload, Payload, ViewPayload
from bot.slack.views.show_user import user_details
from bot.store.sqlite.store import SqliteStore
from tests.builders import CHANNEL, CUSTOMER, NOW, a_change
from tests.fakes import FakeApi, FakeClock, FakeDirectory

PERSON = "U0PERSON"
WHO = {"user": PERSON, "team": "T0HOME", "app": "A0CONTINUITY", "channel": CHANNEL}
LEAVES = dict(leaves())
EXAMPLES = {
    title: next((each for each in leaf.examples if NUMBER in each), leaf.examples[0]).replace(
        NUMBER, CUSTOMER
    )
    for title, leaf in LEAVES.items()
}
# These show what the rows allow, and refuse nobody; of a set the customers in it decide.
SHOWS_LESS = {"role list", "set list", "set show", "set delete"}
# Its customer is in no part of the request: it has a sentence of its own.
OWN_SENTENCE = {"password"}
HOLDERS: list[Role | None] = [
    None,
    Role.VIEWER,
    Role.OPERATOR,
    Role.APPROVER,
    Role.ADMIN,
    Role.COMMANDER,
]


def holds(role: Role | None, right: Right | None) -> bool:
    return right is None or role in ROLES_WITH[right]


async def refusal(
    store: SqliteStore, client: AsyncWebClient, role: Role | None, payload: Payload
) -> str | None:
    """Dispatch what somebody with this role sent; return why they were refused, or None."""
    directory = FakeDirectory()
    directory.members["S0ONCALL"] = set()

    def step(tx: Transaction) -> None:
        rows = [(SubjectKind.CHANNEL, CHANNEL, Role.INCIDENT)]
        rows += [(SubjectKind.USER, PERSON, role)] if role else []
        for kind, subject, granted in rows:
            tx.put_grant(Grant(Subject(kind, subject), granted, CUSTOMER, "test", NOW))
        tx.add_change(a_change(requester=PERSON))

    await store.write(step)
    ctx = Context(store, FakeApi(), directory, FakeClock(), allow_passwords=True)
    router = Router(FeatureContext(ctx, client, ""), team="T0HOME", app="A0CONTINUITY")
    try:
        await router.dispatch(payload)
    except NotAllowed as error:
        return str(error)
    except BotError:  # it was allowed, and there is no trigger for a modal, or no such user
        return None
    return None


def test_every_command_of_the_grammar_has_one_handler_and_every_handler_a_command() -> None:
    # A flag of several customers is typed like that of one.
    assert {leaf.command for leaf in LEAVES.values()} | {BatchCommand} == FEATURES.commands.keys()


@pytest.mark.parametrize("title", COMMANDS)
def test_help_names_the_right_of_the_command(title: str) -> None:
    assert help_for(title).right is LEAVES[title].command.right


@pytest.mark.parametrize("role", HOLDERS)
@pytest.mark.parametrize("title", sorted(LEAVES.keys() - SHOWS_LESS))
async def test_the_use_case_demands_the_right_that_help_names(
    store: SqliteStore, client: AsyncWebClient, title: str, role: Role | None
) -> None:
    right = help_for(title).right
    why = await refusal(store, client, role, CommandPayload(key="1", text=EXAMPLES[title], **WHO))
    assert (why is None) == holds(role, right), why
    if why and role in (None, Role.VIEWER) and title not in OWN_SENTENCE:
        assert f"You may not {right} for customer {CUSTOMER}" in why


JO = {"who": "jo@example.com"}
# What a submission says, by the command that opened its modal.
SUBMISSIONS: dict[type[Command], dict[str, Any]] = {
    FlagCommand: {"form": "users_switch", "value": f"{CUSTOMER}:failover:on"},
    ImportUsersCommand: {"form": "users_import", "value": CUSTOMER},
    EditUserCommand: {"form": "edit_user", "value": CUSTOMER,
                      "values": {**JO, "displayName": "B", "before:displayName": "A"}},
    DeleteUserCommand: {"form": "delete_user", "value": CUSTOMER, "values": JO},
    PurgeUsersCommand: {"form": "purge_users", "value": CUSTOMER,
                        "values": {"who": f"purge {CUSTOMER}"}},
}  # fmt: skip


def test_every_modal_of_a_command_is_among_them() -> None:
    forms = {fields["form"] for fields in SUBMISSIONS.values()}
    assert FEATURES.views.keys() - forms - TOPICS.keys() == {
        "change_form",
        "change_reason",
        "emergency",
        "notice_text",
        "end_extend",
        "still_needed",
    }


@pytest.mark.parametrize("role", HOLDERS)
@pytest.mark.parametrize("command", SUBMISSIONS, ids=lambda command: command.__name__)
async def test_a_submission_demands_the_right_of_the_command(
    store: SqliteStore, client: AsyncWebClient, command: type[Command], role: Role | None
) -> None:
    fields = SUBMISSIONS[command]
    payload = ViewPayload(key="1", action=fields["form"], text="why", **fields, **WHO)
    why = await refusal(store, client, role, payload)
    assert (why is None) == holds(role, command.right), why


@pytest.mark.parametrize("role", HOLDERS)
@pytest.mark.parametrize("action", [one for one in FEATURES.actions if one.startswith("user_")])
async def test_a_button_beside_a_user_is_offered_to_whoever_may_press_it(
    store: SqliteStore, client: AsyncWebClient, action: str, role: Role | None
) -> None:
    rights = frozenset(right for right in Right if role and holds(role, right))
    user = UserState("jo@example.com", access=True, failover=True, activation=True)
    blocks = user_details(ShownUser(CUSTOMER, "", user, (), rights)).blocks
    offered = {one["action_id"] for block in blocks for one in block.get("elements", [])}
    value = str(UserButton(customer=CUSTOMER, address=user.address, direction="off"))
    why = await refusal(
        store, client, role, ActionPayload(key="1", action=action, value=value, **WHO)
    )
    assert (why is None) == (action in offered), why
