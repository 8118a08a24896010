"""What is odd in a file is looked up, and nothing else; without an answer it is refused, in words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change_commands import ImportUsersCommand
from bot.domain.limits import MAX_SINGLE_READS
from bot.domain.user_files.upload import LineError
from bot.errors import Ambiguous, InvalidInput, NotSent, Refused
from bot.service.change_types.attempt.new_groups import MAX_GROUPS_LOOKED_UP, known_groups
from bot.service.changes.user_files import FileResult, read_user_file, summarise_errors
from tests.builders import CUSTOMER
from tests.service.harness import ServiceHarness


def fields(harness: ServiceHarness, name: str) -> dict[str, Any]:
    return harness.api.held[CUSTOMER][f"{name}@example.com"].fields


async def read(harness: ServiceHarness, *lines: str, skip: bool = False) -> FileResult:
    data = "\n".join(["user;displayName;language;failoverGroups", *lines]).encode()
    return await read_user_file(
        harness.ctx, data, "users.csv", ImportUsersCommand(CUSTOMER), skip_wrong=skip
    )


def told(found: FileResult) -> list[tuple[int, str]]:
    return [(error.line, error.column) for error in found.errors]


async def test_a_file_with_nothing_odd_asks_nobody(harness: ServiceHarness) -> None:
    assert (await read(harness, "a@example.com;Jo;de_DE;emea")).errors == ()
    assert harness.api.asked == []


async def test_only_the_odd_rows_are_looked_up(harness: ServiceHarness) -> None:
    fields(harness, "a")["language"] = "de"
    found = await read(harness, "a@example.com;;de;", "b@example.com;;en;", "c@example.com;Jo;;")
    assert told(found) == [(3, "language")]
    assert sorted(harness.api.asked) == [f"GET /{CUSTOMER}/{x}@example.com" for x in "ab"]


async def test_many_odd_rows_are_looked_up_in_one_list(harness: ServiceHarness) -> None:
    names = [f"u{at}" for at in range(MAX_SINGLE_READS + 1)]
    harness.api.add(CUSTOMER, *(f"{name}@example.com" for name in names))
    for name in names[1:]:
        fields(harness, name)["language"] = "de"
    found = await read(harness, *(f"{name}@example.com;;de;" for name in names))
    assert told(found) == [(2, "language")]
    assert harness.api.asked == [f"GET /{CUSTOMER}"]


async def test_an_odd_address_is_looked_for_in_the_list(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, "jö@example.com")
    fields(harness, "jö")["displayName"] = "Jo"
    found = await read(harness, "jö@example.com;Jo;;", "a@example.com;Jo;;")
    assert found.errors == ()
    assert found.request is not None
    assert harness.api.asked == [f"GET /{CUSTOMER}"]


async def test_a_group_that_may_be_several_is_asked_for(harness: ServiceHarness) -> None:
    harness.api.held[CUSTOMER]["b@example.com"].groups = frozenset({"R/D"})
    found = await read(harness, "a@example.com;;;R/D", "c@example.com;;;emea/asia")
    assert told(found) == [(3, "failoverGroups")]
    assert f"HEAD /{CUSTOMER} ('R/D',) {{}}" in harness.api.asked


async def test_so_many_groups_are_asked_for_and_no_more(harness: ServiceHarness) -> None:
    await known_groups(harness.ctx, CUSTOMER, {f"g{at}" for at in range(99)} | {"a,b"})
    assert len(harness.api.asked) <= MAX_GROUPS_LOOKED_UP


@pytest.mark.parametrize(
    "error", [NotSent("not reached."), Ambiguous("no answer."), Refused("no rights.", status=403)]
)
async def test_what_is_odd_is_refused_where_the_api_does_not_tell(
    harness: ServiceHarness, error: Exception
) -> None:
    harness.api.unreadable = error
    with pytest.raises(InvalidInput) as refusal:
        await read(harness, "a@example.com;Jo;;", "b@example.com;;de;")
    words = str(refusal.value)
    assert "are taken only where the API has them already" in words
    assert str(error) in words
    assert "The first is in line 3: “de” is not a language" in words


async def test_a_name_that_may_have_lost_a_letter_is_proposed_and_remarked(
    harness: ServiceHarness,
) -> None:
    fields(harness, "b")["displayName"] = "Andr?"
    found = await read(harness, "a@example.com;J?rg;;", "b@example.com;Andr?;;")
    assert found.request is not None
    [remark] = found.request.remarks
    assert "beside a letter of a name in line 2: was a letter lost before?" in remark


async def test_it_is_remarked_where_the_api_does_not_tell(harness: ServiceHarness) -> None:
    harness.api.unreadable = NotSent("not reached.")
    found = await read(harness, "a@example.com;J?rg;;", "b@example.com;Andr?;;")
    assert found.request is not None
    assert "in 2 rows, first in line 2" in found.request.remarks[0]


async def test_wrong_rows_are_skipped_once_they_are_judged(harness: ServiceHarness) -> None:
    fields(harness, "a")["language"] = "de"
    found = await read(harness, "a@example.com;Jo;de;", "b@example.com;Jo;de;", skip=True)
    assert found.request is not None
    assert found.errors == (
        LineError(
            3,
            "language",
            "“de” is not a language: two small letters, _ and two capitals, as in en_GB.",
        ),
    )


async def test_where_nothing_is_left_to_send_that_is_said(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, "jö@example.com")
    fields(harness, "jö")["displayName"] = "Jo"
    with pytest.raises(InvalidInput, match="all users of this file are as it wants them already"):
        await read(harness, "jö@example.com;Jo;;")
    with pytest.raises(InvalidInput, match="“ö”"):
        await read(harness, "jö@example.com;Li;;", skip=True)


def test_a_row_with_two_errors_is_one_wrong_row() -> None:
    errors = [LineError(13, "user", "no address."), LineError(13, "language", "no language.")]
    assert summarise_errors(errors) == (
        "Nothing is proposed: 1 row is wrong. Line 13: no address. Line 13: no language."
    )
    many = [LineError(line, "user", "no address.") for line in range(1, 6)]
    assert summarise_errors(many).startswith("Nothing is proposed: 5 rows are wrong. Line 1:")
    assert summarise_errors(many).endswith("Line 3: no address. … and 2 more errors.")
    assert summarise_errors(many[:4]).endswith(" … and one more error.")
