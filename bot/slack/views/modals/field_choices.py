"""The selects of language and time zone, each with an input for what its list lacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from bot.service.queries.field_choices import FieldChoices
from bot.slack.limits import MAX_OPTION_VALUE_CHARS, MAX_OPTIONS
from bot.slack.views.modals import inputs
from bot.slack.views.mrkdwn import plain_text
from bot.slack.views.texts import edit_user as texts

_OTHER = ".other"  # behind the name of a field: the input for what the list lacks
_OTHER_LABELS = {"language": texts.OTHER_LANGUAGE, "timezone": texts.OTHER_TIME_ZONE}
TIME_ZONE = "timezone"

Groups = Mapping[str, Sequence[str]]


def choice(
    name: str, label: str, own: str, typed: str, choices: FieldChoices
) -> Iterator[dict[str, Any]]:
    """Yield the select and the input beside it, or one input where the value is no option.

    ``own`` is the value of the API, always among the options; ``typed`` was chosen or typed before.
    """
    own, typed = (one if one.strip() else "" for one in (own, typed))
    groups = _groups(name, own, choices)
    if len(own) > MAX_OPTION_VALUE_CHARS or not groups:
        yield inputs.text_input(name, label, typed, optional=True)
        return
    offered = any(typed in values for values in groups.values())
    chosen = typed if offered else own
    yield inputs.input_block(name, label, _select(groups, chosen), optional=True)
    other = "" if offered else typed
    yield inputs.text_input(name + _OTHER, _OTHER_LABELS[name], other, optional=True)


def block_of(name: str, values: Mapping[str, object]) -> str:
    """Return the block in which the value of a field was given: what is typed counts."""
    return name + _OTHER if str(values.get(name + _OTHER, "")).strip() else name


def _groups(name: str, own: str, choices: FieldChoices) -> Groups:
    in_use = sorted({*choices.told.get(name, ()), *filter(None, [own])})
    in_use = [one for one in in_use if one == own or len(one) <= MAX_OPTION_VALUE_CHARS]
    in_use = [own, *(one for one in in_use if one != own)] if own else in_use
    groups: dict[str, Sequence[str]] = {texts.IN_USE: in_use[:MAX_OPTIONS]} if in_use else {}
    if name == TIME_ZONE:
        groups |= _zone_groups([one for one in choices.zones if one not in in_use])
    return groups


def _zone_groups(zones: Sequence[str]) -> Groups:
    """Return the zones by area; one with more than a select's group holds is divided."""
    groups: dict[str, Sequence[str]] = {}
    for area, members in groupby(zones, lambda zone: zone.partition("/")[0]):
        names = list(members)
        parts = [names[at : at + MAX_OPTIONS] for at in range(0, len(names), MAX_OPTIONS)]
        for part in parts:
            first, last = (one.partition("/")[2][:1] for one in (part[0], part[-1]))
            label = texts.AREA if len(parts) == 1 else texts.AREA_PART
            groups[label.format(area=area, first=first, last=last)] = part
    return groups


def _select(groups: Groups, chosen: str) -> dict[str, Any]:
    element: dict[str, Any] = {
        "type": "static_select",
        "option_groups": [
            {"label": plain_text(label), "options": [inputs.option(one) for one in values]}
            for label, values in groups.items()
        ],
    }
    return element | ({"initial_option": inputs.option(chosen)} if chosen else {})
