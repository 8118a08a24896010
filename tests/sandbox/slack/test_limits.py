"""The size limits of Slack (slack-rules.md, "Size"), one value below and one above each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from sandbox.slack.blocks.limits import check_message, check_view
from sandbox.slack.model import Refusal

Json = dict[str, Any]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def button(**fields: Any) -> Json:
    return {"type": "button", "text": plain("Go"), **fields}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def confirm(**fields: Any) -> Json:
    dialog = {
        "title": plain("Sure?"),
        "text": mrkdwn("All of it."),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
    return actions(button(confirm=dialog | fields))


def select(*options: Json) -> Json:
    return actions({"type": "static_select", "options": list(options)})


def entry(block_id: str = "reason", **fields: Any) -> Json:
    element = {"type": "plain_text_input", "action_id": f"{block_id}_text", **fields}
    return {"type": "input", "block_id": block_id, "label": plain("Reason"), "element": element}


def modal(**fields: Any) -> Json:
    return {"type": "modal", "title": plain("Deny"), "blocks": [], **fields}


def option(text: str = "a", value: str = "a") -> Json:
    return {"text": plain(text), "value": value}


def table(rows: int = 1, columns: int = 1, **fields: Any) -> Json:
    cell = {"type": "raw_text", "text": "x"}
    return {"type": "table", "rows": [[cell] * columns] * rows, **fields}


def attach(**fields: Any) -> Json:
    return modal(
        submit=plain("Go"),
        blocks=[
            {
                "type": "input",
                "label": plain("File"),
                "element": {"type": "file_input", "action_id": "a", **fields},
            }
        ],
    )


BLOCKS: list[tuple[str, int, Callable[[int], list[Json]], str]] = [
    ("blocks", 50, lambda n: [{"type": "divider"}] * n, "/blocks"),
    (
        "section text",
        3000,
        lambda n: [{"type": "section", "text": mrkdwn("x" * n)}],
        "/blocks/0/text/text",
    ),
    (
        "fields",
        10,
        lambda n: [{"type": "section", "fields": [mrkdwn("x")] * n}],
        "/blocks/0/fields",
    ),
    (
        "field",
        2000,
        lambda n: [{"type": "section", "fields": [mrkdwn("x" * n)]}],
        "/blocks/0/fields/0/text",
    ),
    ("header", 150, lambda n: [{"type": "header", "text": plain("x" * n)}], "/blocks/0/text/text"),
    (
        "context elements",
        10,
        lambda n: [{"type": "context", "elements": [mrkdwn("x")] * n}],
        "/blocks/0/elements",
    ),
    (
        "context text",
        3000,
        lambda n: [{"type": "context", "elements": [mrkdwn("x" * n)]}],
        "/blocks/0/elements/0/text",
    ),
    ("actions elements", 25, lambda n: [actions(*[button()] * n)], "/blocks/0/elements"),
    (
        "button text",
        75,
        lambda n: [actions(button(text=plain("x" * n)))],
        "/blocks/0/elements/0/text/text",
    ),
    (
        "button value",
        2000,
        lambda n: [actions(button(value="x" * n))],
        "/blocks/0/elements/0/value",
    ),
    (
        "action_id",
        255,
        lambda n: [actions(button(action_id="x" * n))],
        "/blocks/0/elements/0/action_id",
    ),
    ("block_id", 255, lambda n: [{"type": "divider", "block_id": "x" * n}], "/blocks/0/block_id"),
    (
        "confirm title",
        100,
        lambda n: [confirm(title=plain("x" * n))],
        "/blocks/0/elements/0/confirm/title/text",
    ),
    (
        "confirm text",
        300,
        lambda n: [confirm(text=mrkdwn("x" * n))],
        "/blocks/0/elements/0/confirm/text/text",
    ),
    (
        "confirm button",
        30,
        lambda n: [confirm(confirm=plain("x" * n))],
        "/blocks/0/elements/0/confirm/confirm/text",
    ),
    (
        "confirm deny",
        30,
        lambda n: [confirm(deny=plain("x" * n))],
        "/blocks/0/elements/0/confirm/deny/text",
    ),
    ("options", 100, lambda n: [select(*[option()] * n)], "/blocks/0/elements/0/options"),
    (
        "option text",
        75,
        lambda n: [select(option(text="x" * n))],
        "/blocks/0/elements/0/options/0/text/text",
    ),
    (
        "option value",
        150,
        lambda n: [select(option(value="x" * n))],
        "/blocks/0/elements/0/options/0/value",
    ),
    (
        "placeholder",
        150,
        lambda n: [entry(placeholder=plain("x" * n))],
        "/blocks/0/element/placeholder/text",
    ),
    ("table rows", 100, lambda n: [table(n)], "/blocks/0/rows"),
    ("table columns", 20, lambda n: [table(1, n)], "/blocks/0/rows/0"),
    (
        "column settings",
        20,
        lambda n: [table(column_settings=[{"align": "right"}] * n)],
        "/blocks/0/column_settings",
    ),
]


@pytest.mark.parametrize(
    ("most", "build", "pointer"), [row[1:] for row in BLOCKS], ids=[row[0] for row in BLOCKS]
)
def test_one_more_than_the_limit_is_invalid(
    most: int, build: Callable[[int], list[Json]], pointer: str
) -> None:
    check_message("fallback", build(most))
    with pytest.raises(Refusal) as caught:
        check_message("fallback", build(most + 1))
    assert caught.value.code == "invalid_blocks"
    assert [message.split("[json-pointer:")[1] for message in caught.value.messages] == [
        f"{pointer}]"
    ]


DEFECTS: list[tuple[str, list[Json], str]] = [
    ("unknown block", [{"type": "marquee"}], "unsupported type: marquee"),
    ("no type", [{}], "unsupported type: none"),
    ("empty text", [{"type": "section", "text": mrkdwn("")}], "must be more than 0 characters"),
    ("no text at all", [{"type": "section"}], "missing required field: text or fields"),
    ("header in mrkdwn", [{"type": "header", "text": mrkdwn("x")}], "must be one of: plain_text"),
    ("text as a string", [{"type": "header", "text": "x"}], "must provide an object"),
    ("text as a number", [{"type": "header", "text": {"type": "plain_text", "text": 1}}], "must be a string"),
    ("empty button value", [actions(button(value=""))], "must be more than 0 characters"),
    ("button in mrkdwn", [actions(button(text=mrkdwn("x")))], "must be one of: plain_text"),
    ("bad style", [actions(button(style="red"))], "must be one of: primary, danger"),
    ("confirm without deny", [actions(button(confirm={"title": plain("x"), "text": plain("x"), "confirm": plain("x")}))], "missing required field: deny"),
    ("confirm as text", [actions(button(confirm="sure"))], "must provide an object"),
    ("input among actions", [actions({"type": "plain_text_input"})], "unsupported type: plain_text_input"),
    ("button in an input", [{"type": "input", "label": plain("x"), "element": button()}], "unsupported type: button"),
    ("no actions", [actions()], "must have at least 1 item"),
    ("elements as object", [{"type": "actions", "elements": {}}], "must provide an array"),
    ("unknown key", [{"type": "divider", "colour": "red"}], "invalid additional property: colour"),
    ("emoji in mrkdwn", [{"type": "section", "text": {**mrkdwn("x"), "emoji": True}}], "invalid additional property: emoji"),
    ("option as text", [select("a")], "must provide an object"),  # type: ignore[arg-type] # broken on purpose
    ("max_length", [entry(max_length=3001)], "must be from 1 to 3000"),
    ("doubled action_id", [actions(button(action_id="a")), actions(button(action_id="a"))], 'action_id "a" is used more than once'),
    ("doubled block_id", [{"type": "divider", "block_id": "b"}] * 2, 'block_id "b" is used more than once'),
    ("no rows", [table(0)], "must have at least 1 item"),
    ("no cells", [table(1, 0)], "must have at least 1 item"),
    ("cell in mrkdwn", [table(rows=0, columns=0) | {"rows": [[mrkdwn("x")]]}], "must be one of: raw_text, rich_text"),
    ("empty cell", [table() | {"rows": [[{"type": "raw_text", "text": ""}]]}], "must be more than 0 characters"),
    ("cell with more", [table() | {"rows": [[{"type": "raw_text", "text": "x", "emoji": True}]]}], "invalid additional property: emoji"),
    ("alignment", [table(column_settings=[{"align": "top"}])], "must be one of: left, center, right"),
    ("wrapping", [table(column_settings=[{"is_wrapped": 1}])], "must be a boolean"),
    ("column as text", [table(column_settings=["left"])], "must provide an object"),
    ("file input in a message", [{"type": "input", "label": plain("x"), "element": {"type": "file_input"}}], "unsupported type: file_input"),
    ("chosen at first", [actions({"type": "static_select", "options": [option()], "initial_option": option("b", "b")})], "must be one of the provided options"),
    ("several chosen at first", [actions({"type": "checkboxes", "options": [option()], "initial_options": [option("b", "b")]})], "must be one of the provided options"),
    ("one of several", [actions({"type": "checkboxes", "options": [option()], "initial_option": option()})], "invalid additional property: initial_option"),
    ("most of several", [actions({"type": "multi_static_select", "options": [option()], "max_selected_items": 0})], "must be from 1 to 100"),
    ("multiline", [entry(multiline="yes")], "must be a boolean"),
    ("picker", [actions({"type": "users_select", "options": []})], "invalid additional property: options"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("blocks", "sentence"), [row[1:] for row in DEFECTS], ids=[row[0] for row in DEFECTS]
)
def test_a_defect_is_named(blocks: list[Json], sentence: str) -> None:
    with pytest.raises(Refusal) as caught:
        check_message("fallback", blocks)
    assert caught.value.code == "invalid_blocks"
    assert any(sentence in message for message in caught.value.messages)


def test_all_kinds_of_blocks_are_accepted() -> None:
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}  # fmt: skip
    accessory = {"type": "section", "text": mrkdwn("x"), "accessory": button(action_id="a")}
    picker = actions({"type": "users_select", "placeholder": plain("who")})
    check_message("", [rich, accessory, picker, confirm(), {"type": "divider"}])


def test_a_message_has_one_table_and_its_cells_may_be_rich() -> None:
    part = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
    rich = {"type": "rich_text", "elements": [part]}
    settings = [None, {"align": "right", "is_wrapped": True}]
    check_message("", [table() | {"rows": [[rich]], "column_settings": settings}])
    with pytest.raises(Refusal) as caught:
        check_message("", [table(), table()])
    assert caught.value.code == "invalid_attachments"
    assert caught.value.messages == ["[ERROR] only_one_table_allowed"]
    with pytest.raises(Refusal, match="msg_blocks_too_long"):
        check_message("", [table() | {"rows": [[{"type": "raw_text", "text": "x" * 12_001}]]}])
    with pytest.raises(Refusal, match="invalid_arguments"):
        check_view(modal(blocks=[table()]))


@pytest.mark.parametrize(
    "fields",
    [{"max_files": 0}, {"max_files": 11}, {"max_files": True}, {"filetypes": []}, {"filetypes": "csv"}, {"filetypes": [None]}, {"multiple": True}],
)  # fmt: skip
def test_a_file_input_is_checked(fields: Json) -> None:
    check_view(attach(max_files=10, filetypes=["csv", "json"]))
    with pytest.raises(Refusal, match="invalid_arguments"):
        check_view(attach(**fields))


def test_the_text_of_all_blocks_together_is_limited() -> None:
    full = [{"type": "section", "text": mrkdwn("x" * 3000)}] * 4
    check_message("", full)
    part = {"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}
    rich: list[Json] = [{"type": "rich_text", "elements": [part]}]
    for more in ([{"type": "header", "text": plain("x")}], rich):
        with pytest.raises(Refusal, match="msg_blocks_too_long"):
            check_message("", full + more)


@pytest.mark.parametrize(
    ("most", "build"),
    [
        (24, lambda n: modal(title=plain("x" * n))),
        (24, lambda n: modal(submit=plain("x" * n))),
        (24, lambda n: modal(close=plain("x" * n))),
        (255, lambda n: modal(callback_id="x" * n)),
        (3000, lambda n: modal(private_metadata="x" * n)),
        (100, lambda n: modal(blocks=[{"type": "divider"}] * n)),
    ],
)
def test_a_view_has_limits_of_its_own(most: int, build: Callable[[int], Json]) -> None:
    check_view(build(most))
    with pytest.raises(Refusal) as caught:
        check_view(build(most + 1))
    assert caught.value.code == "invalid_arguments"
    assert len(caught.value.messages) == 1
    assert "[json-pointer:/view/" in caught.value.messages[0]


@pytest.mark.parametrize(
    "view",
    [
        modal(blocks=[entry()]),
        modal(type="home"),
        modal(extra=1),
        {"type": "modal"},
        "{",
        None,
    ],
    ids=["input without submit", "home", "unknown key", "no title", "broken json", "nothing"],
)
def test_a_view_with_a_defect_is_refused(view: Any) -> None:
    with pytest.raises(Refusal, match="invalid_arguments"):
        check_view(view)


def test_a_view_is_limited_in_bytes() -> None:
    options = [option(text="x" * 75, value="v" * 150)] * 100
    blocks = [select(*options) for _ in range(12)]
    with pytest.raises(Refusal, match="view_too_large"):
        check_view(modal(blocks=blocks))
