"""The texts for the users of a customer: which templates and values count, who gets them, what is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.configuration import Entry, Kind
from bot.domain.languages import CODES
from bot.domain.time_limit import TimeLimit
from bot.domain.user_text import Placeholder, placeholders
from bot.errors import InvalidInput, NotAllowed
from bot.ports import Person, Transaction
from bot.service.access.configuration import configure, configure_all
from bot.service.user_texts.built_in import built_in_texts
from bot.service.user_texts.make import NoticeWish, make_notice, offer
from tests.builders import APPROVER, CUSTOMER, NOW, REQUESTER
from tests.reliability.model.bot_machine import TERMINAL
from tests.service.changes.timed.steps import switched
from tests.service.harness import STRANGER, ServiceHarness, actor, users

URL = "https://webmail.example.com"
LANGUAGES = ("de", "en", "es", "fr", "it")


async def put(harness: ServiceHarness, customer: str, **texts: str) -> None:
    terms = {f"{customer} {language}": {"text": text} for language, text in texts.items()}
    await configure_all(harness.ctx, TERMINAL, Kind.TEMPLATE, terms, customer=customer)


async def put_values(harness: ServiceHarness, customer: str, **terms: str) -> None:
    await configure(harness.ctx, TERMINAL, Kind.TEMPLATE, customer, terms, customer=customer)


async def made(harness: ServiceHarness, *languages: str, **wish: str) -> dict[str, str]:
    asked = NoticeWish(CUSTOMER, languages, **({"portal_url": URL} | wish))
    return dict((await make_notice(harness.ctx, actor(), asked)).texts)


def test_the_texts_that_come_with_the_bot_tell_where_and_since_when() -> None:
    assert tuple(built_in_texts()) == LANGUAGES
    for language, text in built_in_texts().items():
        assert language in CODES
        assert placeholders(text) == frozenset(Placeholder)
        assert max(map(len, text.splitlines())) <= 100
        lines = text.splitlines()
        # What may be missing stands alone in its line; the address too, so that it can be pressed.
        assert lines.count("{portal_url}") == 1
        for alone in ("{until}", "{contact}"):
            [line] = [one for one in lines if alone in one]
            assert line.count("{") == 1
        assert text.strip().endswith(".")


async def test_every_language_tells_where_since_when_and_whom_to_ask(
    harness: ServiceHarness,
) -> None:
    await switched(harness, limit=TimeLimit(lasts=timedelta(hours=2)))
    harness.directory.people[REQUESTER] = Person(REQUESTER, "jo", zone="Europe/Berlin")
    texts = await made(harness, contact="IT, 1234")
    assert tuple(texts) == LANGUAGES
    since, until = (f"{NOW + timedelta(hours=hours + 1):%Y-%m-%d %H:%M} CET" for hours in (0, 2))
    for text in texts.values():
        for told in (URL, CUSTOMER, since, until, "IT, 1234"):
            assert told in text
        assert "{" not in text
    [detail] = await harness.details("notice.made")
    assert detail["texts"] == dict.fromkeys(LANGUAGES, "built-in")
    assert (detail["portal_url"], detail["contact"]) == (URL, "IT, 1234")


async def test_a_line_without_a_value_is_left_out(harness: ServiceHarness) -> None:
    await harness.executed()
    text = (await made(harness, "en"))["en"]
    assert "until" not in text
    assert "help" not in text
    assert f"Since {NOW:%Y-%m-%d %H:%M} UTC" in text


async def test_an_end_counts_only_where_everybody_in_failover_has_one(
    harness: ServiceHarness,
) -> None:
    await switched(harness, users("a"))
    assert (await offer(harness.ctx, actor(), CUSTOMER)).until is not None
    await harness.executed(users("b"))
    assert (await offer(harness.ctx, actor(), CUSTOMER)).until is None


async def test_its_own_template_counts_before_the_one_for_all_and_that_of_the_bot(
    harness: ServiceHarness,
) -> None:
    await put(harness, "*", de="Alle: {portal_url}", sv="Alla: {portal_url}")
    await put(harness, CUSTOMER, de="{customer_name}: {portal_url}")
    texts = await made(harness, "de", "sv")
    assert texts == {"de": f"{CUSTOMER}: {URL}\n", "sv": f"Alla: {URL}\n"}
    [detail] = await harness.details("notice.made")
    assert detail["texts"] == {"de": CUSTOMER, "sv": "*"}
    with pytest.raises(InvalidInput, match="no text in pt: there are de, en, es, fr, it, sv"):
        await made(harness, "pt")


async def test_values_come_from_the_customer_else_from_those_for_all(
    harness: ServiceHarness,
) -> None:
    await put(harness, CUSTOMER, en="{portal_url} {contact}")
    await put_values(harness, "*", portal_url="https://all.example", contact="IT")
    await put_values(harness, CUSTOMER, portal_url="https://own.example")
    assert await made(harness, "en", portal_url="") == {"en": "https://own.example IT\n"}
    assert await made(harness, "en", contact="me") == {"en": f"{URL} me\n"}


async def test_without_the_address_of_the_webmail_nothing_is_made(harness: ServiceHarness) -> None:
    assert (await offer(harness.ctx, actor(), CUSTOMER)).needs_url
    with pytest.raises(InvalidInput, match="The address of the webmail is not known"):
        await made(harness, portal_url="")
    with pytest.raises(InvalidInput, match="is no address of a webmail"):
        await made(harness, portal_url="http://webmail.example.com")
    await put(harness, CUSTOMER, en="It stands in the text: https://own.example")
    assert await made(harness, "en", portal_url="") == {
        "en": "It stands in the text: https://own.example\n"
    }
    assert len(await harness.details("notice.made")) == 1


async def test_what_somebody_wrote_by_hand_does_not_count(harness: ServiceHarness) -> None:
    await put(harness, CUSTOMER, en="Own: {portal_url}")
    await put_values(harness, CUSTOMER, portal_url=URL)
    terms = {CUSTOMER: {"portal_url": "https://evil.example"}, f"{CUSTOMER} en": {"text": "Evil"}}
    terms |= {f"{CUSTOMER} de": {"text": "Evil"}}

    def by_hand(tx: Transaction) -> None:
        for name, forged in terms.items():
            entry = Entry(Kind.TEMPLATE, name, forged, TERMINAL.user, harness.clock.now())
            tx.put_configured(entry)

    await harness.store.write(by_hand)
    texts = await made(harness, "en", "de")
    assert "Evil" not in "".join(texts.values())
    assert (await offer(harness.ctx, actor(), CUSTOMER)).values.portal_url == ""
    await put(harness, CUSTOMER, en="Set again: {portal_url}")
    assert (await made(harness, "en"))["en"].startswith("Set again")


async def test_of_a_drill_each_text_says_so_first(harness: ServiceHarness) -> None:
    harness.ctx = replace(harness.ctx, is_drill=lambda customer: customer == CUSTOMER)
    for text in (await made(harness)).values():
        assert text.startswith("DRILL\n\n")


async def test_a_name_with_braces_is_put_in_as_it_is(harness: ServiceHarness) -> None:
    await put(harness, CUSTOMER, en="{customer_name}: {portal_url}")
    await harness.store.write(lambda tx: tx.name_customer(CUSTOMER, "{contact} {0} }{ & <b>"))
    assert (await made(harness, "en"))["en"].startswith("{contact} {0} }{ & <b>: https://")


@pytest.mark.parametrize("person", [APPROVER, REQUESTER])
async def test_whoever_may_view_the_customer_gets_them(
    harness: ServiceHarness, person: str
) -> None:
    await offer(harness.ctx, actor(person), CUSTOMER)
    with pytest.raises(NotAllowed):
        await offer(harness.ctx, actor(STRANGER), CUSTOMER)
    assert len(await harness.refusals()) == 1
