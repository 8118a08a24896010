"""`continuity demo` as a process, and a window of its page by the names that people and scripts use."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.async_api import Locator, Page, expect

from sandbox.environment import environment

SOURCE = Path(__file__).parents[2]
MAX_SECONDS = 60.0  # spent only by a test that fails

APPROVE = re.compile("^Approve: ")
CONFIRM = re.compile("^Confirm: ")
PEOPLE = {
    "operator": "Operator, Operator for Acme GmbH",
    "approver1": "Approver 1, Approver for Acme GmbH",
    "approver2": "Approver 2, Approver for Acme GmbH",
    "commander": "Commander, Commander for Acme GmbH",
    "admin": "Admin, Admin for every customer",
    "viewer": "Viewer, Viewer for Acme GmbH",
    "provider": "Provider, Operator for 40 customers",
    "partner": "Partner, From another company",
}


@asynccontextmanager
async def running_demo() -> AsyncIterator[str]:
    """Start the demo and return the address of its page. It ends as Ctrl-C ends it."""
    with TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(SOURCE / "app.py"), "demo", "--no-browser", "--port", "0"),
            cwd=folder,
            env=environment({}),
            stdout=PIPE,
        )
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), MAX_SECONDS)
            yield line.decode().split()[1]
        finally:
            process.send_signal(signal.SIGINT)
            await asyncio.wait_for(process.communicate(), MAX_SECONDS)
        assert process.returncode == 0


class Window:
    """A window of the page. Whatever is used here is found by its role and name."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.act_as = page.get_by_role("combobox", name="Act as")
        self.channels = page.get_by_role("list", name="Channels", exact=True)
        self.messages = page.get_by_role("region", name="Messages", exact=True)
        self.thread = page.get_by_role("region", name="Thread", exact=True)
        self.world = page.get_by_role("region", name="World")
        self.tour = page.get_by_role("region", name="Tour")
        self.phone = page.get_by_role("region", name="Phone", exact=True)
        self.message = page.get_by_role("textbox", name="Message", exact=True)
        self.send = page.get_by_role("button", name="Send", exact=True)

    async def open(self, url: str, person: str = "operator") -> None:
        """Open the page as this person of PEOPLE, once the bot runs."""
        await self.page.goto(url)
        # In a narrow window another pane may be shown.
        await expect(self.page.get_by_text("The bot runs, process")).to_be_attached()
        await self.become(person)

    async def become(self, person: str) -> None:
        """Act as this person of PEOPLE."""
        await self.act_as.select_option(label=PEOPLE[person])

    async def type(self, text: str) -> None:
        """Write a message or a command, and send it."""
        await self.message.fill(text)
        await self.send.click()

    def row(self, *words: str) -> Locator:
        """Return the last message with all of these words."""
        rows = self.messages.get_by_role("article")
        for word in words:
            rows = rows.filter(has_text=word)
        return rows.last

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """Return the last button of this text in the messages."""
        return self.messages.get_by_role("button", name=name).last

    def dialog(self, title: str) -> Locator:
        """Return the open dialog of this title."""
        return self.page.get_by_role("dialog", name=title)

    def direct_notification(self) -> Locator:
        """Return the newest notification on the phone of what the bot wrote to its owner."""
        notifications = self.phone.get_by_role("list", name="Notifications")
        return notifications.get_by_role("button", name=re.compile("^Continuity ")).first

    async def turn(self, switch: str, *, on: bool) -> None:
        """Turn a switch of the world."""
        found = self.world.get_by_role("switch", name=switch, exact=True)
        await found.click()
        await (expect(found).to_be_checked() if on else expect(found).not_to_be_checked())

    async def approve(self) -> None:
        """Press Approve on the newest card, and confirm it."""
        await self.button(APPROVE).click()
        await self.dialog("Approve").get_by_role("button", name=APPROVE).click()

    async def switch_user(self, direction: str, user: str, flag: str = "failover") -> None:
        """Propose and confirm a change of one user, which needs no other person."""
        await self.type(f"/continuity {flag} {direction} 44444 {user}@example.com")
        await self.row(user, "WAITING").get_by_role("button", name=CONFIRM).click()
        await self.dialog("Confirm").get_by_role("button", name=CONFIRM).click()

    async def dismiss_all(self) -> None:
        """Dismiss every message that is only visible to this person."""
        buttons = self.messages.get_by_role("button", name="Dismiss message")
        while await buttons.count():
            await buttons.evaluate_all("all => all.forEach((one) => one.click())")

    async def is_answered(self) -> None:
        """Ask for the status until the bot answers: after a fault it may have to connect again."""
        answer = self.row("Only visible to you", "Acme GmbH (44444)", "1,284", "1,253")
        failed = self.row("Only visible to you", "dispatch_failed")
        async with asyncio.timeout(MAX_SECONDS):
            while True:
                await self.dismiss_all()
                await self.type("/continuity status 44444")
                await expect(answer.or_(failed).last).to_be_visible()
                if await answer.count():
                    return

    async def writes(self) -> int:
        """Return how many writes the world has counted, none of them twice."""
        sentence = self.world.get_by_text(re.compile("^The API applied"))
        found = re.search(r"applied (\d+) writes?, none twice", await sentence.inner_text())
        assert found is not None
        return int(found[1])
