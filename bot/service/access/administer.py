"""Change roles, policy and customer names, as an admin in Slack or at the terminal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.domain.actor import Actor
from bot.domain.admin_commands import (
    GrantRoleCommand,
    ListRolesCommand,
    NameCustomerCommand,
    RevokeRoleCommand,
)
from bot.domain.audit.role_history import GRANTED, NAMED, POLICY_SET, REMOVED, REVOKED
from bot.domain.policy import MAX_APPROVALS, PolicyRule
from bot.domain.roles import (
    ANY_CUSTOMER,
    GRANTED_IN_SLACK,
    Grant,
    Right,
    Role,
    Subject,
    SubjectKind,
    check_grantable,
)
from bot.errors import InvalidInput, NotAllowed, SlackError
from bot.ports import Transaction
from bot.program import PROGRAM
from bot.service.access.authorise import administrator, authorise
from bot.service.access.missing_approvers import correct_cards
from bot.service.access.principals import Principal, identify
from bot.service.access.refusals import refuse
from bot.service.context import Context, record

OWN_GRANT = "Nobody changes their own grants."


async def grant_role(ctx: Context, actor: Actor, command: GrantRoleCommand) -> Grant:
    """Write a role row. In Slack only viewer, operator and incident can be granted."""
    check_grantable(command.subject, command.role)
    actor, name = await _may_grant(ctx, actor, command.subject, command.role, command.customer)
    now = ctx.clock.now()
    expires_at = now + timedelta(hours=command.hours) if command.hours else None
    by = actor.terminal or actor.user
    grant = Grant(command.subject, command.role, command.customer, by, now, expires_at)

    def step(tx: Transaction) -> None:
        tx.put_grant(grant)
        _note(tx, ctx, GRANTED, actor, name, grant)
        correct_cards(tx, grant.role, grant.customer)

    await ctx.store.write(step)
    return grant


async def revoke_role(ctx: Context, actor: Actor, command: RevokeRoleCommand) -> None:
    """Remove a role row, under any id of the person. The last admin cannot be removed.

    Raises NotAllowed, recorded, and InvalidInput where there is no such row.
    """
    actor, name = await _may_grant(ctx, actor, command.subject, command.role, command.customer)

    def step(tx: Transaction) -> None:
        now = ctx.clock.now()
        rows = [
            row
            for row in tx.grants(subjects=_ids_of(tx, command.subject))
            if (row.role, row.customer) == (command.role, command.customer)
        ]
        if not rows:
            raise InvalidInput(
                f"{command.subject.id} is not {command.role} for {command.customer}."
            )
        admins = [row for row in tx.grants(role=Role.ADMIN) if row.in_force(now)]
        if admins and set(admins) <= set(rows):
            raise NotAllowed("This is the last admin. Grant another one first.")
        for row in rows:
            tx.remove_grant(row.subject, row.role, row.customer)
            _note(tx, ctx, REVOKED, actor, name, row)
        correct_cards(tx, command.role, command.customer)

    try:
        await ctx.store.write(step)
    except NotAllowed as error:  # the transaction was rolled back: record the refusal in another
        await refuse(ctx, actor, "", command.customer, str(error))


async def list_roles(ctx: Context, actor: Actor, command: ListRolesCommand) -> tuple[Grant, ...]:
    """Return the matching role rows of the customers that this person administers."""
    visible: frozenset[str] | None = None
    if not actor.terminal:
        principal = await identify(ctx, actor)
        visible = principal.customers(Right.ADMINISTER, ctx.clock.now())
    subjects = [command.subject] if command.subject else None
    return tuple(
        row
        for row in await ctx.store.read(lambda tx: tx.grants(subjects=subjects))
        if (command.role is None or row.role is command.role)
        and (command.customer is None or row.customer in (ANY_CUSTOMER, command.customer))
        and (visible is None or row.customer in visible)
    )


async def name_customer(ctx: Context, actor: Actor, command: NameCustomerCommand) -> None:
    """Set the name that is shown with a customer's number."""
    actor, name = await administrator(ctx, actor, command.customer)

    def step(tx: Transaction) -> None:
        before = tx.customer_name(command.customer)
        tx.name_customer(command.customer, command.name)
        record(
            tx,
            ctx.clock,
            NAMED,
            actor,
            name=name,
            customer=command.customer,
            detail={"name": command.name, "before": before},
        )

    await ctx.store.write(step)


async def set_policy(ctx: Context, actor: Actor, rule: PolicyRule) -> PolicyRule | None:
    """Write a policy row; return the one that it replaces. Raises NotAllowed, recorded, and InvalidInput.

    Changes that wait keep the approvals that were asked of them, or get more.
    """
    if not 0 <= rule.approvals <= MAX_APPROVALS:
        raise InvalidInput(f"Between 0 and {MAX_APPROVALS} approvals, please.")
    actor, name = await administrator(ctx, actor, rule.customer)
    rule = replace(rule, set_by=actor.terminal or actor.user)

    def step(tx: Transaction) -> PolicyRule | None:
        before = _policy_row(tx, rule.customer, rule.flag, rule.scope_kind)
        tx.put_policy_rule(rule)
        detail = {"flag": rule.flag, "scope": rule.scope_kind, "approvals": rule.approvals}
        record(tx, ctx.clock, POLICY_SET, actor, name=name, customer=rule.customer, detail=detail)
        return before

    return await ctx.store.write(step)


async def remove_policy(
    ctx: Context, actor: Actor, customer: str, flag: str, scope_kind: str
) -> PolicyRule:
    """Remove a policy row and return it. Raises NotAllowed, recorded, and InvalidInput where there is none."""
    actor, name = await administrator(ctx, actor, customer)

    def step(tx: Transaction) -> PolicyRule:
        before = _policy_row(tx, customer, flag, scope_kind)
        if before is None or not tx.remove_policy_rule(customer, flag, scope_kind):
            raise InvalidInput(f"There is no policy row {customer} {flag} {scope_kind}.")
        detail = {"flag": flag, "scope": scope_kind, "approvals": REMOVED}
        record(tx, ctx.clock, POLICY_SET, actor, name=name, customer=customer, detail=detail)
        return before

    return await ctx.store.write(step)


def _policy_row(tx: Transaction, *key: str) -> PolicyRule | None:
    rows = tx.policy_rules()
    return next((one for one in rows if (one.customer, one.flag, one.scope_kind) == key), None)


async def _may_grant(
    ctx: Context, actor: Actor, subject: Subject, role: Role, customer: str
) -> tuple[Actor, str]:
    """Return the actor with the id that Slack answers with, and their name.

    Raises NotAllowed, recorded.
    """
    if actor.terminal:
        return actor, ""
    authorization = await authorise(ctx, actor, Right.ADMINISTER, customer)
    actor = authorization.principal.actor
    if why := await _why_own_grant(ctx, authorization.principal, subject):
        await refuse(ctx, actor, authorization.name, customer, why)
    if role not in GRANTED_IN_SLACK:
        sentence = f"The role {role} is granted and revoked on the terminal only: `{PROGRAM} role`."
        await refuse(ctx, actor, authorization.name, customer, sentence)
    return actor, authorization.name


def _ids_of(tx: Transaction, subject: Subject) -> list[Subject]:
    if subject.kind is not SubjectKind.USER:
        return [subject]
    return [Subject(SubjectKind.USER, one) for one in sorted(tx.ids_of(subject.id))]


async def _why_own_grant(ctx: Context, principal: Principal, subject: Subject) -> str:
    """Say why a grant to this subject is, or may be, a grant to oneself, or return ``""``."""
    try:
        match subject.kind:
            case SubjectKind.USER:
                if subject.id in principal.known_ids:
                    return OWN_GRANT
                person = await ctx.directory.person(subject.id)
                return "" if person.ids.isdisjoint(principal.known_ids) else OWN_GRANT
            case SubjectKind.USERGROUP:
                inside = await ctx.directory.is_usergroup_member(principal.actor.user, subject.id)
                if inside is None:
                    return f"Slack does not tell who is in {subject.id}, so nothing was changed."
                return f"{OWN_GRANT} You are in {subject.id}." if inside else ""
            case _:
                return ""
    except SlackError as error:
        return f"Slack did not tell whether this is your own grant, so nothing was changed. {error}"


def _note(tx: Transaction, ctx: Context, kind: str, actor: Actor, name: str, grant: Grant) -> None:
    detail = {
        "subject": grant.subject.id,
        "role": grant.role.value,
        "expires_at": grant.expires_at.isoformat() if grant.expires_at else None,
    }
    record(tx, ctx.clock, kind, actor, name=name, customer=grant.customer, detail=detail)
