"""A first try in Slack against a mock of the vendor's documentation; at the terminal: tests/terminal/exec/test_documentation_mock.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.continuity.mock import EXAMPLE_USER, DocumentationMock
from tests.scenarios.conftest import APPROVER, CUSTOMER, OPERATOR, Scenario, at_work, said

NOT_VERIFIED = "ACCEPTED BY THE API, NOT VERIFIED"
COUNTS = [0, None]


@pytest.fixture(params=COUNTS, ids=["counts 0", "counts nothing"])
async def scenario(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scenario]:
    async with at_work(tmp_path, api=DocumentationMock(count=request.param), settle=1.0) as made:
        yield made


@pytest.mark.parametrize(
    ("words", "title", "line"),
    [
        ("failover on", "FAILOVER ON", "PUT /44444/failover"),
        ("failover off", "FAILOVER OFF", "DELETE /44444/failover"),
        ("access on", "ACCESS ON", "PUT /44444/access"),
        ("access off", "ACCESS OFF", "DELETE /44444/access"),
    ],
)
async def test_a_flag_for_everyone_is_accepted_and_not_verified(
    scenario: Scenario, words: str, title: str, line: str
) -> None:
    await scenario.type(f"{words} {CUSTOMER} --reason first try")
    card = await scenario.card("change_approve")
    assert "ALL users* (number not known)" in said(card)
    await scenario.press("change_approve", user=APPROVER, card=card)
    told = said(await scenario.outcome("audit"))
    assert "It cannot be verified" in told
    assert told.startswith(f"ACCEPTED, NOT VERIFIED: {title}")
    assert NOT_VERIFIED in told
    assert "API id string at string" in told
    assert scenario.writes() == [line]


@pytest.mark.parametrize("address", [EXAMPLE_USER, "jo@example.com"])
async def test_a_flag_of_a_user_is_accepted_and_not_verified(
    scenario: Scenario, address: str
) -> None:
    """Of another user than its example the mock tells nothing: it answers with the example."""
    await scenario.type(f"failover on {CUSTOMER} {address}")
    await scenario.press("change_confirm", user=OPERATOR)
    words = said(await scenario.outcome("audit"))
    assert "this API does not tell the flag" in words
    assert words.startswith("ACCEPTED, NOT VERIFIED: FAILOVER ON")
    assert NOT_VERIFIED in words
    assert scenario.writes() == [f"PUT /44444/{address}/failover"]


async def test_status_says_that_the_number_is_not_known(scenario: Scenario) -> None:
    await scenario.type(f"status {CUSTOMER}")
    assert "0 users" not in await scenario.told("Number of users not known.")


async def test_the_list_and_a_user_are_the_example(scenario: Scenario) -> None:
    await scenario.type(f"users {CUSTOMER}")
    await scenario.slack.wait_for(lambda slack: any(EXAMPLE_USER in one.text for one in slack.ephemerals) or slack.files)  # fmt: skip
    await scenario.type(f"user show {CUSTOMER} {EXAMPLE_USER}")
    assert "not told" in await scenario.told("not told")
