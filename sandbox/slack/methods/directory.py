"""Web API methods on people, user groups, channels and the app itself."""

from __future__ import annotations

from typing import Any

from sandbox.slack.model import Channel, Person, Refusal, Usergroup
from sandbox.slack.workspace import Workspace

Payload = dict[str, Any]
Answer = dict[str, Any]


def auth_test(workspace: Workspace, _: Payload) -> Answer:
    """`auth.test`: whose token this is."""
    grid = {"enterprise_id": workspace.enterprise_id} if workspace.enterprise_id else {}
    return {
        "url": workspace.base_url,
        "team": "Home",
        "user": workspace.people[workspace.bot_user_id].name,
        "team_id": workspace.enterprise_id if workspace.org_install else workspace.team_id,
        "user_id": workspace.bot_user_id,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": workspace.org_install,
        **grid,
    }


def bots_info(workspace: Workspace, payload: Payload) -> Answer:
    """`bots.info`: the app behind a bot."""
    if payload.get("bot") != workspace.bot_id:
        raise Refusal("bot_not_found")
    bot = {
        "id": workspace.bot_id,
        "deleted": False,
        "name": workspace.people[workspace.bot_user_id].name,
        "app_id": workspace.app_id,
        "user_id": workspace.bot_user_id,
    }
    return {"bot": bot}


def users_info(workspace: Workspace, payload: Payload) -> Answer:
    """`users.info`: one person."""
    person = workspace.people.get(str(payload.get("user")))
    if person is None:
        raise Refusal("user_not_found")
    return {"user": _person_json(workspace, person)}


def _person_json(workspace: Workspace, person: Person) -> Answer:
    """Return a person; a deleted one has few fields, and ``is_stranger`` is there only if true."""
    answer: Answer = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "is_bot": person.is_bot,
        "profile": {
            "real_name": person.real_name or person.name,
            "display_name": person.name,
            "title": person.title,
        },
    }
    if person.teams:
        answer["enterprise_user"] = {
            "id": person.other_id or person.id,
            "enterprise_id": workspace.enterprise_id,
            "enterprise_name": "Group",
            "is_admin": False,
            "is_owner": False,
            "teams": list(person.teams),
        }
    if person.is_stranger:
        answer["is_stranger"] = True
    if not person.deleted:
        answer |= {
            "real_name": person.real_name or person.name,
            "tz": person.tz,
            "is_restricted": person.is_restricted,
            "is_ultra_restricted": person.is_ultra_restricted,
        }
    return answer


def users_get_presence(workspace: Workspace, payload: Payload) -> Answer:
    """`users.getPresence`: `active` or `away`, and for the app itself how that came about
    (docs.slack.dev/reference/methods/users.getPresence).

    The page lists no errors of its own: that an unknown person is `user_not_found`, and that a
    deactivated one is away, is assumed.
    """
    person = workspace.people.get(str(payload.get("user") or workspace.bot_user_id))
    if person is None:
        raise Refusal("user_not_found")
    is_active = person.presence == "active" and not person.deleted
    answer: Answer = {"presence": "active" if is_active else "away"}
    if person.id != workspace.bot_user_id:
        return answer
    details = {"online": is_active, "auto_away": False, "manual_away": not is_active}
    counted = {"connection_count": 1, "last_activity": int(workspace.clock())}
    return answer | details | (counted if is_active else {"connection_count": 0})


def usergroups_list(workspace: Workspace, payload: Payload) -> Answer:
    """`usergroups.list`: disabled groups and members on request only."""
    groups = [
        _usergroup_json(workspace, group, with_users=is_true(payload.get("include_users")))
        for group in workspace.usergroups.values()
        if not group.disabled or is_true(payload.get("include_disabled"))
    ]
    return {"usergroups": groups}


def _usergroup_json(workspace: Workspace, group: Usergroup, *, with_users: bool) -> Answer:
    answer: Answer = {
        "id": group.id,
        "team_id": workspace.team_id,
        "is_usergroup": True,
        "name": group.handle,
        "handle": group.handle,
        "date_delete": 1 if group.disabled else 0,
        "user_count": len(group.users),
    }
    if with_users:
        answer["users"] = list(group.users)
    return answer


def conversations_info(workspace: Workspace, payload: Payload) -> Answer:
    """`conversations.info`: one channel, unless it is private and the bot is outside."""
    return {"channel": _channel_json(workspace, visible_channel(workspace, payload.get("channel")))}


def conversations_members(workspace: Workspace, payload: Payload) -> Answer:
    """`conversations.members`: the ids of a page of members; the cursor names the page that follows
    (docs.slack.dev/reference/methods/conversations.members)."""
    members = sorted(visible_channel(workspace, payload.get("channel")).members)
    limit, cursor = int(payload.get("limit") or 100), str(payload.get("cursor") or "0")
    if not cursor.isdigit():
        raise Refusal("invalid_cursor")
    if not 1 <= limit <= 1_000:
        raise Refusal("invalid_limit")
    end = int(cursor) + limit
    following = str(end) if end < len(members) else ""
    page = members[int(cursor) : end]
    return {"members": page, "response_metadata": {"next_cursor": following}}


def visible_channel(workspace: Workspace, channel_id: Any) -> Channel:
    """Return a channel that the bot may see. Raises Refusal `channel_not_found`."""
    channel = workspace.channels.get(str(channel_id))
    if channel is None:
        raise Refusal("channel_not_found")
    if channel.is_private and workspace.bot_user_id not in channel.members:
        raise Refusal("channel_not_found")
    return channel


def _channel_json(workspace: Workspace, channel: Channel) -> Answer:
    if channel.is_im:
        other = next(iter(channel.members - {workspace.bot_user_id}), "")
        return {"id": channel.id, "is_im": True, "user": other, "is_archived": channel.is_archived}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_general": False,
        "is_shared": channel.is_ext_shared,
        "is_ext_shared": channel.is_ext_shared,
        "is_org_shared": False,
        "is_member": workspace.bot_user_id in channel.members,
        "context_team_id": workspace.team_id,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
    }


def conversations_open(workspace: Workspace, payload: Payload) -> Answer:
    """`conversations.open`: the direct messages with one person."""
    person = workspace.people.get(str(payload.get("users", "")))
    if person is None:
        raise Refusal("user_not_found")
    if person.deleted:
        raise Refusal("user_disabled")
    return {"channel": {"id": workspace.direct_channel(person.id).id}}


def is_true(value: Any) -> bool:
    """Return a flag that was sent as JSON or as a form field."""
    return str(value).lower() in {"true", "1"}
