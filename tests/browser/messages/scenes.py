"""The scenes: what people do and what goes wrong until each message is there. Each starts anew."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.async_api import Locator, Page

from bot.domain.change import Approval
from bot.domain.change_state import State
from bot.domain.outcome import Outcome
from bot.domain.roles import Role
from bot.ports import MessageKind, Transaction
from bot.slack.button_values import ChangeButton
from bot.terminal.demo.setting import ADMIN, CUSTOMER, GENERAL, SECOND_APPROVER
from sandbox.slack.faults import Fault
from tests.browser.messages.stage import APPROVER, CHANNEL, OPERATOR, Stage, row
from tests.builders import a_change
from tests.fixtures import direct_store
from tests.fixtures.audited_rows import put_change

Play = Callable[[Stage], Awaitable[None]]
SCENES: dict[str, tuple[Play, dict[str, Any]]] = {}
JO = "user0001@example.com"
ON = "failover on 44444 --reason Exchange is down"


def scene(**settings: Any) -> Callable[[Play], Play]:
    """Add a scene, by the name of its function; ``settings`` are those of the bot."""

    def add(play: Play) -> Play:
        SCENES[play.__name__] = (play, settings)
        return play

    return add


@scene()
async def ordinary(stage: Stage) -> None:
    """Asked, approved, applied."""
    await stage.type(ON)
    await stage.until("change_approve")
    await stage.take("waiting", row("WAITING"), user=APPROVER)
    await stage.take(
        "dialog",
        lambda page: page.get_by_role("dialog"),
        user=APPROVER,
        before=lambda page: page.get_by_role("button", name="Approve: ").first.click(),
    )
    await stage.press("change_approve")
    await stage.take("own-approval", row("Nobody approves"))
    await stage.ask(ON)
    await stage.take("proposed-already", row("Only visible"))
    await stage.ask("pending")
    await stage.take("pending", row("Only visible"))
    await stage.press("change_approve", APPROVER)
    await stage.until("Read back")
    await stage.take("applied", row("Read back"))
    await stage.take("ended", row("Reason: Exchange is down"))
    await stage.take("timeline", _last_of_thread, before=_open_thread)
    await stage.ask("status 44444 --group emea --group germany")
    await stage.take("status", row("Only visible"))
    await stage.ask("audit 44444")
    await stage.take("audit", row("Only visible"))


def _last_of_thread(page: Page) -> Locator:
    return page.get_by_role("region", name="Thread", exact=True).get_by_role("article").last


async def _open_thread(page: Page) -> None:
    card = row("Reason: Exchange is down")(page)
    await card.get_by_role("button", name="repl").click()


async def open_home(page: Page) -> None:
    """Open the app's Home tab, in a window that shows its messages."""
    await page.get_by_role("tab", name="Home").click()


@scene()
async def undecided(stage: Stage) -> None:
    """Withdrawn, denied, expired; opposite ones; the form that asks why."""
    for user in [*stage.continuity.customers[CUSTOMER].values()][:400]:
        user.failover = True
    await stage.type(ON)
    await stage.until("change_approve")
    await stage.type("failover off 44444 --reason Exchange is back")
    await stage.until("Exchange is back")
    await stage.take("opposite", row("Exchange is back"))
    await stage.press("change_cancel")
    await stage.until("Withdrawn")
    await stage.take("withdrawn", row("Withdrawn"))
    await stage.press("change_deny", APPROVER)
    await stage.take_form("form-deny", APPROVER)
    await stage.press("change_deny", APPROVER)
    await stage.fill({"reason": "Exchange is up again"}, APPROVER)
    await stage.until("Exchange is up again")
    await stage.take("denied", row("Exchange is up again"))
    await stage.type("access on 44444")
    await stage.until("change_approve")
    stage.move(minutes=31)
    await stage.until("EXPIRED")
    await stage.take("expired", row("EXPIRED"))


@scene()
async def without_count(stage: Stage) -> None:
    """The API does not answer."""
    stage.continuity.fail(kind="hang", times=None)
    await stage.type(ON)
    await stage.until("change_approve")
    await stage.take("uncounted", row("WAITING"))


@scene(
    roles=[
        (OPERATOR, Role.OPERATOR, CUSTOMER),
        (CHANNEL, Role.INCIDENT, CUSTOMER),
        (ADMIN, Role.ADMIN, "50001"),
    ]
)
async def without_approver(stage: Stage) -> None:
    """Nobody has the role of an approver."""
    await stage.type(ON)
    await stage.until("change_approve")
    await stage.take("lonely", row("WAITING"))


@scene()
async def under_way(stage: Stage) -> None:
    """Executing, accepted, waiting for another change."""
    stage.continuity.fail(kind="delay", seconds=6.0, method="PUT")
    await stage.type(ON)
    await stage.press("change_approve", APPROVER)
    await stage.until("EXECUTING")
    await stage.take("executing", row("EXECUTING"))
    await stage.type("failover off 44444 --group emea --reason emea is back")
    await stage.press("change_approve", APPROVER)
    await stage.until("APPROVED", "emea is back")
    await stage.take("approved", row("emea is back"))


@scene()
async def not_seen(stage: Stage) -> None:
    """The API accepts a change and goes on showing what was set before."""
    stage.continuity.delay(600.0)
    await stage.type(ON)
    await stage.press("change_approve", APPROVER)
    await stage.until("ACCEPTED")
    await stage.take("accepted", row("ACCEPTED"))


@scene()
async def lost_answer(stage: Stage) -> None:
    """The answer to a write is lost, and so are those of the looks."""
    await stage.type(ON)
    await stage.until("change_approve")
    stage.continuity.fail(kind=503, times=None)
    stage.continuity.fail(kind="reset_after", method="PUT", times=None)
    await stage.press("change_approve", APPROVER)
    await stage.until("NOT KNOWN")
    await stage.take("unknown", row("NOT KNOWN"))


@scene()
async def needs_person(stage: Stage) -> None:
    """Reading back did not settle a change of an earlier run."""
    now = datetime.fromtimestamp(stage.clock(), UTC)
    change = a_change(
        state=State.NEEDS_OPERATOR,
        approvals=(Approval(APPROVER, now - timedelta(minutes=5), 0, "approver 44444"),),
        attempts=3,
        begun_at=now - timedelta(minutes=5),
        started_at=now - timedelta(minutes=4),
        created_at=now - timedelta(minutes=6),
        finished_at=now,
        decided_at=now - timedelta(minutes=5),
        decided_by=APPROVER,
        outcome=Outcome(sentence="Not read back: the API did not answer."),
    )

    def step(tx: Transaction) -> None:
        put_change(tx, change)
        for kind in (MessageKind.CARD, MessageKind.TIMELINE):
            tx.enqueue_message(kind, change)

    await direct_store.write(stage.database, step)
    await stage.until("change_look")
    await stage.take("needs-person", row("NEEDS A PERSON"))
    told = len(stage.slack.ephemerals)
    await stage.press("change_look")
    await stage.slack.wait_for(lambda slack: len(slack.ephemerals) > told)
    await stage.take("read-back", row("Only visible"))


@scene()
async def named_users(stage: Stage) -> None:
    """A few users: confirmed by the requester; one of them fails."""
    stage.continuity.fail(kind=400, method="PUT", path="user0002", times=None)
    await stage.type(f"failover on 44444 {JO} user0002@example.com user0003@example.com")
    await stage.until("change_confirm")
    await stage.take("confirmation", row("WAITING"))
    await stage.press("change_confirm")
    stage.move(seconds=120)
    await stage.until("PARTLY APPLIED", "user0002")
    await stage.take("partly", row("PARTLY APPLIED"))


@scene()
async def refused_by_the_api(stage: Stage) -> None:
    """The API answers with an error."""
    stage.continuity.fail(kind=400, method="PUT", times=None)
    await stage.type(ON)
    await stage.press("change_approve", APPROVER)
    await stage.until("FAILED")
    await stage.take("failed", row("FAILED"))


@scene()
async def after_outage(stage: Stage) -> None:
    """Slack does not take what happens for a minute."""
    await stage.type(ON)
    await stage.until("change_approve")
    for method in ("chat.postMessage", "chat.update"):
        stage.slack.server.faults.add(Fault(method, status=503, times=10_000))
    await stage.press("change_approve", APPROVER)
    await stage.continuity.wait_for(
        lambda: any(one.method == "PUT" for one in stage.continuity.requests)
    )
    stage.move(seconds=60)
    stage.slack.server.faults.clear()
    await stage.until("Read back")
    await stage.take("after-outage", row("Read back"))


@scene()
async def one_user(stage: Stage) -> None:
    """The user's fields, an edit, a deletion, tokens."""
    await stage.ask(f"user show 44444 {JO}")
    await stage.take("user", row("Only visible"))
    await stage.type(f"user edit 44444 {JO}")
    await stage.take_form("form-edit")
    await stage.type(f"user edit 44444 {JO}")
    await stage.fill({"displayName": "Jo Li", "reason": "married"})
    await stage.until("EDIT USER")
    await stage.take("edit", row("EDIT USER"))
    await stage.type("user delete 44444 user0002@example.com", ADMIN)
    await stage.open(ADMIN)
    await stage.take_form("form-delete", ADMIN)
    await stage.type("user delete 44444 user0002@example.com", ADMIN)
    await stage.fill({"address": "user0002@example.com", "reason": "has left"}, ADMIN)
    await stage.until("DELETE USER")
    await stage.take("delete", row("DELETE USER"))


@scene()
async def tokens(stage: Stage) -> None:
    """A token that is shown, and one that is sent."""
    await stage.open(ADMIN)
    await stage.type(f"token 44444 {JO}", ADMIN)
    await stage.until("change_approve")
    await stage.take("token", row("TOKEN"))
    await stage.press("change_approve", APPROVER)
    await stage.press("token_show", ADMIN)
    await stage.take("form-token", lambda page: page.get_by_role("dialog"), user=ADMIN)
    await stage.type("token 44444 user0003@example.com --notify", ADMIN)
    await stage.until("TOKEN BY MAIL")
    await stage.take("token-mail", row("TOKEN BY MAIL"))


@scene()
async def in_bulk(stage: Stage) -> None:
    """Users deleted by a filter, imported, and switched by a file."""
    await stage.open(ADMIN)
    await stage.type("purge 44444 --group us", ADMIN)
    await stage.take_form("form-purge", ADMIN)
    await stage.type("purge 44444 --group us", ADMIN)
    await stage.fill({"number": "44444", "reason": "the office is closed"}, ADMIN)
    await stage.until("DELETE IN BULK", "change_approve")
    await stage.take("purge", row("DELETE IN BULK"))
    await stage.type("import 44444")
    await stage.take_form("form-import")
    await stage.type("failover on 44444 --file")
    await stage.take_form("form-file")
    rows = "".join(f"user{number:04d}@example.com,de_DE\n" for number in range(1, 9))
    await stage.type("import 44444")
    await stage.fill({"file": [("users.csv", f"user,language\n{rows}".encode())]})
    await stage.until("IMPORT USERS", "change_approve")
    await stage.take("import", row("IMPORT USERS"))


@scene()
async def replies(stage: Stage) -> None:
    """What one person alone is told."""
    for name, text in (
        ("users", "users 44444 --failover off"),
        ("whoami", "whoami"),
        ("help", "help"),
        ("help-command", "help failover"),
        ("syntax", "failover 44444 on --group emea"),
        ("pointless", "failover off 44444"),
        ("unknown-group", "failover on 44444 --group EMEA"),
        ("unknown-users", f"failover on 44444 {JO} user0002@example.com jo@example.com"),
        ("refused", "token 44444 user0001@example.com"),
    ):
        await stage.ask(text)
        await stage.take(name, row("Only visible"))
    await stage.press("refusal_ask")
    await stage.until("asks")
    await stage.take("asked", row("asks"))
    await stage.open(OPERATOR, GENERAL)
    await stage.ask(ON, channel=GENERAL)
    await stage.take("wrong-channel", row("Only visible"), channel=GENERAL)
    await stage.open(ADMIN)
    await stage.ask("role list", ADMIN)
    await stage.take("roles", row("Only visible"), user=ADMIN)
    await stage.ask(f"role grant <@{SECOND_APPROVER}> operator 44444", ADMIN)
    direct = stage.slack.direct_channel(SECOND_APPROVER).id
    await stage.until("operator", channel=direct)
    await stage.take("granted", row("operator"), user=SECOND_APPROVER, channel=direct)


@scene(ops_channel=GENERAL)
async def alarms(stage: Stage) -> None:
    """Somebody presses a button of a change that this bot does not know."""
    message = stage.slack.post(CHANNEL, stage.slack.bot_user_id, "An old card")
    await stage.slack.click(
        APPROVER,
        CHANNEL,
        message.ts,
        "change_approve",
        value=str(ChangeButton(change="C-9ZZZZ", revision=1)),
    )
    await stage.until("ALARM", channel=GENERAL)
    await stage.take("alarm", row("ALARM"), channel=GENERAL)
