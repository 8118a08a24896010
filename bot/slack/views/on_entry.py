"""The lines on what is on for one customer. All text is escaped mrkdwn."""

from __future__ import annotations

from bot.domain.actions import SetFlag
from bot.domain.on import OnEntry, Part
from bot.domain.scope import Flag, Groups, Users
from bot.service.queries.on import CustomerOn, OnRow, OtherUsers
from bot.slack.views.cannot_read import cannot_read_line
from bot.slack.views.card_link import link
from bot.slack.views.mrkdwn import (
    count_users,
    customer_label,
    escape,
    format_time,
    heading,
    join_names,
    mentions,
)
from bot.slack.views.texts import on as texts

# Of one entry.
MAX_NAMES = 3


def customer_of(found: CustomerOn) -> str:
    """Return the customer, of a drill with its label; escaped."""
    drill = any(row.entry.change.drill for row in found.rows)
    return customer_label(found.customer, found.name, drill=drill)


def customer_lines(found: CustomerOn, team_url: str) -> list[str]:
    """Return the customer's name and the lines of each entry."""
    lines = [texts.CUSTOMER.format(customer=customer_of(found))]
    for row in found.rows:
        lines += entry_lines(row, team_url)
    for other in found.others:
        lines += other_lines(other, more=any(row.entry.flag is other.flag for row in found.rows))
    if found.problem:
        lines.append(texts.NO_NUMBERS.format(problem=escape(found.problem, 500)))
    return lines


def entry_lines(row: OnRow, team_url: str) -> list[str]:
    """Return what is on for whom, since when, by whom, until when, and what is doubtful."""
    lines = [what(row), who(row, team_url)]
    lines += who_cannot_read(row)
    if row.entry.until:
        lines.append(texts.UNTIL.format(until=format_time(row.entry.until)))
    if said := row.still_needed:
        lines.append(
            texts.STILL_NEEDED.format(
                reason=escape(said.reason, 300),
                person=mentions([said.person]),
                until=format_time(said.until),
            )
        )
    return lines + _doubts(row)


def what(row: OnRow) -> str:
    """Return `FAILOVER ON · all users · 1,284 on`."""
    form = texts.ENTRY if row.told.users is None else texts.ENTRY_COUNTED
    count = f"{row.told.users or 0:,}"
    return form.format(title=title(row.entry.flag), scope=describe(row.entry.scope), count=count)


def who(row: OnRow, team_url: str) -> str:
    """Return since when, by whom and approved by whom, and the change, as a link to its card."""
    change = row.entry.change
    approvers = mentions(one.approver for one in change.approvals)
    form = texts.SINCE_APPROVED if approvers else texts.SINCE
    return form.format(
        since=format_time(row.entry.since),
        person=mentions([change.requester]),
        approvers=approvers,
        change=link(row.card, team_url, change.id) or change.id,
    )


def who_cannot_read(row: OnRow) -> list[str]:
    """Return who of those in failover cannot read their mail, where there is anybody."""
    told = row.told.cannot_read
    line = cannot_read_line(told) if told else ""
    return [line] if line else []


def other_lines(other: OtherUsers, *, more: bool) -> list[str]:
    """Return how many users have the flag though this bot did not switch it.

    ``more``: the bot has switched it for others.
    """
    form = texts.OTHERS_MORE if more else texts.OTHERS
    form = form if other.exactly else texts.OTHERS_AT_LEAST
    lines = [form.format(title=title(other.flag), users=count_users(other.told.users or 0))]
    told = other.told.cannot_read
    return lines + ([line] if told and (line := cannot_read_line(told)) else [])


def title(flag: Flag) -> str:
    """Return `FAILOVER ON`."""
    return SetFlag(flag, on=True).title


def describe(scope: Part) -> str:
    """Return for whom: `all users`, `group emea`, `3 users: a@…, b@…`."""
    match scope:
        case Groups(names=names):
            return texts.GROUPS.format(len(names), names=join_names(names, MAX_NAMES))
        case Users(addresses=addresses):
            return texts.USERS.format(len(addresses), names=join_names(addresses, MAX_NAMES))
        case _:
            return texts.ALL


def _doubts(row: OnRow) -> list[str]:
    entry = row.entry
    lines = [texts.OFF_AT_API] if row.is_off_at_api else []
    if not entry.certain:
        state = heading(entry.change)
        lines.append(texts.NOT_CERTAIN.format(change=entry.change.id, state=state))
    if entry.doubted_by:
        lines.append(texts.DOUBTED.format(changes=join_names(entry.doubted_by, MAX_NAMES)))
    if parts := _off_since(entry):
        lines.append(texts.OFF_SINCE.format(parts=", ".join(parts)))
    return lines


def _off_since(entry: OnEntry) -> list[str]:
    parts = [describe(Groups(entry.off_groups))] if entry.off_groups else []
    return parts + ([count_users(entry.off_users)] if entry.off_users else [])
