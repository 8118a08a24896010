"""The value of a button survives Slack, also on cards that an earlier version posted."""

from __future__ import annotations

import pytest

from bot.slack.button_values import NO_REVISION, ButtonValue, ChangeButton, UserButton

# As every version before this one wrote them, on cards that are still in channels.
POSTED: list[tuple[str, ButtonValue]] = [
    ("C-7K3MX 1", ChangeButton(change="C-7K3MX", revision=1)),
    ("C-7K3MX 12345678", ChangeButton(change="C-7K3MX", revision=12345678)),
    ("44444 jo@example.com", UserButton(customer="44444", address="jo@example.com")),
    ("44444DE jo@example.com off",
     UserButton(customer="44444DE", address="jo@example.com", direction="off")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), POSTED, ids=[text for text, _ in POSTED])
def test_a_value_is_written_and_read_as_before(text: str, value: ButtonValue) -> None:
    assert type(value).parse(text) == value
    assert str(value) == text


@pytest.mark.parametrize(
    "revision", ["", "x", "-1", "1.0", "1 2", "١", "9" * 9, "9" * 400, "1\u00a0"]
)
def test_a_forged_revision_is_that_of_no_preview(revision: str) -> None:
    read = ChangeButton.parse(f"C-7K3MX {revision}")
    assert (read.change, read.revision) == ("C-7K3MX", NO_REVISION)


@pytest.mark.parametrize("text", ["", " ", "null", "' OR 1=1 --", "C-7K3MX\u00a01", "x" * 2000])
def test_garbage_is_read_and_left_to_whoever_looks_up_the_change(text: str) -> None:
    assert ChangeButton.parse(text).revision == NO_REVISION
    assert UserButton.parse(text).customer == text.split(" ", maxsplit=1)[0]
