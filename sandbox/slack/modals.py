"""Modals, the trigger ids that open them, and Home tabs (docs.slack.dev/surfaces/modals)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sandbox.slack.blocks.choices import options_of
from sandbox.slack.blocks.limits import check_suggestions, check_view
from sandbox.slack.inputs import first_state
from sandbox.slack.model import Refusal, View
from sandbox.slack.people.choosing import current
from sandbox.slack.people.held import chosen, stateful
from sandbox.slack.workspace import Workspace


@dataclass
class _Trigger:
    user: str
    made_at: float
    view_id: str = ""
    channel: str = ""
    used: bool = False


STACK = 3
"""The most modals above one another (docs.slack.dev/reference/methods/views.push)."""


class Modals:
    """Opens, changes and closes modals. A trigger works once, for ``trigger_lifetime`` seconds."""

    def __init__(self, workspace: Workspace, *, trigger_lifetime: float = 3.0) -> None:
        self._workspace = workspace
        self._triggers: dict[str, _Trigger] = {}
        self.trigger_lifetime = trigger_lifetime

    def new_trigger(
        self, user: str, trigger_id: str | None = None, *, view_id: str = "", channel: str = ""
    ) -> str:
        """Return a trigger id for an action of this person: the given one, or a new one.

        ``view_id`` is the view in which they acted, if any, ``channel`` what they looked at.
        """
        number = self._workspace.next_number()
        name = trigger_id or f"{number}.{int(self._workspace.clock())}.sandbox{number:x}"
        self._triggers.setdefault(name, _Trigger(user, self._workspace.clock(), view_id, channel))
        return name

    def open(self, trigger_id: str, raw: Any) -> View:
        """Open a modal. Raises Refusal: invalid_trigger_id, exchanged_, expired_, view errors."""
        content = self._checked(raw)
        trigger = self._trigger(trigger_id)
        self._check_external_id(content, None)
        trigger.used = True
        return self._add(trigger.user, content, None, trigger.channel)

    def push(self, trigger_id: str, raw: Any) -> View:
        """Open a modal above the one in which the person acted, which Slack allows twice.

        Raises Refusal: as `open`, and not_found, push_limit_reached.
        """
        content = self._checked(raw)
        trigger = self._trigger(trigger_id)
        below = self._workspace.views.get(trigger.view_id)
        if below is None or below.state != "open":
            raise Refusal("not_found")  # assumed: the method's page names no case
        view = self._push(below, content)
        trigger.used = True
        return view

    def publish(self, user: str, raw: Any, given_hash: str) -> View:
        """Set the Home tab of a person. Raises Refusal: not_enabled, hash_conflict, view errors."""
        content = self._checked(raw, "home")
        if not self._workspace.home_tab:
            raise Refusal("not_enabled")
        if user not in self._workspace.people:
            raise Refusal("invalid_arguments", "invalid `user_id`")
        home = self._workspace.homes.get(user)
        if given_hash and (home is None or given_hash != home.hash):
            raise Refusal("hash_conflict")
        self._check_external_id(content, home)
        if home is None:
            home = View(f"V{self._workspace.next_number()}", user, "", "", {}, type="home")
            home.root_id = home.id
            self._workspace.homes[user] = home
        self._fill(home, content)
        self._workspace.changed("home_published", home)
        return home

    def update(self, payload: dict[str, Any]) -> View:
        """Change an open modal. Raises Refusal: not_found, hash_conflict, view errors."""
        content = self._checked(payload.get("view"))
        view = self._find(payload)
        if view is None or view.state != "open":
            raise Refusal("not_found")
        if payload.get("hash") not in {None, "", view.hash}:
            raise Refusal("hash_conflict")
        self._check_external_id(content, view)
        self._fill(view, content)
        self._workspace.changed("view_updated", view)
        return view

    def acknowledge(self, view: View, body: Any) -> str:
        """Apply the app's answer to a submission. Returns Slack's error code, or ``""``."""
        view.errors = {}
        if not isinstance(body, dict) or not body:
            self.close(view)
            return ""
        action = body.get("response_action")
        try:
            self._respond(view, action, body)
        except Refusal as refusal:
            self._workspace.refuse("ack", refusal, body)
            return refusal.code
        return ""

    def offer(self, view: View, block_id: str, action_id: str, body: Any) -> str:
        """Take the app's options for an external select. Returns Slack's error code, or ``""``."""
        try:
            check_suggestions(body)
        except Refusal as refusal:
            self._workspace.refuse("ack", refusal, body if isinstance(body, dict) else {})
            return refusal.code
        view.offered.setdefault((block_id, action_id), []).extend(options_of(body))
        return ""

    def close(self, view: View) -> None:
        """Close one modal; the one below it, if any, is visible again."""
        if view.state != "closed":
            view.state = "closed"
            self._workspace.changed("view_closed", view)

    def close_all(self, view: View) -> None:
        """Close the whole stack that this modal belongs to."""
        for other in list(self._workspace.views.values()):
            if other.root_id == view.root_id:
                self.close(other)

    def _checked(self, raw: Any, kind: str = "modal") -> dict[str, Any]:
        return check_view(raw, kind, newer=self._workspace.newer_blocks)

    def _respond(self, view: View, action: Any, body: dict[str, Any]) -> None:
        if action == "errors":
            errors = body.get("errors")
            inputs = {b["block_id"] for b in view.view["blocks"] if b["type"] == "input"}
            if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
                raise Refusal("invalid_errors")
            view.errors = {str(block): str(sentence) for block, sentence in errors.items()}
            self._workspace.changed("view_updated", view)
        elif action == "clear":
            self.close_all(view)
        elif action == "update":
            self._fill(view, self._checked(body.get("view")))
            self._workspace.changed("view_updated", view)
        elif action == "push":
            self._push(view, self._checked(body.get("view")))
        else:
            raise Refusal("invalid_response_action")

    def _trigger(self, trigger_id: str) -> _Trigger:
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.used:
            raise Refusal("exchanged_trigger_id")
        if self._workspace.clock() - trigger.made_at > self.trigger_lifetime:
            raise Refusal("expired_trigger_id")
        return trigger

    def _check_external_id(self, content: dict[str, Any], own: View | None) -> None:
        """Raise Refusal if another open view has this id, which is once in the workspace."""
        wanted = content.get("external_id")
        views = [*self._workspace.views.values(), *self._workspace.homes.values()]
        for view in views if wanted else []:
            same = view.view.get("external_id") == wanted
            if same and view is not own and view.state == "open":
                raise Refusal("duplicate_external_id")

    def _push(self, below: View, content: dict[str, Any]) -> View:
        views = self._workspace.views.values()
        stack = [one for one in views if one.root_id == below.root_id and one.state == "open"]
        if len(stack) >= STACK:
            raise Refusal("push_limit_reached")
        self._check_external_id(content, None)
        return self._add(below.user, content, stack[-1], below.channel)

    def _find(self, payload: dict[str, Any]) -> View | None:
        if payload.get("view_id"):
            return self._workspace.views.get(str(payload["view_id"]))
        wanted = payload.get("external_id")
        views = self._workspace.views.values()
        return next((v for v in views if wanted and v.view.get("external_id") == wanted), None)

    def _add(self, user: str, content: dict[str, Any], below: View | None, channel: str) -> View:
        view = View(f"V{self._workspace.next_number()}", user, "", "", {}, channel=channel)
        view.root_id = below.root_id if below else view.id
        view.previous_id = below.id if below else None
        self._fill(view, content)
        self._workspace.views[view.id] = view
        self._workspace.changed("view_opened", view)
        return view

    def _fill(self, view: View, content: dict[str, Any]) -> None:
        view.view = {**content, "blocks": self._workspace.with_ids(content["blocks"])}
        before, view.values = view.values, first_state(view.view["blocks"], view.values)
        for block, element in stateful(view.view["blocks"]):
            block_id, action_id = block["block_id"], element["action_id"]
            here = current(self._workspace, view.user, view.channel, element)
            if here and action_id not in before.get(block_id, {}):
                view.values[block_id][action_id] = chosen(element, here)
        view.callback_id = str(content.get("callback_id", ""))
        view.private_metadata = str(content.get("private_metadata", ""))
        view.hash = f"{int(self._workspace.clock())}.{self._workspace.next_number()}"
        view.errors = {}


def view_json(
    workspace: Workspace, view: View, values: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return a view as Slack sends it; ``values`` are those of the inputs, by block and action."""
    return {
        "submit": None,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
        "external_id": "",
        **view.view,
        "id": view.id,
        "team_id": workspace.team_id,
        "app_id": workspace.app_id,
        "app_installed_team_id": workspace.team_id,
        "bot_id": workspace.bot_id,
        "callback_id": view.callback_id,
        "private_metadata": view.private_metadata,
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "state": {"values": values or {}},
    }
