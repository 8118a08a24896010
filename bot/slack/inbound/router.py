"""From a payload to the handler that a feature declares for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from bot.grammar import parse, unknown_customer
from bot.service.access.customer_names import customer_name, customer_number, with_number
from bot.slack.features import FEATURES
from bot.slack.features.base.context import FeatureContext
from bot.slack.features.base.drill import is_of_drill
from bot.slack.features.base.feature import BackgroundJob, Feature, Reply, SubmissionError
from bot.slack.payloads import (
    ActionPayload,
    HomePayload,
    Payload,
    ShortcutPayload,
    SuggestionPayload,
    TypedPayload,
    Values,
    ViewPayload,
)
from bot.slack.views import help as view
from bot.slack.views.drill import labelled_reply, labelled_text
from bot.slack.views.texts.forms import UNKNOWN_BUTTON

FOREIGN_SENTENCE = "This bot serves another workspace or app."
UNKNOWN_FORM_SENTENCE = "This form is not known here."
UNKNOWN_SHORTCUT_SENTENCE = "This shortcut is not known here."


class Router:
    """Dispatches payloads. ``team`` and ``app`` are the only workspace and app that are served."""

    def __init__(
        self, deps: FeatureContext, *, team: str, app: str, features: Feature = FEATURES
    ) -> None:
        self.features = features
        self._deps = deps
        self.newer_blocks = deps.newer_blocks
        self._home = (team, app)

    async def dispatch(self, payload: Payload) -> Reply:
        """Call the handler and return what the person alone reads. Raises BotError."""
        await self._check_home(payload)
        return await self._labelled(payload, await self._handled(payload))

    async def _labelled(self, payload: Payload, reply: Reply, about: str = "") -> Reply:
        """Return a reply with the label where it is about a drill."""
        if isinstance(reply, BackgroundJob) or not reply:
            return reply
        if not await is_of_drill(self._deps.ctx, payload, about):
            return reply
        return labelled_text(reply) if isinstance(reply, str) else labelled_reply(reply)

    async def _handled(self, payload: Payload) -> Reply:
        match payload:
            case ActionPayload():
                if payload.action not in self.features.actions:
                    await self._deps.refuse_foreign(payload, UNKNOWN_BUTTON)
                return await self.features.actions[payload.action](self._deps, payload)
            case ViewPayload():
                if not self._is_known(payload) or payload.form not in self.features.views:
                    await self._deps.refuse_foreign(payload, UNKNOWN_FORM_SENTENCE)
                return await self.features.views[payload.form](self._deps, payload)
            case HomePayload():
                return await self.features.home(self._deps, payload)
            case ShortcutPayload():
                if payload.callback not in self.features.shortcuts:
                    await self._deps.refuse_foreign(payload, UNKNOWN_SHORTCUT_SENTENCE)
                return await self.features.shortcuts[payload.callback](self._deps, payload)
            case _:
                return await self._carry_out(payload)

    async def _carry_out(self, payload: TypedPayload) -> Reply:
        """Carry out a typed command; whoever named the customer reads its number."""
        command = parse(payload.text)
        name = customer_name(command)
        if name is None:
            reply = await self.features.commands[type(command)](self._deps, payload, command)
            about = getattr(command, "customer", None) or getattr(command, "change_id", None)
            return await self._labelled(payload, reply, about or "")
        found = await with_number(self._deps.ctx, payload.actor, command)
        if found is None:
            raise unknown_customer(payload.text, name)
        reply = await self.features.commands[type(found)](self._deps, payload, found)
        number = customer_number(found)
        told = view.named(number, await self._deps.customer_name(number))
        said = f"{told} {reply}".rstrip() if isinstance(reply, str) else reply
        return await self._labelled(payload, said, number)

    async def secret_handler(self, payload: ViewPayload) -> Callable[[Values], Awaitable[Reply]]:
        """Return what carries out a secret modal. Raises NotAllowed, recorded."""
        await self._check_home(payload)
        if payload.form not in self.features.secret_views:
            await self._deps.refuse_foreign(payload, UNKNOWN_FORM_SENTENCE)
        return partial(self.features.secret_views[payload.form], self._deps, payload)

    async def check(self, payload: ViewPayload) -> SubmissionError:
        """Return what is wrong with a submission, before it is acknowledged. Raises BotError."""
        check = self.features.checks.get(payload.form)
        if check is None or not self._is_home(payload) or not self._is_known(payload):
            return SubmissionError()
        return await check(self._deps, payload)

    async def suggest(self, payload: SuggestionPayload) -> Mapping[str, str]:
        """Return the options for what is typed into a select; none for another workspace or app."""
        handler = self.features.suggestions.get(payload.action)
        if handler is None or not self._is_home(payload):
            return {}
        return await handler(self._deps, payload)

    def _is_home(self, payload: Payload | SuggestionPayload) -> bool:
        return (payload.team, payload.app) == self._home

    async def _check_home(self, payload: Payload) -> None:
        if not self._is_home(payload):
            await self._deps.refuse_foreign(payload, FOREIGN_SENTENCE)

    def _is_known(self, payload: ViewPayload) -> bool:
        """Return whether the metadata names what this modal is opened for.

        Else a submission could avoid the checks of one modal by the callback id of another.
        """
        modal = self.features.modals.get(payload.form)
        return modal is not None and payload.action in modal.actions()
