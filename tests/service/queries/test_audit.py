"""The command audit: entries that the reader may see, by customer, change, person and time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.moment import parse_moment
from bot.domain.commands import AuditCommand
from bot.errors import InvalidInput, NotAllowed, SlackUnavailable, UnknownChange
from bot.ports import Person
from bot.service.context import Context
from bot.service.queries.audit import (
    AuditRequest,
    audit_pages,
    filter_words,
    read_audit,
    record_audit_export,
    request_audit,
)
from tests.builders import (
    APPROVER,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    REQUESTER,
    a_change,
    a_record,
)
from tests.service.harness import STRANGER, ServiceHarness, actor
from tests.service.queries.conftest import EVERYWHERE, THIRD, VIEWER


async def read(ctx: Context, user: str, command: AuditCommand) -> list[AuditEntry]:
    request = await request_audit(ctx, actor(user), command)
    return list((await read_audit(ctx, request)).entries)


@pytest.mark.parametrize(
    ("user", "customer", "seen"),
    [
        (VIEWER, None, [1, 2]),
        (VIEWER, CUSTOMER, [1]),
        (EVERYWHERE, None, [1, 2, 3, 4]),  # also what belongs to no customer
        (STRANGER, None, []),
    ],
)
async def test_audit_shows_what_the_reader_may_see(
    rows: ServiceHarness, user: str, customer: str | None, seen: list[int]
) -> None:
    there = len(await rows.look(lambda tx: tx.entries()))  # on the role rows
    await rows.record(*(a_record(customer=one) for one in (CUSTOMER, OTHER_CUSTOMER, THIRD, "")))
    found = await read(rows.ctx, user, AuditCommand(customer=customer))
    assert [entry.seq - there for entry in found if entry.seq > there] == seen


async def test_audit_shows_the_last_entries(harness: ServiceHarness) -> None:
    there = len(await harness.look(lambda tx: tx.entries()))  # on the role rows
    await harness.record(*[a_record()] * 60)
    found = await read(harness.ctx, APPROVER, AuditCommand(customer=CUSTOMER))
    assert [entry.seq - there for entry in found] == list(range(11, 61))


async def test_audit_of_a_change_is_its_whole_story(harness: ServiceHarness) -> None:
    change = await harness.executed()
    await harness.record(*[a_record()] * 20)
    found = await read(harness.ctx, APPROVER, AuditCommand(change_id=change.id))
    assert [entry.record.kind for entry in found] == await harness.trail(change.id)
    assert len(found) == 5


async def test_audit_of_a_change_needs_a_row_for_its_customer(harness: ServiceHarness) -> None:
    await harness.put(a_change())
    with pytest.raises(NotAllowed):
        await read(harness.ctx, STRANGER, AuditCommand(change_id="C-7K3MX"))
    with pytest.raises(UnknownChange, match="There is no change C-00000 here"):
        await read(harness.ctx, REQUESTER, AuditCommand(change_id="C-00000"))


async def test_audit_of_a_customer_needs_a_row(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed):
        await read(harness.ctx, STRANGER, AuditCommand(customer=CUSTOMER))


async def test_a_person_is_found_by_id_by_name_and_by_whom_it_was_done_for(
    rows: ServiceHarness,
) -> None:
    there = len(await rows.look(lambda tx: tx.entries()))
    await rows.record(
        a_record(actor="U0OLGA", actor_name="Olga"),
        a_record(actor="U0ANTON", actor_name="Anton"),
        a_record(actor="op@jump1", actor_name="Olga", detail={"on_behalf_of": "U0OLGA"}),
    )

    async def by(person: str) -> list[int]:
        found = await read(rows.ctx, VIEWER, AuditCommand(CUSTOMER, person=person))
        return [entry.seq - there for entry in found]

    assert await by("U0OLGA") == await by("olga") == [1, 3]
    assert await by("op@jump1") == [3]
    assert await by("nobody") == []


async def test_all_ids_of_a_person_are_theirs(rows: ServiceHarness) -> None:
    there = len(await rows.look(lambda tx: tx.entries()))
    await rows.store.write(lambda tx: tx.add_ids("U0OLGA", {"W0OLGA"}))
    await rows.record(a_record(actor="U0OLGA", actor_name="Olga"))
    await rows.record(a_record(actor="W0OLGA", actor_name="Olga"))
    for typed in ("olga", "W0OLGA"):
        found = await read(rows.ctx, VIEWER, AuditCommand(CUSTOMER, person=typed))
        assert [entry.seq - there for entry in found] == [1, 2]


async def test_a_name_of_two_people_is_not_guessed(rows: ServiceHarness) -> None:
    await rows.record(
        a_record(actor="U0B", actor_name="Olga"), a_record(actor="U0A", actor_name="Olga")
    )
    with pytest.raises(InvalidInput, match="type one of the ids: U0A, U0B"):
        await read(rows.ctx, VIEWER, AuditCommand(CUSTOMER, person="olga"))


async def requested(harness: ServiceHarness, **over: str) -> AuditRequest:
    since, until = (parse_moment(over[one]) if one in over else None for one in ("since", "until"))
    command = AuditCommand(CUSTOMER, since=since, until=until)
    return await request_audit(harness.ctx, actor(), command)


async def test_days_are_those_of_the_persons_zone(harness: ServiceHarness) -> None:
    harness.directory.people[REQUESTER] = Person(REQUESTER, "Olga", zone="Europe/Berlin")
    request = await requested(harness, since="2026-03-01", until="2026-03-14")
    assert request.zone == "Europe/Berlin"
    assert request.where.since == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert request.where.until == datetime(2026, 3, 14, 23, tzinfo=UTC), "the whole day"
    assert filter_words(request) == [
        *("customer 44444", "since 2026-02-28 23:00:00 UTC", "until 2026-03-14 23:00:00 UTC"),
    ]


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd"])
async def test_without_a_known_zone_times_are_utc(harness: ServiceHarness, zone: str) -> None:
    harness.directory.people[REQUESTER] = Person(REQUESTER, "Olga", zone=zone)
    request = await requested(harness, since="2026-03-01 13:30")
    assert request.zone == "UTC"
    assert request.where.since == datetime(2026, 3, 1, 13, 30, tzinfo=UTC)


async def test_a_time_ago_is_from_now(harness: ServiceHarness) -> None:
    request = await requested(harness, since="24h")
    assert request.where.since == harness.ctx.clock.now() - timedelta(hours=24)


async def test_entries_of_a_time_are_shown(rows: ServiceHarness) -> None:
    there = len(await rows.look(lambda tx: tx.entries()))
    hours = [NOW + timedelta(hours=number) for number in range(4)]
    await rows.record(*(a_record(at=at) for at in hours))
    since, until = (parse_moment(at.isoformat()) for at in hours[1:3])
    found = await read(rows.ctx, VIEWER, AuditCommand(CUSTOMER, since=since, until=until))
    assert [entry.seq - there for entry in found if entry.seq > there] == [2], "until is not in it"


async def test_times_in_the_wrong_order_are_refused(harness: ServiceHarness) -> None:
    with pytest.raises(InvalidInput, match="--since is not before --until"):
        await requested(harness, since="2026-03-02", until="2026-03-01")


async def test_a_silent_directory_for_the_zone_is_utc(harness: ServiceHarness) -> None:
    request = await requested(harness)
    assert request.zone == "UTC"
    harness.directory.error = SlackUnavailable("silent")
    with pytest.raises(NotAllowed):
        await requested(harness)


async def test_files_are_read_in_pages_up_to_their_beginning(
    rows: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.queries.audit.PAGE_ENTRIES", 2)
    await rows.record(*[a_record()] * 5, a_record(customer=OTHER_CUSTOMER))
    request = await request_audit(rows.ctx, actor(VIEWER), AuditCommand(CUSTOMER))
    count, last = await record_audit_export(rows.ctx, request)
    await rows.record(*[a_record()] * 3)
    pages = [page.entries async for page in audit_pages(rows.ctx.store, request.where, last)]
    entries = [entry for page in pages for entry in page]
    assert max(map(len, pages)) == 2
    assert len(entries) == count
    assert {entry.record.customer for entry in entries} == {CUSTOMER}
    assert entries[-1].seq <= last < last + 2
    [exported] = [
        entry
        for entry in await rows.look(lambda tx: tx.entries())
        if entry.record.kind == "audit.exported"
    ]
    assert exported.record.detail == {"entries": count, "filters": "customer 44444"}
    assert (exported.record.actor, exported.record.customer) == (VIEWER, CUSTOMER)


async def test_no_file_is_recorded_where_nothing_matches(rows: ServiceHarness) -> None:
    command = AuditCommand(CUSTOMER, person="nobody")
    request = await request_audit(rows.ctx, actor(VIEWER), command)
    before = await rows.look(lambda tx: tx.entries())
    assert (await record_audit_export(rows.ctx, request))[0] == 0
    assert await rows.look(lambda tx: tx.entries()) == before


async def test_a_page_has_the_stories_of_its_changes_and_the_names(rows: ServiceHarness) -> None:
    await rows.store.write(lambda tx: tx.name_customer(CUSTOMER, "Acme GmbH"))
    change = await rows.executed()
    request = await request_audit(rows.ctx, actor(VIEWER), AuditCommand(CUSTOMER))
    page = await read_audit(rows.ctx, replace(request, where=request.where))
    story = page.stories[change.id]
    assert (story.customer_name, story.users(10**6)) == ("Acme GmbH", 3)
    assert page.known.customers == {CUSTOMER: "Acme GmbH"}
    assert page.known.people[REQUESTER] == f"name of {REQUESTER}"
