"""The scenes of what is told to one person: of a change that waits for them, and of its end."""

from __future__ import annotations

from bot.terminal.demo.setting import SECOND_APPROVER
from tests.browser.messages.scenes import ON, SCENES, scene
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
