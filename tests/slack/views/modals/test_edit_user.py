"""The form of a user: what is chosen, what is typed, and what stays as it is."""

from __future__ import annotations

from typing import Any

import pytest

from bot.ports import UserState
from bot.service.queries.field_choices import FieldChoices
from bot.slack.payloads import Values
from bot.slack.views.modals.edit_user import EditUserModal, changes_in
from sandbox.slack.blocks.limits import check_view
from sandbox.slack.inputs import first_state

AMERICA = (f"America/{chr(65 + n // 10)}{n % 10}" for n in range(169))
ZONES = (*AMERICA, "Europe/Berlin", "UTC")
CHOICES = FieldChoices({"language": ["de_DE", "en_GB"], "timezone": ["CET"]}, ZONES)
FIELDS = {"displayName": "Jo", "language": "en_GB", "timezone": "Europe/Berlin"}


def view_of(
    fields: dict[str, object] | None = None, choices: FieldChoices = CHOICES, **typed: str
) -> dict[str, Any]:
    told = FIELDS if fields is None else fields
    user = UserState("jo@example.com", None, None, None, told)
    values: Values = {**typed}
    modal = EditUserModal("44444", "Acme", "C0INCIDENT", user, "", choices, values)
    view = check_view(modal.build())
    return view | {"state": {"values": first_state(view["blocks"], {})}}


def element(view: dict[str, Any], block: str) -> dict[str, Any]:
    found: dict[str, Any] = next(b for b in view["blocks"] if b.get("block_id") == block)["element"]
    return found


def offered(view: dict[str, Any], block: str) -> dict[str, list[str]]:
    groups = element(view, block)["option_groups"]
    return {g["label"]["text"]: [o["value"] for o in g["options"]] for g in groups}


def fill(view: dict[str, Any], **values: str) -> dict[str, Any]:
    for block, value in values.items():
        name = block.replace("__", ".")
        held = view["state"]["values"][name][name]
        if held["type"] == "static_select":
            held["selected_option"] = {"value": value}
        else:
            held["value"] = value
    return view


def changed(view: dict[str, Any]) -> list[tuple[str, object, object]]:
    assert EditUserModal.errors(view) == {}
    found = changes_in(EditUserModal.parse(view).values)
    return [(one.name, one.before, one.after) for one in found]


def test_values_in_use_come_first_and_then_the_zones_by_area() -> None:
    view = view_of()
    assert offered(view, "language") == {"In use at this customer": ["en_GB", "de_DE"]}
    zones = offered(view, "timezone")
    assert zones["In use at this customer"] == ["Europe/Berlin", "CET"]
    assert "Europe/Berlin" not in zones.get("Europe", [])
    assert [*zones][1:3] == ["America, A to J", "America, K to Q"]
    assert sum(map(len, zones.values())) == len({*ZONES, "CET"})
    assert element(view, "timezone")["initial_option"]["value"] == "Europe/Berlin"


def test_what_the_user_has_can_be_chosen_even_where_no_list_has_it() -> None:
    view = view_of({"language": "klingon", "timezone": "Mars/Olympus"}, FieldChoices())
    for block, value in (("language", "klingon"), ("timezone", "Mars/Olympus")):
        assert element(view, block)["initial_option"]["value"] == value
    assert EditUserModal.errors(view) == {
        "displayName": "Nothing is changed. Change a field, or press Cancel."
    }


def test_a_choice_and_a_typed_value_are_changes_and_typing_counts() -> None:
    assert changed(fill(view_of(), language="de_DE")) == [("language", "en_GB", "de_DE")]
    typed = fill(view_of(), language="de_DE", language__other="fr_FR", timezone__other="EST")
    assert changed(typed) == [
        ("language", "en_GB", "fr_FR"),
        ("timezone", "Europe/Berlin", "EST"),
    ]


def test_a_wrong_value_is_told_where_it_was_typed() -> None:
    assert {*EditUserModal.errors(fill(view_of(), language__other="de-DE"))} == {"language.other"}


def test_a_user_without_values_has_them_set() -> None:
    view = view_of({"displayName": "Jo", "language": None, "timezone": " "})
    assert "initial_option" not in element(view, "language")
    assert changed(fill(view, timezone="UTC")) == [("timezone", None, "UTC")]


@pytest.mark.parametrize("value", ["z" * 151, "z" * 3000])
def test_a_value_that_no_option_can_hold_has_an_input(value: str) -> None:
    view = view_of({"timezone": value})
    assert element(view, "timezone")["initial_value"] == value


def test_a_long_value_is_cut_in_the_list_alone() -> None:
    value = "z" * 140
    option = element(view_of({"timezone": value}), "timezone")["initial_option"]
    assert (len(option["text"]["text"]), option["value"]) == (75, value)


def test_without_any_value_each_field_has_an_input() -> None:
    view = view_of({"language": "", "timezone": ""}, FieldChoices())
    assert element(view, "language")["type"] == "plain_text_input"


def test_what_was_typed_before_stands_in_the_form_and_is_compared_with_the_api() -> None:
    view = view_of(language="de_DE", timezone="Mars/Olympus", displayName="Jo")
    assert element(view, "language")["initial_option"]["value"] == "de_DE"
    assert element(view, "timezone")["initial_option"]["value"] == "Europe/Berlin"
    assert element(view, "timezone.other")["initial_value"] == "Mars/Olympus"
    assert changed(view) == [
        ("language", "en_GB", "de_DE"),
        ("timezone", "Europe/Berlin", "Mars/Olympus"),
    ]


def test_a_field_that_was_empty_is_still_compared_with_nothing() -> None:
    view = view_of({"displayName": "", "language": "en_GB"}, displayName="Jo")
    assert changed(view) == [("displayName", None, "Jo")]
