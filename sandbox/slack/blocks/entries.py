"""Elements in which a person types, picks a date or attaches files
(docs.slack.dev/reference/block-kit/block-elements, of each element)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.slack.blocks.findings import PLAIN, Findings
from sandbox.slack.blocks.rich_text import check_rich_text

_TYPED = "action_id placeholder focus_on_load initial_value dispatch_action_config"
_PICKED = "action_id focus_on_load confirm"
_DISPATCH = ("on_enter_pressed", "on_character_entered")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def is_date(text: Any) -> bool:
    """Whether a text is a date as YYYY-MM-DD."""
    try:
        return str(text) == date.fromisoformat(text).isoformat()
    except (TypeError, ValueError):
        return False


def is_time(text: Any) -> bool:
    """Whether a text is a time of the day as HH:mm."""
    return isinstance(text, str) and bool(_TIME.fullmatch(text))


def is_moment(value: Any) -> bool:
    """Whether a value is a UNIX time of 10 digits."""
    return isinstance(value, int) and len(str(value)) == 10


def is_number(text: Any, *, decimal: bool) -> bool:
    """Whether a text is a number, with a fraction only where ``decimal``."""
    pattern = r"-?\d+(\.\d+)?" if decimal else r"-?\d+"
    return isinstance(text, str) and bool(re.fullmatch(pattern, text))


def _plain(found: Findings, element: dict[str, Any], at: str) -> None:
    found.keys(element, at, need="type", may=f"{_TYPED} multiline min_length max_length")
    _typed(found, element, at)
    for name, least in (("min_length", 0), ("max_length", 1)):
        found.count(element.get(name), f"{at}/{name}", least, 3000)
    found.boolean(element, "multiline", at)


def _address(found: Findings, element: dict[str, Any], at: str) -> None:
    """Check an input of a mail address or a URL."""
    found.keys(element, at, need="type", may=_TYPED)
    _typed(found, element, at)


def _number(found: Findings, element: dict[str, Any], at: str) -> None:
    found.keys(element, at, need="type is_decimal_allowed", may=f"{_TYPED} min_value max_value")
    found.boolean(element, "is_decimal_allowed", at)
    _typed(found, element, at)
    decimal = bool(element.get("is_decimal_allowed"))
    limits = [element[name] for name in ("min_value", "max_value") if name in element]
    for name in ("initial_value", "min_value", "max_value"):
        if name in element and not is_number(element[name], decimal=decimal):
            found.add("must be a number", f"{at}/{name}")
            return
    if len(limits) == 2 and float(limits[0]) > float(limits[1]):
        found.add("cannot be greater than max_value", f"{at}/min_value")


def _rich(found: Findings, element: dict[str, Any], at: str) -> None:
    found.keys(element, at, need="type", may=f"{_TYPED} min_lines max_lines")
    found.text(element.get("placeholder"), f"{at}/placeholder", 150, PLAIN)
    _dispatch(found, element, at)
    for name in ("min_lines", "max_lines"):
        found.count(element.get(name), f"{at}/{name}", 1, 100)
    if "initial_value" in element:
        check_rich_text(found, element["initial_value"], f"{at}/initial_value")


def _file(found: Findings, element: dict[str, Any], at: str) -> None:
    found.keys(element, at, need="type", may="action_id filetypes max_files")
    if "filetypes" in element:
        for number, kind in enumerate(found.items(element["filetypes"], f"{at}/filetypes", 100)):
            found.string(kind if kind is not None else "", f"{at}/filetypes/{number}", 255)
    found.count(element.get("max_files"), f"{at}/max_files", 1, 10)


def _date(found: Findings, element: dict[str, Any], at: str) -> None:
    found.keys(element, at, need="type", may=f"{_PICKED} placeholder initial_date")
    found.text(element.get("placeholder"), f"{at}/placeholder", 150, PLAIN)
    if "initial_date" in element and not is_date(element["initial_date"]):
        found.add("must match format: YYYY-MM-DD", f"{at}/initial_date")


def _time(found: Findings, element: dict[str, Any], at: str) -> None:
    found.keys(element, at, need="type", may=f"{_PICKED} placeholder initial_time timezone")
    found.text(element.get("placeholder"), f"{at}/placeholder", 150, PLAIN)
    if "initial_time" in element and not is_time(element["initial_time"]):
        found.add("must match format: HH:mm", f"{at}/initial_time")
    if "timezone" in element and not _is_zone(element["timezone"]):
        found.add("must be a valid timezone", f"{at}/timezone")


def _moment(found: Findings, element: dict[str, Any], at: str) -> None:
    found.keys(element, at, need="type", may=f"{_PICKED} initial_date_time")
    if "initial_date_time" in element and not is_moment(element["initial_date_time"]):
        found.add("must be a UNIX timestamp of 10 digits", f"{at}/initial_date_time")


def _typed(found: Findings, element: dict[str, Any], at: str) -> None:
    found.text(element.get("placeholder"), f"{at}/placeholder", 150, PLAIN)
    found.string(element.get("initial_value"), f"{at}/initial_value", 3000, least=0)
    _dispatch(found, element, at)


def _dispatch(found: Findings, element: dict[str, Any], at: str) -> None:
    here = f"{at}/dispatch_action_config"
    if found.object(element.get("dispatch_action_config", {}), here):
        causes = element.get("dispatch_action_config", {}).get("trigger_actions_on", [])
        for number, cause in enumerate(
            found.items(causes, f"{here}/trigger_actions_on", 2, least=0)
        ):
            found.one_of(cause, f"{here}/trigger_actions_on/{number}", _DISPATCH)


def _is_zone(name: Any) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (TypeError, ValueError, KeyError, OSError):
        return False


CHECKS: dict[str, Callable[[Findings, dict[str, Any], str], None]] = {
    "datepicker": _date,
    "datetimepicker": _moment,
    "email_text_input": _address,
    "file_input": _file,
    "number_input": _number,
    "plain_text_input": _plain,
    "rich_text_input": _rich,
    "timepicker": _time,
    "url_text_input": _address,
}
"""By type of element."""
