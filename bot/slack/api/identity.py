"""The bot's workspace, user and app, from the answers of `auth.test` and `bots.info`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.errors import ConfigurationError

_SETTING = "SLACK_BOT_TOKEN"
_CURE = "Set it to the bot token (xoxb-…) of the app that is installed in one workspace."


def check_identity(me: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answer of `auth.test` of a bot in one workspace, else raise ConfigurationError."""
    if me.get("is_enterprise_install"):
        raise ConfigurationError(f"{_SETTING} is of a whole organisation. {_CURE}")
    if not me.get("bot_id"):
        raise ConfigurationError(
            f"{_SETTING} is a person's: Slack's auth.test tells no bot_id. {_CURE}"
        )
    for field in ("team_id", "user_id"):
        if not me.get(field):
            raise ConfigurationError(f"{_SETTING}: Slack's auth.test tells no {field}. {_CURE}")
    return dict(me)


def app_id_of(info: Mapping[str, Any]) -> str:
    """Return the app's id from the answer of `bots.info`, else raise ConfigurationError."""
    bot = info.get("bot")
    app_id = bot.get("app_id") if isinstance(bot, Mapping) else None
    if not app_id:
        raise ConfigurationError(
            f"{_SETTING}: Slack's bots.info tells no app_id, so what is sent by other apps cannot "
            f"be told from ours. {_CURE}"
        )
    return str(app_id)
