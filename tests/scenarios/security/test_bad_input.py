"""Bad input, and who may not: a sentence for the person, and nothing else."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

import pytest

from bot.domain.audit.chain import Record
from bot.domain.roles import Role
from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    SHARED,
    STRANGER,
    Scenario,
    said,
)

JO = "jo@example.com"
MANY = " ".join(f"u{n}@e.de" for n in range(501))
GROUPS = " ".join(f"--group g{n}" for n in range(17))

BAD = [
    ("failovr on 44444", "Did you mean failover"),
    ("statsu 44444", "Did you mean status"),
    ("role lst", "Did you mean role list"),
    ("help failovr", "Did you mean failover"),
    ("frobnicate", "no command"),
    ("--help", "begin with a command"),
    ("failover on 44444 --gruop emea", "Did you mean --group"),
    ("failover on 44444 --force", "no option “--force”"),
    ("pending 44444 --group emea", "no option"),
    *((f"{command} {bad}", "not a customer number") for command in ("failover on", "status", "whoami")
      for bad in ("4444", "444444", "٤٤٤٤٤", "４４４４４", "44444D", "44444DEF", "../99999", "*")),
    ("access off 44444de", "Did you mean 44444DE"),
    ("failover on 44444\n", "U+000A"),
    ("failover on 44444\n--group emea", "U+000A"),
    ("status 44444\u200b", "ZERO WIDTH SPACE"),
    ("status \u202e44444", "RIGHT-TO-LEFT OVERRIDE"),
    ("failover on 44444 --reason a\x1bb", "U+001B"),
    ("customer name 44444 Acme\u00ad", "SOFT HYPHEN"),
    *((f"failover on 44444 {address}", "is not an address") for address in (
        "jo", "jo@", "jo@localhost", "a/b@e.de", "a?b@e.de", "a#b@e.de", "a%2Fb@e.de",
        "..@e.de", "a..b@e.de", ".a@e.de", "a@e..de", "jo@e.de/../x", "-5@e.de", "jo@e.de:25", "jö@e.de")),
    ("failover on 44444 @example.com", "is not the name of a set"),
    (f"failover on 44444 {JO},sam@example.com", "no commas"),
    (f"failover on 44444 {MANY}", "these are 501"),
    (f"failover on 44444 {'x' * 30_000}", "Split it"),
    ("failover on 44444 --group", "needs a value"),
    ('failover on 44444 --group " "', "needs a value"),
    (f"failover on 44444 {GROUPS}", "these are 17"),
    (f"failover on 44444 {JO} --group emea", "not both"),
    ("failover on 44444 --reason --group=emea", "reason is empty"),
    ("failover on 44444 --reason down ーーgroup emea", "looks like an option"),
    ("cancel C-ILOU0", "not the id of a change"),
    ("cancel C-AAAAA", "no change C-AAAAA"),
    ("audit C-AAAAA", "no change C-AAAAA"),
    ("cancel", "id of the change is missing"),
    ("role grant @jo viewer 44444", "pick the person"),
    ("role grant U0STRANGER viewr 44444", "Did you mean viewer"),
    ("role grant C0ELSEWHERE viewer 44444", "only be given the role incident"),
    ("role grant S0ONCALL approver 44444", "one by one"),
    ("role grant U0STRANGER viewer 44444 --hours 0", "number of hours"),
    ("role revoke U0STRANGER viewer 44444", "is not viewer"),
    ("customer name 44444", "The name is missing"),
    ("&lt;!channel&gt;", "no command “&lt;!channel&gt;”"),
    ("failover on 44444 <!channel>", "“&lt;!channel&gt;” is not an address"),
]  # fmt: skip


async def answer(
    scenario: Scenario, text: str, *, user: str = OPERATOR, channel: str = INCIDENT
) -> str:
    """Type a command and return what the person alone is told."""
    before = len(scenario.slack.ephemerals)
    delivery = await scenario.type(text, user=user, channel=channel)
    assert (delivery.status, delivery.timed_out) == (200, False)
    told = await scenario.slack.wait_for(lambda slack: slack.ephemerals[before:])
    assert (told[0].user, told[0].channel) == (user, channel)
    return told[0].text


async def records(scenario: Scenario) -> list[Record]:
    """The audit trail."""
    entries = await direct_store.read(scenario.settings.database, lambda tx: tx.entries())
    return [entry.record for entry in entries]


async def refusals(scenario: Scenario) -> list[tuple[str, str]]:
    """Who was refused, and why, as the audit trail tells it."""
    return [
        (record.actor, str(record.detail["why"]))
        for record in await records(scenario)
        if record.kind == "refused"
    ]


async def grant(scenario: Scenario, customer: str, *subjects: tuple[str, Role]) -> None:
    """Write role rows as the terminal does, while the bot runs."""
    await direct_store.grant(scenario.settings.database, customer, subjects)


async def assert_untouched(scenario: Scenario) -> None:
    """No card, no change, no request, and Slack took every sentence."""
    assert scenario.slack.messages == []
    assert scenario.continuity.requests == []
    questions = {"users.info", "conversations.info"}
    assert [refused for refused in scenario.slack.refused if refused.method not in questions] == []
    assert not [record for record in await records(scenario) if record.change_id]


def faults(told: str, words: str) -> list[str]:
    """What is wrong with a sentence for a person."""
    found = [] if words in told else [f"does not say “{words}”"]
    found += [
        f"holds U+{ord(char):04X}"
        for char in told.replace("\n", "")
        if unicodedata.category(char) in {"Cc", "Cf"}
    ]
    found += [word for word in ("Traceback", "Something went wrong", "<!") if word in told]
    return found + (["is too long"] if len(told) > 500 else [])


async def test_each_bad_input_gets_one_clear_sentence_and_changes_nothing(
    scenario: Scenario,
) -> None:
    wrong = []
    for text, words in BAD:
        user = ADMIN if text.startswith(("role", "customer")) else OPERATOR
        told = await answer(scenario, text, user=user)
        wrong += [(text[:60], told[:200], fault) for fault in faults(told, words)]
    assert wrong == []
    assert len(scenario.slack.ephemerals) == len(BAD)
    await assert_untouched(scenario)


async def test_bad_input_in_a_thread_is_told_in_the_thread_to_that_person_alone(
    scenario: Scenario,
) -> None:
    root = scenario.slack.post(INCIDENT, OPERATOR, "mail is down")
    await scenario.slack.mention(OPERATOR, INCIDENT, "failovr on 44444", thread_ts=root.ts)
    await scenario.told("Did you mean failover")
    assert [told.thread_ts for told in scenario.slack.ephemerals] == [root.ts]
    assert [m.user for m in scenario.slack.messages] == [OPERATOR, OPERATOR]
    assert scenario.continuity.requests == []


# --- who may not ----------------------------------------------------------------------------------

ASKED = [
    f"failover on {CUSTOMER}",
    f"access off {CUSTOMER} {JO}",
    f"status {CUSTOMER}",
    f"pending {CUSTOMER}",
    f"audit {CUSTOMER}",
    f"customer name {CUSTOMER} Mine",
    f"role grant {STRANGER} operator {CUSTOMER}",
    f"role revoke {OPERATOR} operator {CUSTOMER}",
]


async def test_without_a_row_every_command_says_which_role_and_who_can_grant_it(
    scenario: Scenario,
) -> None:
    told = [await answer(scenario, text, user=STRANGER) for text in ASKED]
    assert [text for text in told if "it needs the role" not in text] == []
    assert [text for text in told if f"Who can grant it: <@{ADMIN}>" not in text] == []
    recorded = await refusals(scenario)
    assert [who for who, _ in recorded] == [STRANGER] * len(ASKED)
    assert all(text.startswith(why) for (_, why), text in zip(recorded, told, strict=True))
    await assert_untouched(scenario)


async def test_a_row_for_the_person_the_channel_and_this_customer_are_all_needed(
    scenario: Scenario,
) -> None:
    await grant(scenario, "55555", (OPERATOR, Role.OPERATOR))
    told = [
        await answer(scenario, "failover on 44444DE"),
        await answer(scenario, "failover on 55555"),
        await answer(scenario, f"failover on {CUSTOMER}", channel=ELSEWHERE),
        await answer(scenario, f"failover on {CUSTOMER}", channel=SHARED),
        await answer(scenario, f"failover on {CUSTOMER}", channel="C0UNSEEN"),
        await answer(scenario, f"failover on {CUSTOMER}", user=APPROVER),
    ]
    words = [
        "You may not propose for customer 44444DE",
        "not an incident channel for customer 55555",
        f"not an incident channel for customer {CUSTOMER}",
        "shared with another company",
        "cannot see this channel. Invite me",
        "needs the role operator or admin",
    ]
    assert [(a, b) for a, b in zip(told, words, strict=True) if b not in a] == []
    recorded = await refusals(scenario)
    assert all(text.startswith(why) for (_, why), text in zip(recorded, told, strict=True))
    await assert_untouched(scenario)


async def test_whoever_slack_bars_is_told_why_for_every_command(scenario: Scenario) -> None:
    barred: dict[str, dict[str, Any]] = {
        "U0DELETED": {"deleted": True},
        "U0ROBOT": {"is_bot": True},
        "U0GUEST": {"is_restricted": True},
        "U0SINGLE": {"is_ultra_restricted": True},
        "U0PARTNER": {"is_stranger": True},
        "U0FOREIGN": {"team_id": "T0OTHER"},
    }
    for user, flags in barred.items():
        scenario.slack.add_person(user, user.lower(), **flags)
    people = [*barred, "U0NOBODY"]
    await grant(scenario, CUSTOMER, *((user, Role.OPERATOR) for user in people))
    asked = [*ASKED, "pending", "audit", "whoami", "role list"]
    for user in people:
        told = [await answer(scenario, text, user=user) for text in asked]
        assert [text for text in told if "You may not use this here: " not in text] == []
    assert len(await refusals(scenario)) == len(people) * len(asked)
    await assert_untouched(scenario)


NO_ANSWER: list[dict[str, Any]] = [
    {"error": "internal_error"},
    {"error": "fatal_error"},
    {"status": 503},
    {"retry_after": 1},
    {"drop": True, "times": 3},  # the library asks again where a kept connection ended
]


@pytest.mark.parametrize("method", ["users.info", "conversations.info", "usergroups.list"])
async def test_when_slack_does_not_answer_the_membership_question_the_answer_is_no(
    scenario: Scenario, method: str
) -> None:
    scenario.slack.add_usergroup("S0ONCALL", "oncall", [STRANGER])
    await grant(scenario, CUSTOMER, ("S0ONCALL", Role.OPERATOR))
    for fault in NO_ANSWER:
        scenario.slack.fail(method, **fault)
        told = await answer(scenario, f"failover on {CUSTOMER}", user=STRANGER)
        scenario.slack.heal()
        assert "so nothing was done" in told, fault
        assert (await refusals(scenario))[-1] == (STRANGER, told)
    await assert_untouched(scenario)
    await scenario.type(f"failover on {CUSTOMER}", user=STRANGER)
    assert await scenario.card("change_approve")


@pytest.mark.parametrize("where", [{"team_id": "T0OTHER"}, {"api_app_id": "A0OTHER"}])
async def test_a_payload_of_another_workspace_or_app_is_refused_and_recorded(
    scenario: Scenario, where: dict[str, str]
) -> None:
    await scenario.slack.command(OPERATOR, INCIDENT, f"failover on {CUSTOMER}", **where)
    await scenario.told("another workspace or app")
    assert [why for _, why in await refusals(scenario)] == [
        "This bot serves another workspace or app."
    ]
    await assert_untouched(scenario)


# --- typed text is never live markup --------------------------------------------------------------

NASTY = "&lt;!channel&gt; <!channel> <@U1|x> &lt;https://evil.example|click&gt; *x* `y` &amp;lt;!here&amp;gt;"
SHOWN = "&lt;!channel&gt; &lt;!channel&gt; U1 &lt;https://evil.example|click&gt; *x* `y` &amp;lt;!here&amp;gt;"
OURS = re.compile(
    r"<(@U0(OPERATOR|APPROVER|ADMIN)|#C0(INCIDENT|SHARED)|!date\^\d+\^[^<>|]*\|[^<>|]*"
    r"|https?://[^|<>]*/archives/[A-Z0-9]+/p\d+\|(Open the card|Open it)"
    r"|https?://[^|<>]*\|(card|C-[0-9A-Z]+))>"
)


def markup(node: Any) -> Iterable[str]:
    """Every text that Slack reads as markup, in a message, a view or an answer.

    `plain_text`, `raw_text` in a table and `text` in rich text are shown as they are.
    """
    if isinstance(node, list):
        for item in node:
            yield from markup(item)
    elif isinstance(node, dict) and node.get("type") not in {"plain_text", "raw_text", "text"}:
        for key, item in node.items():
            if key == "text" and isinstance(item, str):
                yield item
            elif isinstance(item, dict | list):
                yield from markup(item)


def everything_shown(scenario: Scenario) -> list[str]:
    """Every text in every revision of every message and answer that reached Slack."""
    texts = [told.text for told in scenario.slack.ephemerals]
    for item in [*scenario.slack.ephemerals, *scenario.slack.views.values()]:
        texts += markup(getattr(item, "blocks", None) or getattr(item, "view", None))
    for message in scenario.slack.messages:
        for revision in message.history:
            texts += [revision.text, *markup(revision.blocks)]
    return texts


def live(texts: Iterable[str]) -> list[str]:
    """What would be a mention, a link or a command, besides the bot's own."""
    return [text for text in texts if re.search(r"<[^>]*>", OURS.sub("", text))]


async def test_typed_text_is_never_live_markup_wherever_it_is_shown(scenario: Scenario) -> None:
    scenario.continuity.add_user(CUSTOMER, "*x*&`y`@example.com", groups={"R&D <!here>"})
    await answer(
        scenario,
        f"customer name {CUSTOMER} &lt;!channel&gt; <!here|@here> *A* &amp;amp;",
        user=ADMIN,
    )
    await scenario.type(f"failover on {CUSTOMER} --group 'R&amp;D &lt;!here&gt;' --reason {NASTY}")
    card = await scenario.card("change_approve")
    assert f"Reason: {SHOWN}" in said(card)
    assert "in R&amp;D &lt;!here&gt;" in said(card)
    await scenario.press("change_deny", user=APPROVER)
    view = await scenario.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    why = "<!channel> <@U1> <https://evil.example|click> &amp;"
    await scenario.slack.submit(APPROVER, view.id, {"reason": {"reason": why}})
    denied = await scenario.outcome("DENIED")
    assert "&lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.example|click&gt; &amp;amp;" in said(
        denied
    )
    await scenario.type(f"failover on {CUSTOMER} *x*&amp;`y`@example.com")
    scenario.continuity.fail(kind=403, method="PUT", message="No <!channel> <@U1> &amp;")
    await scenario.press("change_confirm", user=OPERATOR)
    failed = await scenario.outcome("FAILED")
    assert "It says: No &lt;!channel&gt; &lt;@U1&gt; &amp;amp;" in said(failed)
    for text in (f"status {CUSTOMER}", "pending", f"audit {CUSTOMER}", f"whoami {CUSTOMER}"):
        await answer(scenario, text)
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.card("change_approve")
    await scenario.type("pending")
    await scenario.told("> FAILOVER ON ")
    await answer(scenario, f"role grant {NASTY} viewer 44444", user=ADMIN)
    await answer(scenario, f"help {NASTY}")
    texts = everything_shown(scenario)
    assert len(texts) > 30
    assert live(texts) == []
    assert scenario.slack.refused == []


async def test_a_url_or_channel_name_in_typed_text_is_not_made_a_link(scenario: Scenario) -> None:
    """docs.slack.dev, text object: without `verbatim`, URLs and conversation names are link-ified."""
    await scenario.type(f"failover on {CUSTOMER} --reason see http://evil.example and #general")
    card = await scenario.card("change_approve")
    typed = [block["text"] for block in card.blocks if "evil.example" in str(block.get("text"))]
    assert typed
    assert [part for part in typed if part["type"] == "mrkdwn" and not part.get("verbatim")] == []


async def test_the_way_back_of_many_users_is_for_all_of_them(scenario: Scenario) -> None:
    users = list(scenario.continuity.customers[CUSTOMER])
    await scenario.type(f"failover on {CUSTOMER} {' '.join(users)}")
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("20 of 20 in failover")
    await scenario.press("change_back", user=OPERATOR)
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("20 of 20 not in failover")


async def test_a_denial_needs_a_reason_that_can_be_read(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    await scenario.press("change_deny", user=APPROVER)
    view = await scenario.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    await scenario.slack.submit(APPROVER, view.id, {"reason": {"reason": "   "}})
    before = len(scenario.slack.ephemerals)
    await scenario.type("pending")
    await scenario.slack.wait_for(lambda slack: len(slack.ephemerals) > before)
    assert not [r for r in await records(scenario) if r.kind == "change.denied"]


async def test_a_sentence_reaches_the_person_though_the_response_url_is_gone(
    scenario: Scenario,
) -> None:
    scenario.slack.responses.new = lambda *_: f"{scenario.slack.base_url}response/gone"  # type: ignore[method-assign]  # the sandbox has no fault for it
    await scenario.type("failovr on 44444")
    await scenario.slack.wait_for(lambda slack: slack.ephemerals)
