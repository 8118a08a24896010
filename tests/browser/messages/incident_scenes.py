"""The scenes of an incident: the form, several customers, an emergency, a drill, the report."""

from __future__ import annotations

from functools import partial

from bot.terminal.demo.setting import (
    ADMIN,
    COMMANDER,
    DRILL_CUSTOMER,
    PROVIDER,
    PROVIDER_CHANNEL,
)
from tests.browser.messages.people_scenes import SCENES
from tests.browser.messages.scenes import ON, open_home, scene
from tests.browser.messages.stage import APPROVER, CHANNEL, OPERATOR, Stage, row

__all__ = ["SCENES"]
LONG_FORM = 1400
SLOW = 4.0  # seconds of each answer: long enough for a picture


@scene()
async def form(stage: Stage) -> None:
    """The form, after what it would do was counted."""
    await stage.type("")
    view = await stage.opened("Continuity change")
    await stage.slack.suggest(OPERATOR, view.id, "customer", "form_customer", "acm")
    chosen = {"what": "activate", "customer": "44444", "reason": "Exchange is down"}
    await stage.slack.view_click(OPERATOR, view.id, "form_count", "form_count", values=chosen)
    await stage.slack.wait_for(lambda _: "1,284 users" in str(view.view["blocks"]))
    await stage.anew()
    await stage.take_form("form-change", height=LONG_FORM)


@scene()
async def steps(stage: Stage) -> None:
    """Access on, then failover on; back again, and access off later."""
    await stage.type("activate 44444 --reason Exchange is down")
    await stage.until("change_approve")
    await stage.take("activate", row("WAITING"), user=APPROVER)
    await stage.press("change_approve", APPROVER)
    await stage.until("send one mail from outside")
    await stage.take("activate-applied", row("send one mail from outside"))
    await stage.type("restore 44444 --reason Exchange is up again")
    await stage.until("By itself", "WAITING")
    await stage.take("restore", row("By itself", "WAITING"), user=APPROVER)
    await stage.press("change_approve", APPROVER)
    await stage.until("By itself", "left at")
    await stage.take("restore-applied", row("By itself", "left at"))


@scene()
async def step_refused(stage: Stage) -> None:
    """Access is on, and the API refuses failover."""
    stage.continuity.fail(kind=403, method="PUT", path="failover")
    await stage.type("activate 44444 --reason Exchange is down")
    await stage.press("change_approve", APPROVER)
    await stage.until("PARTLY APPLIED", "approved by")
    await stage.take("activate-partly", row("approved by"))


@scene()
async def several(stage: Stage) -> None:
    """Five customers of a set, of which the API refuses one."""
    take = partial(stage.take, user=PROVIDER, channel=PROVIDER_CHANNEL)
    await stage.type(
        "failover on @south --reason Power cut in the data centre", PROVIDER, PROVIDER_CHANNEL
    )
    await stage.until("change_approve", channel=PROVIDER_CHANNEL)
    await take("batch", row("WAITING"))
    await stage.ask("set show south", PROVIDER, PROVIDER_CHANNEL)
    await take("set", row("Only visible"))
    stage.continuity.fail(kind=403, method="PUT", path="^/50003")
    stage.continuity.latency = SLOW
    await stage.press("change_approve", ADMIN)
    await stage.until("not begun", channel=PROVIDER_CHANNEL)
    await take("batch-running", row("not begun"))
    stage.continuity.latency = 0.0
    await stage.until("PARTLY APPLIED", channel=PROVIDER_CHANNEL)
    await take("batch-ended", row("PARTLY APPLIED", "API"))


@scene()
async def emergency(stage: Stage) -> None:
    """A commander decides alone; an approver accepts it."""
    command = "failover on 44444 --emergency --reason Nobody answers"
    await stage.type(command, COMMANDER)
    await stage.take_form("form-emergency", COMMANDER)
    await stage.type(command, COMMANDER)
    await stage.fill({"number": "44444"}, COMMANDER)
    direct = stage.slack.direct_channel(APPROVER).id
    await stage.until("review_accept", channel=direct)
    await stage.until("review_accept")
    await stage.take("emergency", row("Review owed"))
    found = row("Accept")
    await stage.take("emergency-direct", found, user=APPROVER, channel=direct)
    await stage.press("review_accept", APPROVER)
    await stage.until("accepted")
    await stage.take("emergency-reviewed", row("accepted"))


@scene()
async def drill(stage: Stage) -> None:
    """A drill is started, a change is made in it, and the score ends it."""
    await stage.type(f"drill start {DRILL_CUSTOMER} slow")
    await stage.until("REHEARSAL BEGAN")
    await stage.take("drill-started", row("REHEARSAL BEGAN"))
    await stage.type(f"failover on {DRILL_CUSTOMER} --reason Rehearsal")
    await stage.until("change_approve")
    await stage.take("drill", row("DRILL", "WAITING"))
    direct = stage.slack.direct_channel(APPROVER).id
    await stage.until("change_approve", channel=direct)
    await stage.take("drill-direct", row("DRILL"), user=APPROVER, channel=direct)
    await stage.press("change_approve", APPROVER)
    await stage.until("REHEARSAL ENDED")
    await stage.take("drill-score", row("REHEARSAL ENDED"))


@scene()
async def record(stage: Stage) -> None:
    """A message is added to the report, and the report is asked for."""
    noted = stage.slack.post(CHANNEL, OPERATOR, "The supplier says: one hour.")
    await stage.type(ON)
    await stage.press("change_approve", APPROVER)
    await stage.until("Read back")
    await stage.slack.message_shortcut(OPERATOR, CHANNEL, noted.ts, "report_add")
    await stage.slack.wait_for(lambda slack: slack.ephemerals)
    await stage.take("report-added", row("Only visible"))
    await stage.type("report 44444 --since 6h")
    await stage.slack.wait_for(lambda slack: slack.files_in(CHANNEL))
    await stage.take("incident-report", row("PDF"))


@scene()
async def notice(stage: Stage) -> None:
    """Texts for the users are asked for, and come to the requester."""
    await stage.type("notice 44444")
    await stage.take_form("form-notice", height=LONG_FORM)
    await stage.type("notice 44444")
    view = await stage.opened("Text for the users")
    await stage.slack.submit(OPERATOR, view.id, {"portal_url": "https://webmail.example"})
    direct = stage.slack.direct_channel(OPERATOR).id
    await stage.slack.wait_for(lambda slack: slack.files_in(direct))
    await stage.take("notice", row("Deutsch"), channel=direct)


@scene()
async def admin(stage: Stage) -> None:
    """The Home tab of an admin, with a change that waits and the forms for rules."""
    await stage.type(ON)
    await stage.until("change_approve")
    own = stage.slack.direct_channel(ADMIN).id
    await stage.take(
        "home-admin",
        lambda page: page.locator("home-tab .mod-home"),
        user=ADMIN,
        channel=own,
        before=open_home,
    )
