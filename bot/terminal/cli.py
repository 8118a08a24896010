"""The command line: run the bot (default), the demo, and what needs the database alone.

Rows of roles, policy and customers need little more than the store. Whatever imports more, such as Slack's
library or the simulated services, is imported by the command that needs it: that takes most of its time.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TypeVar

import click

from bot import __version__
from bot.domain.actions import TOPICS
from bot.domain.characters import refuse_invisible
from bot.domain.commands import GrantRoleCommand, NameCustomerCommand, RevokeRoleCommand
from bot.domain.policy import ANY, PolicyRule
from bot.domain.roles import Role, parse_subject
from bot.domain.scope import (
    SCOPE_KINDS,
    Filters,
    parse_address,
    parse_customer,
)
from bot.errors import BotError
from bot.grammar import converters
from bot.settings import load, load_readable
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock
from bot.terminal.admin import AdminSession, admin_session, at_this_terminal
from bot.terminal.output import OneLineErrors, inert, refuse_undecoded

T = TypeVar("T")


def _with_store(work: Callable[[SqliteStore], Coroutine[Any, Any, T]]) -> T:
    async def open_and_work() -> T:
        store = await SqliteStore.open_async(load().database)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(open_and_work())


def _in_office(work: Callable[[AdminSession], Coroutine[Any, Any, T]]) -> T:
    return _with_store(lambda store: work(admin_session(store, at_this_terminal())))


def _set_output(*, encoding: str | None = None, errors: str | None = None) -> None:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding, errors=errors)


def _name(text: str) -> str:
    """Read a customer's name by the rule of `/continuity customer name`."""
    refuse_undecoded(text, "The name")
    refuse_invisible(text, "The name")
    return converters.customer_name(" ".join(text.split()))


@click.group(cls=OneLineErrors, invoke_without_command=True)
@click.version_option(__version__, prog_name="continuity")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Run the bot, or do one thing at the terminal."""
    _set_output(errors="backslashreplace")  # a name that this terminal cannot show ends nothing
    if ctx.invoked_subcommand is None:
        ctx.invoke(run)


@main.command()
def run() -> None:
    """Run the bot until SIGTERM or SIGINT."""
    from bot.terminal.run import run_until_signal

    run_until_signal()


@main.command()
def demo() -> None:
    """Watch the main job happen in a simulated workspace."""
    from bot.terminal.demo import demo as play

    asyncio.run(play())


@main.command("exec")
@click.argument("text", metavar="COMMAND")
@click.option("--as", "person", metavar="USER", required=True, help="Slack id of the requester.")
@click.option("--approved-by", "approvers", metavar="USER", multiple=True, help="Who approved it.")
@click.option("--channel", default="", metavar="CHANNEL", help="Told of it; else OPS_CHANNEL.")
@click.option(
    "--set", "fields", metavar="FIELD=VALUE", multiple=True, help="Of user edit: repeat it."
)
@click.option(
    "--export", default="", metavar="FILE", help="Of purge: a new file for the users' data."
)
@click.option("--yes", is_flag=True, help="Do not ask before it is sent.")
@click.option("--file", default="", metavar="PATH", help="Users, for import and for --file.")
@click.option("--skip-wrong", is_flag=True, help="Leave out the wrong rows of the file.")
@click.pass_context
def exec_(ctx: click.Context, /, **asked: Any) -> None:
    """Carry out COMMAND, as typed behind /continuity, while Slack is down.

    It takes failover, access, status, users, cancel, import, purge, token, password, user show, user edit and
    user delete. --approved-by may be repeated, and is accepted only while Slack does not answer.

    Exit status: 0 applied, 1 refused or failed, 2 not understood, 3 applied to some, 4 not known.
    """
    from bot.terminal.exec.command import execute
    from bot.terminal.exec.parse import ExecArguments

    ctx.exit(execute(load(), ExecArguments(**asked)))


@main.group()
def role() -> None:
    """Who may do what."""


@role.command("grant")
@click.argument("subject")
@click.argument("role_name", metavar="ROLE", type=click.Choice([role.value for role in Role]))
@click.argument("customer")
@click.option("--hours", type=click.IntRange(1, 8760))
def role_grant(subject: str, role_name: str, customer: str, hours: int | None) -> None:
    """Grant ROLE to SUBJECT (U…, S…, C…) for CUSTOMER ('*' or a number)."""
    request = GrantRoleCommand(
        parse_subject(subject), Role(role_name), converters.customer_or_any(customer), hours
    )
    _in_office(lambda admin: admin.grant(request))
    click.echo(f"{subject} is {role_name} for {customer} now.")


@role.command("revoke")
@click.argument("subject")
@click.argument("role_name", metavar="ROLE", type=click.Choice([role.value for role in Role]))
@click.argument("customer")
def role_revoke(subject: str, role_name: str, customer: str) -> None:
    """Revoke ROLE of SUBJECT for CUSTOMER."""
    request = RevokeRoleCommand(
        parse_subject(subject), Role(role_name), converters.customer_or_any(customer)
    )
    _in_office(lambda admin: admin.revoke(request))
    click.echo(f"{subject} is no longer {role_name} for {customer}.")


@role.command("list")
def role_list() -> None:
    """List all role rows."""
    for row in _in_office(lambda admin: admin.roles()):
        until = f" until {row.expires_at:%Y-%m-%d %H:%M} UTC" if row.expires_at else ""
        click.echo(f"{row.subject.id:14} {row.role:9} {row.customer:8} by {row.granted_by}{until}")


@main.group()
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

    FLAG is a flag, or edit, delete, import, purge or token. No row goes below 1 for delete, import and
    token (unless it is mailed), and 2 for purge.
    """
    who = at_this_terminal().user
    rule = PolicyRule(
        converters.customer_or_any(customer), flag, scope, approvals, who, SystemClock().now()
    )
    _in_office(lambda admin: admin.policy(rule))
    click.echo(f"{customer} {flag} {scope}: {approvals} approvals.")


@policy.command("list")
def policy_list() -> None:
    """List all policy rows."""
    for rule in _with_store(lambda store: store.read(lambda tx: tx.policy_rules())):
        click.echo(f"{rule.customer:8} {rule.flag:9} {rule.scope_kind:9} {rule.approvals}")


@main.group()
def customer() -> None:
    """Names of customers."""


@customer.command("name")
@click.argument("number")
@click.argument("name")
def customer_name(number: str, name: str) -> None:
    """Name the customer NUMBER."""
    request = NameCustomerCommand(parse_customer(number), _name(name))
    _in_office(lambda admin: admin.name(request))
    click.echo(f"{number} is {request.name} now.")


@main.group()
def audit() -> None:
    """The audit trail."""


@audit.command("show")
@click.option("--change", "change_id")
@click.option("--last", default=50, type=click.IntRange(1, 10_000))
def audit_show(change_id: str | None, last: int) -> None:
    """Show the last entries, of one change or of all."""
    from bot.terminal.audit.export import line

    wanted = converters.change_id(change_id) if change_id is not None else None
    entries = _with_store(
        lambda store: store.read(lambda tx: tx.entries(change_id=wanted, limit=last))
    )
    for entry in entries:
        click.echo(line(entry))


@audit.command("verify")
@click.option(
    "--against", metavar="FILE|SEQ:HASH", help="A backup, an export, or a head that was kept."
)
def audit_verify(against: str | None) -> None:
    """Walk the chain and the role table; exit status 1 and the first fault where one is wrong."""
    from bot.terminal.audit.verify import inspect

    lines, wrong = _with_store(lambda store: inspect(store, against, load().database))
    for line in lines:
        click.echo(inert(line))
    if wrong:
        raise BotError(wrong)


@audit.command("export")
@click.option("--format", "form", type=click.Choice(["csv", "jsonl"]), default="jsonl")
def audit_export(form: str) -> None:
    """Write every entry to standard output, in UTF-8."""
    from bot.terminal.audit.export import export

    _set_output(encoding="utf-8")
    _with_store(lambda store: export(store, form, sys.stdout))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the database into FILE, also while the bot runs; the copy is checked."""
    from bot.terminal.backup import back_up

    made, unrecorded = asyncio.run(back_up(load().database, file, at_this_terminal()))
    click.echo(inert(str(made)))
    if unrecorded:
        click.echo(inert(unrecorded), err=True)


@main.command()
@click.option("--customer", help="Whom the API is asked about; else the first of the role table.")
def doctor(customer: str | None) -> None:
    """Check settings, Slack, database, API and clock: a line each, with the cure."""
    from bot.terminal.doctor import examine

    asked = parse_customer(customer) if customer is not None else None
    settings, unreadable = load_readable()
    told = examine(settings, unreadable, asked, lambda finding: click.echo(inert(str(finding))))
    if failed := asyncio.run(told):
        raise BotError(f"{failed} {'check fails' if failed == 1 else 'checks fail'}.")


@main.command()
@click.argument("number", metavar="CUSTOMER")
@click.option("--user", metavar="ADDRESS", help="Whom to look at; else the first of the list.")
@click.option("--group", "groups", metavar="GROUP", multiple=True, help="Two show the encoding.")
def probe(number: str, user: str | None, groups: tuple[str, ...]) -> None:
    """Ask the API, with HEAD and GET alone, which of our assumptions hold: a line each, no value."""
    from bot.terminal.doctor.probe import probe as look_into

    whom = None if user is None else parse_address(user)
    named = Filters(groups).groups
    told = look_into(
        load(), parse_customer(number), whom, named, lambda one: click.echo(inert(str(one)))
    )
    if wrong := asyncio.run(told):
        raise BotError(f"{wrong} {'line contradicts' if wrong == 1 else 'lines contradict'} us.")
