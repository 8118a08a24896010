"""Lists of users and one user, as messages: within Slack's limits, inert, and not on a locked phone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.actor import Actor
from bot.domain.roles import Right
from bot.domain.scope import EVERY_USER, Filters
from bot.errors import Ambiguous, SlackRefused, SlackUnavailable
from bot.ports import UserState
from bot.service.access.authorise import Authorization
from bot.service.access.principals import Principal
from bot.service.queries.list_users import ListRequest
from bot.service.queries.show_user import ShownUser
from bot.slack.views import list_users as views
from bot.slack.views.show_user import user_details
from tests.builders import CHANNEL, REQUESTER, a_change
from tests.slack.extreme_values import CUSTOMER_NAME, EVIL, HOSTILE, NAME, SCOPES, longest_address
from tests.slack.message_checks import check, elements, inert, shown

JO = UserState(
    "jo@example.com", True, None, False, {"displayName": "Jo Ex", "user": "jo@example.com"}
)


def an_order(
    total: int | None = 1284, filters: Filters = EVERY_USER, name: str = "Acme GmbH"
) -> ListRequest:
    principal = Principal(Actor(REQUESTER, CHANNEL), "name", (), ())
    return ListRequest(
        Authorization(principal, (), Right.VIEW), "44444", name, filters, CHANNEL, total
    )


def a_user(rights: frozenset[Right] = frozenset(Right), **over: Any) -> ShownUser:
    fields: dict[str, Any] = {
        "customer": "44444",
        "name": "Acme GmbH",
        "user": JO,
        "changes": (a_change(),),
    }
    return ShownUser(rights=rights, **(fields | over))


def test_the_first_page_is_a_table_and_says_how_many_match() -> None:
    filters = Filters(("emea",), failover=True)
    said = views.first_page(an_order(filters=filters), [JO], views.progress(500, 1284))
    check(said.text, said.blocks)
    check(said.text, said.older)
    rows = [[cell["text"] for cell in row] for row in said.blocks[1]["rows"]]
    assert rows[1] == ["jo@example.com", "Jo Ex", "on", "not told", "no"]
    told = shown(said.blocks)
    assert "*Users of Acme GmbH (44444)*: failover on, group emea" in told
    assert f"The first 1 of 1,284, for <@{REQUESTER}>." in told
    assert "Reading: 500 of 1,284 users." in told


def test_what_a_locked_phone_shows_names_no_user() -> None:
    said = views.first_page(an_order(), [JO], views.completed(1284))
    assert "jo@" not in said.text
    assert "Jo" not in said.text


@pytest.mark.parametrize(
    ("total", "words"), [(None, "not known yet"), (1, "1 in all"), (2, "The first 1 of 2")]
)
def test_how_many_there_are_is_told_as_far_as_it_is_known(total: int | None, words: str) -> None:
    assert words in shown(views.first_page(an_order(total), [JO], "x").blocks)


def test_a_page_of_the_longest_users_fits() -> None:
    users = [
        UserState(longest_address(number), None, None, None, {"displayName": EVIL * 10})
        for number in range(views.MAX_SHOWN_USERS)
    ]
    filters = Filters(getattr(SCOPES["16 groups"], "names"), True, True, False)  # noqa: B009  # of groups
    said = views.first_page(an_order(10**6, filters, NAME), users, "x")
    check(said.text, said.blocks)
    check(said.text, said.older)
    assert len(said.older[1]["rows"]) <= views.MAX_PLAIN_USERS + 1
    assert len(views.file_title(an_order(10**6, filters, NAME))) <= 200


def test_nobody_is_said_with_what_was_asked_for() -> None:
    assert views.no_users(an_order(0)) == "Acme GmbH (44444) has no users."
    assert views.sent_privately(an_order(1), 1).startswith(
        "1 user of Acme GmbH (44444), every user: "
    )
    said = views.no_users(an_order(0, Filters(access=False)))
    assert said == "No user of Acme GmbH (44444) matches: access off."


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Ambiguous("No answer."), "after 500 users, so there is no file. No answer. Repeat"),
        (SlackUnavailable("No answer."), "Look whether it is there before you repeat"),
        (
            SlackRefused("Slack refused it (x).", code="x"),
            "brought to Slack. Slack refused it (x).",
        ),
        (OSError("disk"), "disk for temporary files"),
    ],
)
def test_why_there_is_no_file_is_told(error: Any, words: str) -> None:
    assert words in views.interrupted(500, error)


def test_a_user_is_shown_with_every_field_and_flags_as_told() -> None:
    fields = {
        **JO.fields,
        "surName": "Ex & Co",
        "failoverGroups": ["emea", "us"],
        "quota": {"mb": 5},
        "note": None,
        "failover": True,
    }
    user = UserState(JO.address, True, None, False, fields)
    said = user_details(a_user(user=user))
    check(said.text, said.blocks)
    for told in (said.text, shown(said.blocks)):
        assert (
            "failover on · access not told · not activated · they cannot read their mail yet"
            in told
        )
        assert "Surname: Ex &amp; Co\n" in told
        assert "Failover groups: emea, us\n" in told
        assert 'quota: {"mb": 5}\nnote: not told' in told
        assert "failover: " not in told
        assert "C-7K3MX · WAITING · FAILOVER ON" in told


def test_what_the_head_says_is_not_said_again() -> None:
    fields = {"user": "jo@example.com", "customer": "44444", "domain": "example.com"}
    same = UserState("jo@example.com", None, None, None, fields)
    assert user_details(a_user(user=same)).text.count("jo@example.com") == 1
    other = UserState("jo@example.com", None, None, None, {"user": "JO@example.com"})
    assert "user: JO@example.com" in user_details(a_user(user=other)).text


@pytest.mark.parametrize(
    ("rights", "actions"),
    [
        ({Right.VIEW}, []),
        ({Right.VIEW, Right.PROPOSE}, ["user_failover", "user_edit"]),
        ({*Right}, ["user_failover", "user_edit", "user_token"]),
    ],
)
def test_the_buttons_are_those_that_the_reader_may_use(
    rights: set[Right], actions: list[str]
) -> None:
    """There is none for a flag that is not told: nobody knows which way it would go."""
    offered = elements(user_details(a_user(frozenset(rights))).blocks)
    assert [one["action_id"] for one in offered] == actions


def test_a_button_names_customer_user_and_the_opposite_of_what_is_told() -> None:
    user = UserState(JO.address, True, False, None, {})
    failover, access, *_ = elements(user_details(a_user(user=user)).blocks)
    assert (failover["text"]["text"], failover["value"]) == (
        "Failover off",
        "44444 jo@example.com off",
    )
    assert (access["text"]["text"], access["value"]) == ("Access on", "44444 jo@example.com on")


@settings(max_examples=50, deadline=None)
@given(
    CUSTOMER_NAME,
    HOSTILE,
    st.dictionaries(HOSTILE, HOSTILE | st.none() | st.lists(HOSTILE), max_size=40),
)
def test_no_typed_text_is_live(name: str, typed: str, fields: dict[str, Any]) -> None:
    user = UserState(longest_address(), True, True, False, fields)
    said = user_details(a_user(user=user, name=name, changes=(a_change(reason=typed),) * 5))
    check(said.text, said.blocks)
    page = views.first_page(
        an_order(name=name), [UserState("a@b.cd", None, None, None, fields)], "x"
    )
    check(page.text, page.blocks)
    inert(views.failed(views.interrupted(1, Ambiguous(typed))))
