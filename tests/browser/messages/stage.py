"""A real bot between the simulated services, and two windows of the demo's page that show what it sends."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect
from pydantic import SecretStr

from bot.bootstrap import running
from bot.settings import Settings
from bot.terminal.demo import setting
from bot.terminal.demo.setting import APPROVER, CHANNEL, OPERATOR, Rows
from sandbox.browser import BrowserServer
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import Ephemeral, Message, SlackSandbox, View
from tests.browser.palette import reduced

WIDTHS = {"desktop": 1800, "phone": 390}
# A message is taken whole only where it is in view; a form fills the height of a phone.
HEIGHT, FORM_HEIGHT = 2400, 844


class MovableClock:
    """The bot's clock, which a scene can move together with that of the simulated services."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock

    def now(self) -> datetime:
        """Return the time of the simulated services."""
        return datetime.fromtimestamp(self._clock(), UTC)


@dataclass
class Stage:
    """What a scene can do, and the folder for its pictures."""

    slack: SlackSandbox
    continuity: ContinuitySandbox
    clock: SandboxClock
    url: str
    browser: Browser
    folder: Path
    database: Path
    windows: dict[tuple[str, str], dict[str, Page]] = field(default_factory=dict)

    async def type(self, text: str, user: str = OPERATOR, channel: str = CHANNEL) -> None:
        """Type a command."""
        await self.slack.command(user, channel, text)

    async def ask(self, text: str, user: str = OPERATOR, channel: str = CHANNEL) -> None:
        """Type a command, and wait until something is told to this person alone."""
        before = len(self.slack.ephemerals)
        await self.type(text, user, channel)
        await self.slack.wait_for(lambda slack: len(slack.ephemerals) > before)

    async def mention(self, text: str, user: str = OPERATOR, channel: str = CHANNEL) -> None:
        """Mention the bot."""
        await self.slack.mention(user, channel, text)

    async def press(self, action: str, user: str = OPERATOR) -> None:
        """Press a button of the newest message that has it, of those that this person sees."""
        await self.slack.wait_for(lambda slack: _with_button(slack, action, user) is not None)
        found = _with_button(self.slack, action, user)
        assert found is not None
        await self.slack.click(user, found.channel, found.ts, action)

    async def until(self, *words: str, channel: str = CHANNEL) -> None:
        """Wait until one message of the channel, or to one person there, holds these words."""
        await self.slack.wait_for(
            lambda slack: next(
                (
                    True
                    for one in [*slack.channel_messages(channel), *slack.ephemerals]
                    if all(word in said(one) for word in words)
                ),
                None,
            )
        )

    async def fill(self, values: dict[str, Any], user: str = OPERATOR) -> None:
        """Submit the form that is open, once it is not loading any more."""
        view = await self.slack.wait_for(
            lambda slack: next(
                (
                    one
                    for one in slack.views.values()
                    if one.state == "open" and "submit" in one.view
                ),
                None,
            )
        )
        await self.slack.submit(user, view.id, values)

    async def opened(self, title: str) -> View:
        """Return the open form of this title, once it has inputs."""
        return await self.slack.wait_for(
            lambda slack: next(
                (
                    one
                    for one in slack.views.values()
                    if one.state == "open"
                    and _has_inputs(one)
                    and one.view["title"]["text"] == title
                ),
                None,
            )
        )

    async def anew(self, user: str = OPERATOR, channel: str = CHANNEL) -> None:
        """Close this person's windows: a new one shows what the bot put into inputs."""
        for page in self.windows.pop((user, channel), {}).values():
            await page.context.close()

    async def take_form(
        self, name: str, user: str = OPERATOR, *, height: int = FORM_HEIGHT
    ) -> None:
        """Take the picture of the open form, which may be loading yet, and close it."""
        await self.slack.wait_for(
            lambda slack: next(
                (True for one in slack.views.values() if one.state == "open" and _has_inputs(one)),
                None,
            )
        )
        windows = await self.open(user)
        for width, page in windows.items():
            await page.set_viewport_size({"width": WIDTHS[width], "height": height})
        await self.take(name, lambda page: page.get_by_role("dialog"), user=user)
        for width, page in windows.items():
            await page.set_viewport_size({"width": WIDTHS[width], "height": HEIGHT})
        for one in [*self.slack.views.values()]:
            if one.state == "open":
                await self.slack.close_view(user, one.id)

    def move(self, **time: float) -> None:
        """Move the clock of everything ahead."""
        self.clock.skip(timedelta(**time).total_seconds())

    async def take(
        self,
        name: str,
        find: Callable[[Page], Locator],
        *,
        user: str = OPERATOR,
        channel: str = CHANNEL,
        before: Callable[[Page], Any] | None = None,
    ) -> None:
        """Take the picture of what ``find`` finds in a window of this person, in both widths."""
        for width, page in (await self.open(user, channel)).items():
            if before is not None:
                await before(page)
            shown = find(page)
            await expect(shown).to_be_visible()
            await page.mouse.move(0, 0)
            png = await shown.screenshot(animations="disabled", caret="hide")
            blank = await page.context.new_page()
            (self.folder / f"{name}-{width}.png").write_bytes(await reduced(blank, png))
            await blank.close()
            if before is not None:
                await page.keyboard.press("Escape")

    async def open(self, user: str = OPERATOR, channel: str = CHANNEL) -> dict[str, Page]:
        """Return the windows of this person by width. What they alone see is gone in a new one."""
        if (user, channel) not in self.windows:
            self.windows[user, channel] = {
                width: await self._window(pixels, f"#as={user}&channel={channel}")
                for width, pixels in WIDTHS.items()
            }
        return self.windows[user, channel]

    async def _window(self, pixels: int, hash_: str) -> Page:
        context = await self.browser.new_context(viewport={"width": pixels, "height": HEIGHT})
        page = await context.new_page()
        await page.goto(f"{self.url}{hash_}")
        await expect(page.get_by_role("region", name="Messages", exact=True)).to_be_visible()
        return page


def row(*words: str) -> Callable[[Page], Locator]:
    """Return what finds the last message with all of these words."""

    def find(page: Page) -> Locator:
        rows = page.get_by_role("region", name="Messages", exact=True).get_by_role("article")
        for word in words:
            rows = rows.filter(has_text=word)
        return rows.last

    return find


def said(message: Any) -> str:
    """Return the text and the blocks of a message, as one text."""
    return f"{message.text}\n{message.blocks}"


def _has_inputs(view: View) -> bool:
    return any(block["type"] == "input" for block in view.view["blocks"])


def _with_button(slack: SlackSandbox, action: str, user: str) -> Message | Ephemeral | None:
    seen: list[Message | Ephemeral] = [one for one in slack.ephemerals if one.user == user]
    seen += [one for one in slack.messages if user in slack.channels[one.channel].members]
    found = [one for one in seen if action in slack.buttons(one)]
    return max(found, key=lambda one: one.ts, default=None)


@contextlib.asynccontextmanager
async def stage(
    browser: Browser, folder: Path, *, roles: Rows = setting.ROLES, **settings: Any
) -> AsyncIterator[Stage]:
    """Start everything anew, with these role rows; ``settings`` are other settings of the bot."""
    clock = SandboxClock()
    slack, continuity = setting.new_services(clock)
    slack.server.enforce_rate_limits = False
    with TemporaryDirectory() as temporary:
        database = Path(temporary) / "bot.db"
        await setting.grant(database, roles)
        async with slack, continuity, setting.new_rehearsal(clock) as drills:
            accounts = Path(temporary) / "accounts.toml"
            setting.write_accounts(accounts, drills)
            setting.add_people(slack)
            setting.add_customers(continuity)
            configured = Settings(
                _env_file=None,
                slack_bot_token=SecretStr(slack.bot_token),
                slack_app_token=SecretStr(slack.app_token),
                slack_api_url=slack.api_url,
                continuity_url=continuity.url,
                continuity_username=continuity.username,
                continuity_password=SecretStr(continuity.password),
                slack_pace=1000,
                continuity_credentials=accounts,
                database=database,
                port=0,
            ).model_copy(update=settings)
            server = BrowserServer(slack, continuity, clock)
            async with server, running(configured, MovableClock(clock)):
                await slack.wait_for(lambda space: space.connected)
                made = Stage(slack, continuity, clock, server.url, browser, folder, database)
                await made.open()
                yield made
                for windows in made.windows.values():
                    for page in windows.values():
                        await page.context.close()


__all__ = ["APPROVER", "CHANNEL", "OPERATOR", "Stage", "row", "said", "stage"]
