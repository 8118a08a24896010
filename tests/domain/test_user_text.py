"""Templates of texts for users: what is refused, with its line, and how values are put in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.languages import CODES, language_name, parse_language
from bot.domain.limits import MAX_TEMPLATE_CHARS
from bot.domain.user_text import (
    Placeholder,
    UserValues,
    filled,
    parse_contact,
    parse_portal_url,
    parse_template,
    placeholders,
)
from bot.errors import InvalidInput

VALUES = {
    Placeholder.CUSTOMER_NAME: "Acme {GmbH} & {until}",
    Placeholder.PORTAL_URL: "https://webmail.example.com/?a={b}",
    Placeholder.SINCE: "2026-03-14 04:05 CET",
    Placeholder.UNTIL: "",
    Placeholder.CONTACT: "}{",
}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Hello\n{customer}", "Line 2 has the placeholder {customer}, which there is not"),
        ("{portal_url}\n\n{ portal_url }", "Line 3 has the placeholder { portal_url }"),
        ("{}", "Line 1 has the placeholder {}"),
        ("{portal_url", "Line 1 has a single {"),
        ("a\nb }", "Line 2 has a single }"),
        ("{portal_url\n}", "Line 1 has a single {"),
        ("{{portal_url}", "Line 1 has a single }"),
        ("{0.__class__}", "Line 1 has the placeholder {0.__class__}"),
        ("a\nb\x00", "Line 2 has the invisible character U+0000"),
        ("\u202egnp", "Line 1 has the invisible character U+202E"),
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("x" * (MAX_TEMPLATE_CHARS + 1), "has 3,001 characters: at most 3,000"),
    ],
)
def test_what_is_no_template_is_refused_with_its_line(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_template(text)
    assert why in str(refusal.value)
    assert len(str(refusal.value)) < 250


def test_values_are_put_in_as_they_are_and_lines_without_a_value_left_out() -> None:
    template = parse_template(
        "\ufeffFor {customer_name}: {{plain}}\r\nuntil {until}\r\n\r\n\r\n{portal_url}\nAsk {contact}"
    )
    assert filled(template, VALUES) == (
        "For Acme {GmbH} & {until}: {plain}\n\nhttps://webmail.example.com/?a={b}\nAsk }{\n"
    )
    assert placeholders(template) == frozenset(Placeholder) - {Placeholder.SINCE}


@given(st.text(st.sampled_from("{}ab \n_") | st.sampled_from("portal_url")), st.text(max_size=20))
def test_any_text_is_a_template_that_can_be_filled_or_refused(text: str, name: str) -> None:
    try:
        template = parse_template(text)
    except InvalidInput:
        return
    filled(template, VALUES | {Placeholder.CUSTOMER_NAME: name})


@pytest.mark.parametrize(
    "url",
    ["http://a.example", "webmail", "https://", "https://user@a.example", "https://a b", "https://[",
     "javascript:alert(1)", "https://a.example/\u202e", "https://a.example/" + "x" * 300],
)  # fmt: skip
def test_what_is_no_address_of_a_webmail_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="webmail"):
        parse_portal_url(url)


def test_values_come_back_from_their_terms() -> None:
    values = UserValues("https://webmail.example.com/a?b=c", "IT, +49 30 1234")
    assert UserValues.of(values.terms()) == values
    assert UserValues.of({}) == UserValues()
    assert parse_contact("  a \n b ") == "a b"
    with pytest.raises(InvalidInput, match="more than 200"):
        parse_contact("x" * 201)


@pytest.mark.parametrize(
    ("typed", "language"),
    [("de", "de"), ("DE", "de"), ("pt-br", "pt-BR"), ("de_AT", "de-AT")],
)
def test_languages(typed: str, language: str) -> None:
    assert parse_language(typed) == language


@pytest.mark.parametrize(
    ("typed", "why"),
    [("xx", "is no language"), ("deu", "is no language"), ("readme", "is no language"),
     ("deutsch", "Did you mean de?"), ("", "is no language")],
)  # fmt: skip
def test_what_is_no_language_is_refused(typed: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why.replace("?", r"\?")):
        parse_language(typed)


def test_languages_are_named_by_themselves() -> None:
    assert len(CODES) == 183
    assert (language_name("de-AT"), language_name("sv")) == ("Deutsch (de-AT)", "sv")


@pytest.mark.parametrize("text", ["نمی\u200cشود", "क\u094d\u200dष", "\u200fדוא\u200e"])
def test_joiners_and_marks_of_direction_belong_to_a_text(text: str) -> None:
    assert parse_template(text) == f"{text}\n"


@pytest.mark.parametrize("char", ["\u202e", "\u2066", "\u200b", "\0"])
def test_what_turns_or_hides_a_text_is_refused(char: str) -> None:
    with pytest.raises(InvalidInput, match="Line 1 has the invisible character"):
        parse_template(f"a{char}b")
