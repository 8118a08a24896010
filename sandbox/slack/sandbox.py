"""The simulated workspace as one object: state, server, deliveries and actions of people."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Self

from sandbox.slack.delivery import DeliverySender
from sandbox.slack.faults import Fault
from sandbox.slack.modals import Modals
from sandbox.slack.person_actions import PersonActions
from sandbox.slack.responses import ResponseUrls
from sandbox.slack.server import Server
from sandbox.slack.sockets import Sockets
from sandbox.slack.web_api import WebApi


class SlackSandbox(PersonActions):
    """A Slack workspace on 127.0.0.1 with one app in it, for the demo and the tests.

    ``ack_limit`` is Slack's 3 seconds; ``clock`` (UNIX seconds) is used for timestamps, rate limits
    and the lifetimes of triggers and response URLs. For the app it differs from Slack by
    ``api_url`` only.
    """

    def __init__(
        self,
        *,
        team_id: str = "T0HOME",
        app_id: str = "A0CONTINUITY",
        bot_user_id: str = "U0BOT",
        bot_token: str = "xoxb-sandbox",  # noqa: S107 - made up, opens nothing
        app_token: str = "xapp-sandbox",  # noqa: S107 - made up
        signing_secret: str = "sandbox-signing-secret",  # noqa: S107 - made up
        ack_limit: float = 3.0,
        enforce_rate_limits: bool = True,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(team_id=team_id, app_id=app_id, bot_user_id=bot_user_id, clock=clock)
        self.bot_token = bot_token
        self.app_token = app_token
        self.signing_secret = signing_secret
        self.sockets = Sockets(self)
        self.modals = Modals(self)
        self.responses = ResponseUrls(self)
        self.sender = DeliverySender(
            self, self.sockets, self.modals, signing_secret=signing_secret, ack_limit=ack_limit
        )
        api = WebApi(
            self,
            self.modals,
            bot_token=bot_token,
            app_token=app_token,
            socket_url=self.sockets.new_url,
        )
        self.server = Server(self, api, self.sockets, self.responses)
        self.server.enforce_rate_limits = enforce_rate_limits

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; port 0 lets the system choose. It may be stopped and started
        again."""
        await self.server.start(port)

    async def stop(self) -> None:
        """Stop listening and break all connections; the state stays."""
        await self.sender.close()
        await self.server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        """The value for SLACK_API_URL."""
        return f"{self.base_url}api/"

    @property
    def request_url(self) -> str | None:
        """The URL of HTTP mode for commands, clicks and events; an open socket is preferred to
        it."""
        return self.sender.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.sender.request_url = url

    @property
    def options_url(self) -> str | None:
        """The URL of HTTP mode for the options of external selects, a setting of its own: without
        it such a select finds nothing (slackapi/bolt-js#1479)."""
        return self.sender.options_url

    @options_url.setter
    def options_url(self, url: str | None) -> None:
        self.sender.options_url = url

    @property
    def ack_limit(self) -> float:
        """Seconds within which the app has to acknowledge."""
        return self.sender.ack_limit

    @ack_limit.setter
    def ack_limit(self, seconds: float) -> None:
        self.sender.ack_limit = seconds

    @property
    def retry_events(self) -> bool:
        """Whether events that the app did not take are delivered again, as Slack does: at once,
        after a minute and after five."""
        return self.sender.retry_events

    @retry_events.setter
    def retry_events(self, retry: bool) -> None:
        self.sender.retry_events = retry

    def clock_moved(self) -> None:
        """Deliver the retries that are due now; call it after the clock was set forward."""
        self.sender.retries.clock_moved()

    @property
    def enforce_rate_limits(self) -> bool:
        """Whether Slack's rate limits apply."""
        return self.server.enforce_rate_limits

    @enforce_rate_limits.setter
    def enforce_rate_limits(self, enforce: bool) -> None:
        self.server.enforce_rate_limits = enforce

    @property
    def latency(self) -> float:
        """Seconds that each Web API call takes before it has an effect."""
        return self.server.latency

    @latency.setter
    def latency(self, seconds: float) -> None:
        self.server.latency = seconds

    @property
    def down(self) -> bool:
        """An outage: connections are cut, and everything is answered with 503 until it is over."""
        return self.server.down

    @down.setter
    def down(self, down: bool) -> None:
        self.server.down = down
        if down:
            self.sockets.cut()

    @property
    def connected(self) -> int:
        """How many Socket Mode connections take envelopes."""
        return self.sockets.count

    async def disconnect_sockets(self, reason: str = "refresh_requested") -> None:
        """Ask the app to reconnect, as Slack does every few hours."""
        await self.sockets.disconnect(reason)

    def cut_sockets(self) -> None:
        """Break the connections off without a closing frame."""
        self.sockets.cut()

    @property
    def sockets_silent(self) -> bool:
        """Whether connections are accepted and nothing is sent: no greeting, envelope or pong."""
        return self.sockets.silent

    @sockets_silent.setter
    def sockets_silent(self, silent: bool) -> None:
        self.sockets.silent = silent

    @property
    def sockets_refused(self) -> bool:
        """Whether addresses are given out, but every connection is refused."""
        return self.sockets.refusing

    @sockets_refused.setter
    def sockets_refused(self, refused: bool) -> None:
        self.sockets.refusing = refused

    def fail(
        self,
        method: str,
        *,
        error: str = "internal_error",
        status: int | None = None,
        retry_after: int | None = None,
        drop: bool = False,
        broken: bool = False,
        seconds: float = 0.0,
        applied: bool = False,
        times: int = 1,
        after: int = 0,
        scopes: tuple[str, str] | None = None,
    ) -> None:
        """Make calls of a method (`*`: of all) fail: see Fault. The first ``after`` calls succeed.

        `upload` and `download` are the two addresses of files; a ``broken`` download is cut
        half-way.
        """
        fault = Fault(
            method, error, status, retry_after, drop, broken, seconds, applied, times, after, scopes
        )
        self.server.faults.add(fault)

    def heal(self) -> None:
        """Remove the faults that have not happened."""
        self.server.faults.clear()

    def signed_headers(self, body: bytes, timestamp: int | None = None) -> dict[str, str]:
        """Return Slack's signature headers for a raw body, for requests that a test makes
        itself."""
        return self.sender.signed_headers(body, timestamp)
