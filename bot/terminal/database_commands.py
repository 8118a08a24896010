"""Commands that need the database alone: roles, policy, names of customers, and the audit trail."""

from __future__ import annotations

import sys

import click

from bot.domain.actions import TOPICS
from bot.domain.admin_commands import GrantRoleCommand, NameCustomerCommand, RevokeRoleCommand
from bot.domain.characters import refuse_invisible
from bot.domain.identifiers import parse_customer
from bot.domain.policy import ANY, PolicyRule
from bot.domain.roles import Role, Subject, SubjectKind, parse_subject
from bot.domain.scope import SCOPE_KINDS
from bot.errors import BotError
from bot.grammar import converters
from bot.settings import load
from bot.store.times import SystemClock
from bot.terminal.admin import at_this_terminal
from bot.terminal.database_session import with_admin_session, with_store
from bot.terminal.output import inert, refuse_undecoded, set_output


def _name(text: str) -> str:
    """Parse a customer's name by the rule of `/continuity customer name`. Raises InvalidInput."""
    refuse_undecoded(text, "The name")
    refuse_invisible(text, "The name")
    return converters.customer_name(" ".join(text.split()))


def _who_tells(subject: Subject) -> str:
    """Slack is not called here: a person learns of a grant from whoever gave it."""
    return (
        " The bot does not tell them: tell them yourself."
        if subject.kind is SubjectKind.USER
        else ""
    )


@click.group()
def role() -> None:
    """Who may do what."""


@role.command("grant")
@click.argument("subject")
@click.argument("role_name", metavar="ROLE", type=click.Choice([role.value for role in Role]))
@click.argument("customer")
@click.option("--hours", type=click.IntRange(1, 8760))
def role_grant(subject: str, role_name: str, customer: str, hours: int | None) -> None:
    """Grant ROLE to SUBJECT (U…, S…, C…) for CUSTOMER ('*' or a number).

    Ids in Slack: of a person, profile > ⋯ > Copy member ID; of a channel, at the bottom of its
    details; of a user group, S… in the address of its page.
    """
    request = GrantRoleCommand(
        parse_subject(subject), Role(role_name), converters.customer_or_any(customer), hours
    )
    with_admin_session(lambda admin: admin.grant(request))
    click.echo(f"{subject} is {role_name} for {customer} now.{_who_tells(request.subject)}")


@role.command("revoke")
@click.argument("subject")
@click.argument("role_name", metavar="ROLE", type=click.Choice([role.value for role in Role]))
@click.argument("customer")
def role_revoke(subject: str, role_name: str, customer: str) -> None:
    """Revoke ROLE of SUBJECT for CUSTOMER."""
    request = RevokeRoleCommand(
        parse_subject(subject), Role(role_name), converters.customer_or_any(customer)
    )
    with_admin_session(lambda admin: admin.revoke(request))
    click.echo(f"{subject} is no longer {role_name} for {customer}.")


@role.command("list")
def role_list() -> None:
    """List all role rows, with the names that the audit trail and the customers' table know."""
    rows, people, customers = with_admin_session(lambda admin: admin.roles())
    for row in rows:
        known = [people.get(row.subject.id, ""), customers.get(row.customer, "")]
        by = people.get(row.granted_by, "")
        until = f" until {row.expires_at:%Y-%m-%d %H:%M} UTC" if row.expires_at else ""
        who = " · ".join([*filter(None, known), f"by {row.granted_by}{f' ({by})' if by else ''}"])
        click.echo(inert(f"{row.subject.id:14} {row.role:9} {row.customer:8} {who}{until}"))


@click.group()
def policy() -> None:
    """How many approvals a change needs."""


# A word that begins with a dash is a number below zero, and refused as one.
@policy.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("customer")
@click.argument("flag", metavar="FLAG", type=click.Choice([ANY, *TOPICS]))
@click.argument("scope", metavar="SCOPE", type=click.Choice([ANY, *SCOPE_KINDS]))
@click.argument("approvals", type=int)
def policy_set(customer: str, flag: str, scope: str, approvals: int) -> None:
    """Set the approvals for CUSTOMER, FLAG and SCOPE ('*' for any).

    FLAG is a flag, or edit, delete, import, purge or token. No row goes below 1 for delete, import
    and token (unless it is mailed), and 2 for purge.
    """
    who = at_this_terminal().user
    rule = PolicyRule(
        converters.customer_or_any(customer), flag, scope, approvals, who, SystemClock().now()
    )
    with_admin_session(lambda admin: admin.policy(rule))
    click.echo(f"{customer} {flag} {scope}: {approvals} approvals.")


@policy.command("remove")
@click.argument("customer")
@click.argument("flag", metavar="FLAG", type=click.Choice([ANY, *TOPICS]))
@click.argument("scope", metavar="SCOPE", type=click.Choice([ANY, *SCOPE_KINDS]))
def policy_remove(customer: str, flag: str, scope: str) -> None:
    """Remove the row of CUSTOMER, FLAG and SCOPE; another row, or the default, applies then."""
    whose = converters.customer_or_any(customer)
    with_admin_session(lambda admin: admin.remove_policy(whose, flag, scope))
    click.echo(f"{customer} {flag} {scope}: removed.")


@policy.command("list")
def policy_list() -> None:
    """List all policy rows."""
    for rule in with_store(lambda store: store.read(lambda tx: tx.policy_rules())):
        click.echo(f"{rule.customer:8} {rule.flag:9} {rule.scope_kind:9} {rule.approvals}")


@click.group()
def customer() -> None:
    """Names of customers."""


@customer.command("name")
@click.argument("number")
@click.argument("name")
def customer_name(number: str, name: str) -> None:
    """Name the customer NUMBER."""
    request = NameCustomerCommand(parse_customer(number), _name(name))
    with_admin_session(lambda admin: admin.name(request))
    click.echo(f"{number} is {request.name} now.")


@click.command()
@click.argument("number", metavar="[CUSTOMER]", required=False)
def on(number: str | None) -> None:
    """List what this bot has switched on, of one customer or of all; the API is not asked.

    With the numbers of the API: exec on --as USER.
    """
    from bot.terminal.on import on_lines

    wanted = None if number is None else parse_customer(number)
    for line in with_store(lambda store: on_lines(store, wanted)):
        click.echo(inert(line))


@click.group()
def audit() -> None:
    """The audit trail."""


@audit.command("show")
@click.option("--change", "change_id")
@click.option("--last", default=50, type=click.IntRange(1, 10_000))
def audit_show(change_id: str | None, last: int) -> None:
    """Show the last entries, of one change or of all, a sentence each."""
    from bot.terminal.audit.show import last_lines

    wanted = converters.change_id(change_id) if change_id is not None else None
    for line in with_store(lambda store: last_lines(store, wanted, last)):
        click.echo(line)


@audit.command("verify")
@click.option(
    "--against", metavar="FILE|SEQ:HASH", help="A backup, an export, or a head that was kept."
)
def audit_verify(against: str | None) -> None:
    """Walk the chain and the role table; exit status 1 and the first fault where one is wrong."""
    from bot.terminal.audit.verify import verify_against

    lines, wrong = with_store(lambda store: verify_against(store, against, load().database))
    for line in lines:
        click.echo(inert(line))
    if wrong:
        raise BotError(wrong)


@audit.command("export")
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="jsonl")
def audit_export(form: str) -> None:
    """Write every entry to standard output, in UTF-8.

    csv has a sentence and columns for each, jsonl everything that is sealed.
    """
    from bot.terminal.audit.csv_export import export_csv
    from bot.terminal.audit.export import export_jsonl

    set_output(encoding="utf-8")
    write = export_csv if form == "csv" else export_jsonl
    with_store(lambda store: write(store, sys.stdout))
