"""What holds for every pager: states, repeats, faults, and no secret in an error."""

from __future__ import annotations

import asyncio

import pytest

from bot.domain.page import PageState
from bot.errors import LeaseLost, PagerRefused, PagerUnavailable
from bot.paging import http_client
from bot.ports import Pager
from sandbox.pagers.sandbox import ROUTING_KEY, SECRET
from tests.paging.conftest import Pagers, a_page


async def test_an_incident_is_triggered_acknowledged_and_resolved(
    pagers: Pagers, pager: Pager
) -> None:
    for state in PageState:
        await pager.send(a_page(state))
        [incident] = pagers.sandbox.incidents.all()
        assert (incident.state, incident.severity) == (state, "critical")
    assert incident.link == "https://example.slack.com/archives/C1/p1"
    assert "Müller GmbH" in incident.summary


async def test_the_same_page_again_is_no_second_incident(pagers: Pagers, pager: Pager) -> None:
    await pager.send(a_page())
    await pager.send(a_page())
    assert len(pagers.sandbox.incidents.all()) == 1


@pytest.mark.parametrize(
    ("kind", "error", "sentence"),
    [
        ("429", PagerUnavailable, "It takes no more for now (429)."),
        ("500", PagerUnavailable, "It answered 500."),
        ("503", PagerUnavailable, "It answered 503."),
        ("408", PagerUnavailable, "It answered 408."),
        ("400", PagerRefused, "It refused it (400). Look at "),
        ("403", PagerRefused, "It refused it (403). Look at "),
        ("redirect", PagerRefused, "It answered with a redirect (302), which is never followed."),
        ("cut", PagerUnavailable, "It cannot be reached."),
        ("lost", PagerUnavailable, "It cannot be reached."),
    ],
)
async def test_a_fault_is_told_and_a_repeat_is_taken(
    pagers: Pagers,
    pager: Pager,
    kind: str,
    error: type[PagerUnavailable | PagerRefused],
    sentence: str,
) -> None:
    pagers.sandbox.fail(kind, times=1)
    with pytest.raises(error) as failed:
        await pager.send(a_page())
    assert str(failed.value).startswith(sentence)
    assert len(pagers.sandbox.requests) == 1
    await pager.send(a_page())
    assert [one.times["triggered"] for one in pagers.sandbox.incidents.all()] in ([1], [2])


@pytest.mark.parametrize(("told", "seconds"), [("7", 7.0), ("0", 0.0), ("", None), ("soon", None)])
async def test_retry_after_is_told(
    pagers: Pagers, pager: Pager, told: str, seconds: float | None
) -> None:
    pagers.sandbox.fail("429", times=1, retry_after=told)
    with pytest.raises(PagerUnavailable) as failed:
        await pager.send(a_page())
    assert failed.value.retry_after == seconds


async def test_a_pager_that_is_down_cannot_be_reached(pagers: Pagers, pager: Pager) -> None:
    await pagers.sandbox.stop()
    with pytest.raises(PagerUnavailable, match=r"^It cannot be reached\.$"):
        await pager.send(a_page())


async def test_an_answer_that_does_not_come_is_waited_for_a_limited_time(
    pagers: Pagers, pager: Pager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_client, "MAX_SECONDS", 0.2)
    pagers.sandbox.fail("slow", seconds=60.0)
    async with asyncio.timeout(30):
        with pytest.raises(PagerUnavailable, match=r"^It did not answer in time\.$"):
            await pager.send(a_page())


@pytest.mark.parametrize("name", ["pagerduty", "webhook"])
async def test_without_a_lease_nothing_is_sent(pagers: Pagers, name: str) -> None:
    def lost() -> None:
        raise LeaseLost("Another replica leads.")

    with pytest.raises(LeaseLost):
        await pagers.make(name, lost).send(a_page())
    assert pagers.sandbox.requests == []


@pytest.mark.parametrize("kind", ["400", "429", "500", "cut", "redirect"])
async def test_no_error_holds_a_secret_or_an_address(
    pagers: Pagers, pager: Pager, kind: str
) -> None:
    pagers.sandbox.fail(kind)
    with pytest.raises((PagerUnavailable, PagerRefused)) as failed:
        await pager.send(a_page())
    said = f"{failed.value!r} {failed.value.__cause__!r}"
    for hidden in (ROUTING_KEY, SECRET, "127.0.0.1", "/hook"):
        assert hidden not in said
