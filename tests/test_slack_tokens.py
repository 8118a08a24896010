"""A token in the wrong setting is named by what it is, in one line that does not repeat it."""

from __future__ import annotations

import pytest

from bot.slack_tokens import complaints

GOOD = {
    "SLACK_BOT_TOKEN": "xoxb-1-2-canary",
    "SLACK_APP_TOKEN": "xapp-1-A0-2-canary",
    "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
}


def test_what_belongs_there_is_taken_and_what_is_not_set_is_not_judged() -> None:
    assert complaints(GOOD) == complaints(dict.fromkeys(GOOD, "")) == []
    assert complaints({"SLACK_SIGNING_SECRET": "of-another-length"}) == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1-canary", "is a person's token: set it to the bot token (xoxb-"),
        ("SLACK_BOT_TOKEN", GOOD["SLACK_APP_TOKEN"], "is an app-level token: set it to the bot"),
        ("SLACK_BOT_TOKEN", GOOD["SLACK_SIGNING_SECRET"], "is a signing secret or client secret:"),
        ("SLACK_BOT_TOKEN", "xoxe.xoxb-1-canary", "is a token that expires (token rotation is"),
        ("SLACK_BOT_TOKEN", "xoxe-1-canary", "is a refresh token: set it to"),
        ("SLACK_BOT_TOKEN", "xoxc-canary", "is a token of another kind: set it to"),
        ("SLACK_BOT_TOKEN", "canary", "is no token of Slack: set it to the bot token"),
        ("SLACK_BOT_TOKEN", "XOXB-1-canary", "is no token of Slack: set it to the bot token"),
        ("SLACK_BOT_TOKEN", " xoxb-1-canary", "has a space, a line break or another character"),
        ("SLACK_BOT_TOKEN", "xoxb-1-canary\n", "has a space, a line break or another character"),
        ("SLACK_BOT_TOKEN", "xoxb-1-canary\u200b", "has a space, a line break or another char"),
        ("SLACK_APP_TOKEN", GOOD["SLACK_BOT_TOKEN"], "is a bot token: set it to an app-level"),
        ("SLACK_APP_TOKEN", GOOD["SLACK_SIGNING_SECRET"], "is a signing secret or client secret:"),
        ("SLACK_APP_TOKEN", "xoxp-1-canary", "is a person's token: set it to an app-level token"),
        ("SLACK_SIGNING_SECRET", GOOD["SLACK_BOT_TOKEN"], "is a bot token: set it to the Signing"),
        ("SLACK_SIGNING_SECRET", GOOD["SLACK_APP_TOKEN"], "is an app-level token: set it to the S"),
        ("SLACK_SIGNING_SECRET", "canary\t", "has a space, a line break or another character"),
    ],
)
def test_another_token_is_named_with_its_setting(name: str, value: str, said: str) -> None:
    [line] = complaints({**GOOD, name: value})
    assert line.startswith(f"{name} {said}")
    assert value.strip() not in line
