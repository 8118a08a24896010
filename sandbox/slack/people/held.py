"""What an element holds, as payloads contain it: at first, and after a person typed or chose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sandbox.slack.blocks.choices import options_of
from sandbox.slack.blocks.entries import is_date, is_moment, is_number, is_time
from sandbox.slack.blocks.walk import all_blocks, elements
from sandbox.slack.model import SandboxError

_Json = dict[str, Any]
TYPED = {"plain_text_input", "email_text_input", "url_text_input", "number_input"}
STATELESS = {"button", "overflow"}
"""Elements that hold nothing."""
_ONE = {"static_select", "external_select", "radio_buttons", "overflow"}
_SEVERAL = {"multi_static_select", "multi_external_select", "checkboxes"}
_PICKED = {"datepicker": "date", "timepicker": "time", "datetimepicker": "date_time"}
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_URL = re.compile(r"https?://\S+")


def stateful(blocks: list[_Json]) -> Iterator[tuple[_Json, _Json]]:
    """Yield each element that holds a value, after its block."""
    for block in all_blocks(blocks):
        for element in elements(block):
            if element["type"] not in STATELESS:
                yield block, element


def initial(element: _Json) -> _Json:
    """Return what an element holds before anybody used it."""
    kind = element["type"]
    if kind == "file_input":
        return {"type": kind, "files": []}
    if kind in TYPED:
        return {"type": kind, "value": element.get("initial_value") or None}
    if kind == "rich_text_input":
        return {"type": kind, "rich_text_value": element.get("initial_value")}
    if kind in _ONE:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _SEVERAL:
        return {"type": kind, "selected_options": list(element.get("initial_options", []))}
    name = _selected(kind)
    return {"type": kind, f"selected_{name}": element.get(f"initial_{name}", _nothing(kind))}


def chosen(element: _Json, value: str) -> _Json:
    """Return what an element holds after the person typed or chose ``value``.

    Several choices are separated by commas. Raises SandboxError for what cannot be chosen.
    """
    kind = element["type"]
    if kind == "button" or kind in TYPED:
        return {"type": kind, "value": value}
    if kind == "rich_text_input":
        return {"type": kind, "rich_text_value": _rich(value)}
    if kind in _ONE:
        return {"type": kind, "selected_option": _option(element, value) if value else None}
    parts = [part for part in value.split(",") if part]
    if kind in _SEVERAL:
        options = [_option(element, part) for part in parts]
        return {"type": kind, "selected_options": options}
    picked: Any = parts if kind.startswith("multi_") else value
    if kind == "datetimepicker":
        picked = int(value) if value.isdecimal() else value
    held = {"type": kind, f"selected_{_selected(kind)}": picked}
    return held | ({"timezone": element["timezone"]} if "timezone" in element else {})


def is_empty(held: _Json) -> bool:
    """Whether nothing is typed, chosen or attached."""
    return not any(value for name, value in held.items() if name not in {"type", "timezone"})


def check_held(name: str, element: _Json, held: _Json) -> None:
    """Raise SandboxError for what Slack does not let a person send in this element."""
    kind, value = element["type"], next(v for k, v in held.items() if k != "type")
    wrong = ""
    if kind == "plain_text_input":
        least, most = element.get("min_length", 0), element.get("max_length", 3000)
        wrong = "" if least <= len(value) <= most else f"{least} to {most} characters"
    elif kind == "number_input":
        wrong = _wrong_number(element, value)
    elif kind == "email_text_input":
        wrong = "" if _MAIL.fullmatch(value) else "a mail address"
    elif kind == "url_text_input":
        wrong = "" if _URL.fullmatch(value) else "a URL"
    elif kind == "datepicker":
        wrong = "" if is_date(value) else "a date as YYYY-MM-DD"
    elif kind == "timepicker":
        wrong = "" if is_time(value) else "a time as HH:mm"
    elif kind == "datetimepicker":
        wrong = "" if is_moment(value) else "a UNIX time of 10 digits"
    elif kind.startswith("multi_") and len(value) > element.get("max_selected_items", 100):
        wrong = f"{element['max_selected_items']} choices"
    if wrong:
        raise SandboxError(f"the input {name} takes {wrong}")


def _wrong_number(element: _Json, value: str) -> str:
    if not is_number(value, decimal=element["is_decimal_allowed"]):
        return "a number" if element["is_decimal_allowed"] else "a whole number"
    least, most = element.get("min_value", value), element.get("max_value", value)
    inside = float(least) <= float(value) <= float(most)
    return "" if inside else f"a number from {least} to {most}"


def _selected(kind: str) -> str:
    """Return the name of what a picker has selected: `user`, `users`, `date`."""
    if kind in _PICKED:
        return _PICKED[kind]
    if kind.startswith("multi_"):
        return kind.removeprefix("multi_").removesuffix("_select")
    return kind.removesuffix("s_select")


def _nothing(kind: str) -> list[str] | None:
    return [] if kind.startswith("multi_") else None


def _rich(text: str) -> _Json | None:
    if not text:
        return None
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [section]}


def _option(element: _Json, value: str) -> _Json:
    for option in options_of(element):
        if option["value"] == value:
            return dict(option)
    raise SandboxError(f"there is no option {value}: {options_of(element)}")
