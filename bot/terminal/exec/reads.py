"""What `exec` reads and prints."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bot.domain.actor import Actor
from bot.domain.commands import (
    ListDrillsCommand,
    NoticeCommand,
    OnCommand,
    ShowUserCommand,
    StatusCommand,
)
from bot.service.context import Context
from bot.service.drills.listed import drills
from bot.service.queries.on import on
from bot.service.queries.show_user import show_user
from bot.service.queries.status import status
from bot.service.user_texts.make import NoticeWish, make_notice
from bot.slack.views import drills as drills_view
from bot.slack.views import on as on_view
from bot.slack.views import status as view
from bot.slack.views.show_user import user_details
from bot.terminal.mrkdwn import plain


async def read_drills(ctx: Context, actor: Actor, command: ListDrillsCommand) -> AsyncIterator[str]:
    """Yield the drills."""
    yield plain(drills_view.listed(*await drills(ctx, actor, command.customer)).text)


async def read_status(ctx: Context, actor: Actor, command: StatusCommand) -> AsyncIterator[str]:
    """Yield the counts."""
    found = await status(ctx, actor, command.customer, command.groups)
    yield plain(view.status(found).text)


async def read_on(ctx: Context, actor: Actor, command: OnCommand) -> AsyncIterator[str]:
    """Yield what is on, a line each."""
    for line in on_view.lines(await on(ctx, actor, command.customer)):
        yield plain(line)


async def read_user(ctx: Context, actor: Actor, command: ShowUserCommand) -> AsyncIterator[str]:
    """Yield what the API tells of a user."""
    user = await show_user(ctx, actor, command.customer, command.address)
    yield plain(user_details(user).text)


async def print_notice(ctx: Context, actor: Actor, command: NoticeCommand) -> AsyncIterator[str]:
    """Yield the texts for users, of several each below a line with its language."""
    wish = NoticeWish(command.customer, command.languages, command.portal_url, command.contact)
    made = await make_notice(ctx, actor, wish)
    for language, text in made.texts.items():
        yield text if len(made.texts) == 1 else f"--- {language} ---\n{text}\n"
