"""What an import changes, on its card: a line for each user, five differences, nothing live."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.mail_user import FieldChange
from bot.domain.user_files.import_rows import ImportRow, RowStatus
from bot.slack.views.changes.differences import before_and_after, first_differences
from tests.slack.extreme_values import EVIL, longest_address


def row(number: int, after: Mapping[str, object], before: Mapping[str, object]) -> ImportRow:
    return ImportRow(number, f"jo{number}@example.com", after, before, RowStatus.CHANGED)


def test_a_user_has_one_line_with_each_field_that_differs_before_and_after() -> None:
    after = {"displayName": "Jo", "language": "en_GB", "failoverGroups": ("apac", "emea")}
    before = {"displayName": "Jo", "language": "de_DE", "failoverGroups": ["emea"]}
    assert first_differences([row(1, after, before)]) == (
        "• jo1@example.com: Language de_DE → *en_GB*; Failover groups emea → *apac, emea*"
    )


def test_a_user_whom_the_api_does_not_know_is_called_new() -> None:
    new = ImportRow(3, "cy@example.com", {"language": "en_GB"}, None, RowStatus.NEW)
    assert first_differences([new]) == "• cy@example.com (new): Language (none) → *en_GB*"


def test_five_differences_are_shown_in_all() -> None:
    rows = [row(n, {"givenName": "A", "surName": "B"}, {}) for n in range(1, 6)]
    told = first_differences(rows)
    assert told.count("→") == 5
    assert told.splitlines()[-1] == "• jo3@example.com: Given name (none) → *A*"
    assert first_differences([]) == ""


def test_nothing_in_a_value_or_an_address_is_live_and_all_of_it_fits() -> None:
    fields = {"displayName": EVIL * 3, "timezone": "*bold* `code` ~gone~"}
    rows = [
        ImportRow(n, longest_address(n), fields, {"displayName": EVIL}, RowStatus.CHANGED)
        for n in range(5)
    ]
    told = first_differences(rows)
    assert "<" not in told
    assert not {"`", "~"} & {*told}
    assert len(told) <= 3000


def test_long_values_are_cut_where_they_differ() -> None:
    same = "x" * 500
    found = before_and_after(FieldChange("displayName", f"{same}one", f"{same}two"), 40)
    assert found == ("…xxxxxxxxxxone", "…xxxxxxxxxxtwo")
