"""Inputs of a modal: names, hints, errors; what they hold, and what Slack would not send."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from playwright.async_api import FilePayload, Locator, expect

from tests.browser.block_kit import actions, field, mrkdwn, options, plain
from tests.browser.rendering import NOON, Rendering

REQUIRED = "Please complete this required field."


async def read(rendering: Rendering) -> dict[str, Any]:
    """What a submission would send, by block and action id."""
    found: dict[str, Any] = await rendering.page.evaluate("render.readValues(document)")
    return found


async def problems(rendering: Rendering) -> dict[str, str]:
    """What the page says instead of sending, by block id."""
    found: dict[str, str] = await rendering.page.evaluate("render.problemsOf(document)")
    return found


async def drawn(rendering: Rendering, *blocks: dict[str, Any], **options: Any) -> Locator:
    return await rendering.draw(list(blocks), surface="modal", **options)


async def test_label_hint_and_optional_mark(rendering: Rendering) -> None:
    why = field("why", "plain_text_input", optional=True) | {
        "hint": plain("The approver reads it.")
    }
    root = await drawn(rendering, why, field("name", "plain_text_input"))
    typed = root.get_by_role("textbox", name="Why (optional)")
    await expect(typed).to_have_accessible_description("The approver reads it.")
    needed = root.get_by_role("textbox", name="Name", exact=True)
    await expect(needed).to_have_attribute("aria-required", "true")


async def test_errors_stand_beneath_and_describe_the_input(rendering: Rendering) -> None:
    why = field("why", "plain_text_input") | {"hint": plain("Hint.")}
    skip = field("skip", "checkboxes", options=options("Skip"))
    errors = {"why": "Say <b>why</b>.", "skip": "Choose."}
    root = await drawn(rendering, why, skip, errors=errors)
    await expect(root.get_by_role("alert")).to_have_text(["Say <b>why</b>.", "Choose."])
    typed = root.get_by_role("textbox", name="Why")
    await expect(typed).to_have_accessible_description("Hint. Say <b>why</b>.")
    await expect(typed).to_have_attribute("aria-invalid", "true")
    group = root.get_by_role("group", name="Skip")
    await expect(group).to_have_accessible_description("Choose.")


async def test_errors_come_and_go_in_place(rendering: Rendering) -> None:
    root = await drawn(rendering, field("why", "plain_text_input"))
    typed = root.get_by_role("textbox", name="Why")
    await typed.fill("x")
    await rendering.page.evaluate("render.showErrors(document, { why: 'Longer.' })")
    await expect(root.get_by_role("alert")).to_have_text("Longer.")
    await rendering.page.evaluate("render.showErrors(document, {})")
    await expect(root.get_by_role("alert")).to_have_count(0)
    await expect(typed).not_to_have_attribute("aria-invalid", "true")
    await expect(typed).to_have_value("x")


async def test_every_field_hands_over_what_it_holds(rendering: Rendering) -> None:
    groups = [
        {"label": plain("A"), "options": options("One")},
        {"label": plain("B"), "options": options("Two", "Three")},
    ]
    root = await drawn(
        rendering,
        field("text", "plain_text_input", initial_value="before"),
        field("long", "plain_text_input", multiline=True),
        field("one", "static_select", option_groups=groups),
        field("many", "multi_static_select", options=options("One", "Two", "Three")),
        field("boxes", "checkboxes", options=options("One", "Two", "Three")),
        field("radio", "radio_buttons", options=options("One", "Two")),
        field("who", "users_select"),
        field("whom", "multi_users_select"),
        field("where", "channels_select"),
        field("any", "conversations_select"),
        field("day", "datepicker", initial_date="2026-03-14"),
        field("at", "timepicker", initial_time="08:30"),
        field("moment", "datetimepicker", initial_date_time=NOON),
        field("count", "number_input", initial_value="7"),
        field("mail", "email_text_input", initial_value="jo@example.com"),
        field("link", "url_text_input", initial_value="https://example.com"),
        field("empty", "plain_text_input", optional=True),
    )
    await root.get_by_label("Text", exact=True).fill("after")
    await root.get_by_label("Long").fill("two\nlines")
    await root.get_by_label("One", exact=True).first.select_option("Three")
    for name in ("Three", "One"):
        await root.get_by_label("Many").select_option(name)
    for name in ("One", "Three"):
        await root.get_by_role("group", name="Boxes").get_by_role("checkbox", name=name).check()
    await root.get_by_role("radio", name="Two").check()
    who = root.get_by_label("Who", exact=True)
    await expect(who.get_by_role("option")).to_have_text(["Choose an option", "olga", "anna"])
    await who.select_option("anna")
    await root.get_by_label("Whom").select_option("olga")
    await root.get_by_label("Where").select_option("#mail-outage")
    await root.get_by_label("Any", exact=True).select_option("anna")
    assert {key: value[key] for key, value in (await read(rendering)).items()} == {
        "text": "after",
        "long": "two\nlines",
        "one": "three",
        "many": "three,one",
        "boxes": "one,three",
        "radio": "two",
        "who": "U0APPROVER",
        "whom": "U0OPERATOR",
        "where": "C0INCIDENT",
        "any": "U0APPROVER",
        "day": "2026-03-14",
        "at": "08:30",
        "moment": str(NOON),
        "count": "7",
        "mail": "jo@example.com",
        "link": "https://example.com",
        "empty": "",
    }
    assert await problems(rendering) == {}


async def test_a_rich_text_input_begins_with_its_text(rendering: Rendering) -> None:
    sections = [
        {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
        for text in ("one", "two")
    ]
    first = {"type": "rich_text", "elements": sections}
    await drawn(rendering, field("why", "rich_text_input", initial_value=first))
    assert await read(rendering) == {"why": {"why": "one\ntwo"}}


async def test_what_was_chosen_of_many_can_be_removed(rendering: Rendering) -> None:
    many = field("many", "multi_static_select", options=options("One", "Two", "Three"))
    many["element"] |= {"initial_options": options("One", "Two"), "max_selected_items": 2}
    root = await drawn(rendering, many)
    menu = root.get_by_label("Many")
    await expect(menu).to_be_disabled()
    await root.get_by_role("button", name="Remove One").click()
    await expect(menu).to_be_enabled()
    assert (await read(rendering))["many"] == {"many": "two"}


async def test_options_have_descriptions_and_formatted_text(rendering: Rendering) -> None:
    [first, second] = options("One", "Two")
    first |= {"text": mrkdwn("*One* <@U0APPROVER>"), "description": plain("the first")}
    root = await drawn(rendering, field("boxes", "checkboxes", options=[first, second]))
    box = root.get_by_role("checkbox", name="One @anna")
    await expect(box).to_have_accessible_description("the first")


@pytest.mark.parametrize(
    ("kind", "element", "typed", "sentence"),
    [
        ("plain_text_input", {}, "", REQUIRED),
        ("plain_text_input", {"min_length": 3}, "ab", "Must be at least 3 characters long."),
        ("plain_text_input", {"max_length": 3}, "abcd", "Must be at most 3 characters long."),
        ("plain_text_input", {"max_length": 3}, "🚨🚨🚨", None),
        ("plain_text_input", {}, "x" * 3001, "Must be at most 3000 characters long."),
        ("email_text_input", {}, "nobody", "Please enter a valid email address."),
        ("url_text_input", {}, "javascript:x", "Please enter a valid URL."),
        ("number_input", {"is_decimal_allowed": False}, "1.5", "Please enter a valid number."),
        (
            "number_input",
            {"is_decimal_allowed": True, "min_value": "2"},
            "1.5",
            "Must be at least 2.",
        ),
        ("number_input", {"max_value": "2"}, "3", "Must be at most 2."),
        ("number_input", {"min_value": "-5"}, "-3", None),
    ],
)
async def test_what_slack_would_not_send(
    rendering: Rendering, kind: str, element: dict[str, Any], typed: str, sentence: str | None
) -> None:
    root = await drawn(rendering, field("why", kind, **element))
    await root.get_by_role("textbox", name="Why").fill(typed)
    assert (await problems(rendering)).get("why") == sentence


async def test_an_optional_field_may_be_empty_but_not_wrong(rendering: Rendering) -> None:
    root = await drawn(rendering, field("why", "plain_text_input", optional=True, min_length=3))
    assert await problems(rendering) == {}
    await root.get_by_role("textbox", name="Why").fill("ab")
    assert await problems(rendering) == {"why": "Must be at least 3 characters long."}


async def test_the_characters_that_are_left_are_shown_for_the_last_fifth(
    rendering: Rendering,
) -> None:
    root = await drawn(rendering, field("why", "plain_text_input", max_length=10))
    typed, left = root.get_by_role("textbox", name="Why"), root.locator(".blk-left")
    await typed.fill("1234567")
    await expect(left).to_be_hidden()
    await typed.fill("12345678")
    await expect(left).to_be_visible()
    await expect(left).to_have_text("2")


def csv(name: str, content: bytes = b"user\n") -> FilePayload:
    return {"name": name, "mimeType": "text/csv", "buffer": content}


async def test_a_file_is_handed_over_in_base64(rendering: Rendering) -> None:
    root = await drawn(rendering, field("file", "file_input", filetypes=["csv"], max_files=1))
    picker = root.get_by_label("File", exact=True)
    await expect(picker).to_have_attribute("accept", ".csv")
    assert await problems(rendering) == {"file": REQUIRED}
    await picker.set_input_files(csv("users.csv", b"\x00\xffuser\n" * 200))
    await expect(root.get_by_role("listitem")).to_have_text("users.csv · 1 KB")
    [file] = (await read(rendering))["file"]["file"]
    assert file["name"] == "users.csv"
    assert base64.b64decode(file["content"]) == b"\x00\xffuser\n" * 200
    assert await problems(rendering) == {}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([csv("a.csv"), csv("b.TXT")], None),
        (
            [csv("users.exe")],
            "users.exe is of another kind. Attach a file of these kinds: csv, txt.",
        ),
        ([csv("a.csv"), csv("b.TXT"), csv("c.csv")], "Attach 2 files at most."),
    ],
)
async def test_files_that_slack_would_not_send(
    rendering: Rendering, files: list[FilePayload], sentence: str | None
) -> None:
    root = await drawn(
        rendering, field("file", "file_input", filetypes=["csv", "txt"], max_files=2)
    )
    await root.get_by_label("File", exact=True).set_input_files(files)
    assert (await problems(rendering)).get("file") == sentence


async def test_a_file_of_more_than_ten_megabytes_is_not_sent(rendering: Rendering) -> None:
    root = await drawn(rendering, field("file", "file_input"))
    # Made in the page: half a minute passes until so much is handed to the browser.
    attach = """(input, bytes) => {
      const files = new DataTransfer();
      files.items.add(new File([new Uint8Array(bytes)], "a.csv"));
      input.files = files.files;
    }"""
    picker = root.get_by_label("File", exact=True)
    await picker.evaluate(attach, 10_000_000)
    assert await problems(rendering) == {}
    await picker.evaluate(attach, 10_000_001)
    assert await problems(rendering) == {"file": "a.csv is too large: a file has 10 MB at most."}


async def test_what_was_typed_is_copied_to_a_new_drawing(rendering: Rendering) -> None:
    blocks = [
        field("why", "plain_text_input"),
        field("boxes", "checkboxes", options=options("One", "Two")),
        field("many", "multi_static_select", options=options("One", "Two")),
        field("file", "file_input"),
    ]
    root = await drawn(rendering, *blocks)
    await root.get_by_label("Why").fill("typed")
    await root.get_by_role("checkbox", name="Two").check()
    await root.get_by_label("Many").select_option("Two")
    await root.get_by_label("File", exact=True).set_input_files(csv("users.csv"))
    before = await read(rendering)
    await rendering.page.evaluate(
        """(blocks) => {
          const [from, to] = [document.getElementById("root"), document.createElement("div")];
          to.append(render.renderBlocks(blocks, ctx));
          render.copyValues(from, to);
          from.replaceChildren(...to.children);
        }""",
        blocks,
    )
    assert await read(rendering) == before
    assert before["why"] == {"why": "typed"}


async def test_an_input_that_dispatches_hands_its_value_on(rendering: Rendering) -> None:
    typed = field("why", "plain_text_input") | {"dispatch_action": True}
    each = field("each", "plain_text_input") | {"dispatch_action": True}
    each["element"]["dispatch_action_config"] = {
        "trigger_actions_on": ["on_character_entered"],
    }
    chosen = field("one", "static_select", options=options("One")) | {"dispatch_action": True}
    silent = field("no", "static_select", options=options("One"))
    root = await drawn(rendering, typed, each, chosen, silent)
    await root.get_by_label("Why").fill("x")
    await root.get_by_label("Why").press("Enter")
    await root.get_by_label("Each").fill("y")
    await root.get_by_label("One", exact=True).select_option("One")
    await root.get_by_label("No").select_option("One")
    handed = [(block, value) for block, _, _, value in await rendering.acted()]
    assert handed == [("why", "x"), ("each", "y"), ("one", "one")]


async def test_a_select_of_a_message_acts_and_is_undone_without_a_confirmation(
    rendering: Rendering,
) -> None:
    menu = {
        "type": "static_select",
        "action_id": "pick",
        "placeholder": plain("Pick one"),
        "options": options("One", "Two"),
        "initial_option": options("One")[0],
    }
    root = await rendering.draw(actions(menu))
    shown = root.get_by_role("combobox", name="Pick one")
    await expect(shown).to_have_value("one")
    await shown.select_option("Two")
    [[block, action, _, value]] = await rendering.acted()
    assert (block, action, value) == ("B1", "pick", "two")
    confirm = {key: plain(key) for key in ("title", "text", "confirm", "deny")}
    root = await rendering.draw(actions(menu | {"confirm": confirm}))
    await rendering.page.evaluate("window.answer = false")
    await shown.select_option("Two")
    await expect(shown).to_have_value("one")
    assert await rendering.acted() == []


async def test_a_closed_select_takes_nothing_by_an_arrow_key(rendering: Rendering) -> None:
    menu = {"type": "static_select", "action_id": "pick", "options": options("One", "Two")}
    root = await rendering.draw(actions(menu))
    await root.get_by_role("combobox").focus()
    await rendering.page.keyboard.press("ArrowDown")
    assert await rendering.acted() == []


async def test_fields_of_a_message_are_disabled_while_busy(rendering: Rendering) -> None:
    boxes = {"type": "checkboxes", "action_id": "boxes", "options": options("One")}
    day = {"type": "datepicker", "action_id": "day"}
    menu = {"type": "static_select", "action_id": "menu", "options": options("One")}
    root = await rendering.draw(actions(boxes, day, menu), busy=True)
    await expect(root.get_by_role("combobox")).to_be_disabled()
    await expect(root.get_by_role("checkbox", name="One")).to_be_disabled()
    await expect(root.get_by_label("Date", exact=True)).to_be_disabled()


@pytest.mark.parametrize(
    ("local", "zone", "seconds"),
    [
        ("2026-03-14T12:00", "U0OPERATOR", NOON),
        # The clocks go forward on 29 March 2026 at 02:00 in Berlin.
        ("2026-03-29T01:30", "U0OPERATOR", 1_774_744_200),
        ("2026-03-29T03:30", "U0OPERATOR", 1_774_747_800),
        ("2026-03-14T07:00", "U0APPROVER", NOON),
    ],
)
async def test_a_moment_is_typed_in_the_zone_of_the_reader(
    rendering: Rendering, local: str, zone: str, seconds: int
) -> None:
    root = await drawn(rendering, field("moment", "datetimepicker"), reader=zone)
    await root.get_by_label("Moment").fill(local)
    assert (await read(rendering))["moment"] == {"moment": str(seconds)}


async def test_an_unknown_element_is_a_box_that_names_it(rendering: Rendering) -> None:
    root = await drawn(rendering, field("x", "hologram"))
    assert await root.inner_text() == "Element of the type “hologram”: this page does not draw it."
    assert await read(rendering) == {}


CONVERSATIONS = {
    "C1": {"id": "C1", "name": "open", "kind": "channel"},
    "C2": {"id": "C2", "name": "closed", "kind": "private"},
    "C3": {"id": "C3", "name": "shared", "kind": "channel", "is_ext_shared": True},
    "C4": {"id": "C4", "name": "old", "kind": "channel", "is_archived": True},
}


@pytest.mark.parametrize(
    ("element", "shown"),
    [
        ({}, ["#open", "#closed", "#shared", "olga", "anna"]),
        ({"filter": {"include": ["public"]}}, ["#open", "#shared"]),
        ({"filter": {"include": ["private", "im"]}}, ["#closed", "olga", "anna"]),
        (
            {"filter": {"include": ["public"], "exclude_external_shared_channels": True}},
            ["#open"],
        ),
    ],
)
async def test_a_menu_of_conversations_has_what_its_filter_lets_through(
    rendering: Rendering, element: dict[str, Any], shown: list[str]
) -> None:
    block = field("where", "conversations_select", **element)
    root = await drawn(rendering, block, channels=CONVERSATIONS)
    menu = root.get_by_label("Where")
    await expect(menu.get_by_role("option")).to_have_text(["Choose an option", *shown])
