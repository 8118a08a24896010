"""The probe reads alone, says which assumptions hold, and shows nobody's data."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from pydantic import SecretStr

from bot.settings import Settings
from bot.terminal.doctor.finding import Finding, Mark
from bot.terminal.doctor.probe import probe
from sandbox.continuity import ContinuitySandbox
from sandbox.continuity.mock import DocumentationMock
from sandbox.continuity.server import ContinuityServer
from tests.fixtures import log_state

CUSTOMER = "44444"
STAMP = "2026-03-14T03:09:00Z"


@pytest_asyncio.fixture
async def api() -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox() as sandbox:
        sandbox.add_customer(CUSTOMER, 10, groups={"emea": 3, "apac": 2})
        yield sandbox


async def told(
    api: ContinuityServer, *groups: str, user: str | None = None
) -> tuple[dict[str, Finding], int]:
    settings = Settings(
        _env_file=None,
        continuity_url=api.url,
        continuity_username=api.username,
        continuity_password=SecretStr(api.password),
    )
    findings: list[Finding] = []
    with log_state.restored():
        wrong = await probe(settings, CUSTOMER, user, groups, findings.append)
    lines = "\n".join(map(str, findings))
    for value in ("user000", "User 000", "example.com", "Berlin", api.password):
        assert value not in lines
    assert {request.method for request in api.requests} <= {"HEAD", "GET"}
    return {finding.about: finding for finding in findings}, wrong


async def test_every_assumption_that_holds_has_its_line(api: ContinuitySandbox) -> None:
    findings, wrong = await told(api, "emea", "apac", user="user0002@example.com")
    assert wrong == 0
    visibility = findings.pop("visibility")  # no reading can test it
    assert (visibility.mark, "SETTLE (600 s)" in str(visibility)) == (Mark.WARNS, True)
    assert {finding.mark for finding in findings.values()} == {Mark.OK}
    assert {*findings} == {
        *("User-Count", "users", "group", "group encoding", "flags", "failoverGroups"),
        *("unknown fields", "timestamp", "spelling", "counts", "encoding"),
    }


async def test_another_shape_is_told_by_its_names_alone(api: ContinuitySandbox) -> None:
    user = {"user": "user0001@example.com", "failover": True, "shoeSize": "User 0001"}
    body = {"id": "1", "timestamp": "14.03.2026 03:09", "user": user, "access": True, "more": 1}
    api.fail(kind="answer", path="user0001", times=None, body=body)
    listed = {"id": "1", "timestamp": STAMP, "users": [{"user": "user0001@example.com"}]}
    api.fail(kind="answer", method="GET", path=f"/{CUSTOMER}$", body=listed)
    findings, wrong = await told(api, "emea")
    assert wrong == 0
    said = {about: finding.text for about, finding in findings.items()}
    assert said["unknown fields"] == "shoeSize: kept as they are"
    assert said["timestamp"].startswith("99.99.9999 99:99")
    assert said["flags"] == "beside the user object: access"
    assert said["answer"] == "unknown fields: more"
    assert said["group"].startswith("3 users in it")
    assert "name two" in said["group encoding"]
    assert "not told" in said["failoverGroups"]


async def test_bytes_that_are_not_plain_utf_8_are_read_and_told(api: ContinuitySandbox) -> None:
    api.encoding = "utf-8-sig"
    findings, wrong = await told(api)
    assert (wrong, findings["encoding"].mark) == (0, Mark.WARNS)
    assert findings["encoding"].text.startswith("utf-8-sig instead of UTF-8")


async def test_numbers_that_cannot_be_true_together_are_told(api: ContinuitySandbox) -> None:
    api.fail(kind="answer", method="HEAD", after=1, headers={"User-Count": "12"})
    findings, wrong = await told(api)
    assert (wrong, findings["counts"].mark) == (0, Mark.WARNS)
    assert "contradict each other: 12 in failover of 10 users." in findings["counts"].text


async def test_paths_that_mind_capitals_are_told(api: ContinuitySandbox) -> None:
    api.state.case_sensitive = True
    findings, wrong = await told(api)
    assert (wrong, findings["spelling"].mark) == (0, Mark.WARNS)
    assert findings["spelling"].text.startswith("paths mind capitals")
    api.fail(kind=500, path="USER0001", times=None)
    findings, wrong = await told(api)
    assert (wrong, findings["spelling"].mark) == (1, Mark.FAILS)


async def test_what_contradicts_is_counted(api: ContinuitySandbox) -> None:
    api.fail(kind="answer", method="GET", path=f"/{CUSTOMER}$", body={"id": "1", "items": []})
    api.fail(kind="answer", method="HEAD", path=f"/{CUSTOMER}$")
    findings, wrong = await told(api)
    assert wrong == 2
    assert findings["users"].mark is findings["User-Count"].mark is Mark.FAILS
    assert "not asked" in findings["user"].text


@pytest.mark.parametrize("count", ["0", "9"])
async def test_an_encoding_that_counts_wrong_is_told(api: ContinuitySandbox, count: str) -> None:
    api.fail(kind="answer", method="HEAD", after=3, headers={"User-Count": count})
    findings, wrong = await told(api, "emea", "apac")
    assert (wrong, findings["group encoding"].mark) == (1, Mark.FAILS)
    said = findings["group encoding"].text
    assert f"repeated {count}, with commas 5; in use: repeat" in said
    assert said.endswith("Set CONTINUITY_GROUP_ENCODING=comma.")
    api.fail(kind="answer", method="HEAD", after=4, headers={"User-Count": count})
    findings, wrong = await told(api, "emea", "apac")
    assert (wrong, findings["group encoding"].mark) == (0, Mark.OK)
    assert "only the one in use" in findings["group encoding"].text


async def test_groups_that_nobody_is_in_tell_nothing_of_the_encoding(
    api: ContinuitySandbox,
) -> None:
    findings, wrong = await told(api, "nobody", "none")
    assert (wrong, findings["group encoding"].mark) == (0, Mark.WARNS)
    assert "nobody is in these groups" in findings["group encoding"].text


@pytest.mark.parametrize(
    ("count", "warned", "failed"),
    [(0, {"User-Count", "group encoding"}, set()), (None, set(), {"User-Count", "group"})],
)
async def test_at_a_mock_of_the_documentation_the_probe_says_what_is_not_told(
    count: int | None, warned: set[str], failed: set[str]
) -> None:
    """As the table in docs/operations.md says."""
    async with DocumentationMock(count=count) as api:
        findings, _ = await told(api, "emea", "apac")
    marks = {mark: {name for name, one in findings.items() if one.mark is mark} for mark in Mark}
    assert marks[Mark.WARNS] == warned | {"flags", "failoverGroups", "timestamp", "visibility"}
    assert marks[Mark.FAILS] == failed


async def test_where_no_encoding_counts_right_one_group_at_a_time_is_the_way(
    api: ContinuitySandbox,
) -> None:
    api.fail(kind="answer", method="HEAD", after=3, headers={"User-Count": "0"}, times=2)
    findings, _ = await told(api, "emea", "apac")
    assert findings["group encoding"].text.endswith("Use one group at a time.")


async def test_a_refusal_is_told(api: ContinuitySandbox) -> None:
    api.fail(kind=403, times=None)
    _, wrong = await told(api, "emea", user="user0001@example.com")
    assert wrong == 4
