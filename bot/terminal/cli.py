"""The command line: run the bot (default), the demo, and what a person at the terminal asks for.

Slack's library, the HTTP client and the simulated services are imported by the command that needs them: a
command that reads a few rows of the database would spend most of its time on that.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from bot import __version__
from bot.domain.identifiers import parse_address, parse_customer
from bot.domain.scope import Filters
from bot.errors import BotError
from bot.settings import load, load_readable
from bot.terminal.admin import at_this_terminal
from bot.terminal.database_commands import audit, customer, on, policy, role
from bot.terminal.notify_commands import notify
from bot.terminal.output import OneLineErrors, inert, set_output
from bot.terminal.report_command import report
from bot.terminal.rule_commands import rule
from bot.terminal.set_commands import customer_set
from bot.terminal.template_commands import template


@click.group(cls=OneLineErrors, invoke_without_command=True)
@click.version_option(__version__, prog_name="continuity")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Run the bot, or do one thing at the terminal."""
    set_output(errors="backslashreplace")  # a name that this terminal cannot show ends nothing
    if ctx.invoked_subcommand is None:
        ctx.invoke(run)


@main.command()
def run() -> None:
    """Run the bot until SIGTERM or SIGINT."""
    from bot.terminal.run import run_until_signal

    run_until_signal()


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Of the page; else a free one.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def demo(port: int | None, *, no_browser: bool) -> None:
    """Try the bot in a simulated workspace, on a page in the browser.

    It needs no Slack and no settings, and reaches nothing but this machine. Without a terminal, or with SCRIPT=1
    in the environment, the main job is printed as a transcript instead.
    """
    from bot.terminal.demo.command import run as run_demo

    run_demo(port, no_browser=no_browser)


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8844, show_default=True)
@click.option(
    "--customer", "customers", multiple=True, metavar="NUMBER", help="Repeat it for others."
)
@click.option(
    "--users",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Users of the customer, in the file that `users NUMBER` sends; else made-up ones.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where it listens. Another address than this machine's own needs SANDBOX_PASSWORD.",
)
def sandbox(port: int, customers: tuple[str, ...], users: Path | None, host: str) -> None:
    """Run the simulated continuity API for rehearsals, until SIGTERM or SIGINT.

    It prints the table for the file of CONTINUITY_CREDENTIALS, with a new password each time, or that of
    SANDBOX_PASSWORD.
    """
    from bot.terminal.sandbox_command import Asked, run

    numbers = [parse_customer(one) for one in customers] or ["44444"]
    run(Asked(host, port, numbers, users), lambda line: click.echo(inert(line)))


# What `exec` does not know is of the command: `--group`, `--reason`.
@main.command("exec", no_args_is_help=True, context_settings={"ignore_unknown_options": True})
@click.argument("words", metavar="COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--as", "person", metavar="USER", required=True, help="Slack id of the requester.")
@click.option("--approved-by", "approvers", metavar="USER", multiple=True, help="Who approved it.")
@click.option(
    "--channel",
    default="",
    metavar="CHANNEL",
    help="Told of it; else the customer's only incident channel, or OPS_CHANNEL.",
)
@click.option(
    "--set", "fields", metavar="FIELD=VALUE", multiple=True, help="Of user edit: repeat it."
)
@click.option(
    "--export", default="", metavar="FILE", help="Of purge: a new file for the users' data."
)
@click.option("--yes", is_flag=True, help="Do not ask before it is sent.")
@click.option(
    "--customer-again", default="", metavar="NUMBER", help="With --emergency: typed once more."
)
@click.option("--file", default="", metavar="PATH", help="Users, for import and for --file.")
@click.option("--skip-wrong", is_flag=True, help="Leave out the wrong rows of the file.")
@click.pass_context
def exec_(ctx: click.Context, /, words: tuple[str, ...], **asked: Any) -> None:
    """Carry out COMMAND, as typed behind /continuity, or with it, while Slack is down.

    Quotes around the whole of it are not needed. It takes failover, access, activate, restore, status, on, users, cancel, review, extend, keep, still-needed, notice, drill start, drill end, drill list, import, purge, token, password, user show, user edit and
    user delete. --approved-by may be repeated, and is accepted only while Slack does not answer.

    Exit status: 0 applied, 1 refused or failed, 2 not understood, 3 applied to some, 4 not known.
    """
    from bot.terminal.exec.arguments import ExecArguments, joined
    from bot.terminal.exec.command import execute

    ctx.exit(execute(load(), ExecArguments(joined(words), **asked)))


@main.command()
def migrate() -> None:
    """Bring the schema of the database up to date, for bots whose user may not do that."""
    from bot.store.migrating import migrate_database

    for step in (steps := asyncio.run(migrate_database(load().database))):
        click.echo(f"{step} applied")
    if not steps:
        click.echo("up to date")


@main.command()
@click.argument("source", metavar="SQLITE", type=click.Path(path_type=Path))
@click.argument("target", metavar="POSTGRESQL")
def copy(source: Path, target: str) -> None:
    """Copy a stopped installation from the file SQLITE into the empty database POSTGRESQL.

    POSTGRESQL is postgresql://USER@HOST/NAME. Other users of this machine can read what is typed:
    leave its password to PGPASSWORD or to a file that PGPASSFILE names.
    """
    from bot.terminal.copying import copy as copy_all
    from bot.terminal.copying import parse_target

    copy_all(source, parse_target(target), lambda line: click.echo(inert(line)))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Copy the database into FILE, also while the bot runs; the copy is checked.

    On PostgreSQL it says what to use.
    """
    from bot.terminal.backup import back_up, file_to_back_up

    database = file_to_back_up(load().database)
    made, unrecorded = asyncio.run(back_up(database, file, at_this_terminal()))
    click.echo(inert(str(made)))
    if unrecorded:
        click.echo(inert(unrecorded), err=True)


@main.command()
@click.option("--customer", help="Whom the API is asked about; else all that are known.")
@click.option("--blocks", is_flag=True, help="Instead: every kind of message and form, at Slack.")
def doctor(customer: str | None, *, blocks: bool) -> None:
    """Check settings, Slack, database, API and clock: a line each, with the cure.

    With --blocks Slack says of every kind of message and form whether it takes it; none is posted.
    """
    from bot.terminal.doctor import examine
    from bot.terminal.doctor.blocks import examine_blocks

    asked = parse_customer(customer) if customer is not None else None
    settings, unreadable = load_readable()

    def tell(finding: object) -> None:
        click.echo(inert(str(finding)))

    if blocks:
        examination = examine_blocks(settings, tell)
    else:
        examination = examine(settings, unreadable, asked, tell)
    if failed := asyncio.run(examination):
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
    probing = look_into(
        load(), parse_customer(number), whom, named, lambda one: click.echo(inert(str(one)))
    )
    if wrong := asyncio.run(probing):
        raise BotError(f"{wrong} {'line contradicts' if wrong == 1 else 'lines contradict'} us.")


for command in (role, policy, rule, customer_set, notify, template, customer, on, audit, report):
    main.add_command(command)
