"""What a feature declares, by decorators: its commands, buttons and modals with their handlers.

    feature = Feature()

    @feature.command(StatusCommand)
    async def status(deps: FeatureContext, payload: TypedPayload, command: StatusCommand) -> Reply: ...

What Bolt's `app.command`, `app.action` and `app.view` are for the connection, these are for the worker
that carries out a delivery after it is saved and acknowledged. ``bolt_app`` registers a listener for
each id that is declared here. Usage, right and help of a command stand in the grammar, at its leaf.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.domain.commands import Command
from bot.errors import BotError
from bot.grammar import title_of
from bot.slack.button_values import FormButton
from bot.slack.features.base.context import FeatureContext
from bot.slack.payloads import (
    UNKNOWN_FORM,
    ActionPayload,
    HomePayload,
    Payload,
    ShortcutPayload,
    SuggestionPayload,
    TypedPayload,
    Values,
    ViewPayload,
)
from bot.slack.views.form_again import again_action
from bot.slack.views.modals.modal import Modal
from bot.slack.views.mrkdwn import BlockReply
from bot.slack.views.texts import forms as texts

K = TypeVar("K")
V = TypeVar("V")
C = TypeVar("C", bound=Command)

UNKNOWN_BUTTON = "unknown_button"
UNKNOWN_SHORTCUT = "unknown_shortcut"
HOME = "home"


@dataclass(frozen=True, slots=True)
class BackgroundJob:
    """A job outside the worker pool, for what takes minutes.

    Its delivery is finished when it has ended: a crash before leaves it to the next process.
    """

    work: Callable[[], Awaitable[str | BlockReply]]


# What the person alone reads, escaped; "" is nothing.
Reply = str | BlockReply | BackgroundJob


@dataclass(frozen=True, slots=True)
class SubmissionError:
    """What is wrong with a submission that only a file or the API can tell: a sentence by block id.

    ``after`` is run once the sentences are shown.
    """

    errors: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[], Awaitable[object]] | None = None


# Handlers check the rights and raise BotError with the sentence to show.
CommandHandler = Callable[[FeatureContext, TypedPayload, C], Awaitable[Reply]]
ActionHandler = Callable[[FeatureContext, ActionPayload], Awaitable[Reply]]
ViewHandler = Callable[[FeatureContext, ViewPayload], Awaitable[Reply]]
# Takes the content of a secret modal, too. Of unexpected errors the type alone is logged.
SecretViewHandler = Callable[[FeatureContext, ViewPayload, Values], Awaitable[Reply]]
ShortcutHandler = Callable[[FeatureContext, ShortcutPayload], Awaitable[Reply]]
# Returns the options of a select, at most 100, within two seconds: value and label of each.
SuggestionHandler = Callable[[FeatureContext, SuggestionPayload], Awaitable[Mapping[str, str]]]
# Draws the Home tab of the person.
HomeHandler = Callable[[FeatureContext, HomePayload], Awaitable[Reply]]
# Called before a submission is acknowledged, within two seconds. The handler checks once more.
ViewCheck = Callable[[FeatureContext, ViewPayload], Awaitable[SubmissionError]]

# Called for the button below a refusal, with what was typed.
AgainHandler = Callable[[FeatureContext, ActionPayload, FormButton], Awaitable[Reply]]

CommandT = TypeVar("CommandT", bound=CommandHandler[Any])
ActionT = TypeVar("ActionT", bound=ActionHandler)
ViewT = TypeVar("ViewT", bound=ViewHandler | SecretViewHandler)
CheckT = TypeVar("CheckT", bound=ViewCheck)
HomeT = TypeVar("HomeT", bound=HomeHandler)
ShortcutT = TypeVar("ShortcutT", bound=ShortcutHandler)
SuggestionT = TypeVar("SuggestionT", bound=SuggestionHandler)
AgainT = TypeVar("AgainT", bound=AgainHandler)


class Feature:
    """The handlers of one feature, or of several after ``include``, by command and by id."""

    def __init__(self) -> None:
        self.commands: dict[type[Command], CommandHandler[Any]] = {}
        self.actions: dict[str, ActionHandler] = {}
        self.modals: dict[str, type[Modal]] = {}
        self.views: dict[str, ViewHandler] = {}
        self.secret_views: dict[str, SecretViewHandler] = {}
        self.checks: dict[str, ViewCheck] = {}
        self.kept: dict[str, tuple[type[BotError], ...]] = {}
        self.homes: dict[str, HomeHandler] = {}
        self.shortcuts: dict[str, ShortcutHandler] = {}
        self.suggestions: dict[str, SuggestionHandler] = {}

    def command(self, command: type[Command]) -> Callable[[CommandT], CommandT]:
        """Register the handler of a command of the grammar."""
        return lambda handler: _declare(self.commands, [command], handler)

    def action(self, *action_ids: str) -> Callable[[ActionT], ActionT]:
        """Register the handler of buttons."""
        return lambda handler: _declare(self.actions, action_ids, handler)

    def view(self, modal: type[Modal]) -> Callable[[ViewT], ViewT]:
        """Register the handler of a modal; of a secret one it is given the content, too."""
        _declare(self.modals, [modal.callback_id], modal)
        table: dict[str, Any] = self.secret_views if modal.secret else self.views
        return lambda handler: _declare(table, [modal.callback_id], handler)

    def check(self, modal: type[Modal]) -> Callable[[CheckT], CheckT]:
        """Register what finds errors in a submission while the modal is still open."""
        return lambda handler: _declare(self.checks, [modal.callback_id], handler)

    def shortcut(self, *callback_ids: str) -> Callable[[ShortcutT], ShortcutT]:
        """Register the handler of global shortcuts, or of shortcuts below a message."""
        return lambda handler: _declare(self.shortcuts, callback_ids, handler)

    def suggests(self, *action_ids: str) -> Callable[[SuggestionT], SuggestionT]:
        """Register what answers while somebody types into a select."""
        return lambda handler: _declare(self.suggestions, action_ids, handler)

    def draws_home(self, handler: HomeT) -> HomeT:
        """Register what draws the Home tab when it is opened. One feature does."""
        return _declare(self.homes, [HOME], handler)

    async def home(self, deps: FeatureContext, payload: HomePayload) -> Reply:
        """Draw the Home tab."""
        return await self.homes[HOME](deps, payload)

    def again(
        self, modal: type[Modal], *, unless: tuple[type[BotError], ...] = ()
    ) -> Callable[[AgainT], AgainT]:
        """Register what opens a modal with what was typed, or sends it, after it was refused.

        A refusal then has a button for it, ``unless`` it is one of these errors. Raises ValueError
        for a secret modal: what is typed there is kept nowhere.
        """
        if modal.secret:
            raise ValueError(f"{modal.callback_id} is secret")
        _declare(self.kept, [modal.callback_id], unless)

        def register(handler: AgainT) -> AgainT:
            async def pressed(deps: FeatureContext, payload: ActionPayload) -> Reply:
                return await handler(deps, payload, await _form(deps, payload, modal))

            _declare(self.actions, [again_action(modal.callback_id)], pressed)
            return handler

        return register

    def include(self, other: Feature) -> None:
        """Add what another feature declares. Raises ValueError where an id is declared twice."""
        for mine, theirs in zip(vars(self).values(), vars(other).values(), strict=True):
            for key, value in theirs.items():
                _declare(mine, [key], value)

    def name_of(self, payload: Payload) -> str:
        """Return the command, button or modal for logs and metrics: one of those that there are."""
        match payload:
            case ActionPayload(action=action):
                return action if action in self.actions else UNKNOWN_BUTTON
            case ViewPayload(form=form):
                known = self.modals.get(form)
                return known.metric or form if known else UNKNOWN_FORM
            case HomePayload():
                return HOME
            case ShortcutPayload(callback=callback):
                return callback if callback in self.shortcuts else UNKNOWN_SHORTCUT
            case _:
                return title_of(payload.text)


async def _form(deps: FeatureContext, payload: ActionPayload, modal: type[Modal]) -> FormButton:
    """Return what the button holds. Raises NotAllowed, recorded, where it is forged."""
    with suppress(ValueError):
        form = FormButton.parse(payload.value)
        if form.form == modal.callback_id and form.action in modal.actions():
            return form
    return await deps.refuse_foreign(payload, texts.UNKNOWN_BUTTON)


def _declare(table: dict[K, Any], keys: Iterable[K], value: V) -> V:
    for key in keys:
        if key in table:
            raise ValueError(f"{key} is declared twice")
        table[key] = value
    return value
