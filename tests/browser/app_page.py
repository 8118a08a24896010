"""The page with an app behind it that does what a test tells it to; the bot is not there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Locator, Page
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.browser import BrowserServer
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox, View

# Monday 2025-06-16, 09:12 in Berlin and 03:12 in New York.
MORNING = 1_750_057_920.0
Json = dict[str, Any]


class App:
    """Answers every payload of Slack with ``answer``, once ``may_answer`` is set."""

    def __init__(self) -> None:
        self.answer: Json = {}
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.payloads: list[Json] = []

    async def handle(self, request: web.Request) -> web.Response:
        form = await request.post()
        payload = json.loads(str(form["payload"])) if "payload" in form else dict(form)
        self.payloads.append(payload)
        await self.may_answer.wait()
        return web.json_response(self.answer) if self.answer else web.Response()


class AppPage:
    """Olga acts in the workspace, Ada has the phone; both are in #mail-outage and #lobby."""

    def __init__(
        self, page: Page, slack: SlackSandbox, server: BrowserServer, clock: SandboxClock, app: App
    ) -> None:
        self.page = page
        self.slack = slack
        self.server = server
        self.clock = clock
        self.app = app
        self.api = AsyncWebClient(slack.bot_token, base_url=slack.api_url)

    @property
    def workspace(self) -> Locator:
        return self.page.locator("#pane-workspace")

    @property
    def phone(self) -> Locator:
        return self.page.get_by_role("region", name="Phone", exact=True)

    @property
    def drawer(self) -> Locator:
        return self.page.get_by_role("complementary", name="Developer")

    def dialog(self, title: str) -> Locator:
        return self.workspace.get_by_role("dialog", name=title)

    async def post(self, text: str, *blocks: Json, channel: str = "C1") -> str:
        """Post as the app, wait until Olga's workspace shows it, and return its timestamp."""
        answer = await self.api.chat_postMessage(channel=channel, text=text, blocks=blocks or None)
        return str(answer["ts"])

    def open_modal(self, *blocks: Json, user: str = "U0OLGA", **view: Any) -> View:
        """Open a modal as the app does after a click of this person."""
        return self.slack.modals.open(self.slack.modals.new_trigger(user), modal(*blocks, **view))

    async def inspect(self, text: str) -> None:
        """Open the drawer for the message with this text."""
        message = self.workspace.get_by_role("article").filter(has_text=text)
        await message.hover()
        await self.workspace.get_by_role("button", name="Inspect").click()

    async def focused(self) -> str:
        """Return the text or label of what has the focus."""
        script = """() => {
          const at = document.activeElement;
          return at.labels?.[0]?.textContent || at.ariaLabel || at.textContent;
        }"""
        return str(await self.page.evaluate(script)).strip()


@asynccontextmanager
async def app_page(page: Page) -> AsyncIterator[AppPage]:
    """Start the simulated services and the app, and open the page."""
    clock, app = SandboxClock(lambda: MORNING), App()
    application = web.Application()
    application.router.add_post("/", app.handle)
    async with (
        TestServer(application, host="127.0.0.1") as request_url,
        SlackSandbox(clock=clock, enforce_rate_limits=False) as slack,
        ContinuitySandbox(clock=clock) as continuity,
    ):
        slack.request_url = str(request_url.make_url("/"))
        slack.add_person("U0OLGA", "olga", real_name="Olga Ops", title="Operator for Acme GmbH")
        slack.add_person("U0ADA", "ada", real_name="Ada Approver", tz="America/New_York")
        slack.add_channel("C1", "mail-outage", members=["U0OLGA", "U0ADA"])
        slack.add_channel("C2", "lobby", members=["U0OLGA", "U0ADA"])
        server = BrowserServer(slack, continuity, clock)
        server.phones.add("U0ADA")
        async with server:
            await page.goto(server.url)
            for element in ("modal-layer", "sandbox-phone", "dev-drawer", "home-tab"):
                await page.evaluate(f"customElements.whenDefined('{element}').then(() => null)")
            opened = AppPage(page, slack, server, clock, app)
            await opened.workspace.get_by_role("textbox", name="Message").wait_for()
            yield opened
            await page.goto("about:blank")


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(text: str, **fields: Any) -> Json:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}, **fields}


def button(text: str, action_id: str, **fields: Any) -> Json:
    return {"type": "button", "text": plain(text), "action_id": action_id, "value": "1", **fields}


def text_input(block_id: str, label: str, **fields: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": f"{block_id}-text"}
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        **fields,
    }


def modal(*blocks: Json, title: str = "Delete users", **view: Any) -> Json:
    return {
        "type": "modal",
        "callback_id": "purge",
        "title": plain(title),
        "submit": plain("Propose"),
        "close": plain("Back"),
        "blocks": list(blocks),
        **view,
    }
