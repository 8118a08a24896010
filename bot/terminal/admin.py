"""Administration at the terminal: use cases that need the database alone."""

from __future__ import annotations

import os
import pwd
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from bot.domain.actor import Actor
from bot.domain.admin_commands import (
    GrantRoleCommand,
    ListRolesCommand,
    NameCustomerCommand,
    RevokeRoleCommand,
)
from bot.domain.configuration import Entry, Kind
from bot.domain.customer_rule import CustomerRule
from bot.domain.notify import NotifyRule
from bot.domain.policy import PolicyRule
from bot.domain.roles import Grant
from bot.ports import Clock, ContinuityApi, Directory, Store
from bot.service.access import administer, configuration, customer_rules, notify_rules
from bot.service.access.notify_rules import NotifyWish
from bot.service.context import Context
from bot.store.times import SystemClock


def at_this_terminal() -> Actor:
    """Return the actor `user@host` that the audit trail records for this terminal.

    The user is that of the process, not LOGNAME or USER, which anybody can set.
    """
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container may run under an id without a name
        name = f"uid{os.getuid()}"
    who = f"{name}@{socket.gethostname()}"
    return Actor(who, None, terminal=who)


@dataclass(frozen=True, slots=True)
class AdminSession:
    """Grants, policy, rules, configuration and customer names, as set by ``actor``; neither Slack nor the API is
    called."""

    ctx: Context
    actor: Actor

    async def grant(self, request: GrantRoleCommand) -> Grant:
        """Write a role row."""
        return await administer.grant_role(self.ctx, self.actor, request)

    async def revoke(self, request: RevokeRoleCommand) -> None:
        """Remove a role row; the last admin stays."""
        await administer.revoke_role(self.ctx, self.actor, request)

    async def roles(self) -> tuple[Sequence[Grant], Mapping[str, str], Mapping[str, str]]:
        """Return all role rows, the last known names of people, and the names of customers."""
        rows = await administer.list_roles(self.ctx, self.actor, ListRolesCommand())
        names = await self.ctx.store.read(lambda tx: (tx.actor_names(), tx.customer_names()))
        return rows, *names

    async def name(self, request: NameCustomerCommand) -> None:
        """Name a customer."""
        await administer.name_customer(self.ctx, self.actor, request)

    async def policy(self, rule: PolicyRule) -> None:
        """Write a policy row."""
        await administer.set_policy(self.ctx, self.actor, rule)

    async def remove_policy(self, customer: str, flag: str, scope_kind: str) -> None:
        """Remove a policy row."""
        await administer.remove_policy(self.ctx, self.actor, customer, flag, scope_kind)

    async def set_notify(self, customer: str, wish: NotifyWish) -> NotifyRule:
        """Write a notification rule; return it."""
        return await notify_rules.set_notify_rule(self.ctx, self.actor, customer, wish)

    async def remove_notify(self, customer: str) -> NotifyRule:
        """Remove a notification rule; return the one that applies then."""
        return await notify_rules.remove_notify_rule(self.ctx, self.actor, customer)

    async def set_customer_rule(self, customer: str, rule: CustomerRule | None) -> None:
        """Write the rule of a customer or `*`, or remove it (None)."""
        await customer_rules.set_customer_rule(self.ctx, self.actor, customer, rule)

    async def configure(
        self, kind: Kind, name: str, terms: Mapping[str, object], customer: str = ""
    ) -> Entry:
        """Write an entry of the configuration; return it."""
        return await configuration.configure(
            self.ctx, self.actor, kind, name, terms, customer=customer
        )

    async def configure_all(
        self, kind: Kind, terms: Mapping[str, Mapping[str, object]], customer: str = ""
    ) -> None:
        """Write several entries of the configuration, all or none."""
        await configuration.configure_all(self.ctx, self.actor, kind, terms, customer=customer)

    async def unconfigure(self, kind: Kind, name: str, customer: str = "") -> None:
        """Remove an entry of the configuration."""
        await configuration.unconfigure(self.ctx, self.actor, kind, name, customer=customer)


def admin_session(store: Store, actor: Actor, clock: Clock | None = None) -> AdminSession:
    """Return a session on a store; ``clock`` is the system's unless given."""
    no_api = cast("ContinuityApi", None)  # never request: these use cases need the database alone
    ctx = Context(store, no_api, cast("Directory", None), clock or SystemClock())
    return AdminSession(ctx, actor)
