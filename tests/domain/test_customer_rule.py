"""What holds for a customer besides approvals, and what a rule that is not understood means."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.configuration import Entry, Kind
from bot.domain.customer_rule import DEFAULT, CustomerRule, customer_rule_for, parse_access_after
from bot.errors import InvalidInput
from tests.builders import ADMIN, CUSTOMER, NOW

NEVER = CustomerRule(None, emergency=False)


def entry(name: str, terms: dict[str, object]) -> Entry:
    return Entry(Kind.CUSTOMER_RULE, name, terms, ADMIN, NOW)


@pytest.mark.parametrize("rule", [DEFAULT, NEVER, CustomerRule(timedelta(hours=90))])
def test_a_rule_comes_back_from_its_terms(rule: CustomerRule) -> None:
    assert CustomerRule.of(rule.terms()) == rule


def test_the_rule_of_the_customer_counts_before_that_of_all() -> None:
    every, mine = entry("*", NEVER.terms()), entry(CUSTOMER, DEFAULT.terms())
    assert customer_rule_for([], CUSTOMER) == DEFAULT
    assert customer_rule_for([every], CUSTOMER) == NEVER
    assert customer_rule_for([every, mine], CUSTOMER) == DEFAULT


@pytest.mark.parametrize(
    "terms", [{"emergency": "perhaps"}, {"access_after": "soon"}, {"access_after": 7}]
)
def test_a_rule_that_is_not_understood_does_nothing_by_itself_and_allows_nothing(
    terms: dict[str, object],
) -> None:
    assert customer_rule_for([entry(CUSTOMER, terms)], CUSTOMER) == NEVER


@pytest.mark.parametrize("text", ["", "soon", "0h", "4m", "31d", "-1h", "48"])
def test_what_is_not_after_how_long_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="write 48h or 3d"):
        parse_access_after(text)


def test_a_rule_in_words() -> None:
    assert DEFAULT.words() == "access off 2 days after a restore, break-glass allowed"
    assert NEVER.words() == "access stays on after a restore, break-glass forbidden"
