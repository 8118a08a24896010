"""Elements with options, and menus of people and channels
(docs.slack.dev/reference/block-kit/composition-objects/option-object, .../conversation-filter-object)."""

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
    "external_select": 100,
    "multi_external_select": 100,
    "radio_buttons": 10,
    "checkboxes": 10,
    "overflow": 5,
}
"""The most options of each kind; of an external select, in one answer of the app."""
EXTERNAL = {"external_select", "multi_external_select"}
_CONVERSATIONS = ("im", "mpim", "private", "public")
_FIELDS = {
    "static_select": "option_groups placeholder focus_on_load initial_option",
    "multi_static_select": "option_groups placeholder focus_on_load initial_options"
    " max_selected_items",
    "external_select": "placeholder focus_on_load initial_option min_query_length",
    "multi_external_select": "placeholder focus_on_load initial_options min_query_length"
    " max_selected_items",
    "radio_buttons": "focus_on_load initial_option",
    "checkboxes": "focus_on_load initial_options",
    "overflow": "",
}


def options_of(element: dict[str, Any]) -> list[Any]:
    """Return the options of an element or of an answer, those of its groups one after another."""
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
    if "filter" in element:
        _filter(found, element["filter"], f"{at}/filter")


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


def external(found: Findings, element: dict[str, Any], at: str) -> None:
    """Check a select whose options the app is asked for while a person types."""
    kind = element["type"]
    if found.surface == "message":  # not simulated: the app has them in views alone
        found.add(f"unsupported type: {kind}", f"{at}/type")
    found.keys(element, at, need="type", may=f"action_id confirm {_FIELDS[kind]}")
    found.text(element.get("placeholder"), f"{at}/placeholder", 150, PLAIN)
    found.count(element.get("min_query_length"), f"{at}/min_query_length", 0, 3000)
    found.count(element.get("max_selected_items"), f"{at}/max_selected_items", 1, 100)
    if "initial_option" in element:
        _options(found, [element["initial_option"]], f"{at}/initial_option", kind)
    if "initial_options" in element:
        _options(found, element["initial_options"], f"{at}/initial_options", kind)


def suggestions(found: Findings, answer: dict[str, Any]) -> None:
    """Check what the app answers when options are asked for: none are allowed, too."""
    if ("options" in answer) == ("option_groups" in answer):
        found.add("must have one of: options, option_groups", "/")
    elif "options" in answer:
        _options(found, answer["options"], "/options", "external_select", least=0)
    else:
        _groups(found, answer["option_groups"], "/option_groups", "external_select", least=0)


def _filter(found: Findings, value: Any, at: str) -> None:
    """At least one field; ``include`` is not empty."""
    if not found.object(value, at):
        return
    excluded = ("exclude_external_shared_channels", "exclude_bot_users")
    found.keys(value, at, need="", may=" ".join(("include", *excluded)))
    if not value:
        found.add("must have at least one field", at)
    for name in excluded:
        found.boolean(value, name, at)
    if "include" in value:
        for number, kind in enumerate(found.items(value["include"], f"{at}/include", 4)):
            found.one_of(kind, f"{at}/include/{number}", _CONVERSATIONS)


def _groups(found: Findings, groups: Any, at: str, kind: str, *, least: int = 1) -> list[Any]:
    options: list[Any] = []
    for number, group in enumerate(found.items(groups, at, 100, least=least)):
        here = f"{at}/{number}"
        if found.object(group, here):
            found.keys(group, here, need="label options")
            found.text(group.get("label"), f"{here}/label", 75, PLAIN)
            options += _options(found, group.get("options"), f"{here}/options", kind)
    return options


def _options(found: Findings, value: Any, at: str, kind: str, *, least: int = 1) -> list[Any]:
    kinds = ANY_TEXT if kind in {"radio_buttons", "checkboxes"} else PLAIN
    options = found.items(value, at, OPTIONS[kind], least=least)
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
