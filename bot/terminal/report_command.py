"""The command `report` of the terminal."""

from __future__ import annotations

from pathlib import Path

import click

from bot.domain.audit.moment import parse_moment
from bot.domain.commands import ReportCommand
from bot.domain.identifiers import CustomerName
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.terminal.database_session import with_admin_session
from bot.terminal.output import inert


@click.command()
@click.argument("which", metavar="[CUSTOMER|CHANGE]", required=False)
@click.option(
    "--since", metavar="TIME", help="24h, 7d, 2026-03-14 or '2026-03-14 13:30'; else 24h."
)
@click.option("--until", metavar="TIME", help="Only before then, written the same way.")
@click.option("--zone", default="UTC", metavar="NAME", help="Of the times, as Europe/Berlin.")
@click.option(
    "--out",
    "folder",
    required=True,
    metavar="FOLDER",
    type=click.Path(path_type=Path, file_okay=False),
)
def report(
    which: str | None, since: str | None, until: str | None, zone: str, folder: Path
) -> None:
    """Write a report on an incident into FOLDER: PDF with a timeline, CSV and JSON.

    On CUSTOMER (a number), on one CHANGE, or on all customers. Nothing is overwritten.
    """
    from bot.terminal.incident_report import write_report

    customer, change_id = converters.customer_or_change(which) if which else (None, None)
    if isinstance(customer, CustomerName):
        raise InvalidInput(f"“{customer}” is no number of a customer.")
    times = (parse_moment(one) if one else None for one in (since, until))
    command = ReportCommand(customer, change_id, *times)
    for line in with_admin_session(lambda admin: write_report(admin, command, folder, zone)):
        click.echo(inert(line))
