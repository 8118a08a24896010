"""Roles: listed, granted, revoked, and what the person has; the names of customers."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.admin_commands import (
    GrantRoleCommand,
    ListRolesCommand,
    NameCustomerCommand,
    RevokeRoleCommand,
)
from bot.domain.commands import WhoAmICommand
from bot.domain.roles import Subject, SubjectKind
from bot.errors import SlackError
from bot.service.access import administer
from bot.service.access.remedies import incident_channels
from bot.service.queries import history
from bot.slack.api.client import call_slack
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.feature import Feature
from bot.slack.payloads import TypedPayload
from bot.slack.views import roles as view
from bot.slack.views.mrkdwn import escape, section
from bot.slack.views.texts import roles as texts

feature = Feature()


@feature.command(ListRolesCommand)
async def list_roles(deps: FeatureContext, payload: TypedPayload, command: ListRolesCommand) -> str:
    """List role rows."""
    return view.roles(await administer.list_roles(deps.ctx, payload.actor, command))


@feature.command(GrantRoleCommand)
async def grant_role(deps: FeatureContext, payload: TypedPayload, command: GrantRoleCommand) -> str:
    """Give a role, and tell the person."""
    told = await grant(deps, payload.actor, command)
    customer = view.label(command.customer, await deps.customer_name(command.customer))
    done = texts.IS_NOW.format(
        holder=view.holder(command.subject), role=command.role, customer=customer
    )
    return f"{done} {told}".rstrip()


async def grant(deps: FeatureContext, actor: Actor, command: GrantRoleCommand) -> str:
    """Give a role and tell the person; return a sentence on whether they were told."""
    made = await administer.grant_role(deps.ctx, actor, command)
    customer = view.label(made.customer, await deps.customer_name(made.customer))
    channels = await incident_channels(deps.ctx, made.customer)
    return await _tell(deps, made.subject, view.granted(made, customer, channels))


@feature.command(RevokeRoleCommand)
async def revoke_role(
    deps: FeatureContext, payload: TypedPayload, command: RevokeRoleCommand
) -> str:
    """Take a role away, and tell the person."""
    told = await revoke(deps, payload.actor, command)
    customer = view.label(command.customer, await deps.customer_name(command.customer))
    done = texts.IS_NO_LONGER.format(
        holder=view.holder(command.subject), role=command.role, customer=customer
    )
    return f"{done} {told}".rstrip()


async def revoke(deps: FeatureContext, actor: Actor, command: RevokeRoleCommand) -> str:
    """Take a role away and tell the person; return a sentence on whether they were told."""
    await administer.revoke_role(deps.ctx, actor, command)
    customer = view.label(command.customer, await deps.customer_name(command.customer))
    return await _tell(deps, command.subject, view.revoked(actor.user, command.role, customer))


@feature.command(NameCustomerCommand)
async def name_customer(
    deps: FeatureContext, payload: TypedPayload, command: NameCustomerCommand
) -> str:
    """Name a customer."""
    await administer.name_customer(deps.ctx, payload.actor, command)
    return texts.NAMED.format(customer=command.customer, name=escape(command.name))


@feature.command(WhoAmICommand)
async def whoami(deps: FeatureContext, payload: TypedPayload, command: WhoAmICommand) -> str:
    """Show what the person may do here, and who can grant what is missing."""
    return view.whoami(await history.whoami(deps.ctx, payload.actor, command))


async def _tell(deps: FeatureContext, subject: Subject, words: str) -> str:
    """Tell a person in a direct message; return a sentence on it for who changed their roles.

    Nobody is told whom Slack bars, and no user group and no channel.
    """
    if subject.kind is not SubjectKind.USER:
        return ""
    try:
        person = await deps.ctx.directory.person(subject.id)
        if person.barred:
            return texts.BARRED.format(why=escape(person.barred))
        await call_slack(
            deps.client.chat_postMessage(channel=person.id, text=words, blocks=[section(words)])
        )
    except SlackError as error:
        return texts.NOT_TOLD.format(why=escape(str(error)))
    return texts.TOLD
