"""Recognise Slack's tokens and secrets; one in the wrong setting is named by its kind alone."""

from __future__ import annotations

import re

BOT, APP, SECRET = "a bot token", "an app-level token", "a signing secret or client secret"
# docs.slack.dev/authentication/tokens; the first match counts.
_KINDS = (
    (r"xoxb-", BOT),
    (r"xapp-", APP),
    (r"xoxp-", "a person's token"),
    (r"xoxe\.xox", "a token that expires (token rotation is turned on)"),
    (r"xoxe-", "a refresh token"),
    (r"xox[a-z]-|xwfp-|xoxe", "a token of another kind"),
    (r"[0-9a-f]{32}$", SECRET),
)
_EXPECTED = {
    "SLACK_BOT_TOKEN": (
        BOT,
        "the bot token (xoxb-…) of the installed app: OAuth & Permissions in the app's settings",
    ),
    "SLACK_APP_TOKEN": (
        APP,
        "an app-level token (xapp-…): Basic Information in the app's settings, or leave it out for HTTP mode",
    ),
    "SLACK_SIGNING_SECRET": (SECRET, "the Signing Secret under Basic Information of the app"),
}


def complaints(settings: dict[str, str]) -> list[str]:
    """Return a line for each setting (by name) that contains another token than it should."""
    return [line for name, value in settings.items() if value and (line := _line(name, value))]


def _line(name: str, value: str) -> str:
    wanted, cure = _EXPECTED[name]
    if not (value.isascii() and value.isprintable()) or " " in value:
        return f"{name} has a space, a line break or another character in it that no token has."
    kind = _kind(value)
    if kind == wanted or (name == "SLACK_SIGNING_SECRET" and not kind):
        return ""
    return f"{name} is {kind or 'no token of Slack'}: set it to {cure}."


def _kind(value: str) -> str:
    return next((kind for form, kind in _KINDS if re.match(form, value)), "")
