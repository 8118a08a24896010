"""Which text a notice is, its key says."""

from __future__ import annotations

import pytest

from bot.domain.roles import Role
from bot.errors import StoreUnusable
from bot.ports import Message, MessageKind, Transaction, message_key
from bot.slack.outbox import notices
from bot.slack.outbox.notices import render_notice
from bot.slack.views.mrkdwn import Blocks
from bot.slack.views.notices.notice import Notice
from bot.store.sqlite.store import SqliteStore
from tests.builders import NOW, a_change, a_grant

CHANGE = a_change()


def a_notice(name: str) -> Message:
    key = message_key(MessageKind.NOTICE, CHANGE.id, name=name, person="U0APPROVER")
    return Message(key, MessageKind.NOTICE, CHANGE.id, "U0APPROVER", 1)


async def test_the_view_of_its_name_gets_the_detail_and_the_person(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def view(_: Transaction, notice: Notice) -> tuple[str, Blocks]:
        return f"{notice.detail} {notice.person} {notice.customer_name}", []

    monkeypatch.setattr(notices, "NOTICES", {"remind": view})
    await store.write(lambda tx: tx.put_grant(a_grant("U0APPROVER", Role.APPROVER)))
    message = a_notice("remind-5-again")
    text, _ = await store.read(
        lambda tx: render_notice(tx, message, CHANGE, "Acme GmbH", NOW, "https://x.slack.com/")
    )
    assert text == "5-again U0APPROVER Acme GmbH"


async def test_a_notice_of_another_version_is_told_of_and_not_posted(store: SqliteStore) -> None:
    with pytest.raises(StoreUnusable, match="a notice later-1, which this version does not know"):
        await store.read(lambda tx: render_notice(tx, a_notice("later-1"), CHANGE, "", NOW, ""))
