"""Open changes: the decisions and conclusions of a card's buttons, and `cancel`."""

from __future__ import annotations

from bot.domain.change import Change
from bot.domain.change_commands import CancelCommand
from bot.domain.change_state import Event
from bot.errors import Conflict, InvalidInput
from bot.ports import Transaction
from bot.service.batches import as_shown
from bot.service.changes import decide, resolve
from bot.service.changes.emergency.review import check_owed, may_review, object_to
from bot.service.changes.propose_again import propose_again, propose_back, propose_rest
from bot.service.reach.looking import looking
from bot.slack.button_values import ChangeButton, FormButton
from bot.slack.features.base.card import on_card
from bot.slack.features.base.context import FeatureContext, bind_change
from bot.slack.features.base.feature import Feature, SubmissionError
from bot.slack.payloads import ActionPayload, TypedPayload, ViewPayload
from bot.slack.views.changes.looked import looked_reply
from bot.slack.views.changes.scope import question
from bot.slack.views.modals.inputs import REASON, reason_of
from bot.slack.views.modals.reason import QUESTIONS, ReasonModal
from bot.slack.views.texts import reach as reach_texts
from bot.slack.views.texts import words

feature = Feature()

_CONCLUSIONS = {
    "change_deny": decide.deny,
    "change_retry": resolve.retry,
    "change_mark": resolve.mark_applied,
    "change_give_up": resolve.give_up,
    "review_object": object_to,
}
# Whoever may give the reason; of the others those who may conclude.
_MAY = {"change_deny": decide.may_deny, "review_object": may_review}


@feature.command(CancelCommand)
async def cancel(deps: FeatureContext, payload: TypedPayload, command: CancelCommand) -> str:
    """Withdraw a change."""
    bind_change(command.change_id)
    await decide.cancel(deps.ctx, payload.actor, command.change_id)
    return words.WITHDRAWN.format(change=command.change_id)


@feature.action("change_confirm")
@on_card
async def confirm(deps: FeatureContext, payload: ActionPayload, button: ChangeButton) -> str:
    """Confirm, as the requester."""
    await decide.confirm(deps.ctx, payload.actor, button.change, button.revision)
    return ""


@feature.action("change_approve")
@on_card
async def approve(deps: FeatureContext, payload: ActionPayload, button: ChangeButton) -> str:
    """Approve, as somebody else."""
    await decide.approve(deps.ctx, payload.actor, button.change, button.revision)
    return ""


@feature.action("change_looking")
@on_card
async def look(deps: FeatureContext, payload: ActionPayload, button: ChangeButton) -> str:
    """Say in a direct message that one looks: the card names them, and they get no reminder."""
    change, new = await looking(deps.ctx, payload.actor, button.change)
    return "" if new else reach_texts.NOTED_BEFORE.format(change=change.id)


@feature.action("change_cancel")
@on_card
async def withdraw(deps: FeatureContext, payload: ActionPayload, button: ChangeButton) -> str:
    """Withdraw a change."""
    await decide.cancel(deps.ctx, payload.actor, button.change)
    return ""


@feature.action("change_stop")
@on_card
async def stop(deps: FeatureContext, payload: ActionPayload, button: ChangeButton) -> str:
    """Send no further user of a running change."""
    await decide.stop(deps.ctx, payload.actor, button.change)
    return ""


@feature.action("change_again")
@on_card
async def again(deps: FeatureContext, payload: ActionPayload, button: ChangeButton) -> str:
    """Propose the same once more."""
    return await deps.proposed(*await propose_again(deps.ctx, payload.actor, button.change))


@feature.action("change_back")
async def back(deps: FeatureContext, payload: ActionPayload) -> str:
    """Propose the opposite, below an outcome."""
    button = ChangeButton.parse(payload.value)
    bind_change(button.change)
    return await deps.proposed(*await propose_back(deps.ctx, payload.actor, button.change))


@feature.action("change_propose_rest")
async def propose_others(deps: FeatureContext, payload: ActionPayload) -> str:
    """Propose it for the users whom the API knows, below a reply that the requester alone sees."""
    button = ChangeButton.parse(payload.value)
    bind_change(button.change)
    return await deps.proposed(*await propose_rest(deps.ctx, payload.actor, button.change))


@feature.action("change_look")
@on_card
async def read_back(deps: FeatureContext, payload: ActionPayload, button: ChangeButton) -> str:
    """Read back once more what is not known."""
    if deps.read_backs.locked():
        raise InvalidInput(words.READ_BACKS_BUSY)
    async with deps.read_backs:
        pressed_at = deps.ctx.clock.now()
        change = await resolve.read_back_again(deps.ctx, payload.actor, button.change)
    return looked_reply(change, pressed_at)


@feature.action(*QUESTIONS)
@on_card
async def ask_why(deps: FeatureContext, payload: ActionPayload, button: ChangeButton) -> str:
    """Ask for the reason of a denial or conclusion, of whoever may give it."""
    return await _ask_why(deps, payload, payload.action, button.change)


@feature.again(ReasonModal, unless=(Conflict,))
async def ask_again(deps: FeatureContext, payload: ActionPayload, form: FormButton) -> str:
    """Open the modal with the reason that was typed."""
    bind_change(form.about)
    return await _ask_why(deps, payload, form.action, form.about, reason_of(form.text))


async def _ask_why(
    deps: FeatureContext, payload: ActionPayload, action: str, change_id: str, reason: str = ""
) -> str:
    may = _MAY.get(action, resolve.may_resolve)
    change = await may(deps.ctx, payload.actor, change_id)
    what = question(change, await deps.customer_name(change.customer))
    modal = ReasonModal(action, change.id, payload.channel, what, reason)
    await deps.open_modal(payload, modal.build(), modal.question.verb)
    return ""


@feature.check(ReasonModal)
async def check_why(deps: FeatureContext, payload: ViewPayload) -> SubmissionError:
    """Say that the change has been decided meanwhile, while the modal is open."""
    denies = payload.action == "change_deny"

    def query(tx: Transaction) -> Change | None:
        found = tx.change(payload.value)
        return as_shown(tx, found) if found is not None and denies else found

    change = await deps.ctx.store.read(query)
    try:
        if change is not None and payload.action == "review_object":
            check_owed(change)
        elif change is not None:
            change.after(Event.DENY if denies else Event.RETRY)
    except Conflict as error:
        return SubmissionError({REASON: str(error)})
    return SubmissionError()


@feature.view(ReasonModal)
async def conclude(deps: FeatureContext, payload: ViewPayload) -> str:
    """Deny or conclude with the reason."""
    bind_change(payload.value)
    conclusion = _CONCLUSIONS[payload.action]
    await conclusion(deps.ctx, payload.actor, payload.value, reason_of(payload.text))
    return ""
