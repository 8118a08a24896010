"""What the bot's own views send, drawn: no markup is left over, and nothing typed is live."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import expect

from bot.domain.audit.chain import hash_entry
from bot.domain.change_commands import ImportUsersCommand
from bot.domain.change_state import State
from bot.domain.preview import Preview
from bot.domain.roles import Right
from bot.domain.secret import Secret
from bot.grammar import COMMANDS
from bot.ports import Receipt, Token
from bot.slack.views import help as help_view
from bot.slack.views import list_users, roles
from bot.slack.views.changes.card import card
from bot.slack.views.changes.outcome import outcome, timeline
from bot.slack.views.modals.edit_user import EditUserModal
from bot.slack.views.modals.import_users import ImportUsersModal
from bot.slack.views.modals.password import PasswordModal
from bot.slack.views.mrkdwn import BlockReply
from bot.slack.views.show_user import user_details
from bot.slack.views.status import status
from bot.slack.views.texts.states import HEADINGS
from bot.slack.views.token import token_modal
from tests.browser.rendering import Rendering
from tests.builders import NOW, REQUESTER, a_change, a_finished_change, a_grant, a_record
from tests.slack.extreme_values import EVIL, failures, table
from tests.slack.views.audit.test_answer import answer as an_answer
from tests.slack.views.modals.test_confirm import DELETE, PURGE
from tests.slack.views.test_status import stands
from tests.slack.views.test_users import JO, a_user, an_order

SEEN = Preview(NOW, total=1284, already=0, access_off=1240, not_activated=31)
SEAL = hash_entry(812, a_record("change.applied"), "0" * 64)
# Everything that the page makes of text, tables and buttons; an app's text makes nothing else.
TAGS = {
    *("A", "BLOCKQUOTE", "BR", "BUTTON", "CODE", "DIV", "EM", "H4", "HR", "PRE", "S", "SPAN"),
    *("STRONG", "TABLE", "TBODY", "TD", "TH", "THEAD", "TIME", "TR", "INPUT", "LABEL", "TEXTAREA"),
    *("CAPTION", "UL"),
}
LEFT_OVER = re.compile(r"<[!@#]|\{\w+\}|&(lt|gt|amp);|(?<!\w)\*[^\s*][^*\n]*\*(?!\w)|`")
ALL_TAGS = "(root) => [...new Set([...root.querySelectorAll('*')].map((one) => one.tagName))]"


def text_only(text: str) -> dict[str, Any]:
    return {"text": text, "blocks": []}


def reply(said: BlockReply) -> dict[str, Any]:
    return {"text": said.text, "blocks": said.blocks}


def messages() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each kind of message, with what stands in it on an ordinary day."""
    for state in State:
        change = a_change(state=state, preview=SEEN, decided_by=REQUESTER)
        text, blocks = card(change, "Acme GmbH", ())
        yield f"card: {state}", {"text": text, "blocks": blocks}
    for state in (State.APPLIED, State.PARTIAL, State.FAILED, State.DENIED, State.GIVEN_UP):
        ended = a_finished_change(state=state, finished_at=NOW)
        text, blocks = outcome(ended, "Acme GmbH", SEAL, ())
        yield f"outcome: {state}", {"text": text, "blocks": blocks}
    text, blocks = timeline(a_finished_change(), [SEAL])
    yield "timeline", {"text": text, "blocks": blocks}
    yield "status", reply(status(stands()))
    yield "user", reply(user_details(a_user()))
    yield "list of users", reply(list_users.first_page(an_order(), [JO] * 30, "All are read."))
    yield "audit", reply(an_answer([SEAL]))
    yield "roles", text_only(roles.roles([a_grant()]))
    yield "help", text_only(help_view.help_overview(frozenset(Right)))
    for title, page in COMMANDS.items():
        yield f"help: {title}", text_only(help_view.help_page(page))


@pytest.mark.parametrize(("kind", "message"), [pytest.param(*one, id=one[0]) for one in messages()])
async def test_no_markup_of_slack_is_left_over(
    rendering: Rendering, kind: str, message: dict[str, Any]
) -> None:
    root = await rendering.draw(message)
    shown = await root.inner_text()
    assert shown.strip()
    without_code = await root.evaluate(
        "(root) => { const copy = root.cloneNode(true);"
        " copy.querySelectorAll('code, pre').forEach((one) => one.remove()); return copy.textContent; }"
    )
    assert not LEFT_OVER.search(without_code), without_code
    assert await root.locator(".blk-unknown").count() == 0
    assert set(await root.evaluate(ALL_TAGS)) <= TAGS


async def test_a_card_on_a_phone_fits_and_says_what_it_is(rendering: Rendering) -> None:
    await rendering.page.set_viewport_size({"width": 390, "height": 800})
    for _, message in messages():
        await rendering.draw(message)
        assert await rendering.page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_waiting_card_has_its_buttons_and_times(rendering: Rendering) -> None:
    text, blocks = card(a_change(preview=SEEN), "Acme GmbH", ())
    root = await rendering.draw({"text": text, "blocks": blocks})
    await expect(root.get_by_role("button")).to_have_text(
        ["Approve: ON for 1,284", "Deny…", "Emergency…", "Withdraw"]
    )
    # 03:04:05 UTC is 04:04:05 in Berlin.
    await expect(root.get_by_text("Today 04:04:05")).to_be_visible()
    await expect(root.get_by_role("heading")).to_have_text("🟡 WAITING · FAILOVER ON 📨")
    await expect(root.locator("strong").first).to_have_text("Acme GmbH (44444)")
    await root.get_by_role("button", name="Withdraw").click()
    [dialog] = await rendering.page.evaluate("window.asked")
    assert dialog["title"]["text"] == "Withdraw: FAILOVER ON?"


@pytest.mark.no_cover  # hundreds of cards
async def test_nothing_typed_is_live_in_the_largest_cards(rendering: Rendering) -> None:
    for words, change in list(table())[::7]:
        failed = failures(change.scope) if change.state is State.PARTIAL else ()
        text, blocks = card(change, EVIL, failed)
        root = await rendering.draw({"text": text, "blocks": blocks})
        assert HEADINGS[change.state] in await root.inner_text(), words
        assert set(await root.evaluate(ALL_TAGS)) <= TAGS, words
        assert await root.locator("a").count() == 0, words
        mentioned = " ".join(await root.locator(".blk-mention").all_text_contents())
        assert "VICTIM" not in mentioned, words
        assert "@channel" not in mentioned, words


async def test_what_was_typed_reads_as_it_was_typed(rendering: Rendering) -> None:
    change = a_change(preview=SEEN, reason=EVIL)
    text, blocks = card(change, "Acme GmbH", ())
    root = await rendering.draw({"text": text, "blocks": blocks})
    assert f"Reason: {EVIL.strip()}" in await root.inner_text()


MODALS = {
    "delete user": DELETE.build(),
    "purge users": PURGE.build(),
    "edit user": EditUserModal("44444", "Acme GmbH", "C0INCIDENT", JO, "").build(),
    "password": PasswordModal("jo@example.com", "C0INCIDENT").build(),
    "import users": ImportUsersModal(
        ImportUsersCommand("44444", ""), "Acme GmbH", "C0INCIDENT"
    ).build(),
}


@pytest.mark.parametrize("name", MODALS)
async def test_each_input_of_a_modal_has_a_label(rendering: Rendering, name: str) -> None:
    blocks = MODALS[name]["blocks"]
    root = await rendering.draw(blocks, surface="modal")
    inputs = [block for block in blocks if block["type"] == "input"]
    assert inputs
    for block in inputs:
        label = block["label"]["text"] + (" (optional)" if block.get("optional") else "")
        named = root.get_by_label(label, exact=True)
        await expect(named).to_be_visible()
    values = await rendering.page.evaluate("render.readValues(document)")
    assert set(values) == {block["block_id"] for block in inputs}


async def test_a_token_is_text_alone(rendering: Rendering) -> None:
    address = "https://example.com/set?token=*a*"
    token = Token(
        Receipt("", "", None), Secret("*tok_en*:x:"), Secret(address), "2026-03-14T11:00:00Z"
    )
    view = token_modal(a_change(), "Acme GmbH", token)
    root = await rendering.draw(view["blocks"], surface="modal")
    await expect(root.get_by_text("*tok_en*:x:", exact=True)).to_be_visible()
    await expect(root.get_by_text(address, exact=True)).to_be_visible()
    await expect(root.get_by_role("link")).to_have_count(0)
    await expect(root.get_by_text("It expires Today 12:00:00.")).to_be_visible()
