"""The bot's own export, imported untouched: nothing is refused, and nothing would change."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.continuity.client import ContinuityClient
from bot.domain.mail_user import differences
from bot.domain.user_files.user_file import read_users
from bot.ports import Store
from bot.service.changes.user_file_checks import verify_rows
from bot.service.context import Context
from bot.service.queries.list_users import csv_of
from sandbox.continuity import ContinuitySandbox
from tests.builders import CUSTOMER
from tests.fakes import FakeClock, FakeDirectory

ODD = [
    "Jo\u200dLi",
    "a\u200cb",
    "de",
    "J?rg",
    "J\ufffdrg",
    "MÃ¼ller",
    "=1+1",
    "'=x",
    " Jo ",
    "a\nb",
]
ODD += [
    "\u202eoJ",
    "x" * 300,
    "a;b",
    "a,b",
    'a"b',
    "a|b",
    "ü",
    "-",
    "\u00a0Jo",
    "@x",
    "1-2",
    "\t",
    "",
]
# A file with NUL is taken for none of text.
TEXT = st.sampled_from(ODD) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=8
)
GROUPS = st.lists(TEXT, max_size=3)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("displayName", "givenName", "surName", "language", "timezone"), TEXT),
        "failoverGroups": GROUPS,
    },
)
LOCAL = st.sampled_from(["jo", "=jo", "o'brien", "jö", "j#o", "jo+x"])
MOST = 60  # users: more than are looked at one by one


def test_an_export_of_odd_users_can_be_imported_untouched() -> None:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(LOCAL, FIELDS), min_size=1, max_size=6), st.booleans())
    def check(users: list[tuple[str, dict[str, Any]]], many: bool) -> None:
        asyncio.run(_round_trip(users, more=MOST if many else 0))

    check()


async def _round_trip(users: list[tuple[str, dict[str, Any]]], *, more: int) -> None:
    async with ContinuitySandbox() as api:
        for user in api.add_customer(CUSTOMER, more).values():
            user.others = {"language": "de", "failoverGroups": ["a,b"]}
        for at, (local, fields) in enumerate(users):
            # As it is told, whatever the reference says: these are the API's own words.
            api.add_user(CUSTOMER, f"{local}{at}@example.com").others = fields
        client = ContinuityClient(api.url, api.username, SecretStr(api.password))
        try:
            await _untouched(client)
        finally:
            await client.aclose()


async def _untouched(client: ContinuityClient) -> None:
    states = [state async for state in client.users(CUSTOMER)]
    text = "\ufeff" + "".join(csv_of(states, header=True))
    own = {state.address.lower(): state.fields for state in states}
    ctx = Context(cast("Store", None), client, FakeDirectory(), FakeClock())
    parsed, lost = await verify_rows(ctx, CUSTOMER, read_users(text.encode(), "users.csv"))
    assert (parsed.errors, lost) == ((), ())
    for row in parsed.rows:
        assert differences(own[row.address.lower()], row.fields) == ()
