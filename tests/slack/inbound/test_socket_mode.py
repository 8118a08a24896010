"""The socket: after whatever happened to it, a command is heard again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient
from structlog.testing import capture_logs

from bot.errors import SlackRefused, SlackUnavailable
from bot.metrics import Metrics
from bot.slack.inbound.socket_mode import SocketModeConnection
from sandbox.slack import SlackSandbox
from tests.builders import CHANNEL, REQUESTER
from tests.fixtures.metric_samples import number

AGAIN = 30.0  # seconds within which a command has to be heard again
DEAD = 0.5  # seconds of silence after which the link opens another socket


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def app(client: AsyncWebClient) -> AsyncApp:
    """An app that acknowledges every command."""
    quiet = logging.getLogger("test_link")
    quiet.setLevel(logging.CRITICAL)
    app = AsyncApp(client=client, logger=quiet)

    @app.command("/continuity")
    async def on_command(ack: AsyncAck) -> None:
        await ack()

    return app


def a_link(
    app: AsyncApp,
    client: AsyncWebClient,
    metrics: Metrics,
    token: str = "xapp-sandbox",
    dead: float = DEAD,
) -> SocketModeConnection:
    return SocketModeConnection(
        app, client, token, metrics, ping=0.05, max_silence=dead, max_hello=dead / 2
    )


@pytest.fixture
async def link(
    slack: SlackSandbox, app: AsyncApp, client: AsyncWebClient, metrics: Metrics
) -> AsyncIterator[SocketModeConnection]:
    slack.ack_limit = 0.3
    async with a_link(app, client, metrics) as made:
        yield made


async def heard(slack: SlackSandbox) -> None:
    """Type a command again and again until it is acknowledged."""
    async with asyncio.timeout(AGAIN):
        while (await slack.command(REQUESTER, CHANNEL, "help")).timed_out:
            await slack.wait_for(lambda space: space.connected, AGAIN)


async def until(condition: Callable[[], bool]) -> None:
    """Look again and again: nobody tells of it."""
    async with asyncio.timeout(AGAIN):
        while not condition():  # noqa: ASYNC110  # as it says
            await asyncio.sleep(0.01)


@asynccontextmanager
async def dead_for_a_while(slack: SlackSandbox, link: SocketModeConnection) -> AsyncIterator[None]:
    """What the block does to Slack lasts until the link has seen it and failed once."""
    with capture_logs() as logs:
        yield
        await until(lambda: any(one["event"] == "socket.not_opened" for one in logs))
    assert next(one["event"] for one in logs) == "socket.dead"
    assert link.ages()["socket_silence"] >= DEAD


async def test_a_command_is_heard_and_its_acknowledgement_measured(
    slack: SlackSandbox, link: SocketModeConnection, metrics: Metrics
) -> None:
    await heard(slack)
    assert number(metrics, "continuity_acknowledgement_seconds_count") == 1
    assert 0 < number(metrics, "continuity_acknowledgement_seconds_sum") < 0.5
    assert link.ages()["envelope_age"] < 0.5


async def test_after_a_cut_a_command_is_heard_again(
    slack: SlackSandbox, link: SocketModeConnection
) -> None:
    slack.cut_sockets()
    await heard(slack)


async def test_after_the_socket_fell_silent_a_command_is_heard_again(
    slack: SlackSandbox, link: SocketModeConnection
) -> None:
    slack.sockets_silent = True
    slack.sockets_silent = False  # a new socket speaks; the one that is open never again
    assert (await slack.command(REQUESTER, CHANNEL, "help")).timed_out
    await heard(slack)


async def test_after_new_sockets_were_silent_as_well_a_command_is_heard_again(
    slack: SlackSandbox, link: SocketModeConnection, metrics: Metrics
) -> None:
    async with dead_for_a_while(slack, link):
        slack.sockets_silent = True
    slack.sockets_silent = False
    await heard(slack)
    assert number(metrics, "continuity_socket_reconnections_total") == 1


async def test_an_address_that_was_used_up_in_vain_is_not_tried_for_ever(
    slack: SlackSandbox, link: SocketModeConnection
) -> None:
    """The library keeps to it: by itself it never comes back."""
    async with dead_for_a_while(slack, link):
        slack.sockets_refused = True
        slack.cut_sockets()
    slack.sockets_refused = False
    await heard(slack)


async def test_after_slack_gave_no_address_for_a_while_a_command_is_heard_again(
    slack: SlackSandbox, link: SocketModeConnection
) -> None:
    async with dead_for_a_while(slack, link):
        slack.fail("apps.connections.open", error="internal_error", times=10_000)
        slack.cut_sockets()
    slack.heal()
    await heard(slack)


async def test_after_an_outage_a_command_is_heard_again(
    slack: SlackSandbox, link: SocketModeConnection
) -> None:
    async with dead_for_a_while(slack, link):
        slack.down = True
    slack.down = False
    await heard(slack)


async def test_a_quiet_night_is_not_a_dead_socket(
    slack: SlackSandbox, app: AsyncApp, client: AsyncWebClient, metrics: Metrics
) -> None:
    """No envelope comes, but pongs do."""
    dead = 2.0  # so long does no busy machine keep a process waiting

    def opened() -> int:
        return sum(call.method == "apps.connections.open" for call in slack.calls)

    async with a_link(app, client, metrics, dead=dead) as link:
        before = opened()
        await until(lambda: link.ages()["envelope_age"] > 2 * dead)
        assert link.ages()["socket_silence"] < dead
        assert opened() == before


async def test_a_socket_without_a_greeting_is_not_open(
    slack: SlackSandbox, app: AsyncApp, client: AsyncWebClient, metrics: Metrics
) -> None:
    slack.sockets_silent = True
    link = a_link(app, client, metrics)
    with pytest.raises(SlackUnavailable, match="did not open"):
        await link.open()
    await slack.wait_for(lambda space: space.connected == 0)


async def test_a_wrong_app_token_is_told_at_once(
    slack: SlackSandbox, app: AsyncApp, client: AsyncWebClient, metrics: Metrics
) -> None:
    with pytest.raises(SlackRefused, match="invalid_auth"):
        await a_link(app, client, metrics, "xapp-wrong").open()
