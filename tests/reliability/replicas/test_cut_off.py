"""A bot stands still for longer than its lease: whoever waits for an answer of it gets one."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Awaitable
from pathlib import Path

from bot.slack.views.texts import forms, token
from sandbox.continuity import Fault
from sandbox.continuity.model import Token
from sandbox.slack.model import View
from tests.fixtures.databases import Databases
from tests.reliability.replicas.fleet import BETWEEN_LOOKS, PATIENCE, Fleet, fleet
from tests.scenarios.conftest import ADMIN
from tests.scenarios.processes import Deployment, deployment

EDITED, TOKENS, LISTED = "21001", "21002", "21003"  # customers
JO = "user0001@example.com"
ONE_TIME, PASSWORD = "canary7token.of.jo", "canary8Password@9"
FILLED = {"user": JO, "token": ONE_TIME, "password": PASSWORD, "again": PASSWORD}


async def test_what_a_bot_had_in_flight_when_its_lease_ended_is_answered(
    tmp_path: Path, databases: Databases
) -> None:
    """A form with a password, a window with a token, one that reads a user, and a list of users."""
    settings = {"ALLOW_PASSWORD_COMMAND": "true", "QUIET_PERIOD": "1"}
    async with deployment(
        tmp_path, socket_mode=False, database=databases.of(tmp_path), **settings
    ) as on:
        for customer in (EDITED, TOKENS, LISTED):
            on.continuity.add_customer(customer, users=3)
        on.continuity.state.tokens[ONE_TIME] = Token(TOKENS, JO, 1e12)
        async with fleet(on) as bots:
            bots.balancer.chosen = bots.balancer.ways[0]
            await on.type(f"token {TOKENS} {JO}", ADMIN)
            await on.press("change_approve", TOKENS)
            await on.card(TOKENS, "token_show")
            password = await _held(on, "PUT", "password", _fills_in_the_password(on))
            await _held(on, "POST", TOKENS, on.press("token_show", TOKENS, ADMIN))
            await _held(on, "GET", EDITED, on.type(f"user edit {EDITED} {JO}", ADMIN))
            await _held(on, "GET", LISTED, on.type(f"users {LISTED}", ADMIN))

            await _removed_meanwhile(bots)
            assert password.until is not None
            password.until.set()

            await on.told(f"The password of {JO} was set.", ADMIN)
            await _window(on, token.INTERRUPTED)
            await on.told("a token is never asked for twice", ADMIN)
            await on.outcome(TOKENS, "It is not known whether a token was made")
            await _window(on, forms.INTERRUPTED)
            await on.told("Give the command again", ADMIN)
            await on.told(f"3 users of {LISTED}", ADMIN)
            for place in list(bots.bots):
                await bots.stop(place)
        sent = [f"{one.method} {one.path}" for one in on.continuity.requests]
        assert sum("password" in one for one in sent) == 1
        assert sum(one.startswith("POST") for one in sent) == 1
        kinds = [entry.record.kind for entry in await on.whole_trail()]
        assert [kinds.count(kind) for kind in ("password.asked", "password.set")] == [1, 1]


async def _fills_in_the_password(on: Deployment) -> None:
    await on.type(f"password {JO}", ADMIN)
    view = await on.slack.wait_for(lambda slack: next(iter(slack.views.values()), None), PATIENCE)
    assert (await on.slack.submit(ADMIN, view, FILLED)).status == 200


async def _held(on: Deployment, method: str, path: str, act: Awaitable[object]) -> Fault:
    """Let somebody do this; return when the API has the request, which it holds back."""
    before = len(on.continuity.requests)
    held = on.continuity.fail(kind="delay", method=method, path=path, until=asyncio.Event())
    await act
    await on.continuity.wait_for(
        lambda: any(
            one.method == method and path in one.path for one in on.continuity.requests[before:]
        ),
        PATIENCE,
    )
    return held


async def _removed_meanwhile(bots: Fleet) -> None:
    """Suspend the first one until the other has removed it, and wait until it has joined anew."""
    pid = str(bots.bots[0].process.pid)

    async def is_there() -> bool:
        rows = await bots.store.read(lambda tx: tx.replicas())
        return any(row.name.endswith(f":{pid}") for row in rows)

    bots.signal(0, signal.SIGSTOP)
    async with asyncio.timeout(PATIENCE):
        while await is_there():  # noqa: ASYNC110 - another process writes the row
            await asyncio.sleep(BETWEEN_LOOKS)
    bots.signal(0, signal.SIGCONT)
    async with asyncio.timeout(PATIENCE):
        while not await is_there():  # noqa: ASYNC110 - another process writes the row
            await asyncio.sleep(BETWEEN_LOOKS)


async def _window(on: Deployment, words: str) -> View:
    """Wait until a window of the admin says this."""
    return await on.slack.wait_for(
        lambda slack: next(
            (
                view
                for view in slack.views.values()
                if view.user == ADMIN and words in json.dumps(view.view, ensure_ascii=False)
            ),
            None,
        ),
        PATIENCE,
    )
