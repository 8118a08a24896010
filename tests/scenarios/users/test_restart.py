"""A process that is killed while it edits or deletes users: the next one goes on, and exports nobody twice."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.domain.change_state import State
from sandbox.slack import View
from tests.scenarios.conftest import ADMIN, APPROVER, OPERATOR
from tests.scenarios.processes import PATIENCE, SECOND_APPROVER, Deployment, deployment

EDITED, UNEDITED, DELETED, LEFT, WHOLE = "11111", "22222", "33333", "44444", "55555"
USER = "user0001@example.com"
STUCK = "user0010@example.com"  # of twenty, in the second batch of eight


async def test_what_a_killed_process_left_is_finished_or_left_to_a_person(tmp_path: Path) -> None:
    async with deployment(tmp_path, QUIET_PERIOD="1") as on:
        for customer in (EDITED, UNEDITED, DELETED, LEFT, WHOLE):
            on.continuity.add_customer(customer, users=22, access_off=2, groups={"left": 20})
        fail = on.continuity.fail
        fail(method="PUT", path=EDITED, kind="hang", applied=True)
        fail(method="PUT", path=UNEDITED, kind="hang")
        fail(method="DELETE", path=DELETED, kind="hang", applied=True)
        fail(method="DELETE", path=f"{LEFT}/{STUCK}", kind="hang")
        fail(method="DELETE", path=WHOLE, kind="hang")
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await _begin(on)
            await on.sent("PUT", EDITED)
            await on.sent("PUT", UNEDITED)
            await on.sent("DELETE", DELETED)
            await on.sent("DELETE", LEFT, 16)
            await on.sent("DELETE", WHOLE)
            await bot.kill()
        on.continuity.faults.clear()
        files = len(on.slack.files)
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await on.outcome(EDITED, "as wanted.")
            await on.outcome(UNEDITED, "as wanted.")
            await on.outcome(DELETED, "any more")
            await on.outcome(LEFT, "20 of 20 users with group left are gone")
            await on.card(WHOLE, words="22 users are there. It is not sent again by itself.")
            await bot.stop()

        assert len(on.writes(EDITED)) == 1
        assert len(on.writes(UNEDITED)) == 2
        assert len(on.writes(DELETED)) == 1
        assert on.writes(WHOLE) == [f"DELETE /{WHOLE}"]
        assert len(on.continuity.customers[LEFT]) == 2
        assert {line.count("/") for line in on.writes(LEFT)} == {2}  # each names one user
        assert (files, len(on.slack.files)) == (2, 2)
        [whole] = await on.changes(WHOLE)
        assert whole.state is State.UNKNOWN
        for customer in (EDITED, UNEDITED, DELETED, LEFT, WHOLE):
            kinds = [entry.record.kind for entry in await on.trail(customer)]
            assert "change.lost" in kinds


async def _begin(on: Deployment) -> None:
    for customer in (EDITED, UNEDITED):
        await _fill(on, OPERATOR, f"user edit {customer} {USER}", {"displayName": "Jo B"})
        await on.press("change_confirm", customer, OPERATOR)
    typed = {"address": USER, "reason": "has left"}
    await _fill(on, ADMIN, f"user delete {DELETED} {USER}", typed)
    await on.press("change_approve", DELETED)
    for customer, filters in ((LEFT, "--group left"), (WHOLE, "")):
        typed = {"number": customer, "reason": "contract ended"}
        await _fill(on, ADMIN, f"purge {customer} {filters}", typed)
        await on.press("change_approve", customer, APPROVER)
        await on.card(customer, words="1 of 2")
        await on.press("change_approve", customer, SECOND_APPROVER)


async def _fill(on: Deployment, user: str, command: str, values: dict[str, str]) -> None:
    def found(_: object) -> View | None:
        views = [view for view in on.slack.views.values() if view.state == "open"]
        return next((v for v in views if next(iter(values)) in str(v.view["blocks"])), None)

    await on.type(command, user)
    view = await on.slack.wait_for(found, PATIENCE)
    shown = await asyncio.wait_for(on.slack.submit(user, view.id, values), PATIENCE)
    assert shown.status == 200
