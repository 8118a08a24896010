"""An export of users is what a simulated API begins with."""

from __future__ import annotations

import pytest

from bot.domain.user_files.csv_format import csv_lines
from bot.domain.user_files.seed import SeedUser, read_seed
from bot.errors import InvalidInput

JO = {
    "user": "jo@example.com",
    "displayName": "Jo Doe",
    "failoverGroups": ["emea", "germany"],
    "domain": "example.com",
    "activation": False,
    "access": True,
    "failover": True,
    "customer": "44444",
}


def test_an_export_brings_fields_and_flags_back() -> None:
    quiet = {"user": "al@example.com", "displayName": "Al Roe"}
    found = read_seed("".join(csv_lines([JO, quiet])).encode(), "users.csv")
    assert found == [
        SeedUser(
            "jo@example.com",
            {"displayName": "Jo Doe", "failoverGroups": ("emea", "germany")},
            {"failover": True, "access": True, "activation": False},
        ),
        SeedUser("al@example.com", {"displayName": "Al Roe"}, {}),
    ]


def test_json_tells_no_flags() -> None:
    found = read_seed(b'[{"user": "jo@example.com", "displayName": "Jo"}]', "users.json")
    assert found == [SeedUser("jo@example.com", {"displayName": "Jo"}, {})]


def test_a_wrong_line_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"“users\.csv”, line 3: "):
        read_seed(b"user;displayName\njo@example.com;Jo\nnobody;No\n", "users.csv")
