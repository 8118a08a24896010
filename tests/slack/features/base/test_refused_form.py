"""Which refusals have a button that keeps the form, and what the button holds."""

from __future__ import annotations

from typing import Any

import pytest

from bot.errors import (
    BotError,
    Conflict,
    InvalidInput,
    NotAllowed,
    SlackUnavailable,
    StoreError,
    UnknownChange,
)
from bot.service.changes.user_files import WrongRows
from bot.slack.button_values import FormButton
from bot.slack.features import FEATURES
from bot.slack.features.base.refused_form import keep_form
from bot.slack.inbound.delivery_worker import AWAY
from bot.slack.payloads import CommandPayload, Payload, ViewPayload
from bot.slack.views.mrkdwn import BlockReply

WHO = {"key": "view:V1", "user": "U1", "team": "T1", "app": "A1", "channel": "C1"}
REASON = ViewPayload(
    **WHO, form="change_reason", action="change_deny", value="C-7K3MX", text="wrong customer"
)
IMPORT = ViewPayload(
    **WHO,
    form="users_import",
    action="users_import",
    value="44444",
    values={"file": ["F1"], "reason": "moved", "skip": []},
)
EDIT = ViewPayload(
    **WHO,
    form="edit_user",
    action="edit_user",
    value="44444",
    text="married",
    values={"who": "jo@example.com", "surName": "B", "before:surName": "A" * 1900},
)


def button(payload: Payload, error: Exception) -> dict[str, Any] | None:
    reply = keep_form(FEATURES, payload, error, "It was refused.")
    if isinstance(reply, str):
        return None
    assert isinstance(reply, BlockReply)
    found: dict[str, Any] = reply.blocks[-1]["elements"][-1]
    return found


@pytest.mark.parametrize(
    "error",
    [
        NotAllowed("No."),
        InvalidInput(AWAY),  # the process was killed after the acknowledgement
        StoreError("The disk is full."),
        SlackUnavailable("No answer."),
    ],
)
def test_whatever_refuses_a_form_what_was_typed_is_kept(error: BotError) -> None:
    found = button(REASON, error)
    assert found is not None
    assert found["text"]["text"] == "Open the form again"
    kept = FormButton.parse(found["value"])
    assert (kept.action, kept.about, kept.text) == ("change_deny", "C-7K3MX", "wrong customer")


def test_a_form_that_nobody_can_use_any_more_is_not_offered() -> None:
    assert button(REASON, Conflict("It is applied already.")) is None
    assert button(REASON, UnknownChange("There is none.")) is None
    assert button(IMPORT, Conflict("5 imports are open.")) is not None


def test_after_a_bug_it_is_not_known_what_was_done() -> None:
    assert button(REASON, RuntimeError("a bug")) is None


def test_a_command_and_a_secret_form_have_none() -> None:
    assert button(CommandPayload(**WHO, text="status 44444"), InvalidInput("No.")) is None
    secret = ViewPayload(**WHO, form="password_set", action="password_set", value="password")
    assert button(secret, InvalidInput("No.")) is None


def test_a_file_is_sent_again_and_wrong_rows_are_skipped() -> None:
    found = button(IMPORT, NotAllowed("No."))
    assert found is not None
    assert found["text"]["text"] == "Send the same file again"
    assert FormButton.parse(found["value"]).values["skip"] == []
    found = button(IMPORT, WrongRows("Rows are wrong.", 3, 1204))
    assert found is not None
    assert found["text"]["text"] == "Skip the 3 wrong rows and propose the other 1,204"
    assert FormButton.parse(found["value"]).values == {**IMPORT.values, "skip": ["skip"]}
    assert button(IMPORT, WrongRows("Rows are wrong.", 3, 0)) is None


def test_of_an_edit_only_what_was_typed_is_kept() -> None:
    found = button(EDIT, NotAllowed("No."))
    assert found is not None
    assert FormButton.parse(found["value"]).values == {"who": "jo@example.com", "surName": "B"}
