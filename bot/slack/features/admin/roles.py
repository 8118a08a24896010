"""Roles that an admin grants and revokes in the Home tab."""

from __future__ import annotations

from bot.domain.actor import Actor
from bot.domain.admin_commands import RevokeRoleCommand
from bot.domain.roles import Role, parse_subject
from bot.slack.features.admin.topic import Done, Topic
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.roles import grant, revoke
from bot.slack.payloads import Values
from bot.slack.views.modals.admin.roles import RolesModal, command_of
from bot.slack.views.mrkdwn import mention
from bot.slack.views.roles import holder, label
from bot.slack.views.texts import admin as texts


async def _grant(deps: FeatureContext, actor: Actor, values: Values) -> Done:
    command = command_of(values)
    told = await grant(deps, actor, command)
    return await _done(
        deps, actor, texts.GRANTED, command.subject.id, command.role, command.customer, told
    )


async def _revoke(deps: FeatureContext, actor: Actor, value: str) -> Done:
    subject, role, customer = value.split(" ")
    command = RevokeRoleCommand(parse_subject(subject), Role(role), customer)
    told = await revoke(deps, actor, command)
    return await _done(deps, actor, texts.REVOKED, subject, command.role, customer, told)


async def _done(
    deps: FeatureContext,
    actor: Actor,
    words: str,
    subject: str,
    role: Role,
    customer: str,
    told: str,
) -> Done:
    what = words.format(
        who=mention(actor.user),
        holder=holder(parse_subject(subject)),
        role=role,
        customer=label(customer, await deps.customer_name(customer)),
    )
    # They change nothing on who decides: the person themselves is told.
    return Done(what, (customer,), admins=False, more=told)


TOPIC = Topic(RolesModal, _grant, _revoke)
