"""Slack's error codes as sentences: what happened, and what to do.

Source: the "Errors" of each method in docs.slack.dev/reference/methods.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.errors import InstallationFault, SlackRefused

# A temporary state.
TEMPORARY = frozenset(
    {
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)

_UPDATE_MANIFEST = "Take over manifest.yml in the app's settings and install the app again."
_ASK_ADMIN = "An admin of the Slack workspace has to allow it."
_OUTDATED = "Look whether SLACK_API_URL is Slack's, and bring the bot up to date."
# This method takes the app-level token, all others take the bot token.
_OPEN_SOCKET = "apps.connections.open"
_MAKE_APP_LEVEL = (
    "Make an app-level token with connections:write, set SLACK_APP_TOKEN to it, restart the bot."
)
_INSTALL_AGAIN = (
    "Install the app again, set SLACK_BOT_TOKEN to the token it is given, restart the bot."
)

# Faults of the bot's installation: its token, its scopes or its workspace. What to do.
INSTALLATION_FAULTS: Mapping[str, str] = {
    "access_denied": f"The token gives no access to it. {_ASK_ADMIN}",
    "accesslimited": f"Slack takes no call from this network. {_ASK_ADMIN}",
    "account_inactive": "The bot's account or its workspace was removed. {token}",
    "deprecated_endpoint": f"Slack has given up this method. {_OUTDATED}",
    "ekm_access_denied": f"It is suspended by the workspace's key management. {_ASK_ADMIN}",
    "enterprise_is_restricted": "The token is of a whole organisation. {token}",
    "forbidden_team": f"The workspace may not use this method. {_ASK_ADMIN}",
    "invalid_auth": "The token is not valid, or this host's address is not allowed. {token}",
    "is_bot": "The token belongs to a bot of the old kind. {token}",
    "method_deprecated": f"Slack has given up this method. {_OUTDATED}",
    "missing_args": "No token arrived at Slack. {token}",
    "missing_scope": "The token lacks a scope. {scope}",
    "no_permission": "The token does not have the permissions for it. {scope}",
    "not_allowed_token_type": "It is a token of another kind. {token}",
    "not_authed": "No token arrived at Slack. {token}",
    "org_login_required": "The workspace is being moved into an organisation. "
    "Wait until it is done.",
    "team_access_not_granted": f"The app is not granted to this workspace. {_ASK_ADMIN}",
    "token_expired": "The token has expired. {token}",
    "token_revoked": "The token was revoked, or the app was removed. {token}",
    "two_factor_setup_required": f"The account needs a second factor in Slack. {_ASK_ADMIN}",
    "unknown_method": f"This Slack does not have the method. {_OUTDATED}",
}

_INVALID_MESSAGE = "Slack did not take the form of the message; please report it"
_MESSAGE_TOO_LONG = "the message is too long for Slack; please report it"

# One channel does not accept the message; others may. Why, as a clause.
CHANNEL_REFUSALS: Mapping[str, str] = {
    "app_access_restricted": "people there may not use this app",
    "as_user_not_supported": "Slack does not let the app post there",
    "block_mismatch": _INVALID_MESSAGE,
    "cannot_dm_bot": "a bot takes no direct messages",
    "cannot_reply_to_message": "the message there takes no replies",
    "cant_update_message": "the message there is not this app's",
    "channel_is_limited_access": "access to that channel is limited",
    "channel_not_found": "I cannot see that channel: it is gone, or private and I am not in it. "
    "Invite me with /invite",
    "edit_window_closed": "the workspace does not let messages be changed that late",
    "ekm_access_denied": "an admin of Slack has suspended posting there",
    "external_channel_migrating": "that channel is being moved",
    "invalid_attachments": _INVALID_MESSAGE,
    "invalid_blocks": _INVALID_MESSAGE,
    "invalid_blocks_format": _INVALID_MESSAGE,
    "invalid_channel": "that channel cannot be found",
    "is_archived": "that channel is archived",
    "is_inactive": "that channel is archived, frozen or deleted",
    "message_limit_exceeded": "the workspace has reached Slack's limit of messages",
    "message_not_found": "the message was deleted",
    "messages_tab_disabled": "direct messages of this app are turned off (Messages tab)",
    "msg_blocks_too_long": _MESSAGE_TOO_LONG,
    "msg_too_long": _MESSAGE_TOO_LONG,
    "no_permission": "I may not post there. Invite me with /invite",
    "no_text": "Slack found no text in the message; please report it",
    "not_in_channel": "I am not in that channel. Invite me with /invite",
    "posting_to_channel_denied": "I may not post there",
    "posting_to_general_channel_denied": "only some people may post there, and I am not among them",
    "restricted_action": "only some may post there (a setting of the channel or the workspace)",
    "restricted_action_non_threadable_channel": "that channel takes no replies in threads",
    "restricted_action_read_only_channel": "that channel is read-only",
    "restricted_action_thread_locked": "the thread there is locked",
    "restricted_action_thread_only_channel": "that channel takes replies in threads only",
    "slack_connect_canvas_sharing_blocked": "the workspace blocks this in shared channels",
    "slack_connect_file_link_sharing_blocked": "the workspace blocks files in shared channels",
    "slack_connect_file_upload_sharing_blocked": "the workspace blocks files in shared channels",
    "slack_connect_lists_sharing_blocked": "the workspace blocks this in shared channels",
    "team_access_not_granted": "the app is not granted to the workspace of that channel",
    "team_not_found": "the workspace of that channel cannot be found",
    "too_many_attachments": _MESSAGE_TOO_LONG,
    "update_failed": "Slack could not change the message",
    "user_disabled": "the account of that person is deactivated",
    "user_not_in_channel": "that person is not in the channel",
}

# A trigger opens one form, within three seconds.
EXPIRED_TRIGGERS = frozenset(
    {
        "exchanged_trigger_id",
        "expired_trigger_id",
        "invalid_trigger_id",
        "trigger_exchanged",
        "trigger_expired",
    }
)

_OTHER_REFUSALS: Mapping[str, str] = {
    **dict.fromkeys(EXPIRED_TRIGGERS, "the form was not opened in time. Ask for it again"),
    "bot_not_found": "Slack does not know this bot. Install the app again",
    "duplicate_external_id": "the form is open already. Close it and ask for it again",
    "hash_conflict": "the form was changed meanwhile. Close it and ask for it again",
    "not_found": "the form was closed meanwhile. Ask for it again",
    "push_limit_reached": "three forms are open on top of each other. Close one and ask again",
    "view_too_large": "the form is too large for Slack; please report it",
    "blocked_file_type": "the workspace does not take files of this type",
    "file_deleted": "the file was deleted. Send it again",
    "file_deleting_disabled": "the workspace does not let files be deleted",
    "file_is_deleted": "the file was deleted. Send it again",
    "file_not_found": "the file is gone. Send it again",
    "file_type_not_allowed": "the workspace does not take files of this type",
    "file_update_failed": "Slack could not change the file. Try it again",
    "file_upload_size_restricted": "the workspace does not take files of this size",
    "file_uploads_disabled": "files are turned off in the workspace",
    "file_uploads_except_images_disabled": "the workspace takes images only",
    "not_visible": "I may not see that file",
    "storage_limit_reached": "the workspace has no room left for files",
    "plan_upgrade_required": "the workspace's plan does not have this",
    "user_not_found": "Slack does not know this person",
    "user_not_visible": "Slack does not show this person to me",
    "users_not_found": "Slack does not know these people",
}
_UNKNOWN = "a fault of the bot or of Slack. Try it again, and report it where it comes again"
# Not asked for in the manifest: that they are missing is no fault of the installation.
_OPTIONAL_SCOPES = {"im:read", "mpim:read"}


def refusal(method: str, code: str, needed: str = "", provided: str = "") -> SlackRefused:
    """Return the error of a method that Slack refused with a code.

    ``needed`` and ``provided`` are the scopes that Slack names with `missing_scope`.
    """
    scopes = [one for one in re.split(r"[\s,]+", needed) if re.fullmatch(r"[a-z_.:]{1,40}", one)]
    missing = sorted(set(scopes) - set(re.split(r"[\s,]+", provided)))
    lacks = f", needed: {', '.join(missing)}" if missing else ""
    head = f"Slack refused {method} ({code}{lacks})"
    if _is_of_installation(method, code, set(missing)):
        token, scope = _INSTALL_AGAIN, _UPDATE_MANIFEST
        if method == _OPEN_SOCKET:
            token = scope = _MAKE_APP_LEVEL
        cure = INSTALLATION_FAULTS[code].format(token=token, scope=scope)
        return InstallationFault(f"{head}: a fault of the bot's installation. {cure}", code=code)
    return SlackRefused(f"{head}: {describe(code)}.", code=code)


def describe_refusal(error: SlackRefused) -> str:
    """Return why a channel did not accept a message, as a clause without its full stop."""
    if error.code in CHANNEL_REFUSALS or not isinstance(error, InstallationFault):
        return f"{describe(error.code)} ({error.code})"
    return str(error).rstrip(".")


def describe(code: str) -> str:
    """Return what a code means, as a clause without its full stop."""
    return CHANNEL_REFUSALS.get(code) or _OTHER_REFUSALS.get(code) or _UNKNOWN


def _is_of_installation(method: str, code: str, missing: set[str]) -> bool:
    if code == "access_denied" and method.startswith("files."):  # a file of another person
        return False
    if code == "missing_scope" and missing and missing <= _OPTIONAL_SCOPES:
        return False
    return code in INSTALLATION_FAULTS
