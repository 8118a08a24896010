"""The kinds of blocks and elements that Slack documents, and where each may stand."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack import SlackSandbox
from sandbox.slack.blocks.limits import check_message, check_view
from sandbox.slack.model import Refusal

Json = dict[str, Any]
IMAGE = {"type": "image", "alt_text": "A map", "image_url": "https://example.com/map.png"}
STORED = {"type": "image", "alt_text": "A map", "slack_file": {"id": "F1"}}


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def section(**fields: Any) -> Json:
    return {"type": "section", "text": plain("x"), **fields}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def entry(kind: str, **fields: Any) -> Json:
    return {"type": "input", "label": plain("x"), "element": {"type": kind, **fields}}


def option(value: str, **fields: Any) -> Json:
    return {"text": plain(value), "value": value, **fields}


def rich(*elements: Json) -> Json:
    return {"type": "rich_text", "elements": list(elements)}


def part(kind: str, *elements: Json, **fields: Any) -> Json:
    return {"type": f"rich_text_{kind}", "elements": list(elements), **fields}


def said(text: str, **fields: Any) -> Json:
    return {"type": "text", "text": text, **fields}


def raw(text: str) -> Json:
    return {"type": "raw_text", "text": text}


def data_table(*rows: list[Json], **fields: Any) -> Json:
    return {"type": "data_table", "caption": "Users", "rows": list(rows), **fields}


def chart(**fields: Any) -> Json:
    return {"type": "data_visualization", "title": "Users", "chart": fields}


def bar(*series: Json, categories: Any = ("Mon", "Tue"), **axes: Any) -> Json:
    config = {"categories": list(categories), **axes}
    return chart(type="bar", series=list(series), axis_config=config)


def series(name: str = "Normal", labels: Any = ("Mon", "Tue")) -> Json:
    return {"name": name, "data": [{"label": label, "value": 1} for label in labels]}


def card(**fields: Any) -> Json:
    return {"type": "card", "title": plain("x"), **fields}


def container(*blocks: Json, **fields: Any) -> Json:
    return {"type": "container", "title": plain("x"), "child_blocks": list(blocks), **fields}


def button(**fields: Any) -> Json:
    return {"type": "button", "text": plain("Go"), **fields}


CONFIRM = {"title": plain("Sure?"), "text": plain("All."), "confirm": plain("Yes"), "deny": plain("No")}  # fmt: skip
EVERYWHERE: list[tuple[str, Json]] = [
    ("image", IMAGE),
    ("image of Slack", {**STORED, "title": plain("x"), "block_id": "b"}),
    ("image beside a text", section(accessory=IMAGE)),
    ("image in a context", {"type": "context", "elements": [IMAGE, plain("x")]}),
    ("header with a level", {"type": "header", "text": plain("x"), "level": 4}),
    ("dates", actions({"type": "datepicker", "initial_date": "2026-11-27", "confirm": CONFIRM})),
    ("times", section(accessory={"type": "timepicker", "initial_time": "22:25", "timezone": "Europe/Berlin"})),
    ("moments", actions({"type": "datetimepicker", "initial_date_time": 1_628_633_820})),
    ("rich input", actions({"type": "rich_text_input", "min_lines": 1, "max_lines": 100})),
    ("number", entry("number_input", is_decimal_allowed=True, min_value="-1.5", max_value="10", initial_value="0.25")),
    ("mail", entry("email_text_input", initial_value="jo@example.com", placeholder=plain("x"))),
    ("url", entry("url_text_input", dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]})),
    ("rich entry", entry("rich_text_input", initial_value=rich(part("section", said("x"))))),
    ("picked entry", entry("datepicker")),
    ("overflow", section(accessory={"type": "overflow", "options": [option("a", url="https://x.y")], "confirm": CONFIRM})),
    ("groups", actions({"type": "static_select", "initial_option": option("b"), "option_groups": [{"label": plain("x"), "options": [option("a")]}, {"label": plain("y"), "options": [option("b")]}]})),
    ("sections", rich(part("section", said("x", style={"bold": True, "code": True}), {"type": "link", "url": "https://x.y"}))),
    ("mentions", rich(part("section", {"type": "user", "user_id": "U1"}, {"type": "usergroup", "usergroup_id": "S1"}, {"type": "channel", "channel_id": "C1"}, {"type": "broadcast", "range": "here"}))),
    ("emoji, date, colour", rich(part("section", {"type": "emoji", "name": "wave"}, {"type": "date", "timestamp": 1, "format": "{date}", "fallback": "x"}, {"type": "color", "value": "#ff0000"}))),
    ("list", rich(part("list", part("section", said("x")), style="ordered", indent=8, offset=4, border=1))),
    ("code and quote", rich(part("preformatted", said("x"), border=0), part("quote", said("x")))),
    ("card", card(hero_image=IMAGE, icon=STORED, subtitle=plain("x"), body=plain("x"), subtext=plain("x"), actions=[button(), button(), button()])),
]  # fmt: skip
MESSAGES: list[tuple[str, Json]] = [
    ("markdown", {"type": "markdown", "text": "# Title\n**x**"}),
    ("data table", data_table([raw("User"), raw("Logins")], [rich(part("section", said("x"))), {"type": "raw_number", "text": "2", "value": 2}], page_size=100, row_header_column_index=1)),
    ("table with numbers", {"type": "table", "rows": [[{"type": "raw_number", "text": "2", "value": 2.5}]]}),
    ("pie", chart(type="pie", segments=[{"label": "x", "value": 1}])),
    ("bars", bar(series(), series("Webmail"), x_label="Day", y_label="Users")),
    ("carousel", {"type": "carousel", "elements": [card(), card(actions=[button(action_id="a")])]}),
    ("container", container(section(accessory=button()), actions(button()), width="full", is_collapsible=True, icon=IMAGE)),
    ("container with a rich title", container({"type": "divider"}, rich_text_title=rich(part("section", said("x"))))),
]  # fmt: skip


def check(block: Json, surface: str) -> None:
    if surface == "message":
        check_message("", [block])
    elif surface == "home":
        check_view({"type": "home", "blocks": [block]}, "home")
    else:
        check_view({"type": "modal", "title": plain("x"), "submit": plain("x"), "blocks": [block]})


def defects(block: Json, surface: str) -> list[str]:
    try:
        check(block, surface)
    except Refusal as refusal:
        return refusal.messages
    return []


@pytest.mark.parametrize("surface", ["message", "modal", "home"])
@pytest.mark.parametrize(
    "block", [row[1] for row in EVERYWHERE], ids=[row[0] for row in EVERYWHERE]
)
def test_a_documented_block_is_taken_on_every_surface(block: Json, surface: str) -> None:
    check(block, surface)


@pytest.mark.parametrize("block", [row[1] for row in MESSAGES], ids=[row[0] for row in MESSAGES])
def test_a_documented_block_is_taken_in_a_message(block: Json) -> None:
    check(block, "message")


SURFACES = [
    ("alert", {"type": "alert", "text": plain("x"), "level": "warning"}, ["modal"]),
    ("markdown", {"type": "markdown", "text": "x"}, ["message"]),
    ("pie", chart(type="pie", segments=[{"label": "x", "value": 1}]), ["message"]),
    ("carousel", {"type": "carousel", "elements": [card()]}, ["message", "home"]),
    ("container", container({"type": "divider"}), ["message", "home"]),
    ("data table", data_table([raw("x")], [raw("x")]), ["message", "home"]),
    ("table", {"type": "table", "rows": [[raw("x")]]}, ["message", "home"]),
    ("file input", entry("file_input"), ["modal"]),
    ("video", {"type": "video"}, []),
    ("file", {"type": "file", "external_id": "x", "source": "remote"}, []),
    ("workflow", actions({"type": "workflow_button"}), []),
    ("external select", actions({"type": "external_select"}), ["modal", "home"]),
    ("moments beside a text", section(accessory={"type": "datetimepicker"}), []),
    ("overflow as an input", entry("overflow", options=[option("a")]), []),
]


@pytest.mark.parametrize(
    ("block", "surfaces"), [row[1:] for row in SURFACES], ids=[row[0] for row in SURFACES]
)
def test_a_block_stands_on_its_surfaces_only(block: Json, surfaces: list[str]) -> None:
    all_surfaces = ("message", "modal", "home")
    found = {surface: defects(block, surface) for surface in all_surfaces}
    assert [surface for surface, sentences in found.items() if not sentences] == surfaces
    assert all("unsupported type" in found[one][0] for one in all_surfaces if one not in surfaces)


DEFECTS: list[tuple[str, Json, str]] = [
    ("image without a text", {"type": "image", "image_url": "https://x.y"}, "missing required field: alt_text"),
    ("image without a source", {"type": "image", "alt_text": "x"}, "must have one of: image_url, slack_file"),
    ("image with two sources", IMAGE | STORED, "must have one of: image_url, slack_file"),
    ("image of no file", IMAGE | {"image_url": "x" * 3001}, "must be less than 3001 characters [json-pointer:/blocks/0/image_url]"),
    ("file by two names", STORED | {"slack_file": {"id": "F1", "url": "x"}}, "must have one of: id, url"),
    ("long alt text", IMAGE | {"alt_text": "x" * 2001}, "must be less than 2001 characters"),
    ("title of an element", section(accessory=IMAGE | {"title": plain("x")}), "invalid additional property: title"),
    ("level", {"type": "header", "text": plain("x"), "level": 5}, "must be from 1 to 4"),
    ("no such date", actions({"type": "datepicker", "initial_date": "2026-02-30"}), "must match format: YYYY-MM-DD"),
    ("no such time", actions({"type": "timepicker", "initial_time": "24:00"}), "must match format: HH:mm"),
    ("no such zone", actions({"type": "timepicker", "timezone": "Mars/Base"}), "must be a valid timezone"),
    ("short moment", actions({"type": "datetimepicker", "initial_date_time": 1}), "must be a UNIX timestamp of 10 digits"),
    ("number without a kind", entry("number_input"), "missing required field: is_decimal_allowed"),
    ("fraction", entry("number_input", is_decimal_allowed=False, min_value="0.5"), "must be a number [json-pointer:/blocks/0/element/min_value]"),
    ("limits", entry("number_input", is_decimal_allowed=False, min_value="3", max_value="2"), "cannot be greater than max_value"),
    ("lines", entry("rich_text_input", min_lines=0), "must be from 1 to 100"),
    ("rich text as text", entry("rich_text_input", initial_value="x"), "must provide an object"),
    ("dispatch", entry("url_text_input", dispatch_action_config={"trigger_actions_on": ["on_click"]}), "must be one of: on_enter_pressed"),
    ("url of a select", actions({"type": "static_select", "options": [option("a", url="https://x.y")]}), "invalid additional property: url"),
    ("both kinds of options", actions({"type": "static_select", "options": [], "option_groups": []}), "must have one of: options, option_groups"),
    ("groups of a menu", section(accessory={"type": "overflow", "option_groups": []}), "invalid additional property: option_groups"),
    ("group without a label", actions({"type": "static_select", "option_groups": [{"options": [option("a")]}]}), "missing required field: label"),
    ("initial outside of groups", actions({"type": "static_select", "initial_option": option("c"), "option_groups": [{"label": plain("x"), "options": [option("a")]}]}), "must be one of the provided options"),
    ("placeholder of a radio", actions({"type": "radio_buttons", "options": [option("a")], "placeholder": plain("x")}), "invalid additional property: placeholder"),
    ("confirm of an input", entry("plain_text_input", confirm=CONFIRM), "invalid additional property: confirm"),
    ("two in focus", actions({"type": "datepicker", "focus_on_load": True}, {"type": "timepicker", "focus_on_load": True}), "focus_on_load is used more than once"),
    ("text outside of a section", rich(said("x")), "unsupported type: text"),
    ("style", rich(part("section", said("x", style={"blink": True}))), "invalid additional property: blink"),
    ("list of texts", rich(part("list", said("x"), style="bullet")), "must be one of: rich_text_section"),
    ("list without a style", rich(part("list", part("section", said("x")))), "missing required field: style"),
    ("indent", rich(part("list", part("section", said("x")), style="bullet", indent=9)), "must be from 0 to 8"),
    ("mention in code", rich(part("preformatted", {"type": "user", "user_id": "U1"})), "unsupported type: user"),
    ("broadcast", rich(part("section", {"type": "broadcast", "range": "all"})), "must be one of: here, channel, everyone"),
    ("date without a format", rich(part("section", {"type": "date", "timestamp": 1})), "missing required field: format"),
    ("long markdown", {"type": "markdown", "text": "x" * 12_001}, "must be less than 12001 characters"),
    ("table of the header alone", data_table([raw("x")]), "must have at least 2 items"),
    ("too many rows", data_table(*[[raw("x")]] * 202), "no more than 201 items allowed"),
    ("too many columns", data_table([raw("x")] * 21, [raw("x")] * 21), "no more than 20 items allowed"),
    ("uneven rows", data_table([raw("x")], [raw("x"), raw("y")]), "must have 1 items, as the header"),
    ("rich header", data_table([rich(part("section", said("x")))], [raw("x")]), "must be one of: raw_text, raw_number"),
    ("no caption", {"type": "data_table", "rows": [[raw("x")], [raw("x")]]}, "missing required field: caption"),
    ("page size", data_table([raw("x")], [raw("x")], page_size=101), "must be from 1 to 100"),
    ("long data table", data_table([raw("x")], [raw("x" * 20_000)]), "no more than 20000 data table characters allowed"),
    ("long table", {"type": "table", "rows": [[raw("x" * 10_001)]]}, "no more than 10000 table characters allowed"),
    ("text as number", {"type": "table", "rows": [[{"type": "raw_number", "text": "2", "value": "2"}]]}, "must be a number"),
    ("level of an alert", card(level="info"), "invalid additional property: level"),
    ("empty card", {"type": "card", "subtitle": plain("x")}, "missing required field: hero_image, title, actions or body"),
    ("card text as text", card(title="x"), "must provide an object [json-pointer:/blocks/0/title]"),
    ("long card", card(body=plain("x" * 201)), "must be less than 201 characters"),
    ("four buttons", card(actions=[button()] * 4), "no more than 3 items allowed"),
    ("select in a card", card(actions=[{"type": "users_select"}]), "unsupported type: users_select"),
    ("no cards", {"type": "carousel", "elements": []}, "must have at least 1 item"),
    ("eleven cards", {"type": "carousel", "elements": [card()] * 11}, "no more than 10 items allowed"),
    ("section in a carousel", {"type": "carousel", "elements": [section()]}, "must be one of: card"),
    ("container without a title", {"type": "container", "child_blocks": [{"type": "divider"}]}, "missing required field: title or rich_text_title"),
    ("container in a container", container(container({"type": "divider"})), "unsupported type: container"),
    ("rich text in a container", container(rich(part("section", said("x")))), "unsupported type: rich_text"),
    ("eleven children", container(*[{"type": "divider"}] * 11), "no more than 10 items allowed"),
    ("defect of a child", container(section(colour="red")), "invalid additional property: colour [json-pointer:/blocks/0/child_blocks/0]"),
    ("width", container({"type": "divider"}, width="huge"), "must be one of: narrow, standard, wide, full"),
    ("empty pie", chart(type="pie", segments=[]), "must have at least 1 item"),
    ("slice of nothing", chart(type="pie", segments=[{"label": "x", "value": 0}]), "must be greater than 0"),
    ("radar", chart(type="radar"), "must be one of: pie, bar, area, line"),
    ("chart as text", {"type": "data_visualization", "title": "x", "chart": "pie"}, "must provide an object"),
    ("thirteen series", bar(*[series(str(n)) for n in range(13)]), "no more than 12 items allowed"),
    ("same series twice", bar(series(), series()), "must be unique"),
    ("a day is missing", bar(series(labels=["Mon"])), "must have one entry for each category"),
    ("long category", bar(series(labels=["x" * 21]), categories=["x" * 21]), "must be less than 21 characters"),
    ("long chart title", chart(type="pie", segments=[{"label": "x", "value": 1}]) | {"title": "x" * 51}, "must be less than 51 characters"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("block", "sentence"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS]
)
def test_a_defect_of_a_block_is_named(block: Json, sentence: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_message("fallback", [block])
    assert caught.value.code == "invalid_blocks"
    assert any(sentence in message for message in caught.value.messages), caught.value.messages


def test_a_bad_level_of_an_alert_is_named() -> None:
    with pytest.raises(Refusal) as caught:
        check({"type": "alert", "text": plain("x" * 201), "level": "fatal"}, "modal")
    assert [message.split(" [")[0] for message in caught.value.messages] == [
        "[ERROR] must be less than 201 characters",
        "[ERROR] must be one of: default, info, warning, error, success",
    ]


def test_a_message_has_two_charts_at_most() -> None:
    pie = chart(type="pie", segments=[{"label": "x", "value": 1}])
    check_message("", [pie] * 2)
    with pytest.raises(Refusal, match="invalid_blocks"):
        check_message("", [pie] * 3)


def test_a_message_has_12000_characters_of_markdown_in_all_its_blocks() -> None:
    half = {"type": "markdown", "text": "x" * 6000}
    check_message("", [half, half])
    with pytest.raises(Refusal, match="invalid_blocks"):
        check_message("", [half, half, {"type": "markdown", "text": "x"}])


def test_a_data_table_is_no_part_of_the_12000_characters_of_all_blocks() -> None:
    check_message("", [data_table([raw("x")], [raw("x" * 19_000)]), section()])


def test_ids_in_containers_and_carousels_are_unique_too() -> None:
    doubled = actions(button(action_id="a"))
    with pytest.raises(Refusal) as caught:
        check_message("", [doubled, container(actions(button(action_id="a")))])
    assert 'action_id "a" is used more than once' in caught.value.messages[0]


def test_a_home_has_no_title_and_needs_no_submit() -> None:
    home = {"type": "home", "blocks": [entry("plain_text_input")], "callback_id": "home"}
    check_view(home, "home")
    with pytest.raises(Refusal) as caught:
        check_view({**home, "title": plain("x")}, "home")
    assert caught.value.messages == [
        "[ERROR] invalid additional property: title [json-pointer:/view]"
    ]


def test_elements_inside_of_blocks_have_ids_and_can_be_used() -> None:
    slack = SlackSandbox()
    slack.add_channel("C0INCIDENT", "incident")
    inside = container({**actions(button(action_id="in_container")), "block_id": "inner"})
    cards = {"type": "carousel", "elements": [card(actions=[button(action_id="in_card")])]}
    message = slack.post("C0INCIDENT", "U0BOT", "x", [inside, cards, section(accessory=IMAGE)])
    found = slack.buttons(message)
    assert list(found) == ["in_container", "in_card"]
    assert found["in_container"]["block_id"] == "inner"
    assert found["in_card"]["block_id"] == message.blocks[1]["elements"][0]["block_id"]
    assert message.blocks[2]["accessory"] == IMAGE


def test_a_posted_block_is_a_copy() -> None:
    slack = SlackSandbox()
    slack.add_channel("C0INCIDENT", "incident")
    given = actions(button())
    message = slack.post("C0INCIDENT", "U0BOT", "x", [given])
    message.blocks[0]["elements"][0]["text"]["text"] = "changed"
    assert given == actions(button())


NEWER = [row[1] for row in MESSAGES if row[0] not in {"markdown", "table with numbers"}]


@pytest.mark.parametrize("block", [*NEWER, card()], ids=lambda one: one["type"])
def test_an_older_workspace_does_not_know_the_newer_blocks(block: Json) -> None:
    with pytest.raises(Refusal, match="invalid_blocks") as refused:
        check_message("", [block], newer=False)
    assert refused.value.messages == [
        f"[ERROR] unsupported type: {block['type']} [json-pointer:/blocks/0/type]"
    ]


def test_an_older_workspace_takes_every_other_block() -> None:
    for name, block in EVERYWHERE:
        if name != "card":
            check_message("", [block], newer=False)
    view = {"type": "home", "blocks": [card()]}
    with pytest.raises(Refusal, match="invalid_arguments"):
        check_view(view, "home", newer=False)


async def test_an_older_workspace_validates_no_blocks() -> None:
    async with SlackSandbox() as slack:
        slack.newer_blocks = False
        client = AsyncWebClient("xoxb-sandbox", base_url=slack.api_url)
        with pytest.raises(SlackApiError, match="unknown_method"):
            await client.api_call("blocks.validate", json={"blocks": [section()]})


VALIDATED: list[tuple[str, Json, str, list[str]]] = [
    ("blocks", {"blocks": [section()]}, "", []),
    ("defect of blocks", {"blocks": [section(), {"type": "marquee"}]}, "invalid_blocks", ["/1/type"]),
    ("message", {"message": {"blocks": [section(colour=1)]}}, "invalid_message", ["/blocks/0"]),
    ("view", {"view": {"type": "modal", "blocks": []}}, "invalid_view", [""]),
    ("view block", {"view": {"type": "home", "blocks": [{"type": "alert"}]}}, "invalid_view", ["/blocks/0/type"]),
    ("message as text", {"message": "x"}, "invalid_message", [""]),
    ("nothing", {}, "invalid_arguments", []),
    ("two", {"blocks": [section()], "view": {"type": "home", "blocks": []}}, "invalid_arguments", []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "pointers"), [row[1:] for row in VALIDATED], ids=[r[0] for r in VALIDATED]
)
async def test_blocks_are_validated_without_posting(
    arguments: Json, code: str, pointers: list[str]
) -> None:
    async with SlackSandbox() as slack:
        client = AsyncWebClient("xoxb-sandbox", base_url=slack.api_url)
        try:
            answer: Any = (await client.api_call("blocks.validate", json=arguments)).data
        except SlackApiError as error:
            answer = error.response.data
        assert answer.get("error", "") == code
        assert [one["pointer"] for one in answer.get("errors", [])] == pointers
        assert {one["code"] for one in answer.get("errors", [])} <= {"failed_constraint"}
        assert slack.messages == []
