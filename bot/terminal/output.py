"""Output of the command line: escaped text, and errors in one line with an exit status."""

from __future__ import annotations

import sys
import unicodedata
from io import TextIOWrapper

import click

from bot.errors import BotError, ConfigurationError, InvalidInput

REFUSED, MISREAD = 1, 2  # exit statuses


def inert(text: str) -> str:
    """Return a text with control and invisible characters escaped, so that none moves the
    cursor."""
    if text.isprintable():  # a hundred times as fast
        return text
    return "".join(
        ascii(char)[1:-1] if unicodedata.category(char).startswith("C") else char for char in text
    )


def print_text(text: str, *, err: bool = False) -> None:
    """Print a text, line by line, each one ``inert``, to standard output or error."""
    for line in text.splitlines():
        click.echo(inert(line), err=err)


def refuse_undecoded(text: str, what: str) -> None:
    """Raise InvalidInput if the argument ``what`` was not UTF-8: Python decodes such bytes to
    surrogates."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidInput(f"{what} cannot be read: it is not UTF-8.")


def set_output(*, encoding: str | None = None, errors: str | None = None) -> None:
    """Change the encoding of standard output, if it is a text stream."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding, errors=errors)


class OneLineErrors(click.Group):
    """A command group that prints our errors as one line to standard error, with an exit status."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            click.echo(str(error), err=True)  # a line for each setting
            ctx.exit(REFUSED)
        except BotError as error:
            click.echo(inert(str(error)), err=True)
            ctx.exit(REFUSED)
        except BrokenPipeError:
            raise  # `audit show | head`: click ends quietly
        except OSError as error:
            click.echo(inert(f"It did not work: {error}."), err=True)
            ctx.exit(REFUSED)
        except click.exceptions.NoArgsIsHelpError:
            raise
        except click.UsageError as error:
            where = error.ctx.command_path if error.ctx else ctx.command_path
            what = " ".join(error.format_message().split())
            click.echo(f"{inert(what)} See {where} --help.", err=True)
            ctx.exit(MISREAD)
