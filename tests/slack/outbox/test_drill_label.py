"""Each row of the outbox of a drill is rendered with the label, and none of another change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.emergency import Emergency
from bot.domain.page import PageState
from bot.domain.review import Review, ReviewState
from bot.domain.roles import Role
from bot.ports import Message, MessageKind, Transaction, message_key
from bot.slack.outbox.message_rendering import RenderedMessage, render
from bot.slack.outbox.notices import NOTICES, is_of_several
from bot.slack.outbox.page_rendering import page_of
from tests.builders import APPROVER, CHANNEL, NOW, REQUESTER, a_change, a_finished_change, a_grant
from tests.fixtures.direct_store import opened
from tests.slack.views.test_drill import first_words

WAITING = a_change(state=State.AWAITING_APPROVAL)
ENDED = a_finished_change()
ALONE = replace(
    ENDED, emergency=Emergency(APPROVER, NOW, "Exchange down", "commander"), review=Review()
)
REVIEWED = replace(ALONE, review=Review(ReviewState.ACCEPTED, APPROVER, NOW))
# A notice by the whole name that its rows have.
NAMES = {
    "report": "report-2026-03-14",
    "remind": "remind-5-1",
    "again": "again-2",
    "ended": f"ended-{ENDED.revision}",
    "back": "back-not_made",
    "emergency": "emergency-1",
    "review": "review-1",
    "reviewed": "reviewed-1",
}
ROWS = [
    (MessageKind.CARD, "", WAITING),
    (MessageKind.CARD, "", ENDED),
    (MessageKind.TIMELINE, "", ENDED),
    (MessageKind.OUTCOME, "", ENDED),
    (MessageKind.ASSERTED, "", WAITING),
    (MessageKind.DIRECT, "", WAITING),
    (MessageKind.DIRECT, "", ENDED),
    (MessageKind.NOTICE, "remind", WAITING),
    (MessageKind.NOTICE, "again", WAITING),
    (MessageKind.NOTICE, "ended", ENDED),
    (MessageKind.NOTICE, "back", ENDED),
    (MessageKind.NOTICE, "emergency", ALONE),
    (MessageKind.NOTICE, "review", ALONE),
    (MessageKind.NOTICE, "reviewed", REVIEWED),
    (MessageKind.DIRECT, "", ALONE),
]


def test_each_notice_is_among_them_or_tells_of_several() -> None:
    told = {name for _, name, _ in ROWS if name}
    of_several = {
        name
        for name in NOTICES
        if is_of_several(Message(f"notice:C-1:{name}-x:U1", MessageKind.NOTICE, "C-1", "", 1))
    }
    assert told | of_several == {*NOTICES}


async def rendered(path: Path, kind: MessageKind, name: str, change: Change) -> RenderedMessage:
    person = REQUESTER if name == "ended" else CHANNEL if name == "back" else APPROVER
    key = message_key(kind, change.id, change.revision, person, NAMES.get(name, ""))
    row = Message(key, kind, change.id, CHANNEL, change.revision)

    def step(tx: Transaction) -> RenderedMessage:
        tx.add_change(change)
        tx.put_grant(a_grant(APPROVER, Role.APPROVER))
        tx.put_grant(a_grant(REQUESTER, Role.OPERATOR))
        return render(tx, row, NOW, "https://acme.slack.com/")

    async with opened(path / "bot.db") as store:
        return await store.write(step)


@pytest.mark.parametrize(("kind", "name", "change"), ROWS)
async def test_it_is_labelled_in_the_text_and_in_the_blocks(
    tmp_path: Path, kind: MessageKind, name: str, change: Change
) -> None:
    view = await rendered(tmp_path, kind, name, replace(change, drill=True))
    assert view.text.startswith("DRILL · ")
    for blocks in (view.blocks, view.redirected_blocks):
        assert first_words(blocks).replace("*", "").startswith("DRILL · ")


@pytest.mark.parametrize(("kind", "name", "change"), ROWS)
async def test_another_one_is_not(
    tmp_path: Path, kind: MessageKind, name: str, change: Change
) -> None:
    view = await rendered(tmp_path, kind, name, change)
    assert "DRILL" not in f"{view.text}{view.blocks}"


async def test_a_pager_is_told_that_it_is_a_drill(tmp_path: Path) -> None:
    async with opened(tmp_path / "bot.db") as store:
        change = replace(WAITING, drill=True)
        page = await store.read(lambda tx: page_of(tx, change, PageState.TRIGGERED, ""))
    assert (page.severity, page.summary.partition(" · ")[0]) == ("info", "DRILL")
