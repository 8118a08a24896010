"""The limits of the user object, and what an edit would change."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.mail_user import FIELDS, FieldChange, check_field, differences
from bot.errors import InvalidInput


def test_the_table_is_the_reference() -> None:
    assert {each.name: (each.min_chars, each.max_chars) for each in FIELDS.values()} == {
        "displayName": (1, 256),
        "givenName": (1, 128),
        "surName": (1, 128),
        "language": (1, 8),
        "timezone": (1, 128),
        "failoverGroups": (1, 128),
    }


@pytest.mark.parametrize("name", ["displayName", "givenName", "surName", "timezone"])
def test_a_text_is_taken_up_to_its_documented_length_and_no_further(name: str) -> None:
    longest = FIELDS[name].max_chars
    assert check_field(name, "x" * longest) == "x" * longest
    assert check_field(name, f" {'x' * longest} ") == "x" * longest
    with pytest.raises(InvalidInput, match=rf"has {longest + 1} characters; {longest} are allowed"):
        check_field(name, "x" * (longest + 1))


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("displayName", "", "The display name cannot be empty."),
        ("surName", " \u00a0 ", "The surname cannot be empty."),
        ("displayName", "Jo\x00", "The display name holds the invisible character U+0000"),
        ("displayName", "Jo\u202eoJ", "RIGHT-TO-LEFT OVERRIDE"),
        ("displayName", "\u3164", "HANGUL FILLER"),
        ("displayName", "Jo\ud83d", "half a character"),
        ("displayName", 5, "The display name has to be text."),
        ("timezone", None, "The time zone has to be text."),
        ("language", "english (UK)", "“english (UK)” is not a language"),
        ("language", "en-gb", "Did you mean en_GB?"),
        ("language", "EN_gb", "Did you mean en_GB?"),
        ("language", "ＥＮ_GB", "It holds “Ｅ” (U+FF25 FULLWIDTH LATIN CAPITAL LETTER E)."),
        ("language", "en\u00a0GB", "It holds U+00A0 (NO-BREAK SPACE)."),
        ("failoverGroups", "emea", "a list of names"),
        ("failoverGroups", ["emea", 5], "a list of names"),
        ("failoverGroups", 5, "a list of names"),
        ("failoverGroups", ["emea", " "], "cannot be empty"),
        ("failoverGroups", ["emea,germany"], "comma"),
        ("failoverGroups", ["emea\udc00"], "half a character"),
        ("failoverGroups", ["x" * 129], "at most 128"),
        ("user", "jo@example.com", "“user” cannot be changed here"),
        ("domain", "example.com", "“domain” cannot be changed here"),
        ("failover", True, "“failover” cannot be changed here"),
    ],
)
def test_what_the_api_would_not_take_is_refused_in_a_sentence(
    name: str, value: object, words: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_field(name, value)
    assert words in str(refusal.value)


def test_a_hint_is_given_only_where_it_would_be_accepted() -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_field("language", "english")
    assert "Did you mean" not in str(refusal.value)


@pytest.mark.parametrize("language", ["en_GB", "xx_YY", " de_DE "])
def test_a_language_needs_the_shape_alone(language: str) -> None:
    assert check_field("language", language) == language.strip()


def test_groups_fold_and_none_is_a_value() -> None:
    assert check_field("failoverGroups", ["emea", " emea ", "asia"]) == ("emea", "asia")
    assert check_field("failoverGroups", []) == ()


@given(st.sampled_from(sorted(FIELDS)), st.text() | st.lists(st.text()))
def test_what_was_accepted_is_accepted_again_unchanged(name: str, value: object) -> None:
    try:
        once = check_field(name, value)
    except InvalidInput:
        return
    assert check_field(name, once) == once


def test_only_the_editable_fields_that_are_told_and_differ_are_changes() -> None:
    before = {"user": "jo@e.de", "displayName": "Jo", "surName": "Li", "failoverGroups": ["a", "b"]}
    after = {
        "user": "other@e.de",
        "failover": True,
        "timezone": "Europe/Berlin",
        "displayName": "Jo Li",
        "failoverGroups": ("b", "a"),
    }
    assert differences(before, after) == (
        FieldChange("displayName", "Jo", "Jo Li"),
        FieldChange("timezone", None, "Europe/Berlin"),
    )
    assert differences(before, {"failoverGroups": ()}) == (
        FieldChange("failoverGroups", ("a", "b"), ()),
    )
    assert differences({}, {"failoverGroups": ()}) == (FieldChange("failoverGroups", None, ()),)


def test_personal_data_stays_out_of_what_a_log_would_show() -> None:
    assert repr(FieldChange("surName", "Li", "Wu")) == "FieldChange(name='surName')"
