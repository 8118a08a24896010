"""Slack's people, groups and places: who is let in, what is kept, and for how long."""

from __future__ import annotations

import asyncio

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import InstallationFault, SlackRefused, SlackUnavailable
from bot.slack.api.directory import CACHE_SECONDS, SlackDirectory
from sandbox.slack import SlackSandbox
from tests.builders import APPROVER, CHANNEL, REQUESTER


class Seconds:
    """A monotonic clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def directory(client: AsyncWebClient, seconds: Seconds) -> SlackDirectory:
    made = SlackDirectory(client, seconds)
    made.home = "T0HOME"
    return made


def asked(slack: SlackSandbox, method: str) -> int:
    return sum(call.method == method for call in slack.calls)


async def test_an_active_full_member_of_the_home_workspace_is_let_in(
    directory: SlackDirectory,
) -> None:
    person = await directory.person(REQUESTER)
    assert (person.id, person.name, person.barred) == (REQUESTER, "u0operator", "")


async def test_a_name_has_only_what_every_database_takes(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.add_person("U0ODD", "jo\x00\n\udc00 müller \U0001f469\u200d\U0001f4bb")
    person = await directory.person("U0ODD")
    assert person.name == "jo müller \U0001f469\u200d\U0001f4bb"


@pytest.mark.parametrize(
    ("flag", "why"),
    [
        ("deleted", "deactivated"),
        ("is_bot", "bots"),
        ("is_stranger", "other companies"),
        ("is_restricted", "guests"),
        ("is_ultra_restricted", "guests"),
    ],
)
async def test_guests_bots_strangers_and_the_deleted_are_barred(
    slack: SlackSandbox, directory: SlackDirectory, flag: str, why: str
) -> None:
    setattr(slack.people[REQUESTER], flag, True)
    assert why in (await directory.person(REQUESTER)).barred


async def test_members_of_another_workspace_and_the_unknown_are_barred(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.add_person("U0OTHER", "other", team_id="T0OTHER")
    assert (await directory.person("U0OTHER")).barred == "you belong to another workspace"
    assert (await directory.person("U0NOBODY")).barred == "Slack does not know you"
    assert (await directory.person("")).barred == "Slack does not know you"


async def test_in_a_grid_at_home_is_whoever_has_the_home_workspace_among_theirs(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.enterprise_id = "E0GROUP"
    slack.add_person("U0BOTH", "both", team_id="T0OTHER", teams=("T0OTHER", "T0HOME"))
    slack.add_person("U0AWAY", "away", team_id="T0OTHER", teams=("T0OTHER", "T0THIRD"))
    slack.add_person("W0ALL", "all", team_id="E0GROUP", teams=("T0OTHER", "T0HOME"))
    assert (await directory.person("U0BOTH")).barred == ""
    assert (await directory.person("W0ALL")).barred == ""
    assert (await directory.person("U0AWAY")).barred == "you belong to another workspace"


async def test_a_guest_of_the_home_workspace_is_one_in_a_grid_too(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.add_person("U0BOTH", "both", teams=("T0OTHER", "T0HOME"), is_restricted=True)
    assert (await directory.person("U0BOTH")).barred == "guests may not"


@pytest.mark.parametrize("asked_for", ["U0GRID", "W0GRID"])
async def test_both_ids_of_a_person_are_told_whichever_is_asked_for(
    slack: SlackSandbox, directory: SlackDirectory, asked_for: str
) -> None:
    slack.add_person("U0GRID", "grid", teams=("T0HOME",), other_id="W0GRID")
    slack.add_usergroup("S0FIRST", "first", ["U0GRID"])
    slack.add_usergroup("S0SECOND", "second", ["W0GRID"])
    person = await directory.person(asked_for)
    assert (person.id, sorted(person.ids)) == ("U0GRID", ["U0GRID", "W0GRID"])
    assert await directory.usergroups_of(asked_for, {"S0FIRST", "S0SECOND"}) == (
        "S0FIRST",
        "S0SECOND",
    )
    assert await directory.is_usergroup_member(asked_for, "S0SECOND") is True


async def test_who_is_in_a_group_that_slack_does_not_list_is_not_known(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.add_usergroup("S0ONCALL", "oncall", [APPROVER])
    assert await directory.is_usergroup_member(REQUESTER, "S0ONCALL") is False
    assert await directory.is_usergroup_member(REQUESTER, "S0UNKNOWN") is None


async def test_somebody_whom_slack_does_not_show_is_not_called_unknown(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.fail("users.info", error="user_not_visible")
    barred = (await directory.person(REQUESTER)).barred
    assert barred == "Slack does not show you to this app (user_not_visible)"


@pytest.mark.parametrize("code", ["missing_scope", "token_revoked", "account_inactive", "new_code"])
async def test_what_is_not_the_persons_fault_bars_nobody(
    slack: SlackSandbox, directory: SlackDirectory, code: str
) -> None:
    slack.fail("users.info", error=code)
    with pytest.raises(SlackRefused, match=code):
        await directory.person(REQUESTER)
    assert not (await directory.person(REQUESTER)).barred


async def test_groups_that_the_bot_may_not_read_are_told_and_not_called_empty(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.fail("usergroups.list", error="missing_scope")
    with pytest.raises(InstallationFault):
        await directory.usergroups_of(REQUESTER, ["S0OPS"])
    slack.fail("usergroups.list", error="plan_upgrade_required")
    assert await directory.usergroups_of(REQUESTER, ["S0OPS"]) == ()


async def test_before_the_home_workspace_is_known_nobody_is_let_in(client: AsyncWebClient) -> None:
    assert (await SlackDirectory(client).person(REQUESTER)).barred


async def test_an_answer_is_kept_for_a_minute_and_then_asked_again(
    slack: SlackSandbox, directory: SlackDirectory, seconds: Seconds
) -> None:
    await directory.person(REQUESTER)
    slack.people[REQUESTER].deleted = True
    seconds.now += CACHE_SECONDS - 1
    assert not (await directory.person(REQUESTER)).barred
    seconds.now += 1
    assert (await directory.person(REQUESTER)).barred
    assert asked(slack, "users.info") == 2


async def test_many_who_ask_the_same_question_at_once_are_one_request(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.latency = 0.05
    people = await asyncio.gather(*(directory.person(REQUESTER) for _ in range(50)))
    places = await asyncio.gather(*(directory.channel(CHANNEL) for _ in range(50)))
    assert {person.barred for person in people} == {""}
    assert {place.name for place in places} == {"incident"}
    assert asked(slack, "users.info") == asked(slack, "conversations.info") == 1


async def test_one_who_gives_up_does_not_take_the_answer_from_the_others(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.latency = 0.05
    impatient = asyncio.create_task(directory.person(REQUESTER))
    patient = asyncio.create_task(directory.person(REQUESTER))
    await slack.wait_for(lambda space: asked(space, "users.info"))
    impatient.cancel()
    assert (await patient).name == "u0operator"
    assert asked(slack, "users.info") == 1


async def test_no_answer_is_told_as_such_and_not_kept(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.fail("users.info", status=503)
    with pytest.raises(SlackUnavailable):
        await directory.person(REQUESTER)
    assert not (await directory.person(REQUESTER)).barred


async def test_that_slack_does_not_know_somebody_is_not_kept(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    assert (await directory.person("U0NEW")).barred
    slack.add_person("U0NEW", "new")
    assert not (await directory.person("U0NEW")).barred


async def test_a_channel_that_is_shared_outside_is_told(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.add_channel("C0SHARED", "shared", is_ext_shared=True)
    assert (await directory.channel("C0SHARED")).shared_outside
    place = await directory.channel(CHANNEL)
    assert (place.name, place.shared_outside, place.bot_is_member) == ("incident", False, True)


async def test_whether_it_is_shared_may_be_left_out(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.withheld["conversations.info"] = ("channel.is_ext_shared",)
    assert (await directory.channel(CHANNEL)).shared_outside is None


async def test_that_the_bot_is_no_member_is_not_kept(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    channel = slack.add_channel("C0OUT", "out", bot_member=False)
    assert not (await directory.channel("C0OUT")).bot_is_member
    channel.members.add(slack.bot_user_id)
    assert (await directory.channel("C0OUT")).bot_is_member
    assert (await directory.channel("C0OUT")).bot_is_member
    assert asked(slack, "conversations.info") == 2


async def test_a_channel_that_the_bot_cannot_see_is_a_refusal_and_not_kept(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    channel = slack.add_channel("C0PRIVATE", "private", bot_member=False, is_private=True)
    with pytest.raises(SlackRefused) as caught:
        await directory.channel("C0PRIVATE")
    assert caught.value.code == "channel_not_found"
    channel.members.add(slack.bot_user_id)
    assert (await directory.channel("C0PRIVATE")).bot_is_member


async def test_the_groups_of_a_person_are_those_that_hold_him(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.add_usergroup("S0ONCALL", "oncall", [REQUESTER, APPROVER])
    slack.add_usergroup("S0OTHER", "other", [APPROVER])
    slack.add_usergroup("S0OLD", "old", [REQUESTER], disabled=True)
    among = {"S0ONCALL", "S0OTHER", "S0OLD", "S0UNKNOWN"}
    assert await directory.usergroups_of(REQUESTER, among) == ("S0ONCALL",)
    assert await directory.usergroups_of(APPROVER, among) == ("S0ONCALL", "S0OTHER")
    assert await directory.usergroups_of(REQUESTER, ()) == ()


async def test_a_group_is_asked_for_once_a_minute_whoever_asks(
    slack: SlackSandbox, directory: SlackDirectory, seconds: Seconds
) -> None:
    slack.add_usergroup("S0ONCALL", "oncall", [REQUESTER])
    for person in (REQUESTER, APPROVER, REQUESTER):
        await directory.usergroups_of(person, {"S0ONCALL"})
    assert asked(slack, "usergroups.list") == 1
    seconds.now += CACHE_SECONDS
    slack.usergroups["S0ONCALL"].users.clear()
    assert await directory.usergroups_of(REQUESTER, {"S0ONCALL"}) == ()


async def test_slack_not_telling_about_a_group_is_no_answer_rather_than_no_member(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.add_usergroup("S0ONCALL", "oncall", [REQUESTER])
    slack.fail("usergroups.list", error="internal_error")
    with pytest.raises(SlackUnavailable):
        await directory.usergroups_of(REQUESTER, {"S0ONCALL"})


async def test_what_is_too_old_is_forgotten_when_there_is_much_of_it(
    slack: SlackSandbox, directory: SlackDirectory, seconds: Seconds
) -> None:
    done: asyncio.Future[dict[str, object]] = asyncio.get_running_loop().create_future()
    done.set_result({})
    directory._cache = {("user", f"U{n}"): (seconds.now - 1, done) for n in range(10_001)}
    await directory.person(REQUESTER)
    assert len(directory._cache) == 1


async def test_many_groups_are_one_question(slack: SlackSandbox, directory: SlackDirectory) -> None:
    """Twenty questions a minute are all that Slack allows."""
    groups = [f"S0{number:03}" for number in range(30)]
    for number, group in enumerate(groups):
        slack.add_usergroup(group, group.lower(), [REQUESTER] if number % 2 else [])
    assert await directory.usergroups_of(REQUESTER, groups) == tuple(groups[1::2])
    assert asked(slack, "usergroups.list") == 1


async def test_who_is_in_a_channel_is_asked_page_by_page_and_kept_for_a_while(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    many = [f"U{number:05}" for number in range(1_100)]
    slack.add_channel("C0LARGE", "large", members=many)
    assert await directory.is_in_channel({"U01099"}, "C0LARGE")
    assert await directory.is_in_channel({"W0OTHER", "U00003"}, "C0LARGE")
    assert asked(slack, "conversations.members") == 2
    assert not await directory.is_in_channel({REQUESTER}, "C0LARGE")
    slack.channels["C0LARGE"].members.add(REQUESTER)
    assert await directory.is_in_channel({REQUESTER}, "C0LARGE")


async def test_of_a_channel_that_the_bot_cannot_see_nobody_is_told_to_be_in_it(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.add_channel("C0HIDDEN", "hidden", members=[REQUESTER], is_private=True, bot_member=False)
    with pytest.raises(SlackRefused, match="channel_not_found"):
        await directory.is_in_channel({REQUESTER}, "C0HIDDEN")


async def test_what_slack_told_of_a_person_is_known_for_a_day(
    slack: SlackSandbox, directory: SlackDirectory, seconds: Seconds
) -> None:
    slack.add_person("U0GUEST", "guest", is_restricted=True)
    await directory.person("U0GUEST")
    await directory.person("U0NOBODY")
    calls = len(slack.calls)
    asked_for = {"U0GUEST", "U0NOBODY", REQUESTER}
    known = directory.known(asked_for)
    assert {one: person.barred for one, person in known.items()} == {
        "U0GUEST": "guests may not",
        "U0NOBODY": "Slack does not know you",
    }
    seconds.now += 24 * 3600
    slack.fail("users.info", error="fatal_error")
    with pytest.raises(SlackUnavailable):
        await directory.person("U0GUEST")
    assert directory.known(asked_for).keys() == {"U0GUEST", "U0NOBODY"}
    seconds.now += 1
    assert directory.known(asked_for) == {}
    assert len(slack.calls) == calls + 1


async def test_an_answer_that_nobody_waits_for_any_more_is_known(
    slack: SlackSandbox, directory: SlackDirectory
) -> None:
    slack.add_person("U0GUEST", "guest", is_restricted=True)
    asking = asyncio.create_task(directory.person("U0GUEST"))
    await asyncio.sleep(0)
    asking.cancel()
    await directory._cache["user", "U0GUEST"][1]
    known = directory.known(["U0GUEST"])
    assert known["U0GUEST"].barred == "guests may not"
