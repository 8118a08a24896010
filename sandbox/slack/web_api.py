"""The Web API: tokens, scopes and dispatch (docs.slack.dev/reference/methods)."""

from __future__ import annotations

import json
from collections.abc import Callable

from sandbox.slack.blocks.json_field import decoded
from sandbox.slack.methods import blocks, chat, directory, files
from sandbox.slack.methods.directory import Answer, Payload
from sandbox.slack.modals import Modals, view_json
from sandbox.slack.model import Refusal
from sandbox.slack.workspace import Workspace

_SCOPES = {
    "chat.postMessage": {"chat:write"},
    "chat.delete": {"chat:write"},
    "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"},
    "users.getPresence": {"users:read"},
    "users.info": {"users:read"},
    "bots.info": {"users:read"},
    "usergroups.list": {"usergroups:read"},
    "conversations.open": {"im:write"},
    "files.completeUploadExternal": {"files:write"},
    "files.delete": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "files.info": {"files:read"},
}
"""The scope that each method needs; what is not listed needs none."""

_READ_SCOPE = {"C": "channels:read", "G": "groups:read", "D": "im:read"}


class WebApi:
    """Answers calls. ``socket_url`` returns a new WebSocket address for `apps.connections.open`."""

    def __init__(
        self,
        workspace: Workspace,
        modals: Modals,
        *,
        bot_token: str,
        app_token: str,
        socket_url: Callable[[], str],
    ) -> None:
        self.bot_token = bot_token
        self.app_token = app_token
        self._workspace = workspace
        self._modals = modals
        self._socket_url = socket_url
        self._methods: dict[str, Callable[[Workspace, Payload], Answer]] = {
            "apps.connections.open": lambda _, __: {"url": self._socket_url()},
            "auth.test": directory.auth_test,
            "blocks.validate": blocks.validate,
            "bots.info": directory.bots_info,
            "chat.delete": chat.delete,
            "chat.getPermalink": chat.get_permalink,
            "chat.postEphemeral": chat.post_ephemeral,
            "chat.postMessage": chat.post_message,
            "chat.update": chat.update,
            "conversations.info": directory.conversations_info,
            "conversations.members": directory.conversations_members,
            "conversations.open": directory.conversations_open,
            "files.completeUploadExternal": files.complete_upload,
            "files.delete": files.delete,
            "files.getUploadURLExternal": files.get_upload_url,
            "files.info": files.info,
            "usergroups.list": directory.usergroups_list,
            "users.getPresence": directory.users_get_presence,
            "users.info": directory.users_info,
            "views.open": self._views_open,
            "views.publish": self._views_publish,
            "views.push": self._views_push,
            "views.update": self._views_update,
        }

    def answer(self, method: str, payload: Payload, token: str) -> Answer:
        """Carry out a call; return the fields of its answer. Raises Refusal."""
        call = self._methods.get(method)
        if call is None:
            raise Refusal("unknown_method", req_method=method)
        self._authorise(method, payload, token)
        return call(self._workspace, payload)

    def _authorise(self, method: str, payload: Payload, token: str) -> None:
        if not token:
            raise Refusal("not_authed")
        if token not in {self.bot_token, self.app_token}:
            raise Refusal("invalid_auth")
        wanted = self.app_token if method == "apps.connections.open" else self.bot_token
        if token != wanted:
            raise Refusal("not_allowed_token_type")
        needed = _SCOPES.get(method, set()) | self._read_scope(method, payload)
        if method.startswith("views.") and '"file_input"' in json.dumps(
            decoded(payload.get("view"))
        ):
            needed = needed | {"files:read"}  # documented; that it is refused so is assumed
        granted = set(self._workspace.scopes.split(","))
        if not needed <= granted:
            raise Refusal(
                "missing_scope", needed=",".join(sorted(needed)), provided=self._workspace.scopes
            )

    def _read_scope(self, method: str, payload: Payload) -> set[str]:
        """Channels and private channels are different scopes; their ids may both begin with C."""
        if method not in {"conversations.info", "conversations.members"}:
            return set()
        channel = self._workspace.channels.get(str(payload.get("channel")))
        if channel is None:
            return set()
        kind = "D" if channel.is_im else "G" if channel.is_private else "C"
        return {_READ_SCOPE[kind]}

    def _views_open(self, workspace: Workspace, payload: Payload) -> Answer:
        view = self._modals.open(str(payload.get("trigger_id", "")), payload.get("view"))
        return {"view": view_json(workspace, view)}

    def _views_push(self, workspace: Workspace, payload: Payload) -> Answer:
        view = self._modals.push(str(payload.get("trigger_id", "")), payload.get("view"))
        return {"view": view_json(workspace, view)}

    def _views_publish(self, workspace: Workspace, payload: Payload) -> Answer:
        user, given_hash = str(payload.get("user_id", "")), str(payload.get("hash") or "")
        view = self._modals.publish(user, payload.get("view"), given_hash)
        return {"view": view_json(workspace, view)}

    def _views_update(self, workspace: Workspace, payload: Payload) -> Answer:
        return {"view": view_json(workspace, self._modals.update(payload))}
