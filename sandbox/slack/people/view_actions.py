"""What a person does in a modal or in the Home tab."""

from __future__ import annotations

from typing import Any

from sandbox.slack import payloads
from sandbox.slack.blocks.choices import EXTERNAL
from sandbox.slack.blocks.walk import all_blocks, elements
from sandbox.slack.delivery import DeliverySender
from sandbox.slack.inputs import State, Values, filled
from sandbox.slack.methods.chat import file_json
from sandbox.slack.methods.files import add_file
from sandbox.slack.modals import Modals
from sandbox.slack.model import Delivery, SandboxError, View
from sandbox.slack.people.choosing import check_chosen, with_offers
from sandbox.slack.people.held import STATELESS, chosen, stateful
from sandbox.slack.workspace import Workspace


class ViewActions(Workspace):
    """A workspace with the actions of people in views."""

    modals: Modals
    sender: DeliverySender

    async def submit(
        self, user: str, view: View | str, values: Values, *, forged: bool = False
    ) -> Delivery:
        """Fill in and submit a modal, given as a view or its id.

        ``values`` are by block id: a text, choices separated by commas, or files as ``[(name,
        bytes)]``. Raises SandboxError if Slack would not let the person submit (not their view, not
        open, a required input empty), unless ``forged``. After errors the person fills it in anew:
        what is not in ``values`` then holds what it held before.
        """
        view_id = view if isinstance(view, str) else view.id
        view = self.views[view_id] if forged else self._open_view(user, view_id)
        state = filled(view, values, lambda *file: self._attach(user, *file), forged=forged)
        if not forged:
            self._check_chosen(view, state)
        payload = payloads.submission(self, user, view, state)
        before, view.values = view.values, state
        delivery = await self._send("view_submission", user, payload, view_id=view.id)
        if view.errors:
            view.values = before
        return delivery

    async def view_click(
        self,
        user: str,
        view_id: str,
        block_id: str,
        action_id: str,
        value: str | None = None,
        *,
        values: Values | None = None,
    ) -> Delivery:
        """Use an element of a modal or of the person's Home tab: press a button, or choose
        ``value``.

        ``values`` is what the person typed meanwhile, as for `submit`. Raises SandboxError if there
        is no such element, or if it is an input that dispatches no action.
        """
        view = self._shown_view(user, view_id)
        element = _element(view, block_id, action_id)
        action = {**action_of(element, action_id, value), "action_ts": self.next_ts()}
        if value is not None and element["type"] not in STATELESS:
            values = {**(values or {}), block_id: {action_id: value}}
        state = filled(view, values or {}, lambda *file: self._attach(user, *file), submitted=False)
        self._check_chosen(view, state)
        view.values = state
        payload = payloads.view_click(self, user, view, action)
        return await self._send("click", user, payload, view_id=view_id)

    async def suggest(
        self, user: str, view_id: str, block_id: str, action_id: str, text: str
    ) -> Delivery:
        """Type in an external select of a view; the options are in the delivery's ``body``.

        Raises SandboxError if there is no such select, and for a text that is shorter than
        ``min_query_length`` (3 unless given): Slack asks the app for nothing.
        """
        view = self._shown_view(user, view_id)
        found = (
            one for block, one in stateful(view.view["blocks"]) if block["block_id"] == block_id
        )
        element = next((one for one in found if one["action_id"] == action_id), None)
        if element is None or element["type"] not in EXTERNAL:
            raise SandboxError(f"the view {view.id} has no external select {action_id}")
        if len(text) < element.get("min_query_length", 3):
            raise SandboxError(f"{action_id} asks for options from more characters on")
        payload = payloads.suggestion(self, user, view, block_id, action_id, text)
        return await self._send("suggestion", user, payload, trigger=False)

    async def open_home(self, user: str, tab: str = "home") -> Delivery:
        """Open the app's Home or ``messages`` tab. The app is told if it has this tab and
        subscribes to the event `app_home_opened`, each time somebody enters
        (docs.slack.dev/reference/events/app_home_opened)."""
        delivery = Delivery("event", payloads.home_opened(self, user, tab))
        has_tab = {"home": self.home_tab, "messages": self.messages_tab}.get(tab, False)
        if not has_tab or "app_home_opened" not in self.events:
            return delivery
        return await self.sender.send(delivery)

    async def close_view(self, user: str, view_id: str) -> Delivery:
        """Close a modal, with ``clear_on_close`` the whole stack.

        The app is notified only if the view has ``notify_on_close``.
        """
        view = self._open_view(user, view_id)
        cleared = bool(view.view.get("clear_on_close"))
        if cleared:
            self.modals.close_all(view)
        else:
            self.modals.close(view)
        payload = payloads.closed(self, user, view, is_cleared=cleared)
        if not view.view.get("notify_on_close"):
            return Delivery("view_closed", payload)
        return await self._send("view_closed", user, payload, trigger=False)

    async def _send(
        self,
        kind: str,
        user: str,
        payload: dict[str, Any],
        *,
        response_url: str = "",
        trigger_id: str | None = None,
        trigger: bool = True,
        view_id: str = "",
        channel: str = "",
    ) -> Delivery:
        if trigger:
            payload["trigger_id"] = self.modals.new_trigger(
                user, trigger_id, view_id=view_id, channel=channel
            )
        if response_url:
            payload["response_url"] = response_url
        delivery = Delivery(
            kind,
            payload,
            trigger_id=str(payload.get("trigger_id", "")),
            response_url=response_url,
        )
        return await self.sender.send(delivery)

    def _attach(self, user: str, name: str, content: bytes) -> dict[str, Any]:
        """Upload a file that is shared nowhere; the app may read it."""
        file = add_file(self, name, user, len(content))
        file.content, file.state = content, "complete"
        return file_json(self, file)

    def _check_chosen(self, view: View, state: State) -> None:
        for block, element in stateful(view.view["blocks"]):
            held = state[block["block_id"]][element["action_id"]]
            check_chosen(self, view.user, element, held)

    def _shown_view(self, user: str, view_id: str) -> View:
        """Return an open modal of this person, or their Home tab."""
        home = self.homes.get(user)
        return home if home and home.id == view_id else self._open_view(user, view_id)

    def _open_view(self, user: str, view_id: str) -> View:
        view = self.views.get(view_id)
        if view is None or view.user != user or view.state != "open":
            raise SandboxError(f"{user} has no open view {view_id}")
        if any(one.previous_id == view_id and one.state == "open" for one in self.views.values()):
            raise SandboxError(f"another view is above {view_id}")
        return view


def action_of(element: dict[str, Any], action_id: str, value: str | None) -> dict[str, Any]:
    """Return one item of a click's ``actions``: the element with the chosen value."""
    kept = {"text", "style", "confirm"}
    fields = {key: part for key, part in element.items() if key in kept}
    if value is not None:
        fields |= chosen(element, value)
    elif element["type"] == "button":
        fields |= {"type": "button"} | ({"value": element["value"]} if "value" in element else {})
    else:
        raise SandboxError(f"{action_id} is a {element['type']}: say which value is chosen")
    return {"action_id": action_id, "block_id": element["block_id"], **fields}


def _element(view: View, block_id: str, action_id: str) -> dict[str, Any]:
    for block in all_blocks(view.view["blocks"]):
        for element in elements(block) if block["block_id"] == block_id else []:
            if element["action_id"] != action_id:
                continue
            if block["type"] == "input" and not block.get("dispatch_action"):
                raise SandboxError(f"the input {block_id} dispatches no action")
            return {**with_offers(view, block_id, element), "block_id": block_id}
    raise SandboxError(f"the view {view.id} has no {action_id} in {block_id}")
