"""The texts for users through the whole bot: offered below an activation, typed, at no time sent to users."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.database_address import Database
from bot.domain.configuration import Kind
from sandbox.slack import Message
from sandbox.slack.model import View
from tests.fixtures import direct_store
from tests.scenarios.conftest import APPROVER, CUSTOMER, INCIDENT, OPERATOR, Scenario, said
from tests.scenarios.processes import deployment

URL = "https://webmail.example.com/login?customer=44444"


def files(scenario: Scenario, person: str = OPERATOR) -> dict[str, str]:
    """Return the texts that this person got, by the name of the file."""
    messages = scenario.slack.direct_messages(person)
    found = [one for message in messages for one in message.files]
    return {one.name: one.content.decode("utf-8") for one in found}


@pytest.fixture
def database(scenario: Scenario) -> Database:
    return scenario.settings.database


async def form(scenario: Scenario) -> View:
    view = await scenario.slack.wait_for(
        lambda slack: next((one for one in slack.views.values() if one.state == "open"), None)
    )
    assert view.callback_id == "notice_text"
    return view


async def activated(scenario: Scenario) -> Message:
    await scenario.type(f"activate {CUSTOMER} --reason Exchange is down")
    await scenario.press("change_approve", user=APPROVER)
    return await scenario.card("notice_text")


async def test_below_an_activation_it_asks_where_the_webmail_is_and_gives_the_files(
    scenario: Scenario,
) -> None:
    done = await activated(scenario)
    await scenario.slack.click(APPROVER, INCIDENT, done.ts, "notice_text")
    view = await form(scenario)
    wrong = {"languages": "de,en", "portal_url": "webmail", "contact": ""}
    await scenario.slack.submit(APPROVER, view.id, wrong)
    assert "is no address of a webmail" in str(view.errors)
    await scenario.slack.submit(APPROVER, view.id, wrong | {"portal_url": URL, "contact": "IT, 12"})
    told = await scenario.told("2 files are in your messages with me: de, en.", user=APPROVER)
    assert "nothing is sent to users" in told
    texts = files(scenario, APPROVER)
    assert sorted(texts) == ["mail-44444-de.txt", "mail-44444-en.txt"]
    for text in texts.values():
        assert URL in text.splitlines()
        assert "Acme GmbH" in text
        assert "IT, 12" in text
        assert "{" not in text
    assert scenario.slack.files_in(INCIDENT) == []


async def test_typed_it_gives_what_is_set_at_once(scenario: Scenario) -> None:
    await activated(scenario)
    await scenario.type(f"notice {CUSTOMER} --language de --language fr --url {URL}")
    await scenario.told("2 files are in your messages with me: de, fr.")
    texts = files(scenario)
    assert sorted(texts) == ["mail-44444-de.txt", "mail-44444-fr.txt"]
    await scenario.type(f"notice {CUSTOMER} --language sv --url {URL}")
    await scenario.told("There is no text in sv: there are de, en, es, fr, it.")
    await scenario.type(f"audit {CUSTOMER}")
    await scenario.told("got the text for the users of Acme GmbH (44444): de, fr.")


async def test_typed_without_the_address_of_the_webmail_it_asks(scenario: Scenario) -> None:
    await scenario.type(f"notice {CUSTOMER}")
    view = await form(scenario)
    await scenario.slack.submit(OPERATOR, view.id, {"languages": "it", "portal_url": URL})
    await scenario.told("1 file is in your messages with me: it.")
    [message] = [one for one in scenario.slack.direct_messages(OPERATOR) if one.files]
    assert "This bot has failover on for nobody there" in said(message)


async def test_who_may_not_view_the_customer_gets_nothing(scenario: Scenario) -> None:
    await scenario.type("notice 10101")
    await scenario.told("You may not view")
    assert [one for one in scenario.slack.direct_messages(OPERATOR) if one.files] == []


async def test_a_text_of_the_customer_is_chosen_in_the_form(
    scenario: Scenario, database: Database
) -> None:
    async with direct_store.admin(database) as terminal:
        own = {f"{CUSTOMER} de": {"text": "Nur hier: {portal_url}\n"}}
        await terminal.configure_all(Kind.TEMPLATE, own, CUSTOMER)
        values = {"portal_url": URL, "contact": ""}
        await terminal.configure(Kind.TEMPLATE, "*", values, "*")
    done = await activated(scenario)
    await scenario.slack.click(OPERATOR, INCIDENT, done.ts, "notice_text")
    view = await form(scenario)
    [languages] = [one for one in view.view["blocks"] if one["block_id"] == "languages"]
    chosen = [one["text"]["text"] for one in languages["element"]["initial_options"]]
    assert chosen == ["Deutsch (de), own text"]
    await scenario.slack.submit(OPERATOR, view.id, {})
    await scenario.told("1 file is in your messages with me: de.")
    assert files(scenario) == {"mail-44444-de.txt": f"Nur hier: {URL}\n"}


async def test_a_file_that_slack_does_not_take_is_told(scenario: Scenario) -> None:
    scenario.slack.fail("files.getUploadURLExternal", error="file_uploads_disabled")
    await scenario.type(f"notice {CUSTOMER} --url {URL}")
    told = await scenario.told("The files could not be sent to you: ")
    assert told.endswith("Try again.")


async def test_files_that_a_dead_process_left_are_sent_by_the_next_one(tmp_path: Path) -> None:
    async with deployment(tmp_path) as on:
        on.slack.fail("files.getUploadURLExternal", seconds=30.0)
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await on.type(f"notice {CUSTOMER} --language de --url {URL}")
            await on.slack.wait_for(
                lambda slack: [one for one in slack.calls if one.method.startswith("files.")]
            )
            await bot.kill()
        assert len(await on.saved_for_later()) == 1
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await on.told("1 file is in your messages with me: de.")
            await bot.stop()
        [message] = [one for one in on.slack.direct_messages(OPERATOR) if one.files]
        assert [one.name for one in message.files] == ["mail-44444-de.txt"]
        kinds = [one.record.kind for one in await on.trail(CUSTOMER)]
        assert kinds == ["notice.made"] * 2
