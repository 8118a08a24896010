"""Set a user's password with their token. Off by default. Neither of the two is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from bot.domain.actions import MakeToken
from bot.domain.actor import Actor
from bot.domain.audit.chain import AuditEntry
from bot.domain.roles import ANY_CUSTOMER, Decision, Right
from bot.domain.scope import Users, case_folded
from bot.domain.secret import Secret
from bot.errors import Ambiguous, ContinuityError, LeaseLost, Refused, StoreError
from bot.ports import Transaction
from bot.service.access.authorise import Authorization, refuse_by_rows, still_allowed
from bot.service.access.principals import identify
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind, record
from bot.service.replicas.lease import NOT_TAKEN_OVER

# The newest tokens, searched for the spelling of an address.
MAX_TOKEN_CHANGES = 100
# To record how it ended, where the lease was lost while the API answered.
RECORD_TRIES = 10
RECORD_RETRY_SECONDS = 1.0
OFF = (
    "Setting passwords is off here: whoever types one for somebody else knows it. Let the user choose their "
    "own by the page of a token: token CUSTOMER USER. To turn it on: ALLOW_PASSWORD_COMMAND=true."
)
NO_ADMIN = (
    "Only an admin of a customer sets passwords, in an incident channel of that customer. Look with "
    "/continuity whoami."
)
NOT_ACCEPTED = (
    "The password of {} was not set. {} A token works once, and not for long: if this one is used up or has "
    "expired, ask for a new one."
)
NOT_SENT = "The password of {} was not set. {}"
NOT_KNOWN = (
    "It is not known whether the password of {} was set. Let the user try it. The token may be used up: "
    "if it fails, ask for a new one."
)


async def may_set(ctx: Context, actor: Actor) -> tuple[Authorization, str]:
    """Return the authorization and the customer that it is for. Raises NotAllowed, recorded.

    The request names no customer: the token alone determines the user, and whoever has it does not
    need the bot. So the role does not protect the user; it says who may use the bot for this, and
    where.
    """
    if not ctx.allow_passwords:
        await refuse(ctx, actor, "", "", OFF)
    principal = await identify(ctx, actor)
    now = ctx.clock.now()
    found = principal.customers(Right.ADMINISTER, now)
    if found == frozenset():
        await refuse(ctx, actor, principal.name, "", NO_ADMIN, kind=RefusalKind.NO_RIGHT)
    customer = ANY_CUSTOMER if found is None else min(found)
    evidence = principal.decide(Right.ADMINISTER, customer, now).evidence
    return Authorization(principal, evidence, Right.ADMINISTER), customer


async def set_password(
    ctx: Context, actor: Actor, address: str, token: Secret, password: Secret
) -> AuditEntry:
    """Set the password with one request, which is never repeated, and return the audit entry.

    Raises NotAllowed, and NotSent, Refused or Ambiguous with a sentence for the person; all are
    recorded. Raises StoreError where nothing was sent, or where it was set but could not be
    recorded (it says so).
    """
    authorization, customer = await may_set(ctx, actor)
    address = await _as_spelled(ctx, address)
    actor = authorization.principal.actor
    request = ctx.api.request_line("PUT", "", address=address, part="password")

    def record_request(tx: Transaction) -> Decision:
        groups = authorization.principal.usergroups
        by_rows = still_allowed(tx, ctx, actor, authorization.right, groups, customer)
        if by_rows.allowed:
            detail = {"user": address, "requests": [request], "rows": authorization.rows}
            record(tx, ctx.clock, "password.asked", actor, name=authorization.name, detail=detail)
        return by_rows

    try:
        decision = await ctx.store.write(record_request)
    except LeaseLost:
        raise LeaseLost(NOT_SENT.format(address, NOT_TAKEN_OVER)) from None
    except StoreError as error:
        raise type(error)(NOT_SENT.format(address, error)) from None
    if not decision.allowed:
        await refuse_by_rows(ctx, replace(authorization.principal, rows=()), decision, customer)
    try:
        receipt = await ctx.api.set_password(address, token, password)
    except ContinuityError as error:
        raise await _recorded_failure(ctx, authorization, address, error) from None
    ids = {"api_id": receipt.api_id, "api_timestamp": receipt.api_timestamp}
    try:
        return await _record(ctx, authorization, "password.set", {"user": address, **ids})
    except StoreError as error:
        words = f"The password of {address} was set, and only that could not be recorded: {error}"
        raise type(error)(words) from None


async def _recorded_failure(
    ctx: Context, authorization: Authorization, address: str, error: ContinuityError
) -> ContinuityError:
    """Record a failure and return it with the sentence for the person.

    The request itself is recorded already, so a StoreError is ignored: the person has to be told.
    """
    ids = {"api_id": error.api_id, "api_timestamp": error.api_timestamp}
    kind = "password.unknown" if isinstance(error, Ambiguous) else "password.failed"
    why = _why(address, error)
    with suppress(StoreError):
        await _record(ctx, authorization, kind, {"user": address, **ids, "why": why})
    return type(error)(why, status=error.status)


async def _as_spelled(ctx: Context, address: str) -> str:
    """Return the address as the API spelled it when the token was made.

    It cannot be looked up now: the request has no customer.
    """

    def query(tx: Transaction) -> str:
        of_tokens = tx.changes(topics=[MakeToken.topic], limit=MAX_TOKEN_CHANGES)
        for scope in (one.scope for one in of_tokens):
            if isinstance(scope, Users) and case_folded(scope) == (address.lower(),):
                return scope.addresses[0]
        return address

    return await ctx.store.read(query)


def _why(address: str, error: ContinuityError) -> str:
    if isinstance(error, Ambiguous):
        return NOT_KNOWN.format(address)
    if isinstance(error, Refused) and error.status is not None:
        return NOT_ACCEPTED.format(address, error)
    return NOT_SENT.format(address, error)


async def _record(
    ctx: Context, authorization: Authorization, kind: str, detail: Mapping[str, object]
) -> AuditEntry:
    """Record how it ended; a replica that lost its lease has another one in a moment."""
    actor = authorization.principal.actor

    def step(tx: Transaction) -> AuditEntry:
        return record(tx, ctx.clock, kind, actor, name=authorization.name, detail=detail)

    for _ in range(RECORD_TRIES - 1):
        try:
            return await ctx.store.write(step)
        except LeaseLost:
            await ctx.sleep(RECORD_RETRY_SECONDS)
    return await ctx.store.write(step)
