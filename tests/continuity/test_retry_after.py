"""Whatever a 429 says about when to come back, the wait is bounded or there is none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot import retry_after
from bot.continuity.client import ContinuityClient
from bot.domain.scope import Everyone, Flag
from bot.errors import NotSent
from sandbox.continuity import ContinuitySandbox

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = 86_400.0
TOLD: dict[str, float | None] = {
    "3": 3.0,
    " 3 ": 3.0,
    "0.5": 0.5,
    "0": 0.0,
    "-3": 0.0,
    "-0": 0.0,
    "86401": DAY,
    "9" * 60: DAY,
    "9" * 5000: None,
    "1e400": None,
    "1e3": None,
    "1_0": None,
    "+5": None,
    "0x10": None,
    ".5": None,
    "inf": None,
    "-inf": None,
    "nan": None,
    "٣": None,
    "３": None,
    "²": None,
    "": None,
    " ": None,
    "soon": None,
    "3, 4": None,
    "Thu, 01 Jan 2026 00:00:09 GMT": 9.0,
    "Thu, 01 Jan 2026 00:00:09 -0000": 9.0,
    "Thursday, 01-Jan-26 00:00:09 GMT": 9.0,
    "Wed, 31 Dec 1969 23:59:59 GMT": 0.0,
    "Fri, 31 Dec 9999 23:59:59 GMT": DAY,
    "Fri, 31 Dec 9999 23:59:59 -2359": DAY,
    "Fri, 31 Dec 9999 23:59:59 -9999": None,
    "Mon, 01 Jan 0001 00:00:00 +2359": 0.0,
    "Sat, 01 Jan 0000 00:00:00 GMT": 0.0,  # read as 2000
    "Thu, 32 Jan 2026 00:00:09 GMT": None,
    "Thu, 01 Jan 2026 25:00:09 GMT": None,
    "Thu, 01 Jan 99999 00:00:09 GMT": None,
    "Thu, 01 Jan 2026 00:00:09 +99999999999999999999": None,
}
NUMBERS = st.integers().map(str) | st.floats().map(str) | st.decimals().map(str)
DATES = st.builds(
    "Fri, {} {} {} {}:{}:{} {}".format,
    st.integers(-1, 40),
    st.sampled_from(["Jan", "Feb", "Dec", "Foo", ""]),
    st.integers(-1, 10**6) | st.sampled_from([0, 1, 9999, 10**30]),
    *[st.integers(-1, 99)] * 3,
    st.sampled_from(["GMT", "-0000", "+2359", "-2359", "+9999", "-99999999999999999", "EST", ""]),
)


@pytest.mark.parametrize("text", TOLD, ids=lambda text: str(text)[:40])
def test_it_is_seconds_or_a_date_and_else_nothing(text: str) -> None:
    assert retry_after.retry_after(text, NOW) == TOLD[text]


@given(st.text(max_size=80) | NUMBERS | DATES)
def test_nothing_raises_and_every_wait_is_bounded(text: str) -> None:
    wait = retry_after.retry_after(text, NOW)
    assert wait is None or 0 <= wait <= DAY


@pytest.mark.parametrize(
    "text",
    ["Fri, 31 Dec 9999 23:59:59 -2359", "Sat, 01 Jan 0000 00:00:00 GMT", "9" * 400, "nan", "٣"],
)
async def test_a_429_is_a_429_whenever_it_says_to_come_back(text: str) -> None:
    async with ContinuitySandbox() as api:
        api.add_customer("44444", 3)
        api.fail(kind=429, retry_after=text, times=None)
        client = ContinuityClient(api.url, api.username, SecretStr(api.password), read_wait=0.001)
        with pytest.raises(NotSent, match="asks to wait"):
            await client.set_flag("44444", Flag.FAILOVER, True, Everyone())
        with pytest.raises(NotSent, match="asks to wait"):
            await client.count("44444")
        await client.aclose()
