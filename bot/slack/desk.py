"""Carry out what was saved in the inbox: a bounded number of workers, one reply to the person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.domain.change import Change
from bot.domain.commands import (
    Actor,
    Audit,
    Cancel,
    Command,
    Help,
    NameCustomer,
    Pending,
    RoleGrant,
    RoleList,
    RoleRevoke,
    SetFlag,
    Status,
    WhoAmI,
)
from bot.domain.scope import Users
from bot.errors import BotError, InvalidInput, NotAllowed, SlackError, UnknownChange
from bot.grammar import help_for, parse
from bot.ports import Delivery, MessageKind
from bot.service import decide, govern, inquire
from bot.service.authorise import refuse
from bot.service.context import Context
from bot.service.propose import preview, propose
from bot.slack.directory import ask
from bot.slack.payloads import Inbound
from bot.slack.views import modals, replies
from bot.slack.views.cards import escape

WORKERS = 8  # measured: acknowledgements stay quick when the work behind them is bounded
STALE = timedelta(minutes=3)  # older at the start: nobody waits for it, and things have moved on

log = structlog.get_logger(__name__)


class Desk:
    """Takes deliveries from a queue and carries them out."""

    def __init__(
        self, ctx: Context, client: AsyncWebClient, *, team: str, app: str, url: str
    ) -> None:
        self._ctx = ctx
        self._client = client
        self._home = (team, app)
        self._url = url
        self._queue: asyncio.Queue[Delivery] = asyncio.Queue()
        self._previews: set[asyncio.Task[None]] = set()

    async def accept(self, inbound: Inbound) -> None:
        """Save a delivery before it is acknowledged; the same one again is the same row."""
        delivery = Delivery(
            inbound.key, inbound.kind, inbound.model_dump_json(), self._ctx.clock.now()
        )
        if await self._ctx.store.write(lambda tx: tx.receive(delivery)):
            self._queue.put_nowait(delivery)

    async def recover(self) -> None:
        """Queue what the process before saved and did not finish."""
        for delivery in await self._ctx.store.read(lambda tx: tx.waiting_deliveries()):
            self._queue.put_nowait(delivery)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(WORKERS):
                group.create_task(self._work())

    async def drain(self, seconds: float) -> None:
        """Wait for previews under way; what is still queued is processed at the next start."""
        if self._previews:
            await asyncio.wait(self._previews, timeout=seconds)

    async def _work(self) -> None:
        while True:
            delivery = await self._queue.get()
            try:
                await self._handle(delivery)
                await self._ctx.store.write(
                    lambda tx, key=delivery.key: tx.finish_delivery(key)  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
                )
            except Exception as error:  # the edge: nothing may end a worker
                log.exception("desk.failed", key=delivery.key, error=type(error).__name__)

    async def _handle(self, delivery: Delivery) -> None:
        inbound = Inbound.model_validate_json(delivery.payload)
        try:
            if self._ctx.clock.now() - delivery.received_at > STALE:
                raise InvalidInput("I was away when you asked. Nothing was done; please repeat.")
            text = await self._carry_out(inbound)
        except BotError as error:
            # Refusals are ours and name people by mention; every other sentence may echo typed text.
            text = str(error) if isinstance(error, NotAllowed) else escape(str(error))
        except Exception:
            await self._reply(inbound, "Something went wrong here. Look with /continuity pending.")
            raise
        if text:
            await self._reply(inbound, text)

    async def _carry_out(self, inbound: Inbound) -> str:
        if (inbound.team, inbound.app) != self._home:
            await refuse(
                self._ctx, inbound.actor, "", "", "This bot serves another workspace or app."
            )
        if inbound.kind == "click":
            return await self._click(inbound)
        if inbound.kind == "view":
            await decide.deny(self._ctx, inbound.actor, inbound.value, inbound.text[:300])
            return ""
        return await self._command(inbound.actor, parse(inbound.text))

    async def _command(self, actor: Actor, command: Command) -> str:  # noqa: PLR0911  # one return a command
        ctx = self._ctx
        match command:
            case SetFlag():
                return await self._propose(actor, command)
            case Cancel(change_id=change_id):
                await decide.cancel(ctx, actor, change_id)
                return f"{change_id} is withdrawn."
            case RoleGrant():
                grant = await govern.grant_role(ctx, actor, command)
                return f"{grant.subject.id} is {grant.role} for {grant.customer} now."
            case RoleRevoke():
                await govern.revoke_role(ctx, actor, command)
                return f"{command.subject.id} is no longer {command.role} for {command.customer}."
            case NameCustomer():
                await govern.name_customer(ctx, actor, command)
                return f"{command.customer} is {escape(command.name)} now."
            case Help(topic=topic):
                return _help(topic)
            case _:
                return await self._look(actor, command)

    async def _look(self, actor: Actor, command: Command) -> str:
        ctx = self._ctx
        match command:
            case Status(customer=customer):
                return replies.status(await inquire.status(ctx, actor, customer))
            case Pending():
                return replies.pending(await inquire.pending(ctx, actor, command), self._url)
            case Audit():
                return replies.audit(await inquire.audit(ctx, actor, command))
            case RoleList():
                return replies.roles(await govern.list_roles(ctx, actor, command))
            case WhoAmI():
                return replies.whoami(await inquire.whoami(ctx, actor, command))
            case _:
                raise InvalidInput("This command is not known here.")

    async def _propose(self, actor: Actor, command: SetFlag) -> str:
        change, new = await propose(self._ctx, actor, command)
        if new:
            task = asyncio.create_task(preview(self._ctx, change))
            self._previews.add(task)
            task.add_done_callback(self._previews.discard)
            return ""
        return f"This is proposed already: {change.id}." + await self._link(change)

    async def _link(self, change: Change) -> str:
        key = f"{MessageKind.CARD}:{change.id}"
        row = await self._ctx.store.read(lambda tx: tx.message(key))
        if row is None or row.ts is None or not self._url:
            return ""
        link = f"{self._url.rstrip('/')}/archives/{change.channel}/p{row.ts.replace('.', '')}"
        return f" <{link}|Open the card>."

    async def _click(self, inbound: Inbound) -> str:
        change_id, _, seen = inbound.value.partition(" ")
        revision = int(seen) if seen.isascii() and seen.isdecimal() and len(seen) < 9 else -1
        ctx, actor = self._ctx, inbound.actor
        clicks: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
            "change_confirm": lambda: decide.confirm(ctx, actor, change_id, revision),
            "change_approve": lambda: decide.approve(ctx, actor, change_id, revision),
            "change_cancel": lambda: decide.cancel(ctx, actor, change_id),
            "change_stop": lambda: decide.stop(ctx, actor, change_id),
            "change_deny": lambda: self._ask_why(inbound, change_id),
            "change_again": lambda: self._again(actor, change_id),
            "change_retry": lambda: self._again(actor, change_id),
        }
        if inbound.action not in clicks:
            await refuse(ctx, actor, "", "", "This button is not known here.")
        await clicks[inbound.action]()
        return ""

    async def _ask_why(self, inbound: Inbound, change_id: str) -> None:
        await decide.may_deny(self._ctx, inbound.actor, change_id)
        await ask(
            self._client.views_open(
                trigger_id=inbound.trigger_id, view=modals.deny(change_id, inbound.channel)
            )
        )

    async def _again(self, actor: Actor, change_id: str) -> None:
        change = await self._ctx.store.read(lambda tx: tx.change(change_id))
        if change is None or change.channel != actor.channel:
            raise UnknownChange(f"There is no change {change_id[:40]} in this channel.")
        scope = change.scope
        if isinstance(scope, Users):
            rows = await self._ctx.store.read(lambda tx: tx.user_outcomes(change_id))
            rest = tuple(row.address for row in rows if row.status != "applied")
            scope = Users(rest) if rest else scope
        wish = SetFlag(change.flag, change.on, change.customer, scope, change.reason)
        await self._propose(actor, wish)

    async def _reply(self, inbound: Inbound, text: str) -> None:
        try:
            if inbound.response_url:
                hook = AsyncWebhookClient(inbound.response_url, session=self._client.session)
                await hook.send(text=text, response_type="ephemeral", replace_original=False)
            elif inbound.channel:
                await ask(
                    self._client.chat_postEphemeral(
                        channel=inbound.channel,
                        user=inbound.user,
                        text=text,
                        thread_ts=inbound.thread_ts or None,
                    )
                )
        except (SlackError, OSError, TimeoutError) as error:
            log.warning("desk.reply_lost", key=inbound.key, error=type(error).__name__)


def _help(topic: str | None) -> str:
    page = help_for(topic)
    lines = [f"*{page.title}*: {page.meaning}"]
    lines += [f"`/continuity {example}`" for example in page.examples]
    lines += [f"Usage: {usage}" for usage in page.usage]
    lines += [f"{option}: {meaning}" for option, meaning in page.options]
    return "\n".join(escape(line) for line in lines)
