"""The command for the texts for users."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bot.domain.commands import NoticeCommand
from bot.domain.languages import parse_language
from bot.domain.user_text import parse_contact, parse_portal_url
from bot.grammar.command_leaf import Leaf
from bot.grammar.parameters import customer_argument


def notice_leaf() -> Leaf:
    """Return the command."""
    return Leaf(
        "notice",
        NoticeCommand,
        customer_argument(),
        *_options(),
        meaning="Get texts that tell users where to read their mail, to hand on: nothing is sent to users.",
        examples=("notice NUMBER", "notice NUMBER --language de --language en"),
    )


def _options() -> Iterator[click.Option]:
    yield click.Option(
        ["--language", "languages"],
        type=parse_language,
        multiple=True,
        metavar="LANGUAGE",
        help="only in this language, as de or en; repeat it for several",
    )
    yield click.Option(
        ["--url", "portal_url"],
        type=parse_portal_url,
        default="",
        metavar="URL",
        help="the address of the webmail, where it is another one than what is set",
    )
    yield click.Option(
        ["--contact"],
        type=parse_contact,
        default="",
        metavar="TEXT",
        help="whom users ask, where it is another one than what is set",
    )
