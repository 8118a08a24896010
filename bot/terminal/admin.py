"""Use cases that need the database alone, for somebody who sits at the terminal."""

from __future__ import annotations

import os
import pwd
import socket
from dataclasses import dataclass
from typing import cast

from bot.domain.commands import (
    Actor,
    GrantRoleCommand,
    ListRolesCommand,
    NameCustomerCommand,
    RevokeRoleCommand,
)
from bot.domain.policy import PolicyRule
from bot.domain.roles import Grant
from bot.ports import Clock, ContinuityApi, Directory, Store
from bot.service.access import administer
from bot.service.context import Context
from bot.store.times import SystemClock


def at_this_terminal() -> Actor:
    """Return who sits here: OS user and host, which the audit trail records.

    The user is the one of this process, never what LOGNAME or USER says: anybody can set those.
    """
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under a number that has no name
        name = f"uid{os.getuid()}"
    who = f"{name}@{socket.gethostname()}"
    return Actor(who, None, terminal=who)


@dataclass(frozen=True, slots=True)
class AdminSession:
    """Grants, policy and names, given by ``actor``; neither Slack nor the API is asked."""

    ctx: Context
    actor: Actor

    async def grant(self, asked: GrantRoleCommand) -> Grant:
        """Write a role row."""
        return await administer.grant_role(self.ctx, self.actor, asked)

    async def revoke(self, asked: RevokeRoleCommand) -> None:
        """Remove a role row; the last admin stays."""
        await administer.revoke_role(self.ctx, self.actor, asked)

    async def roles(self) -> tuple[Grant, ...]:
        """Return all role rows."""
        return await administer.list_roles(self.ctx, self.actor, ListRolesCommand())

    async def name(self, asked: NameCustomerCommand) -> None:
        """Name a customer."""
        await administer.name_customer(self.ctx, self.actor, asked)

    async def policy(self, rule: PolicyRule) -> None:
        """Write a policy row."""
        await administer.set_policy(self.ctx, self.actor, rule)


def admin_session(store: Store, actor: Actor) -> AdminSession:
    """Return the office over a store."""
    nobody = cast("ContinuityApi", None)  # never asked: these use cases need the database alone
    ctx = Context(store, nobody, cast("Directory", None), cast("Clock", SystemClock()))
    return AdminSession(ctx, actor)
