"""The continuity API going wrong: what the person reads, what becomes of the change, what was sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from bot.domain.roles import Role
from sandbox.slack import Message
from tests.scenarios.conftest import (
    APPROVER,
    CUSTOMER,
    HTTP_ONLY,
    INCIDENT,
    OPERATOR,
    Scenario,
    said,
)
from tests.scenarios.security.test_bad_input import grant, records

NASTY = "No <!channel> & <@U1>"
INERT = "It says: No &lt;!channel&gt; &amp; &lt;@U1&gt;"


@dataclass(frozen=True)
class Case:
    """A fault, what is read of it, the heading it ends with, and how many writes were sent."""

    fault: dict[str, Any]
    words: str
    heading: str
    writes: int = 1


async def whole(scenario: Scenario, cases: list[Case], **where: Any) -> dict[str, Case]:
    """Give each case a customer of its own that both people and the channel may act on."""
    await grant(
        scenario,
        "*",
        (OPERATOR, Role.OPERATOR),
        (APPROVER, Role.APPROVER),
        (INCIDENT, Role.INCIDENT),
    )
    numbered = {f"{20000 + n}": case for n, case in enumerate(cases)}
    for customer, case in numbered.items():
        scenario.continuity.add_customer(customer, users=4, access_off=1)
        scenario.continuity.fail(path=f"^/{customer}", **where, **case.fault)
    return numbered


def cards(scenario: Scenario, customer: str) -> list[Message]:
    """The card and the outcomes of a customer's change."""
    return [m for m in scenario.slack.channel_messages(INCIDENT) if customer in m.text]


def history(scenario: Scenario, customer: str) -> str:
    """Everything that the channel ever showed of a customer's change."""
    shown = []
    for message in cards(scenario, customer):
        shown += [said(revision) for revision in message.history]
    return "\n".join(shown)


async def until(scenario: Scenario, customer: str, heading: str, messages: int = 1) -> None:
    """Wait until the card, and with ``messages`` 2 the outcome too, begins with a heading."""

    def there(_: object) -> bool:
        begun = [m for m in cards(scenario, customer) if m.text.startswith(heading)]
        return len(begun) >= messages

    await scenario.slack.wait_for(there)


def sent(scenario: Scenario, customer: str) -> str:
    """The requests about a customer since the first write: W for a write, r for a read."""
    line = "".join(
        "W" if request.method in ("PUT", "DELETE") else "r"
        for request in scenario.continuity.requests
        if request.path.split("/")[1] == customer
    )
    return line[line.find("W") :] if "W" in line else ""


async def release(scenario: Scenario, customer: str) -> None:
    """Propose for the whole customer, and let the approver release it."""
    await scenario.type(f"failover on {customer}")

    def ready(_: object) -> Message | None:
        return next(
            (m for m in cards(scenario, customer) if "change_approve" in scenario.slack.buttons(m)),
            None,
        )

    card = await scenario.slack.wait_for(ready)
    await scenario.slack.click(APPROVER, INCIDENT, card.ts, "change_approve")


# --- in the preview -------------------------------------------------------------------------------

FOR_GOOD: dict[str, Any] = {"times": None}
STOPPED = [
    *(Case({"kind": status}, f"({status})", "") for status in (400, 401, 403, 404, 409, 302)),
]  # fmt: skip
UNKNOWN_NUMBER = [
    Case({"kind": 429, "retry_after": 0, **FOR_GOOD}, "asks to wait (429)", "WAITING"),
    Case({"kind": 429, **FOR_GOOD}, "asks to wait (429)", "WAITING"),
    Case({"kind": 429, "retry_after": 3600, **FOR_GOOD}, "asks to wait (429)", "WAITING"),
    *(Case({"kind": status, **FOR_GOOD}, f"answered {status}", "WAITING") for status in (500, 502, 503, 504)),
    *(Case({"kind": kind, **FOR_GOOD}, "told no number of users", "WAITING") for kind in ("html", "wrong_json", "broken_json")),
    *(Case({"kind": kind, **FOR_GOOD}, "connection to the continuity API broke", "WAITING") for kind in ("reset_before", "half_body")),
    Case({"kind": "hang", **FOR_GOOD}, "did not answer in time", "WAITING"),
]  # fmt: skip


async def test_a_refusal_in_the_preview_is_told_and_ends_the_change(scenario: Scenario) -> None:
    numbered = await whole(scenario, STOPPED, method="HEAD")
    await asyncio.gather(*(scenario.type(f"failover on {customer}") for customer in numbered))
    for customer, case in numbered.items():
        assert case.words in await scenario.told(f"for {customer}* was not proposed")
        assert cards(scenario, customer) == []
    told = [r.detail["problem"] for r in await records(scenario) if r.kind == "change.stopped"]
    assert len(told) == len(STOPPED)
    assert scenario.writes() == []


async def test_the_apis_own_words_about_a_named_user_are_told(scenario: Scenario) -> None:
    scenario.continuity.fail(kind=403, method="GET", message=NASTY)
    await scenario.type(f"failover on {CUSTOMER} user0001@example.com")
    told = await scenario.told("user0001@example.com: The continuity API does not allow")
    assert INERT in told
    await scenario.type(f"failover on {CUSTOMER} nobody@example.com")
    unknown = await scenario.told("There is no user nobody@example.com for customer 44444.")
    assert "It says: " in unknown
    scenario.continuity.fail(kind="wrong_json", method="GET")
    await scenario.type(f"failover on {CUSTOMER} user0002@example.com")
    await scenario.outcome("The continuity API answered with a body that cannot be read.")
    assert scenario.writes() == []


async def test_a_number_that_cannot_be_had_is_said_on_the_card_and_in_the_dialog(
    scenario: Scenario,
) -> None:
    numbered = await whole(scenario, UNKNOWN_NUMBER, method="HEAD")
    await asyncio.gather(*(scenario.type(f"failover on {customer}") for customer in numbered))
    for customer, case in numbered.items():
        card = await scenario.slack.wait_for(
            lambda _, of=customer: next(  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
                (m for m in cards(scenario, of) if "change_approve" in scenario.slack.buttons(m)),
                None,
            ),
            timeout=30.0,
        )
        assert case.words in said(card), case
        assert "Number not known, this is the whole customer" in said(card)
        dialog = scenario.slack.buttons(card)["change_approve"]["confirm"]["text"]["text"]
        assert "number not known, this is the whole customer" in dialog
    assert scenario.writes() == []


# --- in the write ---------------------------------------------------------------------------------

WRITES = [
    *(Case({"kind": status, "message": NASTY}, INERT, "FAILED") for status in (400, 401, 403, 404, 409)),
    Case({"kind": 302}, "redirect (302), which is never followed", "FAILED"),
    Case({"kind": "answer", "status": 403, "body": b"<html>x</html>", "headers": {"Content-Type": "text/html"}},
         "The body is an HTML page", "FAILED"),
    Case({"kind": 429, "retry_after": 0.1}, "4 of 4 in failover", "APPLIED", 2),
    Case({"kind": 429}, "4 of 4 in failover", "APPLIED", 2),
    Case({"kind": "answer", "applied": True, "body": {"id": "<!channel>", "timestamp": "<@U1>", "affectedUsers": 4}},
         "API id &lt;!channel&gt; at &lt;@U1&gt;", "APPLIED"),
    Case({"kind": "answer", "status": 204, "applied": True}, "accepted, the API told no id", "APPLIED"),
]  # fmt: skip
NOT_APPLIED = [
    *(Case({"kind": status, "message": NASTY}, NASTY, "APPLIED", 2) for status in (500, 502, 503, 408)),
    Case({"kind": "reset_before"}, "connection to the continuity API broke", "APPLIED", 2),
    Case({"kind": "html"}, "answered with an HTML page", "APPLIED", 2),
    Case({"kind": 500, **FOR_GOOD}, "answered 500 (Internal Server Error)", "NEEDS A PERSON", 3),
]  # fmt: skip
YET_APPLIED = [
    Case({"kind": 504, "applied": True}, "answered 504 (Gateway Timeout)", "APPLIED"),
    Case({"kind": "reset_after"}, "connection to the continuity API broke", "APPLIED"),
    *(Case({"kind": kind}, "answered with a body that cannot be read", "APPLIED") for kind in ("wrong_json", "broken_json")),
    Case({"kind": "half_body"}, "connection to the continuity API broke", "APPLIED"),
    *(Case({"kind": "answer", "status": status, "applied": True}, words, "APPLIED")
      for status, words in ((303, "answered with a redirect (303)"),)),
    Case({"kind": "answer", "applied": True, "body": {"id": "1", "timestamp": "t", "status": 403, "message": "Forbidden"}},
         "answered 200 and says: Forbidden", "APPLIED"),
]  # fmt: skip


async def test_an_answer_to_the_write_is_told_in_the_apis_words(scenario: Scenario) -> None:
    numbered = await whole(scenario, WRITES, method="PUT")
    await asyncio.gather(*(release(scenario, customer) for customer in numbered))
    for customer, case in numbered.items():
        await until(scenario, customer, case.heading, 2)
        assert case.words in history(scenario, customer), case
        assert sent(scenario, customer).count("W") == case.writes, case
        on = {user.failover for user in scenario.continuity.customers[customer].values()}
        assert on == {case.heading == "APPLIED"}
    failed = [r for r in await records(scenario) if r.kind == "change.failed"]
    refused = [case for case in WRITES if case.heading == "FAILED"]
    assert len(failed) == len(refused)
    assert [r.detail["api_id"] for r in failed if NASTY in str(r.detail["sentence"])].count(
        None
    ) == 0


async def test_what_is_put_off_is_told_with_the_next_try_and_can_be_withdrawn(
    scenario: Scenario,
) -> None:
    fault = {"kind": 429, "retry_after": 61, "message": NASTY, **FOR_GOOD}
    [customer] = await whole(scenario, [Case(fault, INERT, "APPROVED")], method="PUT")
    await release(scenario, customer)

    def waiting(_: object) -> Message | None:
        return next((m for m in cards(scenario, customer) if "Next try" in said(m)), None)

    card = await scenario.slack.wait_for(waiting)
    assert f"{INERT}. Nothing was changed." in said(card)
    await scenario.slack.click(OPERATOR, INCIDENT, card.ts, "change_cancel")
    await until(scenario, customer, "CANCELLED")
    assert "Nothing was sent. It was for" in said(cards(scenario, customer)[0])
    assert sent(scenario, customer).count("W") == 1


async def test_an_ambiguous_answer_is_read_back_before_anything_is_sent_again(
    scenario: Scenario,
) -> None:
    numbered = await whole(scenario, [*NOT_APPLIED, *YET_APPLIED], method="PUT")
    await asyncio.gather(*(release(scenario, customer) for customer in numbered))
    for customer, case in numbered.items():
        await until(scenario, customer, case.heading, 2)
        assert "FAILED" not in history(scenario, customer)
        line = sent(scenario, customer)
        assert (line.count("W"), "WW" in line) == (case.writes, False), (case, line)
        on = {user.failover for user in scenario.continuity.customers[customer].values()}
        assert on == {case.heading == "APPLIED"}
    # A card that is late shows its newest state only; the trail has every state there was.
    trail = [
        r for r in await records(scenario) if r.kind in ("change.unknown", "change.needs_operator")
    ]
    for customer, case in numbered.items():
        told = [str(r.detail["sentence"]) for r in trail if r.customer == customer]
        assert [words for words in told if case.words in words], (case, told)


async def test_some_named_users_refused_is_partly_and_all_refused_is_failed(
    scenario: Scenario,
) -> None:
    users = list(scenario.continuity.customers[CUSTOMER])[:3]
    for user, status in zip(users[:2], (404, 409), strict=True):
        scenario.continuity.fail(kind=status, method="PUT", path=user, message=NASTY)
    await scenario.type(f"failover on {CUSTOMER} {' '.join(users)}")
    await scenario.press("change_confirm", user=OPERATOR)
    await until(scenario, CUSTOMER, "PARTLY APPLIED", 2)
    shown = history(scenario, CUSTOMER)
    assert (
        f"• The continuity API does not know this customer or user (404). {INERT}. (1): {users[0]}"
        in shown
    )
    assert f"• The continuity API reports a conflict (409). {INERT}. (1): {users[1]}" in shown
    assert sorted(scenario.writes()) == [f"PUT /{CUSTOMER}/{user}/failover" for user in users]
    scenario.continuity.fail(kind=403, method="DELETE", message=NASTY)
    await scenario.type(f"failover off {CUSTOMER} {users[2]}")
    await scenario.press("change_confirm", user=OPERATOR)
    await until(scenario, CUSTOMER, "FAILED", 2)
    assert scenario.writes().count(f"DELETE /{CUSTOMER}/{users[2]}/failover") == 1


async def test_an_ambiguous_answer_for_one_of_several_users_is_read_back_for_him(
    scenario: Scenario,
) -> None:
    users = list(scenario.continuity.customers[CUSTOMER])[:3]
    scenario.continuity.fail(kind="reset_after", method="PUT", path=users[0])
    scenario.continuity.fail(kind=500, method="PUT", path=users[1], message=NASTY)
    await scenario.type(f"failover on {CUSTOMER} {' '.join(users)}")
    await scenario.press("change_confirm", user=OPERATOR)
    await until(scenario, CUSTOMER, "APPLIED", 2)
    assert [r for r in await records(scenario) if r.kind == "change.unknown"]
    writes = [sum(user in line for line in scenario.writes()) for user in users]
    assert writes == [1, 2, 1]


# --- in the read-back -----------------------------------------------------------------------------

AFTER_THE_PREVIEW = {"after": 5, "times": None}
UNSEEN = "ACCEPTED, NOT YET SEEN"
LOOKS = [
    *(Case({"kind": status, **AFTER_THE_PREVIEW}, f"({status})", UNSEEN) for status in (401, 403, 404, 429)),
    Case({"kind": 503, **AFTER_THE_PREVIEW}, "answered 503", UNSEEN),
    *(Case({"kind": kind, **AFTER_THE_PREVIEW}, "told no number of users", UNSEEN) for kind in ("html", "wrong_json")),
    Case({"kind": "reset_before", **AFTER_THE_PREVIEW}, "connection to the continuity API broke", UNSEEN),
]  # fmt: skip


async def test_without_a_read_back_it_is_accepted_and_nothing_is_sent_again(
    scenario: Scenario,
) -> None:
    numbered = await whole(scenario, LOOKS, method="HEAD")
    await asyncio.gather(*(release(scenario, customer) for customer in numbered))
    for customer, case in numbered.items():
        await until(scenario, customer, case.heading)
        assert "Not read back: The" in history(scenario, customer), case
        assert case.words in history(scenario, customer), case
    scenario.continuity.faults.clear()
    for customer, case in numbered.items():
        await until(scenario, customer, "APPLIED", 2)
        assert sent(scenario, customer).count("W") == 1, case
        assert "FAILED" not in history(scenario, customer)


# --- in status ------------------------------------------------------------------------------------

ASKED = [
    *(Case({"kind": status, **FOR_GOOD}, f"({status})", "") for status in (400, 401, 403, 404, 409, 302, 429)),
    *(Case({"kind": status, **FOR_GOOD}, f"answered {status}", "") for status in (500, 503)),
    *(Case({"kind": kind, **FOR_GOOD}, "told no number of users", "") for kind in ("html", "wrong_json", "broken_json")),
    *(Case({"kind": kind, **FOR_GOOD}, "connection to the continuity API broke", "") for kind in ("reset_before", "half_body")),
]  # fmt: skip


async def test_status_says_what_is_wrong_with_the_api(scenario: Scenario) -> None:
    numbered = await whole(scenario, ASKED)
    told = await asyncio.gather(*(_status(scenario, customer) for customer in numbered))
    for case, text in zip(ASKED, told, strict=True):
        assert "Number of users not known. The con" in text, case
        assert case.words in text, case
    assert scenario.slack.messages == []
    assert scenario.writes() == []


async def _status(scenario: Scenario, customer: str) -> str:
    """Ask until the API answered within the seconds of a question: a busy machine may be slower."""
    before = 0
    answer = "did not answer in time"

    def answers(_: object) -> list[str]:
        told = [one.text for one in scenario.slack.ephemerals]
        return [text for text in told if text.startswith(f"*{customer}*")][before:]

    async with asyncio.timeout(60.0):
        while "did not answer in time" in answer:
            await scenario.type(f"status {customer}")
            [answer, *_] = await scenario.slack.wait_for(answers)
            before += 1
    return answer


@HTTP_ONLY  # the same over both; it takes six seconds
async def test_status_is_answered_within_seconds_though_the_api_hangs(scenario: Scenario) -> None:
    scenario.continuity.fail(kind="hang", times=None)
    await scenario.type(f"status {CUSTOMER}")
    await scenario.slack.wait_for(lambda slack: slack.ephemerals, timeout=6.0)


async def test_a_user_whom_the_api_refused_is_not_sent_again_for_the_sake_of_another(
    scenario: Scenario,
) -> None:
    users = list(scenario.continuity.customers[CUSTOMER])[:2]
    scenario.continuity.fail(kind=409, method="PUT", path=users[0], times=None)
    scenario.continuity.fail(kind=500, method="PUT", path=users[1])
    await scenario.type(f"failover on {CUSTOMER} {' '.join(users)}")
    await scenario.press("change_confirm", user=OPERATOR)
    await until(scenario, CUSTOMER, "PARTLY APPLIED", 2)
    assert [sum(user in line for line in scenario.writes()) for user in users] == [1, 2]
