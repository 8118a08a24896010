"""Approvals by word, given at the terminal: when they count, and who is notified."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from bot.domain.change import Change
from bot.domain.roles import Role
from bot.ports import MessageKind, Transaction
from bot.service.context import Context

# Slack counts as reachable for this long after the running bot heard from it.
MAX_CONTACT_AGE = timedelta(minutes=1)
MAX_NOTIFIED_ADMINS = 20


def why_slack_is_required(tx: Transaction, ctx: Context) -> str:
    """Say that approvals must be clicked, since the bot heard from Slack within a minute.

    Returns ``""`` otherwise. The terminal's own test of Slack depends on its settings, and is not
    enough.
    """
    contact = tx.slack_contact()
    if contact is None or abs(ctx.clock.now() - contact.heard_at) >= MAX_CONTACT_AGE:
        return ""
    return (
        f"The running bot heard from Slack at {contact.heard_at:%H:%M:%S} UTC: approve there, "
        "by a click. Propose it in the channel. An approval by words counts when the bot has heard nothing "
        "for a minute."
    )


def why_nobody_is_notified(tx: Transaction, ctx: Context, customer: str, *named: str) -> str:
    """Say that nobody but those ``named`` would be notified, or return ``""``.

    The OPS_CHANNEL of this terminal does not count: it may be set to a channel that nobody reads.
    """
    ids = frozenset[str]().union(*map(tx.ids_of, named))
    contact = tx.slack_contact()
    if (contact and contact.ops_channel) or set(_admins(tx, ctx, customer)) - ids:
        return ""
    return (
        f"Nobody else could be told: no other admin of customer {customer} is in the role table, and the "
        "bot has run on this database with no OPS_CHANNEL. An approval by words needs one of them."
    )


def notify(
    tx: Transaction, ctx: Context, change: Change, approver: str, customers: Iterable[str]
) -> None:
    """Enqueue messages on an approval by word, in the transaction that saves it.

    To the approver and the requester it names, the admins of the customers and the operations
    channel.
    """
    admins = dict.fromkeys(admin for one in customers for admin in _admins(tx, ctx, one))
    people = [approver, change.requester, *[*admins][:MAX_NOTIFIED_ADMINS]]
    for person in dict.fromkeys([*people, *ops_channels(tx, ctx)]):
        tx.enqueue_message(MessageKind.ASSERTED, change, person=person)


def _admins(tx: Transaction, ctx: Context, customer: str) -> list[str]:
    now = ctx.clock.now()
    rows = tx.grants(customer=customer, role=Role.ADMIN)
    return [one.subject.id for one in rows if one.in_force(now)]


def ops_channels(tx: Transaction, ctx: Context) -> list[str]:
    """Return the operations channels: that of the running bot, and that of this process."""
    # The running bot's first: this terminal's may have been set for this one command.
    contact = tx.slack_contact()
    known = (contact.ops_channel if contact else "", ctx.ops_channel)
    return [*dict.fromkeys(filter(None, known))]
