"""What Slack accepts as an element: buttons, selects, inputs (slack-rules.md, "Size")."""

from __future__ import annotations

from typing import Any

from sandbox.slack.blocks.findings import ANY_TEXT, PLAIN, Findings

_PICKERS = {
    f"{prefix}{kind}_select"
    for prefix in ("", "multi_")
    for kind in ("users", "channels", "conversations")
}
_OPTIONS = {
    "static_select": 100,
    "multi_static_select": 100,
    "radio_buttons": 10,
    "checkboxes": 10,
    "overflow": 5,
}
INTERACTIVE = {"button", *_OPTIONS, *_PICKERS}
"""Elements of an `actions` block, and accessories of a section."""
INPUTS = {"plain_text_input", *_OPTIONS, *_PICKERS} - {"overflow"}
"""Elements of an `input` block."""


def check_element(found: Findings, element: Any, at: str, allowed: set[str]) -> None:
    """Note what is wrong with an element that stands where ``allowed`` types may stand."""
    kind = element.get("type") if isinstance(element, dict) else None
    if kind not in allowed:
        found.add(f"unsupported type: {kind}", f"{at}/type")
        return
    found.unique("action_id", element.get("action_id"), at)
    if kind == "button":
        _button(found, element, at)
    elif kind == "plain_text_input":
        _text_input(found, element, at)
    elif kind == "file_input":
        _file_input(found, element, at)
    elif kind in _PICKERS:
        _picker(found, element, at)
    else:
        _choice(found, element, at)
    if "confirm" in element:
        _confirm(found, element["confirm"], f"{at}/confirm")


def _button(found: Findings, button: dict[str, Any], at: str) -> None:
    found.keys(
        button,
        at,
        need="type text",
        may="action_id url value style confirm accessibility_label",
    )
    found.text(button.get("text"), f"{at}/text", 75, PLAIN)
    found.string(button.get("value"), f"{at}/value", 2000)
    found.string(button.get("url"), f"{at}/url", 3000)
    found.string(button.get("accessibility_label"), f"{at}/accessibility_label", 75)
    _style(found, button, at)


def _style(found: Findings, value: dict[str, Any], at: str) -> None:
    if value.get("style", "primary") not in {"primary", "danger"}:
        found.add("must be one of: primary, danger", f"{at}/style")


def _confirm(found: Findings, dialog: Any, at: str) -> None:
    if not isinstance(dialog, dict):
        found.add("must provide an object", at)
        return
    found.keys(dialog, at, need="title text confirm deny", may="style")
    found.text(dialog.get("title"), f"{at}/title", 100, PLAIN)
    found.text(dialog.get("text"), f"{at}/text", 300)
    found.text(dialog.get("confirm"), f"{at}/confirm", 30, PLAIN)
    found.text(dialog.get("deny"), f"{at}/deny", 30, PLAIN)
    _style(found, dialog, at)


def _text_input(found: Findings, element: dict[str, Any], at: str) -> None:
    found.keys(
        element,
        at,
        need="type",
        may="action_id initial_value multiline min_length max_length placeholder focus_on_load"
        " dispatch_action_config",
    )
    found.text(element.get("placeholder"), f"{at}/placeholder", 150, PLAIN)
    found.string(element.get("initial_value"), f"{at}/initial_value", 3000, least=0)
    for name, least in (("min_length", 0), ("max_length", 1)):
        found.count(element.get(name), f"{at}/{name}", least, 3000)
    for name in ("multiline", "focus_on_load"):
        if not isinstance(element.get(name, False), bool):
            found.add("must be a boolean", f"{at}/{name}")


def _file_input(found: Findings, element: dict[str, Any], at: str) -> None:
    found.keys(element, at, need="type", may="action_id filetypes max_files")
    if "filetypes" in element:
        for number, kind in enumerate(found.items(element["filetypes"], f"{at}/filetypes", 100)):
            found.string(kind if kind is not None else "", f"{at}/filetypes/{number}", 255)
    found.count(element.get("max_files"), f"{at}/max_files", 1, 10)


def _picker(found: Findings, element: dict[str, Any], at: str) -> None:
    kind = element["type"].removeprefix("multi_").removesuffix("s_select")
    found.keys(
        element,
        at,
        need="type",
        may=f"action_id placeholder confirm focus_on_load initial_{kind} initial_{kind}s filter"
        " max_selected_items response_url_enabled default_to_current_conversation",
    )
    found.text(element.get("placeholder"), f"{at}/placeholder", 150, PLAIN)


def _choice(found: Findings, element: dict[str, Any], at: str) -> None:
    found.keys(
        element,
        at,
        need="type options",
        may="action_id placeholder confirm focus_on_load initial_option initial_options"
        " max_selected_items",
    )
    found.text(element.get("placeholder"), f"{at}/placeholder", 150, PLAIN)
    kinds = ANY_TEXT if element["type"] in {"radio_buttons", "checkboxes"} else PLAIN
    options = found.items(element.get("options"), f"{at}/options", _OPTIONS[element["type"]])
    for number, option in enumerate(options):
        here = f"{at}/options/{number}"
        if not isinstance(option, dict):
            found.add("must provide an object", here)
            continue
        found.keys(option, here, need="text value", may="description url")
        found.text(option.get("text"), f"{here}/text", 75, kinds)
        found.string(option.get("value"), f"{here}/value", 150)
        found.text(option.get("description"), f"{here}/description", 75, kinds)
    _initial(found, element, options, at)


def _initial(found: Findings, element: dict[str, Any], options: list[Any], at: str) -> None:
    """What is chosen at first is one of the options, word for word."""
    several = element["type"] in {"multi_static_select", "checkboxes"}
    wrong = "initial_option" if several else "initial_options"
    if wrong in element:
        found.add(f"invalid additional property: {wrong}", at)
    first = [element["initial_option"]] if "initial_option" in element else []
    if several and "initial_options" in element:
        first = found.items(element["initial_options"], f"{at}/initial_options", len(options))
    if any(option not in options for option in first):
        found.add("must be one of the provided options", f"{at}/initial_option{'s' * several}")
    if element["type"] == "multi_static_select":
        found.count(element.get("max_selected_items"), f"{at}/max_selected_items", 1, 100)
