"""An outage of the API ends: what was given up meanwhile holds no place for good."""

from __future__ import annotations

import asyncio

import httpx
from pydantic import SecretStr

from bot.continuity.client import ContinuityClient
from sandbox.continuity import ContinuitySandbox

CUSTOMER = "44444"
GIVEN_UP_AFTER = 5.0  # seconds


async def test_after_a_hang_in_which_hundreds_gave_up_the_next_one_is_answered() -> None:
    async with ContinuitySandbox() as api:
        api.add_customer(CUSTOMER, users=5)
        # As in the bot, where a preview and a place in the pool have five seconds each.
        patience = httpx.Timeout(10.0, connect=5.0, pool=GIVEN_UP_AFTER)
        password = SecretStr(api.password)
        client = ContinuityClient(api.url, api.username, password, read_timeout=patience)
        api.fail(kind="hang", times=None)

        async def four_counts() -> list[int]:
            async with asyncio.timeout(GIVEN_UP_AFTER):
                return await asyncio.gather(*(client.count(CUSTOMER) for _ in range(4)))

        gave_up = await asyncio.gather(*(four_counts() for _ in range(200)), return_exceptions=True)
        assert {type(one) for one in gave_up} == {TimeoutError}
        api.faults.clear()
        assert await four_counts() == [5, 5, 5, 5]
        await client.aclose()
