"""Roles: listed, granted, revoked, and what the person has; the names of customers."""

from __future__ import annotations

from bot.domain.commands import (
    GrantRoleCommand,
    ListRolesCommand,
    NameCustomerCommand,
    RevokeRoleCommand,
    WhoAmICommand,
)
from bot.service.access import administer
from bot.service.queries import history
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import TypedPayload
from bot.slack.views import roles as view
from bot.slack.views.mrkdwn import escape

feature = Feature()


@feature.command(ListRolesCommand)
async def list_roles(deps: FeatureContext, payload: TypedPayload, command: ListRolesCommand) -> str:
    """List role rows."""
    return view.roles(await administer.list_roles(deps.ctx, payload.actor, command))


@feature.command(GrantRoleCommand)
async def grant_role(deps: FeatureContext, payload: TypedPayload, command: GrantRoleCommand) -> str:
    """Give a role."""
    grant = await administer.grant_role(deps.ctx, payload.actor, command)
    return f"{grant.subject.id} is {grant.role} for {grant.customer} now."


@feature.command(RevokeRoleCommand)
async def revoke_role(
    deps: FeatureContext, payload: TypedPayload, command: RevokeRoleCommand
) -> str:
    """Take a role away."""
    await administer.revoke_role(deps.ctx, payload.actor, command)
    return f"{command.subject.id} is no longer {command.role} for {command.customer}."


@feature.command(NameCustomerCommand)
async def name_customer(
    deps: FeatureContext, payload: TypedPayload, command: NameCustomerCommand
) -> str:
    """Name a customer."""
    await administer.name_customer(deps.ctx, payload.actor, command)
    return f"{command.customer} is {escape(command.name)} now."


@feature.command(WhoAmICommand)
async def whoami(deps: FeatureContext, payload: TypedPayload, command: WhoAmICommand) -> str:
    """Show what the person may do here, and who can grant what is missing."""
    return view.whoami(await history.whoami(deps.ctx, payload.actor, command))
