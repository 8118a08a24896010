"""What admins change in the Home tab: one topic for each form, and who is told of a change."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.domain.actor import Actor
from bot.domain.roles import ANY_CUSTOMER, Right, Role
from bot.errors import SlackError
from bot.ports import Transaction
from bot.service.access.approvers import people_with
from bot.slack.api.client import call_slack
from bot.slack.features.base.context import FeatureContext
from bot.slack.payloads import Values
from bot.slack.views.drill import labelled_text
from bot.slack.views.modals.admin.admin_modal import AdminModal
from bot.slack.views.mrkdwn import channel_mention, mention, section
from bot.slack.views.texts import admin as texts


@dataclass(frozen=True, slots=True)
class Done:
    """What was changed in a sentence, escaped, and for which customers, or `*`.

    ``admins``: whether the other admins of the customers are told, besides the operations channel.
    ``more`` is what who did it reads besides.
    """

    what: str
    customers: tuple[str, ...]
    admins: bool = True
    more: str = ""


# Carries out what was filled in, or the removal that a button names. Both check the right.
Apply = Callable[[FeatureContext, Actor, Values], Awaitable[Done]]
Remove = Callable[[FeatureContext, Actor, str], Awaitable[Done]]


@dataclass(frozen=True, slots=True)
class Topic:
    """A form, and what it does."""

    modal: type[AdminModal]
    apply: Apply
    remove: Remove


async def tell(deps: FeatureContext, actor: Actor, done: Done) -> str:
    """Tell the operations channel, and the other admins; return what who did it reads.

    In the Home tab no channel sees what an admin does.
    """
    people = await _other_admins(deps, actor, done.customers) if done.admins else []
    is_drill = all(map(deps.ctx.is_drill, done.customers))
    words = labelled_text(done.what) if is_drill else done.what
    told = []
    channel = deps.ctx.ops_channel
    if not channel:
        told.append(texts.NOBODY)
    elif await _post(deps, channel, words):
        told.append(texts.IN_CHANNEL.format(channel=channel_mention(channel)))
    else:
        told.append(texts.NOT_TAKEN.format(where=channel_mention(channel)))
    reached = [one for one in people if await _post(deps, one, words)]
    told += [texts.TO_ADMINS.format(len(reached))] if reached else []
    told += [texts.NOT_TAKEN.format(where=mention(one)) for one in people if one not in reached]
    return texts.DONE.format(told=" ".join([*told, done.more])).rstrip()


async def _other_admins(deps: FeatureContext, actor: Actor, customers: Sequence[str]) -> list[str]:
    """Return who else administers one of these customers, for `*` any, by the role rows alone."""
    now = deps.ctx.clock.now()

    def query(tx: Transaction) -> list[str]:
        rows, others = tx.grants(role=Role.ADMIN), tx.other_ids()
        among = {row.customer for row in rows} if ANY_CUSTOMER in customers else customers
        found = (people_with(Right.ADMINISTER, one, rows, now, others) for one in among)
        return sorted(frozenset[str]().union(*found) - tx.ids_of(actor.user))

    return await deps.ctx.store.read(query)


async def _post(deps: FeatureContext, to: str, words: str) -> bool:
    post = deps.client.chat_postMessage(channel=to, text=words, blocks=[section(words)])
    try:
        await call_slack(post)
    except SlackError:
        return False
    return True
