"""The world of the demo: people, channels, customers, and who may do what."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.domain.actor import Actor
from bot.domain.admin_commands import GrantRoleCommand, NameCustomerCommand
from bot.domain.configuration import Kind
from bot.domain.roles import ANY_CUSTOMER, Role, parse_subject
from bot.store.sqlite.store import SqliteStore
from bot.terminal.admin import admin_session
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox, RehearsalApi
from sandbox.continuity.model import example_users
from sandbox.pagers import PagerSandbox
from sandbox.slack import SlackSandbox

CUSTOMER, CUSTOMER_NAME, USERS = "44444", "Acme GmbH", 1284
# For rehearsals; it has an API of its own.
DRILL_CUSTOMER, DRILL_NAME, DRILL_USERS = "90001", "Drill Example GmbH", 120

ADMIN, OPERATOR, VIEWER = "U0ADMIN", "U0OPERATOR", "U0VIEWER"
APPROVER, SECOND_APPROVER = "U0APPROVER", "U0APPROVER2"
COMMANDER = "U0COMMANDER"
GUEST, PARTNER, PROVIDER = "U0GUEST", "U0PARTNER", "U0PROVIDER"
CHANNEL, GENERAL, SHARED, PROVIDER_CHANNEL = "C0INCIDENT", "C0GENERAL", "C0PARTNER", "C0PROVIDER"
OPS_CHANNEL = "C0MAILOPS"
ON_CALL = "S0ONCALL"
PARTNER_TEAM = "T0PARTNER"

# id, name, real name, title, further fields of the person
_PEOPLE: tuple[tuple[str, str, str, str, dict[str, Any]], ...] = (
    (OPERATOR, "operator", "Operator", f"Operator for {CUSTOMER_NAME}", {}),
    (APPROVER, "approver1", "Approver 1", f"Approver for {CUSTOMER_NAME}", {}),
    (SECOND_APPROVER, "approver2", "Approver 2", f"Approver for {CUSTOMER_NAME}", {}),
    (COMMANDER, "commander", "Commander", f"Commander for {CUSTOMER_NAME}", {}),
    (ADMIN, "admin", "Admin", "Admin for every customer", {}),
    (VIEWER, "viewer", "Viewer", f"Viewer for {CUSTOMER_NAME}", {}),
    (GUEST, "guest", "Guest", "Guest with the role of a viewer", {"is_restricted": True}),
    (PROVIDER, "provider", "Provider", "Operator for 40 customers", {}),
    (
        PARTNER,
        "partner",
        "Partner",
        "From another company",
        {"is_stranger": True, "team_id": PARTNER_TEAM},
    ),
)
_TREES = (
    "Acacia Alder Almond Apricot Ash Aspen Bamboo Beech Birch Cedar Cherry Chestnut Cypress Elder "
    "Elm Fir Ginkgo Hazel Hemlock Hickory Holly Hornbeam Juniper Larch Laurel Lime Linden Maple "
    "Mulberry Oak Olive Pear Pine Plum Poplar Rowan Spruce Sycamore Walnut Willow"
)
# Of the provider: name by number.
SMALL_CUSTOMERS = {
    str(50001 + at): f"{tree} Example GmbH" for at, tree in enumerate(_TREES.split())
}
CUSTOMERS = {CUSTOMER: CUSTOMER_NAME, DRILL_CUSTOMER: DRILL_NAME, **SMALL_CUSTOMERS}
# By name: what `@south` stands for.
SETS = {"south": ("50001", "50002", "50003", "50004", "50005")}

Rows = Sequence[tuple[str, Role, str]]
"""Role rows: subject, role, customer."""

ROLES: Rows = (
    (ADMIN, Role.ADMIN, ANY_CUSTOMER),
    (OPERATOR, Role.OPERATOR, CUSTOMER),
    (APPROVER, Role.APPROVER, CUSTOMER),
    (SECOND_APPROVER, Role.APPROVER, CUSTOMER),
    (COMMANDER, Role.COMMANDER, CUSTOMER),
    (VIEWER, Role.VIEWER, CUSTOMER),
    (GUEST, Role.VIEWER, CUSTOMER),
    (ON_CALL, Role.VIEWER, CUSTOMER),
    (CHANNEL, Role.INCIDENT, CUSTOMER),
    (PROVIDER_CHANNEL, Role.INCIDENT, ANY_CUSTOMER),
    *((PROVIDER, Role.OPERATOR, number) for number in SMALL_CUSTOMERS),
    (OPERATOR, Role.OPERATOR, DRILL_CUSTOMER),
    (APPROVER, Role.APPROVER, DRILL_CUSTOMER),
    (SECOND_APPROVER, Role.APPROVER, DRILL_CUSTOMER),
    (CHANNEL, Role.INCIDENT, DRILL_CUSTOMER),
)


def new_services(clock: SandboxClock) -> tuple[SlackSandbox, ContinuitySandbox]:
    """Return an empty workspace and API with secrets of their own.

    By the sandbox's well-known ones another page in the browser could call them: Slack takes a
    token from a plain form, for which a browser asks nobody.
    """
    slack = SlackSandbox(
        bot_token=f"xoxb-{secrets.token_hex(16)}",
        app_token=f"xapp-{secrets.token_hex(16)}",
        signing_secret=secrets.token_hex(16),
        clock=clock,
    )
    return slack, ContinuitySandbox(password=secrets.token_hex(16), clock=clock)


def new_rehearsal(clock: SandboxClock) -> RehearsalApi:
    """Return the simulated API of rehearsals, with its customer. 12 of its users cannot log in."""
    users = example_users(
        DRILL_CUSTOMER,
        DRILL_USERS,
        {"office": 60},
        access_off=12,
        not_activated=3,
        domain="drill.example",
    )
    seed = {DRILL_CUSTOMER: [*users.values()]}
    return RehearsalApi(seed, password=secrets.token_hex(16), clock=clock)


def write_accounts(file: Path, drills: RehearsalApi) -> None:
    """Write the file of CONTINUITY_CREDENTIALS: the drill's customer has the API of rehearsals."""
    file.touch(mode=0o600)
    file.write_text(
        f'[{DRILL_CUSTOMER}]\nurl = "{drills.url}"\nusername = "{drills.username}"\n'
        f'password = "{drills.password}"\ndrill = true\n'
    )


def new_pagers() -> PagerSandbox:
    """Return pagers with secrets of their own; they know no time but the machine's."""
    return PagerSandbox(routing_key=secrets.token_hex(16), secret=secrets.token_hex(16))


def bot_settings(pagers: PagerSandbox) -> dict[str, str]:
    """Return the settings of the bot beside the addresses of Slack and the API."""
    return {
        "OPS_CHANNEL": OPS_CHANNEL,
        "PAGERDUTY_ROUTING_KEY": pagers.routing_key,
        "PAGERDUTY_URL": pagers.url,
        "PAGER_WEBHOOK_URL": pagers.webhook_url,
        "PAGER_WEBHOOK_SECRET": pagers.secret,
    }


def add_people(slack: SlackSandbox) -> None:
    """Add people, their user group and channels to an empty workspace."""
    for person, name, real_name, title, more in _PEOPLE:
        slack.add_person(person, name, real_name=real_name, title=title, **more)
    slack.add_usergroup(ON_CALL, "oncall", [OPERATOR, APPROVER, SECOND_APPROVER])
    home = [person for person, *_ in _PEOPLE if person != PARTNER]
    for channel, name, members, shared, topic in (
        (
            CHANNEL,
            "mail-outage",
            [one for one in home if one != PROVIDER],
            False,
            f"Incidents of {CUSTOMER_NAME} ({CUSTOMER})",
        ),
        (GENERAL, "general", home, False, "No role row: the bot changes nothing from here"),
        (
            SHARED,
            "partner-mail",
            [ADMIN, OPERATOR, APPROVER, PARTNER],
            True,
            "Shared with another company: the bot refuses everything here",
        ),
        (PROVIDER_CHANNEL, "provider-ops", [PROVIDER, ADMIN], False, "Incidents of 40 customers"),
        (
            OPS_CHANNEL,
            "mail-ops",
            [ADMIN, OPERATOR, APPROVER, SECOND_APPROVER, COMMANDER],
            False,
            "Alarms, and each morning what is still on",
        ),
    ):
        slack.add_channel(channel, name, members=members, is_ext_shared=shared, topic=topic)


def add_customers(continuity: ContinuitySandbox) -> None:
    """Add the users of every customer to an empty API. 240 users of the first cannot log in."""
    groups = {"emea": 700, "germany": 400, "us": 300}
    continuity.add_customer(CUSTOMER, USERS, groups, access_off=240, not_activated=31)
    for at, (number, name) in enumerate(SMALL_CUSTOMERS.items()):
        domain = f"{name.split()[0].lower()}.example"
        continuity.add_customer(number, 8 + at % 13, {"office": 5}, access_off=1, domain=domain)


async def grant(
    database: Path, roles: Rows = ROLES, names: Mapping[str, str] | None = None
) -> None:
    """Make the database, with these role rows and names of customers (None: all of the page, and its
    sets).

    They are written by the use cases of `role grant`, `customer name` and `set create`.
    """
    sets = SETS if names is None else {}
    names = CUSTOMERS if names is None else names
    async with await SqliteStore.open_async(database) as store:
        admin = admin_session(store, Actor("demo", None, terminal="demo@terminal"))
        # At the same time: what waits together shares a commit.
        await asyncio.gather(
            *(
                admin.grant(GrantRoleCommand(parse_subject(subject), role, customer))
                for subject, role, customer in roles
            ),
            *(admin.name(NameCustomerCommand(*each)) for each in names.items()),
            *(
                admin.configure(Kind.SET, name, {"customers": [*numbers]})
                for name, numbers in sets.items()
            ),
        )
