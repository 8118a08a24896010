"""What a person can choose in an element of a view: options that were offered, conversations."""

from __future__ import annotations

from typing import Any

from sandbox.slack.blocks.choices import EXTERNAL
from sandbox.slack.members import Members
from sandbox.slack.model import Channel, SandboxError, View

_Json = dict[str, Any]


def with_offers(view: View, block_id: str, element: _Json) -> _Json:
    """Return an external select with the options that it has: first ones, and those the app gave."""
    if element["type"] not in EXTERNAL:
        return element
    first = [element["initial_option"]] if "initial_option" in element else []
    first = first or element.get("initial_options", [])
    offered = view.offered.get((block_id, element["action_id"]), [])
    return {**element, "options": [*first, *offered]}


def conversations(members: Members, user: str, element: _Json) -> list[str]:
    """Return the ids in a menu of conversations: of channels the person is in, and of people.

    Channels that a person could join are left out (not simulated).
    """
    wanted = element.get("filter", {})
    kinds = wanted.get("include", ("im", "mpim", "private", "public"))
    no_shared = wanted.get("exclude_external_shared_channels", False)
    channels = [
        channel.id
        for channel in members.channels.values()
        if user in channel.members and not channel.is_archived and not channel.is_im
        if _kind(channel) in kinds and not (no_shared and channel.is_ext_shared)
    ]
    no_bots = wanted.get("exclude_bot_users", False)
    people = [one.id for one in members.people.values() if not (no_bots and one.is_bot)]
    return channels + (people if "im" in kinds else [])


def check_chosen(members: Members, user: str, element: _Json, held: _Json) -> None:
    """Raise SandboxError for a conversation that the menu does not have."""
    if not element["type"].endswith("conversations_select"):
        return
    chosen = held.get("selected_conversations") or [held.get("selected_conversation")]
    there = conversations(members, user, element)
    for one in filter(None, chosen):
        if one not in there:
            raise SandboxError(f"the menu has no conversation {one}: {there}")


def current(members: Members, user: str, channel: str, element: _Json) -> str:
    """Return the conversation that a menu begins with: the one the person looks at, or ``""``."""
    if not element.get("default_to_current_conversation") or element.keys() & _INITIAL:
        return ""
    return channel if channel in conversations(members, user, element) else ""


_INITIAL = {"initial_conversation", "initial_conversations"}


def _kind(channel: Channel) -> str:
    return "private" if channel.is_private else "public"
