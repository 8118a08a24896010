"""`template`: the texts that tell users where to read their mail, and what they tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from bot.domain.configuration import Kind
from bot.domain.languages import parse_language
from bot.domain.policy import ANY
from bot.domain.user_text import parse_contact, parse_portal_url
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.ports import Transaction
from bot.service.access.configuration import supported
from bot.service.user_texts.built_in import built_in_texts
from bot.service.user_texts.templates import (
    TEXT,
    entry_name,
    own_values,
    owner_and_words,
    templates_for,
)
from bot.terminal.database_session import with_admin_session, with_store
from bot.terminal.output import inert
from bot.terminal.template_folder import read_folder

ALTERED = "written by hand, and does not count: set it again, and see audit verify"
_customer = click.option(
    "--customer", default=ANY, metavar="CUSTOMER", help="Of this customer; else of all."
)


@click.group()
def template() -> None:
    """The texts that tell users where to read their mail; the bot sends none."""


@template.command("import")
@click.argument("folder", type=click.Path(path_type=Path))
@_customer
def template_import(folder: Path, customer: str) -> None:
    """Take the texts of FOLDER, one file a language: de.txt, en.txt.

    A text may hold {customer_name}, {portal_url}, {since}, {until} and {contact}. A line with one that
    has no value is left out. Where a file is wrong, nothing is taken.
    """
    whose, texts = converters.customer_or_any(customer), read_folder(folder)
    terms = {entry_name(whose, one): {TEXT: text} for one, text in texts.items()}
    with_admin_session(lambda admin: admin.configure_all(Kind.TEMPLATE, terms, whose))
    click.echo(f"{whose}: {', '.join(texts)} taken.")


@template.command("list")
def template_list() -> None:
    """List all texts and values; built-in ones are for languages without another."""
    for line in with_store(lambda store: store.read(_listed)):
        click.echo(inert(line))
    click.echo(f"built-in {', '.join(built_in_texts())}")


@template.command("show")
@click.argument("language")
@_customer
def template_show(language: str, customer: str) -> None:
    """Print the text in LANGUAGE that counts, and on standard error whose it is."""
    wanted, whose = parse_language(language), converters.customer_or_any(customer)
    found = with_store(lambda store: store.read(lambda tx: templates_for(tx, whose))).get(wanted)
    if found is None:
        raise InvalidInput(f"There is no text in {wanted}.")
    click.echo(inert(f"{found.owner} {wanted}"), err=True)
    click.echo(found.text, nl=False)


@template.command("remove")
@click.argument("language")
@_customer
def template_remove(language: str, customer: str) -> None:
    """Remove the text in LANGUAGE."""
    wanted, whose = parse_language(language), converters.customer_or_any(customer)
    name = entry_name(whose, wanted)
    with_admin_session(lambda admin: admin.unconfigure(Kind.TEMPLATE, name, whose))
    click.echo(f"{name}: removed.")


@template.command("values")
@click.argument("customer")
@click.option("--url", metavar="URL", help="The address of the webmail; '' for none.")
@click.option("--contact", metavar="TEXT", help="Whom users ask; '' for nobody.")
def template_values(customer: str, url: str | None, contact: str | None) -> None:
    """Set what the texts of CUSTOMER ('*' or a number) tell; what is not given stays."""
    whose = converters.customer_or_any(customer)
    values = with_store(lambda store: store.read(lambda tx: own_values(tx, whose)))
    if url is None and contact is None:
        raise InvalidInput("Give --url or --contact.")
    if url is not None:
        values = replace(values, portal_url=parse_portal_url(url))
    if contact is not None:
        values = replace(values, contact=parse_contact(contact))
    set_to = with_admin_session(
        lambda admin: admin.configure(Kind.TEMPLATE, whose, values.terms(), whose)
    )
    click.echo(inert(f"{whose}: {owner_and_words(set_to)[1]}."))


def _listed(tx: Transaction) -> list[str]:
    lines = []
    for entry in tx.configured(Kind.TEMPLATE):
        owner, what = owner_and_words(entry)
        counts = "" if supported(tx, entry, owner) else f"; {ALTERED}"
        lines.append(f"{owner:8} {what}; set by {entry.set_by}{counts}")
    return lines
