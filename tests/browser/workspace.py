"""The page in front of simulated services, and its parts by their stable names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator, Page, expect

from sandbox.browser import ActionError, BrowserServer
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox

# Other work may keep the machine busy; only a test that fails waits so long.
expect.set_options(timeout=30_000)

OPERATOR, APPROVER, STRANGER = "U1", "U2", "U3"
INCIDENT, BOARD, SHARED = "C1", "C2", "C3"
# 2026-03-14, a Saturday, 12:00 in Berlin.
NOON = 1_773_486_000.0
WORDS = ("failover", "list", "status")


@dataclass
class Demo:
    """The simulated workspace and the page's server in front of it."""

    slack: SlackSandbox
    server: BrowserServer
    clock: SandboxClock

    async def open(self, page: Page, person: str = OPERATOR, channel: str = INCIDENT) -> Workspace:
        """Open the page as this person, with this channel."""
        await page.goto(f"{self.server.url}#as={person}&channel={channel}")
        workspace = Workspace(page)
        await expect(workspace.messages).to_be_visible()
        return workspace

    def say(self, text: str, channel: str = INCIDENT, **parts: Any) -> str:
        """Let the app post a message and return its timestamp."""
        return self.slack.post(channel, self.slack.bot_user_id, text, **parts).ts


class Workspace:
    """The workspace of the page, by names and roles."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator("#pane-workspace")
        self.act_as = self.root.get_by_role("combobox", name="Act as")
        self.channels = self.root.get_by_role("list", name="Channels", exact=True)
        self.messages = self.root.get_by_role("region", name="Messages", exact=True)
        self.thread = self.root.get_by_role("region", name="Thread", exact=True)
        self.message = self.root.get_by_role("textbox", name="Message", exact=True)
        self.send = self.root.get_by_role("button", name="Send", exact=True)
        completions = self.root.get_by_role("listbox", name="Completions")
        self.options = completions.get_by_role("option")

    def channel(self, name: str) -> Locator:
        """Return the channel's item of the list."""
        return self.root.get_by_role("navigation").get_by_role("button", name=name)

    def row(self, text: str) -> Locator:
        """Return the message with this text."""
        return self.messages.get_by_role("article").filter(has_text=text)

    async def is_at_bottom(self) -> bool:
        """Whether the newest message is in view."""
        return bool(
            await self.messages.locator(".msg-scroller").evaluate(
                "it => it.scrollHeight - it.scrollTop - it.clientHeight < 2"
            )
        )


@asynccontextmanager
async def running() -> AsyncIterator[Demo]:
    """Two people of the workspace, one of another company, three channels, and the page."""
    clock = SandboxClock(lambda: NOON)
    slack = SlackSandbox(clock=clock, ack_limit=0.1)
    async with slack, ContinuitySandbox(clock=clock) as continuity:
        slack.add_person(OPERATOR, "olga", real_name="Olga Ops", title="Operator for Acme GmbH")
        slack.add_person(APPROVER, "ada", real_name="Ada Approver", tz="America/New_York")
        slack.add_person(STRANGER, "sam", real_name="Sam Stranger", is_stranger=True)
        slack.add_channel(INCIDENT, "mail-outage", members=[OPERATOR, APPROVER])
        slack.add_channel(BOARD, "board", members=[APPROVER], is_private=True)
        slack.add_channel(SHARED, "with-globex", members=[OPERATOR, STRANGER], is_ext_shared=True)
        for person in (OPERATOR, APPROVER, STRANGER):
            slack.direct_channel(person)
        server = BrowserServer(slack, continuity, clock)
        server.add_action("complete", _complete)
        async with server:
            yield Demo(slack, server, clock)


async def _complete(body: dict[str, Any]) -> dict[str, Any]:
    """Stand in for the bot's grammar: complete the second word."""
    text = str(body["text"])
    if body["channel"] != INCIDENT:
        raise ActionError("Not here.")
    start = len("/continuity ")
    items = [{"insert": f"{word} ", "label": word, "hint": f"about {word}"} for word in WORDS]
    typed = text[start:]
    fits = [item for item in items if item["label"].startswith(typed)]
    return {"items": fits, "from": start, "to": len(text)}
