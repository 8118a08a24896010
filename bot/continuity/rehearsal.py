"""Rehearsals: requests of a drill leave for an API that says of itself that it is simulated, and for no other."""

from __future__ import annotations

import json

import httpx

from bot.continuity import urls
from bot.errors import NotSent, Refused
from bot.program import PROGRAM

# Below the base URL, where a real API has the number of a customer, and what is answered there.
CONTROL = "simulation"
IDENTITY = {"simulation": "continuity"}
MAX_IDENTITY_BYTES = 1000

NOT_SIMULATED = (
    "The address of this drill does not answer as the simulated API, so nothing was sent there. Start "
    f"`{PROGRAM} sandbox`, and compare the url in CONTINUITY_CREDENTIALS."
)
NOT_A_DRILL = (
    "Customer {customer} is not marked `drill = true` in CONTINUITY_CREDENTIALS: no scenario is played for "
    "a real customer."
)
NOT_THERE = (
    f"The simulated API of this drill is not there: start `{PROGRAM} sandbox`. Nothing was sent."
)


async def check_simulated(client: httpx.AsyncClient, base: httpx.URL) -> None:
    """Ask, without the account, whether a simulated API listens there.

    Raises NotSent where nobody answers, and Refused where it is another one.
    """
    request = client.build_request("GET", urls.checked_url(base, CONTROL))
    try:
        response = await client.send(request, auth=None, stream=True)
    except httpx.TransportError:
        raise NotSent(NOT_THERE) from None
    try:
        if response.status_code != httpx.codes.OK or await _read(response) != IDENTITY:
            raise Refused(NOT_SIMULATED)
    finally:
        await response.aclose()


def scenario_line(customer: str, ended: str = "") -> str:
    """Return path and query of the scenario of a customer; ``ended`` is the drill that is ended, or ""."""
    query = [("id", ended)] if ended else []
    return urls.line((CONTROL, *urls.customer_segments(customer)), query)


def scenario_body(scenario: str, drill_id: str) -> bytes:
    """Return the body that has a scenario played."""
    return json.dumps({"scenario": scenario, "id": drill_id}).encode()


async def _read(response: httpx.Response) -> object:
    content = b""
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > MAX_IDENTITY_BYTES:
            return None
    try:
        return json.loads(content)
    except ValueError:
        return None
