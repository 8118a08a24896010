"""Sends payloads to the app, over Socket Mode or signed HTTP, and shows its acknowledgements."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.blocks.json_field import decoded
from sandbox.slack.modals import Modals
from sandbox.slack.model import Delivery, Refusal, View
from sandbox.slack.responses import respond
from sandbox.slack.sockets import Sockets
from sandbox.slack.state.retries import Retries
from sandbox.slack.workspace import Workspace

_FAILED = '{} failed with the error "{}"'
"""What Slackbot says of a command (slackapi/bolt-python#951, Netflix/dispatch#833)."""
_ENVELOPES = {"command": "slash_commands", "event": "events_api"}


class DeliverySender:
    """Waits up to ``ack_limit`` seconds (Slack: 3). An open socket is preferred to
    ``request_url``, and to ``options_url``, where options are asked for (in the app's settings
    "Options Load URL")."""

    def __init__(
        self,
        workspace: Workspace,
        sockets: Sockets,
        modals: Modals,
        *,
        signing_secret: str,
        ack_limit: float,
    ) -> None:
        self.request_url: str | None = None
        self.options_url: str | None = None
        self.signing_secret = signing_secret
        self.ack_limit = ack_limit
        self.retry_events = False
        self.retries = Retries(workspace.clock, self.send)
        self._workspace = workspace
        self._sockets = sockets
        self._modals = modals
        self._session: aiohttp.ClientSession | None = None

    async def send(self, delivery: Delivery) -> Delivery:
        """Deliver a payload once and return the same delivery with its status and answer.

        With ``retry_events`` an event that failed is delivered again later; a click or a command
        never is, unless a test does so with `redeliver`.
        """
        self._workspace.begin(delivery)
        started = time.perf_counter()
        problem = "dispatch_failed"
        try:
            async with asyncio.timeout(self.ack_limit):
                await self._transmit(delivery)
        except TimeoutError:
            delivery.timed_out, problem = True, "operation_timeout"
        except (ConnectionError, aiohttp.ClientError):
            delivery.timed_out = True
        delivery.ack_seconds = time.perf_counter() - started
        problem = "" if 200 <= delivery.status < 300 else problem
        delivery.problem = self._show(delivery, problem)
        self._workspace.end(delivery)
        if delivery.kind == "event" and problem and self.retry_events and not delivery.no_retry:
            self.retries.add(delivery)
        return delivery

    def signed_headers(self, body: bytes, timestamp: int | None = None) -> dict[str, str]:
        """Return the headers of Slack's signature for a raw body; ``timestamp`` is now unless
        given."""
        moment = str(int(time.time()) if timestamp is None else timestamp)
        base = b"v0:" + moment.encode() + b":" + body
        digest = hmac.new(self.signing_secret.encode(), base, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": f"v0={digest}"}

    async def close(self) -> None:
        """Stop retries and close the HTTP connections to the app."""
        await self.retries.stop()
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _transmit(self, delivery: Delivery) -> None:
        url = self.options_url if delivery.kind == "suggestion" else self.request_url
        if self._sockets.count or url is None:
            delivery.transport = "socket"
            kind = _ENVELOPES.get(delivery.kind, "interactive")
            delivery.body = await self._sockets.deliver(kind, delivery.payload, delivery.attempt)
            delivery.status = 200
        else:
            delivery.transport = "http"
            await self._post(url, delivery)

    async def _post(self, url: str, delivery: Delivery) -> None:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0)
            self._session = aiohttp.ClientSession(connector=connector)
        body, content_type = wire_format(delivery)
        headers = {"Content-Type": content_type, **self.signed_headers(body)}
        if delivery.kind == "event" and delivery.attempt:
            headers["x-slack-retry-num"] = str(delivery.attempt)
            headers["x-slack-retry-reason"] = delivery.retry_reason
        post = self._session.post(url, data=body, headers=headers, allow_redirects=False)
        async with post as response:
            text = await response.text()
            delivery.body = _read(text, response.content_type)
            delivery.status = response.status
            delivery.no_retry = response.headers.get("X-Slack-No-Retry") == "1"

    def _show(self, delivery: Delivery, problem: str) -> str:
        """Show the person what Slack shows for this acknowledgement; for an event, nothing.

        Returns the problem, which may lie in the app's answer.
        """
        if delivery.kind == "view_submission":
            view = self._workspace.views.get(delivery.payload["view"]["id"])
            if view is not None:
                problem = problem or self._modals.acknowledge(view, delivery.body)
                if problem:
                    view.errors = {"": problem}
            self._say(delivery, problem, problem)
        elif delivery.kind == "command":
            if not problem and delivery.body:
                problem = self._show_reply(delivery)
            self._say(delivery, problem, _FAILED.format(delivery.payload["command"], problem))
        elif delivery.kind == "suggestion":
            problem = problem or self._take_options(delivery)
        elif delivery.kind in {"click", "shortcut"} and delivery.channel:
            self._say(delivery, problem, problem)
        elif delivery.kind == "click":
            self._show_in_view(delivery, problem)
        return problem

    def _take_options(self, delivery: Delivery) -> str:
        block_id, action_id = delivery.payload["block_id"], delivery.payload["action_id"]
        return self._modals.offer(self._view(delivery), block_id, action_id, delivery.body)

    def _view(self, delivery: Delivery) -> View:
        """Return the modal or the Home tab in which the person acted."""
        view_id = delivery.payload["view"]["id"]
        home = self._workspace.homes.get(delivery.user)
        return home if home and home.id == view_id else self._workspace.views[view_id]

    def _say(self, delivery: Delivery, problem: str, text: str) -> None:
        if problem:
            self._workspace.post_ephemeral(delivery.channel, delivery.user, text, via="slack")

    def _show_in_view(self, delivery: Delivery, problem: str) -> None:
        """Show in the view that a click was not taken, or that the last one was."""
        view = self._view(delivery)
        errors = {"": problem} if problem else {}
        if errors != view.errors:
            view.errors = errors
            self._workspace.changed("view_updated", view)

    def _show_reply(self, delivery: Delivery) -> str:
        body: Any = delivery.body
        reply = body if isinstance(body, dict) else {"text": body}
        try:
            with self._workspace.caused_by("ack", len(json.dumps(body))):
                respond(self._workspace, delivery.user, delivery.channel, reply, via="ack")
        except Refusal as refusal:
            self._workspace.refuse("ack", refusal, reply)
            return refusal.code
        return ""


def _read(text: str, content_type: str) -> dict[str, Any] | str | None:
    """Return the body of an acknowledgement: parsed JSON if that is its type, else its text."""
    if content_type == "application/json":
        body = decoded(text)
        return body if isinstance(body, dict) else None
    return text or None


def wire_format(delivery: Delivery) -> tuple[bytes, str]:
    """Return the raw body and its content type as Slack posts them for this kind of payload."""
    if delivery.kind == "event":
        return json.dumps(delivery.payload).encode(), "application/json"
    form = "application/x-www-form-urlencoded"
    if delivery.kind == "command":
        return urlencode(delivery.payload).encode(), form
    return urlencode({"payload": json.dumps(delivery.payload)}).encode(), form
