"""The button below a refusal that keeps a form."""

from __future__ import annotations

import pytest

from bot.slack.button_values import FormButton
from bot.slack.features.base.feature import Feature
from bot.slack.views.form_again import with_form_again
from bot.slack.views.modals.password import PasswordModal
from bot.slack.views.mrkdwn import BlockReply, plain_text, section
from sandbox.slack.blocks.limits import check_message

FORM = FormButton(
    form="edit_user",
    action="edit_user",
    about="44444",
    text="married",
    values={"who": "jo@x.example"},
)


def shown(reply: str | BlockReply) -> BlockReply:
    return with_form_again(reply, FORM, "Open the form again")


def test_what_was_typed_stands_in_the_button_and_is_read_back() -> None:
    found = shown("Not now &amp; here.")
    check_message(found.text, found.blocks)
    assert found.text == "Not now &amp; here."
    assert found.blocks[0] == section("Not now &amp; here.")
    [button] = found.blocks[1]["elements"]
    assert button["action_id"] == "again_edit_user"
    assert FormButton.parse(button["value"]) == FORM


def test_it_stands_behind_what_else_helps() -> None:
    ask = {"type": "button", "action_id": "ask", "text": plain_text("Ask them"), "value": "1"}
    blocks = [section("No."), {"type": "actions", "elements": [ask]}]
    found = shown(BlockReply("No.", blocks))
    assert [one["action_id"] for one in found.blocks[1]["elements"]] == ["ask", "again_edit_user"]
    assert len(blocks[1]["elements"]) == 1  # that of the caller is left as it was


def test_more_than_a_button_holds_is_not_offered_by_halves() -> None:
    long = FORM.model_copy(update={"text": "x" * 2001})
    assert with_form_again("No.", long, "Open the form again").blocks == [section("No.")]


def test_a_secret_form_is_kept_nowhere() -> None:
    with pytest.raises(ValueError, match="secret"):
        Feature().again(PasswordModal)
