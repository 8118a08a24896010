"""Who may have a report on an incident, where it goes, and what of the trail is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.domain.actor import Actor
from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.moment import Moment
from bot.domain.commands import AuditCommand, ReportCommand
from bot.domain.roles import DIRECT_MESSAGE
from bot.errors import InvalidInput, UnknownChange
from bot.ports import AuditFilter, Transaction
from bot.service.access.refusals import refuse
from bot.service.context import Context, RefusalKind
from bot.service.queries.audit import AuditRequest, filter_words, request_audit, times_of

# Without --since. A report on a change has all of it.
DEFAULT_SINCE = timedelta(hours=24)
CHANNELS_ONLY = "A report is posted in a channel: ask for it there, or at the terminal."
NOT_A_MEMBER = (
    "I am not in this channel, so no report can be posted. Invite me with /invite, then repeat the "
    "command."
)


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """``audit`` has the filter, the asker's time zone and the names.

    ``channel`` is the channel that the report goes to, ``""`` at the terminal. ``whole_channel``: it
    is on that channel, of every customer that the asker may view.
    """

    audit: AuditRequest
    channel: str = ""
    whole_channel: bool = False
    channel_name: str = ""

    @property
    def filters(self) -> str:
        """What was asked for, as it is recorded; times in UTC."""
        channel = [f"channel {self.channel}"] if self.whole_channel else []
        return ", ".join([*channel, *filter_words(self.audit)])

    @property
    def file_name(self) -> str:
        """What the names of the files begin with."""
        audit = self.audit
        on = audit.where.change_id or audit.command.customer or self.channel
        return "-".join(filter(None, ("incident-report", on)))

    def tells(self, entry: AuditEntry) -> bool:
        """Whether the report may tell of an entry of the filter.

        A channel reads of changes, which it sees on their cards. What one person alone was told
        (refusals, looks at users, lists, files) and what concerns no change is left out there.
        """
        record = entry.record
        return not self.channel or bool(record.change_id and record.kind != "refused")


async def request_report(ctx: Context, actor: Actor, command: ReportCommand) -> ReportRequest:
    """Return the report that this person may have in the channel in which they ask.

    By the rules of `audit`: both they and the channel need a row for each customer in it. Raises what
    ``request_audit`` raises, and NotAllowed where the bot cannot post.
    """
    channel = actor.channel or ""
    if not channel or channel.startswith(DIRECT_MESSAGE):
        raise InvalidInput(CHANNELS_ONLY)
    audit = await request_audit(ctx, actor, audit_command(command))
    place = await ctx.directory.channel(channel)
    if not place.bot_is_member:
        who = (audit.actor, audit.actor_name, command.customer or "", NOT_A_MEMBER)
        await refuse(ctx, *who, kind=RefusalKind.UNSEEN_PLACE)
    whole = not (command.customer or command.change_id)
    return ReportRequest(audit, channel, whole, place.name)


async def terminal_request(
    ctx: Context, actor: Actor, command: ReportCommand, zone: str
) -> ReportRequest:
    """Return the report for whoever may read the database: everything that matches.

    Raises InvalidInput, and UnknownChange for a change that the trail does not have.
    """
    asked = audit_command(command)
    since, until = times_of(asked, ctx.clock.now(), zone)
    customers = frozenset({asked.customer}) if asked.customer else None
    change, customer = asked.change_id or "", asked.customer or ""
    where = AuditFilter(customers, change, since=since, until=until)

    def query(tx: Transaction) -> str:
        if change and tx.first_entry(change) is None:
            raise UnknownChange(f"The audit trail has no change {change}.")
        return tx.customer_name(customer)

    name = await ctx.store.read(query)
    return ReportRequest(AuditRequest(actor, "", asked, where, zone, name=name))


def audit_command(command: ReportCommand) -> AuditCommand:
    """Return the command `audit` for the same entries."""
    since = command.since
    if since is None and not command.change_id:
        since = Moment(ago=DEFAULT_SINCE)
    return AuditCommand(command.customer, command.change_id, since=since, until=command.until)
