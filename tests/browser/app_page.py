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

from sandbox.slack import View
from tests.browser.workspace import APPROVER, INCIDENT, OPERATOR, Demo, Workspace, running

Json = dict[str, Any]
PATIENT = 30.0
"""Seconds for an acknowledgement, where no test is about a late one."""


class App:
    """Answers every payload of Slack with ``answer``, once ``may_answer`` is set."""

    def __init__(self) -> None:
        self.answer: Json = {}
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.payloads: list[Json] = []

    async def handle(self, request: web.Request) -> web.Response:
        form = await request.post()
        payload = json.loads(str(form["payload"])) if form else await request.json()
        self.payloads.append(payload)
        await self.may_answer.wait()
        return web.json_response(self.answer) if self.answer else web.Response()


class AppPage:
    """The operator acts in the workspace, the approver has the phone."""

    def __init__(self, demo: Demo, app: App, workspace: Workspace) -> None:
        self.slack = demo.slack
        self.server = demo.server
        self.clock = demo.clock
        self.app = app
        self.page = workspace.page
        self.workspace = workspace
        self.phone = self.page.get_by_role("region", name="Phone", exact=True)
        self.drawer = self.page.get_by_role("complementary", name="Developer")
        self.toggle = self.page.get_by_role("button", name="Developer", exact=True)
        self.api = AsyncWebClient(demo.slack.bot_token, base_url=demo.slack.api_url)

    def dialog(self, title: str) -> Locator:
        """Return the dialog of the operator with this title."""
        return self.workspace.root.get_by_role("dialog", name=title)

    def button(self, name: str) -> Locator:
        """Return a button of a message in the operator's workspace."""
        return self.workspace.messages.get_by_role("button", name=name, exact=True)

    async def post(self, text: str, *blocks: Json, channel: str = INCIDENT) -> str:
        """Post as the app, through the Web API, and return the timestamp."""
        answer = await self.api.chat_postMessage(channel=channel, text=text, blocks=blocks or None)
        return str(answer["ts"])

    def open_modal(self, *blocks: Json, user: str = OPERATOR, **view: Any) -> View:
        """Open a modal as the app does after a click of this person."""
        return self.slack.modals.open(self.slack.modals.new_trigger(user), modal(*blocks, **view))

    async def inspect(self, text: str) -> None:
        """Open the drawer for the operator's message with this text."""
        await self.workspace.row(text).hover()
        await self.button("Inspect").click()

    async def payload(self) -> Json:
        """Return the first payload that the app got; wait for it."""
        await self.slack.wait_for(lambda _: self.app.payloads)
        return self.app.payloads[0]


@asynccontextmanager
async def app_page(page: Page) -> AsyncIterator[AppPage]:
    """Start the simulated services and the app, and open the page as the operator."""
    app = App()
    application = web.Application()
    application.router.add_post("/", app.handle)
    async with TestServer(application, host="127.0.0.1") as address, running() as demo:
        demo.slack.request_url = demo.slack.options_url = str(address.make_url("/"))
        demo.slack.ack_limit = PATIENT
        demo.slack.enforce_rate_limits = False
        # What a test does not ask for is not delivered to its app.
        demo.slack.home_tab, demo.slack.events = False, set()
        demo.server.phones.add(APPROVER)
        yield AppPage(demo, app, await demo.open(page))
        # Else the page would say that its stream was cut.
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
