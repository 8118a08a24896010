"""Before anything is deleted, what is deleted has to be typed once more, and a reason given."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change_commands import PurgeUsersCommand
from bot.domain.scope import EVERY_USER
from bot.ports import UserState
from bot.slack.views.modals.confirm import ConfirmModal
from bot.slack.views.modals.delete_user import DeleteUserModal
from bot.slack.views.modals.purge_users import PurgeUsersModal
from sandbox.slack.blocks.limits import check_view

JO = UserState("Jo@example.com", access=True, failover=True, activation=True)
DELETE = DeleteUserModal("44444DE", "Acme GmbH", "C0INCIDENT", JO, "has left")
PURGE = PurgeUsersModal(
    PurgeUsersCommand("44444DE", EVERY_USER, "contract ended"),
    "Acme GmbH",
    "C0INCIDENT",
    "purge 44444DE",
)
MODALS: list[tuple[ConfirmModal, str, str]] = [
    (DELETE, "Jo@example.com", "Jo@example.com"),
    (PURGE, "44444DE", "purge 44444DE"),
]


def submitted(modal: ConfirmModal, typed: str, reason: str = "why") -> dict[str, Any]:
    values = {modal.repeat_block: typed, "reason": reason}
    state = {
        block: {block: {"type": "plain_text_input", "value": value}}
        for block, value in values.items()
    }
    return {"state": {"values": state}, **check_view(modal.build())}


@pytest.mark.parametrize(("modal", "typed", "about"), MODALS)
def test_what_is_typed_once_more_is_taken_with_a_reason(
    modal: ConfirmModal, typed: str, about: str
) -> None:
    view = submitted(modal, f" {typed} ", "  has   left ")
    assert modal.errors(view) == {}
    read = modal.parse(view)
    assert (read.action, read.about, read.channel) == (modal.callback_id, "44444DE", "C0INCIDENT")
    assert (read.text, read.values) == ("has left", {"who": about})


@pytest.mark.parametrize(("modal", "typed", "about"), MODALS)
def test_anything_else_keeps_the_modal_open(modal: ConfirmModal, typed: str, about: str) -> None:
    for wrong in ("", typed[:-1], f"{typed}x"):
        assert modal.errors(submitted(modal, wrong)) == {modal.repeat_block: modal.mismatch}
    assert modal.errors(submitted(modal, typed, " ")) == {"reason": "Give a reason."}


def test_an_address_is_taken_in_whatever_capitals_and_a_customer_is_not() -> None:
    assert DELETE.errors(submitted(DELETE, "jo@EXAMPLE.com")) == {}
    assert PURGE.errors(submitted(PURGE, "44444de")) == {PURGE.repeat_block: PURGE.mismatch}
