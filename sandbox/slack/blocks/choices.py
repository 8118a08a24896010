"""Elements with options, and menus of people and channels
(docs.slack.dev/reference/block-kit/composition-objects/option-object)."""

from __future__ import annotations

from typing import Any

from sandbox.slack.blocks.findings import ANY_TEXT, PLAIN, Findings

PICKERS = {
    f"{prefix}{kind}_select"
    for prefix in ("", "multi_")
    for kind in ("users", "channels", "conversations")
}
OPTIONS = {
    "static_select": 100,
    "multi_static_select": 100,
    "radio_buttons": 10,
    "checkboxes": 10,
    "overflow": 5,
}
"""The most options of each kind."""
_FIELDS = {
    "static_select": "option_groups placeholder focus_on_load initial_option",
    "multi_static_select": "option_groups placeholder focus_on_load initial_options"
    " max_selected_items",
    "radio_buttons": "focus_on_load initial_option",
    "checkboxes": "focus_on_load initial_options",
    "overflow": "",
}


def options_of(element: dict[str, Any]) -> list[Any]:
    """Return the options of an element, those of its groups one after another."""
    groups = element.get("option_groups")
    if groups is None:
        return list(element.get("options") or [])
    return [option for group in groups for option in group["options"]]


def people(found: Findings, element: dict[str, Any], at: str) -> None:
    """Check a menu of people, channels or conversations."""
    kind = element["type"].removeprefix("multi_").removesuffix("s_select")
    found.keys(
        element,
        at,
        need="type",
        may=f"action_id placeholder confirm focus_on_load initial_{kind} initial_{kind}s filter"
        " max_selected_items response_url_enabled default_to_current_conversation",
    )
    found.text(element.get("placeholder"), f"{at}/placeholder", 150, PLAIN)


def choice(found: Findings, element: dict[str, Any], at: str) -> None:
    """Check an element with a fixed list of options, which a select may have in groups."""
    kind = element["type"]
    found.keys(element, at, need="type", may=f"action_id confirm options {_FIELDS[kind]}")
    found.text(element.get("placeholder"), f"{at}/placeholder", 150, PLAIN)
    if "option_groups" not in element:
        options = _options(found, element.get("options"), f"{at}/options", kind)
    elif "options" in element:
        found.add("must have one of: options, option_groups", at)
        return
    else:
        options = _groups(found, element["option_groups"], f"{at}/option_groups", kind)
    _initial(found, element, options, at)


def _groups(found: Findings, groups: Any, at: str, kind: str) -> list[Any]:
    options: list[Any] = []
    for number, group in enumerate(found.items(groups, at, 100)):
        here = f"{at}/{number}"
        if found.object(group, here):
            found.keys(group, here, need="label options")
            found.text(group.get("label"), f"{here}/label", 75, PLAIN)
            options += _options(found, group.get("options"), f"{here}/options", kind)
    return options


def _options(found: Findings, value: Any, at: str, kind: str) -> list[Any]:
    kinds = ANY_TEXT if kind in {"radio_buttons", "checkboxes"} else PLAIN
    options = found.items(value, at, OPTIONS[kind])
    for number, option in enumerate(options):
        here = f"{at}/{number}"
        if not found.object(option, here):
            continue
        may = "description url" if kind == "overflow" else "description"
        found.keys(option, here, need="text value", may=may)
        found.text(option.get("text"), f"{here}/text", 75, kinds)
        found.string(option.get("value"), f"{here}/value", 150)
        found.string(option.get("url"), f"{here}/url", 3000)
        found.text(option.get("description"), f"{here}/description", 75, kinds)
    return options


def _initial(found: Findings, element: dict[str, Any], options: list[Any], at: str) -> None:
    """What is chosen at first is one of the options, word for word."""
    several = "initial_options" in element
    first = [element["initial_option"]] if "initial_option" in element else []
    if several:
        most = max(len(options), 1)
        first = found.items(element["initial_options"], f"{at}/initial_options", most)
    if any(option not in options for option in first):
        found.add("must be one of the provided options", f"{at}/initial_option{'s' * several}")
    found.count(element.get("max_selected_items"), f"{at}/max_selected_items", 1, 100)
