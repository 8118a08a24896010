"""Odd values of a file, judged by what the API tells: its own are untouched, all others are refused by line."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from bot.domain.user_files.user_file import read_users
from bot.domain.user_files.user_rows import ParsedRows

ODD = [
    ("displayName", "Li\u200d\u0645"),
    ("displayName", "J\ufffdrg"),
    ("displayName", "MÃ¼ller"),
    ("displayName", "x" * 257),
    ("language", "de"),
    ("timezone", "\u3164"),
    ("failoverGroups", "a,b"),
    ("failoverGroups", 'it"s'),
    ("failoverGroups", "emea;germany"),
]


def judged(text: str, told: Mapping[str, Mapping[str, object]], *known: str) -> ParsedRows:
    return read_users(text.encode(), "users.csv").verified(told, known)[0]


def row(field: str, value: str) -> str:
    cell = value.replace('"', '""')
    return f'user;{field}\njo@e.de;"{cell}"\n'


@pytest.mark.parametrize(("field", "value"), ODD)
def test_an_odd_value_that_is_the_api_s_own_is_taken_and_any_other_is_refused(
    field: str, value: str
) -> None:
    own: object = [value] if field == "failoverGroups" else value
    parsed = judged(row(field, value), {"jo@e.de": {field: own}})
    assert parsed.errors == ()
    assert [one.address for one in parsed.rows] == ["jo@e.de"]
    others: list[Mapping[str, Mapping[str, object]]]
    others = [{}, {"jo@e.de": {}}, {"jo@e.de": {field: "other"}}]
    for told in others:
        parsed = judged(row(field, value), told)
        assert parsed.rows == ()
        assert [(error.line, error.column) for error in parsed.errors] == [(2, field)]


@pytest.mark.parametrize(
    ("own", "cell"), [(7, "7"), (True, "true"), (["a", "b"], "a|b"), ("Jo\ud83d", "Jo?")]
)
def test_what_is_no_text_at_all_comes_back_as_an_export_wrote_it(own: object, cell: str) -> None:
    parsed = judged(row("language", cell), {"jo@e.de": {"language": own}})
    assert parsed.errors == ()


def test_an_odd_group_that_the_user_has_is_kept_beside_a_new_one() -> None:
    parsed = judged(row("failoverGroups", "a,b|emea"), {"jo@e.de": {"failoverGroups": ["a,b"]}})
    assert parsed.rows[0].fields == {"failoverGroups": ("a,b", "emea")}
    parsed = judged(row("failoverGroups", "a,b|c,d"), {"jo@e.de": {"failoverGroups": ["a,b"]}})
    assert "cannot hold a comma" in parsed.errors[0].sentence


@pytest.mark.parametrize(
    ("cell", "shown", "holds"),
    [
        ("emea;germany", "emea;germany", "“;”"),
        ("emea/germany", "emea/germany", "“/”"),
        ("emea\ngermany", "emea germany", "a line break"),
        ("emea\tgermany", "emea germany", "a tab"),
        ("emea，germany", "emea，germany", "“，” (U+FF0C FULLWIDTH COMMA)"),
        ("emea、germany", "emea、germany", "“、” (U+3001 IDEOGRAPHIC COMMA)"),
        ("emea،germany", "emea،germany", "“،” (U+060C ARABIC COMMA)"),
        ("emea｜germany", "emea｜germany", "“｜” (U+FF5C FULLWIDTH VERTICAL LINE)"),
        ("emea¦germany", "emea¦germany", "“¦” (U+00A6 BROKEN BAR)"),
    ],
)
def test_groups_with_another_separator_are_refused_with_the_right_one(
    cell: str, shown: str, holds: str
) -> None:
    [error] = judged(row("failoverGroups", cell), {"jo@e.de": {}}).errors
    assert (error.line, error.column) == (2, "failoverGroups")
    assert error.sentence == (
        f"“{shown}” is one name here, of a group that no user has yet, and holds {holds}. Are these "
        "several groups? Separate them by “|”."
    )


def test_a_group_with_a_separator_that_somebody_is_in_is_a_name() -> None:
    parsed = judged(row("failoverGroups", "R/D|emea"), {"jo@e.de": {}}, "R/D")
    assert parsed.rows[0].fields == {"failoverGroups": ("R/D", "emea")}


def test_groups_separated_by_commas_are_refused_with_the_right_separator() -> None:
    [error] = judged(row("failoverGroups", "emea,germany"), {}).errors
    assert error.sentence.endswith("cannot hold a comma or half a character. Separate them by “|”.")


def test_in_json_several_groups_are_a_list() -> None:
    text = json.dumps([{"user": "jo@e.de", "failoverGroups": ["emea;germany"]}])
    [error] = judged(text, {}).errors
    assert "Make each of them a text of its own in the list." in error.sentence


def test_only_the_groups_that_may_be_several_are_asked_for() -> None:
    text = "user;failoverGroups\njo@e.de;R/D|emea\nkim@e.de;a,b\n"
    rows = read_users(text.encode(), "users.csv").rows_to_verify
    assert [list(one.ambiguous_groups) for one in rows] == [["R/D"], []]


def test_an_address_that_is_not_taken_is_passed_over_where_nothing_of_the_user_differs() -> None:
    text = "user;surName\njö@e.de;Li\nkim@e.de;Wu\n"
    parsed = judged(text, {"jö@e.de": {"surName": "Li"}})
    assert ([one.address for one in parsed.rows], parsed.errors) == (["kim@e.de"], ())
    others: list[Mapping[str, Mapping[str, object]]] = [{}, {"jö@e.de": {"surName": "Wu"}}]
    for told in others:
        [error] = judged(text, told).errors
        assert (error.line, error.column) == (2, "user")
        assert "holds “ö”" in error.sentence


def test_a_question_mark_in_a_name_is_told_by_line_unless_the_api_has_it_too() -> None:
    text = "user;surName\njo@e.de;J?rg\nkim@e.de;M?ller\nli@e.de;Li\n"
    parsed, lost = read_users(text.encode(), "x").verified({"kim@e.de": {"surName": "M?ller"}})
    assert (len(parsed.rows), parsed.errors, lost) == (3, (), (2,))


def test_what_is_wrong_beside_a_missing_address_is_told_too() -> None:
    parsed = judged("user;language\n;klingon\n", {})
    assert [error.column for error in parsed.errors] == ["user", "language"]
