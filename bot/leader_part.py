"""What only the leader runs: the executor, the publisher of messages, pages, and what falls due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from bot.domain.change import Change
from bot.domain.deadline import DeadlineKind
from bot.domain.page import PageState
from bot.ports import Page, Pager, Store, Transaction
from bot.service.changes.executor import Executor
from bot.service.changes.timed import marks
from bot.service.changes.timed.check_deadlines import check_every_hour
from bot.service.changes.timed.way_back import make_way_back
from bot.service.context import Context
from bot.service.deadlines.runner import DeadlineRunner, Handler
from bot.service.drills import on_deadline as drills
from bot.service.pages.publisher import OnPage, PagePublisher
from bot.service.parallel import cancel_tasks
from bot.service.queries.standing import standing
from bot.service.reach import remind
from bot.service.reach.emergency import remind_of_review
from bot.service.report.daily import plan_report, report
from bot.slack.api.client import SlackClient
from bot.slack.api.reply import ReplyTargets
from bot.slack.outbox.drill_posts import post_drill
from bot.slack.outbox.page_rendering import page_of
from bot.slack.outbox.publisher import OutboxPublisher
from bot.slack.outbox.rate_limiter import RateLimiter

# What is done when a deadline of a kind has come.
HANDLERS: Mapping[DeadlineKind, Handler] = {
    DeadlineKind.REPORT: report,
    DeadlineKind.REMIND: remind.on_deadline,
    DeadlineKind.COUNT_DOWN: marks.count_down,
    DeadlineKind.WARN_BACK: marks.warn,
    DeadlineKind.WAY_BACK: make_way_back,
    DeadlineKind.DRILL_BEGIN: drills.begin,
    DeadlineKind.DRILL_END: drills.over,
    DeadlineKind.DRILL_RESET: drills.reset,
    DeadlineKind.REVIEW: remind_of_review,
}
PUBLISHER_DRAIN = 4.0  # seconds for the last messages, when the work they tell of is done


@dataclass(slots=True)
class LeaderPart:
    """The parts of one term after the other.

    ``client`` posts for them alone. ``alive`` tells whether no other replica can have taken over. ``work`` and ``news`` wake executor and publisher. ``workspace_url``
    is for links to messages: known when Slack has answered.
    """

    ctx: Context
    client: SlackClient
    ops_channel: str
    pace: RateLimiter
    reply_targets: ReplyTargets
    drain: float
    work: asyncio.Event
    news: asyncio.Event
    alive: Callable[[], bool] = lambda: True
    pagers: Sequence[Pager] = ()
    on_page: OnPage = lambda _, __: None
    workspace_url: str = ""
    publisher: OutboxPublisher | None = None
    executor: Executor | None = None

    @asynccontextmanager
    async def term(self, store: Store) -> AsyncIterator[None]:
        """Run them while the block runs; they write through ``store``."""
        ctx = replace(self.ctx, store=store)
        publisher = OutboxPublisher(
            store,
            self.client,
            ctx.clock,
            self.news,
            self.ops_channel,
            self.pace,
            self.reply_targets,
            PUBLISHER_DRAIN,
            partial(standing, ctx),
            self.workspace_url,
            self.alive,
        )
        executor = Executor(ctx, self.work, self.drain)
        pages = PagePublisher(store, self.pagers, ctx.clock, self._page_of, self.on_page)
        post = partial(post_drill, self.client, self.pace)
        handlers: dict[DeadlineKind, Handler] = {**HANDLERS, DeadlineKind.DRILL_POST: post}
        await plan_report(ctx)
        checking = asyncio.create_task(check_every_hour(ctx))
        async with publisher, pages, executor, DeadlineRunner(ctx, handlers):
            self.publisher, self.executor = publisher, executor
            # Slack may have told it since the publisher was made.
            publisher.workspace_url = self.workspace_url
            try:
                yield
            finally:
                self.executor = None
                await cancel_tasks([checking])

    def found(self, workspace_url: str) -> None:
        """Take the workspace's address, for links to messages."""
        self.workspace_url = workspace_url
        if self.publisher is not None:
            self.publisher.workspace_url = workspace_url

    def _page_of(self, tx: Transaction, change: Change, state: PageState) -> Page:
        return page_of(tx, change, state, self.workspace_url)

    def slack_answered(self, method: str) -> None:
        """Note that Slack answered a call of anybody."""
        if self.publisher is not None:
            self.publisher.slack_answered(method)

    def wake(self) -> None:
        """Look for work and for messages now."""
        self.work.set()
        self.news.set()

    async def stop_work(self) -> None:
        """Begin no change any more, and wait for those that run."""
        if self.executor is not None:
            await self.executor.stop()
