"""`notify`: who is told of a change that waits for an approval, and when."""

from __future__ import annotations

import click

from bot.domain.notify import DEFAULT, Circle, NotifyRule, QuietHours
from bot.domain.notify_terms import parse_quiet, parse_reminders, parse_steps, words
from bot.domain.policy import ANY
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.service.access.notify_rules import NotifyWish
from bot.terminal.database_session import with_admin_session, with_store
from bot.terminal.output import inert

NO_PAGER_STEP = "No step tells the pager, so that the quiet hours do not count."
ALTERED = "{customer:8} cannot be read, and does not count: set it again, and see audit verify"


@click.group()
def notify() -> None:
    """Who is told of a change that waits for an approval."""


@notify.command("set")
@click.argument("customer")
@click.option(
    "--step", "steps", multiple=True, metavar="WHO:TIME", help="approvers:0m; repeat it for others."
)
@click.option("--remind", metavar="TIME,TIME", help="5m,15m,25m; none for no reminder.")
@click.option("--quiet", metavar="FROM-TO", help="22:00-06:00: then the pager alone is told.")
@click.option("--zone", metavar="ZONE", help="Of the quiet hours: Europe/Berlin.")
@click.option("--no-quiet", is_flag=True, help="No quiet hours any more.")
def notify_set(
    customer: str,
    steps: tuple[str, ...],
    remind: str | None,
    quiet: str | None,
    zone: str | None,
    no_quiet: bool,
) -> None:
    """Set who is told of a change of CUSTOMER ('*' or a number), and after how long.

    WHO is approvers, admins or pager; times are minutes after the proposal, at most 29m. With --step
    all steps are given anew; what is not given stays as it applies now. Of a change that
    waits it holds for what is still to come.
    """
    wish = NotifyWish(
        parse_steps(steps) if steps else None,
        None if remind is None else parse_reminders(remind),
        _quiet_hours(quiet, zone, no_quiet),
        no_quiet,
    )
    whose = converters.customer_or_any(customer)
    rule = with_admin_session(lambda admin: admin.set_notify(whose, wish))
    click.echo(f"{customer}: {words(rule)}.{_why_never_quiet(rule)}")


@notify.command("list")
def notify_list() -> None:
    """List all rules; `default` is for customers without one."""
    rules, unreadable = with_store(
        lambda store: store.read(lambda tx: (tx.notify_rules(), tx.unreadable_notify_rules()))
    )
    for rule in rules:
        click.echo(inert(f"{rule.customer:8} {words(rule)}; set by {rule.set_by}"))
    for customer in unreadable:
        click.echo(inert(ALTERED.format(customer=customer)))
    if all(rule.customer != ANY for rule in rules):
        click.echo(f"{'default':8} {words(DEFAULT)}")


@notify.command("remove")
@click.argument("customer")
def notify_remove(customer: str) -> None:
    """Remove the rule of CUSTOMER ('*' or a number)."""
    whose = converters.customer_or_any(customer)
    rule = with_admin_session(lambda admin: admin.remove_notify(whose))
    of = "the default" if rule is DEFAULT else f"the rule of {rule.customer}"
    click.echo(f"{customer}: removed, {of} applies: {words(rule)}.")


def _quiet_hours(quiet: str | None, zone: str | None, no_quiet: bool) -> QuietHours | None:
    """Return the quiet hours that are given, None for none. Raises InvalidInput."""
    if no_quiet and (quiet is not None or zone is not None):
        raise InvalidInput("Give --quiet or --no-quiet, not both.")
    if quiet is None:
        if zone is not None:
            raise InvalidInput("--zone belongs to --quiet: --quiet 22:00-06:00 --zone ZONE.")
        return None
    return parse_quiet(f"{quiet} {zone or ''}")


def _why_never_quiet(rule: NotifyRule) -> str:
    quiet_in_vain = rule.quiet is not None and rule.after(Circle.PAGER) is None
    return f" {NO_PAGER_STEP}" if quiet_in_vain else ""
