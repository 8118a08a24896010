"""The scenes of what people are told by the clock: reminders, ways back, what is still on."""

from __future__ import annotations

from bot.terminal.demo.setting import GENERAL, SECOND_APPROVER
from tests.browser.messages.scenes import ON, SCENES, open_home, scene
from tests.browser.messages.stage import APPROVER, OPERATOR, Stage, row

__all__ = ["SCENES"]


@scene()
async def reached(stage: Stage) -> None:
    """An approver is told, reminded, and looks; another one decides; the requester is told."""
    direct = stage.slack.direct_channel(APPROVER).id
    await stage.type(ON)
    await stage.until("change_approve", channel=direct)
    await stage.take("direct", row("You may decide"), user=APPROVER, channel=direct)
    stage.move(minutes=5, seconds=1)
    await stage.until("Still waits", channel=direct)
    await stage.take("reminder", row("Still waits"), user=APPROVER, channel=direct)
    await stage.press("change_looking", APPROVER)
    await stage.until("You are looking", channel=direct)
    await stage.take("direct-looking", row("You are looking"), user=APPROVER, channel=direct)
    await stage.until("Looking*")
    await stage.take("looking", row("Looking"))
    await stage.press("change_approve", SECOND_APPROVER)
    own = stage.slack.direct_channel(OPERATOR).id
    await stage.until("that you asked for", channel=own)
    await stage.take("told-requester", row("that you asked for"), channel=own)
    await stage.until("The result is in", channel=direct)
    await stage.take("direct-ended", row("The result is in"), user=APPROVER, channel=direct)


@scene()
async def timed(stage: Stage) -> None:
    """Failover for two hours: asked, on, announced, taken back."""
    await stage.type("failover on 44444 for 2h --reason Exchange is down")
    await stage.until("change_approve")
    await stage.take("timed", row("Back by itself"))
    await stage.press("change_approve", APPROVER)
    await stage.until("left at")
    await stage.take("timed-on", row("left at"))
    await stage.press("end_extend")
    await stage.take_form("form-extend")
    stage.move(minutes=106)
    await stage.until("Back by itself soon")
    await stage.take("timed-soon", row("Back by itself soon"))
    stage.move(minutes=15)
    await stage.until("made by the bot as it was decided")
    await stage.take("timed-back", row("APPLIED", "made by the bot"))


@scene(ops_channel=GENERAL)
async def still_on(stage: Stage) -> None:
    """What is on: asked for, in the Home tab, and in the report of the next day."""
    await stage.type(ON)
    await stage.press("change_approve", APPROVER)
    await stage.until("Read back")
    await stage.ask("on")
    await stage.take("on", row("Only visible"))
    own = stage.slack.direct_channel(OPERATOR).id
    await stage.take(
        "home", lambda page: page.locator("home-tab .mod-home"), channel=own, before=open_home
    )
    stage.move(days=2)
    await stage.until("On for more than a day", channel=GENERAL)
    await stage.take("report", row("On for more than a day"), channel=GENERAL)
    await stage.press("report_still_needed_1")
    await stage.take_form("form-still-needed")
